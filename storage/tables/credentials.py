"""The table of credentials: what a service gave an account, sealed, and who renews it now."""

from datetime import datetime

from sqlalchemy import Text

from storage.tables.base import Row, column


class Credential(Row):
    """What the account of one source is let in with. Storage sees sealed text alone.

    ``seeds`` holds hashes of the seeds that began a chain or were left behind, the newest first; ``version`` grows with
    every change; ``previous`` is what was ``sealed`` one version before; ``refused`` says why the account is not let in
    any more, empty where it is. ``asked`` is a sign-in that somebody has begun, good until ``asked_until``.
    """

    source: str = column(primary_key=True)
    seeds: str = column(default="", type_=Text)
    version: int = 0
    sealed: str = column(default="", type_=Text)
    previous: str = column(default="", type_=Text)
    expires_at: datetime | None = None
    updated_at: datetime | None = None
    refused: str = column(default="", type_=Text)
    asked: str = column(default="", type_=Text)
    asked_until: datetime | None = None
    lease: str | None = None
    leased_until: datetime | None = None
