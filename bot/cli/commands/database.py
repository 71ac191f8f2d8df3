"""`dibs db`: what an operator does to the database."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.opening import open_database, read_settings
from bot.cli.plain_errors import plain_errors
from bot.cli.terminal import counted
from bot.runtime.clock import Clock

app = typer.Typer(help="Care for the database.", no_args_is_help=True)


@app.command(short_help="Create the database, or upgrade it.")
def upgrade() -> None:
    """Create the database, or bring it to the schema of this release.

    Where that only adds, replicas of the release before go on meanwhile. Else stop every replica first: with one that
    still runs nothing is changed.
    """
    from storage.engine.database import open_engine
    from storage.engine.schema import look, upgrade
    from storage.work.replicas import require_stopped

    with plain_errors():
        engine = open_engine(read_settings().database_url)
        before = look(engine)
        if before.state == "newer":
            typer.echo(f"The database has schema {before.found}, which is newer than this release.", err=True)
            raise typer.Exit(1)
        require_stopped(engine, before, Clock().now())
        upgrade(engine)
        engine.dispose()
    typer.echo(f"The database has schema {before.wanted} now (it had: {before.found or 'none'}).")


@app.command(short_help="Write all of it into one file, while Dibs runs.")
def backup(file: Annotated[Path, typer.Argument(help="Where to write it; must not be there yet.")]) -> None:
    """Write all that is in the database into one file, as of one moment, while Dibs runs.

    The file is compressed, for its owner's eyes alone, and the same whichever database it is of: what was taken of
    SQLite can be restored into PostgreSQL, and the other way round. Sessions of the desk are not in it.
    """
    from storage.backup.take import take

    with plain_errors(), open_database(read_settings()) as database:
        taken = take(database, file, Clock().now(), _progress)
    log = f"the ownership log has {counted(taken.events, 'row')}, head {taken.head}"
    if taken.trouble:
        typer.echo(f"Wrote {file}, but {log} is broken, and so cannot be restored: {taken.trouble}", err=True)
        raise typer.Exit(1)
    typer.echo(f"Wrote {file}: {counted(taken.rows, 'row')}; {log}, and verifies.")


@app.command(short_help="Put a backup into an empty database.")
def restore(file: Annotated[Path, typer.Argument(help="What `dibs db backup` wrote.")]) -> None:
    """Put a backup into the empty database that DIBS_DATABASE_URL names, all of it or nothing.

    Stop Dibs first. What was posted after the backup is looked for before anything is posted again, and a person is
    asked of each reply that was on its way.
    """
    from bot.runtime.instance_lock import InstanceLock
    from storage.backup.restore import restore
    from storage.engine.database import open_engine
    from storage.engine.urls import file_of

    with plain_errors():
        settings = read_settings()
        lock = InstanceLock(file_of(settings.database_url))
        lock.take()
        engine = open_engine(settings.database_url)
        try:
            put_back = restore(engine, file, Clock().now(), _progress)
        finally:
            engine.dispose()
            lock.release()
    typer.echo(f"Restored {counted(put_back.rows, 'row')} as of {put_back.at:%Y-%m-%d %H:%M:%S} UTC.")
    typer.echo(f"The ownership log has {counted(put_back.events, 'row')} and verifies. Head: {put_back.head}")
    if put_back.asked:
        replies = "1 reply was" if put_back.asked == 1 else f"{put_back.asked} replies were"
        typer.echo(f"{replies} on the way out then: a person is asked whether it stands there.")
    typer.echo("For a day Dibs looks before it posts, so that nothing of the time since then is posted twice.")


@app.command(short_help="Move from SQLite to PostgreSQL.")
def copy(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="URL",
            help="Where to: postgresql://user@host/database, empty. Its password may stand in PGPASSWORD instead.",
        ),
    ],
) -> None:
    """Copy all of the SQLite file that DIBS_DATABASE_URL names into an empty PostgreSQL, and compare each row.

    Stop Dibs first. Whatever interrupts it, the same command goes on where it was; until it is done, no Dibs starts on
    the target. The file stays as it is, sessions of the desk go along.
    """
    from bot.cli.moving import Bars, move

    with plain_errors(), Bars() as bars:
        copied = move(read_settings().database_url, to, bars.show)
    typer.echo(f"Copied {counted(copied.rows, 'row')}, and each is the same on both sides.")
    typer.echo(f"The ownership log has {counted(copied.events, 'row')} and verifies. Head: {copied.head}")
    typer.echo("Put the new address into DIBS_DATABASE_URL and start Dibs. Keep the file, and start no Dibs on it.")


def _progress(sentence: str) -> None:
    typer.echo(sentence, err=True)
