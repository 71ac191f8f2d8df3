"""Reload: what of a dibs.toml that was changed can count at once, and what waits for the next start.

Topics, charters with their saved replies, the principles and the customers are only looked at when something happens,
so they can change between two commands; so can the hours of departments and what they promise, for clocks bank what
they used by the hours until then. All else is built once: channels, connections, sources, who may come in. That is
named, and stays as it was; what depends on it cannot change either, so a topic that names a new department is refused
whole.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from bot.settings.settings import Settings
from bot.toml.problems import SettingsError, quoted
from handlers.base.charter import Charter
from handlers.base.organisation import DepartmentConfig, Organisation
from handlers.text.match import Topic

_PROMISES = ("hours", "quiet", "targets")
_NOT_NOW = (
    *("departments", "topics", "sources", "charter", "principles", "desk_url", "customers", "suggests"),
    "retention",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What is so after a reload.

    Attributes:
        settings: What counts from now on.
        changed: What is another than before, in a few words each.
        kept: What waits for the next start.
    """

    settings: Settings
    changed: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """What an operator is told."""
        told = [f"Changed: {', '.join(self.changed)}."] if self.changed else ["Nothing changed that counts at once."]
        if self.kept:
            told.append(f"Kept as it was until Dibs is started again: {', '.join(self.kept)}.")
        return told


def reload(running: Settings, read: Settings) -> Reloaded:
    """Take from a file that was read anew what can count at once.

    Raises:
        SettingsError: What could count at once depends on a department that waits for the next start.
    """
    _require_departments(running, read)
    old, new = running.organisation, read.organisation
    charters = {one.name: one.charter for one in new.sources}
    organisation = follow(old, read)
    changed = [*_topics(old, new), *_promising(old, new)]
    changed += ["principles"] if old.principles != new.principles else []
    changed += ["customers"] if running.customers != read.customers else []
    changed += ["[suggest]"] if old.suggests != new.suggests else []
    changed += ["[retention]"] if old.retention != new.retention else []
    changed += ["[charter]"] if old.charter != new.charter else []
    changed += [f"charter of {one.name}" for one in old.sources if charters.get(one.name, one.charter) != one.charter]
    sources = tuple(
        replace(one, rules=organisation.source(one.rules.name)) if one.rules.name in charters else one
        for one in running.sources
    )
    return Reloaded(
        settings=replace(running, organisation=organisation, sources=sources, customers=read.customers),
        changed=tuple(changed),
        kept=tuple(_kept(running, read)),
    )


def follow(organisation: Organisation, read: Settings) -> Organisation:
    """Return an organisation with what counts at once taken from a file that was read anew."""
    new = read.organisation
    charters = {one.name: one.charter for one in new.sources}
    return replace(
        organisation,
        topics=new.topics,
        charter=new.charter,
        principles=new.principles,
        customers=new.customers,
        suggests=new.suggests,
        retention=new.retention,
        departments=tuple(_with_promises(one, new) for one in organisation.departments),
        sources=tuple(replace(one, charter=charters.get(one.name, one.charter)) for one in organisation.sources),
    )


def marks(topics: Iterable[Topic]) -> str:
    """Return what tells whether a topic is in force just so: a mark of each, with a space between."""
    return " ".join(map(_mark, topics))


def another(topics: Iterable[Topic], in_force: str) -> list[str]:
    """Return the names of the topics that are new, or other than those in force by their ``marks``."""
    known = frozenset(in_force.split())
    return [one.name for one in topics if _mark(one) not in known]


def _mark(topic: Topic) -> str:
    return sha256(repr(topic).encode()).hexdigest()[:12]


def _topics(old: Organisation, new: Organisation) -> Iterator[str]:
    before, after = {one.name: one for one in old.topics}, {one.name: one for one in new.topics}
    for name in before | after:
        if name not in after:
            yield f"topic {name} is gone"
        elif name not in before:
            yield f"topic {name} is new"
        elif before[name] != after[name]:
            yield f"topic {name}"
    if before == after and list(before) != list(after):
        yield "the order of topics"


def _with_promises(one: DepartmentConfig, new: Organisation) -> DepartmentConfig:
    """Return a department with the hours that it has from now on, and what it promises; one that is gone as it was."""
    found = new.configured(one.key)
    return one if found is None else replace(one, hours=found.hours, quiet=found.quiet, targets=found.targets)


def _promising(old: Organisation, new: Organisation) -> Iterator[str]:
    for one in old.departments:
        found = _with_promises(one, new)
        named = [name for name in _PROMISES if getattr(one, name) != getattr(found, name)]
        if named:
            yield f"{' and '.join(named)} of {one.key}"


def _kept(running: Settings, read: Settings) -> Iterator[str]:
    old, new = running.organisation, read.organisation
    for name in Organisation.__slots__:
        if name not in _NOT_NOW and getattr(old, name) != getattr(new, name):
            yield f"[{name}]" if name in ("reports", "voice") else f"[organisation] {name}"
    departments = {one.key: _with_promises(one, new) for one in old.departments}
    others = {one.key: one for one in new.departments}
    yield from (f"[departments.{key}]" for key in departments | others if departments.get(key) != others.get(key))
    sources, found = ({one.rules.name: _without_charter(one) for one in which.sources} for which in (running, read))
    yield from (f"source {name}" for name in sources | found if sources.get(name) != found.get(name))
    for name in dict.fromkeys((*running.platforms, *read.platforms)):
        if running.platforms.get(name) != read.platforms.get(name):
            yield f"[{name}] and its variables"
    variables = {"database_url": "DIBS_DATABASE_URL", "host": "DIBS_HOST", "port": "DIBS_PORT"}
    variables |= {"public_url": "DIBS_PUBLIC_URL", "key": "DIBS_KEY"}
    yield from (variable for name, variable in variables.items() if getattr(running, name) != getattr(read, name))


def _without_charter(source: Any) -> tuple[Any, ...]:
    return source.config, replace(source.rules, charter=Charter()), source.every


def _require_departments(running: Settings, read: Settings) -> None:
    known = {one.key for one in running.organisation.departments}
    new = {one.key for one in read.organisation.departments} - known
    for topic in read.organisation.topics:
        if topic.department in new:
            raise _refusal(f"topic {quoted(topic.name)}", topic.department)
    for name, charter in ((one.name, one.charter) for one in read.organisation.sources):
        for department in sorted(new.intersection((charter.owner, charter.review, *charter.publish))):
            raise _refusal(f"charter of {quoted(name)}", department)


def _refusal(what: str, department: str) -> SettingsError:
    return SettingsError(
        [
            f"The {what} names [departments.{department}], which is new, and departments change with a start only. "
            "Nothing was changed; start Dibs again."
        ]
    )
