"""Settings: the environment and dibs.toml, read at start, and again by a reload (``bot.settings.reload``).

Everything that is wrong is found in one look and said with the file, the line and the nearest known name, before
anything else starts. No secret stands in dibs.toml, in a complaint, or in the ``repr`` of what is returned.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.chat.registry import PLATFORMS, declared_settings
from bot.runtime.clock import Clock
from bot.settings.charters import read_default_charter
from bot.settings.customers import CustomersFile, read_customers
from bot.settings.organisation import read_organisation
from bot.settings.secrets import refuse_secrets
from bot.settings.sources import read_sources
from bot.sources.base import SourceSettings
from bot.sources.kit import seals
from bot.toml.environment import Environment
from bot.toml.problems import INSTALL_THE_REST, Problems, did_you_mean, quoted
from bot.toml.table import Table
from handlers.base.organisation import Organisation
from handlers.text.addresses import read_web_address
from storage.engine.urls import is_usable

LARGEST_FILE = 1024 * 1024
DEFAULT_CONFIG = "dibs.toml"
DEFAULT_DATABASE = "sqlite:///dibs.db"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8484
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
TABLES = (
    "organisation",
    *PLATFORMS,
    "calendars",
    "departments",
    "topics",
    "charter",
    "reports",
    "suggest",
    "voice",
    "retention",
    "sources",
)

_BROKEN_AT = re.compile(r"(.+) \(at (?:line (\d+), column \d+|end of document)\)")
_PUBLIC_URL = re.compile(r"https?://[^\s/?#@]+(?P<path>/[^\s?#@]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the bot was told.

    Attributes:
        organisation: What handlers know; its departments' homes hold names or ids as they are written.
        database_url: ``sqlite:///…`` or ``postgresql://…``; may hold a password.
        public_url: Without a slash at its end, or None.
        key: The keys by which credentials are sealed (``bot.sources.kit.seals``), or empty.
        log_level: One of LOG_LEVELS.
        platforms: The settings dataclass of each platform that is configured, by its name.
        customers: The list of customers, where there is one.
        warnings: Sentences about what is probably not meant so.
    """

    organisation: Organisation
    sources: tuple[SourceSettings, ...] = ()
    database_url: str = field(default=DEFAULT_DATABASE, repr=False)
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    public_url: str | None = None
    key: str = field(default="", repr=False)
    log_level: str = "INFO"
    platforms: Mapping[str, Any] = field(default_factory=dict)
    config_path: Path = Path(DEFAULT_CONFIG)
    customers: CustomersFile | None = None
    warnings: tuple[str, ...] = ()

    @property
    def own_url(self) -> str:
        """Where a browser reaches Dibs: of its own machine alone, where it has no public address."""
        return self.public_url or f"http://127.0.0.1:{self.port}"


def load_settings(environ: Mapping[str, str], *, config_path: Path | None = None) -> Settings:
    """Read everything; ``config_path`` goes before DIBS_CONFIG.

    Raises:
        SettingsError: Something is wrong; it names all that is.
    """
    problems = Problems()
    environment = Environment(environ, problems)
    named = Path(environment.get("DIBS_CONFIG", DEFAULT_CONFIG))
    path = named if config_path is None else config_path
    database_url = _database_url(environment)
    host, port = _address(environment)
    public_url, log_level, key = _public_url(environment), _log_level(environment), _key(environment)
    document = _document(path, problems)
    if document is None:
        problems.finish()
    root = Table(problems, (), "", document or {})
    _refuse(root)
    charter = read_default_charter(root)
    sources = read_sources(root, environment, charter)
    rules, now = tuple(source.rules for source in sources), Clock().now()
    organisation = read_organisation(root, rules, charter, public_url or "", now)
    platforms = _platforms(root, environment)
    customers = _customers(root, path, sources)
    problems.finish()
    return Settings(
        organisation=organisation,
        sources=sources,
        database_url=database_url,
        host=host,
        port=port,
        public_url=public_url,
        key=key,
        log_level=log_level,
        platforms=platforms,
        config_path=path,
        customers=customers,
        warnings=environment.warnings(),
    )


def load_address(environ: Mapping[str, str]) -> tuple[str, int]:
    """Return the host and port to listen on, as ``load_settings`` reads them, without looking at anything else.

    Raises:
        SettingsError: One of them is wrong.
    """
    problems = Problems()
    address = _address(Environment(environ, problems))
    problems.finish()
    return address


def load_log_level(environ: Mapping[str, str], default: str) -> str:
    """Return DIBS_LOG_LEVEL alone.

    Raises:
        SettingsError: It is none.
    """
    problems = Problems()
    level = _log_level(Environment(environ, problems), default)
    problems.finish()
    return level


def _address(environment: Environment) -> tuple[str, int]:
    return environment.get("DIBS_HOST", DEFAULT_HOST), _port(environment)


