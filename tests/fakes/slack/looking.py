"""What a test may ask the fake: what stands where, what was refused, what should never have happened."""

import copy
from collections.abc import Callable
from typing import TypeVar

from tests.fakes.slack.api import Request, Response, WebApi
from tests.fakes.slack.gestures import Ack, Sender
from tests.fakes.slack.mrkdwn import Pings, pings
from tests.fakes.slack.records import Channel, Ephemeral, Json, Message, User, View, Violation
from tests.fakes.slack.workspace import Workspace, as_id
from tests.harness.patience import wait_until

_T = TypeVar("_T")


class Looking:
    """The questions to FakeSlack. Messages come as copies; views are the living things."""

    workspace: Workspace
    api: WebApi
    sender: Sender

    @property
    def late(self) -> list[Ack]:
        """Acknowledgements that came later than 3 s."""
        return list(self.sender.late)

    @property
    def violations(self) -> list[Violation]:
        """What a good bot never does, as far as it happened."""
        return list(self.workspace.violations)

    @property
    def refusals(self) -> list[tuple[str, str]]:
        """Every (method, error) that this Slack itself refused; faults are not among them."""
        return list(self.api.refusals)

    @property
    def responses(self) -> list[Response]:
        """What was sent to response_urls."""
        return list(self.api.responses)

    def requests(self, method: str | None = None) -> list[Request]:
        """Return the log of requests, of one method or all."""
        with self.workspace.lock:
            return [request for request in self.api.requests if method in (None, request.method)]

    def messages(self, channel: Channel | User | str) -> list[Message]:
        """Return copies of the messages that stand in a channel or a person's direct message, oldest first."""
        with self.workspace.lock:
            room = self._room(channel)
            alive = [message for message in room.messages.values() if not message.deleted]
            return [copy.copy(message) for message in alive]

    def cards(self, channel: Channel | str) -> dict[str, list[Message]]:
        """Return the standing messages by their metadata's ``key``; more than one under a key is a doubled post."""
        found: dict[str, list[Message]] = {}
        for message in self.messages(channel):
            if message.key:
                found.setdefault(message.key, []).append(message)
        return found

    def ephemerals(self, user: User | str) -> list[Ephemeral]:
        """Return what one person alone was shown, by whichever way."""
        with self.workspace.lock:
            return [shown for shown in self.workspace.ephemerals if shown.user == as_id(user)]

    def views(self, user: User | str) -> list[View]:
        """Return the modals that are open for a person, the top one last."""
        with self.workspace.lock:
            return list(self.workspace.stacks.get(as_id(user), []))

    def home(self, user: User | str) -> View | None:
        """Return a person's App Home."""
        with self.workspace.lock:
            return self.workspace.homes.get(as_id(user))

    def pings(self, thing: Message | Ephemeral | View | Json) -> Pings:
        """Return whom something would notify, and its links under a false name."""
        if isinstance(thing, dict):
            return pings(str(thing.get("text", "")), thing.get("blocks", ()))
        return pings("" if isinstance(thing, View) else thing.text, thing.blocks)

    def wait_for(self, predicate: Callable[[], _T]) -> _T:
        """Wait until ``predicate`` is true and return what it gave."""
        return wait_until(predicate)

    def _room(self, channel: Channel | User | str) -> Channel:
        name = as_id(channel)
        if name in self.workspace.users:
            return self.workspace.direct(name)
        found = self.workspace.find_channel(name)
        assert found is not None, f"no channel {name}"
        return found
