"""The command line, as it says itself with ``--help``."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from bot.cli.command_line import app
from tests.harness.documents.tables import table


def commands() -> str:
    """Return a section for each command: its help, its arguments and its options."""
    return "\n\n".join(_section(path, node) for path, node in walked("dibs", get_command(app)))


def walked(path: str, node: Any) -> Iterator[tuple[str, Any]]:
    """Yield every command that can be typed, with the words that lead to it."""
    if not hasattr(node, "commands") or (path != "dibs" and node.invoke_without_command):
        yield path, node
    for name, inner in getattr(node, "commands", {}).items():
        yield from walked(f"{path} {name}", inner)


def _section(path: str, node: Any) -> str:
    arguments = [one for one in node.params if one.param_type_name == "argument"]
    options = [one for one in node.params if one.param_type_name == "option" and one.name != "help" and not one.hidden]
    typed = " ".join([path, *(_argument(one) for one in arguments), *(f"[{_option(one)}]" for one in options)])
    told = [(f"`{one.name.upper()}`", _told(one)) for one in arguments]
    told += [(f"`{_option(one)}`", _told(one)) for one in options]
    parts = [f"## {path}", f"`{typed}`", " ".join((node.help or "").split())]
    return "\n\n".join([*parts, *([table(("What is typed", "What it means"), told)] if told else [])])


def _argument(one: Any) -> str:
    name: str = one.name.upper()
    return name if one.required else f"[{name}]"


def _option(one: Any) -> str:
    name: str = max(one.opts, key=len)
    return name if one.is_flag else f"{name} {name.lstrip('-').upper().replace('-', '_')}"


def _told(one: Any) -> str:
    default = one.default
    shown = f"Without it: `{default}`." if default not in (None, "", False) and not callable(default) else ""
    said = (one.help or "").strip()
    return " ".join(part for part in (said if said.endswith((".", ":")) or not shown else f"{said}.", shown) if part)
