"""Actions: of each thing that the log says was done, what kind of thing it is, and how it reads.

One table, and every set of actions follows from the kinds in it: what a digest counts as a change of hands, and what
a mention falls back to when its drafts are gone. Whoever adds an action decides its kind here, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from handlers.base.cards import one_line
from storage.tables.states import FORGOTTEN_PERSON, Action, Via

FORGOTTEN = "(a remark that was forgotten)"
_QUOTED, _NAME = 300, 60
# Who acted where no person did, by the way in which it came.
_NOBODY: dict[str, str] = {Via.TIMER: "the clock", Via.OPERATOR: "an operator"}


class ActionKind(StrEnum):
    """What kind of thing was done.

    ``arrival`` = there is a mention, with a card or held back; ``hands`` = who has it, or when; ``public`` = something
    was said in public; ``closing`` = it is done; ``draft`` = a step of a reply that nobody outside sees; ``remark`` =
    something was written beside it; ``time`` = a clock of it took a step; ``account`` = its people are known otherwise,
    and nothing befell the mention itself; ``aside`` = what is like it is treated otherwise, and it is not.
    """

    ARRIVAL = "arrival"
    HANDS = "hands"
    PUBLIC = "public"
    CLOSING = "closing"
    DRAFT = "draft"
    REMARK = "remark"
    ACCOUNT = "account"
    ASIDE = "aside"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class ActionMeaning:
    """What an action is.

    Attributes:
        sentence: How the log says it, of whoever did it; names of people and departments stand in braces, and so does
            the mention, which is called "it" where one reads of it alone, and #k7f2 elsewhere.
        told: How a card says it of a mention on which nothing has changed hands since; empty where its state says it.
    """

    kind: ActionKind
    sentence: str
    told: str = ""


ACTIONS: Mapping[Action, ActionMeaning] = {
    Action.ARRIVED: ActionMeaning(ActionKind.ARRIVAL, "{it} arrived for {to_department}"),
    Action.HELD: ActionMeaning(ActionKind.ARRIVAL, "{it} was held back from {to_department}"),
    Action.SHOWN: ActionMeaning(ActionKind.HANDS, "{actor} brought {it} forth", "{actor} brought it forth"),
    Action.MUTED: ActionMeaning(ActionKind.ASIDE, "{actor} muted what is like {it}"),
    Action.UNMUTED: ActionMeaning(ActionKind.ASIDE, "{actor} ended a mute of what is like {it}"),
    Action.CLAIMED: ActionMeaning(ActionKind.HANDS, "{to_owner} claimed {it}"),
    Action.OWNED_BY_REPLY: ActionMeaning(ActionKind.HANDS, "{it} became {to_owner}’s, whose draft {actor} sent"),
    Action.RELEASED: ActionMeaning(ActionKind.HANDS, "{actor} released {it}", "{actor} put it back"),
    Action.ASSIGNED: ActionMeaning(
        ActionKind.HANDS, "{actor} assigned {it} to {to_owner}", "{actor} gave it to {to_owner}"
    ),
    Action.TAKEN_OVER: ActionMeaning(
        ActionKind.HANDS, "{actor} took {it} over from {from_owner}", "{actor} took it over from {from_owner}"
    ),
    Action.HANDED_OFF: ActionMeaning(
        ActionKind.HANDS, "{actor} handed {it} off from {from_department} to {to_department}", "{actor} passed it on"
    ),
    Action.SNOOZED: ActionMeaning(ActionKind.HANDS, "{actor} snoozed {it}"),
    Action.WOKEN: ActionMeaning(ActionKind.HANDS, "{actor} woke {it}", "{actor} woke it"),
    Action.CAME_BACK: ActionMeaning(
        ActionKind.HANDS,
        "{it} is free again, because {from_owner} is not here any more",
        "It is free again, because {from_owner} is not here any more",
    ),
    Action.RESOLVED: ActionMeaning(ActionKind.CLOSING, "{actor} resolved {it}"),
    Action.DISMISSED: ActionMeaning(ActionKind.CLOSING, "{actor} dismissed {it}"),
    Action.REOPENED: ActionMeaning(ActionKind.HANDS, "{actor} reopened {it}", "{actor} reopened it"),
    Action.NOTED: ActionMeaning(ActionKind.REMARK, "{actor} wrote a note on {it}"),
    Action.JUDGED: ActionMeaning(ActionKind.REMARK, "{actor} judged {it}"),
    Action.ENDED: ActionMeaning(ActionKind.REMARK, "{actor} said how {it} ended"),
    Action.DRAFTED: ActionMeaning(ActionKind.DRAFT, "{actor} drafted a reply to {it}"),
    Action.REVIEW_ASKED: ActionMeaning(ActionKind.DRAFT, "{actor} asked for a review of a reply to {it}"),
    Action.APPROVED: ActionMeaning(ActionKind.DRAFT, "{actor} approved a reply to {it}"),
    Action.CHANGES_REQUESTED: ActionMeaning(ActionKind.DRAFT, "{actor} asked for changes to a reply to {it}"),
    Action.REJECTED: ActionMeaning(ActionKind.DRAFT, "{actor} rejected a reply to {it}"),
    Action.WITHDRAWN: ActionMeaning(ActionKind.DRAFT, "{actor} withdrew a reply to {it}"),
    Action.REFUSED: ActionMeaning(ActionKind.DRAFT, "Dibs did not let {actor} publish a reply to {it}"),
    Action.PUBLISHING: ActionMeaning(ActionKind.DRAFT, "{actor} sent a reply to {it} on its way"),
    Action.RESPONDED: ActionMeaning(ActionKind.PUBLIC, "{actor} answered {it}"),
    Action.NOT_PUBLISHED: ActionMeaning(ActionKind.DRAFT, "a reply to {it} was not published"),
    Action.UNCLEAR: ActionMeaning(ActionKind.DRAFT, "a reply to {it} waits for a person’s word"),
    Action.IN_MODERATION: ActionMeaning(ActionKind.DRAFT, "a reply to {it} waits for the moderators of its network"),
    Action.AUTHOR_ANSWERED: ActionMeaning(ActionKind.PUBLIC, "{it} got an answer from its author"),
    Action.TOLD_BACK: ActionMeaning(ActionKind.REMARK, "{actor} told the author of {it} that it is mended"),
    Action.WARNED: ActionMeaning(ActionKind.TIME, "{it} will soon be late"),
    Action.LATE: ActionMeaning(ActionKind.TIME, "{it} is late"),
    Action.ESCALATED: ActionMeaning(ActionKind.TIME, "Dibs told others that nobody has {it}"),
    Action.ASKED: ActionMeaning(ActionKind.TIME, "Dibs asked {from_owner} whether they are still on {it}"),
    Action.CONFIRMED: ActionMeaning(ActionKind.TIME, "{actor} is still on {it}"),
    Action.RETURNED: ActionMeaning(
        ActionKind.HANDS,
        "{it} went back to {to_department}, because {from_owner} did not say that they are still on it",
        "It went back, because {from_owner} did not say that they are still on it",
    ),
    Action.JOINED: ActionMeaning(ActionKind.ACCOUNT, "{to_owner} kept {it}, known as {from_owner} until then"),
    Action.THEME_NAMED: ActionMeaning(ActionKind.ASIDE, "{actor} named a theme"),
    Action.THEME_CHANGED: ActionMeaning(ActionKind.ASIDE, "{actor} changed a theme"),
    Action.THEME_MERGED: ActionMeaning(ActionKind.ASIDE, "{actor} merged two themes"),
    Action.THEME_MUTED: ActionMeaning(ActionKind.ASIDE, "{actor} muted a theme"),
    Action.THEME_MENDED: ActionMeaning(ActionKind.ASIDE, "{actor} said that a theme is mended"),
    Action.THEME_ENDED: ActionMeaning(ActionKind.ASIDE, "{actor} ended a theme"),
    Action.THEME_UNDONE: ActionMeaning(ActionKind.ASIDE, "{actor} undid what was done to a theme"),
    Action.SWITCHED_OFF: ActionMeaning(ActionKind.ACCOUNT, "{actor} switched {from_owner} off"),
    Action.SWITCHED_ON: ActionMeaning(ActionKind.ACCOUNT, "{actor} switched {from_owner} on again"),
    Action.SESSIONS_ENDED: ActionMeaning(ActionKind.ACCOUNT, "{actor} ended all sessions of {from_owner}"),
    Action.FORGOTTEN: ActionMeaning(ActionKind.ACCOUNT, "{actor} forgot a colleague who had left"),
}


def of_kind(*kinds: ActionKind) -> tuple[Action, ...]:
    """Return the actions of some kinds."""
    return tuple(action for action, meaning in ACTIONS.items() if meaning.kind in kinds)


# What people write beside these is for their colleagues: a note. A dismissal's reason is chosen from a list, and what
# is said of a draft is told to its writer; what was judged, and how it ended, the mention says itself.
NOTES = (*of_kind(ActionKind.HANDS), Action.NOTED, Action.RESOLVED)


def acting(name: str | None, via: str) -> str:
    """Return who acted: a person as ``called``, or "Dibs", "the clock" or "an operator" where no person did."""
    return called(name) or _NOBODY.get(via, "Dibs")


def called(name: str | None) -> str | None:
    """Return how a person is called in the log: a person who was blanked has no name any more; None for nobody."""
    return FORGOTTEN_PERSON if name == "" else name


def tell(
    action: Action,
    actor: str,
    *,
    department: str = "",
    from_owner: str = "",
    to_owner: str = "",
    remark: str | None = "",
) -> str:
    """Say who did what, and why, in one line: "Ana (Finance) passed it on: “An app matter.”".

    Args:
        action: One of which cards tell.
        actor: Who acted.
        department: For which department they acted then, or empty.
        from_owner: Who had it before, where that is said.
        to_owner: Who has it now, where that is said.
        remark: What was typed beside it, which is shortened; None where it was forgotten.
    """
    who = one_line(actor, _NAME)
    said = ACTIONS[action].told.format(
        actor=f"{who} ({department})" if department else who,
        from_owner=one_line(from_owner or "nobody", _NAME),
        to_owner=one_line(to_owner or "nobody", _NAME),
    )
    said = said[:1].upper() + said[1:]
    if remark is None:
        return f"{said}: {FORGOTTEN}"
    return f"{said}: “{one_line(remark, _QUOTED)}”" if remark else f"{said}."
