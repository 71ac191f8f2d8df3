"""Block Kit's small parts: texts, options, confirm dialogs, buttons, menus, inputs; each with its limits.

https://docs.slack.dev/reference/block-kit/block-elements and …/composition-objects. A field that Slack does not know is
refused, as Slack does ("invalid additional property").
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

PLAIN = ("plain_text",)
ANY_TEXT = ("plain_text", "mrkdwn")
_HTTP = re.compile(r"https?://[^\s/]+", re.IGNORECASE)


@dataclass
class Check:
    """One validation under way: where it is drawn (``message``, ``modal``, ``home``) and what was wrong so far."""

    surface: str
    problems: list[str] = field(default_factory=list)
    action_ids: set[str] = field(default_factory=set)
    focused: int = 0

    def wrong(self, where: str, what: str) -> None:
        """Write down a problem in the words that Slack uses."""
        self.problems.append(f"[ERROR] {what} [json-pointer:{where}]")

    def shape(self, thing: Any, where: str, required: Iterable[str], optional: Iterable[str] = ()) -> bool:
        """Check that it is an object with these fields and no others; return whether looking inside makes sense."""
        if not isinstance(thing, dict):
            self.wrong(where, "must be an object")
            return False
        missing = [name for name in required if thing.get(name) is None]
        for name in missing:
            self.wrong(where, f"missing required field: {name}")
        for name in thing.keys() - set(required) - set(optional) - {"type"}:
            self.wrong(where, f"invalid additional property: {name}")
        return not missing

    def string(self, thing: dict[str, Any], name: str, where: str, most: int, least: int = 1) -> None:
        """Check the length of a string field, if it is there."""
        value = thing.get(name)
        if value is None:
            return
        if not isinstance(value, str):
            self.wrong(f"{where}/{name}", "must be a string")
        elif len(value) > most:
            self.wrong(f"{where}/{name}", f"must be less than {most + 1} characters")
        elif len(value) < least:
            self.wrong(f"{where}/{name}", f"must be more than {least - 1} characters")

    def whole(self, thing: dict[str, Any], name: str, where: str, least: int, most: int) -> None:
        """Check the range of a whole number field, if it is there."""
        value = thing.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most):
            self.wrong(f"{where}/{name}", f"must be a number from {least} to {most}")

    def truth(self, thing: dict[str, Any], where: str, *names: str) -> None:
        """Check that these fields are true or false where they are given."""
        for name in names:
            if name in thing and not isinstance(thing[name], bool):
                self.wrong(f"{where}/{name}", "must be a boolean")

    def one_of(self, thing: dict[str, Any], name: str, where: str, allowed: Iterable[Any]) -> None:
        """Check that a field, if it is there, has one of these values."""
        if name in thing and thing[name] not in tuple(allowed):
            self.wrong(f"{where}/{name}", f"must be one of {', '.join(map(str, allowed))}")

    def text(self, value: Any, where: str, most: int, kinds: tuple[str, ...] = ANY_TEXT) -> None:
        """Check a text object: its type, its length, its fields."""
        if not isinstance(value, dict) or value.get("type") not in kinds:
            self.wrong(where, f"expected a text object of type {' or '.join(kinds)}")
            return
        plain = value["type"] == "plain_text"
        if self.shape(value, where, ("type", "text"), ("emoji",) if plain else ("verbatim",)):
            self.string(value, "text", where, most)
        self.truth(value, where, "emoji", "verbatim")

    def items(self, thing: dict[str, Any], name: str, where: str, least: int, most: int) -> list[Any]:
        """Check the length of a list field and return it."""
        value = thing.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(f"{where}/{name}", "must be an array")
            return []
        if len(value) > most:
            self.wrong(f"{where}/{name}", f"no more than {most} items allowed")
        if len(value) < least:
            self.wrong(f"{where}/{name}", f"no fewer than {least} items allowed")
        return value

    def link(self, thing: dict[str, Any], name: str, where: str) -> None:
        """Check a web address: http or https, at most 3,000 characters."""
        self.string(thing, name, where, 3000)
        if isinstance(thing.get(name), str) and not _HTTP.match(thing[name]):
            self.wrong(f"{where}/{name}", "must be a valid http(s) URL")


def option(check: Check, value: Any, where: str, *, kinds: tuple[str, ...] = PLAIN, linked: bool = False) -> None:
    """Check an option: text 75, value 150, description 75; a url only in overflow menus."""
    if not check.shape(value, where, ("text", "value"), ("description", "url") if linked else ("description",)):
        return
    check.text(value["text"], f"{where}/text", 75, kinds)
    check.string(value, "value", where, 150)
    if "description" in value:
        check.text(value["description"], f"{where}/description", 75, kinds)
    check.link(value, "url", where)


def confirm(check: Check, element: dict[str, Any], where: str) -> None:
    """Check a confirm dialog: title 100, text 300, buttons 30."""
    dialog, where = element.get("confirm"), f"{where}/confirm"
    if dialog is None or not check.shape(dialog, where, ("title", "text", "confirm", "deny"), ("style",)):
        return
    check.text(dialog["title"], f"{where}/title", 100, PLAIN)
    check.text(dialog["text"], f"{where}/text", 300)
    check.text(dialog["confirm"], f"{where}/confirm", 30, PLAIN)
    check.text(dialog["deny"], f"{where}/deny", 30, PLAIN)
    check.one_of(dialog, "style", where, ("primary", "danger"))


def _button(check: Check, element: dict[str, Any], where: str) -> None:
    check.text(element.get("text"), f"{where}/text", 75, PLAIN)
    check.string(element, "value", where, 2000)
    check.link(element, "url", where)
    check.string(element, "accessibility_label", where, 75)
    check.one_of(element, "style", where, ("primary", "danger"))


def _overflow(check: Check, element: dict[str, Any], where: str) -> None:
    # The page names the most only; that one option is refused was in it before and stands in every library's checks.
    for number, value in enumerate(check.items(element, "options", where, 2, 5)):
        option(check, value, f"{where}/options/{number}", linked=True)


def _select(check: Check, element: dict[str, Any], where: str) -> None:
    if ("options" in element) == ("option_groups" in element):
        check.wrong(where, "exactly one of options and option_groups is required")
    options = check.items(element, "options", where, 1, 100)
    for number, value in enumerate(options):
        option(check, value, f"{where}/options/{number}")
    for number, group in enumerate(check.items(element, "option_groups", where, 1, 100)):
        place = f"{where}/option_groups/{number}"
        if check.shape(group, place, ("label", "options")):
            check.text(group["label"], f"{place}/label", 75, PLAIN)
            inside = check.items(group, "options", place, 1, 100)
            options = [*options, *inside]
            for index, value in enumerate(inside):
                option(check, value, f"{place}/options/{index}")
    _initial(check, element, where, options)


def _choices(check: Check, element: dict[str, Any], where: str) -> None:
    options = check.items(element, "options", where, 1, 10)
    for number, value in enumerate(options):
        option(check, value, f"{where}/options/{number}", kinds=ANY_TEXT)
    _initial(check, element, where, options)


def _initial(check: Check, element: dict[str, Any], where: str, options: list[Any]) -> None:
    chosen = [element["initial_option"]] if element.get("initial_option") else element.get("initial_options") or []
    if any(value not in options for value in chosen):
        check.wrong(where, "initial option must match one of the options")


def _typed(check: Check, element: dict[str, Any], where: str) -> None:
    check.truth(element, where, "multiline", "is_decimal_allowed")
    check.whole(element, "min_length", where, 0, 3000)
    check.whole(element, "max_length", where, 1, 3000)
    check.string(element, "initial_value", where, element.get("max_length") or 3000, 0)


def _timed(check: Check, element: dict[str, Any], where: str) -> None:
    for name, shape in (("initial_date", r"\d{4}-\d\d-\d\d"), ("initial_time", r"\d\d:\d\d")):
        if name in element and not re.fullmatch(shape, str(element[name])):
            check.wrong(f"{where}/{name}", "must be a valid date or time")
    check.whole(element, "initial_date_time", where, 10**9, 10**10 - 1)


def _image(check: Check, element: dict[str, Any], where: str) -> None:
    check.string(element, "alt_text", where, 2000)
    check.link(element, "image_url", where)
    if ("image_url" in element) == ("slack_file" in element):
        check.wrong(where, "exactly one of image_url and slack_file is required")


def _nothing(check: Check, element: dict[str, Any], where: str) -> None:
    """Nothing beyond what every element has."""


@dataclass(frozen=True)
class Element:
    """One type of element: its fields, the blocks that it may stand in, and its own limits."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    homes: tuple[str, ...]
    check: Callable[[Check, dict[str, Any], str], None] = _nothing


