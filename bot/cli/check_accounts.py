"""What `dibs check` says of accounts: what is kept of each, whether our key opens it, whether it is still let in."""

from bot.chat.base import Finding
from bot.net.errors import SourceRefused
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.settings.settings import Settings
from bot.sources.base import SourceConfig
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.seals import Seal
from bot.sources.registry import sign_in
from storage.engine.database import Database

# Before so many days a sign-in that ends is told with how to mend it.
SOON_DAYS = 14


def accounts_of(settings: Settings, database: Database | None = None) -> Accounts:
    """Return what is kept of accounts in a database; without one, what could be kept."""
    kept = AsyncDatabase(database) if database is not None else None
    return Accounts(kept, Seal.of(settings.key), Clock(), Ids())


async def check_accounts(database: Database, settings: Settings) -> list[Finding]:
    """Look at every account that a person lets in; nobody is asked."""
    accounts = accounts_of(settings, database)
    findings = [await _check(accounts, one.config) for one in settings.sources]
    return [one for one in findings if one is not None]


async def _check(accounts: Accounts, config: SourceConfig[object]) -> Finding | None:
    if (declared := sign_in(config)) is None or accounts.trouble:
        return None
    subject = f"Account {config.name}"
    try:
        kept = await accounts.read(config.name, None)
    except SourceRefused as error:
        return Finding(False, subject, error.reason)
    if kept is None:
        begins = bool(config.secrets.get(declared.seed, "").strip())
        mend = "" if begins else f"Run `dibs source login {config.name}`."
        return Finding(begins, subject, "Nothing is kept of it yet." if begins else "Nobody has signed in yet.", mend)
    until = f", good until {kept.pair.expires_at:%Y-%m-%d %H:%M} UTC" if kept.pair.expires_at else ""
    if kept.refused:
        return Finding(False, subject, kept.refused)
    if kept.pair.ends_at is None:
        return Finding(True, subject, f"Kept and sealed{until}; it is renewed by itself.")
    ends = f"Kept and sealed; a person has to sign in again before {kept.pair.ends_at:%Y-%m-%d %H:%M} UTC."
    near = (kept.pair.ends_at - accounts.clock.now()).days < SOON_DAYS
    return Finding(True, subject, ends, f"Run `dibs source login {config.name}`." if near else "")
