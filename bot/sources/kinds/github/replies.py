"""Answering on GitHub, once, as a comment of the issue or of the discussion.

GitHub knows no idempotency, and was seen to answer 500 to a comment that it had made. So each reply bears a mark that
no reader is shown (``bot.sources.kit.marks``), by which it is found among our own comments since just before the send;
the mark also says which comment it answers, and whose (``bot.sources.kit.talk``).
"""

from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.sources.kinds.github.api import SO_MUCH, GitHubApi, Thing
from bot.sources.kinds.github.posts import DISCUSSIONS, addressed_to, login_of, read_address, read_thing
from bot.sources.kinds.github.verdicts import MAX_CHARACTERS
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.marks import bears_mark, fitted
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.paging import TooMany, each
from bot.sources.kit.replying import facts_of, named
from handlers.base.charter import ReplyRules
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published

# The mark stands beside the text, and counts.
RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS - 200, marked=True)
_LOOK_PAGES = 10


@dataclass(frozen=True, slots=True)
class _Seen:
    """How the post is that is answered, and what it is part of."""

    post: Thing
    whole: Thing


class GitHubReplies:
    """What GitHub has of its own."""

    rules, taker, who, needs = RULES, "", "Our account", ("since",)

    def __init__(self, api: GitHubApi, own: Collection[str], *, anywhere: bool) -> None:
        """Take the API, and the repositories that are ours, in lower case."""
        self._api = api
        self._own = own
        self._anywhere = anywhere

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether it stands where we do not answer: elsewhere than in our own repositories, by default."""
        repository = string(facts, "repository")
        if not repository:
            return Handoff(parent.url, "Dibs does not know where on GitHub it stands.")
        if self._anywhere or repository.casefold() in self._own:
            return None
        return Handoff(parent.url, f"{repository} is none of our repositories; there a person answers, by hand.")

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        await self._api.is_us()
        seen = await self._look(facts, parent)
        now = read_thing(seen.post, self._api.us) if seen else None
        if seen is None or now is None or now.external_id != parent.external_id:
            return Gone("It was deleted on GitHub, or moved to another repository.")
        if not await self._api.is_public(string(facts, "repository")):
            return Gone("Its repository is not public any more.")
        if seen.whole.get("locked"):
            return Gone("The conversation is locked on GitHub: nobody may answer any more.")
        return Seen(
            now=replace(now, facts=parent.facts),
            context={"since": string(seen.whole, "updated_at")},
            ours=await self._answers_to(facts, parent, string(seen.post, "created_at")),
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the comment, as ``Place`` says; GitHub counts it with its mark."""
        author = parent.author_id if parent.author_id.isdecimal() else "0"
        name = f"{send_id}x{_comment_of(parent) or '0'}x{author}"
        body = fitted(text, name, MAX_CHARACTERS, "GitHub")
        return {"name": name, "body": body, "since": seen["since"], "facts": facts_of(parent)}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says; a 500 was seen to say no to what was made."""
        return self._api.rest.outcome(await self._api.comment(stored["facts"], stored["body"]), _made)

    async def find(self, stored: Json) -> Published | None:
        """Look through our own comments since just before the send for the one that bears its mark."""
        await self._api.is_us()
        async for one in self._ours(stored["facts"], stored["since"]):
            if bears_mark(string(one, "body"), stored["name"]):
                return Published(*_names(one))
        return None

    async def _look(self, facts: Json, parent: Parent) -> _Seen | None:
        """Return the post and what it is part of; None where either is gone."""
        if facts.get("kind") == DISCUSSIONS:
            told = await self._api.beside(facts)
            post, whole = mapping(told.get("post")), mapping(told.get("discussion"))
        else:
            path = f"/repos/{facts['repository']}/issues"
            whole = mapping(await self._api.get(f"{path}/{facts['number']}"))
            comment = _comment_of(parent)
            post = mapping(await self._api.get(f"{path}/comments/{comment}")) if comment else whole
        return _Seen(post, whole) if post and whole else None

    async def _answers_to(self, facts: Json, parent: Parent, since: str) -> list[tuple[str, str]]:
        """Return our answers to a post, by name and address, as far as one can look."""
        found = []
        with suppress(TooMany):
            async for one in self._ours(facts, since):
                found += [_names(one)] if self._answers(one, parent) else []
        return found

    async def _ours(self, facts: Json, since: str) -> AsyncIterator[Thing]:
        """Yield what our account wrote where the reply goes, since a moment."""
        found = self._beside(facts, since) if facts.get("kind") == DISCUSSIONS else self._below(facts, since)
        async for one in found:
            if login_of(one).casefold() == self._api.us.casefold():
                yield one

    def _below(self, facts: Json, since: str) -> AsyncIterator[Thing]:
        return self._api.comments(facts["repository"], facts["number"], since)

    def _beside(self, facts: Json, since: str) -> AsyncIterator[Thing]:
        async def page(before: str) -> tuple[list[Thing], str]:
            shown = mapping(mapping((await self._api.beside(facts, before or None)).get("place")).get("beside"))
            nodes, told = objects(shown.get("nodes")), mapping(shown.get("pageInfo"))
            older = bool(nodes) and told.get("hasPreviousPage") and string(nodes[0], "created_at") >= since
            return nodes, string(told, "startCursor") if older else ""

        return each(page, _LOOK_PAGES, SO_MUCH)

    def _answers(self, ours: Thing, parent: Parent) -> bool:
        """Say whether a comment of ours may answer a post: it came later, and its mark names nobody else."""
        at, comment = read_address(string(ours, "html_url")), _comment_of(parent)
        later = at is not None and (not comment or int(at.comment or 0) > int(comment))
        return later and addressed_to(ours)[1] in ("", "0", parent.author_id)


def _comment_of(parent: Parent) -> str:
    """Return the number of the comment that is answered; empty for an issue or a discussion itself."""
    kind, _, number = parent.external_id.rpartition("/")
    return number if kind in ("comment", "discussion-comment") else ""


def _made(told: Thing) -> Published | None:
    made = mapping(mapping(mapping(told.get("data")).get("addDiscussionComment")).get("comment"))
    return named(*_names(made or told))


def _names(comment: Thing) -> tuple[str, str]:
    url = string(comment, "html_url")
    at = read_address(url)
    return (at.name, url) if at is not None and at.comment else ("", "")
