"""Several: what came of one verb on several mentions, each of which was asked for itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.base.command import Answer, ByToken
from storage.engine.database import Session
from storage.own import mentions
from storage.people import people
from storage.tables.states import CLOSED

# So many mentions at once.
MOST = 100


@dataclass(frozen=True, slots=True)
class Refused:
    """A mention that stayed as it was, and why, in a sentence."""

    token: str
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it.

    Attributes:
        sentence: "12 done, 3 are Ben’s."
        done: The tokens of those that were done.
    """

    sentence: str
    done: tuple[str, ...]
    refused: tuple[Refused, ...]


def outcome(session: Session, asked: Sequence[ByToken], answers: Sequence[Answer], person_id: int) -> Outcome:
    """Say what came of a verb on several mentions, for who asked; why not is told by how they stand now."""
    pairs = list(zip(asked, answers, strict=True))
    done = tuple(one.token for one, answer in pairs if answer.ok)
    refused = [(one, answer) for one, answer in pairs if not answer.ok]
    reasons = Counter(_reason(session, one, person_id) for one, _ in refused)
    parts = [f"{len(done)} done", *(_said(reason, number) for reason, number in reasons.most_common())]
    return Outcome(f"{', '.join(parts)}.", done, tuple(Refused(one.token, answer.text) for one, answer in refused))


def _reason(session: Session, asked: ByToken, person_id: int) -> tuple[str, str]:
    """Return why one stayed as it was: a word, and the owner where it is theirs."""
    row = mentions.by_token(session, asked.token)
    if row is None:
        return "gone", ""
    if row.status in CLOSED:
        return "closed already", ""
    if row.owner_id not in (None, person_id):
        return "owned", people.names(session, [row.owner_id]).get(row.owner_id or 0, "")
    return ("changed meanwhile" if row.version != asked.version else "not possible"), ""


def _said(reason: tuple[str, str], number: int) -> str:
    word, owner = reason
    verb = "is" if number == 1 else "are"
    if word == "owned":
        return f"{number} {verb} {owner}’s" if owner else f"{number} {verb} somebody else’s"
    return f"{number} {word}" if word == "changed meanwhile" else f"{number} {verb} {word}"