_MENU = ("placeholder", "confirm", "focus_on_load")
_EVERYWHERE = ("section", "actions", "input")
_SELECT = ("options", "option_groups", "initial_option", *_MENU)
_TEXT = ("placeholder", "initial_value", "dispatch_action_config", "focus_on_load")
_BUTTON = ("value", "url", "style", "confirm", "accessibility_label")
_MANY = ("max_selected_items", *_MENU)

ELEMENTS: dict[str, Element] = {
    "button": Element(("text",), _BUTTON, ("section", "actions"), _button),
    "overflow": Element(("options",), ("confirm",), ("section", "actions"), _overflow),
    "static_select": Element((), _SELECT, _EVERYWHERE, _select),
    "multi_static_select": Element(
        (), ("options", "option_groups", "initial_options", *_MANY), ("section", "input"), _select
    ),
    "external_select": Element((), ("initial_option", "min_query_length", *_MENU), _EVERYWHERE),
    "users_select": Element((), ("initial_user", *_MENU), _EVERYWHERE),
    "multi_users_select": Element((), ("initial_users", *_MANY), ("section", "input")),
    "channels_select": Element((), ("initial_channel", "response_url_enabled", *_MENU), _EVERYWHERE),
    "conversations_select": Element(
        (),
        ("initial_conversation", "default_to_current_conversation", "response_url_enabled", "filter", *_MENU),
        _EVERYWHERE,
    ),
    "checkboxes": Element(("options",), ("initial_options", "confirm", "focus_on_load"), _EVERYWHERE, _choices),
    "radio_buttons": Element(("options",), ("initial_option", "confirm", "focus_on_load"), _EVERYWHERE, _choices),
    "datepicker": Element((), ("initial_date", *_MENU), _EVERYWHERE, _timed),
    "timepicker": Element((), ("initial_time", "timezone", *_MENU), _EVERYWHERE, _timed),
    "datetimepicker": Element((), ("initial_date_time", "confirm", "focus_on_load"), ("actions", "input"), _timed),
    "plain_text_input": Element((), ("multiline", "min_length", "max_length", *_TEXT), ("input",), _typed),
    "email_text_input": Element((), _TEXT, ("input",), _typed),
    "url_text_input": Element((), _TEXT, ("input",), _typed),
    "number_input": Element(("is_decimal_allowed",), ("min_value", "max_value", *_TEXT), ("input",), _typed),
    "image": Element(("alt_text",), ("image_url", "slack_file"), ("section", "context"), _image),
}


def element(check: Check, value: Any, where: str, home: str) -> None:
    """Check one element that stands in a block of type ``home``."""
    kind = value.get("type") if isinstance(value, dict) else None
    spec = ELEMENTS.get(str(kind))
    if spec is None or home not in spec.homes:
        check.wrong(where, f"unsupported element type in {home}: {kind}")
        return
    named = () if kind == "image" else ("action_id",)
    check.shape(value, where, spec.required, (*spec.optional, *named))
    check.string(value, "action_id", where, 255)
    if isinstance(value.get("action_id"), str):
        if value["action_id"] in check.action_ids:
            check.wrong(f"{where}/action_id", f"action_id is not unique in its block: {value['action_id']}")
        check.action_ids.add(value["action_id"])
    if "placeholder" in value:
        check.text(value["placeholder"], f"{where}/placeholder", 150, PLAIN)
    check.truth(value, where, "focus_on_load")
    check.focused += value.get("focus_on_load") is True
    confirm(check, value, where)
    spec.check(check, value, where)
