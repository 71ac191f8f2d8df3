"""What people do, in the words of a test: ``slack.press(ana, card, "dibs:claim")`` builds the gesture and sends it.

To do several things at the same moment, build them and ``gather``::

    slack.gather([slack.build.press(person, card, "dibs:claim") for person in people])
"""

from abc import ABC, abstractmethod
from typing import Any

from tests.fakes.slack.gestures import Ack
from tests.fakes.slack.payloads import Gesture, Payloads
from tests.fakes.slack.records import Channel, Ephemeral, Message, User, UserGroup, View
from tests.fakes.slack.workspace import Workspace


class Gestures(ABC):
    """The gestures of FakeSlack, each in one call; ``repeat`` and ``at_once`` as in ``send``."""

    build: Payloads
    workspace: Workspace

    @abstractmethod
    def send(self, gesture: Gesture, *, repeat: int = 1, at_once: bool = False, fresh_ids: bool = False) -> Ack:
        """Send a gesture to the bot."""

    def press(
        self,
        user: User,
        target: Message | Ephemeral | View,
        action_id: str,
        *,
        value: str | None = None,
        option: str | None = None,
        stale: bool = False,
        repeat: int = 1,
        at_once: bool = False,
        typed: dict[str, Any] | None = None,
    ) -> Ack:
        """Press a button, or choose from a menu, of a card, a private message, a modal or an App Home."""
        gesture = self.build.press(user, target, action_id, value=value, option=option, stale=stale, typed=typed)
        return self.send(gesture, repeat=repeat, at_once=at_once)

    def react(
        self,
        user: User,
        message: Message,
        emoji: str,
        *,
        added: bool = True,
        event_ts: str | None = None,
        with_item_user: bool = True,
        repeat: int = 1,
        at_once: bool = False,
        fresh_ids: bool = False,
    ) -> Ack:
        """Set a reaction, or take it away."""
        gesture = self.build.react(user, message, emoji, added=added, event_ts=event_ts, with_item_user=with_item_user)
        return self.send(gesture, repeat=repeat, at_once=at_once, fresh_ids=fresh_ids)

    def slash(
        self,
        user: User,
        channel: Channel,
        text: str,
        *,
        command: str = "/dibs",
        repeat: int = 1,
        at_once: bool = False,
    ) -> Ack:
        """Give a slash command; the answer in its acknowledgement is shown to the person."""
        return self.send(self.build.slash(user, channel, text, command=command), repeat=repeat, at_once=at_once)

    def shortcut(self, user: User, message: Message | None, callback_id: str, *, repeat: int = 1) -> Ack:
        """Use a message shortcut, or a global one."""
        return self.send(self.build.shortcut(user, message, callback_id), repeat=repeat)

    def submit(self, user: User, values: dict[str, Any], view: View | None = None, *, repeat: int = 1) -> Ack:
        """Submit a modal, the top one unless told otherwise; ``values`` by action id, block id or label."""
        if view is None:
            stack = self.workspace.stacks.get(user.id, [])
            assert stack, f"no modal is open for {user.name}"
            view = stack[-1]
        return self.send(self.build.submit(user, view, values), repeat=repeat)

    def open_home(self, user: User) -> Ack:
        """Open the App Home."""
        return self.send(self.build.open_home(user))

    def join_channel(self, channel: Channel, *, inviter: User | None = None, repeat: int = 1) -> Ack:
        """Let somebody invite the bot into a channel."""
        gesture = self.build.join_channel(channel, inviter=inviter.id if inviter else None)
        return self.send(gesture, repeat=repeat)

    def user_change(self, user: User, *, joined: bool = False) -> Ack:
        """Tell that a person changed, or came."""
        return self.send(self.build.user_change(user, joined=joined))

    def group_changed(self, group: UserGroup) -> Ack:
        """Tell that a user group changed."""
        return self.send(self.build.group_changed(group))

    def say(self, user: User, channel: Channel, text: str, *, thread: Message | None = None) -> Ack:
        """Write something into a channel or a thread."""
        return self.send(self.build.say(user, channel, text, thread=thread))

    @staticmethod
    def mention(user: User) -> str:
        """Return a person as ``should_escape`` writes them into a slash command."""
        return f"<@{user.id}|{user.name}>"
