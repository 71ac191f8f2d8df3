"""Watch: each minute it is asked of every topic that was heard of just now how much is said of it, and whether that is
a storm.

It is asked on a snapshot, and not where posts arrive: what it costs holds no arrival up, and a batch that is written
down twice is counted once. Each hour is counted whole, from what is stored. What is usual is looked up only where there
are voices enough for a storm at all, which is seldom. Only what differs from what was written is written, and where
nothing does, no card is drawn again.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handlers.base.cards import Notice
from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.storms import (
    FEWEST,
    HOUR,
    IN_TIME,
    LOOKED_BACK,
    Usual,
    Voice,
    by_hour,
    hour_of,
    in_time,
    is_over,
    is_rise,
)
from handlers.base.storms import usual as usual_by
from handlers.base.storms import voices as count_voices
from handlers.channels.below import put_below
from handlers.channels.placement import targets
from storage.channels import messages
from storage.engine.database import touch
from storage.own import folds, mentions, storms, tallies
from storage.own.storms import StormRow
from storage.own.tallies import HeardRow, TallyRow
from storage.people import people

# What came since then is looked at: longer than a minute, for a tick may be late.
LATELY = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begins:
    """A storm that begins: whose it is, on what, under whose card, since when, and how much is usual."""

    department_id: int
    topic: str
    lead_id: int
    began_at: datetime
    usual: int
    voices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoesOn:
    """A storm that is on: how many spoke since it began, the most in an hour, and whether it is over now."""

    storm: StormRow
    voices: int
    peak: int
    over: bool

    @property
    def differs(self) -> bool:
        """Whether it is other than it was written down."""
        return self.over or (self.voices, self.peak) != (self.storm.voices, self.storm.peak)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTopics(TimedCommand):
    """Ask for what was counted to be written down, and for storms to begin and end."""

    counted: tuple[TallyRow, ...] = field(default=(), repr=False)
    begins: tuple[Begins, ...] = ()
    goes_on: tuple[GoesOn, ...] = ()


def prepare_watch(context: Context) -> WatchTopics | None:
    """Count what is said of the topics that were heard of just now; None where all of it is written down already."""
    session, now = context.session, context.now
    arrived, on = tallies.arrived(session, now - LATELY), storms.on(session)
    if not arrived and not on:
        return None
    storming = _storming(context)
    since = _counted_since(now)
    counted: list[TallyRow] = []
    begins: list[Begins] = []
    goes_on: list[GoesOn] = []
    written = tallies.written(session, arrived, since)
    for topic in sorted({*arrived, *(one.topic for one in on)}):
        heard = tallies.heard(session, topic, min(since, now - HOUR))
        news = [one for one in _tally(topic, heard, since) if one not in written] if topic in arrived else []
        counted += news
        voices = [(at, _who(row)) for row in heard if (at := in_time(row.published_at, row.ingested_at)) is not None]
        here = [one for one in on if one.topic == topic]
        going = [_go_on(context, one, voices, is_on=storming.get(topic) == one.department_id) for one in here]
        goes_on += [one for one in going if one.differs or news]
        if topic in storming and storming[topic] not in {one.department_id for one in here}:
            begun = _begin(context, topic, storming[topic], voices)
            begins += [begun] if begun is not None else []
    if not counted and not begins and not goes_on:
        return None
    return WatchTopics(job="watch", counted=tuple(counted), begins=tuple(begins), goes_on=tuple(goes_on))


def watch_topics(command: WatchTopics, context: Context) -> Answer:
    """Write down what was counted; says so only where a storm began or ended."""
    session = context.session
    tallies.put(session, command.counted)
    said = []
    for one in command.begins:
        values = {name: getattr(one, name) for name in Begins.__slots__}
        if storms.begin(session, **values, peak=one.voices) is not None:
            said.append(f"A storm on {one.topic} began")
            _show(context, one.lead_id)
    for going in command.goes_on:
        storm = going.storm
        if going.over and storms.end(session, storm.id, context.now):
            said.append(f"The storm on {storm.topic} is over")
            _say_over(context, storm)
        elif going.differs and not going.over:
            storms.change(session, storm.id, voices=going.voices, peak=going.peak)
        _show(context, storm.lead_id)
    return Answer(text=f"{', '.join(said)}.", ok=bool(said))


def _show(context: Context, lead_id: int) -> None:
    """Let the card of a storm be drawn again; its version does not rise, nothing changed hands."""
    messages.touch(context.session, lead_id, by_person=False)
    touch(context.session, lead_id)


def _say_over(context: Context, storm: StormRow) -> None:
    """Say below its card that a storm is over, where something is folded there: an update of the card is no news."""
    session = context.session
    number = folds.counts(session, [storm.id])[storm.id].number
    if not number:
        return
    lead = mentions.get(session, storm.lead_id)
    still = "1 post is folded" if number == 1 else f"{number} posts are folded"
    text = f"The storm on {storm.topic} is over. {still} under #{lead.token}: its card has what can be done with them."
    lanes = targets(session, context.organisation).get(lead.department_id, ())
    put_below(session, lanes, lead.id, f"over:{storm.id}:", Notice(title=text, text=text), context.now)


def _storming(context: Context) -> dict[str, int]:
    """Return the topics on which there may be a storm, with the department of each."""
    ids = {row.key: row.id for row in people.departments(context.session)}
    folds = {one.key for one in context.organisation.departments if one.storms}
    topics = context.organisation.topics
    return {one.name: ids[one.department] for one in topics if one.department in folds and one.department in ids}


def _begin(context: Context, topic: str, department_id: int, voices: Sequence[Voice]) -> Begins | None:
    """Return the storm that begins now; none where no card could lead it, for then nobody was disturbed."""
    session, now = context.session, context.now
    if len(voices) < FEWEST:
        return None
    ended = max((one for _, one in storms.spans(session, topic, now - HOUR)), default=now - HOUR)
    expected = _usual(context, topic)
    if expected is None or not is_rise(voices, expected, now, ended):
        return None
    since = max(now - HOUR, ended)
    lead_id = storms.first_card(session, department_id, topic, since)
    if lead_id is None:
        return None
    return Begins(
        department_id=department_id,
        topic=topic,
        lead_id=lead_id,
        began_at=min(at for at, _ in voices if at > since),
        usual=round(expected.voices),
        voices=count_voices(voices, since, now),
    )


def _go_on(context: Context, storm: StormRow, voices: Sequence[Voice], *, is_on: bool) -> GoesOn:
    """Return how a storm goes on; it is over, too, where its department has no storms any more."""
    now = context.now
    return GoesOn(
        storm=storm,
        voices=tallies.voices(context.session, storm.topic, storm.began_at),
        peak=max(storm.peak, count_voices(voices, now - HOUR, now)),
        over=not is_on or is_over(voices, _usual(context, storm.topic), storm.began_at, now),
    )


def _usual(context: Context, topic: str) -> Usual | None:
    since = context.now - (LOOKED_BACK + 1) * HOUR
    tallied = tallies.of_topic(context.session, topic, since)
    return usual_by(by_hour(tallied, storms.spans(context.session, topic, since), context.now))


def _counted_since(now: datetime) -> datetime:
    """Return the beginning of the first hour in which something that came just now may count."""
    return hour_of(now - IN_TIME - LATELY)


def _tally(topic: str, heard: Sequence[HeardRow], since: datetime) -> list[TallyRow]:
    """Count posts and voices of each hour from a moment on, at which an hour began."""
    posts: dict[datetime, int] = defaultdict(int)
    voices: dict[datetime, set[int]] = defaultdict(set)
    for row in heard:
        said = min(row.published_at or row.ingested_at, row.ingested_at)
        hour = hour_of(said)
        posts[hour] += 1
        if in_time(row.published_at, row.ingested_at) is not None:
            voices[hour].add(_who(row))
    return [TallyRow(topic, hour, number, len(voices[hour])) for hour, number in sorted(posts.items()) if hour >= since]


def _who(row: HeardRow) -> int:
    """Return by what an author is told from others; whom nobody names is one for each post."""
    return row.author_id if row.author_id is not None else -row.id
