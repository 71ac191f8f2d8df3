"""The organisation as dibs.toml describes it: departments, topics, admins. Plain values, read once at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from handlers.base.budget import Budget
from handlers.base.charter import BY_HAND, CLOSED, Charter, ReplyRules
from handlers.base.clocks import NOTHING, Targets
from handlers.base.hours import AROUND_THE_CLOCK, Calendar, Hours
from handlers.base.networks import network_at
from handlers.base.quiet import ALWAYS, Quiet
from handlers.base.standing import DEFAULT_WORDS, Words
from handlers.base.value import Value
from handlers.text.addresses import read_web_address
from handlers.text.match import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTime:
    """When a department's digest is due, in its own time zone; ``days`` holds 0 (Monday) to 6."""

    at: time
    days: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentConfig:
    """A department as configured.

    Attributes:
        homes: Channel id by platform, resolved.
        hours: When it is there; around the clock unless dibs.toml names a calendar.
        targets: Within what time it does what it promises; nothing by default.
        quiet: When its people are left alone; never, unless dibs.toml says so.
        members: "@user-group", "*@pattern", "person@example.com".
        digest: None = none.
        headcount: How many people it has, by whom reports tell how many act; None = those whom Dibs knows.
        storms: Many posts on one topic at once are folded under one card.
        public_threads: What several people write in one public thread stands on one card.
        card_above: A post with no more points than this is held back; None = whatever comes has a card.
        words: By which words it supposes what may come of a mention, and who its author is, by kind.
    """

    key: str
    name: str
    timezone: str
    hours: Hours = AROUND_THE_CLOCK
    targets: Targets = NOTHING
    card_above: int | None = None
    quiet: Quiet = ALWAYS
    homes: Mapping[str, str] = field(default_factory=dict)
    home_names: Mapping[str, str] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    digest: DigestTime | None = None
    headcount: int | None = None
    storms: bool = True
    public_threads: bool = True
    words: Words = field(default_factory=lambda: DEFAULT_WORDS)

    @property
    def calendar(self) -> Calendar | None:
        """By which it is there; None = around the clock."""
        return self.hours.calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRules:
    """What listening needs to know of a source.

    Attributes:
        place: What identifies its content (its URL or query): a changed place is a new source with a new baseline.
        unmatched: "fallback" or "drop".
        backfill: How many of the posts of the first poll become mentions; None = all.
        own_accounts: Handles or addresses of our own; their posts are never mentions.
        charter: What it is for and who may speak there; closed by default.
        reply: What can be done with a reply there.
        network: What people call the network; empty where the source is not of one.
        hosts: Where that network's own posts stand, without "www.".
        account: What our account there is called, as people know it; empty where dibs.toml does not say.
        instance: The host of the server on which our account is, where names of that server need none; or empty.
        budgets: What it may spend of what its network sells or rations.
        via: What people call the tool that listens for us and tells us of posts of many networks; or empty.
    """

    name: str
    kind: str
    place: str = ""
    unmatched: str = "fallback"
    backfill: int | None = 0
    baseline: bool = True
    own_accounts: frozenset[str] = frozenset()
    charter: Charter = CLOSED
    reply: ReplyRules = BY_HAND
    network: str = ""
    hosts: frozenset[str] = frozenset()
    account: str = ""
    instance: str = ""
    budgets: tuple[Budget, ...] = ()
    via: str = ""

    def where(self, url: str) -> str:
        """Return where a post stands, as people call it: the network where the address is its own, else the host.

        That is the source's network, or another that is known by its hosts (``handlers.base.networks``).
        """
        host = _host(url)
        if not host:
            return self.network or self.via or self.name
        if self.network and host in self.hosts:
            return self.network
        known = network_at(host)
        return known.name if known is not None else host

    def sign(self, url: str) -> str:
        """Return by what the picture of a place is known: its network, or else the kind of its source."""
        known = network_at(_host(url))
        return self.network or (known.name if known is not None else self.kind)

    def told(self, url: str) -> str:
        """Return where a post stands, and who told us of it, such as "Reddit via Octolens"."""
        where = self.where(url)
        return f"{where} via {self.via}" if self.via and self.via != where else where


class People(StrEnum):
    """Who sees figures of a person: that person alone, or nobody. There is no third."""

    SELF = "self"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What reports may tell.

    Attributes:
        people: Who sees figures of a person.
        least_people: From so many acting people on a department has figures of its own.
        weekly: When the notice of the week before is due, where the organisation is; None = there is none.
        homes: In which channel the company's stands, by platform; those of departments stand in their homes.
        value: By what it is reckoned what answers may have saved; None = it is not told.
    """

    people: People = People.SELF
    least_people: int = 5
    weekly: DigestTime | None = None
    homes: Mapping[str, str] = field(default_factory=dict)
    value: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceNotice:
    """Who hears each week of what more people say than usual, and when; who has themes hears of these.

    Attributes:
        department: The key of the department that hears of all that has no name yet.
        when: Where the organisation is.
    """

    department: str
    when: DigestTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """For how many days what sources showed is kept: of each that is named, and of all others; None = for ever."""

    days: int | None = None
    sources: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether anything goes by age."""
        return self.days is not None or any(one is not None for one in self.sources.values())

    def of(self, source: str) -> int | None:
        """Return for how many days what a source showed is kept."""
        return self.sources.get(source, self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """All that handlers know of the configuration.

    Attributes:
        desk_url: Empty where the desk is off.
        charter: The one for all sources, also for what people bring in by hand; closed by default.
        principles: What it stands by in every reply, in sentences.
        customers: Whether there is a list of customers.
        reports: What reports may tell.
        voice: Who is told each week what many people say; None = nobody is.
        suggests: Departments may be suggested, once the suggestions have earned it.
        retention: For how many days what sources showed is kept; for ever by default.
    """

    name: str = "Acme"
    timezone: str = "UTC"
    fallback: str
    admins: tuple[str, ...] = ()
    guests: bool = False
    desk_url: str = ""
    departments: tuple[DepartmentConfig, ...]
    topics: tuple[Topic, ...] = ()
    sources: tuple[SourceRules, ...] = ()
    charter: Charter = CLOSED
    principles: tuple[str, ...] = ()
    customers: bool = False
    reports: Reports = Reports()
    suggests: bool = True
    voice: VoiceNotice | None = None
    retention: Retention = Retention()

    def configured(self, key: str) -> DepartmentConfig | None:
        """Return a department, or None where dibs.toml has none of this key any more."""
        return next((one for one in self.departments if one.key == key), None)

    def department(self, key: str) -> DepartmentConfig:
        """Return a configured department.

        Raises:
            KeyError: None has this key.
        """
        if (found := self.configured(key)) is None:
            raise KeyError(key)
        return found

    def source(self, name: str) -> SourceRules:
        """Return a configured source; of any other (configured no more, or brought in by hand) only the charter."""
        unknown = SourceRules(name=name, kind="", charter=self.charter)
        return next((one for one in self.sources if one.name == name), unknown)


def _host(url: str) -> str:
    """Return the host of an address, without "www."; empty where it is none."""
    address = read_web_address(url)
    return address.host.removeprefix("www.") if address is not None else ""
