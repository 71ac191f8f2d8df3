"""The log in words: who had what, when, for which department, by what way, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from string import Formatter
from typing import Any

from handlers.base.actions import ACTIONS, acting, called
from storage.engine.database import Session
from storage.own import board, ownership
from storage.people import people
from storage.tables.states import Action


class PartKind(StrEnum):
    """What a part of a sentence is: words of ours, somebody, or the mention that it is about."""

    WORDS = "words"
    WHO = "who"
    MENTION = "mention"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sentence; somebody's name is untrusted."""

    text: str
    kind: PartKind = PartKind.WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One row of the ownership log.

    Attributes:
        token: The mention's; empty where the row is about a person.
        parts: What was done, as a sentence in its parts.
        who: The actor's name; "Dibs", "the clock" or "an operator" where no person acted.
        department: For which department they acted then, or empty.
        remark: What was typed beside it, untrusted; empty when nothing was, or when it was forgotten.
        forgotten: Something was typed, and was removed later.
        hash: The row's link in the chain.
    """

    seq: int
    at: datetime
    token: str
    action: str
    parts: tuple[Part, ...]
    who: str
    actor_id: int | None
    department: str
    to_department: str
    via: str
    remark: str
    forgotten: bool
    hash: str

    @property
    def words(self) -> str:
        """The sentence, as it reads where one looks at its mention: "Ben handed it off from Support to Finance"."""
        return _joined(self.parts)

    @property
    def named(self) -> str:
        """The sentence, as it reads elsewhere: "Ben handed #k7f2 off from Support to Finance"."""
        return "".join(f"#{self.token}" if one.kind == PartKind.MENTION else one.text for one in self.parts)


def mention_log(session: Session, mention_id: int) -> list[LogRow]:
    """Return every row of a mention's log, oldest first."""
    return in_words(session, list(ownership.rows(session, mention_id=mention_id)))


def in_words(session: Session, rows: Sequence[dict[str, Any]]) -> list[LogRow]:
    """Put rows of the log into words."""
    remarks = ownership.remarks(session, [row["seq"] for row in rows])
    names = people.names(session, [row[name] for row in rows for name in ("actor_id", "from_owner_id", "to_owner_id")])
    departments = {one.id: one.name for one in people.departments(session, removed=True)}
    tokens = board.tokens(session, [row["mention_id"] for row in rows if row["mention_id"] is not None])
    return [_row(row, remarks, names, departments, tokens) for row in rows]


def _row(
    row: dict[str, Any],
    remarks: dict[int, str],
    names: dict[int, str],
    departments: dict[int, str],
    tokens: dict[int, str],
) -> LogRow:
    acted = {name: names.get(row[f"{name}_id"]) for name in ("actor", "from_owner", "to_owner")}
    places = (departments.get(row["from_department_id"]), departments.get(row["to_department_id"]))
    remark = remarks.get(row["seq"], "")
    return LogRow(
        seq=row["seq"],
        at=row["at"],
        token=tokens.get(row["mention_id"], ""),
        action=row["action"],
        parts=_parts(row, acted, *places),
        who=acting(acted["actor"], row["via"]),
        actor_id=row["actor_id"],
        department=departments.get(row["actor_department_id"], ""),
        to_department=departments.get(row["to_department_id"], ""),
        via=row["via"],
        remark=remark,
        forgotten=bool(row["remark_hash"]) and not remark,
        hash=row["hash"],
    )


def sentence(
    row: Mapping[str, Any], people: Mapping[str, str | None], from_department: str | None, to_department: str | None
) -> str:
    """Put one row of the log into words.

    Args:
        row: Its columns.
        people: The names of its ``actor``, ``from_owner`` and ``to_owner``; None for nobody, empty for the forgotten.
        from_department: What the department is called that had it.
        to_department: What the department is called that has it from then on.
    """
    return _joined(_parts(row, people, from_department, to_department))


def _joined(parts: Iterable[Part]) -> str:
    return "".join(one.text for one in parts)


_KINDS = {
    "actor": PartKind.WHO,
    "from_owner": PartKind.WHO,
    "to_owner": PartKind.WHO,
    "it": PartKind.MENTION,
}


def _parts(
    row: Mapping[str, Any], people: Mapping[str, str | None], from_department: str | None, to_department: str | None
) -> tuple[Part, ...]:
    values = {
        "it": "it",
        "actor": acting(people["actor"], row["via"]),
        "from_owner": called(people["from_owner"]) or "nobody",
        "to_owner": called(people["to_owner"]) or "nobody",
        "from_department": from_department or "nowhere",
        "to_department": to_department or "nowhere",
    }
    parts = []
    for words, name, _, _ in Formatter().parse(_pattern(row)):
        if words:
            parts.append(Part(words))
        if name:
            parts.append(Part(values[name], _KINDS.get(name, PartKind.WORDS)))
    first = parts[0]
    if first.text not in people.values():  # a name is written as its bearer writes it
        parts[0] = replace(first, text=first.text[:1].upper() + first.text[1:])
    return tuple(parts)


def _pattern(row: Mapping[str, Any]) -> str:
    if row["action"] == Action.ARRIVED and row["actor_id"] is not None:
        return "{actor} brought {it} in for {to_department}"
    if row["action"] == Action.OWNED_BY_REPLY and row["actor_id"] == row["to_owner_id"]:
        return "{it} became {to_owner}’s, who sent the reply"
    meaning = ACTIONS.get(row["action"])
    if meaning is not None:
        return meaning.sentence
    # A newer Dibs may have written what this one does not know.
    done = row["action"].replace("_", " ").replace("{", "{{").replace("}", "}}")
    return f"{'{it}' if row['mention_id'] else '{from_owner}'} was {done} by {{actor}}"
