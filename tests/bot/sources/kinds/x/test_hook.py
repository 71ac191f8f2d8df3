"""Rules of the bell: X proves who it is, we prove it too, and what was said is asked for, not believed."""

import json

import pytest

from bot.sources.base import Delivered, HookRefused
from bot.sources.kinds.x.source import X
from tests.bot.sources.kinds.x.scene import OnX, all_of, played
from tests.fakes.letting_in import CLIENT
from tests.fakes.x import CONSUMER_SECRET, NOW

ASKS = "@acme_support is it late? \U0001f600 déjà"


def greeted(source: X, query: dict[str, str]) -> str:
    greeting = source.handshake(query, NOW)
    assert greeting is not None
    assert greeting.media_type == "application/json"
    return greeting.text


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("event", ["post.mention.create", "post.reply.create", "post.quote.create"])
def test_what_was_said_rings_and_is_asked_for(event: str, escaped: bool) -> None:
    async def story(here: OnX) -> None:
        made, source = here.site.write(ASKS), here.make()
        headers, raw = here.site.ring(event, made, escaped=escaped)
        told = source.receive(headers, raw, NOW)
        assert (tuple(told), told.poll_now) == ((), True)
        assert [one.text for one in await all_of(source, "")] == [ASKS]
        # Twice, and after what came later: it is the same bell.
        assert source.receive({name.upper(): one for name, one in headers.items()}, raw, NOW).poll_now

    played(story)


@pytest.mark.parametrize("event", ["post.delete", "like.create", "follow.follow", ""])
def test_what_says_nothing_new_is_well_and_rings_nothing(event: str) -> None:
    async def story(here: OnX) -> None:
        headers, raw = here.site.ring(event, here.site.write(ASKS), escaped=True)
        told = here.make().receive(headers, raw, NOW)
        assert isinstance(told, Delivered)
        assert not told.poll_now

    played(story)


def test_what_is_not_signed_over_the_very_bytes_is_refused() -> None:
    async def story(here: OnX) -> None:
        source = here.make()
        headers, raw = here.site.ring("post.mention.create", here.site.write(ASKS), escaped=True)
        written_anew = json.dumps(json.loads(raw), ensure_ascii=False).encode()
        name, signature = next(iter(headers.items()))
        for given, body in (
            (headers, written_anew),
            (headers, raw + b" "),
            ({}, raw),
            ({name: ""}, raw),
            ({name: signature.removeprefix("sha256=")}, raw),
            ({name: signature.swapcase()}, raw),
            ({name: "sha256=" + "é" * 44}, raw),
        ):
            with pytest.raises(HookRefused) as caught:
                source.receive(given, body, NOW)
            assert caught.value.status == 401

    played(story)


def test_what_is_signed_and_no_json_is_refused_and_no_bug() -> None:
    async def story(here: OnX) -> None:
        import base64
        import hmac

        source = here.make()
        for raw, refused in ((b"no", True), (b"[" * 100_000, True), (b"[]", False), (b'{"data": []}', False)):
            digest = base64.b64encode(hmac.digest(CONSUMER_SECRET.encode(), raw, "sha256")).decode()
            headers = {"x-twitter-webhooks-signature": f"sha256={digest}"}
            if refused:
                with pytest.raises(HookRefused) as caught:
                    source.receive(headers, raw, NOW)
                assert caught.value.status == 400
            else:
                assert not source.receive(headers, raw, NOW).poll_now

    played(story)


def test_x_is_shown_that_we_know_the_secret_and_a_wrong_answer_ends_the_hook() -> None:
    async def story(here: OnX) -> None:
        held = {**CLIENT, "refresh_token": here.seed}
        both = here.make(held | {"consumer_secret": f"{CONSUMER_SECRET} the-one-before"})
        assert here.site.check_hook(lambda query: greeted(both, query))
        wrong = here.make(held | {"consumer_secret": "another-secret"})
        assert not here.site.check_hook(lambda query: greeted(wrong, query))
        assert not here.site.hook_valid

    played(story)


def test_without_a_secret_there_is_no_hook() -> None:
    async def story(here: OnX) -> None:
        source = here.make({**CLIENT, "refresh_token": here.seed})
        headers, raw = here.site.ring("post.mention.create", here.site.write(ASKS), escaped=True)
        with pytest.raises(HookRefused) as caught:
            source.receive(headers, raw, NOW)
        assert caught.value.status == 401
        with pytest.raises(HookRefused):
            source.handshake({"crc_token": "x"}, NOW)

    played(story)
