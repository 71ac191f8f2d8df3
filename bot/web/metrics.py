"""Metrics for Prometheus: counters of this process, and gauges read from the database when they are asked for.

Each bears the name of the program before its own, as others on the same server do. For one release each is there
under its former name too, which had none, so that boards and alarms can follow.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from handlers.base.command import Answer, Command
from handlers.own.claim import ClaimMention
from handlers.report.spending import BudgetLine
from storage.channels.messages import Backlog, LaneStatus, person_in
from storage.listen.sources import SourceRow
from storage.reply.flights import Flight
from storage.tables.states import LaneState

PREFIX = "dibs_"
# What the direct messages of a platform are called together.
DIRECT = "direct"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)


class Metrics:
    """What this process counted.

    Attributes:
        mentions: New mentions by source.
        carded: Seconds from ingest to the first card.
        claims: Claims by way and result (won, lost).
        refused: What the door turned away: malformed, compressed, slow, crowded (``bot.web.door``).
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.mentions = Counter(
            "dibs_mentions_total", "Mentions that arrived, by source.", ["source"], registry=self.registry
        )
        self.carded = Histogram(
            "dibs_carded_seconds", "From arrival to the first card.", registry=self.registry, buckets=SECONDS
        )
        self.claims = Counter(
            "dibs_claims_total", "Claims, by way and result (won or lost).", ["via", "result"], registry=self.registry
        )
        self.refused = Counter(
            "dibs_refused_total",
            "What the door turned away: malformed (no HTTP), compressed bodies, heads that were too slow, connections "
            "that made room where it was crowded. None of them costs a line in the log.",
            ["why"],
            registry=self.registry,
        )
        self.commands = Counter(
            "dibs_commands_total", "What people asked for, by kind.", ["command"], registry=self.registry
        )

    def count_command(self, command: Command, answer: Answer) -> None:
        """Count one command after its commit; a repeat is not counted again."""
        if answer.repeated:
            return
        self.commands.labels(command=type(command).__name__).inc()
        if isinstance(command, ClaimMention):
            self.claims.labels(via=str(command.via), result="won" if answer.ok else "lost").inc()

    def count_refusal(self, why: str) -> None:
        """Count what the door turned away, which costs no line in the log."""
        self.refused.labels(why=why).inc()

    def count_arrival(self, source: str, mentions: int) -> None:
        """Count new mentions of a source."""
        if mentions:
            self.mentions.labels(source=source).inc(mentions)

    def render(self, state: "State | None") -> bytes:
        """Return everything in Prometheus' text format; None = the database says nothing at the moment."""
        once, former = CollectorRegistry(), CollectorRegistry()
        once.register(_Gauges(state))
        former.register(_FormerNames(self.registry, once))
        return b"".join(map(generate_latest, (self.registry, once, former)))


class State:
    """What the database says at one moment.

    Attributes:
        silent: Sources that never were well have no age.
    """

    def __init__(
        self,
        lanes: list[LaneStatus],
        backlogs: list[Backlog],
        sources: list[SourceRow],
        flights: list[Flight],
        now: datetime,
        spending: Sequence[BudgetLine] = (),
    ) -> None:
        self.lanes = lanes
        self.backlogs = {one.lane_id: one for one in backlogs}
        self.sources = sources
        self.flights = flights
        self.spending = spending
        self.now = now

    def depths(self) -> dict[tuple[str, str], int]:
        """Count what waits, by platform and channel; direct messages are one, since a label must name nobody."""
        depths: dict[tuple[str, str], int] = {}
        for lane in self.lanes:
            key = (lane.platform, DIRECT if person_in(lane.channel) else lane.channel)
            waiting = self.backlogs.get(lane.id)
            depths[key] = depths.get(key, 0) + (waiting.depth if waiting else 0)
        return depths

    def oldest_uncarded(self) -> float:
        """Return the age in seconds of the oldest message that waits for its first showing; 0 when none does."""
        waiting = [one.oldest for one in self.backlogs.values() if one.oldest is not None]
        return max(0.0, (self.now - min(waiting)).total_seconds()) if waiting else 0.0


