"""The words that stand in columns: one meaning each, shared by every floor."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# The platform that has no lane: it draws state itself.
DESK = "desk"
# The workspace of every channel, while an installation serves one workspace of each platform.
ONLY_WORKSPACE = ""
# How a person is called of whom nothing but the row is left, for the log refers to it.
FORGOTTEN_PERSON = "a person who was forgotten"


def values(enum: type[StrEnum]) -> tuple[str, ...]:
    """Return the values of ``enum`` in the order of their definition."""
    return tuple(member.value for member in enum)


class Status(StrEnum):
    """Where a mention stands."""

    NEW = "new"
    CLAIMED = "claimed"
    IN_REVIEW = "in_review"
    RESPONDED = "responded"
    RESOLVED = "resolved"
    SNOOZED = "snoozed"
    DISMISSED = "dismissed"


class Held(StrEnum):
    """Why a mention is kept back: it has no card and counts as nobody's work until somebody brings it forth.

    ``below`` = it has fewer points than its department wants; ``muted`` = a mute holds it; ``storm`` = it is folded
    under the card of a storm; ``thread`` = it stands on the card of its public thread.
    """

    NO = ""
    BELOW = "below"
    MUTED = "muted"
    STORM = "storm"
    THREAD = "thread"


KEPT_BACK = (Held.BELOW, Held.MUTED, Held.STORM, Held.THREAD)
# Why something is kept back that arrived all the same: its card is another one, and its clocks run.
FOLDED = (Held.STORM, Held.THREAD)


class Category(StrEnum):
    """For whom a mention in some status waits: for us, for its author or an hour, or for nobody."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class Tab(StrEnum):
    """One view of the board. What is snoozed and mine stands in both; what is to be reviewed, where it is besides.

    ``all`` shows whatever there is, in any status.
    """

    UNCLAIMED = "unclaimed"
    REVIEW = "review"
    MINE = "mine"
    HANDS = "hands"
    SNOOZED = "snoozed"
    DONE = "done"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a status means: its category, and in which tabs its mentions stand, as far as their owner allows."""

    category: Category
    tabs: tuple[Tab, ...]


_WORKED = (Tab.MINE, Tab.HANDS)
# Every status has its row; how it reads stands in handlers/base/statuses.py.
MEANINGS: Mapping[Status, Meaning] = {
    Status.NEW: Meaning(Category.OPEN, (Tab.UNCLAIMED, *_WORKED)),
    Status.CLAIMED: Meaning(Category.OPEN, (Tab.UNCLAIMED, *_WORKED)),
    Status.IN_REVIEW: Meaning(Category.OPEN, (Tab.UNCLAIMED, Tab.REVIEW, *_WORKED)),
    Status.RESPONDED: Meaning(Category.WAITING, _WORKED),
    Status.RESOLVED: Meaning(Category.CLOSED, (Tab.DONE,)),
    Status.SNOOZED: Meaning(Category.WAITING, (Tab.MINE, Tab.SNOOZED)),
    Status.DISMISSED: Meaning(Category.CLOSED, (Tab.DONE,)),
}


def _in(category: Category) -> tuple[Status, ...]:
    return tuple(status for status, meaning in MEANINGS.items() if meaning.category == category)


OPEN = _in(Category.OPEN)
WAITING = _in(Category.WAITING)
CLOSED = _in(Category.CLOSED)
HELD = (*OPEN, *WAITING)  # what an owner still has


class Action(StrEnum):
    """What a row of the ownership log says was done; its kind and its sentence stand in handlers/base/actions.py."""

    ARRIVED = "arrived"
    HELD = "held"
    SHOWN = "shown"
    MUTED = "muted"
    UNMUTED = "unmuted"
    CLAIMED = "claimed"
    OWNED_BY_REPLY = "owned_by_reply"
    RELEASED = "released"
    ASSIGNED = "assigned"
    TAKEN_OVER = "taken_over"
    HANDED_OFF = "handed_off"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"
    REOPENED = "reopened"
    NOTED = "noted"
    JUDGED = "judged"
    ENDED = "ended"
    JOINED = "joined"
    DRAFTED = "drafted"
    REVIEW_ASKED = "review_asked"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    PUBLISHING = "publishing"
    RESPONDED = "responded"
    NOT_PUBLISHED = "not_published"
    UNCLEAR = "unclear"
    IN_MODERATION = "in_moderation"
    AUTHOR_ANSWERED = "author_answered"
    TOLD_BACK = "told_back"
    CAME_BACK = "came_back"
    WARNED = "warned"
    LATE = "late"
    ESCALATED = "escalated"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    THEME_NAMED = "theme_named"
    THEME_CHANGED = "theme_changed"
    THEME_MERGED = "theme_merged"
    THEME_MUTED = "theme_muted"
    THEME_MENDED = "theme_mended"
    THEME_ENDED = "theme_ended"
    THEME_UNDONE = "theme_undone"
    SWITCHED_OFF = "switched_off"
    SWITCHED_ON = "switched_on"
    SESSIONS_ENDED = "sessions_ended"
    FORGOTTEN = "forgotten"


class ClockKind(StrEnum):
    """What a mention waits for, and a department promises in time; ``lease`` = a sign of life from its owner."""

    CLAIM = "claim"
    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"
    LEASE = "lease"


class ClockOutcome(StrEnum):
    """How a clock ended: what it waited for came, in time or late, or the mention was closed without it."""

    OPEN = ""
    MET = "met"
    DROPPED = "dropped"


class Via(StrEnum):
    """By what way a change came in."""

    BUTTON = "button"
    EMOJI = "emoji"
    COMMAND = "command"
    DESK = "desk"
    TIMER = "timer"
    SOURCE = "source"
    CONFIG = "config"
    API = "api"
    OPERATOR = "operator"


class PostRole(StrEnum):
    """What a post is to us.

    ``follow_up`` = what the author of a mention wrote to us after it; ``thread`` = what others wrote below it;
    ``ours`` = what we said there.
    """

    ORIGINAL = "original"
    SIGHTING = "sighting"
    FOLLOW_UP = "follow_up"
    THREAD = "thread"
    OURS = "ours"
    BASELINE = "baseline"


class IdentityKind(StrEnum):
    """What an account is on its platform; only members (and guests, where allowed) may act."""

    MEMBER = "member"
    GUEST = "guest"
    OUTSIDER = "outsider"
    BOT = "bot"


class RoomKind(StrEnum):
    """What a place is in which the bot may speak."""

    CHANNEL = "channel"
    TEAM = "team"
    DIRECT = "direct"
    GROUP = "group"


class LaneState(StrEnum):
    """Whether a lane moves."""

    OPEN = "open"
    PARKED = "parked"


class MessageKind(StrEnum):
    """What a message is; a card is drawn from its mention, all else from its stored body."""

    CARD = "card"
    NOTICE = "notice"
    DIGEST = "digest"


class MessageState(StrEnum):
    """Where a message stands between what should be and what is shown."""

    DUE = "due"
    SENDING = "sending"
    SHOWN = "shown"
    PARKED = "parked"


class DraftState(StrEnum):
    """Where a draft stands in the life of a reply."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"
    UNCLEAR = "unclear"


