"""Accounts: what a platform tells of who somebody is, and which accounts are one person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.base.organisation import Organisation
from storage.channels import messages
from storage.engine.database import Session, touch
from storage.own import mentions, ownership
from storage.people import identities, people
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


def learn_account(session: Session, account: Account, now: datetime) -> int:
    """Write down what a platform tells of an account, and join it to the person with the same e-mail.

    Who acted before the platform confirmed their address was a person of their own until now; what that person owned
    is the joined one's.

    Returns:
        The person's id.
    """
    email = account.email.strip().lower() if account.email and account.kind == IdentityKind.MEMBER else None
    row = identities.find(session, account.platform, account.workspace, account.external_id)
    if row is None:
        row = identities.add(
            session,
            platform=account.platform,
            workspace=account.workspace,
            external_id=account.external_id,
            kind=account.kind,
            name=account.name,
            email=email,
        )
    same = people.by_email(session, email) if email else None
    person = same or people.get(session, row.person_id)
    if person.id != row.person_id and identities.join(session, row, person.id):
        _hand_on(session, row.person_id, person.id, now)
    identities.set_kind(session, row, account.kind)
    told = replace(
        person,
        name=account.name or person.name,
        email=email or person.email,
        timezone=account.timezone or person.timezone,
        active=account.active,
    )
    if told != person:
        people.keep_person(session, told)
    return person.id


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
                    people.members(session, row.id, "group") if accounts is None else _members(session, accounts)
                )
            elif entry.startswith("*"):
                by_pattern |= {p.id for p in everybody if (p.email or "").endswith(entry[1:].lower())}
            else:
                listed |= {p.id for p in everybody if p.email == entry.lower()}
        people.set_members(session, row.id, {"group": in_groups, "pattern": by_pattern, "listed": listed})


def _members(session: Session, accounts: Iterable[tuple[str, str, str]]) -> set[int]:
    found = (identities.find(session, *account) for account in accounts)
    return {row.person_id for row in found if row is not None and row.kind != IdentityKind.BOT}
