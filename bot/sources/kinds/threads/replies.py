"""Answering on Threads, once, in two steps (https://developers.facebook.com/docs/threads/retrieve-and-manage-replies/create-replies).

The first step leaves a container, which nobody sees; the second makes it public. Its name is stored between the two, so
whatever dies then, it is the same container that is made public, and Threads does that once. How far it is Threads
tells: whether it can be made public yet, was, or never will be. A container of which nobody knows, because the answer
was lost, is thrown away after a day. Which post came of one is not told: it is looked for among our own replies.
"""

import json
from contextlib import suppress
from dataclasses import replace

from bot.net.errors import SourceError, SourceUnavailable
from bot.net.fetching import WRITING
from bot.sources.kinds.threads.api import ThreadsApi
from bot.sources.kinds.threads.options import PUBLISHING
from bot.sources.kinds.threads.posts import MENTION, Post, answered, is_public, plain, read_post, seconds
from bot.sources.kinds.threads.verdicts import UNSEEN, VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import string
from bot.sources.kit.meta import ident
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.replying import facts_of
from handlers.base.cards import one_line
from handlers.base.charter import EMOJI_BY_BYTES, ReplyRules, links_of
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published, Refused, Staged, Unclear

RULES = ReplyRules(by_api=True, limit=500, unit=EMOJI_BY_BYTES)
MOST_LINKS = 5
# Threads recommends half a minute, and is mostly done with words at once.
FIRST_PAUSE, PAUSE = 3.0, 30.0
LOOK_PAGES = 5
LONGEST_PAGE = 100
# So far may the time of a post be from what a list tells.
AROUND_SECONDS = 60
_NAMED_ONLY = "Its author lets only those answer whom the post names, and it does not name our account."


