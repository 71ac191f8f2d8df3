"""The Web API as one table: method → what it does, its rate-limit tier, the scopes that it needs.

Tiers and scopes are those of the methods' pages at https://docs.slack.dev/reference/methods. Methods whose scope
depends on the kind of channel ask for it themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.slack import methods_chat as chat
from tests.fakes.slack import methods_conversations as conversations
from tests.fakes.slack import methods_people as people
from tests.fakes.slack import methods_views as views
from tests.fakes.slack.calls import Call
from tests.fakes.slack.records import Json

# What design §7 asks for; a test grants fewer or more.
DEFAULT_SCOPES = frozenset(
    {
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:read",
        "team:read",
        "usergroups:read",
        "users:read",
        "users:read.email",
    }
)


@dataclass(frozen=True)
class Method:
    """One method of the Web API. No tier: it has a rule of its own, or hundreds a minute."""

    run: Callable[[Call], Json]
    tier: int | None = None
    scopes: tuple[str, ...] = ()


METHODS: dict[str, Method] = {
    "api.test": Method(people.api_test, 4),
    "auth.test": Method(people.auth_test),
    "chat.delete": Method(chat.delete, 3, ("chat:write",)),
    "chat.getPermalink": Method(chat.get_permalink),
    "chat.postEphemeral": Method(chat.post_ephemeral, 4, ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, None, ("chat:write",)),
    "chat.update": Method(chat.update, 3, ("chat:write",)),
    "conversations.history": Method(conversations.history, 3),
    "conversations.info": Method(conversations.info, 3),
    "conversations.join": Method(conversations.join, 3, ("channels:join",)),
    "conversations.list": Method(conversations.list_, 2),
    "conversations.members": Method(conversations.members, 4),
    "conversations.open": Method(conversations.open_, 3, ("im:write",)),
    "conversations.replies": Method(conversations.replies, 3),
    "reactions.add": Method(people.reactions_add, 3, ("reactions:write",)),
    "team.info": Method(people.team_info, 3, ("team:read",)),
    "usergroups.list": Method(people.usergroups_list, 2, ("usergroups:read",)),
    "usergroups.users.list": Method(people.usergroups_users_list, 2, ("usergroups:read",)),
    "users.info": Method(people.users_info, 4, ("users:read",)),
    "users.list": Method(people.users_list, 2, ("users:read",)),
    "users.lookupByEmail": Method(people.lookup_by_email, 3, ("users:read.email",)),
    "views.open": Method(views.open_, 4),
    "views.publish": Method(views.publish, 4),
    "views.push": Method(views.push, 4),
    "views.update": Method(views.update, 4),
}
