"""The platforms: one explicit table, whose modules are imported when they are wanted.

A platform declares its settings beside itself; ``bot.settings.settings`` walks this table and knows no platform by
name. What is declared must cost nothing to import: no SDK.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.backend import Backend
from bot.chat.base import Platform
from bot.chat.kit.manifest import Manifest, Wanted
from bot.net.fetching import Fetches
from bot.sources.signing_in import SigningIn
from bot.toml.environment import Environment, Variable
from bot.toml.table import Table


def _as_written(table: Table, key: str) -> str:
    return table.text(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """What a platform reads of dibs.toml and of the environment.

    Attributes:
        keys: Of its own table ``[<platform>]``.
        variables: In the environment.
        read: Returns the platform's settings dataclass, or None when it is not configured; complains to the table and
            the environment.
        home: Returns what a department's table says of its channel there (the table, the platform's key in it), as the
            platform resolves it; complains to the table.
        types: What stands before a command that is typed in a channel there; empty where nothing is typed.
    """

    keys: tuple[str, ...]
    variables: tuple[Variable, ...]
    read: Callable[[Table, Environment], Any]
    home: Callable[[Table, str], str] = _as_written
    types: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEntry:
    """Where a platform's parts live.

    Attributes:
        settings: ``module:NAME`` of its PlatformSettings.
        build: ``module:function`` of (its settings, the backend, Surroundings) → Platform.
        manifest: ``module:function`` of Wanted → Manifest, which the vendor takes; or "".
    """

    settings: str
    build: str
    manifest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a platform knows of the process that it runs in, and the guarded client for what lies elsewhere.

    ``signing_in`` lets accounts of sources be signed in; None where nobody does that. ``listens``: sockets are opened.
    """

    public_url: str | None
    host: str
    port: int
    fetcher: Fetches
    signing_in: SigningIn | None = None
    listens: bool = True


PLATFORMS: Mapping[str, PlatformEntry] = {
    "slack": PlatformEntry(
        settings="bot.chat.slack.settings:SETTINGS",
        build="bot.chat.slack.platform:build",
        manifest="bot.chat.slack.manifest:offer",
    ),
    "teams": PlatformEntry(
        settings="bot.chat.teams.settings:SETTINGS",
        build="bot.chat.teams.platform:build",
        manifest="bot.chat.teams.manifest:offer",
    ),
    "desk": PlatformEntry(settings="bot.chat.desk.settings:SETTINGS", build="bot.chat.desk.platform:build"),
}

# A department may name a channel on a platform that is not on: such a home is kept and left alone.
HOMES = ("slack", "teams")


def declared_settings(platform: str) -> PlatformSettings:
    """Import what ``platform`` declares."""
    declared: PlatformSettings = _named(PLATFORMS[platform].settings)
    return declared


def build_platform(platform: str, settings: Any, backend: Backend, surroundings: Surroundings) -> Platform:
    """Import and build a platform that is on."""
    built: Platform = _named(PLATFORMS[platform].build)(settings, backend, surroundings)
    return built


def render_manifest(platform: str, wanted: Wanted) -> Manifest:
    """Return what the platform's vendor wants to know of the bot, made from the verbs' own table."""
    rendered: Manifest = _named(PLATFORMS[platform].manifest)(wanted)
    return rendered


def _named(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)
