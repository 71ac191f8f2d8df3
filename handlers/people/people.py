"""People: from an account on a platform to the employee who acts, and from what is typed to whom it means.

An employee is a full member of our workspace, known to us or not: one whom we do not know yet is created with the
platform's id and the department of the channel, looked up after the commit, and joined by e-mail where the platform
confirms it. People from outside, bots and (unless allowed) guests get a private refusal.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from handlers.base.command import Actor, Context, Who
from handlers.base.errors import NotAllowed, WrongInput
from handlers.base.organisation import Organisation
from handlers.people.departed import of_account, require_no_departed
from handlers.people.written import read_account, read_number
from handlers.text.typed import ENDS, longest_name
from storage.engine.database import Session
from storage.people import identities, people
from storage.people.identities import IdentityRow
from storage.people.people import DepartmentRow, KnownPerson, PersonRow
from storage.tables.states import DESK, IdentityKind
from storage.text.normalise import fold

_REFUSALS = {
    IdentityKind.OUTSIDER: "You are a guest from another organisation here; only our own people can do this.",
    IdentityKind.BOT: "Only people can do this, not bots or workflows.",
    IdentityKind.GUEST: "Guests cannot do this here. Ask a colleague, or ask an admin to allow guests in dibs.toml.",
}


def admit(session: Session, who: Who, organisation: Organisation) -> tuple[Actor, bool]:
    """Return the actor behind an account, and whether they were unknown until now.

    Raises:
        NotAllowed: The account is not an employee's.
    """
    known = _acting(session, who, organisation)
    if known is not None:
        found, actor = known
        if who.platform not in (found.platform, DESK):  # seldom: most people work in one place
            people.acts_on(session, found.id, who.platform)
        return actor, False
    called = f"{who.platform}:{who.workspace}:{who.external_id}"
    require_no_departed(session, of_account(who.platform, who.workspace, who.external_id), called)
    here = people.department_of_channel(session, who.platform, who.channel) if who.channel else None
    account = identities.add(
        session,
        platform=who.platform,
        workspace=who.workspace,
        external_id=who.external_id,
        kind=who.kind,
        name=who.name,
        email=None,
    )
    if who.platform != DESK:
        people.acts_on(session, account.person_id, who.platform)
    if here is not None:
        people.add_member(session, here, account.person_id, "channel")
    return Actor(id=account.person_id, name=who.name or who.external_id, department_id=here), True


def recognise(session: Session, who: Who, organisation: Organisation) -> Actor | None:
    """Return the actor behind an account; None for one that is new to us. Reads only.

    Raises:
        NotAllowed: The account is not an employee's.
    """
    known = _acting(session, who, organisation)
    return known[1] if known is not None else None


def _acting(session: Session, who: Who, organisation: Organisation) -> tuple[KnownPerson, Actor] | None:
    """Return whom we know by an account, as who acts for the channel's department if it is one of theirs."""
    known = people.acting(session, who.platform, who.workspace, who.external_id, who.channel)
    _require_employee(known[0] if known else None, who, organisation)
    if known is None:
        return None
    found, here, own = known
    department_id = here if here in own or not own else own[0]
    return found, Actor(id=found.id, name=found.name, department_id=department_id, timezone=found.timezone)


def require_employee(session: Session, who: Who, organisation: Organisation) -> KnownPerson | None:
    """Refuse an account that is not an employee's; returns what we know of it, None for one that is new to us.

    Raises:
        NotAllowed: The account is not an employee's.
    """
    found = people.known(session, who.platform, who.workspace, who.external_id)
    _require_employee(found, who, organisation)
    return found


def require_one_of_us(session: Session, person: PersonRow, organisation: Organisation) -> None:
    """Refuse a person who may not act by any of their accounts.

    Raises:
        NotAllowed: They are not an employee, or not any more.
    """
    _judge(person, identities.of_person(session, person.id), organisation)


def among_us(session: Session, person_ids: Collection[int], organisation: Organisation) -> set[int]:
    """Return those of these people who may act: the same question, asked of many at once."""
    accounts = identities.of_people(session, person_ids)
    found = set()
    for person in people.several(session, person_ids):
        with suppress(NotAllowed):
            _judge(person, accounts.get(person.id, []), organisation)
            found.add(person.id)
    return found


def _judge(person: PersonRow, accounts: Sequence[IdentityRow], organisation: Organisation) -> None:
    chat = [one for one in accounts if one.platform != DESK]
    kinds = [one.kind for one in chat if one.active] or [one.kind for one in chat]
    _require(best_of(kinds), active=person.active, organisation=organisation)


def best_of(kinds: Iterable[str | None]) -> IdentityKind:
    """Return the most that somebody is by several accounts; who has none was let in by an operator."""
    found = {kind for kind in kinds if kind is not None}
    return next((kind for kind in IdentityKind if kind in found), IdentityKind.MEMBER)


def _require_employee(found: KnownPerson | None, who: Who, organisation: Organisation) -> None:
    """Ask of all accounts whether this is one of us; an account that ended, or is a stranger's, acts for nobody.

    What a gesture tells of its account is newer than what we know of it. A seat at the desk says nothing of its own.
    """
    if found is None:
        return _require(who.kind, active=True, organisation=organisation)
    here = IdentityKind(found.kind) if who.kind == IdentityKind.MEMBER else who.kind
    kinds = [found.elsewhere] if who.platform == DESK else [here, found.elsewhere]
    kind = here if here in (IdentityKind.OUTSIDER, IdentityKind.BOT) else best_of(kinds)
    return _require(kind, active=found.active and found.account_active, organisation=organisation)


