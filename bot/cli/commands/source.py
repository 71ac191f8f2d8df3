"""`dibs source`: trying a source, reading again what it sent, and letting Dibs in where it has an account."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.cli.opening import open_database, read_settings
from bot.cli.plain_errors import plain_errors
from bot.runtime.clock import Clock

if TYPE_CHECKING:
    from bot.settings.settings import Settings
    from bot.sources.kit.login import SignedIn
    from bot.sources.kit.tools import SourceTools
    from bot.sources.runner.dry_run import Report
    from storage.engine.database import Database

ResultT = TypeVar("ResultT")

app = typer.Typer(help="Try a source, replay it, and sign in there.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name of a source in dibs.toml.")]


@app.command(short_help="Ask a source once, and store nothing.")
def test(name: Name) -> None:
    """Ask a source once, store nothing, and show what its last posts would have matched.

    What lets its account in is kept all the same, where that changes with each use.
    """
    from bot.cli.spending import booked
    from bot.sources.runner.dry_run import NoSuchSource, try_source
    from storage.engine.schema import SchemaError

    with plain_errors():
        settings = read_settings()

    async def ask(tools: "SourceTools") -> "tuple[Report, list[str]]":
        with booked(settings, name, tools.fetcher, tools.clock) as (counting, spent):
            tools = replace(tools, fetcher=counting)
            report = await try_source(
                settings.sources, settings.organisation, tools, name, public_url=settings.public_url
            )
        return report, spent

    try:
        with plain_errors(), ExitStack() as stack:
            database = None
            if settings.key:  # only then is anything kept
                with suppress(SchemaError):
                    database = stack.enter_context(open_database(settings))
            report, spent = _with_tools(settings, ask, database)
    except NoSuchSource as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    for line in (*report.lines, *spent):
        typer.echo(line)
    raise typer.Exit(0 if report.ok else 1)


@app.command(short_help="Read again what could not be read.")
def replay(name: Name) -> None:
    """Read again what a vendor sent in the last day and could not be read, by the options as they are now.

    What can be read becomes cards, once, however often this is run, and also while Dibs runs. It says how much was
    read, and why the rest still cannot be; that stays for the rest of its day.
    """
    from bot.runtime.ids import Ids
    from bot.sources.runner.dry_run import NoSuchSource
    from bot.sources.runner.replaying import replay_source

    async def read_again(tools: "SourceTools") -> "Report":
        random = Ids().random
        return await replay_source(settings.sources, settings.organisation, tools, database, random, name)

    try:
        with plain_errors():
            settings = read_settings()
            with open_database(settings) as database:
                said = _with_tools(settings, read_again, database)
    except NoSuchSource as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo("\n".join(said.lines))
    raise typer.Exit(0 if said.ok else 1)


@app.command(short_help="Sign in where a source has an account.")
def login(name: Name) -> None:
    """Sign in at the network of a source with the account that Dibs is to use there, and keep what comes of it.

    It prints the address to open. Where the desk has a public address the browser comes back to it, and an admin who
    sits there ends the sign-in; else, paste here the address to which the browser was led.
    """
    from bot.sources.kit.login import LoginFailed
    from bot.sources.signing_in import NoSuchLogin

    try:
        with plain_errors():
            settings = read_settings()
            with open_database(settings) as database:
                signed_in = _with_tools(settings, lambda tools: _sign_in(settings, tools, name), database)
    except LoginFailed as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2 if isinstance(error, NoSuchLogin) else 1) from None
    lines = signed_in.sentences if signed_in else ["The desk says what came of it."]
    typer.echo("\n".join([*lines, "A running Dibs goes on with it within a minute."]))


async def _sign_in(settings: "Settings", tools: "SourceTools", name: str) -> "SignedIn | None":
    from bot.sources.signing_in import SigningIn

    found = SigningIn(settings.sources, tools, settings.own_url).at(name)
    address = await found.begin()
    typer.echo(f"The application at {found.network} has to know this redirect address:\n  {found.redirect}")
    typer.echo(f"Open this address within ten minutes, as the account that Dibs is to use there:\n  {address}")
    if settings.public_url:
        typer.echo("The desk takes it from there, if an admin sits at it in the same browser: press Enter then.")
    else:
        typer.echo("The browser is led to a page that it may not find. Its address is what counts.")
    brought = await asyncio.to_thread(typer.prompt, "Paste that address", default="", show_default=False)
    return await found.paste(brought) if brought.strip() or not settings.public_url else None


def _with_tools(
    settings: "Settings", work: "Callable[[SourceTools], Awaitable[ResultT]]", database: "Database | None"
) -> ResultT:
    """Do something with the tools of sources, and close what they opened."""

    async def run() -> ResultT:
        async with _tools(settings, database) as tools:
            return await work(tools)

    return asyncio.run(run())


@asynccontextmanager
async def _tools(settings: "Settings", database: "Database | None") -> "AsyncIterator[SourceTools]":
    from bot.cli.check_accounts import accounts_of
    from bot.net.client import Fetcher
    from bot.sources.kit.sandbox import Isolation
    from bot.sources.kit.tools import SourceTools

    clock = Clock()
    fetcher, accounts = Fetcher(clock), accounts_of(settings, database)
    try:
        yield SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock, accounts=accounts)
    finally:
        await accounts.stop()
        await fetcher.aclose()
