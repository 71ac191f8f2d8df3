"""The bot, killed at an exact moment of a reply: ``python -m tests.end_to_end.killed_publishing POINT SOURCE run``.

As in ``tests.end_to_end.killed``: nothing of the product knows of this. The process ends by SIGKILL the first time that
a reply on SOURCE passes the point after it was armed; or a post on its way in, or what its account is let in with.
"""

import signal
import sys
from collections.abc import Callable
from typing import Any

from tests.end_to_end.killed import Commits, Death, wrap

LOOKED_UP = "looked up before settled"
FETCHED = "fetched"
BOUGHT = "tokens bought, before their commit"
KEPT = "tokens kept, before their use"
STAGED = "between the two steps"


def at_fetched(death: Death, source: str) -> None:
    """Posts were fetched that were not there before it was armed, and nothing of them is stored."""
    from bot.sources.runner.poller import Poller

    keep, seen = Poller.keep, set[str]()

    async def _keep(self: Any, one: Any, lease: Any, batch: Any, next_at: Any) -> Any:
        shown = {event.external_id for event in batch.events} if one.name == source else set()
        if shown - seen:
            death.pass_by()
        seen.update(shown)
        return await keep(self, one, lease, batch, next_at)

    Poller.keep = _keep  # type: ignore[method-assign]


def at_ingest(death: Death, source: str, *, before: bool) -> None:
    """Posts became mentions."""
    import handlers.listen.polling as module

    commits = Commits(death, before=before)
    wrap(module, "ingest", lambda arrival, arguments: commits.mark(arrival.matched and arguments[1].name == source))


def at_tokens(death: Death, *, before: bool) -> None:
    """The next tokens of an account were bought."""
    from storage.listen import credentials

    commits = Commits(death, before=before)
    # One source of a chain rotates, if any.
    wrap(credentials, "replace", lambda done, _arguments: commits.mark(done))


def at_commit(death: Death, source: str, function: str) -> None:
    """A step of a reply was written down."""
    from storage.reply import publications

    commits = Commits(death, before=False)
    wrap(publications, function, lambda row, _arguments: commits.mark(row is not None and row.source == source))


def at_staged(death: Death, source: str) -> None:
    """The first of two steps is written down, and the second was not begun."""
    from handlers.reply.outcome import steps

    commits = Commits(death, before=False)
    wrap(steps, "staged", lambda done, arguments: commits.mark(bool(done) and arguments[0].row.source == source))


def at_answered(death: Death, source: str) -> None:
    """The source has answered, and nothing of it is written down."""
    from bot.outbox.publication import PublicationAttempt

    send: Callable[..., Any] = vars(PublicationAttempt)["_send_once"]

    async def sent(reply: PublicationAttempt, *arguments: Any) -> Any:
        outcome = await send(reply, *arguments)
        if reply.row.source == source:
            death.pass_by()
        return outcome

    PublicationAttempt._send_once = sent  # type: ignore[method-assign, assignment]


def at_looked_up(death: Death, source: str) -> None:
    """It is known whether the reply stands there, and nothing of it is written down."""
    from bot.outbox.publication import PublicationAttempt

    go_on: Callable[..., Any] = vars(PublicationAttempt)["_looked"]

    async def looked(reply: PublicationAttempt, *arguments: Any) -> Any:
        if reply.row.source == source:
            death.pass_by()
        return await go_on(reply, *arguments)

    PublicationAttempt._looked = looked  # type: ignore[method-assign, assignment]


POINTS: dict[str, Callable[[Death, str], None]] = {
    FETCHED: at_fetched,
    "before commit": lambda death, source: at_ingest(death, source, before=True),
    "after commit": lambda death, source: at_ingest(death, source, before=False),
    BOUGHT: lambda death, _source: at_tokens(death, before=True),
    KEPT: lambda death, _source: at_tokens(death, before=False),
    "begun": lambda death, source: at_commit(death, source, "begin"),
    "leased": lambda death, source: at_commit(death, source, "take"),
    "sending written": lambda death, source: at_commit(death, source, "mark_sending"),
    STAGED: at_staged,
    "answered before settled": at_answered,
    LOOKED_UP: at_looked_up,
}


def main() -> None:
    """Wrap what has to be wrapped, and run the command line."""
    point, source = sys.argv[1:3]
    sys.argv = ["dibs", *sys.argv[3:]]
    death = Death(1)
    POINTS[point](death, source)
    signal.signal(signal.SIGUSR1, death.arm)
    from bot.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
