"""Words of hints: which of them mostly make us suppose wrongly, by what people judged.

A hint costs whoever reads it a moment. A word that is right in fewer than one of five costs more than it gives, once
twenty judgements say so; taking it out is for who wrote it down.
"""

from dataclasses import dataclass

from handlers.base.organisation import Organisation
from storage.engine.database import Session
from storage.people import people
from storage.report import hints

ENOUGH, ONE_OF = 20, 5


@dataclass(frozen=True, slots=True)
class Doubted:
    """A word of a department that is proposed for removal."""

    department: str
    kind: str
    word: str
    right: int
    of: int


def doubted_words(session: Session, organisation: Organisation) -> list[Doubted]:
    """Return the words of dibs.toml that were right in fewer than one of five of at least twenty judgements."""
    keys = {one.id: one.key for one in people.departments(session)}
    found = []
    for one in hints.records(session):
        department = organisation.configured(keys.get(one.department_id, ""))
        stands = department is not None and one.word in department.words.get(one.kind, ())
        if stands and one.of >= ENOUGH and one.right * ONE_OF < one.of:
            found.append(Doubted(keys[one.department_id], one.kind, one.word, one.right, one.of))
    return found
