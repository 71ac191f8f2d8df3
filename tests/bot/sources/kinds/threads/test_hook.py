"""Rules of what Threads posts to a hook: signed over the very bytes, in an envelope of its own."""

import json
from typing import Any

import pytest

from bot.sources.base import HookRefused
from handlers.base.events import Deleted, Posted
from tests.bot.sources.kinds.threads.scene import HOOK, OnThreads, played, texts
from tests.fakes.letting_in import CLIENT
from tests.fakes.threads import NOW, signature

ASKS = "@acme_support is it late? \U0001f600 déjà"


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("what", ["mentions", "replies"])
def test_what_was_said_is_taken_at_once_as_a_poll_tells_it_later(what: str, escaped: bool) -> None:
    async def story(here: OnThreads) -> None:
        ours = here.site.write("Our news", "acme_support", ago=900)
        made, source = here.site.write(ASKS, to=ours if what == "replies" else None, ago=1), here.make()
        headers, raw = here.site.ring(what, here.site.tells(made), escaped=escaped)
        told = source.receive(headers, raw, NOW)
        (event,) = told
        assert isinstance(event, Posted)
        assert (event.external_id, event.text, told.poll_now) == (made["id"], ASKS, True)
        polled = [one for one in (await source.poll("")).events if isinstance(one, Posted)]
        (same,) = [one for one in polled if one.external_id == made["id"]][:1]
        assert (same.url, same.author, same.reply_to) == (event.url, event.author, event.reply_to)
        # The same again, whenever it comes, is known as the same.
        again = source.receive({name.upper(): one for name, one in headers.items()}, raw, NOW)
        assert again.known_by == told.known_by != ""

    played(story)


def test_what_our_account_took_away_is_gone_and_what_it_published_rings() -> None:
    async def story(here: OnThreads) -> None:
        source = here.make()
        gone = {"id": "8901234", "owner": {"owner_id": "9001"}, "deleted_at": "2026-03-04T05:06:07+0000"}
        told = source.receive(*here.site.ring("delete", gone), NOW)
        assert (tuple(told), told.poll_now) == ((Deleted(external_id="8901234"),), False)
        half = {"id": "8901235", "media_type": "TEXT_POST", "username": "acme_support"}
        told = source.receive(*here.site.ring("publish", half), NOW)
        assert (tuple(told), told.poll_now) == ((), True)

    played(story)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"values": []}',
        b'{"values": {"field": "likes", "value": {"id": "1"}}}',
        b'{"values": {"field": "replies", "value": {"text": "no id"}}}',
        b'{"values": {"field": "delete", "value": {"id": null}}}',
        b'{"values": {"field": ["replies"], "value": 3}}',
        b'{"object": "instagram", "entry": [{"changes": [{"field": "comments", "value": {"id": "1"}}]}]}',
    ],
)
def test_what_nobody_asked_for_is_well_and_nothing(body: bytes) -> None:
    async def story(here: OnThreads) -> None:
        headers = {"x-hub-signature-256": f"sha256={signature(body)}"}
        assert tuple(here.make().receive(headers, body, NOW)) == ()

    played(story)


def test_what_is_not_signed_over_the_very_bytes_is_refused() -> None:
    async def story(here: OnThreads) -> None:
        source = here.make()
        headers, raw = here.site.ring("mentions", here.site.tells(here.site.write(ASKS)))
        name, good = next(iter(headers.items()))
        attempts: list[tuple[dict[str, str], bytes]] = [
            (headers, json.dumps(json.loads(raw), ensure_ascii=False).encode()),
            (headers, raw + b" "),
            ({}, raw),
            ({name: good.removeprefix("sha256=")}, raw),
            ({name: "sha256=" + "0" * 64}, raw),
        ]
        for given, body in attempts:
            with pytest.raises(HookRefused) as caught:
                source.receive(given, body, NOW)
            assert caught.value.status == 401
        with pytest.raises(HookRefused) as caught:
            source.receive({"x-hub-signature-256": f"sha256={signature(b'no')}"}, b"no", NOW)
        assert caught.value.status == 400

    played(story)


def test_either_secret_of_the_application_may_sign() -> None:
    async def story(here: OnThreads) -> None:
        headers, raw = here.site.ring("mentions", here.site.tells(here.site.write(ASKS)))
        held: dict[str, Any] = {**CLIENT, "access_token": here.seed, "verify_token": "v"}
        assert len(here.make(held).receive(headers, raw, NOW)) == 1
        swapped = {**held, "client_secret": "another", "app_secret": CLIENT["client_secret"]}
        assert len(here.make(swapped).receive(headers, raw, NOW)) == 1

    played(story)


def test_meta_is_shown_that_the_hook_is_ours() -> None:
    async def story(here: OnThreads) -> None:
        source = here.make()
        query = {"hub.mode": "subscribe", "hub.verify_token": HOOK["verify_token"], "hub.challenge": "1158201444"}
        greeting = source.handshake(query, NOW)
        assert greeting is not None
        assert (greeting.text, greeting.media_type) == ("1158201444", "text/plain")
        with pytest.raises(HookRefused):
            source.handshake({**query, "hub.verify_token": "wrong"}, NOW)
        with pytest.raises(HookRefused, match="VERIFY_TOKEN"):
            here.make({**CLIENT, "access_token": here.seed}).handshake(query, NOW)

    played(story)


def test_what_a_delivery_tells_is_not_heard_twice_as_something_else() -> None:
    async def story(here: OnThreads) -> None:
        ours = here.site.write("Our news", "acme_support", ago=900)
        made, source = here.site.write(ASKS, to=ours), here.make()
        for what in ("mentions", "replies"):
            (event,) = source.receive(*here.site.ring(what, here.site.tells(made)), NOW)
            assert isinstance(event, Posted)
            assert event.external_id == made["id"]
        assert await texts(source) == {ASKS}

    played(story)
