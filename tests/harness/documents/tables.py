"""Tables of the documents: verbs, scopes, variables, metrics, words of the log, each from where it is decided."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from prometheus_client.metrics import MetricWrapperBase

from bot.chat.slack.scopes import APP_SCOPES, EVENTS, SCOPES
from bot.settings.variables import all_variables
from bot.web.metrics import Metrics, State, _Gauges
from handlers.base.actions import ACTIONS
from handlers.base.usage import usage
from handlers.verbs import ON_CARDS, OTHERS
from storage.tables.states import Via

# One that does not stand within code.
_ANGLE = re.compile(r"<(?=(?:[^`]*`[^`]*`)*[^`]*$)")
# Who stands for whom in the sentences of the log.
_SAMPLE = {
    "it": "#k7f2x",
    "actor": "Ana",
    "from_owner": "Chloe",
    "to_owner": "Ben",
    "from_department": "Support",
    "to_department": "Finance",
}


def row(*cells: str) -> str:
    """Return a line of a table; what parts cells, and what would be a tag, is escaped within them."""
    escaped = (_ANGLE.sub(r"\\<", cell.replace("|", "\\|")) for cell in cells)
    return "|" + "|".join(f" {cell} " if cell else " " for cell in escaped) + "|"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table."""
    titles = tuple(head)
    return "\n".join([row(*titles), "|" + "---|" * len(titles), *(row(*one) for one in rows)])


def verbs() -> str:
    """Return what can be typed, with its emoji."""
    listed = [verb for verb in (*ON_CARDS, *OTHERS) if verb.help]
    return table(
        ("Type `/dibs …`", "What it does", "Emoji on the card"),
        ((f"`{usage(verb)}`", verb.help, f"`:{verb.emoji}:`" if verb.emoji else "") for verb in listed),
    )


def scopes() -> str:
    """Return the rights that the Slack app asks for."""
    return table(
        ("Scope", "Why", "Off without it"),
        ((f"`{one.name}`", one.why, one.feature) for one in (*SCOPES, *APP_SCOPES)),
    )


def events() -> str:
    """Return the events of Slack that the app subscribes to."""
    return table(("Event", "Why"), ((f"`{name}`", why) for name, why in EVENTS))


def variables() -> str:
    """Return the variables of the environment."""
    return table(
        ("Variable", "Default", "What it is for"),
        ((f"`{one.name}`", f"`{one.default}`" if one.default else "none", one.what) for one in all_variables()),
    )


def metrics() -> str:
    """Return the metrics that are served, each under the name that it keeps."""
    counted = [one for one in vars(Metrics()).values() if isinstance(one, MetricWrapperBase)]
    at_once = _Gauges(State([], [], [], [], datetime(2026, 3, 2, tzinfo=UTC))).collect()
    rows = [(one._name, str(one._type), one._documentation, one._labelnames) for one in counted]
    rows += [(one.name, str(one.type), one.documentation, getattr(one, "_labelnames", ())) for one in at_once]
    return table(
        ("Metric", "What it says", "Type", "Labels"),
        (
            (
                f"`{name}{'_total' if kind == 'counter' else ''}`",
                told.rstrip("."),
                kind,
                ", ".join(f"`{one}`" for one in labels),
            )
            for name, kind, told, labels in rows
        ),
    )


def actions() -> str:
    """Return what the log says was done, with its kind and how it reads."""
    return table(
        ("`action`", "Kind", "How it reads"),
        ((f"`{action}`", meaning.kind, meaning.sentence.format(**_SAMPLE)) for action, meaning in ACTIONS.items()),
    )


def ways() -> str:
    """Return by what way something was done."""
    return ", ".join(f"`{way}`" for way in Via)
