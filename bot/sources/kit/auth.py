"""Who asks: how a service is told, in the form that ``Rest`` takes. What has to be bought is each kind's own."""

from collections.abc import Callable, Mapping

from bot.net.errors import SourceRefused


class StaticHeader:
    """Headers that stay as they are until somebody revokes them (a token, a key with a name, Basic); or none at all."""

    def __init__(self, headers: Mapping[str, str], refused: Callable[[], str]) -> None:
        """Take the headers, and what says how to mend it where they are not taken."""
        self._headers = headers
        self._refused = refused

    async def renew(self, refused: Mapping[str, str] | None) -> Mapping[str, str]:
        """Return what we have.

        Raises:
            SourceRefused: It is not taken, and there is no other.
        """
        if refused is not None:
            raise SourceRefused(self._refused())
        return self._headers

    def headers(self, held: Mapping[str, str]) -> Mapping[str, str]:
        """Return what a request carries."""
        return held
