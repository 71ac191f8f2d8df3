"""What `dibs check` says of the words of hints: those that people mostly found wrong."""

from bot.chat.base import Finding
from handlers.base.organisation import Organisation
from handlers.report.hint_words import doubted_words
from storage.engine.database import Session


def check_hints(session: Session, organisation: Organisation) -> list[Finding]:
    """Find the words that make us suppose wrongly most of the time."""
    return [
        Finding(
            True,
            f"Words of {one.department}",
            f"“{one.word}” made us suppose {one.kind}, and people agreed in {one.right} of {one.of} judgements.",
            f"Take it out of {one.kind} in [departments.{one.department}.words].",
        )
        for one in doubted_words(session, organisation)
    ]
