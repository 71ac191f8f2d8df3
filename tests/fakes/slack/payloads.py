"""What a gesture looks like on the wire: events, interactions, slash commands, as Slack words them.

https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/reference/events.
Building sends nothing.
"""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from tests.fakes.slack.fields import chosen, find_part, view_values
from tests.fakes.slack.records import (
    APP_ID,
    BOT_USER_ID,
    TEAM_ID,
    Channel,
    Ephemeral,
    Json,
    Message,
    User,
    UserGroup,
    View,
)
from tests.fakes.slack.workspace import Workspace

Kind = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True, kw_only=True)
class Gesture:
    """One thing that a person did, ready to be sent, any number of times."""

    name: str
    kind: Kind
    payload: Json
    user: str = ""
    trigger_id: str = ""
    view_id: str = ""

    def body(self) -> bytes:
        """Return the HTTP body."""
        if self.kind == "events_api":
            return json.dumps(self.payload).encode()
        if self.kind == "interactive":
            return urlencode({"payload": json.dumps(self.payload)}).encode()
        return urlencode(self.payload).encode()

    @property
    def content_type(self) -> str:
        """The HTTP content type."""
        return "application/json" if self.kind == "events_api" else "application/x-www-form-urlencoded"


@dataclass
class Payloads:
    """Builds gestures of the people in ``workspace``; response_urls stand under ``base_url``."""

    workspace: Workspace
    base_url: str

    def press(
        self,
        user: User,
        target: Message | Ephemeral | View,
        action_id: str,
        *,
        value: str | None = None,
        option: str | None = None,
        action_ts: str | None = None,
        stale: bool = False,
        typed: dict[str, Any] | None = None,
    ) -> Gesture:
        """A press on a button, or a choice in a menu, of what now stands in ``target``; ``stale``: of what was given.

        In a modal ``typed`` is what stands in its other fields by now; a choice in an input is told of only where its
        block has ``dispatch_action`` (https://docs.slack.dev/reference/block-kit/blocks/input-block).

        ``value`` picks one of several buttons that share an action id; ``option`` picks a menu's entry by its value or
        text. An overflow entry is also found when ``action_id`` itself is its value or text.
        """
        with self.workspace.lock:
            target = target if stale else self._live(target)
            block_id, part = find_part(target.blocks, action_id, value, option)
            action = {"block_id": block_id, "action_ts": action_ts or self._now(), **chosen(part, option or action_id)}
            trigger = self.workspace.new_trigger(user.id)
            payload = {"type": "block_actions", **self._who(user), "trigger_id": trigger, "actions": [action]}
            if isinstance(target, View):
                block = next(one for one in target.blocks if one.get("block_id") == block_id)
                assert block["type"] != "input" or block.get("dispatch_action"), f"nobody is told of {block_id}"
                picked = {block_id: option or action_id} if block["type"] == "input" else {}
                values = view_values(target.blocks, {**(typed or {}), **picked}, target.typed, submitting=False)
                target.typed = values
                payload |= {"container": {"type": "view", "view_id": target.id}, "view": target.as_json(values)}
            else:
                payload |= self._place(user, target) | {"state": {"values": {}}}
        return Gesture(name=f"press {action_id}", kind="interactive", payload=payload, user=user.id, trigger_id=trigger)

    def shortcut(self, user: User, message: Message | None, callback_id: str) -> Gesture:
        """A message shortcut, or a global one when there is no message."""
        with self.workspace.lock:
            trigger = self.workspace.new_trigger(user.id)
            payload = {
                "type": "message_action" if message else "shortcut",
                "callback_id": callback_id,
                "trigger_id": trigger,
                "action_ts": self._now(),
                **self._who(user),
            }
            if message:
                message = self._message(message)
                place = self._place(user, message)
                payload |= {name: place[name] for name in ("channel", "message", "response_url")}
                payload["message_ts"] = message.ts
        return Gesture(
            name=f"shortcut {callback_id}", kind="interactive", payload=payload, user=user.id, trigger_id=trigger
        )

    def slash(self, user: User, channel: Channel, text: str, *, command: str = "/dibs") -> Gesture:
        """A slash command, its people and channels already escaped (``should_escape``): see ``mention``."""
        with self.workspace.lock:
            trigger = self.workspace.new_trigger(user.id)
            token = self.workspace.new_response_url(user.id, channel.id, None)
        payload = {
            "token": "fake",
            "team_id": TEAM_ID,
            "team_domain": "acme",
            "channel_id": channel.id,
            "channel_name": channel.name or "directmessage",
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": f"{self.base_url}/response/{token}",
            "trigger_id": trigger,
        }
        name = f"slash {text}"
        return Gesture(name=name, kind="slash_commands", payload=payload, user=user.id, trigger_id=trigger)

    def submit(self, user: User, view: View, values: dict[str, Any]) -> Gesture:
        """Submitting a modal; ``values`` by action id, block id or label, the rest as first shown.

        Raises:
            AssertionError: A person could not submit so: something required is empty, too long, or no such field.
        """
        with self.workspace.lock:
            assert view.is_open, "the modal is not open"
            trigger = self.workspace.new_trigger(user.id)
            state = view_values(view.blocks, values, view.typed, submitting=True)
            payload = {
                "type": "view_submission",
                **self._who(user),
                "trigger_id": trigger,
                "view": view.as_json(state),
                "response_urls": [],
            }
        return Gesture(
            name=f"submit {view.callback_id}",
            kind="interactive",
            payload=payload,
            user=user.id,
            trigger_id=trigger,
            view_id=view.id,
        )

    def react(
        self,
        user: User,
        message: Message,
        emoji: str,
        *,
        added: bool = True,
        event_ts: str | None = None,
        with_item_user: bool = True,
    ) -> Gesture:
        """A reaction, set or taken away; ``item_user`` may be absent."""
        event: Json = {
            "type": "reaction_added" if added else "reaction_removed",
            "user": user.id,
            "reaction": emoji,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "event_ts": event_ts or self._now(),
        }
        if with_item_user:
            event["item_user"] = message.user
        with self.workspace.lock:
            reactions, reaction = self._message(message).reactions, (user.id, emoji)
            if added and reaction not in reactions:
                reactions.append(reaction)
            elif not added and reaction in reactions:
                reactions.remove(reaction)
        return self.event(event, user=user.id)

    def open_home(self, user: User) -> Gesture:
        """Opening the App Home."""
        event: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self.workspace.direct(user.id).id,
            "tab": "home",
            "event_ts": self._now(),
        }
        home = self.workspace.homes.get(user.id)
        if home:
            event["view"] = home.as_json()
        return self.event(event, user=user.id)

    def join_channel(self, channel: Channel, user: str = BOT_USER_ID, *, inviter: str | None = None) -> Gesture:
        """Somebody, the bot unless told otherwise, came into a channel."""
        with self.workspace.lock:
            channel.members.add(user)
        event = {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": "G" if channel.is_private else "C",
            "team": TEAM_ID,
            "event_ts": self._now(),
        }
        if inviter:
            event["inviter"] = inviter
        return self.event(event, user=user)

    def user_change(self, user: User, *, joined: bool = False) -> Gesture:
        """A person changed (user_change) or came (team_join), as ``user`` now is."""
        person = user.as_json(with_email=True)
        kind = "team_join" if joined else "user_change"
        return self.event({"type": kind, "user": person, "event_ts": self._now()}, user=user.id)

    def group_changed(self, group: UserGroup) -> Gesture:
        """A user group changed, as it now is."""
        subteam = group.as_json(with_users=True)
        return self.event({"type": "subteam_updated", "subteam": subteam, "event_ts": self._now()})

    def say(self, user: User, channel: Channel, text: str, *, thread: Message | None = None) -> Gesture:
        """Somebody wrote something; Slack sends this only to apps that subscribed to messages."""
        thread_ts = thread.ts if thread else None
        with self.workspace.lock:
            said = self.workspace.put(channel, text=text, user=user.id, bot_id=None, thread_ts=thread_ts)
        event = said.as_json(with_metadata=False) | {
            "channel": channel.id,
            "event_ts": said.ts,
            "channel_type": "channel",
        }
        return self.event(event, user=user.id)

    def event(self, event: Json, *, user: str = "") -> Gesture:
        """Wrap any event as Slack does."""
        payload = {
            "token": "fake",
            "team_id": TEAM_ID,
            "context_team_id": TEAM_ID,
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM_ID,
                    "user_id": BOT_USER_ID,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": secrets.token_hex(8),
        }
        return Gesture(name=str(event.get("type")), kind="events_api", payload=payload, user=user)

    def _live(self, target: Message | Ephemeral | View) -> Message | Ephemeral | View:
        return self._message(target) if isinstance(target, Message) else target

    def _message(self, message: Message) -> Message:
        live = self.workspace.channels[message.channel].messages[message.ts]
        assert not live.deleted, "the message is gone"
        return live

    def _who(self, user: User) -> Json:
        person = {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}
        return {
            "user": person,
            "api_app_id": APP_ID,
            "token": "fake",
            "team": {"id": TEAM_ID, "domain": "acme"},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _place(self, user: User, target: Message | Ephemeral) -> Json:
        whispered = isinstance(target, Ephemeral)
        container = {
            "type": "message",
            "message_ts": target.ts,
            "channel_id": target.channel,
            "is_ephemeral": whispered,
        }
        token = self.workspace.new_response_url(user.id, target.channel, None if whispered else target.ts)
        channel = self.workspace.channels[target.channel]
        place: Json = {
            "container": container,
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "response_url": f"{self.base_url}/response/{token}",
        }
        if isinstance(target, Message):
            place["message"] = target.as_json(with_metadata=True)
        return place

    def _now(self) -> str:
        with self.workspace.lock:
            return self.workspace.next_ts()
