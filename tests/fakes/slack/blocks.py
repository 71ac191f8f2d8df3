"""Block Kit's blocks and views, refused where Slack refuses them.

https://docs.slack.dev/reference/block-kit/blocks, …/surfaces/modals. ``prepare_blocks`` and ``prepare_view`` return a
copy with the ids that Slack itself fills in, or raise ``Refused`` with the places that are wrong.
"""

import copy
import json
import secrets
from collections.abc import Callable
from typing import Any

from tests.fakes.slack.elements import ANY_TEXT, PLAIN, Check, element
from tests.fakes.slack.errors import Refused

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
# Undocumented: reported as https://github.com/slackapi/bolt-js/issues/2509, where a message of markdown blocks was
# refused at about 13,200 characters and each further block took some 125 off. The JSON is what comes nearest.
ALL_BLOCKS_CHARACTERS = 13_200
# Newer than what every client and workspace shows: refused unless the server is told to know them.
NEWER_BLOCKS = frozenset(
    {
        "card",
        "carousel",
        "container",
        "context_actions",
        "data_table",
        "data_visualization",
        "plan",
        "table",
        "task_card",
    }
)
# The elements of a rich text, each with the fields that it must and may have:
# https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
_RICH: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text": (("text",), ()),
    "link": (("url",), ("text", "unsafe")),
    "user": (("user_id",), ()),
    "usergroup": (("usergroup_id",), ()),
    "broadcast": (("range",), ()),
    "channel": (("channel_id",), ()),
    "emoji": (("name",), ("unicode", "skin_tone", "url")),
    "date": (("timestamp", "format"), ("url", "fallback")),
    "color": (("value",), ()),
    "team": (("team_id",), ()),
}
_STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
# https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
_CHARTS = 2
_BORDERED = ("rich_text_preformatted", "rich_text_quote")

Block = dict[str, Any]


def _section(check: Check, block: Block, where: str) -> None:
    if block.get("text") is None and not block.get("fields"):
        check.wrong(where, "either text or fields is required")
    if block.get("text") is not None:
        check.text(block["text"], f"{where}/text", 3000)
    for number, text in enumerate(check.items(block, "fields", where, 1, 10)):
        check.text(text, f"{where}/fields/{number}", 2000)
    if block.get("accessory") is not None:
        element(check, block["accessory"], f"{where}/accessory", "section")


def _header(check: Check, block: Block, where: str) -> None:
    check.text(block.get("text"), f"{where}/text", 150, PLAIN)


def _image(check: Check, block: Block, where: str) -> None:
    check.string(block, "alt_text", where, 2000)
    check.link(block, "image_url", where)
    if ("image_url" in block) == ("slack_file" in block):
        check.wrong(where, "exactly one of image_url and slack_file is required")
    if "title" in block:
        check.text(block["title"], f"{where}/title", 2000, PLAIN)


def _actions(check: Check, block: Block, where: str) -> None:
    for number, value in enumerate(check.items(block, "elements", where, 1, 25)):
        element(check, value, f"{where}/elements/{number}", "actions")


def _context(check: Check, block: Block, where: str) -> None:
    for number, value in enumerate(check.items(block, "elements", where, 1, 10)):
        place = f"{where}/elements/{number}"
        if isinstance(value, dict) and value.get("type") in ANY_TEXT:
            check.text(value, place, 3000)  # the page names no limit; a text object's own is 3,000
        else:
            element(check, value, place, "context")


def _input(check: Check, block: Block, where: str) -> None:
    check.text(block.get("label"), f"{where}/label", 2000, PLAIN)
    if "hint" in block:
        check.text(block["hint"], f"{where}/hint", 2000, PLAIN)
    check.truth(block, where, "optional", "dispatch_action")
    element(check, block.get("element"), f"{where}/element", "input")


def _markdown(check: Check, block: Block, where: str) -> None:
    check.string(block, "text", where, 12_000)


