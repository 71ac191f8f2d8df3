"""What Bluesky answers to who writes: an error by its name (https://docs.bsky.app/docs/api/at-protocol-xrpc-api).

A few names say for certain that nothing was written; any other no is looked up.
"""

import re

from bot.net.errors import SourceRefused
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import string
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

_NO = range(400, 500)
_NOT_TAKEN = "Bluesky did not take the reply: {words}."
_ROWS = (
    Row(means=Means.EXPIRED, code="ExpiredToken|InvalidToken|AuthMissing"),
    Row(means=Means.REFUSED, status=_NO, code="InvalidRequest|InvalidSwap|InvalidRecord", why=_NOT_TAKEN),
    Row(means=Means.REFUSED, status=_NO, code="PayloadTooLarge|RecordTooLarge", why=_NOT_TAKEN),
    Row(means=Means.REFUSED, status={413}, why=_NOT_TAKEN),
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,60}")


def error_of(answer: Answer) -> str:
    """Return the name of an error, such as ``RecordNotFound``, or an empty string."""
    name = string(answer.object, "error")
    return name if _NAME.fullmatch(name) else ""


def said_in(answer: Answer) -> str:
    """Return name and message of an error on one short line, for whoever has to mend it."""
    parts = (error_of(answer), one_line(string(answer.object, "message"), 200))
    return ": ".join(filter(None, parts)).rstrip(".") or str(answer.status)


def refused(answer: Answer, what: str) -> SourceRefused:
    """Return the error for an answer that the caller can do nothing with; ``what`` is what was asked for."""
    return SourceRefused(f"Bluesky refused {what}: {said_in(answer)}.")


def verdicts(handle: str) -> Verdicts:
    """Return what answers mean to who writes as this account."""
    why = f"Bluesky refused to let {handle} write: {{words}}."
    locked_out = Row(means=Means.ACCOUNT, status={401, 403}, why=why)
    return Verdicts(rows=(_ROWS[0], locked_out, *_ROWS[1:]), read=_read, unknown=_NOT_TAKEN)


def _read(answer: Answer) -> Said:
    return Said(code=error_of(answer), words=said_in(answer))
