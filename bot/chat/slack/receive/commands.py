"""Commands: from what a gesture says to what is asked of the backend."""

from typing import Any

from bot.chat.kit.form_values import addition, filled
from bot.chat.slack.receive.bring_in import Brought
from bot.chat.slack.wire.payloads import Pointed, Press, Reacted, Submission
from handlers.base.command import Command, Who
from handlers.dispatch.add import AddPost
from handlers.dispatch.react import ReactToCard
from handlers.own.claim import ClaimMention
from handlers.verbs import BY_NAME
from storage.tables.states import Via


def of_press(press: Press, who: Who) -> Command:
    """Return what a button without a form means."""
    make = BY_NAME[press.verb].command
    return make(reference=press.reference, who=who, via=Via.BUTTON, request_key=press.request_key)


def of_submission(sent: Submission, who: Who) -> Command:
    """Return what a form means; people are named as accounts of the actor's workspace."""
    if sent.reference is None:
        return addition(sent.values, who, sent.request_key)
    verb = BY_NAME[sent.verb]
    accounts = {name: f"slack:{who.workspace}:{account}" for name, account in sent.people.items()}
    typed: dict[str, Any] = filled(verb, {**sent.values, **accounts})
    return verb.command(reference=sent.reference, who=who, via=Via.BUTTON, request_key=sent.request_key, **typed)


def of_brought(brought: Brought, who: Who) -> AddPost:
    """Return what the message shortcut "Bring this in" means."""
    return AddPost(url=brought.url, text=brought.text, who=who, via=Via.COMMAND, request_key=brought.request_key)


def of_shortcut(pointed: Pointed, who: Who) -> Command:
    """Return what the message shortcut means."""
    return ClaimMention(reference=pointed.card, who=who, via=Via.COMMAND, request_key=pointed.request_key)


def of_reaction(reacted: Reacted, verb: str, who: Who) -> Command:
    """Return what an emoji on a card means."""
    return ReactToCard(
        card=reacted.card,
        verb=verb,
        emoji=reacted.emoji,
        added=reacted.added,
        at=reacted.at,
        who=who,
        via=Via.EMOJI,
        request_key=reacted.request_key,
    )
