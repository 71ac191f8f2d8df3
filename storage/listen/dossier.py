"""A dossier: all that is kept of one author, by the tables that keep it, read row by row.

Who of us did or typed something is left out: that is of others.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlmodel import Session

from storage.engine.streamed import all_but, parts_of
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.mutes import Mute
from storage.tables.ownership import OwnershipEvent, Remark
from storage.tables.people import Department
from storage.tables.posts import Author, Customer, Post
from storage.tables.replies import Draft, DraftVersion, Publication
from storage.tables.states import PostRole
from storage.tables.suggestions import HintJudged, Suggestion

_author, _customer, _post = table_of(Author), table_of(Customer), table_of(Post)
_mention, _department, _mute = table_of(Mention), table_of(Department), table_of(Mute)
_suggestion, _hint = table_of(Suggestion), table_of(HintJudged)
_event, _remark = table_of(OwnershipEvent), table_of(Remark)
_draft, _version, _publication = table_of(Draft), table_of(DraftVersion), table_of(Publication)
_NUMBERS = ("id", "department_id", "owner_id", "mention_id", "author_id", "by_id", "lifted_by_id", "held_by", "version")


def _sections(
    author_ids: Sequence[int], called: Collection[tuple[str, str]], listed: Collection[tuple[str, str]]
) -> dict[str, Select[Any]]:
    """Return the questions whose answers are all that is kept of an author, by what the answers are called."""
    token = _mention.c.token.label("mention")
    began = (_post.c.author_id.in_(author_ids), _post.c.role == str(PostRole.ORIGINAL))
    theirs = _mention.c.id.in_(select(_post.c.mention_id).where(*began))
    muted = or_(*(and_(_mute.c.source == source, _mute.c.author == name) for source, name in called))
    of_list = [and_(_customer.c.source == source, _customer.c.handle == handle) for source, handle in listed]
    return {
        "author": select(*all_but(_author, "id")).where(_author.c.id.in_(author_ids)).order_by(_author.c.id),
        "list_of_customers": select(*all_but(_customer, "list_id")).where(or_(*of_list)),
        "posts": select(*all_but(_post, *_NUMBERS), token)
        .join_from(_post, _mention, _mention.c.id == _post.c.mention_id, isouter=True)
        .where(_post.c.author_id.in_(author_ids))
        .order_by(_post.c.id),
        "mentions": select(*all_but(_mention, *_NUMBERS), _department.c.key.label("department"))
        .join_from(_mention, _department, _department.c.id == _mention.c.department_id)
        .where(theirs)
        .order_by(_mention.c.id),
        "log": select(_event.c.seq, _event.c.at, token, _event.c.action, _remark.c.text.label("typed"))
        .join_from(_event, _mention, _mention.c.id == _event.c.mention_id)
        .join(_remark, _remark.c.seq == _event.c.seq, isouter=True)
        .where(theirs)
        .order_by(_event.c.seq),
        "suggestions": select(token, *all_but(_suggestion, *_NUMBERS, "names", "usual", "choices"))
        .join_from(_suggestion, _mention, _mention.c.id == _suggestion.c.mention_id)
        .where(theirs)
        .order_by(_suggestion.c.mention_id),
        "hints_judged": select(token, *all_but(_hint, *_NUMBERS))
        .join_from(_hint, _mention, _mention.c.id == _hint.c.mention_id)
        .where(theirs)
        .order_by(_hint.c.mention_id, _hint.c.axis),
        "drafts_of_replies": select(token, _draft.c.state, _version.c.version, _version.c.at, _version.c.text)
        .join_from(_version, _draft, _draft.c.id == _version.c.draft_id)
        .join(_mention, _mention.c.id == _draft.c.mention_id)
        .where(theirs)
        .order_by(_version.c.draft_id, _version.c.version),
        "replies": select(
            token, *(_publication.c[name] for name in ("source", "state", "created_at", "settled_at", "url", "text"))
        )
        .join_from(_publication, _mention, _mention.c.id == _publication.c.mention_id)
        .where(theirs)
        .order_by(_publication.c.id),
        "mutes": select(*all_but(_mute, *_NUMBERS)).where(muted).order_by(_mute.c.id),
    }


def read_dossier(
    session: Session,
    author_ids: Sequence[int],
    called: Collection[tuple[str, str]],
    listed: Collection[tuple[str, str]],
) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Return each part of what is kept of an author, with its rows; one has to be read before the next is asked for.

    Args:
        session: The transaction.
        author_ids: Who it is, on all sources of their network.
        called: By source, what these call them.
        listed: By source or kind, how lists of customers write their handles.
    """
    return parts_of(session, _sections(author_ids, called, listed))
