"""The command line. Each command imports what it needs when it runs.

Exit codes: 0 done, 1 a check failed or something cannot be used as it is, 2 wrong use.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.commands import database, export, forget, hours, log, report, source, topic
from bot.cli.opening import Given, log_level, open_database, read_settings, remember
from bot.cli.plain_errors import plain_errors
from bot.cli.run import run as go_to_work
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.runtime.roles import ALL_ROLES, Role

app = typer.Typer(
    name="dibs",
    help="Hear what customers say in public, and let the whole company answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(database.app, name="db")
app.add_typer(export.app, name="export")
app.add_typer(forget.app, name="forget")
app.add_typer(log.app, name="log")
app.add_typer(report.app, name="report")
app.add_typer(source.app, name="source")
app.command("hours", short_help="Say when a department is open.")(hours.hours)
app.add_typer(topic.app, name="topic")
VARIABLES = (
    "Variables: DIBS_CONFIG (dibs.toml), DIBS_DATABASE_URL (sqlite:///dibs.db), DIBS_HOST, DIBS_PORT, DIBS_PUBLIC_URL, "
    "DIBS_KEY, DIBS_LOG_LEVEL; for Slack SLACK_BOT_TOKEN with SLACK_APP_TOKEN or SLACK_SIGNING_SECRET; for Teams "
    "TEAMS_APP_ID, TEAMS_APP_PASSWORD, TEAMS_TENANT_ID; and those of sources, DIBS_<SOURCE>_…, that `dibs source test` "
    "names. Each may stand in a file that the same name with _FILE behind it leads to."
)


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"dibs {version('dibs')}")
        raise typer.Exit


@app.callback()
def dibs(
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="Where dibs.toml is; else DIBS_CONFIG says so.", show_default=False)
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell what is done, on standard error.")] = False,
) -> None:
    """Hear what customers say in public, and let the whole company answer."""
    remember(Given(config, verbose))


@app.command()
def init(path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("dibs.toml")) -> None:
    """Write a commented dibs.toml to start from."""
    from bot.settings.example import example

    with plain_errors():
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(example())
        except FileExistsError:
            typer.echo(f"{path} is there already; it was left as it is.", err=True)
            raise typer.Exit(1) from None
    typer.echo(f"Wrote {path}. Fill in your departments and topics, then run: dibs check")


@app.command(short_help="Show everything with sample mentions.")
def demo(
    feed: Annotated[list[str] | None, typer.Option(help="Watch this feed too; may be given several times.")] = None,
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 8484,
) -> None:
    """Show everything on this machine with sample mentions; no token, no account, nothing kept."""
    from bot.cli.demo.run import run_demo
    from bot.runtime.logs import set_up_logs

    with plain_errors():
        set_up_logs(log_level("WARNING"))
        asyncio.run(run_demo(feed_urls=tuple(feed or ()), port=port))


@app.command(short_help="Run the bot until it is told to stop.", epilog=VARIABLES)
def run(
    role: Annotated[
        list[Role] | None,
        typer.Option(help="What this process does, where several share; may be given twice.", show_default="all"),
    ] = None,
) -> None:
    """Run the bot until it is told to stop; SIGHUP lets it look at dibs.toml again.

    Several processes on one PostgreSQL may each do all, or each a part: `web` answers gestures over HTTP, hooks and the
    desk; `worker` sends cards and replies and does what is due; `listen` asks sources and holds streams and sockets.
    """
    go_to_work(role or ALL_ROLES)


@app.command(short_help="Let the running Dibs look at dibs.toml again.")
def reload(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; try the topics on the mentions of the last seven days.")
    ] = False,
) -> None:
    """Check dibs.toml, and let the running Dibs take over its topics, charters, saved replies and principles.

    Whatever else changed in it is named, and waits for the next start. A file that is wrong changes nothing. Told first
    is what topics that are new or changed would have found among the mentions of the last seven days, and which of
    these would come in otherwise.
    """
    from bot.cli.reload import reload_running, tried
    from storage.engine.urls import file_of

    with plain_errors():
        settings = read_settings()
        for line in tried(settings, Clock(), dry_run=dry_run):
            typer.echo(line)
        if dry_run:
            return
        well, said = asyncio.run(reload_running(file_of(settings.database_url), Clock()))
    typer.echo(said, err=not well)
    raise typer.Exit(0 if well else 1)


@app.command(short_help="Look at everything; say how to mend it.")
def check() -> None:
    """Look at configuration, accounts, rights, channels, database and clock, and say how to mend what is wrong."""
    from bot.cli.check import check_all
    from bot.cli.terminal import counted

    with plain_errors():
        findings = asyncio.run(check_all(read_settings()))
    for one in findings:
        mark = "FAIL" if not one.ok else "warn" if one.mend else "ok  "
        typer.echo(f"{mark} {one.subject}: {one.sentence}")
        if one.mend:
            typer.echo(f"     → {one.mend}")
    wrong = sum(not one.ok for one in findings)
    warned = sum(one.ok and bool(one.mend) for one in findings)
    typer.echo(f"{len(findings) - wrong - warned} ok, {counted(warned, 'warning')}, {wrong} to mend.")
    raise typer.Exit(1 if wrong else 0)


@app.command(short_help="Make the manifest for Slack or Teams.")
def manifest(
    platform: Annotated[str, typer.Argument(help="slack or teams")],
    http: Annotated[bool, typer.Option("--http", help="Slack: for HTTP mode, not Socket Mode.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
) -> None:
    """Make what the platform's vendor wants to know of the bot: print it for pasting, or write it for uploading."""
    from bot.cli.manifest import make_manifest
    from bot.toml.problems import SettingsError

    try:
        made = make_manifest(platform, os.environ, http=http)
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if path := output or (Path(made.file) if made.file else None):
        with plain_errors():
            path.write_bytes(made.content)
    typer.echo("\n".join((f"Wrote {path}.", *made.steps)) if path else made.content.decode().rstrip("\n"))


