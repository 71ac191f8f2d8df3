"""React: an emoji on a card says a verb, and taking the claiming one away gives back what it took.

Only what this reaction claimed, on this card, while nothing else decided who owns it: someone who claimed by button,
or got the mention assigned, does not lose it by tidying up an emoji. Sockets deliver out of order, so setting that is
older than the person's last taking away does nothing.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from handlers.base.command import Answer, ByCard, Command, Context
from handlers.base.errors import BotError
from handlers.base.verb import ask
from handlers.own import claim
from handlers.own.claim import ClaimMention, claim_mention
from handlers.own.release import ReleaseMention, release_mention
from handlers.verbs import BY_NAME
from storage.channels import messages
from storage.engine.database import Session
from storage.own import mentions, reactions
from storage.own.reactions import ReactionKey, ReactionRow
from storage.tables.states import CLOSED, MessageKind


class CardPresence(StrEnum):
    """What stands at the place of a reaction: a card, nothing of ours, or perhaps a card that is just being posted."""

    CARD = "card"
    NOTHING = "nothing"
    PERHAPS = "perhaps"


def what_stands(session: Session, card: ByCard) -> CardPresence:
    """Say whether a reaction counts: on cards it does, moved ones too; never on digests, threads or what others say."""
    message = messages.by_reference(session, card.platform, card.channel, card.reference)
    if message is not None:
        return CardPresence.CARD if message.kind == MessageKind.CARD else CardPresence.NOTHING
    lane = messages.lane_of(session, card.platform, card.channel)
    if lane is not None and reactions.is_posting(session, lane.id):
        return CardPresence.PERHAPS
    return CardPresence.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactToCard(Command):
    """Tell that somebody set an emoji on a card, or took it away.

    Attributes:
        verb: What the emoji means.
        at: When it happened, by the platform's clock, in seconds.
    """

    card: ByCard
    verb: str
    emoji: str
    added: bool
    at: float


def react_to_card(command: ReactToCard, context: Context) -> Answer:
    """Do what the emoji means; an empty answer when it means nothing.

    Raises:
        BotError: The verb refused.
    """
    message = messages.by_reference(
        context.session, command.card.platform, command.card.channel, command.card.reference
    )
    if message is None or message.kind != MessageKind.CARD or message.mention_id is None:
        return Answer(text="")
    context.found = mentions.get(context.session, message.mention_id)
    if command.verb == claim.VERB.name:
        return _claim(command, context) if command.added else _take_away(command, context)
    if not command.added:
        return Answer(text="")
    verb = BY_NAME[command.verb]
    return verb.handler(ask(verb, command.card, {}, who=command.who, via=command.via), context)


def _claim(command: ReactToCard, context: Context) -> Answer:
    key = _key(command)
    row = reactions.hold(context.session, key)
    if command.at <= row.removed_at:
        return Answer(text="")
    context.found = mentions.get(context.session, context.mention.id)  # as it is now that we hold the reaction
    before = reactions.last_change_of_owner(context.session, context.mention.id)
    answer = claim_mention(ClaimMention(reference=command.card, who=command.who, via=command.via), context)
    after = reactions.last_change_of_owner(context.session, context.mention.id)
    if after != before:
        reactions.keep(context.session, key, replace(row, claim_seq=after))
    return answer


def _take_away(command: ReactToCard, context: Context) -> Answer:
    key = _key(command)
    row = reactions.hold(context.session, key)
    if command.at <= row.removed_at:
        return Answer(text="")
    reactions.keep(context.session, key, ReactionRow(removed_at=command.at, claim_seq=None))
    seen = context.found = mentions.get(context.session, context.mention.id)
    if row.claim_seq is None or seen.owner_id != context.person.id or seen.status in CLOSED:
        return Answer(text="")
    if reactions.last_change_of_owner(context.session, seen.id) != row.claim_seq:
        return Answer(text="")
    try:
        return release_mention(ReleaseMention(reference=command.card, who=command.who, via=command.via), context)
    except BotError:  # somebody decided otherwise in this very moment; that stands
        return Answer(text="")


def _key(command: ReactToCard) -> ReactionKey:
    card = command.card
    account = command.who.external_id if command.who else ""
    return ReactionKey(
        platform=card.platform,
        channel=card.channel,
        message=card.reference,
        external_id=account,
        emoji=command.emoji,
    )
