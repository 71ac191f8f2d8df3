"""The verbs: one table, from which buttons, emoji, slash sub-commands, text commands, forms and help all come.

To add a verb: write its module, add its entry here, its action to ``storage.tables.states.Action``, and its test. No
platform changes, because no platform and no card lists verbs.
"""

from dataclasses import dataclass, replace

from handlers.base.cards import Choice, Field
from handlers.base.verb import (
    Verb,
    always,
    is_asking,
    is_by_hand,
    is_closed_or_asleep,
    is_in_review,
    is_open,
    is_owned,
    is_sendable,
    is_unowned,
    is_withdrawable,
    next_is_to_draft,
    next_is_to_post_by_hand,
    next_is_to_publish,
)
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

_REMARK = Field(name="note", label="Note", kind="text", required=False, hint="Why, for colleagues and the log.")

VERBS: tuple[Verb, ...] = (
    Verb(
        name="claim",
        label="Claim",
        help="take it yourself",
        command=ClaimMention,
        handler=claim_mention,
        when=is_unowned,
        prominent=is_unowned,
        emoji="eyes",
        style="primary",
    ),
    Verb(
        name="draft",
        label="Draft a reply",
        help="write a reply, which goes out only when somebody who may publishes it",
        command=DraftReply,
        handler=draft_reply,
        when=always,
        prominent=next_is_to_draft,
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
        when=is_in_review,
        prominent=is_in_review,
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
        when=is_sendable,
        prominent=next_is_to_publish,
        fields=(Field(name="draft", label="Draft", kind="choice", required=False),),
    ),
    Verb(
        name="confirm",
        label="Decide on the reply",
        help="say what is to become of a reply that is unclear: seen, send or stop",
        command=ConfirmReply,
        handler=confirm_reply,
        when=is_asking,
        prominent=is_asking,
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
        when=is_by_hand,
        prominent=next_is_to_post_by_hand,
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
        when=is_withdrawable,
        fields=(Field(name="draft", label="Draft", kind="choice", required=False),),
    ),
    Verb(
        name="resolve",
        label="Resolve",
        help="it is done",
        command=ResolveMention,
        handler=resolve_mention,
        when=is_open,
        prominent=is_open,
        emoji="white_check_mark",
        fields=(_REMARK,),
    ),
    Verb(
        name="release",
        label="Release",
        help="put it back, so that somebody else can take it",
        command=ReleaseMention,
        handler=release_mention,
        when=is_owned,
        prominent=is_owned,
    ),
    Verb(
        name="takeover",
        label="Take over",
        help="take it from its owner, openly, with a reason",
        command=TakeOverMention,
        handler=take_over_mention,
        when=is_owned,
        prominent=is_owned,
        form=True,
        fields=(Field(name="reason", label="Reason", kind="text", hint="The owner is told what you write here."),),
    ),
    Verb(
        name="handoff",
        label="Hand off",
        help="pass it to another department",
        command=HandOffMention,
        handler=hand_off_mention,
        when=is_open,
        prominent=is_unowned,
        form=True,
        fields=(Field(name="department", label="Department", kind="choice"), _REMARK),
    ),
    Verb(
        name="assign",
        label="Assign",
        help="give it to a colleague, who is told",
        command=AssignMention,
        handler=assign_mention,
        when=is_open,
        form=True,
        fields=(Field(name="person", label="Colleague", kind="person"), _REMARK),
    ),
    Verb(
        name="snooze",
        label="Snooze",
        help="look at it later: 2h, tomorrow, a weekday or an ISO time",
        command=SnoozeMention,
        handler=snooze_mention,
        when=is_open,
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
        when=is_open,
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
        when=is_closed_or_asleep,
        prominent=is_closed_or_asleep,
        fields=(_REMARK,),
    ),
    Verb(
        name="note",
        label="Note",
        help="leave a remark for colleagues",
        command=NoteMention,
        handler=note_mention,
        when=always,
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
