"""Ways in: who may come in and act, and by which way, said in the same words on the desk and by `dibs check`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.base.organisation import Organisation
from handlers.people.operators import Welcome, welcomes
from handlers.people.people import best_of
from storage.engine.database import Session
from storage.people import identities
from storage.people.identities import IdentityRow
from storage.tables.states import DESK, IdentityKind

BY_OPERATOR = "let in by an operator"
_NOT = {
    IdentityKind.GUEST: "a guest, and guests are not let in",
    IdentityKind.OUTSIDER: "a guest from another organisation",
    IdentityKind.BOT: "a bot",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WayIn:
    """Somebody whom we know, whether they may come in, and by which way, or why not."""

    name: str
    may: bool
    way: str


def ways_in(session: Session, organisation: Organisation, now: datetime) -> list[WayIn]:
    """Return everybody whom we know, by name."""
    found = welcomes(session, organisation, now)
    refused = [one.person.id for one in found if not one.may]
    accounts = identities.of_people(session, refused) if refused else {}
    return [
        WayIn(name=one.person.name, may=one.may, way=_way(one) if one.may else _why_not(one, accounts)) for one in found
    ]


def _way(one: Welcome) -> str:
    return f"by {' and '.join(name.capitalize() for name in one.accounts)}" if one.accounts else BY_OPERATOR


def _why_not(one: Welcome, accounts: dict[int, list[IdentityRow]]) -> str:
    if one.person.switched_off:
        return "switched off by an operator"
    if not one.person.active:
        return "gone: no account of theirs is left"
    kinds = [row.kind for row in accounts.get(one.person.id, ()) if row.platform != DESK and row.active]
    return _NOT.get(best_of(kinds), "not one of us at the moment")


def counted(ways: Sequence[WayIn]) -> str:
    """Say how many may come in, by which way: "12 by Slack, 1 let in by an operator; not: 2 gone"."""
    may, may_not = (Counter(one.way for one in ways if one.may is may) for may in (True, False))
    said = ", ".join(f"{number} {way}" for way, number in may.most_common()) or "nobody so far"
    refused = ", ".join(f"{number} {way}" for way, number in may_not.most_common())
    return f"{said}; not: {refused}" if refused else said


def rules(organisation: Organisation) -> list[str]:
    """Say who may come in by the configuration, in sentences."""
    platforms = sorted({platform for one in organisation.departments for platform in one.homes} - {DESK})
    said = []
    if platforms:
        named = " and ".join(one.capitalize() for one in platforms)
        guests = "guests too (guests = true)" if organisation.guests else "no guests (guests = true would let them in)"
        said.append(f"Full members of {named}, as these say who is one; {guests}. No bots, nobody from outside.")
    said.append("Whom an operator lets in by e-mail (dibs desk), whatever their address.")
    said.append("Nobody whom an operator switched off (dibs person off), and nobody whose accounts all ended.")
    if organisation.admins:
        admins = ", ".join(organisation.admins)
        said.append(f"Admins hear of what is broken, and may do no more than others: {admins}.")
    for one in organisation.departments:
        if one.members:
            said.append(f"Members of {one.name}, by dibs.toml: {', '.join(one.members)}.")
    return said
