"""What `dibs check` says of budgets: what is spent, and whether sources of one account may spend what it has not."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from bot.chat.base import Finding
from bot.settings.budgets import declared_by
from bot.sources.base import SourceSettings
from bot.sources.runner.rate_limits import Service, service_of
from handlers.base.budget import Budget
from handlers.report.spending import BudgetLine


def check_spending(lines: Iterable[BudgetLine]) -> list[Finding]:
    """Say what is spent, and warn where that is nearly all."""
    mend = "When all is spent it rests. Let it be asked less often (every), or raise its budget in dibs.toml."
    return [Finding(True, f"Source {one.source}", one.sentence, mend if one.near else "") for one in lines]


def check_shared(sources: Sequence[SourceSettings]) -> list[Finding]:
    """Warn where sources ask with one account, and may spend more together than their network gives it.

    What is sold has no such end: what two sources may cost is the sum of what stands there.
    """
    together: dict[tuple[Service, tuple[str, str]], list[tuple[str, Budget]]] = defaultdict(list)
    given: dict[tuple[Service, tuple[str, str]], Budget] = {}
    for source in sources:
        service = service_of(source.config)
        rationed = [one for one in declared_by(source.config.kind, source.config.options) if one.unit.parts == 1]
        given |= {(service, one.key): one for one in rationed}
        for one in source.rules.budgets:
            together[service, one.key].append((source.rules.name, one))
    return list(chain.from_iterable(_shared(known, together[key]) for key, known in given.items()))


def _shared(given: Budget, having: Sequence[tuple[str, Budget]]) -> list[Finding]:
    total = sum(one.most for _, one in having)
    if len(having) < 2 or total <= given.most:
        return []
    names = " and ".join(name for name, _ in having)
    part = f"{given.unit.said(given.most // len(having))} a {given.window.said}"
    sentence = (
        f"They ask with one account, and may spend {given.unit.said(total)} a {given.window.said} together; "
        f"their network gives {given.unit.said(given.most)}."
    )
    return [Finding(True, f"Sources {names}", sentence, f'Give each its part in dibs.toml: budget = "{part}".')]
