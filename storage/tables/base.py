"""What all tables share: how a class says what a table is, and how a column's words are checked."""

from datetime import datetime
from inspect import get_annotations
from types import UnionType
from typing import Any, ClassVar, Final, NamedTuple, get_args

from sqlalchemy import Boolean, CheckConstraint, Column, Float, ForeignKey, Integer, MetaData, String, Table, text
from sqlalchemy.schema import SchemaItem

from storage.moments import UTCDateTime
from storage.tables.states import ONLY_WORKSPACE, values

METADATA: Final = MetaData()
_TYPES: Final = {bool: Boolean, datetime: UTCDateTime, float: Float, int: Integer, str: String}


class Row:
    """What every table is made from: each annotation of a class is a column, a value beside it what it holds at first.

    A class says what a table is, and nothing else: no row is made of it, and nobody reads or writes by its names.
    """

    __tablename__: ClassVar[str]
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = ()
    __table__: ClassVar[Table]

    def __init_subclass__(cls) -> None:
        said = vars(cls)
        columns = [_column(name, type_, said.get(name)) for name, type_ in get_annotations(cls).items()]
        for name in get_annotations(cls).keys() & said.keys():
            delattr(cls, name)
        cls.__table__ = Table(said.get("__tablename__", cls.__name__.lower()), METADATA, *columns, *cls.__table_args__)


class _Said(NamedTuple):
    """What is said of a column beside its type."""

    default: Any
    foreign_key: str
    type_: Any
    more: dict[str, Any]


def column(*, default: Any = None, foreign_key: str = "", type_: Any = None, **more: Any) -> Any:
    """Say more of a column than its type and first value; ``more`` is what SQLAlchemy's ``Column`` knows.

    Args:
        default: What it holds where nothing else is written; None = nothing.
        foreign_key: The column that it points to, such as ``mention.id``.
        type_: Its type, where that does not follow from the annotation.
        more: Such as ``primary_key``, ``unique``, ``index`` and ``server_default``.
    """
    return _Said(default, foreign_key, type_, more)


def _column(name: str, annotation: Any, said: Any) -> Column[Any]:
    default, foreign_key, type_, more = said if isinstance(said, _Said) else _Said(said, "", None, {})
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    points = [ForeignKey(foreign_key)] if foreign_key else []
    nullable = type(None) in kinds and not more.get("primary_key")
    return Column(name, type_ or _TYPES[kinds[0]], *points, default=default, nullable=nullable, **more)


def one_of(column: str, enum: type) -> CheckConstraint:
    """Return the CHECK that a column holds a value of ``enum``."""
    allowed = ", ".join(f"'{value}'" for value in values(enum))
    return CheckConstraint(f"{column} IN ({allowed})", name=f"ck_{column}_known")


def filled_in(value: str = "", **how: Any) -> Any:
    """Return a text column that holds ``value`` in what was written before there was this column."""
    return column(default=value, server_default=text(f"'{value}'"), **how)


def workspace(*, primary_key: bool = False) -> Any:
    """Return the column of the workspace to which a channel belongs; a part of the key that names the channel."""
    return filled_in(ONLY_WORKSPACE, primary_key=primary_key)


def table_of(model: type[Row]) -> Table:
    """Return a model's table, for statements of Core."""
    return model.__table__