def _document(path: Path, problems: Problems) -> dict[str, object] | None:
    """Return the file as ``tomllib`` reads it, or None after a complaint."""
    text = _text(path, problems)
    if text is None:
        return None
    try:
        document: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _BROKEN_AT.fullmatch(str(error))
        line = found[2] or str(text.rstrip("\n").count("\n") + 1) if found else "1"
        problems.say(f"{path}, line {line}: this is not TOML: {found[1] if found else error}.")
    except (RecursionError, ValueError):  # brackets in brackets without end, a number of thousands of digits
        problems.say(f"{path} is not TOML that can be read: it is nested too deeply, or a number is too long.")
    else:
        problems.open(str(path), text)
        return document
    return None


def _text(path: Path, problems: Problems) -> str | None:
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_FILE + 1)
        if len(raw) <= LARGEST_FILE:
            return raw.decode("utf-8-sig").replace("\r\n", "\n")
        problems.say(f"{path} is larger than 1 MiB, which no configuration is.")
    except FileNotFoundError:
        problems.say(f'{path} is not there. "dibs init" writes one; DIBS_CONFIG names another place.')
    except OSError as error:
        problems.say(f"{path} cannot be read: {error.strerror}.")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.say(f"{path}, line {line}: this is not UTF-8; save the file in that encoding.")
    return None


def _refuse(root: Table) -> None:
    """Refuse secrets, before anything repeats them, and tables that nobody knows."""
    variables = [one.name for platform in PLATFORMS for one in declared_settings(platform).variables]
    refuse_secrets(root.problems, root.values, [*variables, "DIBS_DATABASE_URL"])
    root.only(TABLES)


def _platforms(root: Table, environment: Environment) -> dict[str, Any]:
    read = {name: declared_settings(name).read(root.table(name), environment) for name in PLATFORMS}
    return {name: settings for name, settings in read.items() if settings is not None}


def _customers(root: Table, config: Path, sources: tuple[SourceSettings, ...]) -> CustomersFile | None:
    """Look through the list of customers, which is named from where dibs.toml is."""
    table = root.table("organisation")
    named = table.text("customers") if "customers" in table else ""
    return read_customers(config.parent / named, sources, root.problems) if named else None


def _database_url(environment: Environment) -> str:
    """Check without repeating it: there may be a password in it."""
    url = environment.get("DIBS_DATABASE_URL", DEFAULT_DATABASE)
    if not is_usable(url):
        environment.problems.say(
            "DIBS_DATABASE_URL is sqlite:///file.db (sqlite:////data/file.db for an absolute path) "
            "or postgresql://user:password@host/database."
        )
    elif url.startswith("postgresql") and find_spec("psycopg") is None:
        environment.problems.say(f"PostgreSQL is configured, but its driver is not installed. {INSTALL_THE_REST}")
    return url


def _port(environment: Environment) -> int:
    text = environment.get("DIBS_PORT", str(DEFAULT_PORT))
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        environment.problems.say(f"DIBS_PORT is a number from 0 to 65535, not {quoted(text)}.")
        return DEFAULT_PORT
    return int(text)


def _public_url(environment: Environment) -> str | None:
    url = environment.get("DIBS_PUBLIC_URL").rstrip("/")
    fault = public_url_fault(url) if url else ""
    if fault:
        environment.problems.say(fault)
    return url or None


def public_url_fault(url: str) -> str:
    """Return what is wrong with a DIBS_PUBLIC_URL that ends without a slash, or empty.

    A path is refused rather than half served: Slack's requests would come through a proxy that cuts it off, but the
    desk knows its pages, its cookies and its stream by paths from the root of its host.
    """
    found = _PUBLIC_URL.fullmatch(url)
    if found is None or read_web_address(url) is None:
        return "DIBS_PUBLIC_URL is the address under which others reach Dibs, such as https://dibs.acme.example."
    if found["path"]:
        host = url.removesuffix(found["path"])
        return (
            f"DIBS_PUBLIC_URL has a path ({quoted(found['path'])}), and Dibs cannot live under one. Give it a host "
            f"name (or a port) of its own, and write the address without a path, as in {quoted(host)}."
        )
    return ""


def _key(environment: Environment) -> str:
    keys = environment.get(seals.VARIABLE)
    try:
        seals.Seal.of(keys)
    except seals.SealError as error:
        environment.problems.say(str(error))
    return keys


def _log_level(environment: Environment, default: str = "INFO") -> str:
    level = environment.get("DIBS_LOG_LEVEL", default).upper()
    if level not in LOG_LEVELS:
        rest = did_you_mean(level, LOG_LEVELS, otherwise=f"; it is one of {', '.join(LOG_LEVELS)}.")
        environment.problems.say(f"DIBS_LOG_LEVEL does not know {quoted(level)}{rest}")
        return "INFO"
    return level
