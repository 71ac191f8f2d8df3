"""Thread: what stands on the card of a public thread beside its first, a line each, and where such a one stands.

Each has its own place, its own clocks and its own button: who claims one has it, with a card of its own, and the others
stay. The newest stand there, as many as a channel has room for; the desk has all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.base.cards import Fact, Line, Link, Section, one_line
from handlers.base.talk import in_brief, shown_names
from handlers.base.verb import button
from handlers.own import claim
from handlers.report.lines import named_by
from storage.engine.database import Session
from storage.listen import posts
from storage.listen.posts import AuthorRow
from storage.own import mentions, threads
from storage.own.mentions import MentionRow, Original
from storage.own.threads import Under
from storage.tables.states import CLOSED, Held

# So many stand on a card in a channel, and so much of who wrote each.
MOST_LINES = 5
_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Threads:
    """What the cards of one channel have to do with public threads.

    Attributes:
        under: What stands on the card of a mention beside it, the newest first.
        lines: Those of them that are shown.
        leads: On whose card a mention stands, by token.
    """

    under: Mapping[int, Sequence[Under]] = field(default_factory=dict)
    lines: Mapping[int, tuple[Line, ...]] = field(default_factory=dict)
    leads: Mapping[int, str] = field(default_factory=dict)

    def number(self, mention_id: int) -> int:
        """Return how many stand on the card of a mention beside it."""
        return len(self.under.get(mention_id, ()))

    def shown(self, mention_id: int) -> Section | None:
        """Return what the card of a mention shows of them; None where it stands alone."""
        there = self.under.get(mention_id, ())
        if not there:
            return None
        late = sum(one.late for one in there)
        behind = f", {'it is' if late == len(there) == 1 else f'{late} of them'} late" if late else ""
        lines = self.lines[mention_id]
        title = f"{len(there)} more in this public thread{behind}"
        return Section(title=title, lines=lines, more=len(there) - len(lines))

    def place(self, row: MentionRow) -> str:
        """Return where a mention stands that has no card of its own and is not closed; empty for any other."""
        token = self.leads.get(row.id, "")
        return f"On the card of its public thread, #{token}." if token and row.status not in CLOSED else ""

    def detail(self, row: MentionRow) -> tuple[Fact, ...]:
        """Return the same for where every mention is shown by itself."""
        token = self.leads.get(row.id, "")
        return (Fact(label="", value=f"on that of #{token}"),) if token and row.status not in CLOSED else ()


def threads_of(session: Session, rows: Sequence[MentionRow], most: int) -> Threads:
    """Look up what these mentions have to do with public threads: one look-up where none has.

    Args:
        session: The transaction.
        rows: The mentions whose cards are drawn.
        most: So many of a thread are shown.
    """
    leads = {row.id: row.held_by for row in rows if row.held == Held.THREAD and row.held_by is not None}
    tokens = {row.id: row.token for row in mentions.several(session, list(set(leads.values())))} if leads else {}
    under = threads.under(session, [row.id for row in rows]) if rows else {}
    return Threads(
        under=under,
        lines=_lines(session, under, most) if under else {},
        leads={mention_id: tokens[lead_id] for mention_id, lead_id in leads.items()},
    )


def _lines(session: Session, under: Mapping[int, Sequence[Under]], most: int) -> dict[int, tuple[Line, ...]]:
    shown = {lead_id: there[:most] for lead_id, there in under.items()}
    ids = [one.mention_id for there in shown.values() for one in there]
    rows = {row.id: row for row in mentions.several(session, ids)}
    originals = mentions.originals(session, ids)
    authors = posts.authors(session, {one.author_id for one in originals.values() if one.author_id is not None})
    return {
        lead_id: tuple(_line(rows[one.mention_id], originals[one.mention_id], authors, late=one.late) for one in there)
        for lead_id, there in shown.items()
    }


def _line(row: MentionRow, post: Original, authors: Mapping[int, AuthorRow], *, late: bool) -> Line:
    author = authors.get(post.author_id or 0)
    name = shown_names(author.name, author.handle)[0] if author is not None and not author.gone else ""
    said = f"{one_line(name, _NAME)}: {in_brief(post)}" if name else in_brief(post)
    return Line(
        text=f"#{row.token} {said}{' — late' if late else ''}",
        token=row.token,
        at=post.published_at or post.ingested_at,
        link=Link(label=f"#{row.token}", url=post.url),
        button=button(claim.VERB, row, named_by(post)),
        lang=post.lang,
    )
