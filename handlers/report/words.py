"""Words that travel: who passed a mention on and why, who gave, took or put it back, and what colleagues noted.

They stand on every card of the mention: in place of the reason for which its topic sent it, and in one line for the
last note. Notes stand whole on the mention's page. What was forgotten is shown as that.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from handlers.base.actions import ACTIONS, FORGOTTEN, NOTES, ActionKind, acting, called, of_kind, tell
from handlers.base.cards import one_line, shortened
from storage.engine.database import Session
from storage.own.words import Spoken, Telling, Told
from storage.tables.states import Action

MOST_NOTES = 100
_LINE, _NAME = 140, 60
_TELLING = Telling(
    passed=(Action.HANDED_OFF,),
    told=tuple(action for action, meaning in ACTIONS.items() if meaning.told and action != Action.HANDED_OFF),
    hands=of_kind(ActionKind.HANDS, ActionKind.CLOSING),
    notes=NOTES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a card says of what colleagues did and wrote; it holds what they typed, and is as untrusted as a post.

    Attributes:
        why_here: One or two sentences to stand in place of the topic's reason, or empty: "Ana (Finance) passed it on:
            “An app matter.”", and behind it who gave it to whom, took it over or put it back, as long as that is so.
            At most 800 characters, on one line.
        note: The last note that ``why_here`` does not quote, at most 140 characters on one line: "💬 Ben: Called
            them. · 2 notes"; "💬 2 notes" where the last one is quoted; empty where there is none but what is quoted.
        notes: How many notes there are, with those that are quoted.
    """

    why_here: str = ""
    note: str = ""
    notes: int = 0


NO_WORDS = Words()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note of a mention, whole and untrusted; ``text`` is empty where it was forgotten."""

    seq: int
    at: datetime
    who: str
    department: str
    action: str
    text: str
    forgotten: bool


def words_of(session: Session, mention_ids: Collection[int]) -> dict[int, Words]:
    """Return what cards say of what colleagues did and wrote, by mention; who is not in it has NO_WORDS.

    One statement for any number of mentions up to 32, and one more where there is something to say.
    """
    if not mention_ids:
        return {}
    found = _TELLING.of_mentions(session, mention_ids)
    return {mention_id: _words(told) for mention_id, told in found.items()}


def notes_of(session: Session, mention_id: int) -> list[Note]:
    """Return the notes of a mention, the oldest first; of more than 100 the newest."""
    return [
        Note(
            seq=one.seq,
            at=one.at,
            who=acting(one.actor, one.via),
            department=one.department or "",
            action=one.action,
            text=one.text or "",
            forgotten=one.text is None,
        )
        for one in _TELLING.notes(session, mention_id, MOST_NOTES)
    ]


def _words(told: Told) -> Words:
    told_of = [one for one in (told.passed, told.hands) if one is not None]
    told_of.sort(key=lambda one: one.seq)
    quoted = {one.seq for one in told_of if one.remarked}
    return Words(why_here=" ".join(map(_sentence, told_of)), note=_note_line(told, quoted), notes=told.notes)


def _sentence(one: Spoken) -> str:
    return tell(
        Action(one.action),
        acting(one.actor, one.via),
        department=(one.department or "") if one.actor else "",
        from_owner=called(one.from_owner) or "",
        to_owner=called(one.to_owner) or "",
        remark=one.text if one.remarked else "",
    )


def _note_line(told: Told, quoted: set[int]) -> str:
    last = told.note
    if last is None or not told.notes - len(quoted):
        return ""
    number = f"{told.notes} notes" if told.notes > 1 else ""
    if last.seq in quoted:
        return f"💬 {number}"
    tail = f" · {number}" if number else ""
    text = FORGOTTEN if last.text is None else one_line(last.text, _LINE)
    return shortened(f"💬 {one_line(acting(last.actor, last.via), _NAME)}: {text}", _LINE - len(tail)) + tail
