"""Report: what was counted of a period, for the actor alone; or of the actor, whom nobody else sees."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.base.cards import Field, Line, Notice, Section, section
from handlers.base.command import Answer, Command, Context
from handlers.base.errors import BotError
from handlers.base.organisation import People
from handlers.base.timezones import named_zone
from handlers.base.verb import On, Verb
from handlers.report.counting.days import local_day
from handlers.report.figures.definitions import DEFINITIONS
from handlers.report.figures.kept import read_report
from handlers.report.figures.own import own_lines
from handlers.report.figures.parts import Part
from handlers.report.figures.periods import Period, read_period
from handlers.report.figures.product import product_called
from handlers.report.figures.report import Report
from handlers.report.figures.written import foot
from storage.people import people

ME = "me"
_TOLD = ("people_acted", "claims", "replies", "claim", "reply")
_PERIOD = Field(
    name="period",
    label="Period, or me",
    kind="line",
    required=False,
    hint="2026-11, 2026-W48, 2026-Q4; me = your own, which nobody else sees. Else the last whole month.",
    example="2026-11",
)
_DEPARTMENT = Field(name="department", label="Department or product", kind="line", required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReport(Command):
    """Ask what was counted of a period.

    Attributes:
        department: Of which it is asked, or of which product; empty = of all.
        period: As ``read_period`` reads it, or "me", behind which ``department`` is a period.
    """

    asks: ClassVar[bool] = True
    period: str = ""
    department: str = ""


def answer_report(command: AskReport, context: Context) -> Answer:
    """Tell what was counted of a period.

    Raises:
        WrongInput: That is no period, or no department that has figures.
        BotError: Own figures are switched off.
    """
    zone = named_zone(context.organisation.timezone)
    if command.period.strip().lower() == ME:
        this = f"{local_day(context.now, zone):%Y-%m}"
        return _own(context, read_period(command.department or this, zone, context.now))
    period = read_period(command.period, zone, context.now)
    about = _about(context, command.department)
    report = read_report(context.session, context.organisation, period, context.now, **about)
    return _told(report)


def _about(context: Context, said: str) -> dict[str, str]:
    """Return of what it is asked: of a department, or of a product where no department is called so."""
    wanted = said.strip().casefold()
    known = people.departments(context.session, removed=True)
    called = {name.casefold() for one in known for name in (one.key, one.name)}
    of_product = wanted not in called and product_called(context.session, context.organisation, wanted)
    return {"product" if of_product else "department": said}


def _told(report: Report) -> Answer:
    text = " ".join(report.sentences)
    sections = [Section(title="", lines=tuple(Line(text=one) for one in report.sentences))]
    if report.departments:
        lines = [Line(text=_in_one_line(one)) for one in report.departments]
        sections.append(section("By department", lines))
    if report.note:
        sections.append(Section(title="", lines=(Line(text=report.note),)))
    sections.append(Section(title="How is this counted?", lines=tuple(Line(text=DEFINITIONS[one]) for one in _TOLD)))
    return Answer(
        text=text, notice=Notice(title=report.title, text=text, sections=tuple(sections), footer=foot(report))
    )


def _in_one_line(part: Part) -> str:
    told = [f"{one.label.lower()} {one.shown}" for one in part.figures if one.name in _TOLD]
    return f"{part.name}: {', '.join(told)}"


def _own(context: Context, period: Period) -> Answer:
    if context.organisation.reports.people == People.NONE:
        raise BotError("Figures of people are switched off here, one's own too (people in [reports] of dibs.toml).")
    lines = tuple(Line(text=one) for one in own_lines(context.session, context.person.id, period, context.now))
    title = f"Your own, {period.spoken}"
    text = f"{title}: {lines[0].text}"
    footer = "Nobody else can ask for this."
    notice = Notice(title=title, text=text, sections=(Section(title="", lines=lines),), footer=footer)
    return Answer(text=text, notice=notice, secret=True)


VERB = Verb(
    name="report",
    help="what was counted of a period; `me`: your own, for you alone",
    command=AskReport,
    handler=answer_report,
    on=On.NOTHING,
    fields=(_PERIOD, _DEPARTMENT),
)
