"""Answering on GitHub, once, as a comment of the issue or of the discussion.

GitHub knows no idempotency, and was seen to answer 500 to a comment that it had made. So each reply bears a mark that
no reader is shown (``bot.sources.kit.marks``), by which it is found among our own comments since just before the send;
the mark also says which comment it answers, and whose (``bot.sources.kit.talk``).
"""

from collections.abc import Collection
from dataclasses import replace

from bot.net.errors import SourceUnavailable
from bot.sources.kinds.github.api import GitHubApi, Thing
from bot.sources.kinds.github.posts import login_of, number_of, read_thing
from bot.sources.kinds.github.queries import BESIDE
from bot.sources.kinds.github.verdicts import MAX_CHARACTERS
from bot.sources.kit.fields import by_hand, either, inside, part, reason, text
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.marks import bears_mark, fitted
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.paging import gathered
from bot.sources.kit.replying import facts_of, named
from handlers.base.charter import ReplyRules
from handlers.base.events import Posted
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published

# The mark stands beside the text, and counts.
RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS - 200, marked=True)
_LOOK_PAGES = 40
# Of a post that is looked at: what it is part of, and below what an answer to it stands.
_WHOLE = either(part("pull"), part("issue"), part("discussion"), lambda post: post)
_PLACE = either(part("pull"), part("issue"), part("above"), lambda post: post)
# Where a reply was sent; the facts of its post say so where it was prepared by a release that kept nothing else.
_STANDS = either(text("place"), text("facts.thread"), text("facts.discussion"), text("facts.node"))
# What was made, as GraphQL tells it, or REST.
_MADE = either(part("data.addDiscussionComment.comment"), lambda told: told)
_CLOSED = (
    ("!repository", "Its repository is not public any more."),
    ("repository.private", "Its repository is not public any more."),
    ("locked", "The conversation is locked on GitHub: nobody may answer any more."),
)
_BY_HAND = (("!node", "Dibs does not know where on GitHub it stands."),)


class GitHubReplies:
    """What GitHub has of its own."""

    rules, taker, who, needs = RULES, "", "Our account", ("since", "place")

    def __init__(self, api: GitHubApi, own: Collection[str], *, anywhere: bool) -> None:
        """Take the API, and the repositories that are ours, in lower case."""
        self._api = api
        self._own = own
        self._anywhere = anywhere

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether it stands where we do not answer: elsewhere than in our own repositories, by default."""
        repository = string(facts, "repository")
        if repository and not self._anywhere and repository.casefold() not in self._own:
            return Handoff(parent.url, f"{repository} is none of our repositories; there a person answers, by hand.")
        return by_hand(parent, facts, _BY_HAND)

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        await self._api.is_us()
        post = await self._post(string(facts, "node"), None)
        whole, place, now = _WHOLE(post), _PLACE(post), read_thing(post, self._api.us)
        if now is None or now.external_id != parent.external_id:
            return Gone("It was deleted on GitHub, or moved to another repository.")
        if why := reason(whole, _CLOSED):
            return Gone(why)
        ours, _ = await self._ours(string(place, "node_id"), string(post, "created_at"))
        posts = [told for one in ours if (told := read_thing(one, self._api.us)) is not None]
        return Seen(
            now=replace(now, facts=parent.facts),
            context={"since": string(whole, "updated_at"), "place": string(place, "node_id")},
            ours=[(one.external_id, one.url) for one in posts if _answers(one, parent)],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the comment, as ``Place`` says; GitHub counts it with its mark."""
        author = parent.author_id if parent.author_id.isdecimal() else "0"
        name = f"{send_id}x{number_of(parent.external_id)}x{author}"
        return {"name": name, "body": fitted(text, name, MAX_CHARACTERS, "GitHub"), **seen, "facts": facts_of(parent)}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says; a 500 was seen to say no to what was made."""
        answer = await self._api.comment(stored["facts"], stored["body"])
        return self._api.rest.outcome(answer, lambda told: self._published(_MADE(told)))

    async def find(self, stored: Json) -> Published | None:
        """Look through our own comments since just before the send for the one that bears its mark."""
        await self._api.is_us()
        ours, complete = await self._ours(_STANDS(stored), stored["since"])
        found = next((one for one in ours if bears_mark(string(one, "body"), stored["name"])), None)
        if found is None and not complete:
            raise SourceUnavailable("So much was written there since that our own answers cannot be looked for.")
        return self._published(found) if found else None

    async def _post(self, node: str, before: str | None) -> Thing:
        """Return a post with what stands beside an answer to it, before a place there; empty where it is gone.

        What is not shown to our token, or not now, may be there all the same: that is no answer.
        """
        answer = await self._api.told(BESIDE, node=node, before=before)
        self._api.rest.read(answer, of=self._api.graphql)
        return inside(answer.object, "data.post")

    async def _ours(self, place: str, since: str) -> tuple[list[Thing], bool]:
        """Return what our account wrote below a place since a moment, the newest first, and whether that is all."""

        async def page(before: str) -> tuple[list[Thing], str]:
            shown = self._api.rest.held(_PLACE(await self._post(place, before or None)), "beside", dict)
            nodes, told = objects(shown.get("nodes")), mapping(shown.get("pageInfo"))
            older = bool(nodes) and told.get("hasPreviousPage") and string(nodes[0], "created_at") >= since
            return nodes, string(told, "startCursor") if older else ""

        found, complete = await gathered(page, _LOOK_PAGES)
        return [one for one in found if login_of(one).casefold() == self._api.us.casefold()], complete

    def _published(self, comment: Thing) -> Published | None:
        told = read_thing(comment, self._api.us)
        return named(told.external_id, told.url) if told is not None and told.reply_to else None


def _answers(ours: Posted, parent: Parent) -> bool:
    """Say whether a comment of ours may answer a post: it came later, and its mark names nobody else."""
    later = number_of(ours.external_id) > number_of(parent.external_id)
    return later and string(facts_of(ours), "to") in ("", "0", parent.author_id)
