"""Make a database of very many mentions with posts, authors, words and a log that verifies; the same for a seed.

``python -m tests.bench.make_million --database URL [--mentions 1000000] [--seed 1]``. The database is made if it is not
there, and has to be empty. What stands in it is what arrival and the verbs would have written (``test_make_million``
compares all of it), by a quicker way: rows as the driver takes them most easily, into tables whose indexes are made
anew in the end, and nothing is kept safe meanwhile. On PostgreSQL that is for superusers.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Engine, Table, insert

from handlers.base.events import Posted, content
from handlers.base.standing import priority_of
from handlers.listen.appraise import appraise
from handlers.own.dismiss import DEFAULT_REASON, REASONS
from handlers.text.handles import names_us
from handlers.text.match import Matcher
from storage.engine.database import open_engine
from storage.engine.schema import upgrade
from storage.own.ownership import FIELDS, GENESIS, hash_remark, hash_row
from storage.search.facets import of_department, of_source
from storage.search.tables import mention_words
from storage.tables.base import table_of
from storage.tables.judgements import Tier
from storage.tables.mentions import Mention
from storage.tables.ownership import OwnershipEvent, Remark
from storage.tables.people import Department, Identity, Membership, Person
from storage.tables.posts import Author, Post
from storage.tables.states import DESK, Action, Held, IdentityKind, PostRole, Status, Via
from storage.text.cut import cut, facet
from tests.bench.made_up import DEPARTMENTS, ORGANISATION, PEOPLE, US, Life, Lives, Step, Timeline, department_of

_MANY = (table_of(Mention), table_of(Author), table_of(Post), mention_words, table_of(OwnershipEvent), table_of(Remark))
TABLES: Mapping[str, Table] = {table.name: table for table in _MANY}
_STATUS = {
    Action.CLAIMED: Status.CLAIMED,
    Action.RESPONDED: Status.RESPONDED,
    Action.SNOOZED: Status.SNOOZED,
    Action.RESOLVED: Status.RESOLVED,
    Action.DISMISSED: Status.DISMISSED,
}
_MATCHER = Matcher(ORGANISATION.topics)
Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
# A mention, its row, its words, and its posts: what arrives and, where we answer, that.
Drawn = tuple[Life, dict[str, Any], Row, list[dict[str, Any]]]


def _drawn(life: Life) -> Drawn:
    answers = [one for one in life.steps if one.action == Action.RESPONDED]
    mention, arrived = _arrived(life)
    posts = [arrived]
    if answers:
        posts.append(_post(life, life.answer, PostRole.OURS, answers[0].at, life.answer.url))
    for step in life.steps:
        mention |= _changed(life, step)
    mention["version"] += len(life.steps)
    words = dict.fromkeys(_words(life, mention["department_id"], bool(answers)))
    return life, mention, (life.number, list(words)), posts


def _arrived(life: Life) -> tuple[dict[str, Any], dict[str, Any]]:
    known = appraise(_MATCHER, ORGANISATION, ORGANISATION.source(life.source), [life.post])[life.post.external_id]
    assert known.decision is not None
    mention: dict[str, Any] = dict.fromkeys(TABLES["mention"].columns.keys())
    mention |= {"id": life.number, "token": life.token, "version": 1, "source": life.source, "status": str(Status.NEW)}
    mention |= {"topic": known.decision.topic, "reason": known.decision.reason, "product": known.decision.product}
    mention |= {"department_id": 1 + DEPARTMENTS.index(known.decision.department)}
    mention |= {"tier": str(Tier.NONE), "hints": known.decision.hints}
    mention["priority"] = priority_of(Tier.NONE, "", known.decision.hints)
    mention |= dict.fromkeys(("tier_why", "verdict", "risk", "outcome"), "")
    mention |= {"published_at": life.post.published_at, "ingested_at": life.at, "changed_at": life.at}
    ours = ORGANISATION.source(life.source).own_accounts
    mention["addressed"] = names_us(f"{life.post.title} {life.post.text}", ours)
    mention |= {"held": str(Held.NO), "points_why": "", "was_held": ""}
    return mention, _post(life, life.post, PostRole.ORIGINAL, life.at, known.canonical, known.digest)


def _post(life: Life, post: Posted, role: PostRole, at: Any, canonical: str, digest: str = "") -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(TABLES["post"].columns.keys())
    row |= {"source": life.source, "external_id": post.external_id, "role": str(role), "mention_id": life.number}
    row |= {"url": post.url, "canonical_url": canonical, "lang": post.lang, "published_at": post.published_at}
    return row | {
        "ingested_at": at,
        "reply_to": post.reply_to,
        "thread": post.thread or post.reply_to,
        "facts": "",
        **content(post, digest),
    }


def _changed(life: Life, step: Step) -> dict[str, Any]:
    values: dict[str, Any] = {"status": str(_STATUS[step.action]), "changed_at": step.at}
    if step.action == Action.CLAIMED:
        values |= {"owner_id": step.person, "first_claimed_at": step.at}
    elif step.action == Action.RESPONDED:
        values["first_response_at"] = step.at
    elif step.action == Action.RESOLVED:
        values["resolved_at"] = step.at
    elif step.action == Action.SNOOZED:
        values["snoozed_until"] = life.until
    return values


def _words(life: Life, department_id: int, answered: bool) -> Iterator[str]:
    yield from cut(f"#{life.token}")
    yield from (of_source(life.source), of_department(department_id), facet(life.post.lang))
    yield from cut(life.post.text)
    said = [life.post.author.name, f"@{life.post.author.handle}"]
    said += [life.answer.text, US.name, f"@{US.handle}"] if answered else []
    said += [_remark(life, step) for step in life.steps if step.person]
    yield from chain.from_iterable(map(_cut, said))


@lru_cache(maxsize=200_000)
def _cut(often: str) -> tuple[str, ...]:
    return tuple(cut(often))


def _remark(life: Life, step: Step) -> str:
    if step.action == Action.RESPONDED:
        return f"Posted by hand: {life.answer.url}"
    return REASONS[DEFAULT_REASON] if step.action == Action.DISMISSED else ""


class Maker:
    """Puts what was drawn into rows, in the order of the clock: posts, authors and the log are numbered by it."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._timeline = Timeline()
        self._authors: dict[tuple[str, str], int] = {}
        self._drawn: dict[int, Drawn] = {}
        self._owners: dict[int, int | None] = {}
        self._posts = 0
        self.head: tuple[int, str] = (0, GENESIS)

    def rows(self, drawn: Sequence[Drawn]) -> Rows:
        """Return the rows of these mentions, and of what happens to former ones meanwhile."""
        rows: Rows = {name: [] for name in TABLES}
        for one in drawn:
            self._drawn[one[0].number] = one
            rows["mention"].append(tuple(one[1].values()))
            rows[mention_words.name].append(one[2])
        return self._happen(rows, self._timeline.add([one[0] for one in drawn]))

    def rest(self) -> Rows:
        """Return the rows of what happens after the last arrival."""
        return self._happen({name: [] for name in TABLES}, self._timeline.rest())

    def _happen(self, rows: Rows, steps: Iterable[tuple[Life, Step | None]]) -> Rows:
        for life, step in steps:
            if step is None:
                self._add_post(rows, life, 0, life.post)
                self._log(rows, life, Step(life.at, Action.ARRIVED, None), via=Via.SOURCE)
                continue
            if step.action == Action.RESPONDED:
                self._add_post(rows, life, 1, life.answer)
            self._log(rows, life, step, via=Via.DESK if step.person else Via.SOURCE)
            if step is life.steps[-1]:
                del self._drawn[life.number], self._owners[life.number]
        return rows

    def _add_post(self, rows: Rows, life: Life, place: int, post: Posted) -> None:
        who = post.author
        key = life.source, who.external_id
        author = self._authors.get(key)
        if author is None:
            author = self._authors[key] = len(self._authors) + 1
            rows["author"].append((author, *key, who.name, who.handle, "", False, "", None, None))
        self._posts += 1
        row = self._drawn[life.number][3][place] | {"id": self._posts, "author_id": author}
        rows["post"].append(tuple(row.values()))

    def _log(self, rows: Rows, life: Life, step: Step, *, via: Via) -> None:
        seq, department = self.head[0] + 1, self._drawn[life.number][1]["department_id"]
        arrives, said = step.action == Action.ARRIVED, _remark(life, step)
        before = self._owners.get(life.number)
        owner = self._owners[life.number] = step.person if step.action == Action.CLAIMED else before
        row: dict[str, Any] = dict.fromkeys(FIELDS)
        row |= {"seq": seq, "at": step.at, "mention_id": life.number, "action": str(step.action)}
        row |= {"actor_id": step.person, "actor_department_id": department_of(step.person) if step.person else None}
        row |= {"from_owner_id": before, "to_owner_id": owner, "via": str(via), "prev": self.head[1]}
        row |= {"from_department_id": None if arrives else department, "to_department_id": department}
        if said:
            salt = self._chance.randbytes(16).hex()
            row["remark_hash"] = hash_remark(salt, said)
            rows["remark"].append((seq, salt, said))
        row["hash"] = hash_row(row)
        self.head = (seq, row["hash"])
        rows["ownership_event"].append(tuple(row.values()))


