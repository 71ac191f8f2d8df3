"""The way in: a plain `dibs run` goes straight to work, and whatever else is said is read by the command line.

A bot works for months, and what reads a command line would stay in its memory all the while.
"""

from bot.runtime.search_path import leave_out_working_directory

leave_out_working_directory()  # before anything else is looked for

import os
import sys

from bot.cli.run import plainly_asked, run


def main() -> None:
    """Do what was asked for, or answer a shell that asks what can follow."""
    if "_DIBS_COMPLETE" in os.environ:
        from bot.cli.completion import answer

        answer()
    elif (roles := plainly_asked(sys.argv[1:])) is not None:
        run(roles)
        return
    from bot.cli.command_line import app

    app(prog_name="dibs")


if __name__ == "__main__":
    main()
