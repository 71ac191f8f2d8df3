"""What may go wrong between us and a stranger’s server.

SourceError
├── SourceUnavailable   not now: later, at ``retry_after`` where the server told
│   ├── Unreached       nothing of it was heard: no name, no connection
│   ├── TooLarge        its answer is longer than we take; less may be asked for
│   ├── NotJson         its answer is no JSON, where nothing else counts: what answers may be something else
│   └── Spent           not asked: our own budget for it has too little left
├── SourceRefused       never: it says no, and will say so again
│   └── SignedOut       our account is not let in until a person signs in; nobody is asked meanwhile
└── MaybeSent           nobody knows whether it was taken: look before anything is sent again
"""

from handlers.text.bounds import MAX_REASON, clip


class SourceError(Exception):
    """What went wrong with a source, in a sentence for the operator that holds no secret and no foreign text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = clip(reason, MAX_REASON)  # some quote what was answered


class SourceUnavailable(SourceError):
    """It may work later.

    Attributes:
        retry_after: The number of seconds that the service asked for, or None.
        host: Who asked for them, where that is known: at the end of a redirect it is another than who was asked.
    """

    def __init__(self, reason: str, retry_after: float | None = None, *, host: str = "") -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.host = host


class Unreached(SourceUnavailable):
    """There is no way to it from here: its name, its network or ours; no credential was looked at."""


class TooLarge(SourceUnavailable):
    """Its answer is longer than we take: who can ask for less at once may do so."""


class NotJson(SourceUnavailable):
    """Its answer is no JSON, as a page for people is: what answers there may be something else."""


class Spent(SourceUnavailable):
    """It was not asked, because too little is left of what we may spend there."""


class SourceRefused(SourceError):
    """It will not work until somebody changes something; ``final`` means that we were told not to ask again (410)."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


class SignedOut(SourceRefused):
    """Our account is not let in until a person signs in; looking whether somebody did asks nobody but our database."""


class MaybeSent(SourceError):
    """Whether something that was sent has been taken is not known; no retry is safe before somebody looked."""
