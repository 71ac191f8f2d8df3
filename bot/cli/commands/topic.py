"""`dibs topic`: trying what is listened for, before it is relied on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import open_database, read_settings
from bot.cli.plain_errors import plain_errors
from bot.cli.terminal import printable
from bot.runtime.clock import Clock

if TYPE_CHECKING:
    from handlers.base.organisation import Organisation
    from handlers.report.trial import Trial
    from handlers.text.match import Topic

app = typer.Typer(help="Try what topics listen for.", no_args_is_help=True)


@app.callback()
def topics() -> None:
    """Try what topics listen for."""


# A query may begin with a minus, and who forgets the quotes of the shell is understood as far as the shell lets them.
@app.command(
    short_help="Try a query or a topic on the mentions of a week.", context_settings={"ignore_unknown_options": True}
)
def test(
    query: Annotated[
        list[str], typer.Argument(help="A query, in quotes of the shell; or the name of a topic in dibs.toml.")
    ],
) -> None:
    """Say how a query is read, and what it would have found among the mentions of the last seven days.

    Nothing is stored, and the query need not stand in dibs.toml. The exact name of a topic there tries that topic.
    """
    from handlers.report.trial import topic_of, try_topic
    from handlers.text.query.errors import QueryError

    with plain_errors():
        settings = read_settings()
        try:
            topic = topic_of(settings.organisation, " ".join(query))
        except QueryError as error:
            typer.echo("\n".join(map(printable, error.lines)), err=True)
            raise typer.Exit(2) from None
        for line in _about(settings.organisation, topic):
            typer.echo(line)
        with open_database(settings) as database:
            now = Clock().now()
            trial = database.read(lambda session: try_topic(session, settings.organisation, topic, now))
    for line in _lines(trial):
        typer.echo(line)


def _about(organisation: "Organisation", topic: "Topic") -> Iterator[str]:
    from handlers.text.match import read_as

    if topic.name:
        product = f", product {topic.product}" if topic.product else ""
        department = organisation.department(topic.department).name
        yield printable(f"The topic {topic.name} of dibs.toml, for {department}{product}.")
    yield printable(f"Read as: {read_as(topic)}")


def _lines(trial: "Trial") -> Iterator[str]:
    number, *rest = trial.sentences
    yield printable(number)
    if trial.tried:
        for day, matched in trial.days:
            yield f"  {day:%a %Y-%m-%d} {matched:5,}"
    for one in trial.samples:
        reasons = ", ".join(f"“{term}”" for term in one.terms)
        yield printable(f"  #{one.token} “{one.words}”: {reasons}; came in by {one.topic or 'no topic'}")
    yield from map(printable, rest)
