"""What was shown lately, so that what is missing is noticed: a list says nothing of what was deleted or hidden.

Of the newest that others wrote it is kept when they wrote it. What should stand on the first page and does not is asked
for by its name, once.
"""

from collections.abc import Mapping, Sequence
from math import inf

from bot.sources.kinds.facebook.posts import Thing, below, id_of, is_hidden, seconds, writer_id
from bot.sources.kit.json import mapping
from bot.sources.kit.meta_lists import following

MOST = 40


class Watch:
    """Comments and posts of others, and when each was written."""

    def __init__(self, page: str, told: object) -> None:
        """Take the number of our Page, and read what ``told`` wrote."""
        self._page = page
        self._seen = {name: at for name, at in mapping(told).items() if isinstance(at, float)}

    def look(self, posts: Sequence[Thing], *, whole: bool) -> list[str]:
        """Take in the first page of the feed, and return what should stand there and does not.

        ``whole`` says that there is no other page.
        """
        edges = {self._page: -inf if whole else min(map(seconds, posts), default=inf)}
        for one in posts:
            cut = bool(following(mapping(one.get("comments"))))
            edges[id_of(one).rpartition("_")[2]] = min(map(seconds, below(one)), default=inf) if cut else -inf
        shown = [thing for one in posts for thing in (one, *below(one)) if not is_hidden(thing)]
        before, self._seen = self._seen, {id_of(one): seconds(one) for one in shown if writer_id(one) != self._page}
        # Of what stands below a post that is not on the page nothing is known.
        edge = {name: edges.get(name.partition("_")[0], inf) for name in before}
        return [name for name, at in before.items() if name not in self._seen and at > edge[name]]

    def told(self) -> Mapping[str, float]:
        """Return it as JSON, for a checkpoint."""
        return dict(sorted(self._seen.items(), key=lambda one: one[1])[-MOST:])
