"""Answering on Instagram, once (https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-comment/replies).

A comment is answered in its thread, which has one level: an answer to an answer goes to the first comment. Instagram
knows no repeats, so what may have arrived is looked for among the answers of our account in that thread. What it made
below the media of others, where we were mentioned, it shows nobody: there a person looks. No field is asked for with
what is sent: Instagram was seen to make the comment, and then to refuse that.
"""

from collections.abc import Mapping

from bot.net.fetching import WRITING
from bot.sources.base import CannotLook
from bot.sources.kinds.instagram.api import InstagramApi
from bot.sources.kinds.instagram.posts import (
    CAPTION,
    COMMENT_KIND,
    LIVE,
    MENTION,
    SITE,
    TAG,
    address,
    below,
    is_shown,
    name_of,
    read_thread,
)
from bot.sources.kit.json import string
from bot.sources.kit.meta import ident
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.replying import facts_of, words
from handlers.base.charter import ReplyRules
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published

RULES = ReplyRules(by_api=True, limit=2_200)
_WHY = {
    TAG: "Instagram lets no application answer media on which an account is only tagged.",
    LIVE: "Instagram lets no application answer below a live video.",
    "": "Dibs does not know where on Instagram it stands.",
}
_GONE = "It was deleted on Instagram, or is not public any more."


class InstagramReplies:
    """What Instagram has of its own."""

    rules, taker, who, needs = RULES, "Instagram", "Our account", ("top", "known")

    def __init__(self, api: InstagramApi) -> None:
        """Take the API."""
        self._api = api

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether it is something that Instagram lets no application answer."""
        kind = string(facts, "kind")
        if kind in (COMMENT_KIND, MENTION, CAPTION):
            return None
        return Handoff(parent.url or f"{SITE}/{parent.author_handle}/", _WHY.get(kind, _WHY[""]))

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        await self._api.is_us()
        if string(facts, "kind") != COMMENT_KIND:
            comment = parent.external_id if string(facts, "kind") == MENTION else ""
            now = await self._api.mention(comment, string(facts, "media"))
            return Gone(_GONE) if now is None else Seen(now=now, context={"top": "", "known": []})
        top = await self._api.thread(parent.external_id)
        thread = read_thread(top, self._api.us) if top else []
        current = next((one for one in thread if one.external_id == parent.external_id), None)
        if top is None or current is None:
            return Gone(_GONE)
        ours = [one for one in thread if one.author.handle.lower() == self._api.us]
        answers = [(one.external_id, one.url) for one in ours if one.reply_to == parent.external_id]
        context = {"top": ident(top, "id"), "known": [one.external_id for one in ours][-100:]}
        return Seen(now=current, context=context, ours=answers)

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the request, as ``Place`` says; Instagram takes no empty one."""
        facts = facts_of(parent)
        if not text:
            raise ValueError("The reply is empty.")
        if string(facts, "kind") == COMMENT_KIND:
            request = {"path": f"/{seen['top']}/replies", "form": {"message": text}, "known": seen["known"]}
        else:
            below_it = {"comment_id": parent.external_id} if string(facts, "kind") == MENTION else {}
            form = {"media_id": string(facts, "media"), **below_it, "message": text}
            request = {"path": f"/{self._api.me}/mentions", "form": form}
        return {"place": string(facts, "url"), **request}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        answer = await self._api.rest.send(stored["path"], form=stored["form"], bucket=WRITING)

        def made(told: Json) -> Published | None:
            name = ident(told, "id")
            return Published(name, _address(stored, name)) if name else None

        return self._api.rest.outcome(answer, made)

    async def find(self, stored: Json) -> Published | None:
        """Look through the answers in the thread for one of ours that reads as what was sent."""
        if "known" not in stored:
            raise CannotLook("Instagram does not show what stands below the media of others: please look there.")
        top = await self._api.thread(stored["path"].split("/")[1])
        ours = [one for one in below(top or {}) if name_of(one) == self._api.us and is_shown(one)]
        for one in ours:
            alike = words(string(one, "text")) == words(stored["form"]["message"])
            if alike and ident(one, "id") not in stored["known"]:
                return Published(ident(one, "id"), _address(stored, ident(one, "id")))
        if top and top.get("cut"):
            raise CannotLook("The thread on Instagram is too long to be looked through: please look there.")
        return None


def _address(stored: Mapping[str, str], made: str) -> str:
    return address(stored["place"], stored["path"].split("/")[1], made)
