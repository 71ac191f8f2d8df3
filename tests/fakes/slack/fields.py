"""What a person finds on a card or in a form: its buttons and menus, and the values of its fields."""

from collections.abc import Iterator
from typing import Any

from tests.fakes.slack.elements import ANY_TEXT
from tests.fakes.slack.records import Json

_PICKED = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "multi_users_select": "selected_users",
}


def parts(blocks: list[Json]) -> Iterator[tuple[str, Json]]:
    """Yield every interactive element with the id of its block."""
    for block in blocks:
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for part in inside:
            if isinstance(part, dict) and part.get("type") not in (*ANY_TEXT, "image") and "action_id" in part:
                yield str(block.get("block_id", "")), part


def find_part(blocks: list[Json], action_id: str, value: str | None, option: str | None) -> tuple[str, Json]:
    """Return the element that a person presses, with the id of its block.

    Raises:
        AssertionError: There is nothing like it on the card; the message lists what there is.
    """
    every = list(parts(blocks))
    for block_id, part in every:
        if part["action_id"] == action_id and value in (None, part.get("value")):
            return block_id, part
    for block_id, part in every:
        if option is None and _option(part, action_id) is not None:
            return block_id, part
    there = [
        (part["action_id"], part.get("value") or [entry.get("value") for entry in _options(part)]) for _, part in every
    ]
    raise AssertionError(f"nothing to press as {action_id!r} (value {value!r}); there is {there}")


def chosen(part: Json, choice: str) -> Json:
    """Return the action of a block_actions payload for this element."""
    kind = part["type"]
    action: Json = {"type": kind, "action_id": part["action_id"]}
    if kind == "button":
        shown = {name: part[name] for name in ("text", "value", "style") if name in part}
        return action | shown
    if kind in _PICKED:
        return action | {_PICKED[kind]: choice}
    picked = _option(part, choice)
    assert picked is not None, f"no option {choice!r} in {part['action_id']}"
    return action | {"selected_option": picked}


def view_values(blocks: list[Json], values: dict[str, Any], typed: Json, *, submitting: bool) -> Json:
    """Return ``state.values`` of a view: what is typed now, else was typed before, else stood there at first.

    Raises:
        AssertionError: On submitting, where Slack's own client would not let a person submit.
    """
    state: Json = {}
    left = dict(values)
    for block in blocks:
        if block.get("type") != "input":
            continue
        part = block["element"]
        names = (part["action_id"], block["block_id"], block["label"]["text"])
        given = next((left.pop(name) for name in names if name in left), None)
        kept = typed.get(block["block_id"], {}).get(part["action_id"])
        entry = kept if kept is not None and given is None else _entry(part, given)
        if submitting:
            _check_entry(block, part, entry)
        state[block["block_id"]] = {part["action_id"]: entry}
    assert not left, f"the form has no field named {sorted(left)}"
    return state


def _entry(part: Json, given: Any) -> Json:
    kind = part["type"]
    entry: Json = {"type": kind}
    if kind in _PICKED:
        initial = part.get(_PICKED[kind].replace("selected", "initial"))
        return entry | {_PICKED[kind]: given if given is not None else initial}
    if kind in ("static_select", "radio_buttons", "external_select"):
        picked = _option(part, str(given)) if given is not None else part.get("initial_option")
        assert given is None or picked is not None, f"no option {given!r} in {part['action_id']}"
        return entry | {"selected_option": picked}
    if kind in ("checkboxes", "multi_static_select"):
        wanted = given if given is not None else [value["value"] for value in part.get("initial_options", [])]
        return entry | {"selected_options": [_option(part, str(one)) for one in wanted]}
    return entry | {
        "value": str(given) if given not in (None, "") else part.get("initial_value") if given is None else None
    }


def _check_entry(block: Json, part: Json, entry: Json) -> None:
    content = next((value for name, value in entry.items() if name != "type"), None)
    label = block["label"]["text"]
    assert content or block.get("optional"), f"{label!r} is required: the client would not submit"
    if part["type"] == "plain_text_input" and content:
        assert len(content) <= part.get("max_length", 3000), f"{label!r} is too long: the client would not submit"
        assert len(content) >= part.get("min_length", 0), f"{label!r} is too short: the client would not submit"


def _options(part: Json) -> list[Json]:
    options = list(part.get("options", []))
    for group in part.get("option_groups", []):
        options.extend(group["options"])
    return options


def _option(part: Json, choice: str) -> Json | None:
    return next((one for one in _options(part) if choice in (one["value"], one["text"]["text"])), None)
