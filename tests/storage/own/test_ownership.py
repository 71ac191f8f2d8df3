"""The ownership log: append-only, and whatever is done to it behind our back is found."""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from handlers.own.release import ReleaseMention
from handlers.own.resolve import ResolveMention
from storage.engine.database import Database, open_engine
from storage.engine.schema import upgrade
from storage.own import ownership
from storage.own.ownership import FIELDS, GENESIS, ChainCheck
from tests.harness.scene import Scene, at

Row = dict[str, Any]
ENTITIES = ("mention_id", "actor_id", "actor_department_id", "from_owner_id", "to_owner_id")
NUMBERS = (*ENTITIES, "from_department_id", "to_department_id")


def verify(database: Database, head: str | None = None) -> ChainCheck:
    return database.read(lambda session: ownership.verify(session, head))


def busy(scene: Scene, size: int) -> None:
    """Fill the log with ``size`` rows of a working day."""
    people = [scene.person(name) for name in ("Ana", "Ben", "Chloe")]
    draw = random.Random(1)
    mentions = [scene.arrive() for _ in range(size // 5)]
    rows = len(mentions)
    while rows < size:
        who, token = draw.choice(people), draw.choice(mentions).token
        command = draw.choice(
            [
                ClaimMention(who=who, reference=ByToken(token)),
                ReleaseMention(who=who, reference=ByToken(token)),
                NoteMention(who=who, reference=ByToken(token), text=f"Remark {rows}"),
            ]
        )
        scene.pass_time(seconds=1)
        before = scene.database.read(ownership.head)[0]
        scene.do(command)
        rows += scene.database.read(ownership.head)[0] - before


# --- the chain -------------------------------------------------------------------------------------------------------


def test_an_empty_log_is_whole(scene: Scene) -> None:
    assert verify(scene.database) == ChainCheck(0, GENESIS)
    assert verify(scene.database, GENESIS).trouble == ""


def test_each_row_covers_the_row_before_and_the_head_is_the_last(scene: Scene) -> None:
    busy(scene, 20)
    rows = scene.database.read(lambda session: list(ownership.rows(session)))
    assert [row["seq"] for row in rows] == list(range(1, 21))
    assert [row["prev"] for row in rows] == [GENESIS, *(row["hash"] for row in rows[:-1])]
    assert all(ownership.hash_row(row) == row["hash"] for row in rows)
    assert scene.database.read(ownership.head) == (20, rows[-1]["hash"])
    assert verify(scene.database) == ChainCheck(20, rows[-1]["hash"])


def test_a_head_that_was_kept_stays_provable_while_the_log_grows(scene: Scene) -> None:
    busy(scene, 10)
    kept = scene.database.read(ownership.head)[1]
    busy(scene, 10)
    assert verify(scene.database, kept).trouble == ""
    assert "was cut or rewritten" in verify(scene.database, "f" * 64).trouble


def test_a_change_that_fails_leaves_no_gap(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()

    def fail(session: object) -> None:
        scene.dispatcher.handle(session, ClaimMention(who=ana, reference=at(mention)), scene.now)  # type: ignore[arg-type]
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        scene.database.write(fail)
    scene.do(ResolveMention(who=ana, reference=at(mention)))
    assert scene.log(mention) == ["arrived", "resolved"]
    assert verify(scene.database).trouble == ""


def test_the_log_holds_nothing_that_people_typed(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive("My refund")
    scene.do(NoteMention(who=ana, reference=at(mention), text="Secret remark"))
    rows = scene.database.read(lambda session: list(ownership.rows(session)))
    assert "ecret" not in repr(rows)
    assert "refund" not in repr(rows)
    assert "Ana" not in repr(rows)


# --- 1,000 mutations -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mutation:
    """What is done to the log behind our back; ``keeps_head`` when only a head that was kept elsewhere can show it."""

    kind: str
    statements: tuple[tuple[str, Row], ...]
    needs_head: bool = False


def insert_of(row: Row) -> tuple[str, Row]:
    names = ", ".join(FIELDS)
    return f"INSERT INTO ownership_event ({names}) VALUES ({', '.join(f':{name}' for name in FIELDS)})", row


def change(draw: random.Random, rows: list[Row]) -> Mutation:
    """Change one column of one row; half of the time with a fitting new hash of that row."""
    row, name = draw.choice(rows), draw.choice([name for name in FIELDS if name != "seq"])
    old = row[name]
    if name in NUMBERS:
        new: Any = draw.choice([one for one in (1, 2, 3, None) if one != old and (one or name != "mention_id")])
    elif name == "at":
        new = old[:-1] + str((int(old[-1]) + draw.randint(1, 9)) % 10)
    elif name == "action":
        new = draw.choice([one for one in ("claimed", "released", "resolved") if one != old])
    elif name == "via":
        new = draw.choice([one for one in ("button", "timer", "config") if one != old])
    else:
        new = f"{draw.getrandbits(256):064x}"
    values = {"new": new, "seq": row["seq"]}
    statements: list[tuple[str, Row]] = [(f"UPDATE ownership_event SET {name} = :new WHERE seq = :seq", values)]
    if name != "hash" and draw.random() < 0.5:
        fitting = rehash({**row, name: new})
        statements.append(("UPDATE ownership_event SET hash = :hash WHERE seq = :seq", fitting))
    return Mutation(f"change of {name}", tuple(statements))


def swap(draw: random.Random, rows: list[Row]) -> Mutation:
    """Let two rows change places."""
    one, other = draw.sample(rows, 2)
    delete = ("DELETE FROM ownership_event WHERE seq IN (:one, :other)", {"one": one["seq"], "other": other["seq"]})
    put = [insert_of({**one, "seq": other["seq"]}), insert_of({**other, "seq": one["seq"]})]
    return Mutation("swap", (delete, *put))


def delete(draw: random.Random, rows: list[Row]) -> Mutation:
    """Take a row out; half of the time the others close ranks."""
    row = draw.choice(rows)
    statements: list[tuple[str, Row]] = [("DELETE FROM ownership_event WHERE seq = :seq", {"seq": row["seq"]})]
    if draw.random() < 0.5:
        statements += [
            (f"UPDATE ownership_event SET seq = {seq} - 1 WHERE seq = {seq}", {})
            for seq in range(row["seq"] + 1, len(rows) + 1)
        ]
    return Mutation("delete", tuple(statements))


def insert(draw: random.Random, rows: list[Row]) -> Mutation:
    """Put a made-up row somewhere, right in itself; the rows behind it make room."""
    place = draw.randint(1, len(rows) + 1)
    room: list[tuple[str, Row]] = [
        (f"UPDATE ownership_event SET seq = {s} + 1 WHERE seq = {s}", {}) for s in range(len(rows), place - 1, -1)
    ]
    made = {**draw.choice(rows), "seq": place, "prev": rows[place - 2]["hash"] if place > 1 else GENESIS}
    return Mutation("insert", (*room, insert_of(rehash(made))))


def cut(draw: random.Random, rows: list[Row]) -> Mutation:
    """Cut the tail and set the head back, so that the log is whole again in itself."""
    last = draw.randint(0, len(rows) - 1)
    head = rows[last - 1]["hash"] if last else GENESIS
    return Mutation(
        "cut tail, against a head",
        (
            ("DELETE FROM ownership_event WHERE seq > :last", {"last": last}),
            ("UPDATE chain_head SET seq = :last, hash = :head", {"last": last, "head": head}),
        ),
        needs_head=True,
    )


KINDS: tuple[Callable[[random.Random, list[Row]], Mutation], ...] = (change, change, swap, delete, insert, cut)


@contextmanager
def opened(database: Database) -> Iterator[Session]:
    """Open a transaction that goes round triggers and foreign keys, as who has the keys to the database could."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            raw = connection.connection.dbapi_connection
            assert isinstance(raw, sqlite3.Connection)
            raw.execute("PRAGMA foreign_keys=OFF")
            statements = [f"DROP TRIGGER ownership_event_no_{verb}" for verb in ("update", "delete", "replace")]
        else:
            statements = [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in ("ownership_event", "remark")]
        with connection.begin() as transaction:
            for statement in statements:
                connection.exec_driver_sql(statement)
            yield Session(connection, join_transaction_mode="rollback_only")
            transaction.rollback()


def written(session: Session) -> list[Row]:
    """Return the rows of the log as they are stored, with ``at`` as text."""
    found = session.connection().execute(text("SELECT * FROM ownership_event ORDER BY seq"))
    return [{**row._mapping, "at": str(row.at)} for row in found]


def rehash(row: Row) -> Row:
    """Return the row with the hash that fits it."""
    at = datetime.fromisoformat(row["at"])
    moment = at if at.tzinfo else at.replace(tzinfo=UTC)
    return {**row, "hash": ownership.hash_row({**row, "at": moment})}


def findings(session: Session, number: int, seed: int) -> Iterator[tuple[Mutation, ChainCheck]]:
    """Do ``number`` mutations, each on the whole log and undone after it was looked at."""
    connection, draw = session.connection(), random.Random(seed)
    rows = written(session)
    for step in range(number):
        mutation = KINDS[step % len(KINDS)](draw, rows)
        connection.exec_driver_sql("SAVEPOINT mutation")
        for statement, values in mutation.statements:
            connection.execute(text(statement), values)
        yield mutation, ownership.verify(session, rows[-1]["hash"] if mutation.needs_head else None)
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT mutation")


def test_each_of_a_thousand_random_mutations_is_found(scene: Scene) -> None:
    busy(scene, 50)
    number = 1_000 if scene.engine.dialect.name == "sqlite" else 240
    counts: Counter[str] = Counter()
    with opened(scene.database) as session:
        for mutation, verdict in findings(session, number, seed=2026):
            assert verdict.trouble, mutation
            counts[mutation.kind] += 1
        assert ownership.verify(session).trouble == ""
    assert counts.total() == number
    print(f"\n{number} mutations on {scene.engine.dialect.name}, each found:", dict(sorted(counts.items())))


def test_a_cut_tail_shows_only_against_a_head_that_was_kept(scene: Scene) -> None:
    busy(scene, 20)
    with opened(scene.database) as session:
        rows = written(session)
        for statement, values in cut(random.Random(3), rows).statements:
            session.connection().execute(text(statement), values)
        assert ownership.verify(session).trouble == ""
        assert "was cut or rewritten" in ownership.verify(session, rows[-1]["hash"]).trouble


def test_a_tail_that_was_rewritten_whole_shows_against_a_head_that_was_kept(scene: Scene) -> None:
    busy(scene, 20)
    with opened(scene.database) as session:
        connection, rows = session.connection(), written(session)
        connection.execute(text("DELETE FROM ownership_event WHERE seq > 10"))
        previous = rows[9]["hash"]
        for row in rows[10:]:
            made = rehash({**row, "prev": previous, "via": "button"})
            statement, values = insert_of(made)
            connection.execute(text(statement), values)
            previous = made["hash"]
        connection.execute(text("UPDATE chain_head SET hash = :hash"), {"hash": previous})
        assert ownership.verify(session).trouble == ""
        assert "was cut or rewritten" in ownership.verify(session, rows[-1]["hash"]).trouble
        assert ownership.verify(session, rows[9]["hash"]).trouble == ""  # an older head says nothing of what follows


@pytest.mark.parametrize("value", ["'yesterday'", "x'00ff'"])
@pytest.mark.parametrize("column", ["at", "action", "mention_id"])
def test_what_is_no_row_of_ours_is_trouble_and_no_crash(tmp_path: Path, column: str, value: str) -> None:
    url = f"sqlite:///{tmp_path / 'dibs.db'}"
    upgrade(open_engine(url))
    database = Database(open_engine(url))
    busy(Scene(database), 5)
    with opened(database) as session:
        session.connection().exec_driver_sql(f"UPDATE ownership_event SET {column} = {value} WHERE seq = 3")
        assert ownership.verify(session).trouble
    database.close()


# --- remarks ---------------------------------------------------------------------------------------------------------


def remarked(scene: Scene) -> int:
    ana, mention = scene.person("Ana"), scene.arrive()
    scene.do(NoteMention(who=ana, reference=at(mention), text="They wrote before."))
    return scene.database.read(ownership.head)[0]


@pytest.mark.parametrize(
    ("statement", "trouble"),
    [
        ("UPDATE remark SET text = 'They never wrote.'", "The remark of row 2 is not the one that was written."),
        ("UPDATE remark SET salt = 'other'", "The remark of row 2 is not the one that was written."),
        ("DELETE FROM remark", "The remark of row 2 is gone without a trace; a forgotten one leaves its salt."),
        ("INSERT INTO remark VALUES (1, 'x', 'Made up.')", "Row 1 was written without a remark, but has one now."),
        ("UPDATE remark SET text = NULL", ""),
    ],
)
def test_a_remark_may_be_forgotten_and_nothing_else(scene: Scene, statement: str, trouble: str) -> None:
    assert remarked(scene) == 2
    scene.database.write(lambda session: session.connection().exec_driver_sql(statement))
    assert verify(scene.database).trouble == trouble


def test_the_same_remark_twice_has_two_hashes(scene: Scene) -> None:
    remarked(scene)
    remarked(scene)
    rows = scene.database.read(lambda session: list(ownership.rows(session)))
    hashes = [row["remark_hash"] for row in rows if row["remark_hash"]]
    assert len(set(hashes)) == len(hashes) == 2
