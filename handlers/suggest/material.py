"""Material: what suggestions are learnt from, how much each mention counts, and how the past is judged.

Learnt is from where a mention was answered or resolved, not from where it first lay, and from its post alone: no
remark of a colleague is looked at. What a person handed on counts double, because it says that the first was wrong;
what was handed on because its card said so counts a quarter, because else a suggestion would prove itself. Older ones
count half, so that a department that is new is soon found.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from handlers.suggest.centroid import Example
from handlers.suggest.features import LOOKED_AT
from handlers.suggest.record import LAST, Rated, Record, judge
from storage.engine.database import Session
from storage.own import ownership
from storage.people import people
from storage.report import suggestions
from storage.report.suggestions import Ended, ids

# Learnt is from so many, of which so many count in full.
MOST, RECENT = 2_000, 500
# With fewer there is nothing to learn.
LEAST = 50
# The record goes back so far.
JUDGED = 1_000
_OLDER, _CORRECTED, _ACCEPTED = 0.5, 2.0, 0.25


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to learn from, the newest first.

    Attributes:
        examples: The posts.
        had: How many of the latest ended with each department.
        seq: The last row of the log by then.
        unjudged: Nothing was suggested ever, so that the past has to be judged first.
    """

    examples: tuple[Example, ...]
    had: dict[int, int]
    seq: int
    unjudged: bool


def read_material(session: Session) -> Material:
    """Read what there is to learn from."""
    here = {one.id for one in people.departments(session)}
    over = [one for one in suggestions.ended(session, MOST) if one.department_id in here]
    return Material(
        tuple(_example(place, one) for place, one in enumerate(over)),
        dict(Counter(one.department_id for one in over[:RECENT])),
        ownership.head(session)[0],
        not suggestions.has_any(session),
    )


def text_of(title: str, text: str) -> str:
    """Return what of a post is looked at."""
    return f"{title}\n{text}".strip()[:LOOKED_AT]


def _example(place: int, one: Ended) -> Example:
    weight = _ACCEPTED if one.accepted else _CORRECTED if one.corrected else 1.0
    older = _OLDER if place >= RECENT else 1.0
    said = text_of(one.title, one.text)
    return Example(one.mention_id, one.token, said, one.department_id, weight * older, one.author_id or 0)


def read_record(session: Session, examples: Sequence[Example], departments: Collection[int]) -> Record:
    """Judge what was suggested for mentions by where they ended."""
    last = examples[: JUDGED + LAST]
    found = suggestions.rated(session, [one.mention_id for one in last])
    return judge(
        [
            Rated(ids(row.names), ids(row.usual), one.department_id)
            for one in reversed(last)
            if (row := found.get(one.mention_id)) is not None
        ],
        len(departments),
    )
