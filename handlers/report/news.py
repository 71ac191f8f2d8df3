"""News: what a department is told once, in its first digest after an upgrade: what Dibs does now that it did not do.

The step of the schema writes down whom to tell, and the digest that tells it crosses that out in its own transaction.
Who begins with this release is told nothing: it was never otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers.base.cards import Line, Section, section
from handlers.base.organisation import DepartmentConfig
from storage.engine.database import Session
from storage.work import job_slots


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is new: whom it concerns, and what is said of it."""

    concerns: Callable[[DepartmentConfig], bool]
    said: str


_NEWS: Mapping[str, _Piece] = {
    "storms": _Piece(
        lambda one: one.storms,
        "When many people speak of one topic at once, one card stands for all, and the others are folded under it, "
        "listed and one press away. Customers, answers to us and what somebody brought in keep their cards. "
        "With storms = false in dibs.toml each post has its card as before.",
    ),
    "threads": _Piece(
        lambda one: one.public_threads,
        "What several people write in one public thread stands on one card, up to twenty-one of them within a week; "
        "each can be claimed there, and *Split* gives it a card of its own. Customers, risks and answers to us have "
        "their own as before. With public_threads = false in dibs.toml each post has.",
    ),
}


def new_here(session: Session, department: DepartmentConfig) -> Section | None:
    """Return what a department was not told yet; None where that is nothing."""
    new = ((name, one.said) for name, one in _NEWS.items() if one.concerns(department))
    told = [said for name, said in new if _waits(session, name, department)]
    return section("New in Dibs", [Line(text=one) for one in told]) if told else None


def was_told(session: Session, department: DepartmentConfig) -> None:
    """Write down that a department was told all that is new."""
    for name in _NEWS:
        job_slots.give_back(session, _job(name), department.key)


def _waits(session: Session, name: str, department: DepartmentConfig) -> bool:
    return job_slots.is_taken(session, _job(name), department.key)


def _job(name: str) -> str:
    return f"news:{name}"
