"""Accounts: what a platform tells of who somebody is, and which accounts are one person.

A platform ends accounts, never a person: somebody is gone when none of their accounts is left, in whatever order a
platform lists them, or when an operator says so. With that their sessions of the desk end for good, and what they
have is nobody's: it is listed so at once, and comes back after an hour (``handlers.own.come_back``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.base.organisation import Organisation
from handlers.people.departed import is_departed, of_account, of_address
from storage.channels import lanes, messages
from storage.engine.database import Session, touch
from storage.listen.forgotten import Thing
from storage.own import left, mentions, ownership
from storage.people import identities, members, people, sessions
from storage.people.identities import IdentityRow
from storage.people.people import PersonRow
from storage.reply import drafts
from storage.tables.states import Action, IdentityKind, Via


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a platform tells of one account, at start, on its events and nightly.

    Attributes:
        email: Only where the platform confirms it.
        active: False when the account was switched off.
    """

    platform: str
    workspace: str
    external_id: str
    name: str
    email: str | None = None
    timezone: str | None = None
    kind: IdentityKind = IdentityKind.MEMBER
    active: bool = True


def learn_account(session: Session, account: Account, now: datetime) -> int | None:
    """Write down what a platform tells of an account, and join it to the person with the same e-mail.

    Who acted before the platform confirmed their address was a person of their own until now; what that person owned
    is the joined one's.

    Returns:
        The person's id; None for somebody who was forgotten, of whom nothing is written down.
    """
    email = account.email.strip().lower() if account.email and account.kind == IdentityKind.MEMBER else None
    row = identities.find(session, account.platform, account.workspace, account.external_id)
    if row is None:
        if is_departed(session, *_known_by(account, email)):
            return None
        row = identities.add(
            session,
            platform=account.platform,
            workspace=account.workspace,
            external_id=account.external_id,
            kind=account.kind,
            name=account.name,
            email=email,
            active=account.active,
        )
    same = people.by_email(session, email) if email else None
    person_id = same.id if same else row.person_id
    people.hold(session, person_id)
    if person_id != row.person_id:
        _join(session, row, person_id, now)
    identities.keep(session, row, account.kind, active=account.active)
    if not account.active:
        lanes.drop_direct(session, account.platform, account.external_id)
    settle_person(session, _told(session, account, people.get(session, person_id), email), now)
    return person_id


def _known_by(account: Account, email: str | None) -> list[Thing]:
    """Return by what it is known that an account is of somebody who was forgotten.

    One that ended and that we never met is theirs by its address, too; one that is well may be of who came back.
    """
    here = of_account(account.platform, account.workspace, account.external_id)
    return [here] if account.active or not email else [here, of_address(email)]


def _told(session: Session, account: Account, person: PersonRow, email: str | None) -> PersonRow:
    """Return a person as an account tells of them; one that ended says nothing while there is another."""
    if not account.active and not people.has_ended(session, person.id):
        return replace(person, email=email or person.email)
    return replace(
        person,
        name=account.name or person.name,
        email=email or person.email,
        timezone=account.timezone or person.timezone,
    )


def _join(session: Session, row: IdentityRow, heir: int, now: datetime) -> None:
    if identities.join(session, row, heir):
        people.join(session, row.person_id, heir)
        _hand_on(session, row.person_id, heir, now)
        settle_person(session, people.get(session, row.person_id), now, stays=False)
    else:
        settle_person(session, people.get(session, row.person_id), now)


def settle_person(session: Session, person: PersonRow, now: datetime, *, stays: bool = True) -> None:
    """Write down a person as they are now: whether they are still here follows from all that is known of them.

    Args:
        session: The transaction.
        person: What is known, but for that.
        now: This moment.
        stays: False for who turned out to be somebody else.
    """
    here = stays and not person.switched_off and not people.has_ended(session, person.id)
    before = people.get(session, person.id)
    told = replace(person, active=here, left_at=None if here else before.left_at or now)
    if told == before:
        return
    people.keep_person(session, told)
    if before.active and not here:
        sessions.drop_all(session, person.id)
        for account in identities.of_person(session, person.id):
            lanes.drop_direct(session, account.platform, account.external_id)
    if (before.name, before.active) != (told.name, told.active):
        for mention_id in left.naming(session, person.id):
            messages.touch(session, mention_id, by_person=False)
            touch(session, mention_id)


def _hand_on(session: Session, former: int, heir: int, now: datetime) -> None:
    """Let a person keep what they owned or drafted under another account; the log of what they own says so.

    It is no change of hands, and nobody's right is asked: that both are one person is what the platform told us.
    """
    owned = mentions.inherit(session, former, heir)
    changes = [
        ownership.Change(
            mention_id=row.id,
            action=Action.JOINED,
            via=Via.API,
            at=now,
            from_owner_id=former,
            to_owner_id=heir,
            from_department_id=row.department_id,
            to_department_id=row.department_id,
        )
        for row in owned
    ]
    ownership.log(session, *changes)
    for mention_id in sorted({*drafts.inherit(session, former, heir), *(row.id for row in owned)}):
        messages.touch(session, mention_id, by_person=False)
        touch(session, mention_id)


def sync_members(
    session: Session, organisation: Organisation, groups: Mapping[str, Iterable[tuple[str, str, str]]]
) -> None:
    """Put people into departments by what dibs.toml says.

    Args:
        session: The transaction.
        organisation: Whose ``members`` name user groups ("@handle"), patterns ("*@example.com") and addresses.
        groups: Accounts (platform, workspace, external id) by handle of the user group, without the "@".
    """
    everybody = [person for person in people.active(session) if person.email]
    for config in organisation.departments:
        row = people.department(session, config.key)
        if row is None:
            continue
        in_groups: set[int] = set()
        by_pattern: set[int] = set()
        listed: set[int] = set()
        for entry in config.members:
            if entry.startswith("@"):
                accounts = groups.get(entry.removeprefix("@"))
                # A group that was not read says nothing: who is in by a group stays in.
                in_groups |= (
                    members.members(session, row.id, "group") if accounts is None else _members(session, accounts)
                )
            elif entry.startswith("*"):
                by_pattern |= {p.id for p in everybody if (p.email or "").endswith(entry[1:].lower())}
            else:
                listed |= {p.id for p in everybody if p.email == entry.lower()}
        members.set_members(session, row.id, {"group": in_groups, "pattern": by_pattern, "listed": listed})


def _members(session: Session, accounts: Iterable[tuple[str, str, str]]) -> set[int]:
    found = (identities.find(session, *account) for account in accounts)
    return {row.person_id for row in found if row is not None and row.kind != IdentityKind.BOT}
