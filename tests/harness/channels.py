"""What stands in the channels of a scene, and what its log says: looked at as delivery and the desk do."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from handlers.base.cards import Card, Notice
from handlers.base.command import Who
from handlers.base.stored import from_json
from handlers.draw.card import Seen, draw_card
from storage.channels import lanes, messages
from storage.channels.lanes import Outcome
from storage.channels.messages import MESSAGE_ROW, MessageRow
from storage.own import ownership
from storage.own.mentions import MentionRow
from storage.tables.base import table_of
from storage.tables.messages import Lane, Message
from storage.tables.states import MessageState
from tests.harness.scene import Scene

_message = table_of(Message)
_lane = table_of(Lane)


def in_channel(scene: Scene, channel: str) -> list[MessageRow]:
    """Return the messages that should stand in a channel, the oldest first."""
    query = select(*MESSAGE_ROW).join_from(_message, _lane).where(_lane.c.channel == channel).order_by(_message.c.id)
    return scene.database.read(lambda session: [MessageRow(*row) for row in session.connection().execute(query)])


def notices(scene: Scene, channel: str) -> list[Notice]:
    """Return the notices of a channel, the oldest first."""
    return [from_json(row.body) for row in in_channel(scene, channel) if row.body]


def told(scene: Scene, who: Who) -> list[str]:
    """Return the titles of the direct messages to an account, the oldest first."""
    return [notice.title for notice in notices(scene, f"@{who.external_id}")]


def card(scene: Scene, mention: MentionRow, channel: str) -> Card:
    """Draw the card of a mention as delivery draws it for a Slack channel."""
    seen = Seen(platform="slack", channel=channel)
    return scene.database.read(lambda session: draw_card(session, mention.id, scene.organisation, seen))


def card_key(mention: MentionRow, channel: str) -> str:
    """Return the key of a card in a channel."""
    return f"card:{mention.id}:{channel}"


def message(scene: Scene, key: str) -> MessageRow:
    """Return the message with this key."""
    found = scene.database.read(lambda session: messages.by_key(session, key))
    assert found is not None
    return found


def deliver(scene: Scene) -> list[str]:
    """Let every channel show what it should, as if all sends went well; returns the keys of what was due."""
    due = select(*MESSAGE_ROW).where(_message.c.state == str(MessageState.DUE)).order_by(_message.c.id)

    def work(session: Session) -> list[str]:
        rows = [MessageRow(*row) for row in session.connection().execute(due)]
        for row in rows:
            lanes.mark_sending(session, [row.id], scene.now)
        lanes.settle(
            session,
            [
                Outcome(
                    message_id=row.id,
                    state=MessageState.SHOWN,
                    shown=row.version,
                    reference=row.reference or f"ts-{row.id}",
                )
                for row in rows
            ],
        )
        return [row.key for row in rows]

    return scene.database.write(work)


def history(scene: Scene, mention: MentionRow) -> list[dict[str, Any]]:
    """Return the rows of the log about a mention, in order."""
    return scene.database.read(lambda session: list(ownership.rows(session, mention_id=mention.id)))


def last(scene: Scene, mention: MentionRow) -> dict[str, Any]:
    """Return the last row of the log about a mention."""
    return history(scene, mention)[-1]


def remarks(scene: Scene, mention: MentionRow) -> list[str]:
    """Return what people typed beside the changes of a mention, in order."""
    seqs = [row["seq"] for row in history(scene, mention)]
    found = scene.database.read(lambda session: ownership.remarks(session, seqs))
    return [found[seq] for seq in seqs if seq in found]


def person_id(scene: Scene, mention: MentionRow) -> int:
    """Return the owner of a mention; it must have one."""
    owner = scene.look(mention).owner_id
    assert owner is not None
    return owner


def facts(drawn: Card) -> dict[str, object]:
    """Return what stands on a card behind its state and below its quote, by label."""
    return {fact.label: fact.value for fact in (*drawn.details, *drawn.asides) if fact.label}


def said_behind(drawn: Card) -> list[str]:
    """Return what stands behind the state of a card without a label."""
    return [str(fact.value) for fact in drawn.details if not fact.label]
