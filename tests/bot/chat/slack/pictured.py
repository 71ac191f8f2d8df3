"""Messages and modals as Slack would show them, drawn from their payloads: for pictures, not for measuring.

Slack's own client is nobody's to run in a test, so its blocks are drawn here as plain HTML: what stands in them, in
their order, at about their widths. What is fetched of a stranger's is painted.
"""

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Block = Mapping[str, Any]

WIDTH = 780
_ZONE = ZoneInfo("Europe/Berlin")
_CSS = """
* { box-sizing: border-box }
body { margin: 0; background: #fff; color: #1d1c1d; font: 15px/1.46 "Noto Sans", sans-serif; width: max-content }
.channel, .modal { width: 780px; padding: 14px 20px }
h2 { margin: 14px 0 6px 44px; font-size: 13px; color: #454545 }
article { display: grid; grid-template-columns: 36px 1fr; column-gap: 8px; margin: 0 0 16px }
.app { width: 36px; height: 36px; border-radius: 8px; background: #0f5a4a; color: #fff; font: 700 20px/36px sans-serif;
  text-align: center }
.by { line-height: 18px; font-weight: 700 }
.by small { font-weight: 400; color: #616061; margin-left: 4px }
.by b { font-size: 10px; background: #ececec; color: #454545; border-radius: 3px; padding: 1px 4px; margin-left: 4px }
.block { margin: 4px 0; overflow-wrap: anywhere }
.context { font-size: 13px; color: #616061; display: flex; flex-wrap: wrap; align-items: center; gap: 0 8px }
.context .plain { white-space: pre-wrap }
.section { display: flex; justify-content: space-between; gap: 12px; white-space: pre-line }
.section > div { flex: 1 }
.header { font-size: 18px; font-weight: 700 }
.rich { white-space: pre-line }
blockquote { margin: 0; padding-left: 12px; border-left: 4px solid #ddd }
a { color: #0b4c8c; text-decoration: none }
code { font-size: 12px; color: #a9143d; background: #f6f6f6; border: 1px solid #ddd; border-radius: 3px;
  padding: 1px 3px }
.actions { display: flex; gap: 8px; margin-top: 8px }
.button { display: inline-block; border: 1px solid #b9b9b9; border-radius: 4px; padding: 0 12px; height: 28px;
  font: 700 13px/26px "Noto Sans", sans-serif; white-space: nowrap; background: #fff }
.button.primary { background: #007a5a; border-color: #007a5a; color: #fff }
svg.face { width: 20px; height: 20px; border-radius: 3px; display: block }
svg.picture { width: 320px; height: 160px; border-radius: 8px; display: block }
.modal { border: 1px solid #ddd; border-radius: 8px; width: 620px; padding: 0; margin: 8px }
.modal > header { font-size: 18px; font-weight: 700; padding: 14px 20px; border-bottom: 1px solid #ddd }
.modal > footer { padding: 12px 20px; text-align: right; border-top: 1px solid #ddd }
.modal main { padding: 6px 20px 12px }
.label { font-weight: 700; margin-top: 10px }
.hint { font-size: 13px; color: #616061 }
.typed { border: 1px solid #8d8d8d; border-radius: 4px; padding: 7px 10px; white-space: pre-line; min-height: 36px }
.typed.multi { min-height: 76px }
.radio::before { content: "○"; margin-right: 8px } .radio.on::before { content: "◉" }
"""
_FACE = '<circle cx="20" cy="15" r="8"/><ellipse cx="20" cy="38" rx="14" ry="13"/>'
_ANVIL = '<path d="M4 8h32v5c-9 0-12 4-12 9v3h6v5H10v-5h6v-3c0-5-4-6-12-9z"/>'
_LINK = re.compile(r"&lt;(https?://[^|&]*(?:&amp;[^|&]*)*)\|(.*?)&gt;")
_DATE = re.compile(r"&lt;!date\^(\d+)\^(.*?)\|.*?&gt;")
_MARKS = (
    (re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
)


def page(*parts: str) -> str:
    """Return a document that shows some parts."""
    return f"<!doctype html><html lang=en><meta charset=utf-8><style>{_CSS}</style>{''.join(parts)}</html>"


def channel(messages: Mapping[str, list[Block]], at: datetime, *, named: bool = False) -> str:
    """Draw messages as they stand in a channel, by their names, which are shown above them where asked for."""
    return f"<div class=channel>{''.join(_message(one, messages[one], at, named) for one in messages)}</div>"


def modal(view: Mapping[str, Any]) -> str:
    """Draw a modal with its buttons."""
    buttons = "".join(
        f'<span class="button{" primary" if name == "submit" else ""}">{_plain(view[name])}</span> '
        for name in ("close", "submit")
        if name in view
    )
    top, middle = f"<header>{_plain(view['title'])}</header>", f"<main>{_blocks(view['blocks'])}</main>"
    return f"<div class=modal>{top}{middle}<footer>{buttons}</footer></div>"


def _message(name: str, blocks: list[Block], at: datetime, named: bool) -> str:
    title = f"<h2>{html.escape(name.capitalize())}</h2>" if named else ""
    by = f"<div class=by>Dibs<b>APP</b><small>{_clock(at)}</small></div>"
    return f"{title}<article><div class=app>D</div><div>{by}{_blocks(blocks)}</div></article>"


def _blocks(blocks: list[Block]) -> str:
    return "".join(f'<div class="block">{_DRAWN[block["type"]](block)}</div>' for block in blocks)


def _context(block: Block) -> str:
    return f"<div class=context>{''.join(_element(one) for one in block['elements'])}</div>"


def _section(block: Block) -> str:
    beside = _element(block["accessory"]) if "accessory" in block else ""
    return f"<div class=section><div>{_text(block['text'])}</div>{beside}</div>"


def _rich(block: Block) -> str:
    parts = [(one["type"], "".join(_run(run) for run in one["elements"])) for one in block["elements"]]
    drawn = (f"<blockquote>{text}</blockquote>" if kind == "rich_text_quote" else text for kind, text in parts)
    return f"<div class=rich>{''.join(f'<div>{one}</div>' for one in drawn)}</div>"


def _run(run: Block) -> str:
    text = html.escape(run["text"])
    for style, tag in (("bold", "strong"), ("italic", "em")):
        text = f"<{tag}>{text}</{tag}>" if run.get("style", {}).get(style) else text
    return text


def _input(block: Block) -> str:
    optional = " <span class=hint>(optional)</span>" if block.get("optional") else ""
    below = f"<div class=hint>{_plain(block['hint'])}</div>" if "hint" in block else ""
    return f"<div class=label>{_plain(block['label'])}{optional}</div>{_element(block['element'])}{below}"


def _actions(block: Block) -> str:
    return f"<div class=actions>{''.join(_element(one) for one in block['elements'])}</div>"


def _element(one: Block) -> str:
    kind = one["type"]
    if kind in ("plain_text", "mrkdwn"):
        return f"<span class=plain>{_text(one)}</span>"
    if kind == "image":
        return _painted("face", _FACE)
    if kind == "button":
        return f'<span class="button {one.get("style", "")}">{_plain(one["text"])}</span>'
    if kind == "overflow":
        return '<span class="button">⋮</span>'
    if kind == "radio_buttons":
        return "".join(_radio(option, one.get("initial_option")) for option in one["options"])
    if kind == "plain_text_input":
        size = " multi" if one.get("multiline") else ""
        return f'<div class="typed{size}">{html.escape(one.get("initial_value", ""))}</div>'
    chosen = one.get("initial_option")
    return f"<div class=typed>{_plain(chosen['text']) if chosen else 'Choose…'} ▾</div>"


def _radio(option: Block, chosen: Block | None) -> str:
    on = " on" if chosen and chosen["value"] == option["value"] else ""
    return f'<div class="radio{on}">{_plain(option["text"])}</div>'


def _plain(text: Block) -> str:
    return html.escape(text["text"])


def _text(text: Block) -> str:
    return _plain(text) if text["type"] == "plain_text" else _marked(text["text"])


def _marked(text: str) -> str:
    """Draw our own markup: bold, code, links and moments; what was escaped stays what it is."""
    drawn = html.escape(html.unescape(text).replace("\u2066", "").replace("\u2069", ""), quote=False)
    drawn = _DATE.sub(lambda found: _moment(int(found[1]), found[2]), drawn)
    drawn = _LINK.sub(r'<a href="\1">\2</a>', drawn)
    for mark, tag in _MARKS:
        drawn = mark.sub(tag, drawn)
    return drawn


def _moment(seconds: int, form: str) -> str:
    at = datetime.fromtimestamp(seconds, UTC)
    day = at.astimezone(_ZONE).strftime("%b %-d")
    return re.sub(r"\{date\w*\}", day, form).replace("{time}", _clock(at))


def _clock(at: datetime) -> str:
    return at.astimezone(_ZONE).strftime("%-H:%M")


def _painted(name: str, shape: str) -> str:
    box = "0 0 40 40" if name == "face" else "-20 0 80 40"
    ground = '<rect x="-20" width="80" height="40" fill="#cfe3dc"/>'
    return f'<svg class={name} viewBox="{box}">{ground}<g fill="#0f5a4a">{shape}</g></svg>'


_DRAWN: Mapping[str, Callable[[Block], str]] = {
    "context": _context,
    "section": _section,
    "rich_text": _rich,
    "image": lambda block: _painted("picture", _ANVIL),
    "actions": _actions,
    "header": lambda block: f"<div class=header>{_plain(block['text'])}</div>",
    "divider": lambda block: "<hr>",
    "input": _input,
}