# Drafts that may still become a reply; a person has at most one of them on a mention.
LIVING = (
    DraftState.DRAFT,
    DraftState.IN_REVIEW,
    DraftState.CHANGES_REQUESTED,
    DraftState.APPROVED,
    DraftState.PUBLISHING,
    DraftState.FAILED,
    DraftState.UNCLEAR,
)
# What its writer may still change.
EDITABLE = (
    DraftState.DRAFT,
    DraftState.IN_REVIEW,
    DraftState.CHANGES_REQUESTED,
    DraftState.APPROVED,
    DraftState.FAILED,
)


class Verdict(StrEnum):
    """What a second person says of a draft."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"


class PublicationState(StrEnum):
    """Where a reply stands on its way out.

    ``due`` = nothing of it is public; ``sending`` = it is prepared and may have been sent; ``held`` = its network has
    it, and shows it to nobody before its moderators let it through; ``asked`` = the post that it answers changed, and a
    person has to say whether it still fits.
    """

    DUE = "due"
    SENDING = "sending"
    HELD = "held"
    ASKED = "asked"
    UNCLEAR = "unclear"
    PUBLISHED = "published"
    FAILED = "failed"


# A mention has at most one reply that is on its way.
IN_FLIGHT = (
    PublicationState.DUE,
    PublicationState.SENDING,
    PublicationState.HELD,
    PublicationState.ASKED,
    PublicationState.UNCLEAR,
)
