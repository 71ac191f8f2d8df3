"""Mentions as lines of a notice, each with at most one action."""

from datetime import datetime

from handlers.base.cards import MAX_LINES, PREVIEW, Line, Link, one_line
from handlers.report.card import SOURCE_GONE, button, named_by, situation, state_sentence
from handlers.verbs import BY_NAME
from storage.channels import messages
from storage.engine.database import Session
from storage.own import mentions
from storage.own.mentions import MentionRow, Original
from storage.people import people
from storage.reply import drafts, publications
from storage.tables.states import Status


def draw_lines(
    session: Session, rows: list[MentionRow], *, verb: str | None = None, at: str = "ingested_at"
) -> list[Line]:
    """Draw mentions as the lines of a notice: what, who has it, since when, a link to the card, and one button."""
    ids = [row.id for row in rows[:MAX_LINES]]
    originals = mentions.originals(session, ids)
    names = people.names(session, [row.owner_id for row in rows[:MAX_LINES]])
    places = messages.places(session, ids)
    written = drafts.of_mention(session, ids) if verb else {}
    asking = publications.asking(session, list(written)) if written else set()
    lines = []
    for row in rows[:MAX_LINES]:
        post = originals[row.id]
        owner = names.get(row.owner_id or 0, "")
        link = Link(
            label="card",
            url=post.url,
            places=tuple((one.platform, one.channel, one.reference) for one in places.get(row.id, ()) if one.reference),
        )
        offer = BY_NAME[verb] if verb else None
        fits = offer is not None and offer.when(situation(row, written.get(row.id, ()), asking=row.id in asking))
        state = "" if row.status == Status.NEW else f" — {state_sentence(row, owner)}"
        moment: datetime = getattr(row, at)
        lines.append(
            Line(
                text=f"#{row.token} {_about(post)}{state}",
                token=row.token,
                at=moment,
                link=link,
                button=button(offer, row, named_by(post)) if offer and fits else None,
                lang=post.lang,
            )
        )
    return lines


def _about(post: Original) -> str:
    return SOURCE_GONE if post.deleted_at else one_line(post.title or post.text, PREVIEW)
