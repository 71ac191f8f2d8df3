"""`dibs export`: whoever asks is given all that is kept of them."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.opening import open_database, read_settings
from bot.cli.people import Outcome
from bot.cli.plain_errors import plain_errors
from bot.cli.terminal import printable
from bot.runtime.clock import Clock

app = typer.Typer(help="Write down all that is kept of somebody.", no_args_is_help=True)
_FILE = typer.Argument(help="A new file, which nobody but you may read then.")


@app.command(short_help="All that is kept of a colleague.")
def person(
    who: Annotated[str, typer.Argument(help="E-mail address, full name, or person:ID as `dibs person list` shows it.")],
    file: Annotated[Path, _FILE],
) -> None:
    """Write all that is kept of a colleague as JSON: accounts, what they did and typed, drafts, what they were told.

    Who else acted is left out.
    """
    from bot.cli.export import export_person

    with plain_errors(), open_database(read_settings()) as database:
        outcome = export_person(database, who, file, Clock().now())
    _end(outcome)


@app.command(short_help="All that is kept of an author.")
def author(
    source: Annotated[str, typer.Argument(help="The name of a source in dibs.toml.")],
    who: Annotated[str, typer.Argument(help="The author’s id there, or their handle.")],
    file: Annotated[Path, _FILE],
) -> None:
    """Write all that is kept of an author as JSON: what they wrote, what was made of it, notes on it, and our replies.

    Who of us acted is left out.
    """
    from bot.cli.export import export_author

    with plain_errors():
        settings = read_settings()
        with open_database(settings) as database:
            outcome = export_author(database, settings.organisation, source, who, file, Clock().now())
    _end(outcome)


def _end(outcome: Outcome) -> None:
    typer.echo(printable(outcome.text), err=outcome.code > 0)
    raise typer.Exit(outcome.code)
