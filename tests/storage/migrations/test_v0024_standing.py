"""The step to 0024: whom we answered before is known from the mentions that there are, and all else is unsaid."""

from sqlalchemy import Engine, select

from storage.engine.database import Database
from storage.engine.schema import upgrade
from storage.own import mentions, ownership
from storage.tables.base import table_of
from storage.tables.posts import Author, Post
from tests.storage.migrations import release_0004

_author, _post = table_of(Author), table_of(Post)


def test_whom_we_answered_is_known_since(empty: Engine) -> None:
    release_0004.make(empty)
    with empty.begin() as connection:
        rows = connection.exec_driver_sql("SELECT mention_id, author_id FROM post WHERE role = 'original'").all()
        answered = next((mention, author) for mention, author in rows if author is not None)
        later = release_0004.THEN.isoformat().replace("T", " ").removesuffix("+00:00")
        connection.exec_driver_sql(f"UPDATE mention SET first_response_at = '{later}' WHERE id = {answered[0]}")
    upgrade(empty)
    database = Database(empty)
    found = database.read(
        lambda session: dict(session.connection().execute(select(_author.c.id, _author.c.answered_at)).all())
    )
    theirs = {author for mention, author in rows if author == answered[1]}
    assert {key for key, at in found.items() if at is not None} == theirs
    assert found[answered[1]] == release_0004.THEN
    row = database.read(lambda session: mentions.get(session, answered[0]))
    assert (row.tier, row.tier_why, row.verdict, row.risk, row.hints, row.outcome, row.priority) == (
        "none",
        *("",) * 5,
        0,
    )
    assert database.read(ownership.verify).trouble == ""
    database.close()
