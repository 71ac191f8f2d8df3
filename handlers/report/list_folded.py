"""List: what is folded under the card of a storm is listed below it, in one notice a minute.

A card would be too short for it, and a message for each would be the storm itself. Each line has its button, so that
one that matters is one press from a card of its own.
"""

from dataclasses import dataclass

from handlers.base.cards import MAX_LINES, Notice, section
from handlers.base.command import Answer, Context, TimedCommand
from handlers.channels.below import put_below
from handlers.channels.placement import targets
from handlers.own import show
from handlers.report.lines import draw_lines
from storage.own import folds, mentions, storms
from storage.own.storms import StormRow

# So many are looked at for one notice; more in a minute are counted by the next.
MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFolded(TimedCommand):
    """Ask for what is newly folded under storms to be listed."""

    storm_ids: tuple[int, ...] = ()


def prepare_list(context: Context) -> ListFolded | None:
    """Return the storms under which there is something that was not listed."""
    found = tuple(one.id for one in storms.on(context.session) if _new(context, one, limit=1))
    return ListFolded(job="list folded", storm_ids=found) if found else None


def list_folded(command: ListFolded, context: Context) -> Answer:
    """Say below the lead of each storm what is new there; who comes second finds it said."""
    for one in command.storm_ids:
        _list(context, storms.get(context.session, one))
    return Answer(text=f"{len(command.storm_ids)} storms are listed.", ok=False)  # once a minute


def _new(context: Context, storm: StormRow, limit: int) -> list[int]:
    return folds.under(context.session, storm.id, after=storm.listed_id, limit=limit)


def _list(context: Context, storm: StormRow) -> None:
    session, found = context.session, _new(context, storm, MOST)
    if not found or not storms.listed(session, storm, found[-1]):
        return
    rows = mentions.several(session, found[:MAX_LINES])
    lead = mentions.get(session, storm.lead_id)
    number = f"{len(found)} post{'' if len(found) == 1 else 's'}"
    title = f"Folded under #{lead.token}: {number} on {storm.topic}"
    part = section("", draw_lines(session, rows, verb=show.VERB), len(found))
    notice = Notice(title=title, text=title, sections=(part,))
    lanes = targets(session, context.organisation).get(lead.department_id, ())
    key, names = f"folded:{storm.id}:{found[-1]}:", [row.id for row in rows]
    put_below(session, lanes, lead.id, key, notice, context.now, names=names)
