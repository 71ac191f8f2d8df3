"""How the work on a mention stands, in one sentence with its consequence: a reply that somebody wrote comes first.

Whatever a person has to do next is said by it, so a draft that is approved, or sent back, is the state, and never
"Nobody has it." Who has the mention stands behind it then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.base.cards import Fact, one_line
from handlers.base.charter import NO_REVIEW, SECOND_PERSON, Charter
from handlers.base.situation import Situation, Step
from handlers.base.statuses import KEPT_BACK_SIGN, STAGES, in_moderation, sign
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
        place: Where it was said, as people call it: its moderators are the ones for whom a reply may wait.
    """

    row: MentionRow
    now: Situation
    written: Sequence[DraftRow]
    names: Mapping[int, str]
    reviews: Mapping[int, ReviewRow]
    left: bool = False
    void: str = ""
    place: str = ""

    @property
    def owner(self) -> str:
        """Who has it, by name; empty for nobody."""
        return self.names.get(self.row.owner_id or 0, "")


def draw_state(one: Standing, advice: str = "") -> tuple[str, str]:
    """Return the sign and the sentence, with what is suggested."""
    if said := _of_a_reply(one):
        return (ASKS if one.now.step == Step.ASKING else WAITS), said
    signed = KEPT_BACK_SIGN if one.now.step == Step.KEPT_BACK else sign(one.row.status)
    return signed, f"{state_sentence(one.row, one.owner, left=one.left)} {advice}".rstrip()


# Of which drafts a step tells; the first that there is.
_TOLD = {
    Step.ASKING: (DraftState.UNCLEAR, DraftState.PUBLISHING),
    Step.HELD: (DraftState.PUBLISHING,),
    Step.GOING: (DraftState.PUBLISHING,),
    Step.SETTLED: (DraftState.APPROVED, DraftState.FAILED),
    Step.IN_REVIEW: (DraftState.IN_REVIEW,),
    Step.CHANGES: (DraftState.CHANGES_REQUESTED,),
}


def _told(one: Standing) -> DraftRow | None:
    """Return the draft of which the sentence tells; None where it tells of none."""
    states = _TOLD.get(one.now.step, ())
    return next((draft for state in states for draft in one.written if draft.state == state), None)


def _of_a_reply(one: Standing) -> str:
    draft = _told(one)
    if draft is None:
        return _of_a_reply_alone(one)
    reply = f"{one.names.get(draft.person_id, 'Somebody')}’s reply"
    match draft.state:
        case DraftState.UNCLEAR:
            return f"Does {reply} stand there? Somebody has to look."
        case DraftState.PUBLISHING:
            return _going(one, reply)
        case DraftState.APPROVED:
            return f"{reply} is to be read again. {one.void}".rstrip() if one.void else _approved(one, draft, reply)
        case DraftState.FAILED:
            return f"{reply} was not published. {one_line(draft.trouble, REMARK)}".rstrip()
        case DraftState.IN_REVIEW:
            return f"{reply} waits for a second person."
    return _sent_back(one, draft)


def _of_a_reply_alone(one: Standing) -> str:
    """Say how a reply stands that is on its way without its draft."""
    if one.now.step == Step.ASKING:
        return "Does our reply stand there? Somebody has to look."
    return in_moderation("Our reply", one.place) if one.now.step == Step.HELD else ""


def _going(one: Standing, reply: str) -> str:
    if one.now.step == Step.ASKING:
        return f"Does {reply} still fit? Somebody has to say."
    return in_moderation(reply, one.place) if one.now.step == Step.HELD else f"{reply} is on its way."


def _approved(one: Standing, draft: DraftRow, reply: str) -> str:
    by = one.names.get(draft.approved_by_id or 0, "") if draft.approved_by_id != draft.person_id else ""
    return f"{reply} is approved{f' by {by}' if by else ''}, not sent yet."


def _sent_back(one: Standing, draft: DraftRow) -> str:
    writer, review = one.names.get(draft.person_id, "somebody"), one.reviews.get(draft.id)
    if review is None:
        return f"Changes are asked for in {writer}’s reply."
    said = f" “{one_line(review.remark, REMARK)}”" if review.remark else ""
    return f"{one.names.get(review.person_id, 'A second person')} asks {writer} for changes.{said}"


def draw_details(one: Standing, charter: Charter) -> list[Fact]:
    """Return what stands behind the sentence: who has it, since when, who else writes, and who reads first."""
    step, told = one.now.step, _told(one)
    facts: list[Fact] = []
    if told is not None:
        facts.append(Fact(label="", value=_whose(one)))
    if step == Step.KEPT_BACK and one.row.points_why:
        facts.append(Fact(label="points", value=f"{one.row.points}: {one.row.points_why}"))
    if step == Step.CLAIMED:
        facts.append(Fact(label="since", value=one.row.changed_at))
    if step == Step.SNOOZED and one.row.snoozed_until:
        facts.append(Fact(label="until", value=one.row.snoozed_until))
    if others := [_drafting(one, draft) for draft in one.written if draft is not told]:
        facts.append(Fact(label="also drafting" if told else "drafting", value=", ".join(others)))
    if step in (Step.NEW, Step.CLAIMED) and (reads := _who_reads(charter)):
        facts.append(Fact(label="", value=reads))
    return facts


def _whose(one: Standing) -> str:
    if one.owner and one.left:
        return f"{one.owner}, who had it, is not here any more"
    return f"{one.owner} has it" if one.owner else "nobody has it"


def _drafting(one: Standing, draft: DraftRow) -> str:
    name, state = one.names.get(draft.person_id, "somebody"), DraftState(draft.state)
    return f"{name} ({STAGES[state]})" if state in STAGES else name


def _who_reads(charter: Charter) -> str:
    """Say who reads a reply before it goes out; empty where nobody does."""
    if charter.review == NO_REVIEW:
        return ""
    who = "a second person" if charter.review == SECOND_PERSON else charter.review
    return f"{who} reads first" if charter.review_when.always else f"{who} may read first"


def who_wrote_and_read(written: Mapping[int, Sequence[DraftRow]], reviews: Mapping[int, ReviewRow]) -> list[int | None]:
    """Return the people whose names the drafts of cards may need."""
    drafted = [one for several in written.values() for one in several]
    read = [one.person_id for one in reviews.values()]
    return [*(one.person_id for one in drafted), *(one.approved_by_id for one in drafted), *read]
