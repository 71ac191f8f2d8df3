"""Logs: one line an event, ``key=value`` behind the sentence, so that one mention can be followed from poll to card.

A database that is away is told once, by ``storage.engine.trouble``, and once when it is back. Whoever else meets that
meanwhile has met no bug, and costs no line.

No secret and no text of a mention stands in a line of ours. Libraries speak from WARNING on: at INFO they log
requests with their addresses, and what they fail to send with its content.
"""

import logging
import sys
from datetime import UTC, datetime

from storage.engine.database import is_outage

FIELDS = ("token", "source", "lane", "platform")
_LOUD = (
    "slack_bolt",
    "slack_sdk",
    "aiohttp",
    "httpx",
    "httpcore",
    "apscheduler",
    "alembic",
    "asyncio",
    "sqlalchemy",
    "psycopg",
)


class LineFormatter(logging.Formatter):
    """Write ``2026-03-02T08:58:01.123Z INFO dibs.delivery A card stands. token=k7f2 lane=C1``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with a traceback below it where there is one."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        known = ((name, getattr(record, name, "")) for name in FIELDS)
        fields = "".join(f" {name}={_one_word(str(value))}" for name, value in known if value)
        sentence = record.getMessage().replace("\n", " ").replace("\r", " ")
        line = f"{at} {record.levelname} {record.name} {sentence}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _one_word(value: str) -> str:
    return "".join(character if character.isprintable() and character != " " else "_" for character in value)


def says_more_than_that_the_database_is_away(record: logging.LogRecord) -> bool:
    """Say whether a line is about something else than what is told once."""
    return not (record.exc_info and is_outage(record.exc_info[1]))


def set_up_logs(level: str) -> None:
    """Send every line to standard error, from ``level`` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    handler.addFilter(says_more_than_that_the_database_is_away)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _LOUD:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