def make(engine: Engine, mentions: int, seed: int = 1) -> None:
    """Fill a migrated, empty database; progress goes to the error channel."""
    maker, begun, done = Maker(seed), time.perf_counter(), 0
    add_people(engine)
    with closing(engine.raw_connection()) as lent:
        writer = (_Postgres if engine.dialect.name == "postgresql" else _Sqlite)(lent.driver_connection, engine.dialect)
        writer.begin()
        for some in Lives(mentions, seed).portions():
            writer.write(maker.rows([_drawn(life) for life in some]))
            done += len(some)
            sys.stderr.write(f"{done:,} of {mentions:,}, {time.perf_counter() - begun:.0f} s\n")
        writer.write(maker.rest())
        writer.end(maker.head)
        lent.detach()
    sys.stderr.write(f"Made in {time.perf_counter() - begun:.0f} s.\n")


def add_people(engine: Engine) -> None:
    """Write down departments, and people with a seat at the desk."""
    departments = [{"id": n, "key": key, "name": key.title(), "position": n} for n, key in enumerate(DEPARTMENTS, 1)]
    numbers = range(1, PEOPLE + 1)
    persons = [{"id": n, "name": f"Person {n}", "email": f"p{n}@acme.example"} for n in numbers]
    members = [{"person_id": n, "department_id": department_of(n), "via": "listed"} for n in numbers]
    desk = {"platform": DESK, "workspace": DESK, "kind": str(IdentityKind.MEMBER)}
    accounts = [{"id": n, "external_id": str(n), "person_id": n, **desk} for n in numbers]
    with engine.begin() as connection:
        for model, rows in ((Department, departments), (Person, persons), (Membership, members), (Identity, accounts)):
            connection.execute(insert(table_of(model)), rows)


