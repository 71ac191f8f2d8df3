"""Everywhere: each column of each table that there is, looked through for words."""

from sqlalchemy import MetaData, Text, cast, func, inspect, select

from storage.engine.database import Database


def found_in(database: Database, *words: str) -> set[str]:
    """Return where any of these words stands, in whatever case."""
    found = set()
    with database.engine.connect() as connection:
        everything = MetaData()
        names = [name for name in inspect(connection).get_table_names() if not name.startswith("mention_words_index")]
        everything.reflect(connection, only=names)
        for table in everything.sorted_tables:
            for column in table.columns:
                holds = [func.lower(cast(column, Text)).contains(word) for word in words]
                for one in holds:
                    if connection.scalar(select(func.count()).select_from(table).where(one)):
                        found.add(f"{table.name}.{column.name}")
    return found
