"""Completion: the lines by which a shell asks `dibs` itself what can follow, as Typer makes them.

Typer's own option would also write into the files of whoever asks; printing is enough, and changes nothing.
"""

from typer.completion import completion_init, get_completion_script  # type: ignore[attr-defined]

SHELLS = ("bash", "zsh", "fish")
_PROGRAM, _VARIABLE = "dibs", "_DIBS_COMPLETE"


def script(shell: str) -> str:
    """Return the lines for a shell."""
    return get_completion_script(prog_name=_PROGRAM, complete_var=_VARIABLE, shell=shell)


def answer() -> None:
    """Be ready to answer a shell that asks."""
    completion_init()
