"""What an account of ours is proved to be, for `dibs check`: who we are there, what we may, and what is lacking."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.sources.base import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A right that an account has not, and what for: a sentence, and how to mend it.

    ``hears`` says that nothing is heard without it; otherwise it is wanted for replies alone.
    """

    sentence: str
    mend: str
    hears: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What an account of ours was just proved to be.

    Attributes:
        who: What its network calls it.
        rights: What it may do, in its network's own words; empty where that is not told.
        until: When its credential ends; None where it does not, or that is not told.
        lacks: What it has to do here, and may not.
    """

    who: str
    rights: tuple[str, ...] = ()
    until: datetime | None = None
    lacks: tuple[Lack, ...] = ()


# What fails without a scope that hearing wants.
NOTHING_HEARD = "nothing is heard"


def lacking(token: str, have: Collection[str], wanted: Iterable[tuple[str, str]], mend: str) -> tuple[Lack, ...]:
    """Return what a token lacks.

    Args:
        token: What sentences call it.
        have: The scopes that it has.
        wanted: Those that it has to have, each with what fails without it.
        mend: How to mend it.
    """
    return tuple(
        Lack(sentence=f"Its {token} lacks the scope {scope}: {what}.", mend=mend, hears=what == NOTHING_HEARD)
        for scope, what in wanted
        if scope not in have
    )


@runtime_checkable
class ProvingSource(Source, Protocol):
    """A source that can say whose credential it has; `dibs check` asks each."""

    async def prove(self) -> Proof | None:
        """Ask who we are and what we may, by a request that changes nothing; None where we have no account there.

        Raises:
            SourceUnavailable: It cannot be asked now.
            SourceRefused: The credential is not taken; the sentence says which one, and how to mend it.
        """
        ...
