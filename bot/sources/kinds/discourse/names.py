"""Names: by which id the posts are known that others answer by their number in a topic.

What comes with a page is remembered, so that the forum is asked for few: those that are older than what is heard. In
memory alone, and bounded: what was forgotten is asked for again. How new a delivery is stands here, too: they come in
any order, and one that is older than what was seen of its post says nothing.
"""

from bot.sources.kinds.discourse.forum import Forum, Json
from bot.sources.kinds.discourse.posts import is_gone
from bot.sources.kit.json import whole
from bot.sources.kit.remembered import Asked, Remembered


class Names:
    """What a source remembers of the posts that it saw."""

    def __init__(self, forum: Forum) -> None:
        """Take the forum; nothing is asked yet."""
        self._forum = forum
        self._ids = Asked[tuple[int, int], str](self._ask)
        self._seen = Remembered[int, tuple[bool, int]]()

    def learn(self, told: Json) -> None:
        """Remember a post as the forum shows it now."""
        self._ids.keep((whole(told, "topic_id"), whole(told, "post_number")), str(whole(told, "id")))
        self._seen.keep(whole(told, "id"), (is_gone(told), whole(told, "version")))

    def is_late(self, told: Json) -> bool:
        """Say whether a delivery is older than what was seen of its post: another version, or that it is gone."""
        return (is_gone(told), whole(told, "version")) < (self._seen.get(whole(told, "id")) or (False, 0))

    def answered(self, told: Json) -> str | None:
        """Return the name of what a post answers, empty for nothing; None where that was not seen."""
        number = _above(told)
        return self._ids.get((whole(told, "topic_id"), number)) if number else ""

    async def find_answered(self, told: Json) -> str:
        """Return the name of what a post answers, asked for where it was not seen; empty for nothing.

        Raises:
            SourceUnavailable, SourceRefused: As ``Forum.find`` does.
        """
        number = _above(told)
        return await self._ids.find((whole(told, "topic_id"), number)) if number else ""

    async def _ask(self, at: tuple[int, int]) -> str:
        topic, number = at
        found = await self._forum.find(f"/posts/by_number/{topic}/{number}.json") or {}
        return str(whole(found, "id") or "")


def _above(told: Json) -> int:
    """Return the number of the post that one answers; the first one of a topic answers nothing."""
    number = whole(told, "reply_to_post_number")
    return number or (1 if whole(told, "post_number") > 1 else 0)
