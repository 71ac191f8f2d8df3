"""Activities as Teams writes them, with sample people of Acme."""

from typing import Any

from bot.chat.teams.wire.activity import Incoming, read_incoming

TENANT = "11111111-1111-4111-8111-111111111111"
ANA = "aaaaaaaa-0000-4000-8000-000000000001"
BEN = "aaaaaaaa-0000-4000-8000-000000000002"
BOT = "28:22222222-2222-4222-8222-222222222222"
CHANNEL = "19:finance@thread.tacv2"
CARD = "1700000000123"


def activity(kind: str, **changes: Any) -> dict[str, Any]:
    """Return an activity of Ana's in a channel, in the thread below a card."""
    said: dict[str, Any] = {
        "type": kind,
        "id": "f:0001",
        "timestamp": "2026-03-02T09:03:00.1234567Z",
        "serviceUrl": "https://smba.trafficmanager.net/emea/",
        "channelId": "msteams",
        "from": {"id": "29:ana", "name": "Ana", "aadObjectId": ANA},
        "recipient": {"id": BOT, "name": "Dibs"},
        "conversation": {
            "id": f"{CHANNEL};messageid={CARD}",
            "conversationType": "channel",
            "isGroup": True,
            "tenantId": TENANT,
        },
        "channelData": {
            "tenant": {"id": TENANT},
            "team": {"id": "19:general@thread.tacv2", "name": "Acme"},
            "channel": {"id": CHANNEL, "name": "finance-care"},
        },
        "locale": "en-GB",
    }
    return said | changes


def heard(kind: str, **changes: Any) -> Incoming:
    """Return an activity as it is read."""
    return read_incoming(activity(kind, **changes))


def execute(verb: str, data: Any, **changes: Any) -> Incoming:
    """Return the press of an Action.Execute."""
    action = {"type": "Action.Execute", "title": "…", "verb": verb, "data": data}
    value = {"action": action, "trigger": "manual"}
    return heard("invoke", **({"name": "adaptiveCard/action", "replyToId": CARD, "value": value} | changes))


def submit(data: Any, **changes: Any) -> Incoming:
    """Return the press of the Action.Submit that stands in for it."""
    return heard("message", **({"replyToId": CARD, "value": data} | changes))


def say(text: str, *mentioned: tuple[str, str], **changes: Any) -> Incoming:
    """Return a message; whom it mentions, by account and name, in the order of its tags."""
    entities = [
        {"type": "mention", "mentioned": {"id": account, "name": name}, "text": f"<at>{name}</at>"}
        for account, name in mentioned
    ]
    return heard("message", **({"text": text, "entities": entities} | changes))


def react(*added: str, removed: tuple[str, ...] = (), **changes: Any) -> Incoming:
    """Return a reaction on a card."""
    said: dict[str, Any] = {"replyToId": CARD, "reactionsAdded": [{"type": one} for one in added]}
    return heard("messageReaction", **(said | {"reactionsRemoved": [{"type": one} for one in removed]} | changes))
