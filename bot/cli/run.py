"""Run: the bot works until it is told to stop. Nothing that reads a command line is loaded for it."""

import asyncio
import gc
from collections.abc import Collection, Sequence

from bot.cli.opening import read_settings
from bot.cli.plain_errors import plain_errors
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.runtime.memory import keep_together
from bot.runtime.roles import ALL_ROLES, Role
from bot.runtime.search_path import leave_out_what_is_not_wanted

_INTERRUPTED = 130


def plainly_asked(arguments: Sequence[str]) -> frozenset[Role] | None:
    """Return the roles that ``run [--role ROLE]…`` asks for; None where anything else is said, right or wrong."""
    command, *options = arguments or [""]
    words = [word for one in options for word in one.split("=", 1)]
    names, roles = words[::2], words[1::2]
    if command != "run" or len(names) > len(roles) or {*names} - {"--role"} or {*roles} - {*Role}:
        return None
    return frozenset(Role(one) for one in roles) or ALL_ROLES


def run(roles: Collection[Role]) -> None:
    """Read the configuration, build the bot, and let it work until SIGTERM or SIGINT.

    Raises:
        SystemExit: It could not begin; why is said.
    """
    # All that is imported and built from here on stays. The collector would walk through it a dozen times as it grows,
    # which is a fifth of the start.
    gc.disable()
    keep_together()
    leave_out_what_is_not_wanted()
    try:
        from bot.app import build, serve
        from bot.runtime.logs import set_up_logs

        with plain_errors():
            settings = read_settings()
            set_up_logs(settings.log_level)
            built = build(settings, Clock(), Ids(), roles=frozenset(roles))
            # What is there by now stays: no collection has to walk through it again, the one at the very end least of
            # all.
            gc.freeze()
            gc.enable()
            asyncio.run(serve(built))
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
