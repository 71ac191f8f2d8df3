"""Answering on Lemmy, once: a comment below what it answers.

Each reply bears a mark in its Markdown, the definition of a link that nothing leads to: Lemmy shows comments of HTML as
they were typed. By it a reply is looked for among what our account said since the look before the send. Lemmy takes
campaign fields out of links and may write words anew that the instance does not want, and the mark stays.

A reply goes out in a language that the community takes and that our account reads: without one Lemmy copies that of
the post, which the community may have forbidden since; and what our account does not read, version 3 does not show it
among its own. What another instance has to take first is shown to nobody else until then, so it is held.
"""

from functools import partial

from bot.net.errors import SourceUnavailable
from bot.sources.base import CannotLook
from bot.sources.kinds.lemmy.api import LemmyApi, Me
from bot.sources.kinds.lemmy.posts import (
    View,
    above,
    address_of,
    is_gone,
    read_event,
    seconds,
    thing_of,
)
from bot.sources.kinds.lemmy.verdicts import MAX_CHARACTERS
from bot.sources.kit.fields import by_hand, inside, reason
from bot.sources.kit.json import mapping, string, whole
from bot.sources.kit.marks import Form, bears_mark, marked
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.paging import gathered
from bot.sources.kit.replying import named
from handlers.base.charter import ReplyRules
from handlers.base.events import Posted
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published

# What is left for words beside the mark.
RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS - 125, marked=True)
# So many pages of our own comments are looked through. Clocks of instances differ: what answers a post may seem older.
PAGES = 20
MARGIN_SECONDS = 86_400
_ANY = 0
_BY_HAND = (("!post", "This is no post or comment of Lemmy."), ("closed", "It was locked: nobody may answer."))
_LOCKED = "It was locked: nobody may answer any more."
_BANNED = "Our account is banned from the community."
_CLOSED = (
    ("post.deleted", "Its post was deleted."),
    ("post.removed", "Moderators removed its post."),
    ("post.locked", _LOCKED),
    ("comment.locked", _LOCKED),
    ("banned_from_community", _BANNED),
    ("community_actions.received_ban_at", _BANNED),
)
_NO_LANGUAGE = (
    "Its community takes none of the languages that our account has chosen on {}: choose one of them there, in the "
    "settings."
)


class LemmyReplies:
    """What an instance has of its own."""

    rules, taker, who, needs = RULES, "Lemmy", "Our account", ("post", "comment", "language", "after")

    def __init__(self, api: LemmyApi) -> None:
        """Take the instance."""
        self._api = api

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether we have no account, or the post was closed when we heard this."""
        if not self._api.has_account:
            return Handoff(parent.url, f"Dibs has no account on {self._api.home} ({self._api.variable}).")
        return by_hand(parent, facts, _BY_HAND)

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        me = await self._api.me()
        view = await self._current(parent, facts)
        now = read_event(view, self._api.home, self._api.files) if view is not None else None
        if view is None or not isinstance(now, Posted):
            return Gone("It was deleted, moderators removed it, or not everybody may read it any more.")
        if why := reason(view, _CLOSED):
            return Gone(why)
        ours, _ = await self._ours(me, since=seconds(view) - MARGIN_SECONDS)
        at = (whole(mapping(view.get("post")), "id"), whole(mapping(view.get("comment")), "id"))
        newest = max((whole(one, "id") for one in ours), default=0)
        standing = [address_of(one) for one in ours if _place(one) == at and not is_gone(one)]
        return Seen(
            now=now,
            context={"post": at[0], "comment": at[1], "language": await self._language(view, me), "after": newest},
            ours=[(one, one) for one in standing],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the comment, as ``Place`` says; it needs a language that its community takes."""
        if seen["language"] is None:
            raise ValueError(_NO_LANGUAGE.format(self._api.home))
        above_it = {"parent_id": seen["comment"]} if seen["comment"] else {}
        where = {"post_id": seen["post"], "language_id": seen["language"], **above_it}
        return {"after": seen["after"], "comment": {"content": marked(text, send_id, Form.DEFINITION), **where}}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        answer = await self._api.send(stored["comment"])
        return self._api.rest.outcome(answer, lambda told: _published(inside(told, "comment_view.comment")))

    async def find(self, stored: Json) -> Published | None:
        """Look for its mark among what our account said since the look before the send.

        What moderators removed is shown without its words, and then nobody can be asked but a person.
        """
        sent, after = stored["comment"], stored["after"]
        ours, complete = await self._ours(await self._api.me(), after=after)
        at = (sent["post_id"], sent.get("parent_id", 0))
        there = [one for one in ours if _place(one) == at and whole(one, "id") > after]
        for one in there:
            if bears_mark(string(one, "content"), stored["send_id"], Form.DEFINITION):
                return _published(one)
        if any(is_gone(one) and not string(one, "content").strip() for one in there):
            raise CannotLook(f"Something that our account said there was removed, and {self._api.home} hides what.")
        if not complete:
            raise SourceUnavailable("Our account said so much since then that the reply cannot be looked for.")
        return None

    async def _current(self, parent: Parent, facts: Json) -> View | None:
        """Return how it is now; where the source has another instance now, its numbers name other things."""
        what = "comment" if facts.get("comment") else "post"
        for ask in (partial(self._api.one, what, whole(facts, what)), partial(self._api.resolve, parent.external_id)):
            view = await ask()
            if view is not None and address_of(thing_of(view)) == parent.external_id:
                return view
        return None

    async def _language(self, view: View, me: Me) -> int | None:
        """Return a language that the community takes and our account reads: any, that of what is answered, another.

        None where there is none.
        """
        taken = await self._api.languages(whole(mapping(view.get("community")), "id"))
        own = whole(thing_of(view), "language_id")
        both = sorted(taken & me.languages if taken and me.languages else taken or me.languages)
        wanted = [one for one in (_ANY, own) if one in both or not (both or taken)]
        return next(iter([*wanted, *both]), None)

    async def _ours(self, me: Me, *, since: int = 0, after: int = 0) -> tuple[list[View], bool]:
        """Return what our account said, newest first, back to a moment and to a comment; and whether that is all.

        Raises:
            SourceUnavailable, SourceRefused: As ``LemmyApi.listed`` does.
        """

        async def page(cursor: str) -> tuple[list[View], str]:
            views, following = await self._api.listed("ours", cursor, me.id)
            back = any(seconds(one) < since or whole(thing_of(one), "id") <= after for one in views)
            return [*map(thing_of, views)], "" if back else following

        return await gathered(page, PAGES)


def _place(comment: Json) -> tuple[int, int]:
    """Return below which post a comment stands, and which comment it answers."""
    return whole(comment, "post_id"), above(comment)


def _published(comment: Json) -> Published | None:
    return named(address_of(comment), address_of(comment), held=comment.get("federation_pending") is True)
