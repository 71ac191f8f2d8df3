"""`dibs report`: what the desk and the chat say of a period, for operators; and the proof that it was counted right."""

import sys
from typing import Annotated

import typer

from bot.cli.opening import open_database, read_settings
from bot.cli.plain_errors import plain_errors
from bot.runtime.clock import Clock

app = typer.Typer()
_FORMATS = ("text", "json", "csv")


@app.callback(invoke_without_command=True, short_help="Say what was counted of a period.")
def report(
    context: typer.Context,
    period: Annotated[str, typer.Option(help="2026-11, 2026-W48, 2026-Q4 or 2026; else the last whole month.")] = "",
    department: Annotated[str, typer.Option(help="The key of a department; else the company.")] = "",
    product: Annotated[str, typer.Option(help="A product that a topic names; else all.")] = "",
    format_: Annotated[str, typer.Option("--format", help="text, json or csv")] = "text",
) -> None:
    """Say what was counted of a period: sentences, then figures, each with what it means.

    What is in the log and not counted yet is counted first. Nobody is named, and a department has figures of its own
    from five people on who acted in the period.
    """
    if context.invoked_subcommand is not None:
        return
    from bot.cli.report import Wrong, say_report

    if format_ not in _FORMATS:
        typer.echo(f"The format is text, json or csv, not {format_!r}.", err=True)
        raise typer.Exit(2)
    with plain_errors():
        settings = read_settings()
        with open_database(settings) as database:
            try:
                asked = (period, department, product)
                say_report(database, settings.organisation, *asked, format_, Clock().now(), sys.stdout)
            except Wrong as wrong:
                typer.echo(str(wrong), err=True)
                raise typer.Exit(2) from None


@app.command(short_help="Count the log anew, and say what differed.")
def rebuild() -> None:
    """Count the whole log anew, compare that with what reports are read from, say what differs, and put it right.

    It takes a while and some memory: of a million mentions about a minute and a gigabyte.
    """
    from bot.cli.report import compare_and_mend

    with plain_errors():
        settings = read_settings()
        with open_database(settings) as database:
            lines, same = compare_and_mend(database, settings.organisation)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(0 if same else 1)
