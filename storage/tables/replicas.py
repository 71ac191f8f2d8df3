"""Tables of who works on a database: the processes, and which releases may be among them."""

from datetime import datetime

from sqlmodel import Field

from storage.tables.base import Row


class Replica(Row, table=True):
    """A process that works on this database, as long as it goes on saying so."""

    name: str = Field(primary_key=True)
    roles: str
    wants: str
    began_at: datetime
    seen_at: datetime


class SchemaFloor(Row, table=True):
    """One row: every step of the schema behind this one only adds, so releases that want it or a later one may work."""

    __tablename__ = "schema_floor"
    lowest: str = Field(primary_key=True)
