"""What all tables share: how a column’s words are checked, and how a row is typed."""

from typing import Any

from sqlalchemy import CheckConstraint, Table, text
from sqlmodel import Field, SQLModel

from storage.tables.states import ONLY_WORKSPACE, values


def one_of(column: str, enum: type) -> CheckConstraint:
    """Return the CHECK that a column holds a value of ``enum``."""
    allowed = ", ".join(f"'{value}'" for value in values(enum))
    return CheckConstraint(f"{column} IN ({allowed})", name=f"ck_{column}_known")


def filled_in(value: str = "", **how: Any) -> Any:
    """Return a text column that holds ``value`` in what was written before there was this column."""
    return Field(default=value, sa_column_kwargs={"server_default": text(f"'{value}'")}, **how)


def workspace(*, primary_key: bool = False) -> Any:
    """Return the column of the workspace to which a channel belongs; a part of the key that names the channel."""
    return filled_in(ONLY_WORKSPACE, primary_key=primary_key)


class Row(SQLModel):
    """What every table is made from. No row is ever validated, so a start builds no validators for them."""

    model_config = {"defer_build": True}


def table_of(model: type[SQLModel]) -> Table:
    """Return a model's table, for statements of Core."""
    table: Table = vars(model)["__table__"]
    return table
