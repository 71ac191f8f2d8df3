"""Steps: what people do to themes. Each is written down with what was before, has its row in the log, and is undone.

A theme is what a person named: the machine only proposes. Two that are one are merged by OR, and what the first found
the second finds. Nothing of this touches a mention.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from handlers.base.command import Context
from handlers.base.errors import BotError, WrongInput
from handlers.people.people import find_department
from handlers.report.voice.finding import find, look_again, try_query
from handlers.report.voice.read import home_of
from handlers.text.bounds import random_token
from storage.own import ownership
from storage.report import proposals, themes
from storage.report.proposals import ProposalRow
from storage.report.themes import ThemeRow
from storage.tables.states import Action

MUTED_FOR = timedelta(weeks=4)
MOST_THEMES = 200
NO_TRACKER = "-"
LONGEST_NAME, LONGEST_QUERY, LONGEST_REPLY = 80, 1_000, 3_000
_KEPT = ("name", "query", "department_id", "tracker", "tracker_at", "reply", "muted_until", "fixed_at", "gone_at")
_DATES = {one.name for one in fields(ThemeRow) if "datetime" in str(one.type)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody would have a theme be; what is empty stays, or is as it was proposed."""

    name: str = ""
    query: str = ""
    department: str = ""
    tracker: str = ""
    reply: str = ""


def query_of(row: ProposalRow) -> str:
    """Return what finds what was proposed: one of its phrases."""
    return " OR ".join(f'"{one}"' for one in row.phrases.split("\n"))


def name_theme(context: Context, token: str, wish: Wish) -> str:
    """Make a theme of what was proposed, or of a query alone.

    Raises:
        WrongInput: It has no name, one that there is, or a query that cannot be.
        BotError: There are too many.
    """
    session = context.session
    proposal = proposals.by_token(session, token) if token else None
    if token and proposal is None:
        raise _wrong("theme", "Nothing of this name is proposed any more. Leave it out, and write a query.")
    _free_name(context, wish.name)
    query = wish.query or (query_of(proposal) if proposal else "")
    if not query:
        raise _wrong("query", "Say what finds it, such as: battery (life OR drain*).")
    if len(themes.alive(session)) >= MOST_THEMES:
        raise BotError(f"There are {MOST_THEMES} themes already. End one that nobody needs.")
    found = try_query(session, context.organisation, query, context.now)
    row = themes.add(
        session,
        token=random_token(context.random),
        name=wish.name,
        query=query,
        department_id=_department(context, wish.department, proposal),
        by_id=context.person.id,
        at=context.now,
        **_tracked(wish.tracker, context.now),
    )
    look_again(session, row, found)
    _note(context, row, "name", {"gone_at": context.now})
    _log(context, row, Action.THEME_NAMED, f"“{row.name}”: {query}")
    return f"“{row.name}” is a theme. {found.sentence}"


def change_theme(context: Context, token: str, wish: Wish) -> str:
    """Change what a theme is called, what finds it, whose it is, or where work on it goes on.

    Raises:
        WrongInput: There is no such theme, or it cannot be so.
    """
    session, row = context.session, require_theme(context, token)
    changed: dict[str, Any] = {}
    if wish.name and wish.name != row.name:
        _free_name(context, wish.name)
        changed["name"] = wish.name
    if wish.department:
        changed["department_id"] = find_department(context, wish.department, field="department").id
    if wish.tracker and wish.tracker != row.tracker:
        changed |= _tracked("" if wish.tracker == NO_TRACKER else wish.tracker, context.now)
    if wish.reply and wish.reply != row.reply:
        changed["reply"] = wish.reply[:LONGEST_REPLY]
    told = ""
    if wish.query and wish.query != row.query:
        found = try_query(session, context.organisation, wish.query, context.now)
        changed["query"] = wish.query
        look_again(session, row, found)
        told = f" {found.sentence}"
    if all(getattr(row, name) == value for name, value in changed.items()):
        return "Nothing was changed."
    _note(context, row, "change")
    now = themes.change(session, row.id, **changed)
    _log(context, now, Action.THEME_CHANGED, f"“{now.name}”: {now.query}")
    return f"“{now.name}” is changed.{told}"


