"""Notifying: direct messages to people, and to the admins when something breaks and when it is mended.

They are messages in a lane like any other, so they too are paced, looked up after a crash and never lost. A person is
told on the chat platform on which they acted last, and not on every one on which they have an account; an admin on all
of them, since one may be what is broken. A lane named ``@<account>`` means a direct conversation; the platform opens
it. To who is gone nothing can be said, and nobody can mend that: what was for them is dropped, and is no trouble.
"""

from collections.abc import Sequence
from datetime import datetime

from handlers.base.cards import Button, Line, Link, Notice, Section, one_line
from handlers.base.command import Context
from handlers.base.organisation import Organisation
from handlers.base.stored import to_json
from storage.channels import lanes, messages
from storage.channels.messages import person_in
from storage.channels.places import of_cards
from storage.engine.database import Session
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.people import identities, people
from storage.people.identities import IdentityRow
from storage.people.people import PersonRow
from storage.tables.states import DESK, Held, IdentityKind, MessageKind
from storage.work import incidents
from storage.work.incidents import IncidentKind, Subject

# Of whose trouble whoever keeps the charter of the source hears, and not the admins.
_OF_ITS_OWNER = (IncidentKind.ACCOUNT, IncidentKind.DELIVERIES)
# How the keys of messages begin that ask somebody to read a draft: what is decided about it changes them.
ASKED = "review:"


def tell_person(context: Context, person_id: int, mention: MentionRow, text: str, button: Button | None = None) -> None:
    """Send a person a direct message about a mention, with a link to its card.

    With a ``button`` the message follows the mention, so that a press on it shows.
    """
    key, notice = f"direct:{mention.id}:{mention.version}", notice_about(context.session, mention, text, button)
    names = [mention.id] if button else []
    send_direct(context.session, person_id, key, notice, context.now, names=names)


def tell_about(
    session: Session,
    person_id: int,
    mention: MentionRow,
    text: str,
    key: str,
    now: datetime,
    button: Button | None = None,
) -> None:
    """Send a person a direct message about a mention; the same key is sent once.

    For what is no change of hands, so that the version of the mention cannot tell two messages apart, and for what
    the person may answer at once with ``button``.
    """
    send_direct(session, person_id, key, notice_about(session, mention, text, button), now)


def notice_about(
    session: Session,
    mention: MentionRow,
    text: str,
    button: Button | None = None,
    asked: str = "",
    *,
    buttons: tuple[Button, ...] = (),
    calls: str = "",
) -> Notice:
    """Return a sentence about a mention with a line of its post, the way to its card, and what may be done at once.

    Where that is a choice, ``buttons`` stand below it; ``calls`` is the user group that is called with it.
    """
    post = mentions.original(session, mention.id)
    stands = mention.held_by if mention.held == Held.THREAD and mention.held_by is not None else mention.id
    found = of_cards(session, [stands]).get(stands, [])
    link = Link(
        label="Open the card",
        url=post.url,
        places=tuple((place.platform, place.channel, place.reference) for place in found if place.reference),
    )
    line = Line(
        text=one_line(post.title or post.text),
        token=mention.token,
        link=link,
        lang=post.lang,
        button=button,
        quotes=True,
        asked=asked,
    )
    sections = (Section(title="", lines=(line,)),)
    return Notice(title=text, text=f"{text} {line.text}", sections=sections, buttons=buttons, calls=calls)


def send_direct(
    session: Session,
    person_id: int,
    key: str,
    notice: Notice,
    now: datetime,
    *,
    everywhere: bool = False,
    mention_id: int | None = None,
    names: Sequence[int] = (),
    not_before: datetime | None = None,
) -> bool:
    """Tell a person directly, on the platform that they use, and the same key once; says whether there is anywhere.

    Args:
        session: The transaction.
        person_id: Whom to tell; to who is gone nothing is said.
        key: What makes two of these the same; platform and account are put behind it.
        notice: What to say.
        now: This moment.
        everywhere: On every chat platform on which they have an account.
        mention_id: What it is about.
        names: The mentions with whose every change it is to change.
        not_before: Until then it waits.
    """
    accounts = _accounts(session, person_id, everywhere=everywhere)
    for account in accounts:
        messages.put(
            session,
            key=f"{key}:{account.platform}:{account.external_id}",
            lane_id=messages.lane_id(session, account.platform, lanes.direct(account.external_id)),
            kind=MessageKind.NOTICE,
            mention_id=mention_id,
            body=to_json(notice),
            names=names,
            not_before=not_before,
            now=now,
        )
    return bool(accounts)


