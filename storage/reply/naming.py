"""Naming: where people typed a word: remarks beside the log, drafts in all versions, and replies."""

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import Remark
from storage.tables.replies import Draft, DraftVersion, Publication, Review

_remark, _mention = table_of(Remark), table_of(Mention)
_draft, _version, _review = table_of(Draft), table_of(DraftVersion), table_of(Review)
_publication = table_of(Publication)


def remarks_with(session: Session, words: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield the remarks that hold one of these words: the row of the log of each, and its text."""
    query = select(_remark.c.seq, _remark.c.text).where(_holds(_remark.c.text, words))
    for row in session.connection().execute(query.order_by(_remark.c.seq)):
        yield row[0], row[1]


def replies_with(session: Session, words: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what was drafted, said of drafts, or sent, and holds one of these words: its mention's token, its text."""
    of_draft = _mention.c.id == _draft.c.mention_id
    texts = (
        select(_mention.c.token, _version.c.text)
        .join_from(_version, _draft, _draft.c.id == _version.c.draft_id)
        .join(_mention, of_draft)
        .where(_holds(_version.c.text, words)),
        select(_mention.c.token, _review.c.remark)
        .join_from(_review, _draft, _draft.c.id == _review.c.draft_id)
        .join(_mention, of_draft)
        .where(_holds(_review.c.remark, words)),
        select(_mention.c.token, _publication.c.text)
        .join_from(_publication, _mention, _mention.c.id == _publication.c.mention_id)
        .where(_holds(_publication.c.text, words)),
    )
    for query in texts:
        for row in session.connection().execute(query):
            yield row[0], row[1]


def _holds(column: ColumnElement[str], words: Collection[str]) -> ColumnElement[bool]:
    return or_(*(column.contains(one, autoescape=True) for one in sorted(words)))
