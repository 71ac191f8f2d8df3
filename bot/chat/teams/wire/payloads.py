"""Payloads: what an activity asks for, as plain values; what has another shape is refused as a whole.

Nothing here decides anything: who may act and what follows is for handlers. What stands in a pressed action comes from
the client, so it names a mention and carries what was typed, and is believed in nothing else.
https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.kit.moments import field_of, merged
from bot.chat.teams.draw.elements import LISTED, PREFIX, SHOW, SHOWN
from bot.chat.teams.draw.form import SENT
from bot.chat.teams.settings import SETTINGS
from bot.chat.teams.wire.activity import Account, Incoming, Kind
from bot.chat.teams.wire.invoke import read_action
from bot.chat.teams.wire.marks import Mark, find_marks, words_of
from handlers.base.command import ByCard, ByToken, Command, Who, read_value
from handlers.base.verb import On
from handlers.verbs import OFFERED, VERBS
from storage.tables.states import IdentityKind

PERSONAL = "personal"
# More than the longest field takes, so that what is too long is refused, and not cut in silence.
_MOST_TYPED = 12_000
_MOST_KEY = 400
_HUMAN_ROLES = frozenset(("user", "owner", ""))
_MACHINES = frozenset(("bot", "skill"))


class Malformed(ValueError):
    """What none of our cards would send; nothing of it is quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button, of whatever client.

    Attributes:
        verb: Of a mention; or ``show``, to see its card; or one whose form is about none.
        reference: None for a form that is about no mention.
        values: What was typed, by field.
        sent: A form was sent, if perhaps with nothing in it; else a verb that asks wants its form.
        card: Where the card stands that was pressed.
        by_message: From a client that knows no Action.Execute: it shows no card as an answer.
        listed: In a line of a notice, which stays as it is.
    """

    verb: str
    reference: ByToken | None
    values: dict[str, str]
    sent: bool
    card: ByCard
    request_key: str
    by_message: bool
    listed: bool = False


def is_press(incoming: Incoming) -> bool:
    """Say whether a message is the press of a button: it carries data, and no words."""
    return incoming.kind == Kind.MESSAGE and bool(incoming.value) and not incoming.text.strip()


def read_press(incoming: Incoming) -> Press:
    """Read a press: of an Action.Execute, or of the Action.Submit that stands in for it.

    Raises:
        Malformed: None of our cards has such a button.
    """
    by_message, action = incoming.kind == Kind.MESSAGE, read_action(incoming)
    if by_message:
        pressed, data = incoming.value.get("verb"), incoming.value
    elif action is not None:
        pressed, data = action.verb, action.data
    else:
        raise Malformed
    if not isinstance(pressed, str) or not pressed.startswith(PREFIX):
        raise Malformed
    verb = pressed.removeprefix(PREFIX)
    if verb not in OFFERED and verb != SHOW:
        raise Malformed
    about = None if verb in OFFERED and OFFERED[verb].on != On.MENTION else _reference(data)
    values = _typed(verb, data)
    return Press(
        verb=verb,
        reference=about,
        values=values,
        sent=bool(values) or SENT in data,
        card=place(incoming),
        request_key=request_key(incoming),
        by_message=by_message,
        listed=LISTED in data,
    )


def _reference(data: Mapping[str, Any]) -> ByToken:
    value, shown = data.get("ref"), data.get(SHOWN, "")
    about = read_value(value, shown) if isinstance(value, str) and isinstance(shown, str) else None
    if about is None:
        raise Malformed
    return about


def _typed(verb: str, data: Mapping[str, Any]) -> dict[str, str]:
    """Return what was typed into the fields of a verb; whatever else came is not ours."""
    names = {one.name for one in OFFERED[verb].fields} if verb in OFFERED else frozenset()
    typed: dict[str, str] = {}
    for key, value in data.items():
        name = key.removeprefix(f"{verb}.")
        if field_of(name) not in names or value is None:
            continue
        if not isinstance(value, str):
            raise Malformed
        typed[name] = value[:_MOST_TYPED].replace("\r\n", "\n").replace("\r", "\n")
    return merged(typed)


def place(incoming: Incoming) -> ByCard:
    """Return where the message stands that an activity is about."""
    return ByCard("teams", incoming.place, incoming.reply_to)


def request_key(incoming: Incoming, *more: str) -> str:
    """Return what two deliveries of one gesture have in common: its conversation and its id there."""
    key = ":".join(("teams", incoming.conversation, incoming.activity, *more))
    return key if len(key) <= _MOST_KEY else f"teams:{hashlib.sha256(key.encode()).hexdigest()}"


def who_of(incoming: Incoming) -> Who:
    """Return who acts: the person in the directory, never the account that a bot knows them by."""
    sender, tenant = incoming.sender, incoming.tenant
    return Who(
        platform="teams",
        workspace=tenant,
        external_id=sender.aad_object_id or sender.id,
        name=sender.name,
        kind=kind_of(sender, tenant),
        channel=incoming.place,
        types="" if incoming.conversation_type == PERSONAL else SETTINGS.types,
    )


def kind_of(account: Account, tenant: str) -> IdentityKind:
    """Return what an account is to the tenant, as far as Teams says: of a sender it tells no guest from a member.

    Whoever knows the conversation's members asks again with what they say.
    https://learn.microsoft.com/microsoftteams/platform/resources/team-chat-member-api-changes
    """
    if account.role in _MACHINES or account.id.startswith("28:"):
        return IdentityKind.BOT
    if not account.aad_object_id or (account.tenant and account.tenant.lower() != tenant.lower()):
        return IdentityKind.OUTSIDER
    if "guest" in (account.role, account.user_role):
        return IdentityKind.GUEST
    known = account.role in _HUMAN_ROLES and account.user_role in _HUMAN_ROLES
    return IdentityKind.MEMBER if known else IdentityKind.OUTSIDER


def named(incoming: Incoming) -> tuple[str, ...]:
    """Return the accounts whom a message names, but for the bot itself, each once."""
    return tuple(dict.fromkeys(one.account.id for one in incoming.mentions if one.account.id != incoming.recipient.id))


def spoken_to(incoming: Incoming) -> bool:
    """Say whether a message is meant for us: in a chat with the bot alone, or because it names it."""
    if incoming.conversation_type == PERSONAL:
        return True
    return any(one.account.id == incoming.recipient.id for one in incoming.mentions)


def read_typed(incoming: Incoming, known: Mapping[str, str]) -> str:
    """Return what was typed after the bot's name, or else before it, with people as neutral accounts.

    Args:
        incoming: A message that is meant for us.
        known: The ids in the directory of the accounts that the message names (``named``): a mention says ``29:…``,
            which is the same person under another name for every bot.
    """
    before: list[str] = []
    after: list[str] = []
    words, at = before, 0
    for mark in find_marks(incoming):
        words.append(words_of(incoming.text[at : mark.start]))
        if mark.mention.account.id == incoming.recipient.id:
            words = after
        else:
            words.append(_apart(_account(mark.mention.account, incoming, known), incoming.text, mark))
        at = mark.end
    words.append(words_of(incoming.text[at:]))
    return "".join(after).strip() or "".join(before).strip()


def _apart(account: str, text: str, mark: Mark) -> str:
    """Return an account as a word of its own."""
    before, after = text[: mark.start][-1:], text[mark.end : mark.end + 1]
    return f"{' ' * before.isalnum()}{account}{' ' * after.isalnum()}"


def _account(account: Account, incoming: Incoming, known: Mapping[str, str]) -> str:
    if aad := account.aad_object_id or known.get(account.id, ""):
        return f"teams:{incoming.tenant}:{aad}"
    return "@" + "_".join(words_of(account.name).split())


_ACCOUNT = re.compile(r"teams:[^:\s]+:([^:\s]+)")
PEOPLE_FIELDS: Mapping[type[Command], tuple[str, ...]] = {
    verb.command: tuple(one.name for one in verb.fields if one.kind == "person") for verb in VERBS
}
_PICKED = re.compile(r"(?:8:orgid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)


def picked(value: str, who: Who) -> str:
    """Return whom the search for people found as an account of the actor's tenant; what was typed stays as it is."""
    found = _PICKED.fullmatch(value.strip())
    return f"teams:{who.workspace}:{found[1].lower()}" if found else value.strip()


def named_in(command: Command) -> Iterator[tuple[str, str]]:
    """Yield whom a command names by their id in the directory, with the field; what is typed may be anybody's."""
    for name in PEOPLE_FIELDS.get(type(command), ()):
        if found := _ACCOUNT.fullmatch(str(getattr(command, name)).strip()):
            yield name, found[1]
