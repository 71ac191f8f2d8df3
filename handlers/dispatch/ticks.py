"""Ticks: what is done because time passes. One row for each, from which the timetable is made.

A tick prepares its commands on a snapshot, and each command then goes through the Dispatcher as a person's would, with
nobody as its actor. To add one: write the command and its handler, and a row here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.organisation import Organisation
from handlers.dispatch.index_words import IndexWords, index_words, prepare_index
from handlers.dispatch.tidy import Tidy, prepare_tidy, tidy
from handlers.listen.kept import ForgetKept, forget_kept, prepare_forget
from handlers.listen.watch import WatchTopics, prepare_watch, watch_topics
from handlers.own.come_back import FreeWhatWasLeft, free_what_was_left, prepare_come_back
from handlers.own.dismiss_rest import GoOnDismissing, go_on_dismissing, prepare_rest
from handlers.own.fold import FoldMentions, fold_mentions, prepare_folding
from handlers.own.move_on import MoveOn, move_on, prepare_move
from handlers.own.strike import StrikeClocks, prepare_strike, strike_clocks
from handlers.own.unmute import TellEnds, prepare_ends, tell_ends
from handlers.own.wake import WAKING, WakeSnoozed, wake_snoozed
from handlers.privacy.by_age import (
    RemoveOld,
    TellRetention,
    prepare_removal,
    prepare_telling,
    remove_old,
    tell_retention,
)
from handlers.report.counting.fold import FoldLog, fold_log, prepare_fold
from handlers.report.keep import KeepReport, keep_report, prepare_keep
from handlers.report.list_folded import ListFolded, list_folded, prepare_list
from handlers.report.send_digest import SendDigest, prepare_digest, send_digest
from handlers.report.voice.finding import LookForThemes, look_for_themes, prepare_finding
from handlers.report.voice.nightly import ProposeThemes, prepare_proposals, propose_themes
from handlers.report.voice.telling import NoteTold, note_told, prepare_told
from handlers.report.voice.weekly import SendVoice, prepare_voice, send_voice
from handlers.report.weekly import SendWeekly, prepare_weekly, send_weekly
from handlers.suggest.suggest import SuggestDepartments, WritePast, suggest_departments, write_past
from storage.own import mentions

Prepare = Callable[[Context], TimedCommand | None]


@dataclass(frozen=True, slots=True)
class Every:
    """Again after so many seconds, and once at the start."""

    seconds: int


@dataclass(frozen=True, slots=True)
class EachMinute:
    """At the beginning of each minute, and once at the start."""


@dataclass(frozen=True, slots=True)
class Nightly:
    """At an hour of the night where the organisation is, or up to half an hour later, so that not all come at once."""

    hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What is done again and again.

    Attributes:
        once: Its commands name a slot, and are done by one replica only; else every replica does it, and it guards
            itself by compare and swap.
        steps: What it consists of, by name; each is prepared and run by itself, so that one that fails stops no
            other. A step comes again at once for as long as it did something and has more to do.
    """

    name: str
    when: Every | EachMinute | Nightly
    once: bool
    steps: Callable[[Organisation], Mapping[str, Prepare]]


def _digests(organisation: Organisation) -> Mapping[str, Prepare]:
    timed = (one for one in organisation.departments if one.digest is not None)
    return {f"digest:{one.key}": partial(prepare_digest, one) for one in timed}


def _weekly(organisation: Organisation) -> Mapping[str, Prepare]:
    return {"weekly": prepare_weekly} if organisation.reports.weekly is not None else {}


def _voice(organisation: Organisation) -> Mapping[str, Prepare]:
    return {"voice": prepare_voice} if organisation.voice is not None else {}


def _due_to_wake(context: Context) -> WakeSnoozed | None:
    due = mentions.due_to_wake(context.session, context.now, WAKING, limit=1)
    return WakeSnoozed(job=WAKING) if due else None


# In this order: what was counted says whether there is a storm, and what is folded then is listed.
_STORMS: Mapping[str, Prepare] = {
    "watch": prepare_watch,
    "fold mentions": prepare_folding,
    "list folded": prepare_list,
    "dismiss the rest": prepare_rest,
}
# In this order: what an age is found new for tonight is told, and stays until the next night.
_RETENTION: Mapping[str, Prepare] = {"retention, told": prepare_telling, "retention": prepare_removal}
TICKS: tuple[Tick, ...] = (
    Tick(name="digests", when=EachMinute(), once=True, steps=_digests),
    Tick(name="weekly", when=EachMinute(), once=False, steps=_weekly),
    Tick(name="voice", when=EachMinute(), once=False, steps=_voice),
    Tick(name="wake", when=Every(15), once=False, steps=lambda _: {"wake": _due_to_wake}),
    Tick(name="clocks", when=Every(15), once=False, steps=lambda _: {"clocks": prepare_strike}),
    Tick(name="watch", when=EachMinute(), once=False, steps=lambda _: _STORMS),
    Tick(name="threads", when=Every(15), once=False, steps=lambda _: {"threads": prepare_move}),
    Tick(name="mutes", when=Every(60), once=False, steps=lambda _: {"mutes": prepare_ends}),
    Tick(name="come back", when=Every(60), once=False, steps=lambda _: {"come back": prepare_come_back}),
    Tick(name="search", when=Every(60), once=False, steps=lambda _: {"search": prepare_index}),
    Tick(name="fold", when=Every(15), once=False, steps=lambda _: {"fold": prepare_fold}),
    Tick(name="kept reports", when=EachMinute(), once=False, steps=lambda _: {"kept reports": prepare_keep}),
    Tick(name="themes", when=Every(60), once=False, steps=lambda _: {"themes": prepare_finding}),
    Tick(name="told", when=Every(60), once=False, steps=lambda _: {"told": prepare_told}),
    Tick(name="kept", when=Every(600), once=False, steps=lambda _: {"kept": prepare_forget}),
    Tick(name="proposals", when=Nightly(4), once=True, steps=lambda _: {"proposals": prepare_proposals}),
    Tick(name="retention", when=Nightly(4), once=False, steps=lambda _: _RETENTION),
    Tick(name="tidy", when=Nightly(3), once=True, steps=lambda _: {"tidy": prepare_tidy}),
)
HANDLERS: dict[type[TimedCommand], Callable[..., Answer]] = {
    SendDigest: send_digest,
    SendWeekly: send_weekly,
    SendVoice: send_voice,
    WakeSnoozed: wake_snoozed,
    StrikeClocks: strike_clocks,
    WatchTopics: watch_topics,
    FoldMentions: fold_mentions,
    ListFolded: list_folded,
    GoOnDismissing: go_on_dismissing,
    MoveOn: move_on,
    TellEnds: tell_ends,
    FreeWhatWasLeft: free_what_was_left,
    IndexWords: index_words,
    FoldLog: fold_log,
    KeepReport: keep_report,
    ForgetKept: forget_kept,
    LookForThemes: look_for_themes,
    NoteTold: note_told,
    ProposeThemes: propose_themes,
    TellRetention: tell_retention,
    RemoveOld: remove_old,
    Tidy: tidy,
    SuggestDepartments: suggest_departments,
    WritePast: write_past,
}
