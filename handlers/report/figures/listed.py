"""Listed: the mentions behind a number, a page at a time, newest first. Who acted on them is in no list."""

from dataclasses import dataclass
from datetime import datetime

from handlers.base.cards import one_line
from handlers.base.errors import WrongInput
from handlers.base.organisation import Organisation
from handlers.report.figures.periods import Period
from handlers.report.figures.product import find_product
from handlers.report.figures.rows import rows_of
from handlers.report.figures.told import read_product, read_told, require_few
from storage.engine.database import Session
from storage.own import mentions
from storage.own.mentions import Original

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A mention that counts, and by which row of the log, where it is one."""

    token: str
    source: str
    words: str
    seq: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of what a number was counted from.

    Attributes:
        total: How many there are, which is the number.
        next: From where the next page goes on; None at the end.
    """

    total: int
    rows: tuple[ListedRow, ...]
    next: int | None


def read_listed(
    session: Session,
    organisation: Organisation,
    period: Period,
    now: datetime,
    name: str,
    of: tuple[str, ...],
    start: int = 0,
    product: str = "",
) -> Listed:
    """Read what a number of a report was counted from, of all or of a product.

    Raises:
        WrongInput: No number has rows of this name, or there is no such product, or it has no figures, or more arrived
            than can be opened at once.
    """
    require_few(session, period)
    if product:
        told = read_product(session, organisation, period, now, find_product(session, organisation, product))
    else:
        told = read_told(session, organisation, period, now)
    found = rows_of(session, told, name, of)
    if found is None:
        sentence = "No number of a report is called so. Follow the link of a number."
        raise WrongInput(sentence, {"figure": sentence})
    page = found[::-1][start : start + AT_ONCE]
    ids = sorted({one.mention_id for one in page})
    known = {one.id: one for one in mentions.several(session, ids)}
    posts = mentions.originals(session, ids)
    rows = tuple(
        ListedRow(
            token=known[one.mention_id].token,
            source=known[one.mention_id].source,
            words=_words(posts.get(one.mention_id)),
            seq=one.seq,
        )
        for one in page
    )
    return Listed(len(found), rows, start + AT_ONCE if start + AT_ONCE < len(found) else None)


def _words(post: Original | None) -> str:
    return one_line(post.title or post.text) if post is not None else ""
