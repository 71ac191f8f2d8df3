"""The desk's settings: it is on when people can reach it, which DIBS_PUBLIC_URL says. It has no table of its own."""

from dataclasses import dataclass

from bot.chat.registry import PlatformSettings
from bot.toml.environment import Environment
from bot.toml.table import Table


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody whom a visitor of the demo may act as."""

    person_id: int
    name: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """Nothing is to be chosen; the demo alone has personas."""

    personas: tuple[Persona, ...] = ()


def read_desk(table: Table, environment: Environment) -> DeskSettings | None:
    """Return the settings when DIBS_PUBLIC_URL is set; None = off."""
    table.only(())
    return DeskSettings() if environment.get("DIBS_PUBLIC_URL") else None


SETTINGS = PlatformSettings(keys=(), variables=(), read=read_desk)
