"""Answering with a message, once.

What is sent is HTML there, so the words are escaped, and their lines become lines. Nothing says that a comment in it
would be kept: so a reply is found again below its parent by our account and by its words, but for those that stood
there before. Moderators may wait with it, or throw it away.
"""

import html
import re

from bot.sources.base import CannotLook
from bot.sources.kinds.khoros.api import KhorosApi
from bot.sources.kinds.khoros.posts import (
    REJECTED,
    WAITING,
    Message,
    address_of,
    id_of,
    milliseconds,
    read_message,
    status_of,
    text_of,
)
from bot.sources.kit.json import mapping, string
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.own_words import OwnWords
from handlers.base.charter import ReplyRules
from handlers.base.replying import Found, Gone, Handoff, Outcome, Parent, Published, Refused

# How long a message may be is each community's own; this is far below what they are set up with.
MAX_CHARACTERS = 20_000
RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS)
MAX_SUBJECT = 200
# So many answers of ours below one message are looked through.
LOOK = 100
OWN = OwnWords(name=id_of, at=milliseconds, says=text_of, skew=60_000, most=LOOK)
_REJECTED = "The moderators of the community rejected it."


class KhorosReplies:
    """What a community has of its own."""

    rules, taker, who, needs = RULES, "the community", "Our account", ("board", "subject", "known", "after")

    def __init__(self, api: KhorosApi) -> None:
        """Take the community."""
        self._api = api

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether there is no account, or the message took no answers when we heard it."""
        if not self._api.has_account:
            return Handoff(parent.url, f"Dibs has no account for {self._api.home}.")
        if not parent.external_id.isdecimal() or not string(facts, "board"):
            return Handoff(parent.url, "Dibs does not know in which board it stands.")
        return Handoff(parent.url, "It takes no answers any more.") if facts.get("open") is False else None

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        message = await self._api.message(parent.external_id)
        now = read_message(message, self._api.base) if message is not None else None
        if message is None or now is None:
            return Gone("It was deleted there, or our account may not see it any more.")
        if message.get("read_only") is True:
            return Gone("It takes no answers any more.")
        ours = await self._api.ours_below(parent.external_id, LOOK)
        where = {"board": string(mapping(message.get("board")), "id"), "subject": _subject(now.title)}
        standing = [one for one in ours if status_of(one) not in REJECTED]
        answers = [(id_of(one), address_of(one, self._api.base)) for one in standing]
        return Seen(now=now, context=where | OWN.kept(message, ours), ours=answers)

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the message, as ``Place`` says."""
        message = {
            "board": {"id": seen["board"]},
            "parent": {"id": parent.external_id},
            "subject": seen["subject"],
            "body": as_html(text),
        }
        return {"text": text, "known": seen["known"], "after": seen["after"], "message": message}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        return self._api.rest.outcome(await self._api.send(stored["message"]), self._made)

    async def find(self, stored: Json) -> Found:
        """Look through what our account wrote below the parent since, for what reads as what was sent."""
        parent = stored["message"]["parent"]["id"]
        ours = await self._api.ours_below(parent, LOOK)
        if (sent := OWN.sent(stored["text"], stored, ours)) is not None:
            waits = status_of(sent) in WAITING and await self._api.is_kept_back(id_of(sent), parent)
            return self._outcome(sent, waits)
        if len(ours) == LOOK and min(map(milliseconds, ours)) >= stored["after"]:
            raise CannotLook("Our account wrote so much below it that the reply cannot be looked for.")
        return None

    def _made(self, told: Json) -> Published | Refused | None:
        made = mapping(told.get("data"))
        return self._outcome(made, status_of(made) in WAITING) if id_of(made) else None

    def _outcome(self, message: Message, held: bool) -> Published | Refused:
        if status_of(message) in REJECTED:
            return Refused(_REJECTED)
        return Published(id_of(message), address_of(message, self._api.base), held=held)


def as_html(text: str) -> str:
    """Return words as HTML: paragraphs where a line is empty, and a line for each line."""
    paragraphs = (html.escape(one, quote=False) for one in re.split(r"\n\s*\n", text.strip()))
    return "".join(f"<p>{one}</p>".replace("\n", "<br />") for one in paragraphs)


def _subject(title: str) -> str:
    return title[:MAX_SUBJECT] if title.lower().startswith("re:") else f"Re: {title}"[:MAX_SUBJECT]