@app.command(short_help="Print a file for the machine Dibs runs on.")
def template(
    name: Annotated[str, typer.Argument(help="systemd, caddy, nginx, or icon (a PNG for the page of the Slack app).")],
    output: Annotated[Path | None, typer.Option(help="Write it to this new file.")] = None,
) -> None:
    """Print a systemd unit, a site for a proxy, or the app's icon, with what is so here filled in."""
    from bot.cli import templates
    from bot.settings.settings import load_address

    if name not in templates.NAMES:
        typer.echo(f"There is no template {name!r}. There are: {', '.join(templates.NAMES)}.", err=True)
        raise typer.Exit(2)
    with plain_errors():
        filled = templates.here(*load_address(os.environ), os.environ.get("DIBS_PUBLIC_URL", ""))
        made = templates.PICTURES[name]() if name in templates.PICTURES else templates.TEXTS[name](filled).encode()
        if output is not None:
            with output.open("xb") as file:
                file.write(made)
        elif name in templates.PICTURES and sys.stdout.isatty():
            typer.echo("That is a picture: name a file with --output.", err=True)
            raise typer.Exit(2)
        else:
            sys.stdout.buffer.write(made)


@app.command(short_help="Print what completes commands in a shell.")
def completion(shell: Annotated[str, typer.Argument(help="bash, zsh or fish")]) -> None:
    """Print the lines by which a shell completes `dibs` and its options.

    In ~/.bashrc: eval "$(dibs completion bash)". In ~/.zshrc, after compinit: eval "$(dibs completion zsh)".
    Else: dibs completion fish > ~/.config/fish/completions/dibs.fish
    """
    from bot.cli.completion import SHELLS, script

    if shell not in SHELLS:
        typer.echo(f"There is nothing for {shell!r}. There is for: {', '.join(SHELLS)}.", err=True)
        raise typer.Exit(2)
    typer.echo(script(shell))


@app.command(short_help="Ask the bot on this machine if it is alive.")
def health() -> None:
    """Ask the bot on this machine whether it is alive; for health checks of containers."""
    from bot.cli.health import is_alive
    from bot.settings.settings import load_address

    with plain_errors():
        host, port = load_address(os.environ)
    alive = is_alive(host, port)
    typer.echo("alive" if alive else f"nothing answers at port {port}", err=not alive)
    raise typer.Exit(0 if alive else 1)


@app.command(short_help="Print a link to the desk for an employee.")
def desk(
    email: Annotated[str, typer.Argument(help="The employee's e-mail address.")],
    name: Annotated[str, typer.Option(help="Their name, if Dibs does not know them yet.")] = "",
) -> None:
    """Print a one-time link to the desk for an employee, where there is no chat to ask in."""
    from bot.cli.people import let_in

    with plain_errors():
        settings = read_settings()
        with open_database(settings) as database:
            outcome = let_in(database, settings.organisation, email, name, Clock().now(), Ids().random)
    typer.echo(outcome.text, err=outcome.code > 0)
    raise typer.Exit(outcome.code)


@app.command(short_help="See, switch off or on who may come in.")
def person(
    action: Annotated[str, typer.Argument(help="list, off, on, or leave: end all their sessions and links.")],
    who: Annotated[str, typer.Argument(help="E-mail address, full name, or person:ID as list shows it.")] = "",
) -> None:
    """See who may come in; switch a person off or on; end their sessions of the desk."""
    from bot.cli.people import change_person

    with plain_errors():
        settings = read_settings()
        with open_database(settings) as database:
            outcome = change_person(database, settings.organisation, action, who, Clock().now())
    typer.echo(outcome.text, err=outcome.code > 0)
    raise typer.Exit(outcome.code)


@app.command()
def digest(department: Annotated[str, typer.Argument(help="The key of a department.")]) -> None:
    """Print a department's digest as of now."""
    from bot.cli.terminal import notice_lines
    from handlers.report.digest import build_digest
    from storage.people import people

    with plain_errors():
        settings = read_settings()
        now = Clock().now()
        with open_database(settings) as database:
            row = database.read(lambda session: people.department(session, department))
            if row is None or row.removed:
                known = ", ".join(one.key for one in settings.organisation.departments)
                typer.echo(f"There is no department {department!r}. There are: {known}.", err=True)
                raise typer.Exit(2)
            notice = database.read(lambda session: build_digest(session, settings.organisation, row.id, now))
    for line in notice_lines(notice):
        typer.echo(line)
