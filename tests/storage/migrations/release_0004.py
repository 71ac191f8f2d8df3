"""A database as the release with schema 0004 left it: made by its steps, every table filled, a log of some length.

Nothing here uses today's tables or today's way to write the log: what was written then is written as it was then.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, inspect

from storage.engine import triggers
from storage.engine.upgrade import FOLDER

THEN = datetime(2026, 3, 2, 8, 58, 1, 250_000, tzinfo=UTC)
EVENTS = 300
MENTIONS = 12
Rows = list[dict[str, Any]]

_ACTIONS = ("arrived", "claimed", "noted", "released", "handed_off")


def make(engine: Engine) -> str:
    """Make the database and fill it; returns the head of its log."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        triggers.create(connection)
        events, remarks = chain()
        fill(connection, everything() | {"ownership_event": events, "remark": remarks})
        connection.exec_driver_sql(f"UPDATE chain_head SET seq = {EVENTS}, hash = '{events[-1]['hash']}'")
    return str(events[-1]["hash"])


def fill(connection: Connection, rows: dict[str, Rows]) -> None:
    """Write rows into their tables, those first to which others point."""
    there = MetaData()
    there.reflect(connection)
    for table in there.sorted_tables:
        if table.name in rows:
            for row in rows[table.name]:
                connection.execute(table.insert().values(row))
            if connection.dialect.name == "postgresql" and "id" in table.c:
                last = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"
                connection.exec_driver_sql(last)


def count_all(engine: Engine) -> dict[str, int]:
    """Count the rows of every table."""
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in names}


def chain() -> tuple[Rows, Rows]:
    """Return the rows of a log whose hashes hold, and what people typed beside some of them; one was forgotten."""
    events, remarks, previous = [], [], "0" * 64
    for seq in range(1, EVENTS + 1):
        typed = f"because {seq}" if seq % 7 == 0 else ""
        salt = f"{seq:032x}"
        row: dict[str, Any] = {
            "seq": seq,
            "at": THEN + timedelta(minutes=seq),
            "mention_id": 1 + seq % MENTIONS,
            "action": _ACTIONS[seq % len(_ACTIONS)],
            "actor_id": None if seq % 5 == 0 else 1 + seq % 2,
            "actor_department_id": None if seq % 5 == 0 else 1,
            "from_owner_id": 1 if seq % 3 == 0 else None,
            "to_owner_id": 2 if seq % 2 == 0 else None,
            "from_department_id": 1,
            "to_department_id": 2,
            "via": "button",
            "remark_hash": hashlib.sha256(f"{salt}:{typed}".encode()).hexdigest() if typed else None,
            "prev": previous,
        }
        hashed = row | {"at": row["at"].isoformat(timespec="microseconds")}
        text = json.dumps(hashed, sort_keys=True, separators=(",", ":"))
        previous = row["hash"] = hashlib.sha256(text.encode()).hexdigest()
        events.append(row)
        if typed:
            remarks.append({"seq": seq, "salt": salt, "text": None if seq == 70 else typed})
    return events, remarks


def everything() -> dict[str, Rows]:
    """Return rows of every table but those of the log."""
    return people() | posts() | channels() | replies() | work()


def people() -> dict[str, Rows]:
    return {
        "department": [
            {"id": number, "key": key, "name": key, "position": number, "timezone": "UTC", "removed": False}
            for number, key in enumerate(("support", "finance"), start=1)
        ],
        "home": [
            {"department_id": 1, "platform": "slack", "channel": "C1", "name": "#support"},
            {"department_id": 1, "platform": "teams", "channel": "19:a@thread.tacv2", "name": ""},
            {"department_id": 2, "platform": "slack", "channel": "C2", "name": "#finance"},
        ],
        "person": [
            {"id": 1, "name": "Ana", "email": "ana@acme.example", "timezone": "Europe/Berlin", "active": True},
            {"id": 2, "name": "Ben", "email": None, "timezone": None, "active": True},
        ],
        "identity": [
            {"platform": "slack", "workspace": "T1", "external_id": f"U{one}", "person_id": one, "kind": "member"}
            | {"id": one, "looked_up_at": THEN if one == 1 else None}
            for one in (1, 2)
        ],
        "membership": [{"person_id": 1, "department_id": 1, "via": "listed"}],
        "desk_pass": [{"hash": "f" * 64, "kind": "session", "person_id": 1, "expires_at": THEN + timedelta(days=9)}],
    }


