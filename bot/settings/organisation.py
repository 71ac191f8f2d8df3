"""The organisation in dibs.toml: its departments, read into what handlers know of them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from bot.chat.registry import HOMES, declared_settings
from bot.settings.calendars import read_calendars
from bot.settings.ladder import read_ladder, read_lease, read_quiet
from bot.settings.reports import read_reports
from bot.settings.retention import read_retention
from bot.settings.targets import read_targets
from bot.settings.times import read_hour, read_timezone
from bot.settings.topics import department_of, read_topics
from bot.settings.voice import read_voice
from bot.settings.words import read_words
from bot.toml.problems import did_you_mean, quoted
from bot.toml.table import Table
from handlers.base.charter import Charter
from handlers.base.hours import AROUND_THE_CLOCK, Calendar, Hours
from handlers.base.organisation import DepartmentConfig, Organisation, SourceRules

ORGANISATION_KEYS = ("name", "timezone", "fallback", "admins", "guests", "principles", "customers")
DEPARTMENT_KEYS = (
    *("name", *HOMES, "timezone", "calendar", "quiet", "targets", "lease", "ladder"),
    *("words", "digest", "members", "headcount", "card_above", "storms", "public_threads"),
)
DEFAULT_NAME = "Our organisation"
DEFAULT_DIGEST = "mon-fri 09:00"
MOST_PRINCIPLES = 7
LONGEST_PRINCIPLE = 160
# No post is given as many points, and none as few.
MOST_POINTS = 200
MOST_PEOPLE = 1_000_000

_KEY = re.compile(r"\w[\w.-]{0,59}")
_ADDRESS = re.compile(r"[^\s@*]+@[^\s@*]+")
_MEMBER = re.compile(r"@[^\s@*]+|\*?[^\s@*]*@[^\s@*]+")


def read_organisation(
    root: Table, sources: tuple[SourceRules, ...], charter: Charter, desk_url: str, now: datetime
) -> Organisation:
    """Read the organisation, its calendars, departments and topics; what is wrong at ``now`` is complained about."""
    table = root.table("organisation")
    table.only(ORGANISATION_KEYS)
    timezone = read_timezone(table, "UTC")
    calendars = read_calendars(root.table("calendars", "[calendars.berlin]"), timezone, now)
    departments = _departments(root.table("departments", "[departments.support]"), timezone, calendars)
    keys = [department.key for department in departments]
    if not keys and isinstance(root.values.get("departments", {}), dict):
        root.problems.at((), "there is no department; write at least one table such as [departments.support].")
    topics = read_topics(root, keys)
    fallback = department_of(table, "fallback", keys, default=keys[0]) if keys else ""
    return Organisation(
        name=table.text("name", DEFAULT_NAME),
        timezone=timezone,
        fallback=fallback,
        admins=_addresses(table),
        guests=table.flag("guests", False),
        desk_url=desk_url,
        departments=departments,
        topics=topics,
        sources=sources,
        charter=charter,
        principles=_principles(table),
        customers="customers" in table,
        reports=read_reports(root.table("reports"), [one.name for one in topics]),
        suggests=_suggests(root.table("suggest")),
        voice=read_voice(root.table("voice"), keys, fallback) if "voice" in root else None,
        retention=read_retention(root.table("retention"), [one.name for one in sources]),
    )


def _suggests(table: Table) -> bool:
    table.only(("departments",))
    return table.flag("departments", True)


def _principles(table: Table) -> tuple[str, ...]:
    """Read what stands above every reply: so few, and so short, that it is read."""
    found = table.texts("principles")
    if len(found) > MOST_PRINCIPLES:
        table.wrong("principles", f"are {MOST_PRINCIPLES} sentences at most: nobody reads more before each reply.")
    for position, one in enumerate(found):
        if len(one) > LONGEST_PRINCIPLE:
            table.problems.at(
                (*table.path, "principles", position),
                f"{table.label} principles: {quoted(one[:30] + '…')} has {len(one)} characters; a principle has at "
                f"most {LONGEST_PRINCIPLE}.",
            )
    return tuple(one[:LONGEST_PRINCIPLE] for one in found[:MOST_PRINCIPLES])


def _addresses(table: Table) -> tuple[str, ...]:
    found = table.texts("admins")
    for position, one in enumerate(found):
        if not _ADDRESS.fullmatch(one):
            table.problems.at(
                (*table.path, "admins", position), f"{table.label} admins: {quoted(one)} is no e-mail address."
            )
    return found


def _departments(tables: Table, timezone: str, calendars: Mapping[str, Calendar]) -> tuple[DepartmentConfig, ...]:
    found: list[DepartmentConfig] = []
    names: dict[str, str] = {}
    for key in tables.values:
        table = tables.table(key)
        if not _KEY.fullmatch(key):
            tables.wrong(key, "is no key of a department: letters, digits, hyphens and underscores, at most 60.")
        one = _read_department(key, table, timezone, calendars, tables.values.keys())
        # People type either, in any case, so both have to mean one department only.
        for word in {key.casefold(), one.name.casefold()}:
            if names.setdefault(word, key) != key:
                table.wrong("name", f"{quoted(word)} is what [departments.{names[word]}] is called already.")
        found.append(one)
    return tuple(found)


def _read_department(
    key: str, table: Table, timezone: str, calendars: Mapping[str, Calendar], keys: Collection[str]
) -> DepartmentConfig:
    table.only(DEPARTMENT_KEYS)
    written = {platform: declared_settings(platform).home(table, platform) for platform in HOMES if platform in table}
    homes = {platform: channel for platform, channel in written.items() if channel}
    return DepartmentConfig(
        key=key,
        name=table.text("name", _spoken(key)),
        timezone=read_timezone(table, timezone),
        hours=_hours(table, calendars),
        targets=replace(
            read_targets(table.table("targets")),
            lease=read_lease(table.table("lease")),
            ladder=read_ladder(table, homes, keys),
        ),
        quiet=read_quiet(table),
        words=read_words(table.table("words")),
        homes=homes,
        home_names=dict(homes),
        members=_members(table),
        headcount=_headcount(table),
        digest=read_hour(table, "digest", DEFAULT_DIGEST),
        card_above=_card_above(table),
        storms=table.flag("storms", True),
        public_threads=table.flag("public_threads", True),
    )


def _headcount(table: Table) -> int | None:
    """Read how many people a department has, whether Dibs knows them or not."""
    rest = f"is how many people it has: a whole number from 1 to {MOST_PEOPLE:,}."
    return table.whole("headcount", 1, MOST_PEOPLE, rest)


def _card_above(table: Table) -> int | None:
    """Read how many points a post has to have more than, so that it has a card."""
    rest = f"is a whole number of points, from -{MOST_POINTS} to {MOST_POINTS}."
    return table.whole("card_above", -MOST_POINTS, MOST_POINTS, rest)


def _hours(table: Table, calendars: Mapping[str, Calendar]) -> Hours:
    if "calendar" not in table:
        return AROUND_THE_CLOCK
    named = table.text("calendar")
    if named and named not in calendars:
        table.wrong("calendar", f"{quoted(named)} is no calendar{did_you_mean(named, calendars)}")
    return Hours(calendars.get(named))


def _spoken(key: str) -> str:
    words = re.sub(r"[-_]+", " ", key).strip() or key
    return words[:1].upper() + words[1:]


def _members(table: Table) -> tuple[str, ...]:
    found = table.texts("members")
    for position, one in enumerate(found):
        if not _MEMBER.fullmatch(one):
            table.problems.at(
                (*table.path, "members", position),
                f'{table.label} members: {quoted(one)} is neither a user group ("@support-team"), nor an e-mail '
                'address, nor a pattern of them ("*@support.acme.example").',
            )
    return found