def _require(kind: IdentityKind, *, active: bool, organisation: Organisation) -> None:
    if kind != IdentityKind.MEMBER and not (kind == IdentityKind.GUEST and organisation.guests):
        raise NotAllowed(_REFUSALS[kind])
    if not active:
        raise NotAllowed("Your account is switched off here. Ask an admin if that is a mistake.")


def find_person(context: Context, text: str, *, field: str) -> PersonRow:
    """Return the colleague that ``text`` means: ``person:<id>``, an account, an e-mail address or a full name.

    Raises:
        WrongInput: Nobody, or more than one, is meant; or they cannot own anything.
    """
    plain = text.strip()
    person = _named(context, plain, field) or _named(context, plain.rstrip(ENDS), field)
    if person is None and plain.removeprefix("@").casefold() == "me":
        person = people.get(context.session, context.person.id)
    return _able(context, person, plain, field)


def person_and_note(
    context: Context, text: str, note: str, *, unsplit: bool, field: str = "person"
) -> tuple[PersonRow, str]:
    """Return the colleague that is meant, and the note; the longest run of words that is a name is the name.

    Raises:
        WrongInput: Nobody, or more than one, is meant; or they cannot own anything.
    """
    if unsplit and "@" not in text[1:] and ":" not in text:
        found = longest_name(f"{text} {note}", _called(context.session))
        if found is not None:
            same, rest = found
            return _able(context, _only_one(context, same, field), text, field), rest
    return find_person(context, text, field=field), note


def _called(session: Session) -> dict[str, list[PersonRow]]:
    """Return everybody by their name as it is compared."""
    called: dict[str, list[PersonRow]] = {}
    for one in people.active(session):
        called.setdefault(fold(one.name), []).append(one)
    return called


def _able(context: Context, person: PersonRow | None, text: str, field: str) -> PersonRow:
    if person is None:
        sentence = f"I know nobody called {text[:80]!r}. {_how_to_name(context)}"
        raise WrongInput(sentence, {field: sentence})
    if not _may_own(context, person):
        raise WrongInput("Only our own people can own a mention.", {field: "Only our own people can own a mention."})
    if not person.active:
        raise WrongInput(f"{person.name} is not here any more.", {field: f"{person.name} is not here any more."})
    return person


def _how_to_name(context: Context) -> str:
    if context.types is None:
        return "Choose somebody from the list, or write their e-mail address."
    return "Mention whom you mean with @, or type their e-mail address."


def _named(context: Context, text: str, field: str) -> PersonRow | None:
    session = context.session
    if (number := read_number(text)) is not None:
        return people.find(session, number)
    if account := read_account(text):
        return _of_account(context, *account)
    plain = text.removeprefix("@")
    if "@" in plain:
        return people.by_email(session, plain)
    same = people.by_name(session, plain) or _called(session).get(fold(plain), [])
    return _only_one(context, same, field) if plain else None


def _only_one(context: Context, same: list[PersonRow], field: str) -> PersonRow | None:
    """Return who bears a name; of several, who can own a mention."""
    able = [one for one in same if _may_own(context, one)] if len(same) > 1 else []
    if len(able or same) > 1:
        name = same[0].name
        sentence = f"More than one person is called {name}. {_how_to_name(context)}"
        raise WrongInput(sentence, {field: sentence})
    return next(iter(able or same), None)


def _of_account(context: Context, platform: str, workspace: str, account: str) -> PersonRow | None:
    # Whom nobody has met is nobody: a platform meets those whom a gesture names, and anybody may type an account.
    row = identities.find(context.session, platform, workspace, account)
    return people.get(context.session, row.person_id) if row is not None else None


def _may_own(context: Context, person: PersonRow) -> bool:
    try:
        require_one_of_us(context.session, replace(person, active=True), context.organisation)
    except NotAllowed:
        return False
    return True


def department_and_note(
    context: Context, text: str, note: str, *, unsplit: bool, field: str = "department"
) -> tuple[DepartmentRow, str]:
    """Return the department that is meant, and the note; the longest run of words that is a name is the name.

    Raises:
        WrongInput: There is none; the sentence lists those that there are.
    """
    found = longest_name(f"{text} {note}".removeprefix("#"), _departments(context.session)) if unsplit else None
    return found or (find_department(context, text, field=field), note)


def is_admin(session: Session, organisation: Organisation, person_id: int) -> bool:
    """Say whether dibs.toml names a person among the admins."""
    person = people.find(session, person_id)
    address = (person.email or "").casefold() if person is not None else ""
    return bool(address) and address in {one.casefold() for one in organisation.admins}


def find_department(context: Context, text: str, *, field: str) -> DepartmentRow:
    """Return the department that ``text`` means: its key, its name, or its channel.

    Raises:
        WrongInput: There is none; the sentence lists those that there are.
    """
    found = _departments(context.session).get(fold(text.strip().removeprefix("#")))
    if found is not None:
        return found
    known = people.departments(context.session)
    sentence = f"There is no department {text.strip()[:80]!r}. There are: {', '.join(one.key for one in known)}."
    raise WrongInput(sentence, {field: sentence})


def _departments(session: Session) -> dict[str, DepartmentRow]:
    """Return the departments by what they may be called: a key before a name, a name before a channel."""
    known = people.departments(session)
    by_id = {one.id: one for one in known}
    called: dict[str, DepartmentRow] = {}
    for home in people.homes(session):
        if home.department_id in by_id:
            called |= dict.fromkeys((fold(home.channel), fold(home.name.removeprefix("#"))), by_id[home.department_id])
    for one in reversed(known):
        called[fold(one.name)] = one
    called |= {fold(one.key): one for one in known}
    return {name: one for name, one in called.items() if name}