class ThreadsReplies:
    """What Threads has of its own."""

    rules, taker, who, needs = RULES, "Threads", "Our account", ("since", "known")

    def __init__(self, api: ThreadsApi) -> None:
        """Take the API."""
        self._api = api

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether its author lets us not answer, as far as the post tells."""
        named = facts.get("audience") != "MENTIONED_ONLY" or facts.get("named") is True
        return None if named else Handoff(parent.url, _NAMED_ONLY)

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        await self._api.is_us()
        one = await self._current(parent)
        if one is None:
            return Gone("It was deleted on Threads, or is not public any more.")
        newest, _ = await self._newest("")
        ours = [each for each in newest if answered(each) == parent.external_id]
        since = max(map(seconds, [one, *newest])) - AROUND_SECONDS
        return Seen(
            now=read_post(one, self._api.us, string(facts, "heard")),
            context={"since": since, "known": [ident(each, "id") for each in ours][:50]},
            ours=[(ident(each, "id"), string(each, "permalink")) for each in ours],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the words and where they go, as ``Place`` says; Threads takes no empty ones, and few links."""
        if not text:
            raise ValueError("The reply is empty.")
        if len(set(links_of(text))) > MOST_LINKS:
            raise ValueError(f"Threads takes {MOST_LINKS} links at most: leave some out.")
        return {"to": parent.external_id, "text": text, **seen}

    async def send(self, stored: Json) -> Outcome:
        """Take the step whose turn it is, as ``Place`` says; the first one leaves a container that nobody sees."""
        return await (self._make_public(stored) if "container" in stored else self._create(stored))

    async def find(self, stored: Json) -> Published | None:
        """Look whether its container was made public, and what came of it."""
        if "container" not in stored:
            return None  # nothing is public after the first step
        stands = await self._status(stored) == "PUBLISHED"
        ours = [one for one in await self._since(stored["since"]) if answered(one) == stored["to"]]
        fresh = [one for one in ours if ident(one, "id") not in stored["known"]]
        alike = [one for one in fresh if plain(string(one, "text")) == plain(stored["text"])]
        for found in alike or (fresh if stands and len(fresh) == 1 else []):
            return Published(ident(found, "id"), string(found, "permalink"))
        if stands:
            raise SourceUnavailable("Threads has made the reply public, and does not show it to us yet.")
        return None

    async def _create(self, stored: Json) -> Outcome:
        form = {"media_type": "TEXT", "text": stored["text"], "reply_to_id": stored["to"]}
        answer = await self._api.rest.send("/me/threads", form=form, bucket=WRITING)
        if (no := self._api.rest.no(answer)) is not None:
            return no
        made = ident(answer.object, "id")
        if not made:
            return Unclear(self._api.rest.not_ours)
        return Staged(json.dumps({**stored, "container": made}), FIRST_PAUSE)

    async def _make_public(self, stored: Json) -> Outcome:
        """Make a container public, when Threads is done with it."""
        match await self._status(stored):
            case "IN_PROGRESS":
                return Staged(json.dumps(stored), PAUSE)
            case "EXPIRED":
                return Refused("Threads threw it away, for it waited more than a day there. Send it again.")
            case "PUBLISHED":
                return Unclear("Threads has made it public already.")
            case "":
                return Unclear("Threads does not know any more what it made of the first step.", refused=True)
            case failed if failed.startswith("ERROR"):
                return Refused(
                    f"Threads could not make a post of it ({failed.partition(' ')[2] or 'no reason given'})."
                )
        answer = await self._api.rest.send(
            "/me/threads_publish", form={"creation_id": stored["container"]}, bucket=PUBLISHING, cost=1
        )
        if (no := self._api.rest.no(answer)) is not None:
            return replace(no, refused=False) if isinstance(no, Unclear) and _is_unseen(answer) else no
        made = ident(answer.object, "id")
        return Published(made, await self._address(made)) if made else Unclear(self._api.rest.not_ours)

    async def _status(self, stored: Json) -> str:
        """Return how far a container is, with the reason behind "ERROR"; empty where Threads knows none."""
        told = await self._api.rest.find(f"/{stored['container']}", [("fields", "status,error_message")]) or {}
        why = one_line(string(told, "error_message"), 100) if string(told, "status") == "ERROR" else ""
        return " ".join(filter(None, (string(told, "status"), why)))

    async def _address(self, post_id: str) -> str:
        """Return where it stands; that it stands there does not depend on it."""
        with suppress(SourceError):
            return string(await self._api.rest.find(f"/{post_id}", [("fields", "permalink")]) or {}, "permalink")
        return ""

    async def _current(self, parent: Parent) -> Post | None:
        """Return a post as it is; what mentions us Threads may show in their list alone."""
        one = await self._api.one(parent.external_id)
        if one is not None or facts_of(parent).get("heard") != MENTION or parent.published_at is None:
            return one
        at = int(parent.published_at.timestamp())
        query = [("since", str(at - AROUND_SECONDS)), ("until", str(at + AROUND_SECONDS))]
        page = await self._api.page("/me/mentions", query, size=LONGEST_PAGE)
        shown = page[0] if page else []
        return next((one for one in shown if ident(one, "id") == parent.external_id and is_public(one)), None)

    async def _since(self, since: float) -> list[Post]:
        """Return our own replies since a moment, the newest first.

        Raises:
            SourceUnavailable: They are too many to be looked through.
        """
        found: list[Post] = []
        cursor = ""
        for _ in range(LOOK_PAGES):
            shown, cursor = await self._newest(cursor)
            found += [one for one in shown if seconds(one) >= since]
            if not cursor or not shown or seconds(shown[-1]) < since:
                return found
        raise SourceUnavailable("Our account wrote so much since then that the reply cannot be looked for.")

    async def _newest(self, cursor: str) -> tuple[list[Post], str]:
        """Return a page of our own replies, the newest first, and where the next begins."""
        return await self._api.page("/me/replies", cursor=cursor, size=LONGEST_PAGE) or ([], "")


def _is_unseen(answer: Answer) -> bool:
    row = VERDICTS.row(answer)
    return row is not None and row.code == UNSEEN
