"""The bot that sends again what may stand there, without looking: it has to fail where the service takes it twice.

``python -m tests.end_to_end.careless POINT SOURCE run``, killed as ``tests.end_to_end.killed_publishing`` does.
"""

from bot.outbox.publication import PublicationAttempt
from handlers.reply.outcome.steps import LeasedPublication
from storage.tables.states import PublicationState
from tests.end_to_end import killed_publishing


async def look(reply: PublicationAttempt) -> None:
    """Take it for not sent, and let it go out whatever the post looks like now."""

    def again(held: LeasedPublication) -> bool:
        return held.settle(PublicationState.DUE, next_at=None, trouble="", despite_change=True)

    await reply._settle(again)


if __name__ == "__main__":
    PublicationAttempt.look = look  # type: ignore[method-assign, assignment]
    killed_publishing.main()
