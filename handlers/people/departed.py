"""Departed: colleagues who were forgotten are known again by keyed hashes of their accounts and address alone.

A platform goes on naming whom it knows, each night: that is counted, and not stored. Who comes back is refused with
the words by which an operator lets them in again, as somebody new.
"""

from handlers.base.errors import NotAllowed
from handlers.people.written import read_account
from storage.engine.database import Session
from storage.listen import forgotten
from storage.listen.forgotten import Thing


def of_account(platform: str, workspace: str, external_id: str) -> Thing:
    """Return by what an account is known."""
    return Thing("account", f"{platform}:{workspace}", external_id)


def of_address(email: str) -> Thing:
    """Return by what an e-mail address is known."""
    return Thing("address", "", email.strip().lower())


def is_departed(session: Session, *things: Thing) -> bool:
    """Say whether any of these is of somebody who was forgotten, and count that it came."""
    gone = forgotten.among(session, things)
    if gone:
        forgotten.count_again(session, gone)
    return bool(gone)


def require_no_departed(session: Session, thing: Thing, called: str) -> None:
    """Refuse who was forgotten; ``called`` is how an operator names them.

    Raises:
        NotAllowed: They were.
    """
    if is_departed(session, thing):
        raise NotAllowed(
            "You were forgotten here, as somebody who had left. If you are back, ask an admin to run: dibs person on "
            f"{called}"
        )


def let_back(session: Session, text: str) -> bool:
    """Let an account (``slack:T1:U1``) or an address be anybody's again; says whether it was somebody's forgotten."""
    named = read_account(text.strip())
    thing = of_account(*named) if named else of_address(text)
    return forgotten.lift(session, [thing])
