"""All tables, whatever else was imported before; those of the search stand with the search."""

from sqlalchemy import Table
from sqlmodel import SQLModel

from storage.tables import (
    clocks,
    credentials,
    forgotten,
    mentions,
    messages,
    mutes,
    ownership,
    people,
    posts,
    replicas,
    replies,
    report,
    retention,
    rooms,
    storms,
    suggestions,
    voice,
    work,
)

# The import of each fills SQLModel.metadata.
MODULES = (
    *(clocks, credentials, forgotten, mentions, messages, mutes, ownership, people, posts, replicas, replies),
    *(report, retention, rooms, storms, suggestions, voice, work),
)


def all_tables() -> list[Table]:
    """Return all tables, those first to which others point."""
    return list(SQLModel.metadata.sorted_tables)
