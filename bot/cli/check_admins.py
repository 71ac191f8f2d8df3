"""What `dibs check` says of admins: an address that no platform knows is told of nothing, and nobody would notice."""

from bot.chat.base import Finding
from bot.cli.check_charters import absence
from handlers.base.organisation import Organisation
from storage.engine.database import Session

_MEND = "Correct the address in admins. Somebody who is new is known once their platform tells us."


def check_admins(session: Session, organisation: Organisation) -> list[Finding]:
    """Find the admins who are not known, or have left."""
    findings = []
    for email in organisation.admins:
        if missing := absence(session, email):
            findings.append(Finding(True, "Admins", f"{email} {missing}, and so is told of no trouble.", _MEND))
    return findings
