"""What `dibs check` says of suggested departments: whether they are shown, and what came of them."""

from bot.chat.base import Finding
from handlers.base.organisation import Organisation
from handlers.report.suggested import suggested_so_far
from storage.engine.database import Session


def check_suggestions(session: Session, organisation: Organisation) -> Finding:
    """Say how well departments were suggested so far."""
    return Finding(True, "Suggested departments", " ".join(suggested_so_far(session, organisation)))
