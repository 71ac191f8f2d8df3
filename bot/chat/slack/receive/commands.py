"""Commands: from what a gesture says to what is asked of the backend."""

from bot.chat.kit.form_values import filled, of_form
from bot.chat.slack.receive.bring_in import Brought
from bot.chat.slack.wire.forms import Submission
from bot.chat.slack.wire.payloads import Pointed, Press, Reacted
from handlers.base.command import Command, Who
from handlers.base.verb import ADDRESS, Verb, ask
from handlers.dispatch.react import ReactToCard
from handlers.verbs import BY_NAME
from storage.tables.states import Via


def of_press(press: Press, who: Who) -> Command:
    """Return what a button without a form means."""
    return of_form(BY_NAME[press.verb], press.reference, {}, who, press.request_key)


def of_submission(sent: Submission, who: Who) -> Command:
    """Return what a form means; people are named as accounts of the actor's workspace."""
    accounts = {name: f"slack:{who.workspace}:{account}" for name, account in sent.people.items()}
    return of_form(BY_NAME[sent.verb], sent.reference, {**sent.values, **accounts}, who, sent.request_key)


def of_brought(verb: Verb, brought: Brought, who: Who) -> Command:
    """Return what a shortcut means on a message that links to a post."""
    return of_form(verb, None, {ADDRESS.name: brought.url, "text": brought.text}, who, brought.request_key)


def of_pointed(verb: Verb, pointed: Pointed, who: Who) -> Command:
    """Return what a shortcut means on a card."""
    key = pointed.request_key
    return ask(verb, pointed.card, filled(verb, {}), who=who, via=Via.COMMAND, request_key=key)


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
