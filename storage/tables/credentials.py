"""The table of credentials: what a service gave an account, sealed, and who renews it now."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from storage.tables.base import Row


class Credential(Row, table=True):
    """What the account of one source is let in with. Storage sees sealed text alone.

    ``seeds`` holds hashes of the seeds that began a chain or were left behind, the newest first; ``version`` grows with
    every change; ``previous`` is what was ``sealed`` one version before; ``refused`` says why the account is not let in
    any more, empty where it is. ``asked`` is a sign-in that somebody has begun, good until ``asked_until``.
    """

    source: str = Field(primary_key=True)
    seeds: str = Field(default="", sa_type=Text)
    version: int = 0
    sealed: str = Field(default="", sa_type=Text)
    previous: str = Field(default="", sa_type=Text)
    expires_at: datetime | None = None
    updated_at: datetime | None = None
    refused: str = Field(default="", sa_type=Text)
    asked: str = Field(default="", sa_type=Text)
    asked_until: datetime | None = None
    lease: str | None = None
    leased_until: datetime | None = None