def merge_themes(context: Context, token: str, into: str) -> str:
    """Make one theme a part of another, which finds from then on what either finds.

    Raises:
        WrongInput: There is no such theme, both are one, or together they find nearly everything.
    """
    session, row = context.session, require_theme(context, token)
    other = require_theme(context, into, field="name")
    if other.id == row.id:
        raise _wrong("name", f"“{row.name}” is that theme itself. Choose another one.")
    query = f"({other.query}) OR ({row.query})"
    found = try_query(session, context.organisation, query, context.now)
    _note(context, other, "merge", other_id=row.id)
    now = themes.change(session, other.id, query=query)
    look_again(session, now, found)
    themes.change(session, row.id, gone_at=context.now)
    _log(context, now, Action.THEME_MERGED, f"“{row.name}” into “{now.name}”: {query}")
    return f"“{row.name}” is a part of “{now.name}” now. {found.sentence}"


def mute_theme(context: Context, token: str) -> str:
    """Let a theme, or what is proposed, rest for four weeks.

    Raises:
        WrongInput: There is neither.
    """
    session, until = context.session, context.now + MUTED_FOR
    proposal = proposals.by_token(session, token)
    if proposal is not None:
        proposals.mute(session, proposal.id, until, context.person.id)
        _log(context, None, Action.THEME_MUTED, f"“{proposal.label}”, which was proposed")
        return f"“{proposal.label}” is no theme for four weeks."
    row = require_theme(context, token)
    _note(context, row, "mute")
    themes.change(session, row.id, muted_until=until)
    _log(context, row, Action.THEME_MUTED, f"“{row.name}”")
    return f"“{row.name}” is told of no more for four weeks. It is counted all the same."


def mend_theme(context: Context, token: str) -> str:
    """Say that what a theme is about is mended, so that those who said so can be told.

    Raises:
        WrongInput: There is no such theme.
        BotError: Somebody said so already.
    """
    row = require_theme(context, token)
    if row.fixed_at is not None:
        raise BotError(f"“{row.name}” is mended already, since {row.fixed_at.day} {row.fixed_at:%B}.")
    _note(context, row, "mended")
    themes.change(context.session, row.id, fixed_at=context.now)
    _log(context, row, Action.THEME_MENDED, f"“{row.name}”")
    return f"“{row.name}” is mended."


def keep_reply(context: Context, token: str, reply: str) -> tuple[ThemeRow, str]:
    """Return a theme and what its authors are told, which is kept with it where it is new.

    Raises:
        WrongInput: There is no such theme.
    """
    row = require_theme(context, token)
    if reply and reply != row.reply:
        _note(context, row, "change")
        row = themes.change(context.session, row.id, reply=reply[:LONGEST_REPLY])
        _log(context, row, Action.THEME_CHANGED, f"“{row.name}”: what its authors are told")
    return row, row.reply


def end_theme(context: Context, token: str) -> str:
    """End a theme.

    Raises:
        WrongInput: There is no such theme.
    """
    row = require_theme(context, token)
    _note(context, row, "end")
    themes.change(context.session, row.id, gone_at=context.now)
    _log(context, row, Action.THEME_ENDED, f"“{row.name}”")
    return f"“{row.name}” is a theme no more."