def _accounts(session: Session, person_id: int, *, everywhere: bool) -> list[IdentityRow]:
    person = people.find(session, person_id)
    if person is None or not person.active:
        return []
    chat = [one for one in identities.of_person(session, person.id) if _can_be_told(one)]
    used = _platform_of(session, person, chat)
    return [one for one in chat if everywhere or one.platform == used]


def _can_be_told(account: IdentityRow) -> bool:
    return account.platform != DESK and account.kind != IdentityKind.BOT and account.active


def _platform_of(session: Session, person: PersonRow, accounts: Sequence[IdentityRow]) -> str:
    """Return the platform that a person uses: where they acted last, else where their departments are at home."""
    offered = [one.platform for one in accounts]
    if person.platform in offered:
        return person.platform
    if len(set(offered)) < 2:
        return next(iter(offered), "")
    own = people.department_ids(session, person.id)
    homes = [home.platform for home in people.homes(session) if home.department_id in own]
    return next((one for one in homes if one in offered), offered[0])


def leads_nowhere(session: Session, platform: str, channel: str) -> bool:
    """Say whether a lane is the direct conversation with somebody of whom we know that they are gone."""
    account = person_in(channel)
    return bool(account) and identities.is_gone(session, platform, account)


def begin_incident(session: Session, organisation: Organisation, subject: Subject, what: str, now: datetime) -> bool:
    """Note that something is broken and tell the admins, once; False when it was known already.

    Of an account that is not let in any more, and of deliveries that cannot be read, whoever keeps the charter of their
    source hears, if there is one.

    Args:
        session: The transaction.
        organisation: Names the admins.
        subject: What is broken.
        what: One sentence that says what is wrong and how to mend it.
        now: This moment.
    """
    if not incidents.begin(session, subject, what, now):
        return False
    _tell(session, organisation, subject, f"trouble:{subject}:{now.isoformat()}", what, now)
    return True


def end_incident(session: Session, organisation: Organisation, subject: Subject, what: str, now: datetime) -> bool:
    """Note that it is mended and tell the admins, once; False when nothing was wrong."""
    if not incidents.end(session, subject):
        return False
    _tell(session, organisation, subject, f"mended:{subject}:{now.isoformat()}", what, now)
    return True


def _tell(session: Session, organisation: Organisation, subject: Subject, key: str, what: str, now: datetime) -> None:
    notice = Notice(title=what, text=what)
    if subject.kind in _OF_ITS_OWNER:
        owner = organisation.source(subject.name).charter.owner
        if _tell_owner(session, owner, key, notice, now):
            return
    tell_admins(session, organisation, key, notice, now)


def tell_admins(session: Session, organisation: Organisation, key: str, notice: Notice, now: datetime) -> None:
    """Tell the admins, on every platform on which they are; the same key once."""
    for email in organisation.admins:
        person = people.by_email(session, email)
        if person is not None:
            send_direct(session, person.id, key, notice, now, everywhere=True)


def _tell_owner(session: Session, owner: str, key: str, notice: Notice, now: datetime) -> bool:
    """Tell a person directly, or a department in its channels; returns whether there is anywhere to tell them."""
    if "@" in owner:
        person = people.by_email(session, owner)
        return person is not None and send_direct(session, person.id, key, notice, now)
    department = people.department(session, owner) if owner else None
    homes = people.homes(session, department.id) if department is not None and not department.removed else []
    for home in homes:
        messages.put(
            session,
            key=f"{key}:{home.platform}:{home.channel}",
            lane_id=messages.lane_id(session, home.platform, home.channel, workspace=home.workspace),
            kind=MessageKind.NOTICE,
            body=to_json(notice),
            now=now,
        )
    return bool(homes)
