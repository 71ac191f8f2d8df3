"""Answering on Reddit, once (https://www.reddit.com/dev/api/#POST_api_comment).

Reddit knows no idempotency: what cannot be told to have arrived is looked for, in the answers below the parent and
among our own latest comments, because either may lag behind. Errors stand inside a 200, as ``json.errors``: a list of
code, sentence and field (https://github.com/reddit-archive/reddit/blob/master/r2/r2/lib/errors.py).
"""

import re
from functools import partial

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.reddit.api import RedditApi
from bot.sources.kinds.reddit.posts import COMMENT, LINK, created, is_gone, name_of, permalink, read_post
from bot.sources.kinds.reddit.verdicts import MAX_CHARACTERS
from bot.sources.kit.fields import Thing, parts, text
from bot.sources.kit.json import mapping, string
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.own_words import OwnWords
from bot.sources.kit.paging import SO_MUCH, back_to, each
from bot.sources.kit.replying import named
from handlers.base.charter import ReplyRules
from handlers.base.events import Posted
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published

RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS)
LOOK_PAGES = 10
# So many answers of ours from before the send are told apart from what was sent.
KNOWN = 50
OWN = OwnWords(name=name_of, at=created, says=text("body"), skew=0.0, most=KNOWN)
_MADE = parts("json.data.things")
_FULLNAME = re.compile(rf"(?:{COMMENT}|{LINK})_[a-z0-9]{{1,12}}", re.IGNORECASE)
_ADDRESS = re.compile(r"/comments/[a-z0-9]{1,12}/[^/]*/([a-z0-9]{1,12})(?:/|$)", re.IGNORECASE)


class RedditReplies:
    """What Reddit has of its own."""

    rules, taker, who, needs = RULES, "Reddit", "Our account", ("link", "me", "since", "known")

    def __init__(self, api: RedditApi) -> None:
        """Take the API."""
        self._api = api

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether it is neither a post nor a comment."""
        known = _FULLNAME.fullmatch(parent.external_id)
        return None if known else Handoff(parent.url, "This is neither a post nor a comment of Reddit.")

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        thing = (await self._api.info(parent.external_id)).get(parent.external_id)
        if thing is None or is_gone(thing):
            return Gone("It was deleted or removed on Reddit.")
        if thing.get("locked") or thing.get("archived"):
            return Gone("The thread is locked or archived on Reddit: nobody may answer any more.")
        me = string(await self._api.me(), "name")
        link = string(thing, "link_id") or parent.external_id
        latest, _ = await self._latest(me)
        answers = _answers(me, thing, await self._below(thing, link), latest)
        ours = {name_of(one): permalink(one) for one in answers}
        # What a person named by hand may bear any title and lie on any host of Reddit's.
        known = {f"{COMMENT}_{found[1].lower()}" for one in parent.ours if (found := _ADDRESS.search(one))}
        since = max(map(created, latest), default=0.0)
        return Seen(
            now=_as_known(thing, parent),
            context={"link": link, "me": me, "since": since, "known": list(ours)[:KNOWN]},
            ours=[(name, address) for name, address in ours.items() if name not in known],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the words and what was seen, as ``Place`` says."""
        return {"thing_id": parent.external_id, "text": text, "seen": seen}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        form = {"thing_id": stored["thing_id"], "text": stored["text"]}
        return self._api.rest.outcome(await self._api.send("/api/comment", form), _made)

    async def find(self, stored: Json) -> Published | None:
        """Look below the parent, then through our own comments, for one that reads as what was sent."""
        seen, parent = stored["seen"], {"name": stored["thing_id"]}
        below = await self._below(parent, seen["link"])

        lately = back_to(partial(self._latest, seen["me"]), created, seen["since"])
        latest = [one async for one in each(lately, LOOK_PAGES, SO_MUCH)]
        before = {"known": seen["known"], "after": seen["since"]}
        sent = OWN.sent(stored["text"], before, _answers(seen["me"], parent, below, latest))
        return Published(name_of(sent), permalink(sent)) if sent is not None else None

    async def _latest(self, me: str, after: str = "") -> tuple[list[Thing], str]:
        """Return a page of our own comments, the newest first, and where the next one begins."""
        query = [("sort", "new"), ("limit", "100"), *([("after", after)] if after else [])]
        return await self._api.listing(f"/user/{me}/comments", query)

    async def _below(self, thing: Thing, link: str) -> list[Thing]:
        """Return the answers that stand directly below a thing, the newest first, as far as Reddit shows them."""
        kind, _, number = name_of(thing).partition("_")
        query = [("sort", "new"), ("limit", "100"), ("depth", "2")]
        if kind == COMMENT:
            query.append(("comment", number))
        try:
            answer = await self._api.get(f"/comments/{link.partition('_')[2]}", query)
        except SourceRefused:
            # Gone or closed to us. What our credentials are worth shows where our own comments are asked for.
            return []
        if not isinstance(answer, list) or len(answer) != 2:
            raise SourceUnavailable(self._api.rest.not_ours)
        found = self._api.things_of(mapping(answer[1]))
        for shown in list(found):
            replies = shown.get("replies")  # an empty text when there are none
            if isinstance(replies, dict):
                found += self._api.things_of(replies)
        return found


def _made(told: Thing) -> Published | None:
    thing = mapping(next(iter(_MADE(told)), {}).get("data"))
    return named(name_of(thing), permalink(thing))


def _answers(me: str, parent: Thing, *places: list[Thing]) -> list[Thing]:
    """Return what our account answered to a thing; what stands in two places comes twice."""
    name = name_of(parent)
    everything = (thing for place in places for thing in place)
    return [one for one in everything if string(one, "parent_id") == name and string(one, "author") == me]


def _as_known(thing: Thing, parent: Parent) -> Posted:
    """Read it as it came; titles cannot be edited, and comments do not always carry that of their post."""
    return read_post({**thing, "title": parent.title})
