"""Mentions as lines of a notice, each with at most one action."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from handlers.base.cards import MAX_LINES, Line, Link, one_line
from handlers.base.command import Context
from handlers.base.situation import situation
from handlers.base.standing import URGENT_FIRST
from handlers.base.statuses import KEPT_BACK_WORDS, in_moderation, sentence
from handlers.base.talk import in_brief
from handlers.base.verb import Verb, button
from handlers.own.clocks import asked_in
from handlers.own.unfold import left_over
from storage.channels.places import Place, of_cards
from storage.engine.database import Session
from storage.own import clocks, left, mentions, threads
from storage.own.clocks import ClockRow
from storage.own.mentions import MentionRow, Original
from storage.people import people
from storage.reply import drafts, publications
from storage.tables.states import Held, Status

_LABEL = 75


def draw_due_lines(session: Session, rows: list[MentionRow], verb: Verb, now: datetime) -> list[Line]:
    """Draw mentions as lines, each with the moment at which something of it is due, or was; else since when it is."""
    found = clocks.of_mentions(session, [row.id for row in rows[:MAX_LINES]])
    lines = draw_lines(session, rows, verb=verb)
    return [_with_due(line, found.get(row.id, []), now) for line, row in zip(lines, rows, strict=False)]


def _with_due(line: Line, found: Sequence[ClockRow], now: datetime) -> Line:
    due = min(((one.due_at, one.kind) for one in found if one.due_at is not None and one.running_since), default=None)
    if due is None:
        return line
    said = "was due" if due[0] < now else "is due"
    return replace(line, text=f"{line.text} — {due[1].replace('_', ' ')} {said}", at=due[0])


def draw_lines(
    session: Session, rows: list[MentionRow], *, verb: Verb | None = None, at: str = "ingested_at"
) -> list[Line]:
    """Draw mentions as the lines of a notice: what, who has it, since when, and one button; the name is the link."""
    ids = [row.id for row in rows[:MAX_LINES]]
    originals = mentions.originals(session, ids)
    names = people.names(session, [row.owner_id for row in rows[:MAX_LINES]])
    places = of_cards(session, ids)
    written = drafts.of_mention(session, ids) if verb else {}
    abandoned = left.among(session, [row.id for row in rows[:MAX_LINES] if row.owner_id is not None])
    waiting = publications.waiting(session, ids)
    timed = clocks.of_mentions(session, ids) if verb is not None and verb.of_cycle else {}
    folded = left_over(session, ids) if verb else {}
    there = threads.under(session, ids)
    lines = []
    for row in rows[:MAX_LINES]:
        post = originals[row.id]
        owner = names.get(row.owner_id or 0, "")
        gone = row.id in abandoned
        cycle = asked_in(timed.get(row.id, ()))
        under = folded.get(row.id, 0)
        beside = len(there.get(row.id, ()))
        now = situation(
            row, written.get(row.id, ()), waits=waiting.get(row.id), left=gone, asked=cycle, folded=under, under=beside
        )
        fits = verb is not None and verb.when(now)
        state = _state_of(row, owner, left=gone, waits=now.held, beside=beside)
        moment: datetime = getattr(row, at)
        lines.append(
            Line(
                text=f"#{row.token} {in_brief(post)}{state}",
                token=row.token,
                at=moment,
                link=_link(row, post, places.get(row.id, ())),
                button=button(verb, row, named_by(post), shown=str(cycle)) if verb and fits else None,
                lang=post.lang,
            )
        )
    return lines


def _state_of(row: MentionRow, owner: str, *, left: bool, waits: bool, beside: int) -> str:
    """Return what stands behind the words of a mention; empty where it is new and stands alone on its card."""
    is_new = row.status == Status.NEW and row.held in (Held.NO, Held.THREAD)
    said = [] if is_new else [state_sentence(row, owner, left=left)]
    said += [f"{beside} more on its card."] if beside else []
    said += [in_moderation("A reply")] if waits else []
    return f" — {' '.join(said)}" if said else ""


def _link(row: MentionRow, post: Original, places: Sequence[Place]) -> Link:
    """Return the way to the card of a mention, called by its reference."""
    there = tuple((one.platform, one.channel, one.reference) for one in places if one.reference)
    return Link(label=f"#{row.token}", url=post.url, places=there)


def in_which_order(rows: Sequence[MentionRow]) -> str:
    """Say behind the title of a list that what stands first is not the oldest, where that is so."""
    return f", {URGENT_FIRST}" if any(row.priority for row in rows) else ""


def standing(session: Session, row: MentionRow) -> str:
    """Say how a mention stands, and who has it."""
    owner = people.names(session, [row.owner_id]).get(row.owner_id or 0, "")
    return state_sentence(row, owner, left=row.id in left.among(session, [row.id]))


def named_by(post: Original) -> str:
    """Return the words by which a button's label for screen readers names the mention."""
    return one_line(post.title or post.text, _LABEL)


def state_sentence(row: MentionRow, owner: str, *, left: bool = False) -> str:
    """Say status and owner in a sentence, without relying on colour or emoji; of what is kept back, why it is."""
    if row.held and row.status == Status.NEW:
        return KEPT_BACK_WORDS[Held(row.held)]
    return sentence(Status(row.status), owner, left=left)


def department_name(context: Context, department_id: int | None) -> str:
    """Return what a department is called where lines are listed."""
    found = [one.name for one in people.departments(context.session) if one.id == department_id]
    return found[0] if found else "all departments"
