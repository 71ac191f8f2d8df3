"""The log with the names of what its ids mean today, for those who have no other table to look into."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from storage.engine.deferred import settle
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import OwnershipEvent
from storage.tables.people import Department, Person
from storage.tables.posts import Post
from storage.tables.states import PostRole

_CHUNK = 1_000
_event = table_of(OwnershipEvent)
_mention = table_of(Mention)
_post = table_of(Post)
_PEOPLE = {name: table_of(Person).alias(name) for name in ("actor", "from_owner", "to_owner")}
_DEPARTMENTS = {
    name: table_of(Department).alias(name) for name in ("actor_department", "from_department", "to_department")
}
_url = (
    select(_post.c.url)
    .where(_post.c.mention_id == _mention.c.id, _post.c.role == str(PostRole.ORIGINAL))
    .order_by(_post.c.id)
    .limit(1)
    .correlate(_mention)
    .scalar_subquery()
)


def _query() -> Any:
    query = select(
        *_event.c,
        _mention.c.token,
        _mention.c.source,
        _url.label("url"),
        *(person.c.name.label(name) for name, person in _PEOPLE.items()),
        *(one.c.key.label(name) for name, one in _DEPARTMENTS.items()),
        *(one.c.name.label(f"{name}_name") for name, one in _DEPARTMENTS.items()),
    ).outerjoin_from(_event, _mention, _mention.c.id == _event.c.mention_id)
    for name, one in (_PEOPLE | _DEPARTMENTS).items():
        query = query.outerjoin(one, one.c.id == _event.c[f"{name}_id"])
    return query.order_by(_event.c.seq).limit(_CHUNK)


_QUERY = _query()


def named_rows(session: Session) -> Iterator[dict[str, Any]]:
    """Yield the rows of the log in order, read a thousand at a time.

    Each has the columns of ``ownership_event``, and of what they point to: ``token``, ``source`` and ``url`` (the
    address of the post that the mention began with), the names ``actor``, ``from_owner`` and ``to_owner``, and of each
    department its key (``actor_department``, …) and its name (``actor_department_name``, …). None = it points to
    nothing; an empty name = the person was blanked.
    """
    settle(session)
    last = 0
    while True:
        chunk = [dict(row._mapping) for row in session.connection().execute(_QUERY.where(_event.c.seq > last))]
        yield from chunk
        if len(chunk) < _CHUNK:
            return
        last = chunk[-1]["seq"]
