"""Stored: a notice as the body of a message, as it is read back by this release and was written by those before."""

import json
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from handlers.base.cards import Button, Line, Link, Notice, Section
from handlers.base.charts import Chart, ChartKind, Point, Series

_BUTTON = frozenset(one.name for one in fields(Button))


def to_json(notice: Notice) -> str:
    """Write a notice as the body of a message."""
    return json.dumps(asdict(notice), default=lambda at: {"at": at.isoformat()}, ensure_ascii=False)


def from_json(body: str) -> Notice:
    """Read the body of a message back."""
    raw = json.loads(body)
    sections = tuple(
        Section(
            title=one["title"],
            lines=tuple(_line(line) for line in one["lines"]),
            more=one["more"],
            copy=one.get("copy", ""),
            quote=one.get("quote", False),
            chart=_chart(one["chart"]) if one.get("chart") else None,
        )
        for one in raw["sections"]
    )
    buttons = tuple(_button(one) for one in raw.get("buttons", ()))
    return Notice(
        title=raw["title"],
        text=raw["text"],
        sections=sections,
        footer=raw["footer"],
        buttons=buttons,
        calls=raw.get("calls", ""),
    )


def _chart(raw: dict[str, Any]) -> Chart:
    series = tuple(
        Series(name=one["name"], points=tuple(Point(**two) for two in one["points"])) for one in raw["series"]
    )
    return Chart(**{**raw, "kind": ChartKind(raw["kind"]), "series": series})


def _line(raw: dict[str, Any]) -> Line:
    link, button, at = raw["link"], raw["button"], raw["at"]
    return Line(
        text=raw["text"],
        token=raw["token"],
        lang=raw["lang"],
        at=datetime.fromisoformat(at["at"]) if at else None,
        link=Link(
            label=link["label"], url=link["url"], places=tuple((one[0], one[1], one[2]) for one in link["places"])
        )
        if link
        else None,
        button=_button(button) if button else None,
        quotes=raw["quotes"] if "quotes" in raw else _quoted_before(raw),
        asked=raw.get("asked", ""),
    )


def _quoted_before(raw: dict[str, Any]) -> bool:
    """Say whether a line of a body that does not tell yet quotes its mention: it did, unless it began with its name."""
    return bool(raw["token"]) and not raw["text"].startswith(f"#{raw['token']} ")


def _button(raw: dict[str, Any]) -> Button:
    """Read a button back; bodies that were written before hold fields that there are no more."""
    return Button(**{name: value for name, value in raw.items() if name in _BUTTON})
