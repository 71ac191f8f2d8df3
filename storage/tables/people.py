"""Tables of people: departments and their homes, persons, their accounts, memberships, and sessions of the desk."""

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint, false, true
from sqlmodel import Field

from storage.tables.base import Row, filled_in, one_of, workspace
from storage.tables.states import IdentityKind


class Department(Row, table=True):
    """A group that owns; ``key`` is its identity in dibs.toml. A removed one stays, for the log.

    ``hours`` is the calendar by which its clocks run, as text; empty = around the clock.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    name: str
    position: int = 0
    timezone: str = "UTC"
    removed: bool = False
    hours: str = filled_in(sa_type=Text)


class Home(Row, table=True):
    """A department's channel on a platform, resolved to the channel's id."""

    department_id: int = Field(foreign_key="department.id", primary_key=True)
    platform: str = Field(primary_key=True)
    workspace: str = workspace(primary_key=True)
    channel: str
    name: str = ""


class Person(Row, table=True):
    """An employee, whatever platforms they use; joined across platforms by e-mail.

    ``active`` follows from their accounts and from ``switched_off``, which is an operator's word; ``left_at`` is since
    when it is not so. ``platform`` is the chat platform on which they acted last; empty as long as they did on none.
    ``joined_id`` is who they turned out to be, once no account is left to them: the two are counted as one.
    """

    id: int | None = Field(default=None, primary_key=True)
    name: str
    email: str | None = Field(default=None, unique=True)
    timezone: str | None = None
    active: bool = True
    switched_off: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    left_at: datetime | None = None
    platform: str = filled_in()
    joined_id: int | None = None


class Identity(Row, table=True):
    """One platform's account of a person; ``active`` until the platform ends it."""

    __table_args__ = (
        UniqueConstraint("platform", "workspace", "external_id", name="uq_identity"),
        one_of("kind", IdentityKind),
    )
    id: int | None = Field(default=None, primary_key=True)
    platform: str
    workspace: str
    external_id: str
    person_id: int = Field(foreign_key="person.id", index=True)
    kind: str = IdentityKind.MEMBER
    active: bool = Field(default=True, sa_column_kwargs={"server_default": true()})


class Membership(Row, table=True):
    """A person in a department; ``via`` says from where we know: group, pattern, listed or channel."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    department_id: int = Field(foreign_key="department.id", primary_key=True, index=True)
    via: str = "listed"


class DeskSession(Row, table=True):
    """A way into the desk, known by its hash only: a one-time link (kind "link") or a session (kind "session").

    ``browser`` is in what it was opened, for its owner to tell it from others.
    """

    __tablename__ = "desk_pass"
    hash: str = Field(primary_key=True)
    kind: str
    person_id: int = Field(foreign_key="person.id", index=True)
    expires_at: datetime = Field(index=True)
    created_at: datetime | None = None
    browser: str = filled_in()
