"""Context: what we know around one mention: its author's earlier ones with our answers, and what its source is for."""

from dataclasses import dataclass
from datetime import datetime

from handlers.base.cards import Line, one_line
from handlers.base.charter import NO_REVIEW, may_publish
from handlers.base.organisation import Organisation, SourceRules
from handlers.base.talk import Talk, Turn
from handlers.reply import rights
from handlers.report.charters import CharterWords, charter_words
from handlers.report.lines import draw_lines
from handlers.report.words import Note
from storage.engine.database import Session
from storage.listen import authors
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.people import people

# So many earlier mentions of an author are shown.
MOST_EARLIER = 5
_ANSWER = 280


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier mention of the same author, and the last that we said to it; what it holds is untrusted."""

    line: Line
    answer: str = ""
    url: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What we know around a mention.

    Attributes:
        author: Whether its source says who wrote it.
        earlier: What else the author wrote that concerns us, the newest first.
        more: There is more of that than is shown.
        charter: What its source is for.
        may_publish: Who looks may publish a reply to it.
        may_review: Somebody has to read first, and who looks may be the one.
    """

    author: bool
    earlier: tuple[Earlier, ...]
    more: bool
    charter: CharterWords
    may_publish: bool
    may_review: bool


def read_known(session: Session, organisation: Organisation, row: MentionRow, talk: Talk, person_id: int) -> Known:
    """Read what we know around a mention, for who looks at it."""
    rules = organisation.source(row.source)
    author_id = talk.turns[0].author_id
    found = _mentions_of(session, organisation, rules, author_id, row.id) if author_id is not None else []
    me = rights.standing(session, organisation, person_id)
    owning = people.department_of(session, row.department_id)
    return Known(
        author=author_id is not None,
        earlier=_earlier(session, found[:MOST_EARLIER]),
        more=len(found) > MOST_EARLIER,
        charter=charter_words(session, rules.charter, owning.name),
        may_publish=may_publish(rules.charter, me.email, me.departments, owning.key),
        may_review=rules.charter.review != NO_REVIEW and rights.reads(rules.charter, me.departments),
    )


def _mentions_of(
    session: Session, organisation: Organisation, rules: SourceRules, author_id: int, but: int
) -> list[int]:
    """Return an author's other mentions; who has an account on a network is known to each source that shows it."""
    network = [one.name for one in organisation.sources if rules.network and one.network == rules.network]
    ids = authors.same_as(session, author_id, network) if len(network) > 1 else [author_id]
    return authors.mentions_of(session, ids, MOST_EARLIER + 1, but=but)


def _earlier(session: Session, ids: list[int]) -> tuple[Earlier, ...]:
    if not ids:
        return ()
    rows = sorted(mentions.several(session, ids), key=lambda one: ids.index(one.id))
    answers = authors.our_answers(session, ids)
    found = []
    for row, line in zip(rows, draw_lines(session, rows), strict=True):
        said = answers.get(row.id)
        answer = Earlier(line)
        if said is not None:
            answer = Earlier(line, one_line(said.text, _ANSWER), said.url, said.published_at or said.ingested_at)
        found.append(answer)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Said:
    """What stands in the talk as its page shows it: a turn of it, or what a colleague noted meanwhile."""

    turn: Turn | None = None
    note: Note | None = None


def with_notes(talk: Talk, notes: list[Note]) -> tuple[Said, ...]:
    """Return the turns of a talk, and the notes where they were written between them."""
    waiting, said = list(notes), []
    for turn in talk.turns:
        while waiting and waiting[0].at < turn.heard_at:
            said.append(Said(note=waiting.pop(0)))
        said.append(Said(turn=turn))
    return (*said, *(Said(note=one) for one in waiting))
