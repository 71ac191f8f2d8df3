"""Make a database of very many mentions with posts, authors, words and a log that verifies; the same for a seed.

``python -m tests.bench.make_million --database URL --mentions 1000000``. The database is made if it is not there, and
has to be empty. Rows go in by the driver's own quickest way, since it is they that matter and not their arrival.

Words are drawn by Zipf's law, as in any language; ``RATES`` says how many mentions have one of those that one asks for.
One in ten is in Japanese, one in twenty in German. All but some hundredths are done; the newest are not.
"""

import argparse
import itertools
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Table, insert

from storage.engine.database import open_engine
from storage.engine.schema import upgrade
from storage.own.ownership import FIELDS, GENESIS, hash_row
from storage.search.tables import CREATE, mention_words
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import ChainHead, OwnershipEvent
from storage.tables.people import Department, Membership, Person
from storage.tables.posts import Author, Post, SourceState
from storage.text.cut import cut, facet

BEGUN = datetime(2025, 1, 6, 8, 0, tzinfo=UTC)
APART = timedelta(seconds=35)
PORTION = 20_000
RATES = {"acme": 0.5, "refund": 0.12, "invoice": 0.03, "anvil": 0.003, "zugzwang": 0.00002}
SOURCES = ("bluesky-search", "mastodon-tags", "reddit-feed", "news-feed", "hn-search", "hook")
DEPARTMENTS = ("support", "finance", "engineering", "marketing")
PEOPLE = 30
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
_JAPANESE = (
    "返金",
    "請求",
    "二重",
    "注文",
    "配送",
    "遅い",
    "お願いします",
    "助けて",
    "電話",
    "アプリ",
    "落ちる",
    "最高",
    "解約",
)
_GERMAN = ("rückerstattung", "gebühr", "schön", "für", "über", "müde", "größe", "rechnung", "warten", "straße")
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
Rows = dict[str, list[tuple[Any, ...]]]
_MANY = (table_of(Mention), table_of(Author), table_of(Post), table_of(OwnershipEvent))
_TABLES = {table.name: table for table in _MANY}


class Maker:
    """Draws mentions, and what belongs to each, in the order of their arrival."""

    def __init__(self, mentions: int, seed: int) -> None:
        self._chance = random.Random(seed)
        self._mentions = mentions
        words = dict.fromkeys("".join(self._chance.choices(_SYLLABLES, k=1 + n // 400 % 4)) for n in range(20_000))
        self._words = list(words)
        self._weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self._words))))
        self._seq, self._head, self._posts = 0, GENESIS, 0
        self.head: tuple[int, str] = (0, GENESIS)

    def portions(self) -> Iterator[Rows]:
        """Yield the rows of some thousand mentions at a time, by table."""
        for start in range(1, self._mentions + 1, PORTION):
            rows: Rows = {name: [] for name in (*_TABLES, mention_words.name)}
            for number in range(start, min(start + PORTION, self._mentions + 1)):
                self._mention(rows, number)
            self.head = (self._seq, self._head)
            yield rows

    def _mention(self, rows: Rows, number: int) -> None:
        at = BEGUN + APART * number
        token = "".join(_ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(5))
        source, department = SOURCES[number % 7 % 6], 1 + number % 11 % 4
        status, owner = self._standing(number)
        authors = 1 + self._mentions // 20
        author = 1 + number % authors
        name, handle = f"{self._words[author % 997].title()} Sample", f"{self._words[author % 4999]}{author}"
        lang, text = self._text()
        closed = at + timedelta(hours=2) if status in ("resolved", "dismissed") else None
        rows["mention"].append(
            (number, token, 2, source, department, status, owner, "", "", None, at, at, at, None, None, closed, at)
        )
        if number <= authors:
            rows["author"].append((author, "any", str(author), name, handle, "", False, ""))
        self._posts += 1
        url = f"https://posts.example/{number}"
        post = (self._posts, source, str(number), "original", number, author, url, url, "", text, lang, "", at, at)
        rows["post"].append((*post, None, None, "", ""))
        words = dict.fromkeys([facet(lang), *cut(f"#{token}"), *cut(text), *cut(name), *cut(f"@{handle}")])
        rows[mention_words.name].append((number, list(words)))
        self._log(rows, number, "arrived", at, None, None, department)
        if owner:
            self._log(rows, number, "claimed", at + timedelta(minutes=9), owner, owner, department)
        if closed:
            self._log(rows, number, status, closed, owner, owner, department)

    def _standing(self, number: int) -> tuple[str, int | None]:
        owner = 1 + self._chance.randrange(PEOPLE)
        if number < self._mentions * 0.99:
            return ("dismissed", None) if number % 9 == 0 else ("resolved", owner)
        status = self._chance.choice(("new", "new", "claimed", "claimed", "responded", "snoozed"))
        return status, None if status == "new" else owner

    def _text(self) -> tuple[str, str]:
        chance, drawn = self._chance, self._chance.random()
        if drawn < 0.1:
            return "ja", "".join(chance.choices(_JAPANESE, k=8))
        words = chance.choices(self._words, cum_weights=self._weights, k=18)
        if drawn < 0.15:
            words[3:6] = chance.choices(_GERMAN, k=3)
        words += [word for word, rate in RATES.items() if chance.random() < rate]
        if drawn > 0.9:
            words.append(f"https://{words[0]}.acme.example/{words[1]}")
        return ("de" if drawn < 0.15 else "en"), " ".join(words)

    def _log(
        self, rows: Rows, mention: int, action: str, at: datetime, actor: int | None, owner: int | None, to: int
    ) -> None:
        self._seq += 1
        row = dict.fromkeys(FIELDS) | {"seq": self._seq, "at": at, "mention_id": mention, "action": action}
        row |= {"actor_id": actor, "to_owner_id": owner, "to_department_id": to, "via": "source", "prev": self._head}
        row["hash"] = self._head = hash_row(row)
        rows["ownership_event"].append(tuple(row.values()))


