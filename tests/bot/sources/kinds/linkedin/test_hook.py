"""Rules of LinkedIn's webhook: it asks who we are, signs over a prefix and the very bytes, and tells likes, too."""

import json

import pytest

from bot.sources.base import GreetedSource, HookRefused
from bot.sources.kinds.linkedin.source import LinkedIn
from handlers.base.events import Deleted
from tests.bot.sources.kinds.linkedin.scene import Here, all_of, played, posts_of
from tests.fakes.letting_in import CLIENT
from tests.fakes.linkedin import NOW, _signed

TEXT = "Late \U0001f600 déjà"


def greeted(source: LinkedIn, query: dict[str, str]) -> str:
    greeting = source.handshake(query, NOW)
    assert greeting is not None
    assert greeting.media_type == "application/json"
    return greeting.text


@pytest.mark.parametrize("escaped", [True, False])
def test_what_happened_rings_and_is_asked_for_once(escaped: bool) -> None:
    async def story(here: Here) -> None:
        source = here.make()
        assert isinstance(source, GreetedSource)
        here.site.comment(TEXT)
        headers, raw = here.site.ring(here.site.notes[-1], escaped=escaped)
        told = source.receive(headers, raw, NOW)
        assert (tuple(told), told.poll_now) == ((), True)
        events, checkpoint = await all_of(source, "")
        assert [one.text for one in posts_of(events)] == [TEXT]
        # Again, as LinkedIn does every five minutes where it was not sure.
        again = source.receive({name.upper(): one for name, one in headers.items()}, raw, NOW)
        assert (again.known_by, again.poll_now) == (told.known_by, True)
        assert (await all_of(source, checkpoint))[0] == []

    played(story)


def test_a_deletion_is_said_at_once_and_rings_for_nothing() -> None:
    async def story(here: Here) -> None:
        made = here.site.comment("Late")
        here.site.delete(made)
        told = here.make().receive(*here.site.ring(here.site.notes[-1]), NOW)
        assert (tuple(told), told.poll_now) == ((Deleted(external_id=f"comment/{made['id']}"),), False)

    played(story)


def test_likes_and_what_other_pages_are_told_are_well_and_nothing() -> None:
    async def story(here: Here) -> None:
        source, like = here.make(), here.site.like()
        here.site.comment("Late")
        other = here.site.notes[-1] | {"organizationalEntity": "urn:li:organization:9"}
        told = source.receive(*here.site.ring(like, other, like), NOW)
        assert (tuple(told), told.refused, told.poll_now) == ((), (), False)

    played(story)


def test_a_delivery_of_ten_is_one_ring() -> None:
    async def story(here: Here) -> None:
        for number in range(8):
            here.site.comment(f"number {number}")
        here.site.like()
        here.site.mention("Has anybody tried Acme?")
        assert here.make().receive(*here.site.ring(*here.site.notes), NOW).poll_now
        assert len(posts_of((await all_of(here.make(), ""))[0])) == 9

    played(story)


def test_what_is_not_signed_over_the_prefix_and_the_very_bytes_is_refused() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        here.site.comment(TEXT)
        headers, raw = here.site.ring(here.site.notes[-1])
        signature = headers["X-LI-Signature"]
        anew = json.dumps(json.loads(raw), ensure_ascii=False).encode()
        for given, body in (
            (headers, anew),
            (headers, raw + b" "),
            ({}, raw),
            ({"X-LI-Signature": _signed(raw)}, raw),  # without the prefix in what is signed
            ({"X-LI-Signature": f"hmacsha256={signature}"}, raw),
            ({"X-LI-Signature": ""}, raw),
            ({"X-LI-Signature": "é" * 64}, raw),
        ):
            with pytest.raises(HookRefused) as caught:
                source.receive(given, body, NOW)
            assert caught.value.status == 401

    played(story)


@pytest.mark.parametrize(
    ("raw", "refused"),
    [
        (b"no", True),
        (b"[" * 100_000, True),
        (b"\xff", True),
        (b"[]", False),
        (b'{"notifications": 1}', False),
        (b'{"notifications": [1, {"action": 7}, {}]}', False),
    ],
)
def test_what_is_signed_and_nothing_of_linkedin_s_is_no_bug(raw: bytes, refused: bool) -> None:
    async def story(here: Here) -> None:
        headers = {"x-li-signature": _signed(b"hmacsha256=" + raw)}
        if refused:
            with pytest.raises(HookRefused) as caught:
                here.make().receive(headers, raw, NOW)
            assert caught.value.status == 400
        else:
            assert not here.make().receive(headers, raw, NOW).poll_now

    played(story)


def test_linkedin_is_shown_that_we_know_the_secret_and_a_wrong_answer_ends_the_hook() -> None:
    async def story(here: Here) -> None:
        source = here.make()
        assert here.site.check_hook(lambda query: greeted(source, query | {"applicationId": "7"}))
        wrong = here.make({**CLIENT, "client_secret": "another", "refresh_token": here.seed})
        assert not here.site.check_hook(lambda query: greeted(wrong, query))
        assert source.handshake({}, NOW) is None
        with pytest.raises(HookRefused):
            source.handshake({"challengeCode": "x" * 2_000}, NOW)

    played(story)
