"""`dibs log`: the ownership log for those who do not trust us."""

import sys
from typing import Annotated

import typer

from bot.cli.opening import open_database, read_settings
from bot.cli.plain_errors import plain_errors

app = typer.Typer(help="Export and prove the ownership log.", no_args_is_help=True)


@app.command(short_help="Print every row of the ownership log.")
def export(
    format_: Annotated[str, typer.Option("--format", help="jsonl or csv")] = "jsonl",
    raw: Annotated[bool, typer.Option("--raw", help="Only the columns of ownership_event, as they are.")] = False,
) -> None:
    """Print every row of the ownership log, oldest first: its columns, and beside each id what it means.

    docs/reference/log.md describes the columns. In CSV, names and addresses that a spreadsheet would take for a formula
    begin with an apostrophe.
    """
    from handlers.report.export import write_csv, write_json_lines

    writers = {"jsonl": write_json_lines, "csv": write_csv}
    if format_ not in writers:
        typer.echo(f"The format is jsonl or csv, not {format_!r}.", err=True)
        raise typer.Exit(2)
    with plain_errors(), open_database(read_settings()) as database:
        database.read(lambda session: writers[format_](session, sys.stdout, raw=raw))


@app.command(short_help="Prove that the log was not changed.")
def verify(
    head: Annotated[str | None, typer.Option(help="A head that was kept, from a digest: proves the end too.")] = None,
) -> None:
    """Prove that no row of the ownership log was changed, removed or added."""
    from bot.cli.heads import read_head
    from storage.own.ownership import verify

    kept = read_head(head)
    with plain_errors(), open_database(read_settings()) as database:
        verdict = database.read(lambda session: verify(session, kept))
    if verdict.trouble:
        typer.echo(verdict.trouble, err=True)
        raise typer.Exit(1)
    typer.echo(f"{verdict.rows} rows, all in order. Head: {verdict.head}")
