"""Triggers that keep the ownership log append-only on both databases.

They stand here and not in one migration, because SQLite's batch mode drops the triggers of a table that it copies:
``storage.engine.schema`` puts them back after every upgrade.
"""

from sqlalchemy import Connection

REFUSAL = "The ownership log is append-only."

_SQLITE = [
    f"""CREATE TRIGGER IF NOT EXISTS ownership_event_no_{verb.lower()} BEFORE {verb} ON ownership_event
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"""
    for verb in ("UPDATE", "DELETE")
]
# INSERT OR REPLACE deletes without a trigger, unless the connection asked for recursive ones: other programs did not.
_SQLITE.append(
    """CREATE TRIGGER IF NOT EXISTS ownership_event_no_replace BEFORE INSERT ON ownership_event
        WHEN EXISTS (SELECT 1 FROM ownership_event WHERE seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT, 'The ownership log is append-only.'); END"""
)
_POSTGRES = [
    f"""CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
    """CREATE OR REPLACE TRIGGER ownership_event_no_change BEFORE UPDATE OR DELETE ON ownership_event
        FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
    """CREATE OR REPLACE TRIGGER ownership_event_no_truncate BEFORE TRUNCATE ON ownership_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
]


def create(connection: Connection) -> None:
    """Create what is missing; harmless when all is there."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES:
        connection.exec_driver_sql(statement)
