"""Sources: how each one does, and what it had shown before we listened.

`dibs check` and the desk say the same of a source, because both say what stands here.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from handlers.base.organisation import Organisation, SourceRules
from handlers.listen.baseline import stored_baseline
from handlers.report.spending import BudgetLine, read_spending
from handlers.text.match import Matcher
from storage.engine.database import Session
from storage.listen import sources
from storage.listen.sources import SourceRow

UNHEARD = "Nothing heard so far"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One configured source.

    Attributes:
        health: "Well", "Down", or that nothing was heard from it so far.
        why: What is wrong with it, untrusted; empty while it is not down.
        down_since: When the trouble began.
        last_ok_at: When it last answered, or a delivery of its was last taken in; None = never.
        baseline: "25 seen, 3 would match"; empty where it had shown nothing before we listened.
        dropped: Posts that no topic recognised where that means to drop them; they are not stored.
        budgets: What it spends, where its network sells or rations what is asked.
    """

    name: str
    kind: str
    health: str
    why: str = ""
    down_since: datetime | None = None
    last_ok_at: datetime | None = None
    baseline: str = ""
    dropped: int = 0
    budgets: tuple[BudgetLine, ...] = ()


def read_sources(session: Session, organisation: Organisation, now: datetime) -> tuple[SourceLine, ...]:
    """Read how every configured source does, in the order of dibs.toml."""
    matcher = Matcher(organisation.topics)
    states = {one.name: one for one in sources.states(session, [rules.name for rules in organisation.sources])}
    spending = read_spending(session, organisation.sources, now)
    return tuple(
        replace(
            _line(session, matcher, rules, states.get(rules.name)),
            budgets=tuple(one for one in spending if one.source == rules.name),
        )
        for rules in organisation.sources
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """To how many sources we listen that answered already, and when the last of them did."""

    sources: int
    heard_at: datetime | None


def listening(session: Session, organisation: Organisation) -> Listening:
    """Say whether somebody listens, for a board on which nothing stands yet."""
    states = sources.states(session, [rules.name for rules in organisation.sources])
    heard = [one.last_ok_at for one in states if one.last_ok_at is not None]
    return Listening(sources=len(heard), heard_at=max(heard, default=None))


def _line(session: Session, matcher: Matcher, rules: SourceRules, state: SourceRow | None) -> SourceLine:
    if state is None:
        return SourceLine(name=rules.name, kind=rules.kind, health=UNHEARD)
    well = UNHEARD if state.last_ok_at is None else "Well"
    baseline = stored_baseline(session, matcher, rules.name)
    return SourceLine(
        name=rules.name,
        kind=rules.kind,
        health=well if state.down_since is None else "Down",
        why=state.trouble if state.down_since is not None else "",
        down_since=state.down_since,
        last_ok_at=state.last_ok_at,
        baseline=baseline.sentence if baseline.seen else "",
        dropped=state.dropped,
    )