class _Sqlite:
    """Writes into a file whose indexes are away; all of it is one transaction."""

    def __init__(self, driver: Any, dialect: Any) -> None:
        self._driver = driver
        self._indexes: list[str] = []
        self._plans = {name: self._plan(table, dialect) for name, table in TABLES.items()}

    def _plan(self, table: Table, dialect: Any) -> tuple[str, list[tuple[int, Any]]]:
        names = table.columns.keys()
        sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        processors = [one.type.dialect_impl(dialect).bind_processor(dialect) for one in table.c]
        converts = [(place, convert) for place, convert in enumerate(processors) if convert is not None]
        return sql, [(1, lambda words: f" {' '.join(words)} ")] if table is mention_words else converts

    def begin(self) -> None:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000"):
            self._driver.execute(f"PRAGMA {pragma}")
        self._driver.execute("BEGIN IMMEDIATE")
        names = ", ".join(f"'{name}'" for name in TABLES)
        found = f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > '' AND tbl_name IN ({names})"
        for name, sql in self._driver.execute(found).fetchall():
            self._indexes.append(sql)
            self._driver.execute(f"DROP INDEX {name}")
        self._trigger = self._driver.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'mention_words_added'"
        ).fetchone()
        self._driver.execute("DROP TRIGGER mention_words_added")

    def write(self, rows: Rows) -> None:
        for name, some in rows.items():
            sql, converts = self._plans[name]
            self._driver.executemany(sql, (_converted(row, converts) for row in some))

    def end(self, head: tuple[int, str]) -> None:
        self._driver.execute("UPDATE chain_head SET seq = ?, hash = ?", head)
        self._driver.execute("INSERT INTO mention_words_index (mention_words_index) VALUES ('rebuild')")
        for sql in (*self._indexes, *self._trigger):
            self._driver.execute(sql)
        self._driver.execute("COMMIT")
        self._driver.execute("PRAGMA journal_mode=WAL")


def _converted(row: Row, converts: list[tuple[int, Any]]) -> Sequence[Any]:
    values = list(row)
    for place, convert in converts:
        values[place] = convert(values[place])
    return values


class _Postgres:
    """Writes by COPY into tables whose indexes and checks are away; all of it is one transaction."""

    def __init__(self, driver: Any, _dialect: Any) -> None:
        self._driver = driver
        self._indexes: list[str] = []

    def begin(self) -> None:
        for setting in ("session_replication_role = replica", "maintenance_work_mem = '400MB'"):
            self._driver.execute(f"SET {setting}")
        found = """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
            LEFT JOIN pg_constraint ON conindid = indexrelid
            WHERE conindid IS NULL AND indrelid::regclass::text = ANY(%s)"""
        for name, sql in self._driver.execute(found, ([*TABLES],)).fetchall():
            self._indexes.append(sql)
            self._driver.execute(f"DROP INDEX {name}")

    def write(self, rows: Rows) -> None:
        for name, some in rows.items():
            columns = ", ".join(TABLES[name].columns.keys())
            with self._driver.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
                for row in some:
                    copy.write_row(_as_vector(row) if name == mention_words.name else row)

    def end(self, head: tuple[int, str]) -> None:
        self._driver.execute("UPDATE chain_head SET seq = %s, hash = %s", head)
        for sql in self._indexes:
            self._driver.execute(sql)
        for name in ("mention", "post", "author", "person", "department", "identity"):
            self._driver.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")
        self._driver.commit()
        self._driver.autocommit = True
        self._driver.execute("VACUUM ANALYZE")


def _as_vector(row: Row) -> Row:
    return row[0], " ".join(f"'{word}'" for word in row[1])


def main() -> None:
    """Make the database that is named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    engine = open_engine(asked.database)
    upgrade(engine)
    make(engine, asked.mentions, asked.seed)


if __name__ == "__main__":
    main()
