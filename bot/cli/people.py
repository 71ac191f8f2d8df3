"""What operators do to people, and are told of them: a way in, switching off and on, and who may come in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from bot.chat.base import Finding
from handlers.base.errors import BotError, WrongInput
from handlers.base.organisation import Organisation
from handlers.people.departed import let_back
from handlers.people.operators import end_sessions, find_anybody, read_address, switch, welcomes
from handlers.people.sign_in import invite
from handlers.people.ways_in import counted, rules, ways_in
from storage.engine.database import Database, Session

ACTIONS = ("list", "off", "on", "leave")
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command says, and its exit code."""

    text: str
    code: int = 0


def let_in(
    database: Database, organisation: Organisation, email: str, name: str, now: datetime, random: Random
) -> Outcome:
    """Make a one-time link to the desk for an employee."""

    def work(session: Session) -> str:
        link = invite(session, organisation, read_address(email), name, now, random)
        return f"Good for ten minutes and one use: {link}"

    return _outcome(database, work)


def change_person(database: Database, organisation: Organisation, action: str, who: str, now: datetime) -> Outcome:
    """Show everybody, or do to one person what ``ACTIONS`` names."""
    if action not in ACTIONS or bool(who) is (action == "list"):
        return Outcome(f"Say what to do, and to whom: {', '.join(ACTIONS[1:])} with a person, or list.", 2)

    if action == "list":
        return Outcome(database.read(lambda session: _table(session, organisation, now)))

    def work(session: Session) -> str:
        if action == "on" and let_back(session, who):
            return f"{who} was forgotten. Whoever comes by it may come in again, as somebody new."
        person = find_anybody(session, who)
        if action == "leave":
            return end_sessions(session, person, now)
        return switch(session, person, now, on=action == "on")

    return _outcome(database, work)


def _outcome(database: Database, work: Callable[[Session], str]) -> Outcome:
    try:
        return Outcome(database.write(work))
    except WrongInput as error:
        return Outcome(error.sentence, 2)
    except BotError as error:
        return Outcome(error.sentence, 1)


def _table(session: Session, organisation: Organisation, now: datetime) -> str:
    lines = []
    for one in welcomes(session, organisation, now):
        person = one.person
        state = "may come in" if one.may else "switched off" if person.switched_off else "may not come in"
        where = ", ".join(one.accounts) or "no chat account"
        lines.append(f"person:{person.id}  {person.name}  {person.email or '-'}  {where}  {state}, {one.sessions} in")
    return "\n".join(lines) or "Nobody is known yet."


def check_people(session: Session, organisation: Organisation, now: datetime) -> list[Finding]:
    """Say who is at the desk, how many may come in and by which way, and what decides it."""
    found = welcomes(session, organisation, now)
    seated = [f"{one.person.name} ({one.sessions})" for one in found if one.sessions]
    named = ", ".join(seated[:_MOST_NAMED]) or "nobody"
    more = f" and {len(seated) - _MOST_NAMED} more" if len(seated) > _MOST_NAMED else ""
    may = counted(ways_in(session, organisation, now))
    return [
        Finding(True, "People", f"Sessions of the desk: {named}{more}."),
        Finding(True, "Who may come in", f"{may}. `dibs person list` names them. {' '.join(rules(organisation))}"),
    ]
