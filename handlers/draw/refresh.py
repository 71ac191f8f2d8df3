"""A notice that was written earlier shows, when it is sent, what is so now."""

from dataclasses import replace

from handlers.base.cards import MAX_LINES, Button, Line, Notice
from handlers.base.command import read_value
from handlers.base.organisation import Organisation
from handlers.base.talk import in_brief
from handlers.reply.asked import how_decided
from handlers.report.lines import draw_lines, standing
from handlers.verbs import BY_NAME
from storage.engine.database import Session
from storage.own import mentions
from storage.own.mentions import MentionRow


def refresh(session: Session, organisation: Organisation, notice: Notice) -> Notice:
    """Return a stored notice with each line on a mention as it stands now; all other lines stay what they were.

    A line with a button, as digests list them, tells who has the mention and has its button where the verb still makes
    sense. A line without one that quotes the mention (a direct message) shows its text; one in our own words stays.
    What asked somebody to read a draft is one line once that is decided.
    """
    asked = next((line for part in notice.sections for line in part.lines if line.asked), None)
    if asked is not None and (said := how_decided(session, asked.asked, asked.token)):
        return Notice(title=said, text=said)
    notice = _choice(session, notice)
    lines = [line for part in notice.sections for line in part.lines if line.token and (line.button or line.quotes)]
    if not lines:
        return notice
    fresh: dict[Line, Line] = {}
    for verb in dict.fromkeys(_verb(line) for line in lines):
        fresh |= _fresh(session, [line for line in lines if _verb(line) == verb], verb)
    sections = tuple(
        replace(part, lines=tuple(fresh.get(line, line) for line in part.lines)) for part in notice.sections
    )
    return replace(notice, sections=sections)


def _choice(session: Session, notice: Notice) -> Notice:
    """Return a notice with those of its buttons on a mention that make sense now; without any, it says how that stands.

    A button keeps the words that it has there, and one that answers a question is for that question alone.
    """
    wanted = [(one, read_value(one.value)) for one in notice.buttons if one.value]
    if not wanted:
        return notice
    kept: list[Button] = [one for one in notice.buttons if not one.value]
    row: MentionRow | None = None
    for one, about in wanted:
        row = mentions.by_token(session, about.token) if about is not None else None
        verb = BY_NAME.get(one.verb)
        if row is None or verb is None:
            continue
        (line,) = draw_lines(session, [row], verb=verb)
        if line.button is not None and line.button.shown == one.shown:
            kept.append(replace(line.button, label=one.label, accessibility_label=one.accessibility_label))
    told = notice.title if kept or row is None else f"{notice.title} {standing(session, row)}"
    return replace(notice, title=told, buttons=tuple(kept))


def _verb(line: Line) -> str | None:
    return line.button.verb if line.button else None


def _fresh(session: Session, lines: list[Line], verb: str | None) -> dict[Line, Line]:
    """Draw lines that have the same verb again."""
    found: list[tuple[Line, MentionRow]] = []
    for line in lines:
        row = mentions.by_token(session, line.token)
        if row is not None:
            found.append((line, row))
    drawn: dict[Line, Line] = {}
    for start in range(0, len(found), MAX_LINES):
        some = found[start : start + MAX_LINES]
        rows = [row for _, row in some]
        originals = mentions.originals(session, [row.id for row in rows])
        offered = BY_NAME.get(verb) if verb else None
        for (line, row), now in zip(some, draw_lines(session, rows, verb=offered), strict=True):
            post = originals[row.id]
            quoted = in_brief(post)
            drawn[line] = replace(
                line,
                text=now.text if line.button else quoted,
                link=replace(now.link, label=line.link.label) if now.link and line.link else line.link,
                button=now.button,
                lang=now.lang,
            )
    return drawn