def _alert(check: Check, block: Block, where: str) -> None:
    check.text(block.get("text"), f"{where}/text", 200)
    check.one_of(block, "level", where, ("default", "info", "warning", "error", "success"))
    if check.surface != "modal":
        check.wrong(where, "alert blocks are supported in modals only")


def _rich(check: Check, block: Block, where: str) -> None:
    for number, part in enumerate(check.items(block, "elements", where, 1, 100)):
        kind = part.get("type") if isinstance(part, dict) else None
        place = f"{where}/elements/{number}"
        if kind == "rich_text_list":
            check.shape(part, place, ("elements", "style"), ("indent", "offset", "border"))
            _rich(check, part, place)
        elif kind == "rich_text_section" or kind in _BORDERED:
            check.shape(part, place, ("elements",), ("border",) if kind in _BORDERED else ())
            for index, leaf in enumerate(check.items(part, "elements", place, 1, 1000)):
                _rich_leaf(check, leaf, f"{place}/elements/{index}")
        else:
            check.wrong(place, f"unsupported rich text element: {kind}")


def _rich_leaf(check: Check, leaf: Any, where: str) -> None:
    kind = leaf.get("type") if isinstance(leaf, dict) else None
    if kind not in _RICH:
        check.wrong(where, f"unsupported rich text element: {kind}")
        return
    required, optional = _RICH[kind]
    check.shape(leaf, where, required, (*optional, "style"))
    check.string(leaf, "text", where, 3000)  # the pages name no limit; a text object's own is 3,000
    if kind == "link":
        check.link(leaf, "url", where)
    style = leaf.get("style")
    if style is not None and check.shape(style, f"{where}/style", (), _STYLES):
        check.truth(style, f"{where}/style", *_STYLES)


def _chart(check: Check, block: Block, where: str) -> None:
    check.string(block, "title", where, 50)
    chart, place = block["chart"], f"{where}/chart"
    if not check.shape(chart, place, ("series", "axis_config")):
        return
    check.one_of(chart, "type", place, ("bar", "line", "area"))
    labels = chart["axis_config"].get("categories", [])
    for number, label in enumerate(check.items(chart["axis_config"], "categories", f"{place}/axis_config", 1, 20)):
        check.string({"label": label}, "label", f"{place}/axis_config/categories/{number}", 20)
    series = check.items(chart, "series", place, 1, 6)
    if len({one["name"] for one in series}) < len(series):
        check.wrong(f"{place}/series", "names of series must be unique")
    for number, one in enumerate(series):
        check.string(one, "name", f"{place}/series/{number}", 50)
        if [point["label"] for point in one["data"]] != labels:
            check.wrong(f"{place}/series/{number}/data", "labels must match the categories")
        if not all(isinstance(point["value"], int | float) for point in one["data"]):
            check.wrong(f"{place}/series/{number}/data", "a value must be a number")


def _divider(check: Check, block: Block, where: str) -> None:
    """A divider has nothing that could be wrong."""


BLOCKS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[[Check, Block, str], None]]] = {
    "section": ((), ("text", "fields", "accessory", "expand"), _section),
    "divider": ((), (), _divider),
    "header": (("text",), ("level",), _header),
    "image": (("alt_text",), ("image_url", "slack_file", "title"), _image),
    "actions": (("elements",), (), _actions),
    "context": (("elements",), (), _context),
    "input": (("label", "element"), ("hint", "optional", "dispatch_action"), _input),
    "markdown": (("text",), (), _markdown),
    "rich_text": (("elements",), (), _rich),
    "alert": (("text",), ("level",), _alert),
}


