"""The log in words: who had what, when, for which department, by what way, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.base.actions import ACTIONS, acting, called
from storage.engine.database import Session
from storage.own import board, ownership
from storage.people import people
from storage.tables.states import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One row of the ownership log.

    Attributes:
        token: The mention's; empty where the row is about a person.
        words: What was done, with names: "handed off from Support to Finance by Ben".
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
    words: str
    who: str
    actor_id: int | None
    department: str
    to_department: str
    via: str
    remark: str
    forgotten: bool
    hash: str


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
        words=sentence(row, acted, *places),
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
    return _pattern(row).format(
        actor=acting(people["actor"], row["via"]),
        from_owner=called(people["from_owner"]) or "nobody",
        to_owner=called(people["to_owner"]) or "nobody",
        from_department=from_department or "nowhere",
        to_department=to_department or "nowhere",
    )


def _pattern(row: Mapping[str, Any]) -> str:
    if row["action"] == Action.ARRIVED and row["actor_id"] is not None:
        return "brought in for {to_department} by {actor}"
    if row["action"] == Action.OWNED_BY_REPLY and row["actor_id"] == row["to_owner_id"]:
        return "became {to_owner}’s, who sent the reply"
    meaning = ACTIONS.get(row["action"])  # a newer Dibs may have written what this one does not know
    return meaning.sentence if meaning else row["action"].replace("_", " ") + " by {actor}"