def posts() -> dict[str, Rows]:
    mention = {"version": 2, "source": "blog", "department_id": 1, "status": "claimed", "topic": "billing"}
    moments = {"ingested_at": THEN, "changed_at": THEN, "published_at": THEN, "carded_at": THEN, "snoozed_until": None}
    post = {"source": "blog", "role": "original", "url": "https://blog.example/1", "canonical_url": "blog.example/1"}
    words = {"title": "Refund", "text": "Charged twice 👋", "lang": "en", "digest": "d", "ingested_at": THEN}
    return {
        "source_state": [
            {"name": "blog", "kind": "feed", "place": "p", "checkpoint": "here", "baselined": True, "failures": 0}
            | {"trouble": "", "seen": 9, "matched": 2, "dropped": 7, "dropped_lately": "0a0b0c0d", "last_ok_at": THEN}
        ],
        "author": [
            {"id": 1, "source": "blog", "external_id": "a1", "name": "Kim", "handle": "kim", "url": "", "gone": False}
        ],
        "mention": [
            mention | moments | {"id": one, "token": f"k{one:03}", "owner_id": 1 if one % 2 else None, "reason": ""}
            for one in range(1, MENTIONS + 1)
        ],
        "post": [
            post | words | {"id": one, "external_id": f"p{one}", "mention_id": one, "author_id": 1}
            for one in range(1, MENTIONS + 1)
        ],
    }


def channels() -> dict[str, Rows]:
    lane = {"name": "", "failures": 3, "lease": None, "leased_until": None}
    message = {"lane_id": 1, "version": 4, "shown_version": 3, "by_person": True, "plain": False, "attempts": 1}
    sending = {"state": "sending", "sending_at": THEN, "sending_version": 4, "trouble": "", "created_at": THEN}
    room = {"platform": "teams", "name": "Acme", "parent": "", "tenant": "t", "address": "https://a", "account": ""}
    return {
        "lane": [
            lane | {"id": 1, "platform": "slack", "channel": "C1", "state": "open", "trouble": ""},
            lane
            | {"id": 2, "platform": "slack", "channel": "C2", "state": "parked", "trouble": "is_archived"}
            | {"parked_at": THEN, "next_at": THEN},
        ],
        "message": [
            message | sending | {"id": 1, "key": "card:1:C1", "kind": "card", "mention_id": 1, "reference": "1.1"},
            message | sending | {"id": 2, "key": "digest:1", "kind": "digest", "mention_id": None, "body": "{}"},
        ],
        "message_mention": [{"message_id": 2, "mention_id": 1}],
        "reaction": [
            {"platform": "slack", "channel": "C1", "message": "1.1", "external_id": "U1", "emoji": "eyes"}
            | {"removed_at": 0.0, "claim_seq": 1}
        ],
        "room": [
            room | {"id": 1, "external_id": "19:a@thread.tacv2", "kind": "channel", "present": True, "learned_at": THEN}
        ],
    }


def replies() -> dict[str, Rows]:
    draft = {"mention_id": 1, "version": 1, "trouble": "", "created_at": THEN, "changed_at": THEN, "text": "Sorry!"}
    sent = {"draft_version": 1, "mention_id": 1, "person_id": 1, "source": "blog", "text": "Sorry!", "prepared": "{}"}
    way = {"reference": "", "url": "", "attempts": 1, "trouble": "", "created_at": THEN}
    return {
        "draft": [
            draft | {"id": 1, "token": "d1", "person_id": 1, "state": "publishing"},
            draft | {"id": 2, "token": "d2", "person_id": 2, "state": "failed"},
        ],
        "draft_version": [{"draft_id": one, "version": 1, "text": "Sorry!", "at": THEN} for one in (1, 2)],
        "review": [
            {"id": 1, "draft_id": 1, "version": 1, "person_id": 2, "verdict": "approved", "remark": "", "at": THEN}
        ],
        "publication": [
            sent | way | {"id": 1, "send_id": "s1", "draft_id": 1, "state": "sending", "heedless": True},
            sent | way | {"id": 2, "send_id": "s2", "draft_id": 2, "state": "failed", "heedless": False},
        ],
    }


def work() -> dict[str, Rows]:
    return {
        "seen_request": [{"key": "C1:1.1", "at": THEN, "answer": "{}"}],
        "fire": [{"job": "digest:support", "slot": "2026-03-02", "at": THEN}],
        "trouble": [
            {"subject": "lane slack C2", "since": THEN, "what": "The channel cannot be reached."},
            {"subject": "source my blog", "since": THEN, "what": "The source is down."},
            {"subject": "platform slack", "since": THEN, "what": "Slack refuses us."},
        ],
    }
