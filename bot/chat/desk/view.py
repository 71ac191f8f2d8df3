"""A view: the addresses that stand on the page of the board, each of it with one thing changed."""

from dataclasses import replace
from typing import Any

from bot.chat.desk.urls import write_wanted
from handlers.draw.board import Board
from handlers.draw.wanted import Wanted
from storage.tables.states import Tab

# What the form of the board asks by fields that are seen; all else of a view it keeps.
ASKED = ("q", "department", "source", "product", "tier", "risk", "lang", "age", "state", "owner", "due", "order")


def addresses(wanted: Wanted, after: int | None) -> dict[str, Any]:
    """Return where the links of the board lead."""
    first = replace(wanted, after=None)
    return {
        "tab_url": lambda tab: write_wanted(replace(first, tab=Tab(tab))),
        "department_url": lambda key: write_wanted(replace(first, department=key)),
        "order_url": write_wanted(replace(first, newest=not wanted.newest)),
        "more_url": write_wanted(first, after) if after else "",
    }


def chips(shown: Board) -> list[tuple[str, str]]:
    """Return what narrows a view, each with the address of the same view without it."""
    view, choices = replace(shown.wanted, after=None), shown.choices
    searched = [(f"“{view.q}”", write_wanted(replace(view, q="")))] if view.q else []
    narrowed = (
        (choices.sources, replace(view, source="")),
        (choices.products, replace(view, product="")),
        (choices.tiers, replace(view, tier="")),
        (choices.risks, replace(view, risk="")),
        (choices.languages, replace(view, lang="")),
        (choices.ages, replace(view, age="")),
        (choices.states, replace(view, state="")),
        (choices.owners, replace(view, owner="")),
        (choices.dues, replace(view, due="")),
    )
    filtered = [
        (one.label, write_wanted(without)) for several, without in narrowed for one in several if one.chosen and one.key
    ]
    return [*searched, *filtered]
