"""Tidy: at night, what nobody can ask for any more is forgotten."""

from dataclasses import dataclass

from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.each import LONGEST
from storage.listen import budgets
from storage.own import put_off, tallies
from storage.people import sessions
from storage.work import idempotency, job_slots


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidy(TimedCommand):
    """Ask for the night's tidying."""


def prepare_tidy(context: Context) -> Tidy:
    """Return tonight's tidying."""
    return Tidy(job="tidy", slot=context.now.date().isoformat())


def tidy(_command: Tidy, context: Context) -> Answer:
    """Forget gestures that no platform repeats, slots, budgets and counted hours long past, and sessions that ended."""
    idempotency.clean(context.session, context.now)
    job_slots.clean(context.session, context.now)
    sessions.clean(context.session, context.now)
    budgets.clean(context.session, context.now)
    tallies.clean(context.session, context.now)
    put_off.clean(context.session, context.now - 2 * LONGEST)
    return Answer(text="Tidied.")
