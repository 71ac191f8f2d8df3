"""What is asked each second, and on each page of sources, walks through the few that it is about, not through all."""

from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlmodel import Session, SQLModel

from storage.channels import lanes, messages
from storage.listen import posts
from storage.own import mentions
from storage.tables.base import table_of
from storage.tables.messages import Message
from storage.tables.posts import Post
from tests.harness.scene import Scene

MANY = 2_000
# Or of what has no place yet, which is few as well.
_FEW = ("ix_message_waits", "ix_post_baseline", "ix_message_reference")


@pytest.fixture
def large(scene: Scene) -> Scene:
    """A scene with many cards that stand, and many posts that came; one card waits and one post was there before."""
    scene.arrive()
    old = scene.posted("An old refund")
    scene.ingest(old, baseline=[old.external_id])

    def fill(session: Session) -> None:
        _again(session, Message, "key", state="shown")
        _again(session, Post, "external_id", role="original")

    scene.database.write(fill)
    with scene.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return scene


def _again(session: Session, model: type[SQLModel], key: str, **values: str) -> None:
    """Write the first row of a table many times, with a key of its own each."""
    table, connection = table_of(model), session.connection()
    row = dict(connection.execute(select(table).order_by(table.c.id).limit(1)).one()._mapping) | values
    del row["id"]
    connection.execute(insert(table), [row | {key: f"again-{number}"} for number in range(MANY)])


def plan(scene: Scene, statement: Any, **values: Any) -> str:
    """Return how the database would run a statement, whose values are bound."""
    on_sqlite = scene.engine.dialect.name == "sqlite"
    compiled = statement.compile(dialect=scene.engine.dialect, compile_kwargs={"render_postcompile": True})
    bound = dict(compiled.params) | values
    asked = "EXPLAIN QUERY PLAN" if on_sqlite else "EXPLAIN"
    given: Any = tuple(bound[name] for name in compiled.positiontup) if on_sqlite else bound

    def work(session: Session) -> str:
        rows = session.connection().exec_driver_sql(f"{asked} {compiled}", given)
        return "\n".join(str(tuple(row)) for row in rows)

    return scene.database.read(work)


STATEMENTS = {
    "what each channel is behind": select(*messages._BACKLOG)
    .where(messages.WAITS)
    .group_by(messages._message.c.lane_id),
    "what may stand or not": lanes._MARKED_ROWS,
    "what stood before we listened": select(posts._post.c.id).where(*posts._standing_baseline("blog")),
}


def test_what_nobody_has_is_counted_without_what_is_closed(large: Scene) -> None:
    """By department, held and status: the index goes into each status that waits, and into no other."""
    if large.engine.dialect.name != "sqlite":
        return  # there the plan goes by what is in the table, and here is next to nothing
    wanted = mentions.Filter(unowned=True, department_id=1)
    said = plan(large, mentions._narrow(select(func.count()).select_from(mentions._mention), wanted))
    assert "ix_mention_department (department_id=? AND held=? AND status=?)" in said, said


@pytest.mark.parametrize("name", STATEMENTS)
def test_it_has_an_index_of_the_few(large: Scene, name: str) -> None:
    said = plan(large, STATEMENTS[name])
    assert any(index in said for index in _FEW), said


def test_the_numbers_are_those_that_they_were(large: Scene) -> None:
    (backlog,) = large.database.read(messages.backlogs)
    assert backlog.depth == 1
    assert large.database.read(lambda session: posts.count_baseline(session, "blog")) == 1
    assert large.database.read(lanes.marked) == []
