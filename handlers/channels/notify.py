"""Notifying: direct messages to people, and to the admins when something breaks and when it is mended.

They are messages in a lane like any other, so they too are paced, looked up after a crash and never lost.
A lane named ``@<account>`` means a direct conversation; the platform opens it. To who is gone nothing can be said, and
nobody can mend that: what was for them is dropped, and is no trouble.
"""

from datetime import datetime

from handlers.base.cards import Button, Line, Link, Notice, Section, one_line, to_json
from handlers.base.command import Context
from handlers.base.organisation import Organisation
from storage.channels import lanes, messages
from storage.channels.messages import person_in
from storage.engine.database import Session
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.people import identities, people
from storage.tables.states import DESK, IdentityKind, MessageKind
from storage.work import incidents
from storage.work.incidents import Subject


def tell_person(context: Context, person_id: int, mention: MentionRow, text: str) -> None:
    """Send a person a direct message about a mention, with a link to its card, wherever they have an account."""
    tell_about(context.session, person_id, mention, text, f"direct:{mention.id}:{mention.version}", context.now)


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
    post = mentions.original(session, mention.id)
    found = messages.places(session, [mention.id]).get(mention.id, [])
    link = Link(
        label="Open the card",
        url=post.url,
        places=tuple((place.platform, place.channel, place.reference) for place in found if place.reference),
    )
    quoted = one_line(post.title or post.text)
    line = Line(text=quoted, token=mention.token, link=link, lang=post.lang, button=button, quotes=True)
    notice = Notice(title=text, text=f"{text} {line.text}", sections=(Section(title="", lines=(line,)),))
    send_direct(session, person_id, key, notice, now)


def send_direct(session: Session, person_id: int, key: str, notice: Notice, now: datetime) -> None:
    """Put a notice into the direct lane of every chat account of a person; the same key is sent once."""
    if not people.is_active(session, person_id):
        return
    for account in identities.of_person(session, person_id):
        if account.platform == DESK or account.kind == IdentityKind.BOT or not account.active:
            continue
        lane = messages.lane_id(session, account.platform, lanes.direct(account.external_id))
        messages.put(
            session,
            key=f"{key}:{account.platform}:{account.external_id}",
            lane_id=lane,
            kind=MessageKind.NOTICE,
            body=to_json(notice),
            now=now,
        )


def leads_nowhere(session: Session, platform: str, channel: str) -> bool:
    """Say whether a lane is the direct conversation with somebody of whom we know that they are gone."""
    account = person_in(channel)
    return bool(account) and identities.is_gone(session, platform, account)


def begin_incident(session: Session, organisation: Organisation, subject: Subject, what: str, now: datetime) -> bool:
    """Note that something is broken and tell the admins, once; False when it was known already.

    Args:
        session: The transaction.
        organisation: Names the admins.
        subject: What is broken.
        what: One sentence that says what is wrong and how to mend it.
        now: This moment.
    """
    if not incidents.begin(session, subject, what, now):
        return False
    _tell_admins(session, organisation, f"trouble:{subject}:{now.isoformat()}", what, now)
    return True


def end_incident(session: Session, organisation: Organisation, subject: Subject, what: str, now: datetime) -> bool:
    """Note that it is mended and tell the admins, once; False when nothing was wrong."""
    if not incidents.end(session, subject):
        return False
    _tell_admins(session, organisation, f"mended:{subject}:{now.isoformat()}", what, now)
    return True


def _tell_admins(session: Session, organisation: Organisation, key: str, what: str, now: datetime) -> None:
    notice = Notice(title=what, text=what)
    for email in organisation.admins:
        person = people.by_email(session, email)
        if person is not None:
            send_direct(session, person.id, key, notice, now)
