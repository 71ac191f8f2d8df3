"""Sign in: how a person comes to the desk.

They ask for a link where they are known already (`/dibs desk`), and whoever opens it first is that person on the
desk, so the desk needs no password and knows nobody of its own. Keys are random and stored as hashes: a copy of the
database opens nothing. Looking at a link does not use it up, because chat programs look at every link.

Whether who sits there is one of us is asked anew at each look, of all their accounts: a seat at the desk is no account
of its own kind. A session that ended stays ended, whoever comes back.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from urllib.parse import urlencode

from handlers.base.command import Answer, Command, Context, Who
from handlers.base.errors import BotError
from handlers.base.organisation import Organisation
from handlers.base.verb import On, Verb
from handlers.people.accounts import sync_members
from handlers.people.departed import of_address, require_no_departed
from handlers.people.operators import require_welcome
from handlers.people.people import among_us, require_one_of_us
from storage.engine.database import Session
from storage.people import people, sessions
from storage.people.people import PersonRow
from storage.people.sessions import Key, KeyKind
from storage.tables.states import DESK

LINK_LIVES = timedelta(minutes=10)
SESSION_LIVES = timedelta(days=14)
_MAX_KEY = 200
# A use is written down when it moves the end by so small a part of the whole.
_WORTH_A_WRITE = 20
_OFF = (
    "The desk is switched off. To switch it on, set DIBS_PUBLIC_URL to the address under which your browsers reach "
    "Dibs, and start Dibs again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDesk(Command):
    """Ask for a way into the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who sits at the desk."""

    person_id: int
    name: str
    email: str = ""
    department_id: int | None = None

    @property
    def who(self) -> Who:
        """Their account on the desk, as a command carries it."""
        return Who(platform=DESK, workspace=DESK, external_id=str(self.person_id), name=self.name, types=None)


def answer_desk(command: AskDesk, context: Context) -> Answer:
    """Give the actor a link of their own, good for ten minutes and one use."""
    base = context.organisation.desk_url
    if not base:
        return Answer(text=_OFF, ok=False)
    key = make_link(context.session, context.person.id, KeyKind.LINK, context.now, LINK_LIVES, context.random)
    words = "Your way to the desk, for ten minutes and one use, and for you alone:"
    return Answer(text=f"{words} {_link(base, key)}", secret=True)


def make_link(session: Session, person_id: int, kind: KeyKind, now: datetime, lives: timedelta, random: Random) -> str:
    """Return a new key with which this person may enter; only its hash is kept."""
    sessions.clean(session, now)
    key = _draw_key(random)
    digest = digest_of(key)
    sessions.put(session, Key(digest=digest, kind=kind, person_id=person_id, created_at=now, expires_at=now + lives))
    return key


def _draw_key(random: Random) -> str:
    """Draw 32 bytes, as they stand in an address."""
    return urlsafe_b64encode(random.randbytes(32)).rstrip(b"=").decode()


def invite(session: Session, organisation: Organisation, email: str, name: str, now: datetime, random: Random) -> str:
    """Return a one-time link for an employee by their e-mail address; who is not known yet becomes so.

    The operator's way in where there is no chat to ask in. Departments come from ``members`` in dibs.toml.

    Raises:
        BotError: The desk is off, or they may not come in.
    """
    if not organisation.desk_url:
        raise BotError(_OFF)
    person = _by_email(session, organisation, email, name)
    require_welcome(session, person, organisation)
    key = make_link(session, person.id, KeyKind.LINK, now, LINK_LIVES, random)
    return _link(organisation.desk_url, key)


def let_in(
    session: Session,
    organisation: Organisation,
    email: str,
    now: datetime,
    random: Random,
    *,
    browser: str = "",
    idle: timedelta | None = None,
) -> str:
    """Return the key of a new session for whom a proxy has signed in; who is not known yet becomes so.

    They are full members, without a department until ``members`` in dibs.toml or a platform gives them one.

    Raises:
        NotAllowed: They may not come in.
    """
    person = _by_email(session, organisation, email)
    people.hold(session, person.id)  # who is just leaving ends the sessions that there are
    person = people.get(session, person.id)
    require_one_of_us(session, person, organisation)
    sessions.clean(session, now)
    return _open(session, person.id, now, random, browser, idle)


def _by_email(session: Session, organisation: Organisation, email: str, name: str = "") -> PersonRow:
    person = people.by_email(session, email)
    if person is None:
        require_no_departed(session, of_address(email), email)
        person = people.add_person(session, name or email.partition("@")[0], email)
        sync_members(session, organisation, {})
    return person


def _link(base: str, key: str) -> str:
    return f"{base.rstrip('/')}/enter?{urlencode({'key': key})}"


def look_at_link(session: Session, key: str, now: datetime) -> tuple[KeyKind, str] | None:
    """Return what kind of key it is and whose, without using it up; None when it opens nothing."""
    found = sessions.find(session, digest_of(key), (KeyKind.LINK, KeyKind.START), now)
    if found is None:
        return None
    person = people.get(session, found[1])
    return (found[0], person.name) if person.active else None


def enter(
    session: Session, key: str, now: datetime, random: Random, browser: str = "", idle: timedelta | None = None
) -> str | None:
    """Use a link up and return the key of a new session; None when it opens nothing (any more)."""
    digest = digest_of(key)
    person_id = sessions.take(session, digest, KeyKind.LINK, now)
    if person_id is None:
        start = sessions.find(session, digest, (KeyKind.START,), now)
        person_id = start[1] if start else None
    if person_id is None:
        return None
    people.hold(session, person_id)  # who is just leaving ends the sessions that there are
    if not people.is_active(session, person_id):
        return None
    return _open(session, person_id, now, random, browser, idle)


def _open(session: Session, person_id: int, now: datetime, random: Random, browser: str, idle: timedelta | None) -> str:
    """Return the key of a new session, which ends after 14 days, or sooner when it is not used."""
    sessions.open_account(session, person_id)
    token = _draw_key(random)
    opened = Key(
        digest=digest_of(token),
        kind=KeyKind.SESSION,
        person_id=person_id,
        created_at=now,
        expires_at=now + min(SESSION_LIVES, idle or SESSION_LIVES),
        browser=browser[:_MAX_KEY],
    )
    sessions.put(session, opened)
    return token


def used(session: Session, token: str, idle: timedelta, now: datetime) -> datetime | None:
    """Return until when a session that is used now lasts; None where that is no news worth a write."""
    times = sessions.times(session, digest_of(token))
    if times is None:
        return None
    created_at, expires_at = times
    until = min(now + idle, (created_at or now) + SESSION_LIVES)
    return until if abs(until - expires_at) > idle / _WORTH_A_WRITE else None


def keep_in(session: Session, token: str, until: datetime) -> None:
    """Let a session last until a moment, unless it ended meanwhile."""
    sessions.extend(session, digest_of(token), until)


def bound(session: Session, until: datetime) -> None:
    """Let no session last longer than until a moment, unless it is used: those from before there was such a rule."""
    sessions.bound(session, until)


def visitor(session: Session, token: str, organisation: Organisation, now: datetime) -> Visitor | None:
    """Return who a session belongs to, or None when it ended.

    A person whose chat account was joined to somebody else is not active any more: they ask for a new link and come
    in as who they turned out to be.

    Raises:
        NotAllowed: They may neither look nor act at the moment, as who became a guest.
    """
    found = sessions.find(session, digest_of(token), (KeyKind.SESSION,), now)
    if found is None:
        return None
    person = people.get(session, found[1])
    if not person.active:
        return None
    require_one_of_us(session, person, organisation)
    own = people.department_ids(session, found[1])
    return Visitor(
        person_id=found[1], name=person.name, email=person.email or "", department_id=own[0] if own else None
    )


def still_in(session: Session, tokens: Collection[str], organisation: Organisation, now: datetime) -> set[str]:
    """Return those of these sessions whose people may still look, and so be told what happens."""
    digests = {token: digest_of(token) for token in tokens}
    holders = sessions.holders(session, list(digests.values()), now)
    ours = among_us(session, set(holders.values()), organisation)
    return {token for token, digest in digests.items() if holders.get(digest) in ours}


def act_as(session: Session, token: str, person_id: int) -> None:
    """Let a session act as a persona."""
    sessions.open_account(session, person_id)
    sessions.hand_over(session, digest_of(token), person_id)


def leave(session: Session, token: str) -> None:
    """End a session."""
    sessions.drop(session, digest_of(token))


def digest_of(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key[:_MAX_KEY].encode("utf-8", "replace")).hexdigest()


VERB = Verb(
    name="desk",
    label="Open the desk",
    help="a one-time link to the desk in your browser",
    command=AskDesk,
    handler=answer_desk,
    on=On.NOTHING,
)
