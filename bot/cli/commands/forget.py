"""`dibs forget`: what must not be kept any more is removed, and the log stays provable."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import open_database, read_settings
from bot.cli.plain_errors import plain_errors
from bot.cli.terminal import printable
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids

if TYPE_CHECKING:
    from bot.settings.settings import Settings
    from handlers.privacy.authors import Forgetting

app = typer.Typer(help="Remove what must not be kept any more.", no_args_is_help=True)
_DRY = typer.Option("--dry-run", help="Change nothing; say how much would be removed.")


@app.command(short_help="Remove an author, and all that they wrote.")
def author(
    source: Annotated[str, typer.Argument(help="The name of a source in dibs.toml.")],
    who: Annotated[str, typer.Argument(help="The author’s id there, or their handle.")],
    dry_run: Annotated[bool, _DRY] = False,
) -> None:
    """Remove an author, all that they wrote, and drafts, notes and replies to it; nothing of theirs is stored again.

    Their open mentions are dismissed. Said again, it goes on where it was cut short.
    """
    from bot.cli.forget import forget_author

    with plain_errors():
        settings = read_settings()
        with open_database(settings) as database:
            outcome = forget_author(database, _now(settings), source, who, dry_run=dry_run)
    _end(outcome.text, outcome.code)


@app.command(short_help="Remove what one mention says.")
def mention(
    token: Annotated[str, typer.Argument(help="What it is called, such as k7f2x.")],
    dry_run: Annotated[bool, _DRY] = False,
) -> None:
    """Remove all that a mention says, and drafts, notes and replies to it; it is not stored again."""
    from bot.cli.forget import forget_mention

    with plain_errors():
        settings = read_settings()
        with open_database(settings) as database:
            outcome = forget_mention(database, _now(settings), token, dry_run=dry_run)
    _end(outcome.text, outcome.code)


@app.command(short_help="Remove a colleague who left.")
def person(
    who: Annotated[str, typer.Argument(help="E-mail address, full name, or person:ID as `dibs person list` shows it.")],
    dry_run: Annotated[bool, _DRY] = False,
) -> None:
    """Remove who a colleague was: name, address, accounts, and their name on cards and lists. This cannot be undone.

    What they have is released to its departments, and their drafts are withdrawn; what they did stays in the log and
    in all figures, by a person who was forgotten. They come in no more: `dibs person on` lets in whoever is back.
    """
    from bot.cli.forget import forget_person

    with plain_errors():
        settings = read_settings()
        with open_database(settings) as database:
            outcome = forget_person(database, _now(settings), who, typer.echo, dry_run=dry_run)
        named = _named_in_file(settings, who)
    _end(f"{outcome.text}{named if outcome.code == 0 else ''}", outcome.code)


def _named_in_file(settings: "Settings", who: str) -> str:
    """Say that dibs.toml names them, where it does, for it is not ours to change."""
    written = settings.config_path.read_text(encoding="utf-8").casefold()
    return f" {settings.config_path} names them still: take {who} out there." if who.casefold() in written else ""


@app.command(short_help="Remove what was typed beside a row of the log.")
def remark(
    row: Annotated[int, typer.Argument(help="The number of the row in the log.", min=1)],
    dry_run: Annotated[bool, _DRY] = False,
) -> None:
    """Remove what a colleague typed beside a row of the log: a note, or a reason. The row stays."""
    from bot.cli.forget import forget_one_remark

    with plain_errors(), open_database(read_settings()) as database:
        outcome = forget_one_remark(database, row, dry_run=dry_run)
    _end(outcome.text, outcome.code)


def _now(settings: "Settings") -> "Forgetting":
    from handlers.privacy.authors import Forgetting

    return Forgetting(settings.organisation, Clock().now(), Ids().random)


def _end(text: str, code: int) -> None:
    typer.echo(printable(text), err=code > 0)
    raise typer.Exit(code)
