"""The verbs: one table, from which buttons, emoji, slash sub-commands, text commands, forms and help all come.

To add a verb: write its module, add its entry here, its action to ``storage.tables.states.Action``, and its test. No
platform changes, because no platform and no card lists verbs.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from handlers.base.cards import Choice, Field, Form
from handlers.base.command import Answer, Asking, Context, MentionCommand
from handlers.own.assign import AssignMention, assign_mention
from handlers.own.claim import ClaimMention, claim_mention
from handlers.own.dismiss import DEFAULT_REASON, REASONS, DismissMention, dismiss_mention
from handlers.own.hand_off import HandOffMention, hand_off_mention
from handlers.own.note import NoteMention, note_mention
from handlers.own.release import ReleaseMention, release_mention
from handlers.own.reopen import ReopenMention, reopen_mention
from handlers.own.resolve import ResolveMention, resolve_mention
from handlers.own.snooze import SnoozeMention, snooze_mention
from handlers.own.take_over import TakeOverMention, take_over_mention
from handlers.reply.confirm import ANSWER, ConfirmReply, confirm_reply, draw_confirm
from handlers.reply.confirm import URL as ADDRESS
from handlers.reply.draft import DraftReply, draft_reply
from handlers.reply.posted_by_hand import FIELDS as POSTED_FIELDS
from handlers.reply.posted_by_hand import PostedReply, draw_posted, posted_reply
from handlers.reply.publish import PublishDraft, publish_draft
from handlers.reply.reading import forms
from handlers.reply.review import ReviewDraft, review_draft
from handlers.reply.withdraw import WithdrawDraft, withdraw_draft
from storage.tables.states import CLOSED, EDITABLE, OPEN, DraftState, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How a mention stands, as far as it decides which verbs make sense.

    Attributes:
        drafts: The states of its living drafts.
        by_api: A reply to it can be published by us; else a person posts it by hand.
        asking: A reply to it waits for a person's word: it is unclear whether it stands there, or the post changed.
    """

    status: Status
    owned: bool = False
    drafts: frozenset[DraftState] = frozenset()
    by_api: bool = False
    asking: bool = False

    @property
    def open(self) -> bool:
        """Say whether it is not closed."""
        return self.status not in CLOSED


When = Callable[[Situation], bool]


def _open(now: Situation) -> bool:
    return now.open


def _owned(now: Situation) -> bool:
    return now.owned and now.open


def _unowned(now: Situation) -> bool:
    return not now.owned and now.open


def _closed_or_asleep(now: Situation) -> bool:
    return not now.open or now.status == Status.SNOOZED


_GOING = frozenset({DraftState.PUBLISHING, DraftState.UNCLEAR})
_SENDABLE = frozenset({DraftState.DRAFT, DraftState.APPROVED, DraftState.FAILED})
_SETTLED = frozenset({DraftState.APPROVED, DraftState.FAILED})


def _in_review(now: Situation) -> bool:
    return now.status == Status.IN_REVIEW and DraftState.IN_REVIEW in now.drafts


def _sendable(now: Situation) -> bool:
    return now.open and bool(now.drafts & _SENDABLE) and not now.drafts & _GOING


def _next_is_to_publish(now: Situation) -> bool:
    return _sendable(now) and bool(now.drafts & _SETTLED)


def _next_is_to_draft(now: Situation) -> bool:
    return now.status in OPEN and now.drafts <= {DraftState.DRAFT, DraftState.CHANGES_REQUESTED}


def _asking(now: Situation) -> bool:
    return now.asking


def _by_hand(now: Situation) -> bool:
    return not now.by_api and _sendable(now)


def _posted_next(now: Situation) -> bool:
    return not now.by_api and _next_is_to_publish(now)


def _withdrawable(now: Situation) -> bool:
    return not now.drafts.isdisjoint(EDITABLE)


def _always(_now: Situation) -> bool:
    return True


