"""`dibs hours`: when departments are there."""

from typing import Annotated

import typer

from bot.cli.opening import read_settings
from bot.cli.plain_errors import plain_errors
from bot.runtime.clock import Clock


def hours(
    department: Annotated[str, typer.Argument(help="The key of a department; or: holidays.")],
    when: Annotated[str, typer.Argument(help='Now, or such as "2026-10-24 21:00"; a country for holidays.')] = "",
    how_long: Annotated[str, typer.Argument(help="Such as 9h or 1h30m; the year for holidays.")] = "",
) -> None:
    """Say when a department is open, and when so much of its time will be over.

    dibs hours finance: now, and its next openings. dibs hours finance "2026-10-24 21:00" 9h: when nine opening hours
    are over from then on. dibs hours holidays DE-BE 2027: lines for dibs.toml, to be read before they are pasted.
    """
    from bot.cli.hours import say_holidays, say_hours

    with plain_errors():
        if department == "holidays":
            outcome = say_holidays(when, how_long)
        else:
            outcome = say_hours(read_settings().organisation, department, when, how_long, Clock().now())
    typer.echo(outcome.text, err=outcome.code > 0)
    raise typer.Exit(outcome.code)
