"""Forget a colleague who left: who they were is removed wherever we keep it, and what they did stays without a name.

Rows stay, so that no figure of a report changes, and the log stays provable: it holds numbers and hashes. By keyed
hashes of their accounts and address it is known what must not come back (``handlers.people.departed``). What they have
is free again, with a row of the log; what waits for an answer of its author stays answered, by a person who was
forgotten. Drafts of theirs are withdrawn; what they typed about others' words stays, and is counted for who wants it
gone as well. It goes in small transactions, of which each is whole: one that was cut short is said again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from handlers.base.command import Context, as_system
from handlers.base.errors import BotError
from handlers.channels.placement import place_cards
from handlers.own.transition import Transition, transition
from handlers.people.accounts import settle_person
from handlers.people.departed import of_account, of_address
from handlers.people.operators import find_anybody
from handlers.people.written import read_number
from handlers.privacy.authors import PORTION, Forgetting
from handlers.privacy.names import as_stored, pattern_of, says, without_name
from handlers.reply.preconditions import record_step
from storage.channels import messages, personal
from storage.engine.database import Session, touch
from storage.listen import forgotten
from storage.own import left, mentions, ownership
from storage.own.mentions import MentionRow
from storage.people import erase, identities, people, sessions
from storage.people.people import PersonRow
from storage.reply import drafts, naming
from storage.tables.states import DESK, Action, DraftState, Status, Via
from storage.work import idempotency, incidents


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Whom to forget.

    Attributes:
        ids: They, and whoever they turned out to be: the row that they are now comes first.
        names: By what names they are known.
        accounts: Their accounts on chat platforms: platform, workspace and id of each.
        addresses: Their e-mail addresses.
    """

    ids: tuple[int, ...]
    names: tuple[str, ...]
    accounts: tuple[tuple[str, str, str], ...]
    addresses: tuple[str, ...]

    @property
    def lanes(self) -> list[tuple[str, str]]:
        """Where they alone are spoken to: a platform, and an account there."""
        return [(platform, account) for platform, _, account in self.accounts]

    @property
    def called(self) -> str:
        """How they are named once more, whatever was removed by then."""
        return f"person:{self.ids[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonHolding:
    """How much there is to forget of a colleague."""

    accounts: int
    owned: int
    drafts: int
    direct: int
    shown: int


def find_colleague(session: Session, text: str) -> Colleague:
    """Return a colleague by address, name or ``person:<id>``, with whoever they were before we knew better.

    Raises:
        BotError: Nobody, or more than one, is meant.
    """
    found = _found(session, text)
    heir = people.joined(session).get(found.id, found.id)
    ids = (heir, *people.formerly(session, heir))
    rows = people.several(session, ids)
    accounts = [one for person_id in ids for one in identities.of_person(session, person_id) if one.platform != DESK]
    return Colleague(
        ids=ids,
        names=tuple(dict.fromkeys(row.name for row in rows if row.name)),
        accounts=tuple((one.platform, one.workspace, one.external_id) for one in accounts),
        addresses=tuple(row.email for row in rows if row.email),
    )


def _found(session: Session, text: str) -> PersonRow:
    """Return the person; several of one name who are all one person are that one.

    Who was forgotten is found by number alone: then what was cut short goes on.
    """
    number = read_number(text.strip())
    if number is not None and (gone := people.find(session, number)) is not None:
        return gone
    same = people.named(session, text)
    joined = people.joined(session)
    one = {joined.get(row.id, row.id) for row in same}
    return people.get(session, one.pop()) if len(one) == 1 else find_anybody(session, text)


def person_holds(session: Session, who: Colleague) -> PersonHolding:
    """Count what forgetting a colleague would remove, release, withdraw and draw anew."""
    return PersonHolding(
        accounts=len(who.accounts),
        owned=len(left.of_owners(session, who.ids)),
        drafts=len(drafts.editable_of(session, who.ids)),
        direct=personal.count_direct(session, who.lanes),
        shown=len(left.touched_by(session, who.ids)),
    )


def begin_person(session: Session, forgetting: Forgetting, who: Colleague) -> None:
    """Let a colleague in no more, end their sessions, and let nothing of them be stored from now on.

    Raises:
        BotError: A reply of theirs is on its way.
    """
    for person_id in sorted(who.ids):
        people.hold(session, person_id, claims=True)
    _require_landed(session, who)
    things = [of_account(*one) for one in who.accounts] + [of_address(one) for one in who.addresses]
    forgotten.remember(session, things, forgetting.random.randbytes(32).hex(), forgetting.now)
    for row in people.several(session, who.ids):
        settle_person(session, replace(row, switched_off=True), forgetting.now)
        sessions.drop_all(session, row.id)


