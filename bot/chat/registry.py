"""The platforms: one explicit table, whose modules are imported when they are wanted.

A platform declares its settings beside itself; ``bot.settings`` walks this table and knows no platform by name. What
is declared must cost nothing to import: no SDK.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.environment import Environment
from bot.toml_table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """What a platform reads of dibs.toml and of the environment.

    Attributes:
        keys: Of its own table ``[<platform>]``.
        variables: In the environment.
        read: Returns the platform's settings dataclass, or None when it is not configured; complains to the table and
            the environment.
    """

    keys: tuple[str, ...]
    variables: tuple[str, ...]
    read: Callable[[Table, Environment], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEntry:
    """Where a platform's declaration lives."""

    settings: str


PLATFORMS: Mapping[str, PlatformEntry] = {
    "slack": PlatformEntry(settings="bot.chat.slack.settings:SETTINGS"),
}

# A department may name a channel on a platform that is not on: such a home is kept and left alone.
HOMES = ("slack", "teams")


def declared_settings(platform: str) -> PlatformSettings:
    """Import what ``platform`` declares."""
    module, _, name = PLATFORMS[platform].settings.partition(":")
    declared: PlatformSettings = getattr(importlib.import_module(module), name)
    return declared
