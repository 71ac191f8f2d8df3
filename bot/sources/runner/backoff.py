"""Back-off: when a source is asked again. Pure, so that every rule can be seen in a table.

Jitter keeps sources that began together from asking together, and a service that came back from being asked by
everybody in its first second.
"""

from datetime import datetime, timedelta
from random import Random

from bot.net.errors import SignedOut, SourceError, SourceRefused, SourceUnavailable
from bot.net.retry_after import LONGEST_REST

LONGEST_BACK_OFF = timedelta(minutes=15)
REFUSED_REST = timedelta(minutes=15)
SIGNED_OUT_REST = timedelta(minutes=1)
MORE_REST = timedelta(seconds=1)
_LONGEST = timedelta(seconds=LONGEST_REST)


def after_success(
    started: datetime, now: datetime, every: timedelta, not_before: datetime | None, random: Random
) -> datetime:
    """Return ``every`` after the start of the poll, more or less a tenth, and not before what the service asked for.

    A poll that took longer than its interval leaves a tenth of it free.
    """
    due = max(started + every * random.uniform(0.9, 1.1), now + every / 10)
    return max(due, min(not_before, now + _LONGEST)) if not_before is not None else due


def after_failure(error: SourceError, failures: int, now: datetime, every: timedelta, random: Random) -> datetime:
    """Return when to try again after the so-many-eth failure in a row.

    Unavailable: doubling from ``every`` up to 15 minutes, up to a fifth less, and never sooner than the service asked.
    Refused: 15 minutes, or ``every`` if that is more, for only a person can mend it. Where that person only has to sign
    in, a minute: looking whether somebody did asks nobody.
    """
    if isinstance(error, SignedOut):
        return now + SIGNED_OUT_REST * random.uniform(1.0, 1.1)
    if isinstance(error, SourceRefused):
        return now + max(every, REFUSED_REST) * random.uniform(1.0, 1.1)
    doubled = every * (1 << min(failures - 1, 10))
    rest = min(doubled, LONGEST_BACK_OFF) * random.uniform(0.8, 1.0)
    asked = error.retry_after if isinstance(error, SourceUnavailable) else None
    if asked is not None:
        rest = max(rest, min(timedelta(seconds=asked * random.uniform(1.0, 1.1)), _LONGEST))
    return now + rest
