"""The sources in dibs.toml: what every source has is read here, and the rest by the options of its kind.

Only the modules of kinds that are in use are imported.
"""

import dataclasses
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Any

from bot.settings import budgets
from bot.settings.charters import department_keys, read_source_charter
from bot.sources.base import SourceConfig, SourceSettings
from bot.sources.kit.options import OptionError, build_options
from bot.sources.registry import KINDS, LoadedKind, load, secret_variables
from bot.toml.environment import Environment
from bot.toml.problems import did_you_mean, quoted
from bot.toml.table import Table
from handlers.base.charter import CLOSED, Charter
from handlers.base.organisation import SourceRules
from handlers.text.addresses import read_web_address
from handlers.text.handles import compared

COMMON_KEYS = ("name", "kind", "unmatched", "own_accounts", "charter")
# A source that calls us is not asked, has no first answer that could be a baseline, and fetches nothing.
POLL_KEYS = ("every", "backfill", "allow_private")
UNMATCHED = ("fallback", "drop")
DEFAULT_EVERY = "60s"

# It stands in /hooks/<name> and in the names of variables.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_EVERY = re.compile(r"([0-9]{1,6}) ?(s|m|h)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}
_MOST_BACKFILL = 100_000


def read_sources(root: Table, environment: Environment, default: Charter = CLOSED) -> tuple[SourceSettings, ...]:
    """Read every ``[[sources]]``; what is wrong is complained about, and left out.

    Args:
        root: The file.
        environment: Where secrets stand.
        default: What the charter of a source leaves unsaid.
    """
    found: dict[str, SourceSettings] = {}
    variables: dict[str, str] = {}
    departments = department_keys(root)
    for table in root.tables("sources"):
        charter = read_source_charter(table, departments, default)
        one = _read_source(table, environment, charter)
        if one is None:
            continue
        name = one.rules.name
        if name in found:
            table.wrong("name", "is taken by a source above; every source has its own.")
        for variable in secret_variables(one.rules.kind, name).values():
            twin = variables.setdefault(variable, name)
            if twin != name:
                table.wrong("name", f"is too much like {quoted(twin)}: both would take their secret from {variable}.")
        found[name] = one
    return tuple(found.values())


def _read_source(table: Table, environment: Environment, charter: Charter) -> SourceSettings | None:
    name, kind = table.text("name"), table.text("kind")
    if name and not _NAME.fullmatch(name):
        table.wrong("name", "has letters from a to z, digits, dots, hyphens and underscores only, at most 60.")
    if kind and kind not in KINDS:
        rest = did_you_mean(kind, KINDS, otherwise=f"; there are {', '.join(KINDS)}.")
        table.wrong("kind", f"{quoted(kind)} is no kind of source{rest}")
    if not name or kind not in KINDS:
        return None
    loaded = load(kind)
    polls = loaded.capabilities.polls
    options = _options(table, loaded)
    rules = SourceRules(
        name=name,
        kind=kind,
        place=_place(options) if polls and options is not None else "",
        unmatched=_unmatched(table, getattr(options, "unmatched", KINDS[kind].unmatched)),
        backfill=_backfill(table) if polls else 0,
        baseline=polls,
        own_accounts=frozenset(map(compared, (*table.texts("own_accounts"), *getattr(options, "own_accounts", ())))),
        charter=charter,
        reply=loaded.capabilities.reply,
        network=loaded.capabilities.network,
        hosts=_hosts(loaded, options),
        account=getattr(options, "account", ""),
        instance=getattr(options, "instance", ""),
        via=getattr(options, "via", ""),
        budgets=budgets.read_budgets(table, budgets.declared_by(kind, options)),
    )
    config = SourceConfig(
        name=name,
        kind=kind,
        options=options,
        secrets=_secrets(secret_variables(kind, name), environment),
        allow_private=table.flag("allow_private", False) if polls else False,
    )
    return SourceSettings(config=config, rules=rules, every=_every(table))


def _options(table: Table, loaded: LoadedKind) -> Any:
    own = [field.name for field in dataclasses.fields(loaded.options)]
    table.only([*COMMON_KEYS, *POLL_KEYS, budgets.KEY, *own])
    if not loaded.capabilities.polls:
        for key in POLL_KEYS:
            if key in table:
                table.wrong(key, "is for sources that are asked; this kind calls us.")
    try:
        return build_options(loaded.options, {key: value for key, value in table.values.items() if key in own})
    except OptionError as error:
        table.wrong(error.key, error.sentence)
        return None


def _hosts(loaded: LoadedKind, options: Any) -> frozenset[str]:
    """Return where posts of the network stand, the server that was chosen among them."""
    server = read_web_address(getattr(options, "base_url", ""))
    found = (*loaded.capabilities.hosts, *((server.host,) if server else ()))
    return frozenset(host.removeprefix("www.") for host in found)


def _place(options: Any) -> str:
    """Return what identifies the content: what was chosen, so that an option of a coming version changes nothing."""
    chosen: dict[str, object] = {}
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if field.default is dataclasses.MISSING or value != field.default:
            chosen[field.name] = value.value if isinstance(value, Enum) else value
    return json.dumps(chosen, sort_keys=True, ensure_ascii=False)


def _secrets(variables: Mapping[str, str], environment: Environment) -> dict[str, str]:
    found = {field: environment.get(variable) for field, variable in variables.items()}
    return {field: value for field, value in found.items() if value}


def _unmatched(table: Table, default: str) -> str:
    value = table.text("unmatched", default)
    if value and value not in UNMATCHED:
        table.wrong("unmatched", 'is "fallback" (all posts become mentions) or "drop" (only what a topic recognises).')
    return value


def _backfill(table: Table) -> int | None:
    value = table.values.get("backfill", False)
    if isinstance(value, bool):
        return None if value else 0
    if not isinstance(value, int) or not 0 <= value <= _MOST_BACKFILL:
        table.wrong("backfill", "is false, true, or how many of the newest posts to take at first.")
        return 0
    return value


def _every(table: Table) -> timedelta:
    text = table.text("every", DEFAULT_EVERY)
    found = _EVERY.fullmatch(text)
    every = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta(0)
    if text and every < timedelta(seconds=1):
        table.wrong("every", 'is a time such as "60s", "5m" or "1h", and at least "1s".')
    return every
