"""Suggested: what the suggestions of departments came to so far, in sentences for who runs Dibs.

Compared are the mentions whose card named a department with those for which the coin said that nothing is shown, among
the last that are over. Medians are of all of these: what was closed without anybody having it comes last.
"""

from collections.abc import Sequence
from datetime import timedelta

from handlers.base.organisation import Organisation
from handlers.report.figures.statistics import FOR_MEDIAN, times
from handlers.suggest.material import LEAST, read_material, read_record
from handlers.suggest.record import Record, among
from handlers.text.times import say_span
from storage.engine.database import Session
from storage.report import suggestions
from storage.report.suggestions import ids
from storage.tables.judgements import Shown


def suggested_so_far(session: Session, organisation: Organisation) -> list[str]:
    """Say whether departments are suggested, by which record, and what came of what was shown."""
    if not organisation.suggests:
        return ["They are switched off."]
    examples = read_material(session).examples
    if len(examples) < LEAST:
        return [f"They are silent: {len(examples)} mentions are over, and nothing is learnt from fewer than {LEAST}."]
    departments = {one.department_id for one in examples}
    record = read_record(session, examples, departments)
    ended = {one.mention_id: one.department_id for one in examples}
    rows = suggestions.rated(session, list(ended))
    named = {key: row for key, row in rows.items() if row.shown == Shown.NAMED}
    hidden = [key for key, row in rows.items() if row.shown == Shown.HIDDEN]
    right = sum(ids(row.names)[0] == ended[key] for key, row in named.items())
    told = [_of_record(record, among(len(departments)))]
    told += [f"Of {len(named)} that a card named and that are over, {right} ended there."] if named else []
    return told + _claims(session, list(named), hidden)


def _of_record(record: Record, most: int) -> str:
    where = "first" if most == 1 else f"among the first {most}"
    so_far = f"{where} in {record.hits} of the last {record.of}, and the most frequent departments in {record.usual}"
    return f"They are {'shown' if record.earned else 'silent'}: they were right {so_far}."


def _claims(session: Session, named: Sequence[int], hidden: Sequence[int]) -> list[str]:
    ours, without = (times(suggestions.claims(session, which)).median for which in (named, hidden))
    if min(len(named), len(hidden)) < FOR_MEDIAN or ours is None or without is None:
        return []
    where_named, where_hidden = (say_span(timedelta(seconds=one)) for one in (ours, without))
    return [
        f"Half were claimed within {where_named} where a card named one, within {where_hidden} where the coin hid it."
    ]
