"""Signing in: which of the configured sources have an account that a person lets in by `dibs source login`."""

from collections.abc import Sequence

from bot.sources.base import SourceSettings
from bot.sources.kit.login import Login, LoginFailed
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import secret_variables, sign_in
from handlers.base.cards import one_line


class NoSuchLogin(LoginFailed):
    """There is no source of this name, or none at which anybody signs in."""


class SigningIn:
    """The sources, and where networks send people back to."""

    def __init__(self, sources: Sequence[SourceSettings], tools: SourceTools, own_url: str) -> None:
        """Take the tables of dibs.toml, and the address of Dibs."""
        self._configs = {one.config.name: one.config for one in sources}
        self._tools = tools
        self._own_url = own_url

    @property
    def names(self) -> frozenset[str]:
        """The sources at which somebody signs in."""
        return frozenset(name for name, config in self._configs.items() if sign_in(config) is not None)

    def at(self, name: str) -> Login:
        """Return what signs in at the source ``name``.

        Raises:
            NoSuchLogin: There is none of this name, or nobody signs in there.
            LoginFailed: Something is missing without which it cannot be begun.
        """
        config = self._configs.get(name)
        if config is None:
            known = ", ".join(sorted(self._configs)) or "none"
            raise NoSuchLogin(f"There is no source {one_line(name, 60)}; dibs.toml has {known}.")
        variables = secret_variables(config.kind, name)
        if (declared := sign_in(config)) is None:
            stands = f": its account stands in {' and '.join(variables.values())}" if variables else ""
            raise NoSuchLogin(f"Nobody signs in at {name} ({config.kind}){stands}.")
        return Login(declared, config, self._tools, variables, f"{self._own_url}/oauth/{name}")
