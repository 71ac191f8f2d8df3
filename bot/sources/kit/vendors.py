"""Hooks of vendors: they cannot mend what they send, and some of them sign nothing.

So what cannot be read of a delivery is kept and read again, and a secret may stand in the address that is called.
"""

from typing import Protocol, runtime_checkable

from bot.sources.base import Delivered, ReceivingSource
from handlers.base.events import Event

# Under this name a hook finds what stands behind its own name in the address; no header of a request can be called so.
PATH_TAIL = ":path-tail"


@runtime_checkable
class HiddenSource(ReceivingSource, Protocol):
    """A source that calls us at POST /hooks/<name>/<secret> where ``secret_in_path`` says so.

    Its secret is given to it among the headers, as ``PATH_TAIL``.
    """

    @property
    def secret_in_path(self) -> bool:
        """Whether it is configured so."""
        ...


@runtime_checkable
class RereadSource(ReceivingSource, Protocol):
    """A source whose sender cannot mend what it sends: where ``keeps``, what cannot be read is kept for a day."""

    @property
    def keeps(self) -> bool:
        """Whether it is configured so."""
        ...

    def read_again(self, content_type: str, raw: bytes) -> Delivered[Event]:
        """Read a delivery that was verified when it came, as it would be read today; pure.

        What still cannot be read is ``unread``.
        """
        ...