def _never(_now: Situation) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing that a person can do with a mention.

    Attributes:
        name: As typed after ``/dibs`` and in action ids ``dibs:<name>``.
        when: Is it offered on the card? The handler decides for itself whether it is right.
        fields: What its form asks for, in the order in which they are typed after the reference. A choice field
            named ``department`` gets the departments as its choices.
        emoji: The reaction that means it, unless dibs.toml says otherwise.
        draw: Draws the form, where its fields alone do not say enough.
        form: A press opens the form; without, the verb runs at once and the optional fields are for commands only.
        prominent: Has it a button of its own? else it goes into the overflow menu.
    """

    name: str
    label: str
    help: str
    command: type[MentionCommand]
    handler: Callable[[Any, Context], Answer]
    when: When
    fields: tuple[Field, ...] = ()
    emoji: str = ""
    form: bool = False
    draw: Callable[[Asking], Form] | None = None
    prominent: When = _never
    style: str = ""


_REMARK = Field(name="note", label="Note", kind="text", required=False, hint="Why, for colleagues and the log.")

VERBS: tuple[Verb, ...] = (
    Verb(
        name="claim",
        label="Claim",
        help="take it yourself",
        command=ClaimMention,
        handler=claim_mention,
        when=_unowned,
        prominent=_unowned,
        emoji="eyes",
        style="primary",
    ),
    Verb(
        name="draft",
        label="Draft a reply",
        help="write a reply, which goes out only when somebody who may publishes it",
        command=DraftReply,
        handler=draft_reply,
        when=_always,
        prominent=_next_is_to_draft,
        form=True,
        draw=forms.draw_draft,
        fields=(
            # One character more than there may be, so that what is too long is refused, and not cut in silence.
            replace(forms.TEXT, required=False, limit=forms.MAX_DRAFT + 1),
            Field(name="saved", label="Start from a saved reply", kind="choice", required=False),
            Field(name="then", label="And then", kind="choice", required=False),
        ),
    ),
    Verb(
        name="review",
        label="Review",
        help="read a draft that waits, and say what you think",
        command=ReviewDraft,
        handler=review_draft,
        when=_in_review,
        prominent=_in_review,
        form=True,
        draw=forms.draw_review,
        fields=(
            Field(name="verdict", label="Your verdict", kind="choice", required=False),
            Field(name="draft", label="Draft", kind="choice", required=False),
            Field(name="others", label="The other drafts, if you approve", kind="choice", required=False),
            Field(name="remark", label="Remark", kind="text", required=False),
        ),
    ),
    Verb(
        name="publish",
        label="Publish",
        help="let an approved draft go out",
        command=PublishDraft,
        handler=publish_draft,
        when=_sendable,
        prominent=_next_is_to_publish,
        fields=(Field(name="draft", label="Draft", kind="choice", required=False),),
    ),
    Verb(
        name="confirm",
        label="Decide on the reply",
        help="say what is to become of a reply that is unclear: seen, send or stop",
        command=ConfirmReply,
        handler=confirm_reply,
        when=_asking,
        prominent=_asking,
        form=True,
        draw=draw_confirm,
        fields=(ANSWER, ADDRESS),
        style="primary",
    ),
    Verb(
        name="posted",
        label="I have posted it",
        help="say where the reply stands that you posted by hand",
        command=PostedReply,
        handler=posted_reply,
        when=_by_hand,
        prominent=_posted_next,
        form=True,
        draw=draw_posted,
        fields=POSTED_FIELDS,
    ),
    Verb(
        name="withdraw",
        label="Withdraw draft",
        help="take a draft back",
        command=WithdrawDraft,
        handler=withdraw_draft,
        when=_withdrawable,
        fields=(Field(name="draft", label="Draft", kind="choice", required=False),),
    ),
    Verb(
        name="resolve",
        label="Resolve",
        help="it is done",
        command=ResolveMention,
        handler=resolve_mention,
        when=_open,
        prominent=_open,
        emoji="white_check_mark",
        fields=(_REMARK,),
    ),
    Verb(
        name="release",
        label="Release",
        help="put it back, so that somebody else can take it",
        command=ReleaseMention,
        handler=release_mention,
        when=_owned,
        prominent=_owned,
    ),
    Verb(
        name="takeover",
        label="Take over",
        help="take it from its owner, openly, with a reason",
        command=TakeOverMention,
        handler=take_over_mention,
        when=_owned,
        prominent=_owned,
        form=True,
        fields=(Field(name="reason", label="Reason", kind="text", hint="The owner is told what you write here."),),
    ),
    Verb(
        name="handoff",
        label="Hand off",
        help="pass it to another department",
        command=HandOffMention,
        handler=hand_off_mention,
        when=_open,
        prominent=_unowned,
        form=True,
        fields=(Field(name="department", label="Department", kind="choice"), _REMARK),
    ),
    Verb(
        name="assign",
        label="Assign",
        help="give it to a colleague, who is told",
        command=AssignMention,
        handler=assign_mention,
        when=_open,
        form=True,
        fields=(Field(name="person", label="Colleague", kind="person"), _REMARK),
    ),
    Verb(
        name="snooze",
        label="Snooze",
        help="look at it later: 2h, tomorrow, a weekday or an ISO time",
        command=SnoozeMention,
        handler=snooze_mention,
        when=_open,
        form=True,
        fields=(
            Field(
                name="until",
                label="Until",
                kind="time",
                hint="2h, tomorrow, friday, 2026-05-04 15:30 (your time zone)",
                initial="tomorrow",
                limit=40,
            ),
        ),
    ),
    Verb(
        name="dismiss",
        label="Dismiss",
        help="it needs no answer",
        command=DismissMention,
        handler=dismiss_mention,
        when=_open,
        form=True,
        emoji="no_entry_sign",
        fields=(
            Field(
                name="reason",
                label="Reason",
                kind="choice",
                required=False,
                choices=tuple(Choice(value=value, label=label) for value, label in REASONS.items()),
                initial=DEFAULT_REASON,
            ),
        ),
    ),
    Verb(
        name="reopen",
        label="Reopen",
        help="it is not done after all; wakes a snoozed one too",
        command=ReopenMention,
        handler=reopen_mention,
        when=_closed_or_asleep,
        prominent=_closed_or_asleep,
        fields=(_REMARK,),
    ),
    Verb(
        name="note",
        label="Note",
        help="leave a remark for colleagues",
        command=NoteMention,
        handler=note_mention,
        when=_always,
        form=True,
        fields=(Field(name="text", label="Note", kind="text", hint="Only colleagues can read it."),),
    ),
)
BY_NAME: dict[str, Verb] = {verb.name: verb for verb in VERBS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A sub-command that changes no mention: it only looks, or brings one in."""

    name: str
    usage: str
    help: str


QUESTIONS: tuple[Question, ...] = (
    Question(name="help", usage="help", help="show this"),
    Question(name="list", usage="list [department]", help="what nobody has yet, oldest first"),
    Question(name="add", usage="add URL [text]", help="bring in a post that you saw somewhere"),
    Question(name="mine", usage="mine", help="what you have"),
    Question(name="log", usage="log REF", help="who had a mention, when and why"),
    Question(name="digest", usage="digest [department]", help="today's digest of a department, for you alone"),
    Question(name="desk", usage="desk", help="a one-time link to the desk in your browser"),
)


def usage(verb: Verb) -> str:
    """Return how a verb is typed: ``snooze REF UNTIL``. A text takes the rest: what stands behind it is for forms."""
    words = []
    for field in verb.fields:
        words.append(field.name.upper() if field.required else f"[{field.name}]")
        if field.kind == "text":
            break
    return " ".join([verb.name, "REF", *words])
