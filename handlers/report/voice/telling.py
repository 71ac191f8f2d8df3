"""Telling: who asked for what is mended now hears of it, each in an answer of their own.

There is no broadcast. Each of them gets one draft, which goes the way of every reply: through the charter of its
source, past a second person where that asks for one, and out by the press of somebody who may. An author who said it
several times is told once, where they said it last, and not again once two themes became one. Once the reply is out, a
row of the log says that they were told.
"""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from handlers.base.command import Answer, ByToken, Context, TimedCommand
from handlers.base.errors import BotError, WrongInput
from handlers.own.log_row import log_row
from handlers.reply.draft import DraftReply, draft_reply
from handlers.reply.preconditions import lock
from handlers.reply.reading.forms import KEEP
from handlers.reply.reading.sections import filled
from handlers.reply.record import person_as_actor
from handlers.report.voice.counting import say_people
from storage.engine.database import Session, savepoint, touch
from storage.own import mentions, ownership
from storage.reply import drafts
from storage.report import proposals, tellings, themes
from storage.report.proposals import Voice
from storage.report.tellings import TellingRow
from storage.report.themes import ThemeRow
from storage.tables.states import LIVING, Action

# So many drafts are begun by one press: who begins more than they read sends what nobody read.
AT_ONCE = 20
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_YOURS = "you have a draft there already"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for what is mended, each by the last mention in which they did; every list is such mentions."""

    all: tuple[Voice, ...]
    told: tuple[Voice, ...]
    drafted: tuple[Voice, ...]
    rest: tuple[Voice, ...]

    @property
    def sentence(self) -> str:
        """Say it: "9 people asked. 6 were told, 3 not yet"."""
        told = f"{len(self.told):,} {'was' if len(self.told) == 1 else 'were'} told"
        drafted = f" (drafts: {len(self.drafted):,})" if self.drafted else ""
        return f"{say_people(len(self.all))} asked. {told}, {len(self.drafted) + len(self.rest):,} not yet{drafted}"


def asked_of(session: Session, theme: ThemeRow) -> Asked | None:
    """Return who asked, and who of them was told; None while it is not mended."""
    if theme.fixed_at is None:
        return None
    until = theme.fixed_at + timedelta(microseconds=1)
    by_author: dict[Hashable, list[Voice]] = {}
    for one in proposals.voices_of_theme(session, theme.id, _BEGINNING, until):
        by_author.setdefault(one.author_id if one.author_id is not None else (one.mention_id,), []).append(one)
    rows: dict[int, list[TellingRow]] = {}
    for row in tellings.of_theme(session, theme.id):
        rows.setdefault(row.mention_id, []).append(row)
    sorted_out: dict[str, list[Voice]] = {"told": [], "drafted": [], "rest": []}
    for voices in by_author.values():
        theirs = [row for one in voices for row in rows.get(one.mention_id, ())]
        sorted_out[_standing(theirs)].append(voices[0])
    everybody = tuple(voices[0] for voices in by_author.values())
    return Asked(everybody, *(tuple(sorted_out[name]) for name in ("told", "drafted", "rest")))


def _standing(theirs: list[TellingRow]) -> str:
    if any(one.told_at is not None for one in theirs):
        return "told"
    return "drafted" if any(one.state in LIVING for one in theirs) else "rest"


@dataclass(frozen=True, slots=True)
class Begun:
    """What came of it: the mentions for which a draft was begun, in a sentence and by number."""

    sentence: str
    mention_ids: tuple[int, ...]


def begin_drafts(context: Context, theme: ThemeRow, reply: str) -> Begun:
    """Begin a draft of the actor's for each who asked and was not told, in the words of the theme's saved reply.

    Raises:
        BotError: It is not mended yet, or nobody is left to be told.
        WrongInput: There is no saved reply.
    """
    asked = asked_of(context.session, theme)
    if asked is None:
        raise BotError(f"“{theme.name}” is not mended yet. Say so first: then those who asked can be told.")
    if not reply:
        sentence = "Write what its authors are told, such as: It works again, {author}. Thank you for telling us!"
        raise WrongInput(sentence, {"reply": sentence})
    if not asked.rest:
        raise BotError(f"Nobody is left to be told: {asked.sentence}.")
    begun: list[int] = []
    refused: Counter[str] = Counter()
    for one in asked.rest[:AT_ONCE]:
        why = _begin(context, theme, one, reply)
        if why:
            refused[why] += 1
        else:
            begun.append(one.mention_id)
    left = len(asked.rest) - len(begun) - refused.total()
    said = f"{_drafts(len(begun))}: read each, then publish it, or have it read, as its charter says."
    said += "".join(f" {number} not: {why.rstrip('.')}." for why, number in refused.most_common())
    return Begun(f"{said} {left:,} are left for the next press." if left else said, tuple(begun))


def _drafts(number: int) -> str:
    return "1 draft is begun" if number == 1 else f"{number} drafts are begun"


def _begin(context: Context, theme: ThemeRow, voice: Voice, reply: str) -> str:
    """Begin one draft; returns why there is none, or nothing."""
    session, person = context.session, context.person
    here = replace(context, found=mentions.get(session, voice.mention_id))
    ground = lock(here)
    if ground.own(person.id) is not None:
        return _YOURS
    text = filled(ground, reply, person.id)
    command = DraftReply(who=context.who, via=context.via, reference=ByToken(voice.token), text=text, then=KEEP)
    try:
        with savepoint(session):
            draft_reply(command, here)
    except BotError as refusal:
        return refusal.sentence
    draft = drafts.own(session, voice.mention_id, person.id)
    if draft is None:
        return "it could not be kept"
    tellings.add(session, theme.id, voice.mention_id, draft.id)
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTold(TimedCommand):
    """Ask that it is written down who was told."""


def prepare_told(context: Context) -> NoteTold | None:
    """Return the command when a reply went out of which that is not written down."""
    return NoteTold(job="told") if tellings.went_out(context.session, limit=1) else None


def note_told(_command: NoteTold, context: Context) -> Answer:
    """Write down of up to a hundred that they were told, by whoever wrote the reply."""
    session, told = context.session, 0
    for row in tellings.went_out(session, limit=100):
        if not tellings.tell(session, row, context.now):
            continue
        mention = mentions.get(session, row.mention_id)
        theme = themes.get(session, row.theme_id)
        here = replace(context, found=mention)
        writer = replace(here, actor=person_as_actor(here, row.person_id))
        ownership.log(session, log_row(writer, mention, mention, Action.TOLD_BACK, f"“{theme.name}” is mended."))
        touch(session, mention.id)
        told += 1
    return Answer(text="", ok=told > 0)
