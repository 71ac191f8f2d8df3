"""A backup holds all that was committed; what was restored posts nothing twice, and asks a person where it must."""

import gzip
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, inspect

from bot.runtime.instance_lock import InstanceLock
from handlers.own.claim import ClaimMention
from storage.backup.form import BackupError, Lines
from storage.backup.restore import restore
from storage.backup.take import REPORT, take
from storage.engine.database import Database, open_engine
from storage.engine.upgrade import Filling, migrate
from storage.listen import credentials
from storage.own import mentions, ownership
from storage.people import sessions
from storage.people.sessions import Key, KeyKind
from storage.search import due
from storage.tables.states import PublicationState
from tests.bot.cli.test_command_line import run
from tests.bot.outbox.test_delivery import DeliveryInstallation
from tests.harness.engines import migrated
from tests.harness.postgres import Cluster
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import Scene, at

# What is of one database alone: its schema, what proves that it can be written to, who sits at the desk, its index.
_OWN = {"alembic_version", "write_probe", "desk_pass", "search_due"} | {one.name for one in REPORT}
_INDEX = "mention_words"
Open = Callable[[str], Engine]


def silent(_sentence: str) -> None:
    pass


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens an empty database of a kind."""
    opened: list[tuple[Engine, str]] = []

    def make(kind: str) -> Engine:
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path / f'target-{len(opened)}.db'}"
        else:
            cluster: Cluster = request.getfixturevalue("cluster")
            url = cluster.create_database()
        opened.append((open_engine(url), url))
        return opened[-1][0]

    yield make
    for engine, url in opened:
        engine.dispose()
        if not url.startswith("sqlite"):
            request.getfixturevalue("cluster").drop(url)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "dibs.backup"


def everything(engine: Engine) -> dict[str, list[Any]]:
    """Return all rows of all tables, as the driver gives them, but for what a restore marks."""
    marked = {"lane": ("look_since", "look_until"), "message": ("state", "version", "sending_at", "next_at")}
    with engine.connect() as connection:
        found = {}
        names = set(inspect(connection).get_table_names()) - _OWN
        for name in sorted(one for one in names if not one.startswith(_INDEX)):
            rows = connection.exec_driver_sql(f"SELECT * FROM {name}").mappings()
            left_out = marked.get(name, ())
            found[name] = sorted(str([(k, v) for k, v in row.items() if k not in left_out]) for row in rows)
        return found


def fill(scene: Scene) -> None:
    ana = scene.person("Ana", email="ana@acme.example")
    first = scene.arrive('Where is my refund? 👋 \u2028 \\ "quoted"')
    scene.arrive("An invoice", published_at=scene.now - timedelta(minutes=3))
    scene.do(ClaimMention(reference=at(first), who=ana))
    key = Key(
        digest="f" * 64,
        kind=KeyKind.SESSION,
        person_id=1,
        created_at=scene.now,
        expires_at=scene.now + timedelta(days=9),
    )
    scene.database.write(lambda session: sessions.put(session, key))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_all_that_is_in_a_database_stands_in_another_one_afterwards(
    scene: Scene, empty: Open, file: Path, kind: str
) -> None:
    fill(scene)
    kept: dict[str, Any] = {"sealed": "sealed-2", "previous": "sealed-1", "expires_at": scene.now, "now": scene.now}
    scene.database.write(lambda session: credentials.replace(session, "acme-social", 0, seeds="f" * 64, **kept))
    taken = take(scene.database, file, scene.now, silent)
    assert file.stat().st_mode & 0o777 == 0o600
    target = empty(kind)
    restored = restore(target, file, scene.now, silent)
    assert (restored.rows, restored.events, restored.head) == (taken.rows, taken.events, taken.head)
    if kind == scene.engine.dialect.name:
        assert everything(target) == everything(scene.engine)
    again = Database(target)
    verdict = again.read(lambda session: ownership.verify(session, taken.head))
    assert (verdict.trouble, verdict.rows) == ("", taken.events)
    assert not again.read(lambda session: sessions.of_person(session, 1, scene.now)), "an ended session would be open"
    # Its index of words begins anew, and it numbers on where it was.
    assert again.read(due.left) == due.Left(newest=2, number=2)
    restarted = Scene(again, now=scene.now, numbers=scene.numbers)
    assert restarted.arrive("A refund that came later").id == 3
    again.close()


def test_a_backup_never_takes_the_place_of_another_file(scene: Scene, file: Path) -> None:
    file.write_text("mine")
    with pytest.raises(BackupError, match="is there already"):
        take(scene.database, file, scene.now, silent)
    assert file.read_text() == "mine"
    assert [one.name for one in file.parent.glob("*.part")] == []


# --- what is refused --------------------------------------------------------------------------------------------------


def lines_of(file: Path) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).decode().splitlines()]


def rewrite(file: Path, lines: list[Any], *, honest: bool = True) -> None:
    """Write a backup of these lines; ``honest``: with a last line that is right."""
    stream = StringIO()
    written = Lines(stream)
    for line in lines[:-1]:
        written.write(line)
    if honest:
        written.end()
    else:
        stream.write(json.dumps(lines[-1]) + "\n")
    file.write_bytes(gzip.compress(stream.getvalue().encode()))


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40])


def cut_at_a_line(file: Path) -> None:
    lines = lines_of(file)
    rewrite(file, [*lines[:-3], lines[-1]], honest=False)


def no_gzip(file: Path) -> None:
    file.write_text("CREATE TABLE mention;")


def change_the_log(file: Path) -> None:
    lines = lines_of(file)
    start = lines.index({"table": "ownership_event"}) + 1
    column = list(lines[0]["columns"]["ownership_event"]).index("actor_id")
    lines[start][column] = 1
    rewrite(file, lines)


def drop_the_end_of_the_log(file: Path) -> None:
    lines = lines_of(file)
    number = lines.index({"table": "ownership_event"}) + lines[0]["events"]
    del lines[number]
    rewrite(file, lines)


def point_nowhere(file: Path) -> None:
    lines = lines_of(file)
    home = lines[lines.index({"table": "home"}) + 1]
    home[list(lines[0]["columns"]["home"]).index("department_id")] = 99
    rewrite(file, lines)


def name_a_statement(file: Path) -> None:
    lines = lines_of(file)
    lines[0]["columns"]["lane; DROP TABLE lane"] = {"id": "integer"}
    rewrite(file, lines)


def come_from_the_future(file: Path) -> None:
    lines = lines_of(file)
    lines[0]["schema"] = "9999"
    rewrite(file, lines)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (cut, "damaged"),
        (cut_at_a_line, "damaged"),
        (no_gzip, "is no backup of Dibs"),
        (change_the_log, "ownership log in .* is broken: Row 1 was changed"),
        (drop_the_end_of_the_log, "is broken"),
        (point_nowhere, "damaged"),
        (name_a_statement, "damaged"),
        (come_from_the_future, "with the release that wrote it, or a later one"),
    ],
)
def test_what_is_spoilt_is_refused_and_leaves_the_database_empty(
    scene: Scene, empty: Open, file: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    fill(scene)
    take(scene.database, file, scene.now, silent)
    spoil(file)
    target = empty(scene.engine.dialect.name)
    with pytest.raises(BackupError, match=sentence):
        restore(target, file, scene.now, silent)
    assert not inspect(target).get_table_names()


def test_restore_refuses_a_filled_database_and_a_running_dibs(tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_bytes(migrated())
    (tmp_path / "dibs.toml").write_text("[departments.support]\n")
    file, told = tmp_path / "dibs.backup", {"DIBS_CONFIG": str(tmp_path / "dibs.toml")}
    said = run("db", "backup", str(file), DIBS_DATABASE_URL=f"sqlite:///{there}", **told)
    assert said.exit_code == 0, said.output
    assert "the ownership log has 0 rows" in said.stdout
    refused = run("db", "restore", str(file), DIBS_DATABASE_URL=f"sqlite:///{there}", **told)
    assert (refused.exit_code, "is not empty" in refused.stderr) == (1, True), refused.output
    lock = InstanceLock(tmp_path / "new.db")
    lock.take()
    running = run("db", "restore", str(file), DIBS_DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}", **told)
    assert (running.exit_code, "Another Dibs works on" in running.stderr) == (1, True), running.output
    lock.release()
    done = run("db", "restore", str(file), DIBS_DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}", **told)
    assert done.exit_code == 0, done.output


def columns_at(engine: Engine, schema: str) -> dict[str, set[str]]:
    """Return the columns of each table at a step of the schema, of a database that is empty before."""
    there: dict[str, set[str]] = {}

    def look(connection: Connection) -> None:
        tables = inspect(connection)
        there.update({name: {one["name"] for one in tables.get_columns(name)} for name in tables.get_table_names()})

    migrate(engine, Filling(schema=schema, rows=look, after=lambda _connection: None))
    return there


def test_a_backup_of_an_older_schema_is_restored_and_upgraded(scene: Scene, empty: Open, file: Path) -> None:
    fill(scene)
    take(scene.database, file, scene.now, silent)
    lines, then = lines_of(file), columns_at(empty("sqlite"), "0010")
    lines[0]["schema"] = "0010"
    for table, columns in list(lines[0]["columns"].items()):
        start = lines.index({"table": table}) + 1
        rows = list(itertools.takewhile(lambda line: isinstance(line, list), lines[start:]))
        if table not in then:
            del lines[0]["columns"][table], lines[start - 1 : start + len(rows)]
            continue
        new = [number for number, name in enumerate(columns) if name not in then[table]]
        for row in rows:
            row[:] = [value for number, value in enumerate(row) if number not in new]
        lines[0]["columns"][table] = {name: kind for name, kind in columns.items() if name in then[table]}
    rewrite(file, lines)
    target = empty(scene.engine.dialect.name)
    assert restore(target, file, scene.now, silent).schema == "0010"
    there, expected = everything(target), everything(scene.engine)
    assert there.keys() == expected.keys()
    there["fire"] = [row for row in there["fire"] if "'news:" not in str(row)]  # whom the steps want to have told
    assert {name: there[name] for name in then if name in there} == {n: expected[n] for n in then if n in expected}


# --- nothing is posted twice ------------------------------------------------------------------------------------------


def restored_scene(scene: Scene, empty: Open, file: Path) -> Scene:
    target = empty(scene.engine.dialect.name)
    restore(target, file, scene.now, silent)
    return Scene(Database(target), now=scene.now, numbers=scene.numbers)


def test_what_was_posted_after_the_backup_is_found_and_drawn_as_it_is_known(
    scene: Scene, empty: Open, file: Path
) -> None:
    before = DeliveryInstallation(scene)
    ana = scene.person("Ana", email="ana@acme.example")
    shown = scene.arrive("A refund that stands")
    before.work()
    scene.arrive("A refund that waits")
    take(scene.database, file, scene.now, silent)
    scene.pass_time(minutes=5)
    later = [scene.posted(f"Refund {number}") for number in range(5)]
    scene.ingest(*later)
    scene.do(ClaimMention(reference=at(shown), who=ana))
    before.work()
    assert len(before.messenger.cards("C-FINANCE")) == 7

    scene.pass_time(minutes=5)
    after = DeliveryInstallation(restored_scene(scene, empty, file), before.messenger)
    # In another order and not all of them, so the same numbers are of other posts.
    after.scene.ingest(*reversed(later[2:]))
    after.messenger.sends.clear()
    after.work()
    cards = after.messenger.cards("C-FINANCE")
    assert len(cards) == len({card.body for card in cards}) == 7
    assert [one for one in after.messenger.sends if one.startswith("post")] == []
    assert after.messenger.sends.count("find") == 1, "a channel is read once for all"
    known = {mention.token for mention in _all(after.scene)}
    assert len(known) == 5
    assert {card.token for card in cards} > known, "a press on one would be a press on something unknown"
    assert all("Nobody has it" in card.state for card in cards), "what is not known any more is shown no more"
    after.scene.ingest(after.scene.posted("A refund nobody saw before"))
    after.work()
    assert len(after.messenger.cards("C-FINANCE")) == 8
    after.scene.database.close()


def _all(scene: Scene) -> list[Any]:
    return scene.database.read(lambda session: mentions.listed(session, mentions.Filter(), limit=50, newest=True))


def test_after_a_day_nothing_is_looked_for_any_more(scene: Scene, empty: Open, file: Path) -> None:
    take(scene.database, file, scene.now, silent)
    after = DeliveryInstallation(restored_scene(scene, empty, file))
    after.wait(minutes=1)
    after.scene.arrive()
    after.work()
    assert after.messenger.sends[0] == "find"
    after.wait(days=1)
    after.messenger.sends.clear()
    after.scene.arrive()
    after.work()
    assert "find" not in after.messenger.sends
    after.scene.database.close()


def test_a_person_is_asked_of_what_was_on_its_way(scene: Scene, empty: Open, file: Path) -> None:
    desk = PublishingInstallation(scene)
    row = desk.on_its_way()
    take(scene.database, file, scene.now, silent)
    desk.work_to(row, PublicationState.PUBLISHED)

    scene.pass_time(minutes=5)
    again = PublishingInstallation(restored_scene(scene, empty, file), source=desk.source)
    again.work_to(row, PublicationState.UNCLEAR)
    assert len(desk.source.standing) == 1
    (told,) = again.told()
    assert "restored from a backup" in told
    again.scene.database.close()
