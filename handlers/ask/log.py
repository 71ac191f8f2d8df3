"""Log: who had a mention, when and why, for whoever asks."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.base.cards import Line, Notice, Section, one_line
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.verb import Verb
from handlers.report.lines import standing
from handlers.report.log import mention_log

_LOG_LINES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLog(MentionCommand):
    """Ask who had a mention, when and why."""

    asks: ClassVar[bool] = True


def answer_log(command: AskLog, context: Context) -> Answer:
    """Say who had the mention, when and why; the last fifteen rows."""
    lines = log_lines(context)
    row = context.mention
    title = f"The log of #{row.token}"
    shown = lines[-_LOG_LINES:]
    left_out = f"{len(lines) - len(shown)} earlier rows are on the desk. " if len(lines) > len(shown) else ""
    footer = left_out + standing(context.session, row)
    notice = Notice(title=title, text=title, sections=(Section(title="", lines=tuple(shown)),), footer=footer)
    return Answer(text=title, notice=notice)


def log_lines(context: Context) -> list[Line]:
    """Return every row of the mention's log in words."""
    lines = []
    for row in mention_log(context.session, context.mention.id):
        text = " · ".join(filter(None, (row.words, row.department, row.via)))
        lines.append(Line(text=f"{text}: {one_line(row.remark, 500)}" if row.remark else text, at=row.at))
    return lines


VERB = Verb(name="log", help="who had a mention, when and why", command=AskLog, handler=answer_log)
