"""Names: the federated addresses of comments that others answer by our instance's number.

What a page shows is remembered, so that few are asked for: those that are older than what is heard. In memory alone,
and bounded: what was forgotten is asked for again.
"""

from bot.sources.kinds.lemmy.api import LemmyApi
from bot.sources.kinds.lemmy.posts import View, above, address_of
from bot.sources.kit.json import mapping, whole
from bot.sources.kit.remembered import Remembered


class Names:
    """What a source remembers of the comments that it saw."""

    def __init__(self, api: LemmyApi) -> None:
        """Take the instance; nothing is asked yet."""
        self._api = api
        self._known = Remembered[int, str]()

    def learn(self, view: View) -> None:
        """Remember a comment."""
        comment = mapping(view.get("comment"))
        if (number := whole(comment, "id")) > 0:
            self._known.keep(number, address_of(comment))

    async def answered(self, view: View, *, ask: bool) -> str:
        """Return the address of what a comment answers, a comment or else its post; a post answers nothing.

        Args:
            view: It.
            ask: Whether an address that was not seen is worth a question; without one it is empty.

        Raises:
            SourceUnavailable, SourceRefused: As ``LemmyApi.one`` does.
        """
        comment = mapping(view.get("comment"))
        if not comment:
            return ""
        if not (number := above(comment)):
            return address_of(mapping(view.get("post")))
        known = self._known.get(number)
        if known is None and ask:
            told = await self._api.one("comment", number)
            known = self._known.keep(number, address_of(mapping(mapping(told).get("comment"))))
        return known or ""