class _Gauges(Collector):
    def __init__(self, state: State | None) -> None:
        self._state = state

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges; of those that the database knows none while it is away."""
        state = self._state
        away = "0 while the database is away; the gauges that it knows are not there then."
        yield GaugeMetricFamily("dibs_database_up", away, value=0 if state is None else 1)
        if state is not None:
            yield from _gauges(state)


def _gauges(state: State) -> Iterable[Metric]:
    depth = GaugeMetricFamily(
        "dibs_lanes_depth",
        "Messages that wait, by platform and channel; direct messages are one (direct).",
        labels=["platform", "lane"],
    )
    for (platform, lane), waiting in state.depths().items():
        depth.add_metric([platform, lane], waiting)
    yield depth
    parked = sum(lane.state == LaneState.PARKED for lane in state.lanes)
    yield GaugeMetricFamily("dibs_lanes_parked", "Channels that refuse for good.", value=parked)
    yield GaugeMetricFamily(
        "dibs_oldest_uncarded_seconds",
        "Age of the oldest message that is not shown yet; alarm on this one.",
        value=state.oldest_uncarded(),
    )
    age = GaugeMetricFamily("dibs_source_age_seconds", "Since a source was last well.", labels=["source"])
    down = GaugeMetricFamily("dibs_source_down", "1 while a source is down.", labels=["source"])
    for source in state.sources:
        if source.last_ok_at is not None:
            age.add_metric([source.name], (state.now - source.last_ok_at).total_seconds())
        down.add_metric([source.name], 0 if source.down_since is None else 1)
    yield age
    yield down
    yield from _flights(state.flights)
    yield from _budgets(state.spending)


def _flights(flights: Sequence[Flight]) -> Iterable[Metric]:
    flying = GaugeMetricFamily("dibs_publications_in_flight", "Replies on their way, by source.", labels=["source"])
    asking = GaugeMetricFamily(
        "dibs_publications_unclear", "Replies that wait for a person's word, by source.", labels=["source"]
    )
    held = GaugeMetricFamily(
        "dibs_publications_held",
        "Replies that wait for the moderators of their network, by source; no trouble, and none of those on their way.",
        labels=["source"],
    )
    for flight in flights:
        flying.add_metric([flight.source], flight.in_flight)
        asking.add_metric([flight.source], flight.asking)
        held.add_metric([flight.source], flight.held)
    yield flying
    yield asking
    yield held


def _budgets(spending: Sequence[BudgetLine]) -> Iterable[Metric]:
    labels = ["source", "unit", "window"]
    spent = GaugeMetricFamily(
        "dibs_source_budget_spent",
        "What a source spent in the window that counts now, where its network sells or rations what is asked.",
        labels=labels,
    )
    most = GaugeMetricFamily("dibs_source_budget_most", "What it may spend in that window.", labels=labels)
    for one in spending:
        named = [one.source, one.budget.unit.many, one.budget.window.said]
        spent.add_metric(named, one.spent / one.budget.unit.parts)
        most.add_metric(named, one.budget.most / one.budget.unit.parts)
    yield spent
    yield most


class _FormerNames(Collector):
    """All figures once more, under the names that they had."""

    def __init__(self, *registries: CollectorRegistry) -> None:
        self._registries = registries

    def collect(self) -> Iterable[Metric]:
        """Yield each, with what it is called now."""
        for registry in self._registries:
            for metric in registry.collect():
                told = f"Former name of {metric.name}; gone with the next release."
                former = Metric(metric.name.removeprefix(PREFIX), told, metric.type)
                former.samples = [one._replace(name=one.name.removeprefix(PREFIX)) for one in metric.samples]
                yield former
