"""What `dibs check` says of what goes by age."""

from datetime import datetime

from bot.chat.base import Finding
from handlers.base.organisation import Organisation
from handlers.privacy.by_age import aged
from storage.engine.database import Session
from storage.listen import retention


def check_retention(session: Session, organisation: Organisation, now: datetime) -> list[Finding]:
    """Say of each source how much is older than it is kept, when that goes, and how much went so far."""
    gone = retention.rows(session)
    found = []
    for one in aged(session, organisation, now):
        when = "It goes at night." if one.told_at is not None else "The first night only tells it, the next removes it."
        row = gone.get(one.source)
        so_far = f" So far {row.mentions} mentions and {row.posts} other posts went." if row is not None else ""
        found.append(Finding(True, "Retention", f"{one.said}. {when}{so_far}"))
    return found or [Finding(True, "Retention", "All is kept until it is forgotten: [retention] says nothing.")]
