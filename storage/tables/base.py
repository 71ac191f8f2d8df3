"""What all tables share: how a column’s words are checked, and how a row is typed."""

from sqlalchemy import CheckConstraint, Table
from sqlmodel import SQLModel

from storage.tables.states import values


def one_of(column: str, enum: type) -> CheckConstraint:
    """Return the CHECK that a column holds a value of ``enum``."""
    allowed = ", ".join(f"'{value}'" for value in values(enum))
    return CheckConstraint(f"{column} IN ({allowed})", name=f"ck_{column}_known")


class Row(SQLModel):
    """What every table is made from. No row is ever validated, so a start builds no validators for them."""

    model_config = {"defer_build": True}


def table_of(model: type[SQLModel]) -> Table:
    """Return a model's table, for statements of Core."""
    table: Table = vars(model)["__table__"]
    return table
