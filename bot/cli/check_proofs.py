"""What `dibs check` proves of accounts: each source that has one asks who it is there, which rights it has, until when.

That is one request or two, paid from the source's budget as a poll is. A cure fits what is wrong: where the network is
down, no key is to be made anew.
"""

import asyncio
from datetime import datetime
from itertools import chain

from bot.chat.base import Finding
from bot.cli.check_accounts import accounts_of
from bot.net.client import Fetcher
from bot.net.errors import SignedOut, SourceError, SourceRefused, Spent, Unreached
from bot.net.fetching import Fetches
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.settings.settings import Settings
from bot.sources.base import SourceSettings
from bot.sources.kit.options import OptionError
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Lack, Proof, ProvingSource
from bot.sources.registry import build, sign_in
from bot.sources.runner.meter import Meter, MeteredFetcher
from handlers.base.cards import one_line
from storage.engine.database import Database

# A request has fifteen; whoever waits at a terminal does not wait for a service that drips.
SECONDS = 20.0
_LONGEST = 300
_ANOTHER = "Make a new one there in time, and put it where this one stands."


async def check_proofs(settings: Settings, database: Database | None) -> list[Finding]:
    """Prove every account, all at once; a source without one says nothing."""
    clock = Clock()
    fetcher, accounts = Fetcher(clock), accounts_of(settings, database)
    tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock, accounts=accounts)
    try:
        found = await asyncio.gather(*(_prove(one, tools, database) for one in settings.sources))
    finally:
        await accounts.stop()
        await fetcher.aclose()
    return list(chain.from_iterable(found))


async def _prove(source: SourceSettings, tools: SourceTools, database: Database | None) -> list[Finding]:
    subject = f"Account {source.rules.name}"
    if database is None and sign_in(source.config) is not None:
        return []  # what renews its tokens has nowhere to keep them
    try:
        async with asyncio.timeout(SECONDS):
            proof = await _ask(source, tools, database)
    except (OptionError, SignedOut):
        return []  # that is said of the source, and of what is kept of the account
    except (SourceError, TimeoutError) as error:
        return [_unproved(subject, error)]
    if proof is None:
        return []
    renewing = f"Run `dibs source login {source.rules.name}`." if sign_in(source.config) else _ANOTHER
    return [_proved(subject, proof, tools.clock.now(), renewing), *_lacks(subject, proof)]


async def _ask(source: SourceSettings, tools: SourceTools, database: Database | None) -> Proof | None:
    if database is None or not source.rules.budgets:
        return await _proof(source, tools, tools.fetcher)
    meter = Meter(source.rules.name, source.rules.budgets, AsyncDatabase(database), tools.clock)
    with meter.polling():
        return await _proof(source, tools, MeteredFetcher(tools.fetcher, meter))


async def _proof(source: SourceSettings, tools: SourceTools, fetcher: Fetches) -> Proof | None:
    lent = SourceTools(fetcher=fetcher, isolation=tools.isolation, clock=tools.clock, accounts=tools.accounts)
    made = build(source.config, lent)
    return await made.prove() if isinstance(made, ProvingSource) else None


def _unproved(subject: str, error: SourceError | TimeoutError) -> Finding:
    if isinstance(error, TimeoutError):
        return _not_now(subject, f"It did not say within {SECONDS:g} seconds who we are.")
    reason = one_line(error.reason, _LONGEST)
    if isinstance(error, SourceRefused):  # its sentence says which key, and how to mend it
        return Finding(False, subject, reason)
    if isinstance(error, Spent):
        return Finding(True, subject, f"It was not asked. {reason}", "Run this again then, or raise its budget.")
    if isinstance(error, Unreached):
        mend = "See whether this machine reaches it: the network, its names (DNS), a firewall. No key is wrong."
        return Finding(False, subject, reason, mend)
    return _not_now(subject, reason)


def _not_now(subject: str, sentence: str) -> Finding:
    return Finding(False, subject, sentence, "See whether its service is well, and run this again. No key is wrong.")


def _proved(subject: str, proof: Proof, now: datetime, renewing: str) -> Finding:
    rights = f", with the rights {', '.join(proof.rights)}" if proof.rights else ""
    until = f", good until {proof.until:%Y-%m-%d %H:%M} UTC" if proof.until else ""
    mend = ""
    if proof.until is not None and (proof.until - now).days < 14:
        mend = renewing
    return Finding(True, subject, one_line(f"It is let in as {proof.who}{rights}{until}.", 2 * _LONGEST), mend)


def _lacks(subject: str, proof: Proof) -> list[Finding]:
    return [_lack(subject, one) for one in proof.lacks]


def _lack(subject: str, lack: Lack) -> Finding:
    return Finding(not lack.hears, subject, lack.sentence, lack.mend)
