"""A dossier: all that is kept of one colleague, by the tables that keep it, read row by row.

What proves who somebody is (the hashes of links and sessions) is left out, and so is who else acted.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, and_, case, or_, select
from sqlmodel import Session

from storage.engine.streamed import all_but, parts_of
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.messages import Lane, Message, Reaction
from storage.tables.mutes import Mute
from storage.tables.ownership import OwnershipEvent, Remark
from storage.tables.people import Department, DeskSession, Identity, Membership, Person
from storage.tables.replies import Draft, DraftVersion, Publication, Review
from storage.tables.report import PersonDay, PersonFirst
from storage.tables.rooms import Room

_person, _identity, _session = table_of(Person), table_of(Identity), table_of(DeskSession)
_membership, _department = table_of(Membership), table_of(Department)
_mention, _event, _remark = table_of(Mention), table_of(OwnershipEvent), table_of(Remark)
_draft, _version, _review = table_of(Draft), table_of(DraftVersion), table_of(Review)
_publication, _mute, _reaction = table_of(Publication), table_of(Mute), table_of(Reaction)
_message, _lane, _room = table_of(Message), table_of(Lane), table_of(Room)
_day, _first = table_of(PersonDay), table_of(PersonFirst)


def _sections(ids: Sequence[int]) -> dict[str, Select[Any]]:
    """Return the questions whose answers are all that is kept of a person, by what the answers are called."""
    token = _mention.c.token.label("mention")
    here = {name: getattr(_event.c, name).in_(ids) for name in ("actor_id", "from_owner_id", "to_owner_id")}
    roles = ((here["actor_id"], "you_acted"), (here["from_owner_id"], "from_you"), (here["to_owner_id"], "to_you"))
    typed = case((here["actor_id"], _remark.c.text)).label("you_typed")
    accounts = _identity.c.person_id.in_(ids)
    of_reaction = and_(_identity.c.platform == _reaction.c.platform, _identity.c.external_id == _reaction.c.external_id)
    of_room = and_(_identity.c.platform == _room.c.platform, _identity.c.external_id == _room.c.account)
    of_lane = and_(_identity.c.platform == _lane.c.platform, _lane.c.channel == "@" + _identity.c.external_id)
    of_draft = _draft.c.id == _version.c.draft_id
    return {
        "person": select(_person).where(_person.c.id.in_(ids)).order_by(_person.c.id),
        "accounts": select(*all_but(_identity, "id", "person_id")).where(accounts).order_by(_identity.c.id),
        "departments": select(_department.c.key, _membership.c.via)
        .join_from(_membership, _department, _department.c.id == _membership.c.department_id)
        .where(_membership.c.person_id.in_(ids))
        .order_by(_department.c.position),
        "sessions_of_the_desk": select(*all_but(_session, "hash", "person_id"))
        .where(_session.c.person_id.in_(ids))
        .order_by(_session.c.expires_at),
        "you_have": select(token, _mention.c.status, _mention.c.source)
        .where(_mention.c.owner_id.in_(ids))
        .order_by(_mention.c.id),
        "log": select(
            *(_event.c[name] for name in ("seq", "at")),
            token,
            _event.c.action,
            _event.c.via,
            *(case((condition, 1), else_=0).label(name) for condition, name in roles),
            typed,
        )
        .join_from(_event, _mention, _mention.c.id == _event.c.mention_id, isouter=True)
        .join(_remark, _remark.c.seq == _event.c.seq, isouter=True)
        .where(or_(*here.values()))
        .order_by(_event.c.seq),
        "drafts": select(token, _draft.c.state, _version.c.version, _version.c.at, _version.c.text)
        .join_from(_version, _draft, of_draft)
        .join(_mention, _mention.c.id == _draft.c.mention_id)
        .where(_draft.c.person_id.in_(ids))
        .order_by(_version.c.draft_id, _version.c.version),
        "reviews": select(token, _review.c.at, _review.c.version, _review.c.verdict, _review.c.remark)
        .join_from(_review, _draft, _draft.c.id == _review.c.draft_id)
        .join(_mention, _mention.c.id == _draft.c.mention_id)
        .where(_review.c.person_id.in_(ids))
        .order_by(_review.c.id),
        "replies_that_you_sent": select(
            token, *(_publication.c[name] for name in ("source", "state", "created_at", "settled_at", "url", "text"))
        )
        .join_from(_publication, _mention, _mention.c.id == _publication.c.mention_id)
        .where(_publication.c.person_id.in_(ids))
        .order_by(_publication.c.id),
        "mutes_by_you": select(*all_but(_mute, "id", "mention_id", "by_id", "lifted_by_id"))
        .where(or_(_mute.c.by_id.in_(ids), _mute.c.lifted_by_id.in_(ids)))
        .order_by(_mute.c.id),
        "direct_messages_to_you": select(_lane.c.platform, _message.c.created_at, _message.c.state, _message.c.body)
        .join_from(_message, _lane, _lane.c.id == _message.c.lane_id)
        .join(_identity, of_lane)
        .where(accounts)
        .order_by(_message.c.id),
        "reactions": select(*all_but(_reaction))
        .join_from(_reaction, _identity, of_reaction)
        .where(accounts)
        .order_by(_reaction.c.message),
        "chats_with_dibs": select(*all_but(_room, "id"))
        .join_from(_room, _identity, of_room)
        .where(accounts)
        .order_by(_room.c.id),
        "counted_by_day": select(*all_but(_day, "person_id", "department_id"), _department.c.key.label("department"))
        .join_from(_day, _department, _department.c.id == _day.c.department_id, isouter=True)
        .where(_day.c.person_id.in_(ids))
        .order_by(_day.c.day),
        "first_time": select(*all_but(_first, "person_id", "department_id")).where(_first.c.person_id.in_(ids)),
    }


def read_dossier(session: Session, person_ids: Sequence[int]) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Return each part of what is kept of a person, with its rows; one has to be read before the next is asked for."""
    return parts_of(session, _sections(person_ids))
