"""Note: a remark for colleagues, on any mention, by anybody, at any time. It never leaves the house."""

from dataclasses import dataclass

from handlers.base.cards import Field, Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import WrongInput
from handlers.base.situation import Step, always
from handlers.base.verb import Verb
from handlers.own.transition import record
from storage.own import mentions
from storage.tables.states import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteMention(MentionCommand):
    """Ask to write a remark into the log."""

    text: str


def note_mention(command: NoteMention, context: Context) -> Answer:
    """Write the remark down; neither owner nor status nor version change.

    Raises:
        WrongInput: The note is empty.
    """
    text = command.text.strip()
    if not text:
        raise WrongInput("Write a few words.", {"text": "Write a few words."})
    seen = mentions.hold(context.session, context.mention.id)  # the log says who had it at this moment
    record(context, seen, seen, Action.NOTED, text)
    return Answer(text=f"Your note on #{context.mention.token} is kept. Only colleagues can read it.")


VERB = Verb(
    name="note",
    label="Note",
    help="leave a remark for colleagues",
    command=NoteMention,
    handler=note_mention,
    when=always,
    ranks={Step.ASKING: Rank.MENU, Step.CLOSED: Rank.MENU, Step.SNOOZED: Rank.MENU},
    form=True,
    key="n",
    fields=(
        Field(name="text", label="Note", kind="text", hint="Only colleagues can read it.", example="they called us"),
    ),
)
