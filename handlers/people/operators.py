"""Operators: what is said of people by whoever may start Dibs' own commands, where no platform says it.

Teams ends no account that Dibs hears of, and a telephone is lost without anybody being told. So an operator switches
a person off and on, and ends their sessions and links; each leaves a row in the log about that person.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.base.errors import BotError, NotAllowed, WrongInput
from handlers.base.organisation import Organisation
from handlers.people.accounts import settle_person
from handlers.people.people import among_us, require_one_of_us
from handlers.people.written import read_number
from storage.engine.database import Session
from storage.own import ownership
from storage.people import identities, people, sessions
from storage.people.people import PersonRow
from storage.tables.states import DESK, Action, Via

_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+")


def read_address(text: str) -> str:
    """Return the e-mail address that is plainly meant, however it was copied, in small letters.

    Raises:
        WrongInput: It is none.
    """
    written = text.strip()
    if written.endswith(">"):
        written = written[:-1].rpartition("<")[2]
    address = written.strip().lower().removeprefix("mailto:").partition("?")[0]
    if not _ADDRESS.fullmatch(address) or address.endswith(".") or ".." in address or "@." in address:
        raise WrongInput(f"{text[:100]!r} is no e-mail address.")
    return address


def find_anybody(session: Session, text: str) -> PersonRow:
    """Return a person, here or not, by e-mail address, by ``person:<id>``, or by a name that one of them has.

    Raises:
        BotError: Nobody, or more than one, is meant.
    """
    if (number := read_number(text.strip())) is not None:
        found = [one for one in people.several(session, [number]) if one.name]  # who was forgotten has none
    elif "@" in text:
        same = people.by_email(session, read_address(text))
        found = [same] if same else []
    else:
        found = people.named(session, text)
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(f"person:{one.id} ({one.email or 'no address'})" for one in found)
        raise BotError(f"Several people are called {text!r}. Name one of: {ids}.")
    raise BotError(f"I know nobody called {text[:100]!r}. `dibs person list` shows whom I know.")


def require_welcome(session: Session, person: PersonRow, organisation: Organisation) -> None:
    """Refuse to let in who may not come in.

    Raises:
        BotError: They are switched off, gone, or no employee; the sentence is for the operator.
    """
    if person.switched_off:
        raise BotError(f"{person.name} is switched off here. `dibs person on` lets them in again.")
    if not person.active:
        raise BotError(f"{person.name} is switched off: no account of theirs is left on any platform.")
    try:
        require_one_of_us(session, person, organisation)
    except NotAllowed as refusal:
        raise BotError(f"{person.name} may not come in. They would be told: {refusal.sentence}") from None


def switch(session: Session, person: PersonRow, now: datetime, *, on: bool) -> str:
    """Switch a person off, with all their sessions and links, or on again; returns what is so then."""
    if person.switched_off is not on:
        return f"{person.name} is switched {'on' if on else 'off'} already."
    settle_person(session, replace(person, switched_off=not on), now)
    sessions.drop_all(session, person.id)
    _log(session, person, Action.SWITCHED_ON if on else Action.SWITCHED_OFF, now)
    if not on:
        return f"{person.name} is switched off. What they have is unclaimed now, and comes back within an hour or so."
    if not people.is_active(session, person.id):
        return f"{person.name} is switched on again, but no account of theirs is left on any platform."
    return f"{person.name} is switched on again, and asks for a new link to the desk."


def end_sessions(session: Session, person: PersonRow, now: datetime) -> str:
    """End all sessions and links of a person; returns what was done."""
    ended = sessions.drop_all(session, person.id)
    _log(session, person, Action.SESSIONS_ENDED, now)
    return f"{ended} sessions and links of {person.name} ended."


def _log(session: Session, person: PersonRow, action: Action, now: datetime) -> None:
    change = ownership.Change(mention_id=None, action=action, via=Via.OPERATOR, at=now, from_owner_id=person.id)
    ownership.log(session, change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """Somebody whom we know, and whether they may come in.

    Attributes:
        accounts: The platforms on which an account of theirs is well.
        sessions: How many sessions of the desk are open.
        may: They may look and act.
    """

    person: PersonRow
    accounts: Sequence[str]
    sessions: int
    may: bool


def welcomes(session: Session, organisation: Organisation, now: datetime) -> list[Welcome]:
    """Return everybody whom we know, by name, with what decides whether they may come in."""
    everybody = people.everybody(session)
    ids = [one.id for one in everybody]
    accounts, ours = identities.of_people(session, ids), among_us(session, ids, organisation)
    open_now = sessions.count_open(session, now)
    return [
        Welcome(
            person=one,
            accounts=sorted({row.platform for row in accounts.get(one.id, ()) if row.active and row.platform != DESK}),
            sessions=open_now.get(one.id, 0),
            may=one.id in ours,
        )
        for one in everybody
    ]
