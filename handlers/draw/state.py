"""How the work on a mention stands, in one sentence with its consequence: a reply that somebody wrote comes first.

Whatever a person has to do next is said by it, so a draft that is approved, or sent back, is the state, and never
"Nobody has it." Who has the mention stands behind it then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.base.cards import Fact, one_line
from handlers.base.charter import NO_REVIEW, SECOND_PERSON, Charter
from handlers.base.statuses import sign
from handlers.base.verb import Situation, Step
from handlers.report.lines import state_sentence
from storage.own.mentions import MentionRow
from storage.reply.drafts import DraftRow, ReviewRow
from storage.tables.states import DraftState

REMARK = 140
ASKS = "❓"
WAITS = "🟣"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the state of one mention is told from.

    Attributes:
        written: Its living drafts.
        names: Of all whom it may name, by id.
        reviews: What was said last of drafts that were sent back, by the draft's id.
        left: Its owner is not here any more.
        void: Why what was approved is to be read again, or empty.
    """

    row: MentionRow
    now: Situation
    written: Sequence[DraftRow]
    names: Mapping[int, str]
    reviews: Mapping[int, ReviewRow]
    left: bool = False
    void: str = ""

    @property
    def owner(self) -> str:
        """Who has it, by name; empty for nobody."""
        return self.names.get(self.row.owner_id or 0, "")


def draw_state(one: Standing) -> tuple[str, str]:
    """Return the sign and the sentence."""
    if said := _of_a_reply(one):
        return (ASKS if one.now.step == Step.ASKING else WAITS), said
    return sign(one.row.status), state_sentence(one.row, one.owner, left=one.left)


def _of_a_reply(one: Standing) -> str:
    step = one.now.step
    if step == Step.ASKING:
        unclear = _writer(one, DraftState.UNCLEAR)
        if unclear:
            return f"Does {unclear}’s reply stand there? Somebody has to look."
        return f"The post changed. Does {_writer(one, DraftState.PUBLISHING) or 'our'}’s reply still fit?"
    if step == Step.GOING:
        return f"{_writer(one, DraftState.PUBLISHING)}’s reply is on its way."
    if step == Step.SETTLED:
        return _settled(one)
    if step == Step.IN_REVIEW:
        return f"{_writer(one, DraftState.IN_REVIEW)}’s reply waits for a second person."
    return _sent_back(one) if step == Step.CHANGES else ""


def _settled(one: Standing) -> str:
    approved = _first(one, DraftState.APPROVED)
    if approved is None:
        failed = _first(one, DraftState.FAILED)
        why = f" {one_line(failed.trouble, REMARK)}" if failed and failed.trouble else ""
        return f"{_writer(one, DraftState.FAILED)}’s reply was not published.{why}"
    writer = one.names.get(approved.person_id, "")
    if one.void:
        return f"{writer}’s reply is to be read again. {one.void}"
    by = one.names.get(approved.approved_by_id or 0, "")
    return f"{writer}’s reply is approved{f' by {by}' if by and by != writer else ''}, not sent yet."


def _sent_back(one: Standing) -> str:
    draft = _first(one, DraftState.CHANGES_REQUESTED)
    writer = one.names.get(draft.person_id, "") if draft else ""
    review = one.reviews.get(draft.id) if draft else None
    if review is None:
        return f"{writer} is asked for changes."
    said = f" “{one_line(review.remark, REMARK)}”" if review.remark else ""
    return f"{one.names.get(review.person_id, 'A second person')} asks {writer} for changes.{said}"


def _first(one: Standing, state: DraftState) -> DraftRow | None:
    return next((draft for draft in one.written if draft.state == state), None)


def _writer(one: Standing, state: DraftState) -> str:
    draft = _first(one, state)
    return one.names.get(draft.person_id, "") if draft else ""


def draw_details(one: Standing, charter: Charter) -> list[Fact]:
    """Return what stands behind the sentence: who has it, since when, who else writes, and who reads first."""
    step = one.now.step
    facts: list[Fact] = []
    if _of_a_reply(one):
        facts.append(Fact(label="", value=f"{one.owner} has it" if one.now.owned else "nobody has it"))
    if step == Step.CLAIMED:
        facts.append(Fact(label="since", value=one.row.changed_at))
    if step == Step.SNOOZED and one.row.snoozed_until:
        facts.append(Fact(label="until", value=one.row.snoozed_until))
    writing = [one.names.get(draft.person_id, "") for draft in one.written if draft.state == DraftState.DRAFT]
    if writing:
        facts.append(Fact(label="", value=f"{', '.join(writing)} {'drafts' if len(writing) == 1 else 'draft'}"))
    if step in (Step.NEW, Step.CLAIMED) and (reads := _who_reads(charter)):
        facts.append(Fact(label="", value=reads))
    return facts


def _who_reads(charter: Charter) -> str:
    """Say who reads a reply before it goes out; empty where nobody does."""
    if charter.review == NO_REVIEW:
        return ""
    who = "a second person" if charter.review == SECOND_PERSON else charter.review
    return f"{who} reads first" if charter.review_when.always else f"{who} may read first"
