"""[reports] in dibs.toml: what reports may tell of people, and when and where the week before is told.

There is no way to let others see a person's figures. Without the table there are the pages of reports, and no notice.
The company's channel is named by its id, which a renaming leaves as it is: unlike a department's home it is looked for
nowhere, so that nothing else has to know of it.
"""

import re
from collections.abc import Collection

from bot.chat.registry import HOMES, declared_settings
from bot.settings.times import read_hour
from bot.settings.value import read_value
from bot.toml.problems import quoted
from bot.toml.table import Table
from handlers.base.organisation import People, Reports

_LEAST = 5
_KEYS = ("people", "least_people", "weekly", "value", *HOMES)
_WEEKLY = "mon 09:30"
_SLACK_ID = re.compile(r"[CG][A-Z0-9]{6,20}", re.ASCII)


def read_reports(table: Table, topics: Collection[str]) -> Reports:
    """Read what reports may tell; ``topics`` are the names of those that there are."""
    table.only(_KEYS)
    written = table.text("people", str(People.SELF))
    if written and written not in tuple(People):
        rest = 'it is "self" or "none": figures of a person are for that person, or for nobody.'
        table.wrong("people", f"is not {quoted(written)}; {rest}")
    least = table.number("least_people", _LEAST)
    if least < _LEAST or least != int(least):
        table.wrong("least_people", f"is a whole number from {_LEAST} up: of fewer, each is as good as named.")
    people = People(written) if written in tuple(People) else People.SELF
    homes = {name: channel for name in HOMES if name in table and (channel := _home(table, name))}
    return Reports(
        people=people,
        least_people=max(int(least), _LEAST),
        weekly=read_hour(table, "weekly", _WEEKLY) if homes or "weekly" in table else None,
        homes=homes,
        value=read_value(table.table("value"), topics) if "value" in table else None,
    )


def _home(table: Table, platform: str) -> str:
    """Read the channel in which the company's notice stands; a name would have to be looked up."""
    channel = declared_settings(platform).home(table, platform)
    if platform == "slack" and channel and not _SLACK_ID.fullmatch(channel):
        table.wrong(
            platform,
            f'is the id of a channel, such as "C0123456789", and not {quoted(channel)}: it stands at the end of what '
            "Slack tells about the channel. Invite the bot there.",
        )
        return ""
    return channel