def _check_blocks(check: Check, blocks: Any, most: int, where: str, newer: bool) -> None:
    if not isinstance(blocks, list):
        check.wrong(where, "must be an array")
        return
    if len(blocks) > most:
        check.wrong(where, f"no more than {most} items allowed")
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        place = f"{where}/{number}"
        kind = block.get("type") if isinstance(block, dict) else None
        if newer and kind == "data_visualization":
            if check.shape(block, place, ("title", "chart"), ("block_id",)):
                _chart(check, block, place)
            continue
        if newer and kind in NEWER_BLOCKS:
            continue
        if kind not in BLOCKS:
            check.wrong(place, f"unsupported type: {kind}")
            continue
        required, optional, own = BLOCKS[kind]
        check.shape(block, place, required, (*optional, "block_id"))
        check.string(block, "block_id", place, 255)
        if block.get("block_id") in seen:
            check.wrong(f"{place}/block_id", f"block_id is not unique: {block['block_id']}")
        if isinstance(block.get("block_id"), str):
            seen.add(block["block_id"])
        check.action_ids = set()
        own(check, block, place)
    if sum(isinstance(one, dict) and one.get("type") == "data_visualization" for one in blocks) > _CHARTS:
        check.wrong(where, f"no more than {_CHARTS} charts allowed")
    if check.focused > 1:
        check.wrong(where, "focus_on_load may be true once")


def _fill_ids(blocks: list[Block]) -> list[Block]:
    filled = copy.deepcopy(blocks)
    for block in filled:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        inner = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for part in inner:
            if isinstance(part, dict) and part.get("type") not in (*ANY_TEXT, "image", None):
                part.setdefault("action_id", secrets.token_urlsafe(4))
    return filled


def prepare_blocks(blocks: Any, *, newer: bool = False) -> list[Block]:
    """Validate the blocks of a message and return them with their ids filled in.

    Raises:
        Refused: ``invalid_blocks`` with what is wrong and where, or ``msg_blocks_too_long``.
    """
    check = Check("message")
    _check_blocks(check, blocks, MESSAGE_BLOCKS, "/blocks", newer)
    if check.problems:
        raise Refused("invalid_blocks", errors=check.problems, response_metadata={"messages": check.problems})
    if len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) > ALL_BLOCKS_CHARACTERS:
        raise Refused("msg_blocks_too_long")
    return _fill_ids(blocks)


def view_problems(view: Any, kind: str, *, newer: bool = False) -> list[str]:
    """Return what is wrong with a view of type ``modal`` or ``home``."""
    check = Check(kind)
    shared = ("private_metadata", "callback_id", "external_id")
    modal = ("submit", "close", "clear_on_close", "notify_on_close", "submit_disabled")
    required = ("type", "title", "blocks") if kind == "modal" else ("type", "blocks")
    if not check.shape(view, "/view", required, (*shared, *modal) if kind == "modal" else shared):
        return check.problems
    check.one_of(view, "type", "/view", (kind,))
    for name in ("title", "submit", "close"):
        if kind == "modal" and view.get(name) is not None:
            check.text(view[name], f"/view/{name}", 24, PLAIN)
    check.string(view, "private_metadata", "/view", 3000, 0)
    check.string(view, "callback_id", "/view", 255, 0)
    check.string(view, "external_id", "/view", 255, 0)
    check.truth(view, "/view", "clear_on_close", "notify_on_close", "submit_disabled")
    _check_blocks(check, view["blocks"], VIEW_BLOCKS, "/view/blocks", newer)
    inputs = isinstance(view["blocks"], list) and any(
        isinstance(block, dict) and block.get("type") == "input" for block in view["blocks"]
    )
    if kind == "modal" and inputs and view.get("submit") is None:
        check.wrong("/view", "submit is required when blocks contain an input block")
    return check.problems


def prepare_view(view: Any, kind: str, *, newer: bool = False) -> Block:
    """Validate a view and return it with its ids filled in.

    Raises:
        Refused: ``invalid_arguments`` with what is wrong and where, or ``view_too_large``.
    """
    problems = view_problems(view, kind, newer=newer)
    if problems:
        raise Refused("invalid_arguments", response_metadata={"messages": problems})
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise Refused("view_too_large")
    return {**copy.deepcopy(view), "blocks": _fill_ids(view["blocks"])}