def _require_landed(session: Session, who: Colleague) -> None:
    mention_id = left.on_its_way(session, who.ids)
    if mention_id is not None:
        token = mentions.get(session, mention_id).token
        raise BotError(
            f"A reply to #{token} is on its way, which they sent or whose mention they have. Let it finish, or decide "
            "about it on its card; then say this again."
        )


def free_some(session: Session, forgetting: Forgetting, who: Colleague) -> bool:
    """Release a portion of what a colleague has to its departments; says whether there may be more."""
    for mention_id in (found := left.of_owners(session, who.ids, PORTION)):
        context = _context(session, forgetting, mention_id)

        def decide(seen: MentionRow) -> Transition:
            if seen.owner_id not in who.ids or seen.status not in left.NEEDS_OWNER:
                raise BotError("It is not theirs any more.")
            return Transition(
                action=Action.CAME_BACK, values={"owner_id": None, "status": str(Status.NEW), "snoozed_until": None}
            )

        try:
            changed = transition(context, decide)
        except BotError:  # somebody was quicker, and it is theirs now
            continue
        place_cards(session, [changed], forgetting.organisation, forgetting.now)
    return bool(found)


def withdraw_some(session: Session, forgetting: Forgetting, who: Colleague) -> bool:
    """Withdraw a portion of what a colleague drafted and did not send; says whether there may be more."""
    found = drafts.editable_of(session, who.ids, PORTION)
    for seen in found:
        context = _context(session, forgetting, seen.mention_id)
        now = drafts.get(session, seen.id)
        if drafts.change(session, now, forgetting.now, state=str(DraftState.WITHDRAWN)) is not None:
            record_step(context, Action.WITHDRAWN)
    return bool(found)


def _context(session: Session, forgetting: Forgetting, mention_id: int) -> Context:
    held = mentions.hold(session, mention_id)
    one = forgetting
    return as_system(session, one.organisation, one.now, one.random, via=Via.OPERATOR, found=held)


def clean_some(session: Session, who: Colleague, after: int) -> int | None:
    """Take their names out of a portion of the notices behind one of them; returns the last, None where none is."""
    everybody = {one.name for one in people.everybody(session)} - set(who.names)
    patterns = [pattern_of(one, everybody) for one in who.names]
    found = personal.notices_with(session, {as_stored(one) for one in who.names}, after, PORTION) if patterns else []
    for message_id, body in found:
        cleaned = body
        for pattern in patterns:
            cleaned = without_name(cleaned, pattern)
        if cleaned != body:
            personal.rewrite(session, message_id, cleaned)
    return found[-1][0] if found else None


def end_person(session: Session, forgetting: Forgetting, who: Colleague) -> None:
    """Take away who a colleague was, and write down that it was done.

    Raises:
        BotError: A reply of theirs is on its way, or something became theirs meanwhile.
    """
    for person_id in sorted(who.ids):
        people.hold(session, person_id, claims=True)
    _require_landed(session, who)
    if left.of_owners(session, who.ids, 1) or drafts.editable_of(session, who.ids, 1):
        raise BotError("Something became theirs this very moment. Please say this again.")
    personal.drop_direct(session, who.lanes)
    for platform, workspace, account in who.accounts:
        for place in {workspace, ""}:
            incidents.end(session, incidents.lane(platform, place, f"@{account}"))
    if who.names:
        idempotency.forget_answers(session, {as_stored(one) for one in who.names})
    if any(row.name for row in people.several(session, who.ids)):
        change = ownership.Change(
            mention_id=None,
            action=Action.FORGOTTEN,
            via=Via.OPERATOR,
            at=forgetting.now,
            from_owner_id=who.ids[0],
        )
        ownership.log(session, change)
    erase.blank(session, who.ids, forgetting.now)


def show_some(session: Session, mention_ids: Sequence[int]) -> None:
    """Let whatever shows these mentions be drawn anew."""
    for mention_id in mention_ids:
        messages.say_less(session, mention_id)
        touch(session, mention_id)


def counted(holding: PersonHolding) -> Iterator[str]:
    """Say in words how much there is."""
    one = holding
    yield f"{one.accounts} accounts, {one.direct} direct messages, {one.owned} mentions that they have (released),"
    yield f"{one.drafts} drafts (withdrawn), and their name on what shows {one.shown} mentions"


def still_typed(session: Session, who: Colleague) -> tuple[list[int], list[str]]:
    """Return where people typed their name: rows of the log with such a remark, and mentions with such a reply."""
    if not who.names:
        return [], []
    patterns = [pattern_of(one, ()) for one in who.names]
    rows = [seq for seq, text in naming.remarks_with(session, who.names) if any(says(text, one) for one in patterns)]
    replies = naming.replies_with(session, who.names)
    return rows, sorted({token for token, text in replies if any(says(text, one) for one in patterns)})
