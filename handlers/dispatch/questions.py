"""Questions: what people ask without changing anything: help, list, mine, the log of a mention, the digest."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

from handlers.base.cards import Line, Notice, Section, one_line, section
from handlers.base.command import Answer, Command, Context, MentionCommand
from handlers.base.verb import Situation, usage
from handlers.people.people import find_department
from handlers.people.sign_in import AskDesk, answer_desk
from handlers.report.card import state_sentence
from handlers.report.digest import build_digest
from handlers.report.lines import draw_lines
from handlers.report.log import mention_log
from handlers.verbs import BY_NAME, QUESTIONS, VERBS
from storage.engine.database import Session
from storage.own import mentions
from storage.own.mentions import Filter
from storage.people import people
from storage.tables.states import CLOSED, HELD, LIVING, OPEN, DraftState, Status

_LOG_LINES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHelp(Command):
    """Ask what can be typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskList(Command):
    """Ask what nobody has; without a department, that of the actor. ``verb`` is what to offer on each line."""

    department: str = ""
    verb: str = "claim"
    intro: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMine(Command):
    """Ask what the actor has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHome(Command):
    """Ask for the home page of a person: what they have, and what nobody has in their department."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLog(MentionCommand):
    """Ask who had a mention, when and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDigest(Command):
    """Ask for the digest of a department as it would be now."""

    department: str = ""


def answer_help(command: AskHelp, context: Context) -> Answer:
    """List every verb and question from their tables."""
    lines = [Line(text=f"{usage(verb)} — {verb.help}") for verb in VERBS]
    asks = [Line(text=f"{one.usage} — {one.help}") for one in QUESTIONS]
    notice = Notice(
        title="What Dibs understands",
        text="What Dibs understands.",
        sections=(
            Section(
                title="On a mention. REF is its reference (#k7f2), its card's link, or its address",
                lines=tuple(lines),
            ),
            Section(title="Questions", lines=tuple(asks)),
        ),
        footer="Nothing that you type here or in a thread becomes public.",
    )
    return Answer(text=notice.text, notice=notice)


def answer_list(command: AskList, context: Context) -> Answer:
    """List what nobody has, oldest first."""
    department_id = context.person.department_id
    if command.department:
        department_id = find_department(context, command.department, field="department").id
    wanted = Filter(department_id=department_id, unowned=True)
    if command.verb != "claim":
        wanted = Filter(
            department_id=department_id, statuses=_candidates(command.verb), drafted=_wants_draft(command.verb)
        )
    rows = mentions.listed(context.session, wanted, newest=Status.RESOLVED in wanted.statuses)
    total = mentions.count(context.session, wanted)
    name = _department_name(context, department_id)
    title = command.intro or f"Unclaimed in {name}: {total}"
    lines = draw_lines(context.session, rows, verb=command.verb)
    notice = Notice(title=title, text=title, sections=(section("", lines, total),) if lines else ())
    return Answer(text=title, notice=notice)


def _candidates(verb: str) -> tuple[Status, ...]:
    """Return the statuses in which a verb may make sense: the closed ones for reopening."""
    when = BY_NAME[verb].when
    held = tuple(status for status in HELD if any(when(one) for one in _situations(status)))
    return held if any(status in OPEN for status in held) else (*held, *CLOSED)


def _wants_draft(verb: str) -> bool:
    """Say whether a verb makes sense only where somebody drafted something."""
    return not any(BY_NAME[verb].when(one) for status in Status for one in _situations(status) if not one.drafts)


def _situations(status: Status) -> list[Situation]:
    drafts = [frozenset[DraftState](), *(frozenset({state}) for state in LIVING)]
    return [
        Situation(status=status, owned=owned, drafts=some, by_api=by_api, asking=DraftState.UNCLEAR in some)
        for owned, some, by_api in product((True, False), drafts, (True, False))
    ]


def answer_mine(command: AskMine, context: Context) -> Answer:
    """List what the actor has, oldest first."""
    wanted = Filter(owner_id=context.person.id, statuses=HELD)
    rows = mentions.listed(context.session, wanted)
    total = mentions.count(context.session, wanted)
    title = f"Yours: {total}" if total else "You have nothing at the moment."
    notice = Notice(
        title=title,
        text=title,
        sections=(section("", draw_lines(context.session, rows, verb="resolve"), total),) if rows else (),
    )
    return Answer(text=title, notice=notice)


def answer_home(command: AskHome, context: Context) -> Answer:
    """Show what the actor has, and what nobody has in their department."""
    session, person = context.session, context.person
    mine = Filter(owner_id=person.id, statuses=HELD)
    free = Filter(department_id=person.department_id, unowned=True)
    name = _department_name(context, person.department_id)
    sections = (_listed(session, "Mine", mine, "resolve"), _listed(session, f"Unclaimed in {name}", free, "claim"))
    return Answer(text="Your mentions", notice=Notice(title="Your mentions", text="Your mentions", sections=sections))


def _listed(session: Session, title: str, wanted: Filter, verb: str) -> Section:
    lines = draw_lines(session, mentions.listed(session, wanted), verb=verb)
    return section(title, lines, mentions.count(session, wanted))


def answer_log(command: AskLog, context: Context) -> Answer:
    """Say who had the mention, when and why; the last fifteen rows."""
    lines = log_lines(context)
    row = context.mention
    owner = people.names(context.session, [row.owner_id]).get(row.owner_id or 0, "")
    title = f"The log of #{row.token}"
    shown = lines[-_LOG_LINES:]
    left_out = f"{len(lines) - len(shown)} earlier rows are on the desk. " if len(lines) > len(shown) else ""
    footer = left_out + state_sentence(row, owner)
    notice = Notice(title=title, text=title, sections=(Section(title="", lines=tuple(shown)),), footer=footer)
    return Answer(text=title, notice=notice)


def log_lines(context: Context) -> list[Line]:
    """Return every row of the mention's log in words."""
    lines = []
    for row in mention_log(context.session, context.mention.id):
        text = f"{row.words}{f' ({row.department})' if row.department else ''}, by {row.via}"
        lines.append(Line(text=f"{text}: {one_line(row.remark, 500)}" if row.remark else text, at=row.at))
    return lines


def answer_digest(command: AskDigest, context: Context) -> Answer:
    """Build the digest as of now, for the actor alone."""
    department_id = context.person.department_id
    if command.department:
        department_id = find_department(context, command.department, field="department").id
    if department_id is None:
        department_id = find_department(context, context.organisation.fallback, field="department").id
    digest = build_digest(context.session, context.organisation, department_id, context.now)
    return Answer(text=digest.text, notice=digest)


def _department_name(context: Context, department_id: int | None) -> str:
    found = [one.name for one in people.departments(context.session) if one.id == department_id]
    return found[0] if found else "all departments"


HANDLERS: dict[type[Command], Callable[[Any, Context], Answer]] = {
    AskHelp: answer_help,
    AskList: answer_list,
    AskMine: answer_mine,
    AskHome: answer_home,
    AskLog: answer_log,
    AskDigest: answer_digest,
    AskDesk: answer_desk,
}
