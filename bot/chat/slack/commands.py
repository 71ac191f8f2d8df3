"""Commands: from what a gesture says to what is asked of the office."""

from typing import Any

from bot.chat.slack.brought import Brought
from bot.chat.slack.gestures import Pointed, Press, Reacted, Submission
from handlers.base import Command, Who
from handlers.listen.add import AddPost
from handlers.own.claim import ClaimMention
from handlers.own.react import ReactToCard
from handlers.registry import BY_NAME
from storage.words import Via


def of_press(press: Press, who: Who) -> Command:
    """Return what a button without a form means."""
    make = BY_NAME[press.verb].command
    return make(reference=press.reference, who=who, via=Via.BUTTON, request_key=press.request_key)


def of_submission(sent: Submission, who: Who) -> Command:
    """Return what a form means; people are named as accounts of the actor's workspace."""
    if sent.reference is None:
        return _of_addition(sent, who)
    verb = BY_NAME[sent.verb]
    accounts = {name: f"slack:{who.workspace}:{account}" for name, account in sent.people.items()}
    given = {**sent.values, **accounts}
    common: dict[str, Any] = {"who": who, "via": Via.BUTTON, "request_key": sent.request_key}
    # What a person left empty takes the verb's own default, where it has one.
    typed: dict[str, Any] = {
        one.name: given.get(one.name, "") for one in verb.fields if one.required or given.get(one.name)
    }
    return verb.command(reference=sent.reference, **common, **typed)


def _of_addition(sent: Submission, who: Who) -> AddPost:
    return AddPost(
        url=sent.values.get("url", ""),
        title=sent.values.get("title", ""),
        text=sent.values.get("text", ""),
        department=sent.values.get("department", ""),
        who=who,
        via=Via.COMMAND,
        request_key=sent.request_key,
    )


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
