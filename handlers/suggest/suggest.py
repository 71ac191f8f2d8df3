"""Suggest: what came in is ranked by its words, written down, and shown where that was earned.

Nobody is assigned and nobody is told: a card's *Hand off* names a department, and a person presses it or does not. What
is written down for a mention stays, whatever is learnt later, so that a press does what its card said. One of ten shows
nothing, by a coin, so that it can be seen what the others come to. Where a post speaks of a lawyer or of harm nothing
is said: that is for a person to see.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.standing import hint_of_risk
from handlers.suggest.choosing import Chosen, Load, choose, margin
from handlers.suggest.features import written
from handlers.suggest.fitting import KEPT, Past
from handlers.suggest.material import text_of
from handlers.suggest.model import Model, Ranked, Reason
from storage.channels import messages
from storage.engine.database import Session, touch
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.people import people
from storage.report import suggestions
from storage.report.suggestions import Fresh, SuggestionRow
from storage.tables.judgements import Risk, Shown

# What is older was decided on without us.
SINCE = timedelta(hours=1)
PORTION = 50
_HIDDEN = 0.1


@dataclass(frozen=True, slots=True)
class Ranking:
    """A mention, the departments by how near they are, and why the first is."""

    mention_id: int
    ranked: tuple[Ranked, ...]
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestDepartments(TimedCommand):
    """Ask for rankings to be written down.

    Attributes:
        usual: The most frequent departments.
        had: How many of the latest mentions ended with each department.
        earned: They may be shown.
    """

    behind: ClassVar[bool] = True
    rankings: tuple[Ranking, ...] = ()
    usual: tuple[int, ...] = ()
    had: Mapping[int, int] = field(default_factory=dict)
    earned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePast(TimedCommand):
    """Ask for what would have been suggested in the past to be written down."""

    behind: ClassVar[bool] = True
    past: tuple[Past, ...] = ()


def rank(model: Model, fresh: list[Fresh]) -> tuple[Ranking, ...]:
    """Rank some mentions."""
    found = []
    for one in fresh:
        said = written(text_of(one.title, one.text))
        ranked = model.rank(said)
        found.append(Ranking(one.mention_id, tuple(ranked), model.reason(said, ranked[0].department_id)))
    return tuple(found)


def suggest_departments(command: SuggestDepartments, context: Context) -> Answer:
    """Write rankings down, with what is shown of them, and let the cards that name a department be drawn anew."""
    session = context.session
    here = [one.id for one in people.departments(session)]
    load = Load(suggestions.open_by_department(session, here), command.had)
    rows = {one.id: one for one in mentions.several(session, [one.mention_id for one in command.rankings])}
    for one in command.rankings:
        if (row := rows.get(one.mention_id)) is None or not one.ranked:
            continue
        chosen = choose(one.ranked, load, context.random, lies=row.department_id)
        shown = _shown(command, context, one, row, chosen)
        if suggestions.add(session, _as_row(command, context, one, row, chosen, shown)) and shown == Shown.NAMED:
            _draw_anew(session, row.id)
    return Answer(text="")


def _shown(command: SuggestDepartments, context: Context, one: Ranking, row: MentionRow, chosen: Chosen) -> Shown:
    if not command.earned:
        return Shown.SILENT
    if context.random.random() < _HIDDEN:
        return Shown.HIDDEN
    risk = hint_of_risk(row.hints)
    private = risk is not None and risk.kind == Risk.RISK
    named = chosen.named is not None and one.reason is not None and not private
    return Shown.NAMED if named else Shown.CHOICES


def _as_row(
    command: SuggestDepartments, context: Context, one: Ranking, row: MentionRow, chosen: Chosen, shown: Shown
) -> SuggestionRow:
    why = one.reason if one.reason is not None and shown == Shown.NAMED else Reason("", 0, "")
    return SuggestionRow(
        mention_id=row.id,
        at=context.now,
        department_id=row.department_id,
        names=_written(tuple(other.department_id for other in one.ranked[:KEPT])),
        usual=_written(command.usual[:KEPT]),
        choices=_written(chosen.choices),
        margin=_hundredths(margin(one.ranked)),
        shown=str(shown),
        word=why.word,
        support=why.support,
        example=why.example,
    )


def _hundredths(ahead: float) -> int:
    return round(ahead * 100)


def _written(some: tuple[int, ...]) -> str:
    return ",".join(map(str, some))


def _draw_anew(session: Session, mention_id: int) -> None:
    messages.touch(session, mention_id, by_person=False)
    touch(session, mention_id)


def write_past(command: WritePast, context: Context) -> Answer:
    """Write down what would have been suggested, so that it can be judged; no card shows it."""
    rows = {one.id: one for one in mentions.several(context.session, [one[0] for one in command.past])}
    for mention_id, names, usual, ahead in command.past:
        if (row := rows.get(mention_id)) is not None:
            first, often, margin_then = _written(names), _written(usual), _hundredths(ahead)
            lies = row.department_id
            said = SuggestionRow(mention_id, context.now, lies, first, often, "", margin_then, Shown.PAST)
            suggestions.add(context.session, said)
    return Answer(text="")
