"""What `dibs check` says of charters. They are warnings: without a charter Dibs works, closed, and nobody is lost."""

from collections.abc import Iterator

from bot.chat.base import Finding
from handlers.base.organisation import Organisation, SourceRules
from storage.engine.database import Session
from storage.people import people


def check_charters(organisation: Organisation) -> list[Finding]:
    """Find the sources without a charter, and the charters that nobody keeps."""
    return [finding for rules in organisation.sources for finding in _check_charter(rules)]


def _check_charter(rules: SourceRules) -> Iterator[Finding]:
    subject = f"Charter of {rules.name}"
    if not rules.charter.written:
        closed = "There is none, so the owning department publishes and a second person reads."
        yield Finding(True, subject, closed, "Write [sources.charter] below it, or [charter] for all sources.")
    elif not rules.charter.owner:
        mend = 'Name a department or a person: owner = "ana@acme.example".'
        yield Finding(True, subject, "Nobody keeps it: it has no owner.", mend)


def check_charter_people(session: Session, organisation: Organisation) -> list[Finding]:
    """Find the people whom a charter names and who are not known, or have left."""
    roles: dict[str, dict[str, list[str]]] = {}
    for rules in organisation.sources:
        for email, role in _named(rules):
            roles.setdefault(email, {}).setdefault(role, []).append(rules.name)
    findings = []
    for email, named in roles.items():
        missing = absence(session, email)
        if not missing:
            continue
        where = " and ".join(f"{role} of {', '.join(sources)}" for role, sources in named.items())
        mend = "Correct the address, or name a department. Somebody who is new is known once their platform tells us."
        findings.append(Finding(True, "Charters", f"{email} ({where}) {missing}.", mend))
    return findings


def absence(session: Session, email: str) -> str:
    """Say why nobody of this address can do anything here: never seen, or gone; empty where somebody can."""
    person = people.by_email(session, email)
    if person is None:
        return "is not known"
    return "" if person.active else "is not with us any more"


def _named(rules: SourceRules) -> Iterator[tuple[str, str]]:
    for one in rules.charter.publish:
        if "@" in one:
            yield one.casefold(), "publisher"
    if "@" in rules.charter.owner:
        yield rules.charter.owner.casefold(), "owner"