def make(engine: Engine, mentions: int, seed: int = 1) -> None:
    """Fill a migrated, empty database; progress goes to the error channel."""
    maker, begun = Maker(mentions, seed), time.perf_counter()
    with engine.begin() as connection:
        _few(connection)
        _without_index(connection)
        for number, rows in enumerate(maker.portions(), start=1):
            for name, some in rows.items():
                _write(connection, _TABLES.get(name, mention_words), some)
            sys.stderr.write(
                f"{min(number * PORTION, mentions):,} of {mentions:,}, {time.perf_counter() - begun:.0f} s\n"
            )
        seq, head = maker.head
        connection.execute(table_of(ChainHead).update().values(seq=seq, hash=head))
        _with_index(connection, mentions)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("ANALYZE" if engine.dialect.name == "postgresql" else "PRAGMA optimize")
    sys.stderr.write(f"Made in {time.perf_counter() - begun:.0f} s.\n")


def _few(connection: Any) -> None:
    departments = [{"id": n, "key": key, "name": key.title(), "position": n} for n, key in enumerate(DEPARTMENTS, 1)]
    persons = [{"id": n, "name": f"Person {n}", "email": f"p{n}@acme.example"} for n in range(1, PEOPLE + 1)]
    members = [{"person_id": n, "department_id": 1 + n % len(DEPARTMENTS)} for n in range(1, PEOPLE + 1)]
    states = [{"name": name, "kind": "feed"} for name in SOURCES]
    for model, rows in ((Department, departments), (Person, persons), (Membership, members), (SourceState, states)):
        connection.execute(insert(table_of(model)), rows)


def _without_index(connection: Any) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP INDEX ix_mention_words")
    else:
        connection.exec_driver_sql("DROP TRIGGER mention_words_added")


def _with_index(connection: Any, mentions: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(CREATE["postgresql"][1])
        for name, number in (("mention", mentions), ("post", mentions), ("author", mentions), ("person", PEOPLE)):
            connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {number + 1})")
        connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('department', 'id'), {len(DEPARTMENTS) + 1})")
        return
    connection.exec_driver_sql("INSERT INTO mention_words_index (mention_words_index) VALUES ('rebuild')")
    connection.exec_driver_sql(CREATE["sqlite"][2])


def _write(connection: Any, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    driver, names = connection.connection.dbapi_connection, ", ".join(table.columns.keys())
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(_as_vector(row) if table is mention_words else row)
        return
    converts = [column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for column in table.c]
    plain = (
        [f" {' '.join(one)} " if isinstance(one, list) else one for one in row]
        if table is mention_words
        else [one if convert is None else convert(one) for one, convert in zip(row, converts, strict=True)]
        for row in rows
    )
    driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(converts))})", plain)


def _as_vector(row: tuple[Any, ...]) -> tuple[Any, ...]:
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