def undo_theme(context: Context, token: str) -> str:
    """Undo what was done to a theme last, or let again be proposed what was muted.

    Raises:
        WrongInput: There is neither.
        BotError: There is nothing to undo.
    """
    session, now = context.session, context.now
    proposal = proposals.by_token(session, token)
    if proposal is not None:
        if proposal.muted_until is None or proposal.muted_until <= now:
            raise BotError(f"“{proposal.label}” is proposed already.")
        proposals.mute(session, proposal.id, None, context.person.id)
        _log(context, None, Action.THEME_UNDONE, f"“{proposal.label}” may be proposed")
        return f"“{proposal.label}” may be proposed again."
    row = require_theme(context, token, also_gone=True)
    last = themes.last_change(session, row.id)
    if last is None or not themes.undo(session, last.id, now):
        raise BotError(f"There is nothing to undo of “{row.name}”.")
    was = themes.change(session, row.id, **_read_before(last.before))
    if was.gone_at is None and (row.gone_at is not None or was.query != row.query):
        look_again(session, was, find(session, was.query, now))
    if last.other_id is not None:
        other = themes.change(session, last.other_id, gone_at=None)
        look_again(session, other, find(session, other.query, now))
    _log(context, was, Action.THEME_UNDONE, f"“{was.name}”")
    gone = " It is a theme no more." if was.gone_at is not None else ""
    return f"Undone: “{was.name}” is as it was before.{gone}"


def require_theme(context: Context, token: str, *, field: str = "theme", also_gone: bool = False) -> ThemeRow:
    """Return a theme by its reference, or by its name, locked.

    Raises:
        WrongInput: There is none.
    """
    wanted = token.strip().strip('[]“”"').casefold()
    row = themes.by_token(context.session, wanted, lock=True)
    if row is None:
        named = (one for one in themes.alive(context.session) if one.name.casefold() == wanted)
        row = next(named, None)
    if row is None or (row.gone_at is not None and not also_gone):
        raise _wrong(field, "There is no such theme. See voice for those that there are.")
    return row


def _free_name(context: Context, name: str) -> None:
    if not name:
        raise _wrong("name", "Give it a name by which colleagues know it, such as: Late refunds.")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise _wrong("name", f"A name is one line of at most {LONGEST_NAME} characters.")
    if any(one.name.casefold() == name.casefold() for one in themes.alive(context.session)):
        raise _wrong("name", f"“{name}” is a theme already. Change that one, or choose another name.")


def _department(context: Context, written: str, proposal: ProposalRow | None) -> int:
    if written:
        return find_department(context, written, field="department").id
    voices = proposals.voices(context.session, proposal.id) if proposal is not None else []
    if voices:
        return home_of(voices)
    return (
        context.person.department_id or find_department(context, context.organisation.fallback, field="department").id
    )


def _tracked(tracker: str, now: datetime) -> dict[str, Any]:
    return {"tracker": tracker[:LONGEST_QUERY], "tracker_at": now if tracker else None}


def _note(
    context: Context, row: ThemeRow, what: str, before: Mapping[str, Any] = {}, other_id: int | None = None
) -> None:
    """Write down what is done, with what undoes it."""
    was = {name: getattr(row, name) for name in _KEPT} | dict(before)
    written = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in was.items()}
    themes.note(
        context.session,
        theme_id=row.id,
        what=what,
        before=json.dumps(written),
        other_id=other_id,
        by_id=context.person.id,
        at=context.now,
    )


def _read_before(before: str) -> dict[str, Any]:
    was = json.loads(before)
    return {name: datetime.fromisoformat(value) if name in _DATES and value else value for name, value in was.items()}


def _log(context: Context, row: ThemeRow | None, action: Action, said: str) -> None:
    person, department_id = context.person, row.department_id if row is not None else None
    change = ownership.Change(
        mention_id=None,
        action=action,
        via=context.via,
        at=context.now,
        actor_id=person.id,
        actor_department_id=person.department_id,
        from_department_id=department_id,
        to_department_id=department_id,
        remark=said[:500],
        salt=context.random.randbytes(16).hex(),
    )
    ownership.log(context.session, change)


def _wrong(field: str, sentence: str) -> WrongInput:
    return WrongInput(sentence, {field: sentence})
