"""Everything: all that a card has no room for: the whole text, and every verb that is possible now.

A card offers what comes next, and a menu holds few entries. So the last of them leads here: whoever wants something
rarer chooses it, and goes on in its own form, or it is done at once where it has none. It is the way to the whole of a
long post, too. On each platform it is a form like any other: a platform needs nothing of its own for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from handlers.base.cards import Choice, Field, Form, Rank, one_line
from handlers.base.command import Answer, Asking, ByToken, Context, MentionCommand
from handlers.base.errors import WrongInput
from handlers.base.forms import draw_form
from handlers.base.situation import Situation, always, situation
from handlers.base.verb import Verb, ask
from handlers.own.clocks import asked_in
from handlers.own.unfold import left_over
from handlers.reply.preconditions import Ground, load
from handlers.reply.reading import sections
from handlers.reply.reading.digests import UNREAD
from storage.own import clocks, left, threads
from storage.reply import publications

NAME = "everything"
_CHOICE = Field(name="verb", label="What do you want to do?", kind="choice", required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskEverything(MentionCommand):
    """Ask for what the card has no room for.

    Attributes:
        verb: What was chosen; empty = show what there is.
    """

    verb: str = ""


def verb_of(table: Callable[[], Sequence[Verb]]) -> Verb:
    """Return the verb that leads to all others; the table is asked for when somebody asks, since it holds this one."""

    def others() -> list[Verb]:
        return [one for one in table() if one.on_cards and not one.last]

    def draw_everything(asking: Asking) -> Form:
        ground = load(asking.session, asking.organisation, asking.mention)
        now = _situation(ground)
        choices = tuple(Choice(value=one.name, label=one.label) for one in others() if one.when(now))
        return _draw(ground, choices)

    def answer_everything(command: AskEverything, context: Context) -> Answer:
        """Show what there is, or go on with what was chosen.

        Raises:
            WrongInput: There is no such verb.
            BotError: What was chosen is refused.
        """
        if not command.verb:
            return Answer(text="Choose what you want to do.", form=draw_everything(context.asking))
        chosen = next((one for one in others() if one.name == command.verb), None)
        if chosen is None:
            raise WrongInput("There is no such thing to do.", {_CHOICE.name: "Choose one of these."})
        return _go_on(chosen, command, context)

    return Verb(
        name=NAME,
        label="More…",
        help="",
        command=AskEverything,
        handler=answer_everything,
        when=always,
        elsewhere=Rank.MENU,
        last=True,
        form=True,
        draw=draw_everything,
        fields=(_CHOICE,),
    )


def _go_on(chosen: Verb, command: AskEverything, context: Context) -> Answer:
    """Open the form of what was chosen, or do it; no reply was shown here, so none goes out before it is read."""
    if chosen.form:
        return Answer(text="", form=draw_form(chosen, context.asking))
    reference = command.reference
    if chosen.lets_out:
        version = reference.version if isinstance(reference, ByToken) else None
        reference = ByToken(context.mention.token, version, UNREAD)
    return chosen.handler(ask(chosen, reference, {}, who=command.who, via=command.via), context)


def _situation(ground: Ground) -> Situation:
    session, row = ground.session, ground.mention
    return situation(
        row,
        ground.living,
        by_api=ground.rules.reply.by_api,
        waits=publications.waiting(session, [row.id]).get(row.id),
        left=row.owner_id is not None and bool(left.among(session, [row.id])),
        asked=asked_in(clocks.of_mention(session, row.id).values()),
        folded=left_over(session, [row.id]).get(row.id, 0),
        under=len(threads.under(session, [row.id]).get(row.id, ())),
    )


def _draw(ground: Ground, choices: tuple[Choice, ...]) -> Form:
    row = ground.mention
    return Form(
        verb=NAME,
        value=f"{row.token}.{row.version}",
        title=f"More on #{row.token}",
        submit="Go on",
        fields=(replace(_CHOICE, choices=choices, required=True),),
        about=one_line(ground.post.headline),
        beside=tuple(sections.talk(ground)),
    )
