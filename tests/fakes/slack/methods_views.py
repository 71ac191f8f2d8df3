"""views.*: modals and App Homes. https://docs.slack.dev/reference/methods/views.open"""

from typing import Any

from tests.fakes.slack.blocks import prepare_view
from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import Refused
from tests.fakes.slack.records import Json, View
from tests.fakes.slack.workspace import Workspace

STACK = 3


def open_(call: Call) -> Json:
    """Open a modal for whoever made the gesture, within 3 seconds and once a gesture."""
    body = _view(call, "modal")
    user = call.workspace.redeem(call.need("trigger_id"))
    view = call.workspace.new_view(user, body)
    show(call.workspace, view, [])
    return {"view": view.as_json()}


def push(call: Call) -> Json:
    """Lay a modal upon the one that is open, three deep at most."""
    body = _view(call, "modal")
    user = call.workspace.redeem(call.need("trigger_id"))
    return {"view": push_view(call.workspace, user, body).as_json()}


def update(call: Call) -> Json:
    """Replace an open modal, by id or external_id; a hash guards against a race."""
    body = _view(call, "modal")
    view = _find(call)
    if call.text("hash") and call.text("hash") != view.hash:
        raise Refused("hash_conflict")
    replace_view(call.workspace, view, body)
    return {"view": view.as_json()}


def publish(call: Call) -> Json:
    """Draw somebody's App Home."""
    user = call.user("user_id")
    body = _view(call, "home")
    shown = call.workspace.homes.get(user.id)
    if call.text("hash") and shown is not None and call.text("hash") != shown.hash:
        raise Refused("hash_conflict")
    view = call.workspace.new_view(user.id, body)
    call.workspace.homes[user.id] = view
    return {"view": view.as_json()}


def show(workspace: Workspace, view: View, below: list[View]) -> None:
    """Put a modal on its person's screen, upon what stays below it."""
    for old in workspace.stacks.get(view.user, []):
        old.is_open = old in below
    workspace.stacks[view.user] = [*below, view]
    workspace.opened[view.id] = view


def push_view(workspace: Workspace, user: str, body: Json) -> View:
    """Lay a modal upon the open ones."""
    stack = workspace.stacks.get(user, [])
    if not stack:
        raise Refused("not_found")
    if len(stack) >= STACK:
        raise Refused("push_limit_reached")
    view = workspace.new_view(user, body, below=stack[-1])
    show(workspace, view, list(stack))
    return view


def replace_view(workspace: Workspace, view: View, body: Json) -> None:
    """Show another body in the same modal."""
    view.body = body
    view.errors = {}
    view.hash = workspace.new_view(view.user, body).hash


def close(workspace: Workspace, view: View) -> None:
    """Take a modal, and what lies upon it, from the screen."""
    stack = workspace.stacks.get(view.user, [])
    kept = stack[: stack.index(view)] if view in stack else stack
    for old in stack:
        old.is_open = old in kept
    workspace.stacks[view.user] = kept


def _view(call: Call, kind: str) -> Json:
    view: Any = call.json("view")
    if view is None:
        call.need("view")
    return prepare_view(view, kind, newer=call.newer_blocks)


def _find(call: Call) -> View:
    view_id, external_id = call.text("view_id"), call.text("external_id")
    for view in call.workspace.opened.values():
        if view.is_open and (view.id == view_id or (external_id and view.body.get("external_id") == external_id)):
            return view
    raise Refused("not_found")
