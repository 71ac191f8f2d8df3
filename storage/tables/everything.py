"""All tables, whatever else was imported before; those of the search stand with the search."""

from sqlalchemy import Table

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
from storage.tables.base import METADATA

# The import of each fills METADATA.
MODULES = (
    *(clocks, credentials, forgotten, mentions, messages, mutes, ownership, people, posts, replicas, replies),
    *(report, retention, rooms, storms, suggestions, voice, work),
)


def all_tables() -> list[Table]:
    """Return all tables, those first to which others point."""
    return list(METADATA.sorted_tables)
