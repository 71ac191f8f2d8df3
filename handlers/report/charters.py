"""Charters in words: what each source is for, in which voice, who may publish there, and who reads first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.base.charter import NO_REVIEW, Charter, Stance
from handlers.base.organisation import Organisation
from handlers.reply.rights import in_a_row, named, readers_of
from storage.engine.database import Session
from storage.own import lately

DAYS = 30
REST = "Everything else"
_OWNING = "the department that has the mention"


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterWords:
    """What a charter says, in plain words; what is not said is empty.

    Attributes:
        publish: Who may publish: "Finance and Ana".
        review: Who reads first, in a sentence.
    """

    role: str
    voice: str
    stance: str
    owner: str
    publish: str
    review: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterLine:
    """One source, with its charter and what was done there lately.

    Attributes:
        heard: The mentions of thirty days, and how many of these were answered.
        warnings: What somebody should know, in sentences.
    """

    name: str
    kind: str
    words: CharterWords
    heard: int
    answered: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Charters:
    """All of them; ``partly`` means that only the newest mentions of the thirty days were counted."""

    lines: tuple[CharterLine, ...]
    partly: bool


def read_charters(session: Session, organisation: Organisation, now: datetime) -> Charters:
    """Read the charter of each source, and the one for what no source stands behind."""
    counted = lately.by_source(session, now - timedelta(days=DAYS))
    lines = [
        CharterLine(
            name=rules.name,
            kind=rules.kind,
            words=charter_words(session, rules.charter),
            heard=(count := counted.of.get(rules.name, lately.NOTHING)).heard,
            answered=count.answered,
            warnings=tuple(_warnings(organisation, rules.name, rules.charter)),
        )
        for rules in organisation.sources
    ]
    known = {one.name for one in organisation.sources}
    rest = [count for name, count in counted.of.items() if name not in known]
    lines.append(
        CharterLine(
            name=REST,
            kind="what people bring in, and what is configured no more",
            words=charter_words(session, organisation.charter),
            heard=sum(one.heard for one in rest),
            answered=sum(one.answered for one in rest),
            warnings=(),
        )
    )
    return Charters(tuple(lines), counted.partly)


def _warnings(organisation: Organisation, name: str, charter: Charter) -> Iterator[str]:
    if not charter.written:
        yield "It has no charter, so the department that has a mention answers, and a second person reads first."
        return
    if not charter.owner:
        yield "Nobody keeps it: it has no owner."
    if not charter.purpose:
        yield "It says no role."
        return
    same = [one.name for one in organisation.sources if one.name != name and _role(one.charter) == _role(charter)]
    if same:
        yield f"It has the same role as {in_a_row(same)}."


def _role(charter: Charter) -> str:
    return " ".join(charter.purpose.split()).rstrip(".").casefold()


def charter_words(session: Session, charter: Charter, owning: str = _OWNING) -> CharterWords:
    """Say what a charter says; ``owning`` is what the department that owns the mention is called."""
    return CharterWords(
        role=charter.purpose,
        voice=charter.voice,
        stance="We speak first here too." if charter.stance == Stance.PROACTIVE else "We answer, and do not begin.",
        owner=named(session, charter.owner) if charter.owner else "",
        publish=in_a_row([named(session, one) for one in charter.publish]) or owning,
        review=_review(session, charter),
    )


def _review(session: Session, charter: Charter) -> str:
    if charter.review == NO_REVIEW:
        return "Nobody has to read first."
    who, when = readers_of(session, charter), charter.review_when
    own = " Whoever wrote it may be the one." if charter.own_review else ""
    if when.always:
        return f"{who[:1].upper()}{who[1:]} reads every reply first.{own}"
    parts = [f"replies about {in_a_row([f'“{word}”' for word in when.words])}"] if when.words else []
    parts += [f"a person’s first {when.first} replies"] if when.first else []
    parts += ["what answers a customer, or is judged as a risk"] if when.high else []
    return f"{who[:1].upper()}{who[1:]} reads first: {in_a_row(parts)}.{own}"
