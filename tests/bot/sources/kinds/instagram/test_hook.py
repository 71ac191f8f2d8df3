"""Rules of what Instagram posts to a hook: signed over the very bytes; what it names is fetched, or comes again."""

import hmac
import json
from typing import Any

import pytest

from bot.net.errors import SourceUnavailable
from bot.sources.base import FetchingSource, HookRefused
from handlers.base.events import Posted
from tests.bot.sources.kinds.instagram.scene import OnInstagram, played, walked
from tests.fakes.instagram import NOW, US
from tests.fakes.meta import SECRETS

WORDS = "Is it late? \U0001f600 déjà"


def test_a_comment_is_fetched_with_whom_it_answers_as_a_poll_tells_it() -> None:
    async def story(here: OnInstagram) -> None:
        ours = here.site.publish()
        top = here.site.comment("Where is it?", ours, ago=300)
        reply = here.site.comment("On its way", ours, US["username"], to=top, ago=200)
        made, source = here.site.comment(WORDS, ours, to=top), here.make()
        assert isinstance(source, FetchingSource)
        for _ in range(2):  # with letters as escapes, and as they are
            (event,) = await here.named(source, here.site.rings(made))
            assert isinstance(event, Posted)
            assert (event.external_id, event.text, event.reply_to) == (made["id"], WORDS, reply["id"])
        polled = [one for one in (await walked(source, ""))[0] if isinstance(one, Posted)]
        assert event in polled

    played(story)


@pytest.mark.parametrize("caption", [True, False])
def test_a_mention_of_which_two_numbers_are_told_is_fetched(caption: bool) -> None:
    async def story(here: OnInstagram) -> None:
        words = f"@acme_support {WORDS}"
        media = here.site.publish(words if caption else "Lunch", "kim", ago=120)
        comment = here.site.comment("Lunch" if caption else words, media, "ben", ago=60)
        value: dict[str, Any] = {"media_id": media["id"]} | ({} if caption else {"comment_id": comment["id"]})
        source = here.make()
        (event,) = await here.named(source, here.site.ring("mentions", value))
        assert isinstance(event, Posted)
        # Instagram leaves the @ out of what others wrote.
        assert (event.external_id, event.text) == (media["id"] if caption else comment["id"], words[1:])
        assert event.author.handle == ("kim" if caption else "ben")
        assert (event.url, event.author.url) == ("", f"https://www.instagram.com/{event.author.handle}/")
        again = source.receive(*here.site.ring("mentions", value), NOW)
        assert again.known_by

    played(story)


def test_what_cannot_be_had_now_is_no_nothing() -> None:
    async def story(here: OnInstagram) -> None:
        made, source = here.site.comment(WORDS, here.site.publish()), here.make()
        told = source.receive(*here.site.rings(made), NOW)
        here.site.app.limits["read"] = (4, {})
        with pytest.raises(SourceUnavailable):
            await source.fetch(told.named)

    played(story)


def test_what_is_gone_by_then_is_nothing() -> None:
    async def story(here: OnInstagram) -> None:
        made, source = here.site.comment(WORDS, here.site.publish()), here.make()
        delivery = here.site.rings(made)
        here.site.delete(made)
        assert await here.named(source, delivery) == []
        for value in ({"media_id": "1"}, {"media_id": "1", "comment_id": "2"}):
            assert await here.named(source, here.site.ring("mentions", value)) == []

    played(story)


def test_a_delivery_of_several_changes_names_each_once() -> None:
    async def story(here: OnInstagram) -> None:
        change = {"field": "comments", "value": {"id": "1", "text": "x"}}
        other = {"field": "comments", "value": {"id": 2, "text": "x"}}
        entries = [
            {"id": US["id"], "time": 5, "changes": [change, other]},
            {"id": US["id"], "time": 4, "changes": [change]},
        ]
        told = here.make().receive(*here.site.app.delivery("instagram", *entries), NOW)
        assert told.named == ("comment/1/", "comment/2/")

    played(story)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"object": "page", "entry": [{"changes": [{"field": "comments", "value": {"id": "1"}}]}]},
        {"object": "instagram", "entry": {}},
        {"object": "instagram", "entry": [{"changes": [{"field": "comments", "value": {"id": None}}]}]},
        {"object": "instagram", "entry": [{"changes": [{"field": "mentions", "value": []}]}]},
        {"object": "instagram", "entry": [{"changes": [{"field": "story_insights", "value": {"id": "1"}}]}]},
        {"object": "instagram", "entry": [{"changes": [{"field": "live_comments", "value": {"id": "1"}}]}]},
    ],
)
def test_what_nobody_asked_for_is_well_and_nothing(body: Any) -> None:
    async def story(here: OnInstagram) -> None:
        raw = json.dumps(body).encode()
        told = here.make().receive(here.site.app.sign(raw), raw, NOW)
        assert (tuple(told), told.named) == ((), ())

    played(story)


def test_what_is_not_signed_over_the_very_bytes_is_refused() -> None:
    async def story(here: OnInstagram) -> None:
        source = here.make()
        made = here.site.comment(WORDS, here.site.publish())
        here.site.rings(made)
        headers, raw = here.site.rings(made)
        other, _ = here.site.rings(made)
        for given, body in ((other, raw), (headers, raw + b" "), ({}, raw)):
            with pytest.raises(HookRefused) as caught:
                source.receive(given, body, NOW)
            assert caught.value.status == 401

    played(story)


def test_the_secret_of_an_application_at_instagram_may_sign_too() -> None:
    async def story(here: OnInstagram) -> None:
        source, raw = here.by_instagram(), b'{"object": "instagram", "entry": []}'
        digest = hmac.digest(b"sample-client-secret", raw, "sha256").hex()
        assert source.receive({"x-hub-signature-256": f"sha256={digest}"}, raw, NOW).named == ()

    played(story)


def test_meta_is_shown_that_the_hook_is_ours() -> None:
    async def story(here: OnInstagram) -> None:
        query = {"hub.mode": "subscribe", "hub.verify_token": SECRETS["verify_token"], "hub.challenge": "1158201444"}
        greeting = here.make().handshake(query, NOW)
        assert greeting is not None
        assert greeting.text == "1158201444"
        with pytest.raises(HookRefused):
            here.make().handshake({**query, "hub.verify_token": "wrong"}, NOW)

    played(story)
