"""The walk: the comments since a moment, oldest first, and again those since a moment before it.

A comment that moderators let through bears the date at which it was written, and an edit moves no date. So each walk
begins two weeks before the newest that was seen, which for most blogs is one page; where it takes more, it does so once
an hour, and two hours before otherwise. Not less, because the site compares by its own clock on the wall
(WP_Comment_Query asks for ``comment_date``), which goes back by an hour in autumn. What is shown again is known by its
number. Nothing is read that is older than what the very first page showed: that history is no news.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.sources.kit.build import iso_moment

FAR = timedelta(days=14)
NEAR = timedelta(hours=2)
FAR_EVERY = timedelta(hours=1)
# A site that shows more than so many in one walk does not heed how many we have behind us, and would never end.
MOST = 100_000
# A site that had no comment when we first looked: all that comes is new.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Where a site stands, as its checkpoint has it; moments are ISO 8601, and empty where there are none.

    Attributes:
        since: The newest that was seen when the last walk was at its end.
        newest: The newest seen by now.
        floor: The oldest that the very first page showed, where there were older ones.
        after: Where the walk that is under way began.
        offset: How many it has behind it.
        wide: It is one that began two weeks before.
        far: When such a one last began.
        long: That one took more than a page.
    """

    since: str = ""
    newest: str = ""
    floor: str = ""
    after: str = ""
    offset: int = 0
    wide: bool = False
    far: str = ""
    long: bool = False

    def begun(self, now: datetime) -> "Walk":
        """Return the walk that is under way, or the next one."""
        since = iso_moment(self.since)
        if self.after or since is None:
            return self
        last = iso_moment(self.far)
        wide = not self.long or last is None or not timedelta() <= now - last < FAR_EVERY
        after = max(since - (FAR if wide else NEAR), iso_moment(self.floor) or BEGINNING)
        far = _iso(now) if wide else self.far
        return replace(self, after=_iso(after), newest=self.since, wide=wide, far=far)

    def gone_on(self, dates: list[datetime], step: int, now: datetime, *, more: bool) -> "Walk":
        """Return where it stands after a page, for which so many were asked.

        Who may choose a date of their own may choose one that is far ahead; it does not move us past this moment.
        """
        newest = max([self.newest, *(_iso(min(one, now)) for one in dates)])
        if more and self.offset < MOST:
            return replace(self, newest=newest, offset=self.offset + step)
        long = self.offset > 0 if self.wide else self.long
        return replace(self, since=newest, newest=newest, after="", offset=0, long=long)

    @classmethod
    def first(cls, dates: list[datetime], now: datetime, *, more: bool) -> "Walk":
        """Return where it stands after the newest page, which is all that is read of what was there before us."""
        newest = min(max(dates, default=BEGINNING), now)
        return cls(since=_iso(newest), floor=_iso(min(dates, default=now)) if more else "")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
