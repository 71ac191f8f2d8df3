"""The scopes that Dibs asks for, each with its reason: the manifest, `dibs check` and docs/admins.md read this table.

https://docs.slack.dev/reference/scopes. ``chat:write.public`` is not among them: it would let the bot post where it
could not look up afterwards whether it had.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope, why it is asked for, and which feature is off without it."""

    name: str
    why: str
    feature: str


SCOPES: tuple[Scope, ...] = (
    Scope("chat:write", "to post cards, change them, and tell one person something", "everything"),
    Scope("commands", "for /dibs and the message shortcut", "/dibs and the shortcut Claim"),
    Scope("channels:read", "to find a public channel by its name and to hear that we joined one", "channels by name"),
    Scope("channels:join", "to join the public home channels by itself", "joining public channels uninvited"),
    Scope(
        "channels:history",
        "to find its own messages after a crash, so that no card is posted twice; nothing else is read",
        "posting in public channels after a crash",
    ),
    Scope("groups:read", "to find private home channels that it was invited to", "private channels by name"),
    Scope("groups:history", "the same as channels:history, in private channels", "posting there after a crash"),
    Scope("im:write", "to send a direct message to whom a mention was given, and to admins", "direct messages"),
    Scope("im:history", "the same as channels:history, in its own direct messages", "direct messages after a crash"),
    Scope("reactions:read", "to see emoji on cards", "claiming by emoji"),
    Scope("users:read", "to tell members from guests, bots and people from outside", "names, and telling guests"),
    Scope("users:read.email", "to know a person on Slack, Teams and the desk as one", "e-mail patterns in members"),
    Scope("usergroups:read", 'for members = ["@support-team"]', "user groups in members"),
)
APP_SCOPES: tuple[Scope, ...] = (Scope("connections:write", "to open a socket in Socket Mode", "Socket Mode"),)
EVENTS: tuple[tuple[str, str], ...] = (
    ("app_home_opened", "to draw the App Home"),
    ("member_joined_channel", "to say once what a card is, when it comes into a channel"),
    ("reaction_added", "to claim, resolve and dismiss by emoji"),
    ("reaction_removed", "to release what an emoji claimed"),
    ("subteam_created", "to keep user groups current"),
    ("subteam_members_changed", "to keep user groups current"),
    ("subteam_updated", "to keep user groups current"),
    ("team_join", "to know new colleagues"),
    ("user_change", "to know who left"),
)
