"""Verdicts: what an answer to a reply means, by a table of each network, first row first.

Networks say no in their own ways: by status, by a code in the body, inside a 200, or in words alone. And a 4xx does not
always mean that nothing was done: Instagram has made the comment that it answers 400 to. So only what a row holds is
known, and whatever else is no success has to be looked up.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kit.answer import Answer
from handlers.base.replying import Refused, Unclear


class Means(StrEnum):
    """What follows from an answer; in all but the first and the last, nothing was certainly taken."""

    FINE = "fine"
    AGAIN = "again"  # later, the same once more
    EXPIRED = "expired"  # our credential does not count any more; there may be another
    ACCOUNT = "account"  # a person has to mend something about our account
    PARENT_GONE = "parent gone"  # there is nothing to answer, or not for us
    REFUSED = "refused"  # the drafter has to write something else
    LOOK = "look"  # it may stand there


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an answer says beside its status, as its network writes it.

    Attributes:
        code: What it calls the trouble; with a code below that one, "20/1772107".
        words: What it says to people; it is foreign.
        rest: For how many seconds it wants to be left alone.
    """

    code: str = ""
    words: str = ""
    rest: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One answer that is known; what is left empty is heeded in no way.

    Attributes:
        code: The whole code, as a regular expression.
        words: What stands somewhere in the words, as a regular expression, whatever its case.
        why: A sentence, in which {status}, {code} and {words} stand for what was answered.
    """

    means: Means
    status: Collection[int] = ()
    code: str = ""
    words: str = ""
    why: str = ""

    def holds(self, answer: Answer, said: Said) -> bool:
        """Say whether it is this answer."""
        return (
            (not self.status or answer.status in self.status)
            and (not self.code or re.fullmatch(self.code, said.code) is not None)
            and (not self.words or re.search(self.words, said.words, re.IGNORECASE) is not None)
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one answer means, and why, in a sentence."""

    means: Means
    why: str = ""
    rest: float | None = None

    def outcome(self) -> Refused | Unclear | None:
        """Return what became of a reply that was answered so; None where it is fine.

        Raises:
            SourceUnavailable: It was certainly not taken, and is to be sent again later.
            SourceRefused: It was certainly not taken, and a person has to mend something.
        """
        match self.means:
            case Means.FINE:
                return None
            case Means.AGAIN:
                raise SourceUnavailable(self.why, self.rest)
            case Means.EXPIRED | Means.ACCOUNT:
                raise SourceRefused(self.why)
            case Means.PARENT_GONE | Means.REFUSED:
                return Refused(self.why)
            case Means.LOOK:
                return Unclear(self.why, refused=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """The table of one network.

    Attributes:
        read: Reads what an answer says; it gets refusals and successes alike.
        unknown: The sentence for a no that no row holds.
    """

    rows: Sequence[Row]
    read: Callable[[Answer], Said]
    unknown: str

    def judge(self, answer: Answer) -> Verdict:
        """Return what an answer means."""
        said = self.read(answer)
        if (row := self.row(answer)) is not None:
            return Verdict(row.means, _sentence(row.why, answer, said), said.rest)
        if answer.ok:
            return Verdict(Means.FINE)
        return Verdict(Means.LOOK, _sentence(self.unknown, answer, said))

    def row(self, answer: Answer) -> Row | None:
        """Return the row that holds an answer, if there is one."""
        said = self.read(answer)
        return next((one for one in self.rows if one.holds(answer, said)), None)


def _sentence(why: str, answer: Answer, said: Said) -> str:
    told = {"{status}": str(answer.status), "{code}": said.code, "{words}": said.words}
    return re.sub(r"\{(?:status|code|words)\}", lambda found: told[found[0]], why).strip()


def by_status(answer: Answer) -> Said:
    """Read nothing but the status."""
    return Said()


# For services to which we say nothing.
READING = Verdicts(rows=(Row(means=Means.EXPIRED, status={401}),), read=by_status, unknown="It answered {status}.")
