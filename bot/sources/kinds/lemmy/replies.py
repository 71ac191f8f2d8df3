"""Answering on Lemmy, once: a comment below what it answers.

Each reply bears a mark in its Markdown, the definition of a link that nothing leads to: Lemmy shows comments of HTML as
they were typed. By it a reply is looked for among what our account said since the look before the send. Lemmy takes
campaign fields out of links and may write words anew that the instance does not want, and the mark stays.

A reply goes out in a language that the community takes and that our account reads: without one Lemmy copies that of
the post, which the community may have forbidden since; and what our account does not read, version 3 does not show it
among its own. What another instance has to take first is shown to nobody else until then, so it is held.
"""

from dataclasses import dataclass
from datetime import timedelta

from bot.net.errors import SourceUnavailable
from bot.sources.base import CannotLook
from bot.sources.kinds.lemmy.api import LemmyApi, Me
from bot.sources.kinds.lemmy.posts import (
    View,
    above,
    address_of,
    is_closed,
    is_gone,
    is_public,
    moment,
    read_view,
    seconds,
    thing_of,
)
from bot.sources.kinds.lemmy.verdicts import MAX_CHARACTERS
from bot.sources.kit.json import mapping, string, whole
from bot.sources.kit.marks import Form, bears_mark, marked
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.pictures import Hosts
from bot.sources.kit.replying import facts_of
from handlers.base.charter import ReplyRules
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published

# What is left for words beside the mark.
RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS - 125, marked=True)
# So many pages of our own comments are looked through. Clocks of instances differ: what answers a post may seem older.
PAGES = 20
MARGIN = timedelta(days=1)
_ANY = 0


@dataclass(frozen=True, slots=True)
class Ours:
    """What our account said, newest first: its comments, the number of its newest one, and whether that is all."""

    comments: list[View]
    newest: int
    complete: bool


class LemmyReplies:
    """What an instance has of its own."""

    rules, taker, who, needs = RULES, "Lemmy", "Our account", ("post", "comment", "language", "after")

    def __init__(self, api: LemmyApi, files: Hosts) -> None:
        """Take the instance, and where else pictures lie."""
        self._api = api
        self._files = files

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether we have no account, or the post was closed when we heard this."""
        if not self._api.has_account:
            return Handoff(parent.url, f"Dibs has no account on {self._api.home} ({self._api.variable}).")
        if not whole(facts, "post"):
            return Handoff(parent.url, "This is no post or comment of Lemmy.")
        return Handoff(parent.url, "It was locked: nobody may answer.") if facts.get("closed") else None

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        me = await self._api.me()
        view = await self._current(parent)
        if view is None or is_gone(thing_of(view)):
            return Gone("It was deleted, or moderators removed it.")
        if (why := _closed(view)) or not is_public(view):
            return Gone(why or "It is not public any more.")
        ours = await self._ours(me, view)
        at = (whole(mapping(view.get("post")), "id"), whole(mapping(view.get("comment")), "id"))
        language = await self._language(view, me)
        standing = [address_of(one) for one in ours.comments if _place(one) == at and not is_gone(one)]
        return Seen(
            now=read_view(view, self._api.home, self._files),
            context={"post": at[0], "comment": at[1], "language": language, "after": ours.newest},
            ours=[(one, one) for one in standing],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the comment, as ``Place`` says; it needs a language that its community takes."""
        if seen["language"] is None:
            raise ValueError(
                f"Its community takes none of the languages that our account has chosen on {self._api.home}: choose "
                "one of them there, in the settings."
            )
        content = marked(text, send_id, Form.DEFINITION)
        comment = {"content": content, "post_id": seen["post"], "language_id": seen["language"]}
        above_it = {"parent_id": seen["comment"]} if seen["comment"] else {}
        return {"after": seen["after"], "comment": {**comment, **above_it}}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        return self._api.rest.outcome(await self._api.send(stored["comment"]), _made)

    async def find(self, stored: Json) -> Published | None:
        """Look for its mark among what our account said since the look before the send.

        What moderators removed is shown without its words, and then nobody can be asked but a person.
        """
        sent = stored["comment"]
        ours = await self._ours(await self._api.me(), after=stored["after"])
        there = [one for one in ours.comments if _place(one) == (sent["post_id"], sent.get("parent_id", 0))]
        for one in there:
            if bears_mark(string(one, "content"), stored["send_id"], Form.DEFINITION):
                return _published(one)
        if any(is_gone(one) and not string(one, "content").strip() for one in there):
            raise CannotLook(f"Something that our account said there was removed, and {self._api.home} hides what.")
        if not ours.complete:
            raise SourceUnavailable("Our account said so much since then that the reply cannot be looked for.")
        return None

    async def _current(self, parent: Parent) -> View | None:
        """Return how it is now; where the source has another instance now, its numbers name other things."""
        facts = facts_of(parent)
        what, number = ("comment", whole(facts, "comment")) if facts.get("comment") else ("post", whole(facts, "post"))
        view = await self._api.one(what, number)
        if view is not None and address_of(thing_of(view)) == parent.external_id:
            return view
        view = await self._api.resolve(parent.external_id)
        return view if view is not None and address_of(thing_of(view)) == parent.external_id else None

    async def _language(self, view: View, me: Me) -> int | None:
        """Return a language that the community takes and our account reads: any, that of what is answered, another.

        None where there is none.
        """
        taken = await self._api.languages(whole(mapping(view.get("community")), "id"))
        own = whole(thing_of(view), "language_id")
        both = sorted(taken & me.languages if taken and me.languages else taken or me.languages)
        wanted = [one for one in (_ANY, own) if one in both or not (both or taken)]
        return next(iter([*wanted, *both]), None)

    async def _ours(self, me: Me, view: View | None = None, *, after: int = 0) -> Ours:
        """Return what our account said since something, or after a comment.

        Raises:
            SourceUnavailable, SourceRefused: As ``LemmyApi.ours`` does.
        """
        at = moment(thing_of(view), "published") if view is not None else None
        since = int((at - MARGIN).timestamp()) if at is not None else 0
        found: list[View] = []
        cursor, newest = "", 0
        for _ in range(PAGES):
            page = await self._api.ours(me, cursor)
            newest = max([newest, *(whole(thing_of(one), "id") for one in page.views)])
            fresh = [one for one in page.views if seconds(one) >= since and whole(thing_of(one), "id") > after]
            found += [thing_of(one) for one in fresh]
            cursor = page.following
            if not cursor or len(fresh) < len(page.views):
                return Ours(found, newest, complete=True)
        return Ours(found, newest, complete=False)


def _closed(view: View) -> str:
    """Return why nobody, or not our account, may answer; empty where we may."""
    if is_gone(mapping(view.get("post"))):
        return "Its post was deleted, or moderators removed it."
    if is_closed(view):
        return "It was locked: nobody may answer any more."
    if view.get("banned_from_community") or mapping(view.get("community_actions")).get("received_ban_at"):
        return "Our account is banned from the community."
    return ""


def _place(comment: Json) -> tuple[int, int]:
    """Return below which post a comment stands, and which comment it answers."""
    return whole(comment, "post_id"), above(comment)


def _made(told: Json) -> Published | None:
    comment = mapping(mapping(told.get("comment_view")).get("comment"))
    return _published(comment) if address_of(comment) else None


def _published(comment: Json) -> Published:
    held = comment.get("federation_pending") is True
    return Published(address_of(comment), address_of(comment), held=held)
