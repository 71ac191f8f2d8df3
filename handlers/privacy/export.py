"""Export: somebody is given all that is kept of them, as one JSON object, written while it is read.

Of a colleague what they did, typed, drafted and were told; of an author what they wrote, what we made of it, and what
we answered. Neither holds who else of us acted. Times are in ISO 8601, UTC.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

from handlers.base.events import Author
from handlers.base.organisation import Organisation
from handlers.listen.follow_ups import names
from handlers.privacy.authors import kept_naming
from storage.engine.database import Session
from storage.listen import dossier as of_author
from storage.listen import erase, kept
from storage.people import dossier as of_person

Part = tuple[str, Iterator[dict[str, Any]]]
_OF_NOBODY = "What proves who somebody is, and who else acted, is left out."


def write_person(session: Session, person_ids: Sequence[int], now: datetime, out: TextIO) -> int:
    """Write all that is kept of a colleague; returns how many rows that is."""
    return _write(of_person.read_dossier(session, person_ids), now, out)


def write_author(
    session: Session, organisation: Organisation, author_ids: Sequence[int], now: datetime, out: TextIO
) -> int:
    """Write all that is kept of an author, on all sources of their network; returns how many rows that is."""
    return _write(_of_author(session, organisation, author_ids), now, out)


def _of_author(session: Session, organisation: Organisation, author_ids: Sequence[int]) -> Iterator[Part]:
    found = [erase.author(session, one) for one in author_ids]
    called = [(source, external_id) for source, external_id, _, _ in found]
    listed = [
        (source_or_kind, written)
        for source, external_id, handle, name in found
        for source_or_kind in {source, organisation.source(source).kind}
        for written in names(Author(name=name, handle=handle, external_id=external_id))
    ]
    yield from of_author.read_dossier(session, author_ids, called, sorted(set(listed)))
    yield "deliveries_that_could_not_be_read", _kept(session, found)


def _kept(session: Session, found: Sequence[tuple[str, str, str, str]]) -> Iterator[dict[str, Any]]:
    for source, *named in found:
        for digest in kept_naming(session, source, named):
            row = kept.get(session, source, digest)
            if row is not None:
                yield {"source": source, "at": row.at, "body": row.raw.decode("utf-8", "replace")}


def _write(parts: Iterator[Part], now: datetime, out: TextIO) -> int:
    number = 0
    out.write(f'{{\n"made_at": {_as_json(now)},\n"note": {_as_json(_OF_NOBODY)}')
    for name, rows in parts:
        out.write(f",\n{_as_json(name)}: [")
        for position, row in enumerate(rows):
            out.write(("" if position == 0 else ",") + "\n" + _as_json(_said(row)))
            number += 1
        out.write("]")
    out.write("\n}\n")
    return number


def _said(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as people read it: of a message, its words."""
    if isinstance(row.get("body"), str) and "state" in row:
        return row | {"body": json.loads(row["body"])["text"]}
    return row


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
