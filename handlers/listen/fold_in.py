"""Fold in: what arrives while a storm is on stands folded under its card from the first moment, and has none itself.

It arrived all the same: it is logged so, and its clocks run. What is never kept back has its card as always.
"""

from collections.abc import Mapping, Sequence

from handlers.base.events import Posted
from handlers.listen.arrival import Hold
from handlers.listen.batch import Batch
from handlers.listen.route import Decision
from handlers.own.fold import why_folded
from storage.own import storms
from storage.people import people
from storage.tables.states import Held


def folded(batch: Batch, new: Sequence[tuple[Posted, Decision]]) -> Mapping[str, Hold]:
    """Hold what is said on a topic on which its department has a storm."""
    on = storms.on(batch.session)
    if not on:
        return {}
    keys = {row.id: row.key for row in people.departments(batch.session)}
    folds = {one.key for one in batch.organisation.departments if one.storms}
    here = {(keys.get(one.department_id, ""), one.topic): one for one in on}
    return {
        event.external_id: Hold(reason=Held.STORM, why=why_folded(storm.topic), by=storm.id)
        for event, decision in new
        if decision.department in folds and (storm := here.get((decision.department, decision.topic))) is not None
    }
