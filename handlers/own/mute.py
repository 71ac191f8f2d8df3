"""Mute: what is like a mention is kept back for a time: its author, its source, its public thread, or a term.

Whoever mutes reads first what it would have held in the last thirty days and what became of that; a form that was not
read is shown again. What is muted is not thrown away: it stands held with who muted it, and is counted in the digest.
Nothing is muted for ever, which is for dibs.toml to say, and what would silence a good part of a topic wants an admin.
What it would have held is looked up on a snapshot, before the transaction that mutes: among many it takes long.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import ClassVar

from handlers.base.cards import Choice, Field, Form, Line, Rank, Section
from handlers.base.command import Answer, Asking, Context, MentionCommand, as_typed
from handlers.base.errors import BotError, NotAllowed, WrongInput
from handlers.base.situation import Step, is_open
from handlers.base.timezones import zone_of
from handlers.base.verb import Verb
from handlers.own.log_row import log_row
from handlers.own.mutes import AUTHOR, KINDS, SOURCE, TERM, THREAD, Before, Wish, is_own_word, look_back
from handlers.people.people import is_admin
from handlers.text.bounds import random_token
from handlers.text.terms import TermError, parse_term
from handlers.text.times import say_time
from storage.engine.database import touch
from storage.listen import mutes, posts, threads
from storage.own import mentions, ownership
from storage.own.threads import under as has_under
from storage.people import people
from storage.tables.states import Action

DAYS = ("1", "7", "30")
USUAL = "7"
EVERYWHERE = "all"
_IMPOSSIBLE = {
    AUTHOR: "Nobody knows who wrote #{token}, so its author cannot be muted.",
    SOURCE: "{source} is no source in dibs.toml, so nothing more comes of it.",
    THREAD: "Of #{token} it is not known that it belongs to a public thread, so none can be muted.",
}
NOT_YET = "Nothing is muted yet. Read what it would have held, then press Mute once more."


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteMention(MentionCommand):
    """Ask to keep back what is like a mention.

    Attributes:
        what: One of KINDS: by what something is like it.
        days: One of DAYS.
        term: What is looked for, where that is how.
        whose: EVERYWHERE for all departments, which is for admins; else the mention's.
        before: What was looked up by then of what it may hold.
    """

    what: str = ""
    days: str = USUAL
    term: str = ""
    whose: str = ""
    before: Mapping[Wish, Before] = field(default_factory=dict, repr=False)
    ignores_version: ClassVar[bool] = True


def look_before(command: MuteMention, context: Context) -> MuteMention:
    """Look up what the mute would have held, and where it is not read yet all that its form shows; nothing is written.

    Raises:
        WrongInput: It cannot be.
    """
    wish = _wish(command, context)
    asking = _asking(command, context, wish)
    wishes = [wish, *(() if _is_read(command, wish) else _wishes(asking, _possible(asking)))]
    before = {one: look_back(context.session, one, context.now) for one in dict.fromkeys(wishes)}
    return replace(command, before=before)


def _is_read(command: MuteMention, wish: Wish) -> bool:
    """Say whether who presses was shown what it would have held."""
    return _digest(wish) in command.shown.split(".")


def _asking(command: MuteMention, context: Context, wish: Wish) -> Asking:
    given = {"what": wish.kind, "days": command.days.strip(), "term": command.term, "whose": command.whose}
    return replace(context.asking, given=given)


def mute_mention(command: MuteMention, context: Context) -> Answer:
    """Keep back what is like the mention from now on; itself it stays as it is.

    Raises:
        WrongInput: It is not said what, or by nothing that there is, or it would hold all of a topic.
        NotAllowed: It is for an admin to do.
        BotError: It is muted already.
    """
    session = context.session
    if command.days.strip() not in DAYS:
        raise _wrong("days", f"For how many days: {', '.join(DAYS)}. For ever is for dibs.toml to say.")
    wish = _wish(command, context)
    admin = is_admin(session, context.organisation, context.person.id)
    if wish.department_id is None and not admin:
        raise NotAllowed("Only an admin mutes something for all departments.")
    before = command.before.get(wish) or look_back(session, wish, context.now)
    if before.needs_admin and not admin:
        raise NotAllowed(f"{' '.join(before.sentences)} So much is for an admin to mute.")
    if not _is_read(command, wish):
        return Answer(text=NOT_YET, form=draw_mute(_asking(command, context, wish), command.before))
    return _mute(context, wish, timedelta(days=int(command.days)))


def _mute(context: Context, wish: Wish, span: timedelta) -> Answer:
    session, mention, zone = context.session, context.mention, zone_of(context)
    mutes.hold(session)
    for one in mutes.in_force(session, context.now):
        like = (wish.kind, wish.source, wish.author, wish.thread)
        if (one.kind, one.source, one.author, one.thread) == like and (
            one.department_id in (None, wish.department_id) and (wish.kind != TERM or one.needle == wish.needle)
        ):
            ends = as_typed(context.types, f"unmute {one.token}")
            raise BotError(f"{_first_up(wish.called)} is muted already, until {say_time(one.until, zone)}. {ends}")
    row = mutes.add(
        session,
        token=random_token(context.random),
        kind=wish.kind,
        source=wish.source,
        author=wish.author,
        needle=wish.needle,
        thread=wish.thread,
        department_id=wish.department_id,
        mention_id=mention.id,
        by_id=context.person.id,
        at=context.now,
        until=context.now + span,
    )
    whose = people.department_of(session, wish.department_id).name if wish.department_id else "all departments"
    said = f"{_first_up(wish.called)}, for {whose}, until {say_time(row.until, zone)}."
    ownership.log(session, log_row(context, mention, mention, Action.MUTED, said))
    touch(session, mention.id)
    ends = f" To end it: {as_typed(context.types, f'unmute {row.token}')}" if context.types is not None else ""
    return Answer(text=f"Muted: {said} #{mention.token} stays as it is.{ends}")


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _wrong(field: str, sentence: str) -> WrongInput:
    return WrongInput(sentence, {field: sentence})


def _wish(command: MuteMention, context: Context) -> Wish:
    """Read what is to be muted.

    Raises:
        WrongInput: It cannot be, or would hold what it must not.
    """
    mention, kind = context.mention, command.what.strip().lower()
    if kind not in KINDS:
        raise _wrong("what", f"What to mute: {', '.join(KINDS)}.")
    everywhere = command.whose.strip().lower() == EVERYWHERE
    if kind == TERM:
        return Wish(
            kind=TERM, needle=_term(command.term, context), department_id=None if everywhere else mention.department_id
        )
    wish = _possible(context.asking).get(kind)
    if wish is None:
        raise _wrong("what", _IMPOSSIBLE[kind].format(token=mention.token, source=mention.source))
    return replace(wish, department_id=None) if everywhere else wish


def _term(typed: str, context: Context) -> str:
    written = typed.strip()
    if not written:
        raise _wrong("term", "Say which word or phrase. Without one this would hold everything.")
    try:
        parse_term(written)
    except TermError as error:
        raise _wrong("term", str(error)) from error
    if (topic := is_own_word(written, context.organisation.topics)) is not None:
        raise _wrong("term", f"That is what topic {topic.name} listens for: muting it would hold all of it.")
    return written


def _possible(asking: Asking) -> dict[str, Wish]:
    """Return what may be muted of a mention without typing anything: its author, and its source."""
    session, mention = asking.session, asking.mention
    post = mentions.original(session, mention.id)
    found: dict[str, Wish] = {}
    author = posts.authors(session, {post.author_id}).get(post.author_id) if post.author_id is not None else None
    listened = any(one.name == post.source for one in asking.organisation.sources)
    if author is not None and not author.gone and author.external_id and listened:
        found[AUTHOR] = Wish(
            kind=AUTHOR,
            source=post.source,
            author=author.external_id,
            needle=author.handle or author.name or "this author",
            department_id=mention.department_id,
        )
    if listened:
        found[SOURCE] = Wish(kind=SOURCE, source=post.source, department_id=mention.department_id)
        _, thread, told = threads.of_mention(session, mention.id)
        if told or has_under(session, [mention.id]):
            found[THREAD] = Wish(
                kind=THREAD,
                source=post.source,
                needle=mention.token,
                department_id=mention.department_id,
                thread=thread,
            )
    return found


def _digest(wish: Wish) -> str:
    said = "\0".join((wish.kind, wish.source, wish.author, wish.needle, str(wish.department_id), wish.thread))
    return sha256(said.encode()).hexdigest()[:16]


def _wishes(asking: Asking, possible: Mapping[str, Wish]) -> list[Wish]:
    """Return of what the form says what it would have held."""
    given = asking.given
    wishes = list(possible.values())
    if given.get("term", "").strip() and given.get("what") == TERM:
        wishes.append(Wish(kind=TERM, needle=given["term"].strip(), department_id=asking.mention.department_id))
    if given.get("whose") == EVERYWHERE:
        wishes = [replace(one, department_id=None) for one in wishes]
    return wishes


def draw_mute(asking: Asking, known: Mapping[Wish, Before] = MappingProxyType({})) -> Form:
    """Draw the form, with what each choice would have held in the last thirty days, as far as that is not known."""
    possible = _possible(asking)
    wishes = _wishes(asking, possible)
    before = [known.get(one) or look_back(asking.session, one, asking.now) for one in wishes]
    admin = asking.person_id is not None and is_admin(asking.session, asking.organisation, asking.person_id)
    row = asking.mention
    return Form(
        verb=VERB.name,
        value=f"{row.token}.{row.version}",
        title=f"Mute what is like #{row.token}",
        submit="Mute",
        fields=_fields(asking, possible, asking.given, admin=admin),
        beside=tuple(_would(one, held, admin=admin) for one, held in zip(wishes, before, strict=True)),
        shown=".".join(_digest(one) for one in wishes),
    )


def _would(wish: Wish, before: Before, *, admin: bool) -> Section:
    said = [*before.sentences, *(["So much is for an admin to mute."] * (before.needs_admin and not admin))]
    return Section(title=_first_up(wish.called), lines=tuple(Line(text=one) for one in said))


def _fields(
    asking: Asking, possible: Mapping[str, Wish], given: Mapping[str, str], *, admin: bool
) -> tuple[Field, ...]:
    labels = {AUTHOR: "What {} writes", SOURCE: "All of {}", THREAD: "What else is said in the public thread of #{}"}
    named = {AUTHOR: "needle", SOURCE: "source", THREAD: "needle"}
    choices = [
        Choice(value=kind, label=labels[kind].format(getattr(wish, named[kind]))[:75])
        for kind, wish in possible.items()
    ]
    choices.append(Choice(value=TERM, label="Whatever has the words below"))
    what = replace(_WHAT, choices=tuple(choices), initial=given.get("what") or choices[0].value)
    term = replace(_TERM, initial=given.get("term", ""))
    name = people.department_of(asking.session, asking.mention.department_id).name
    own = Choice(value="department", label=f"{name} alone")
    everywhere = Choice(value=EVERYWHERE, label="All departments")
    whose = replace(_WHOSE, choices=(own, everywhere), initial=given.get("whose") or own.value)
    return (what, replace(_DAYS, initial=given.get("days") or USUAL), term, *([whose] if admin else []))


_WHAT = Field(
    name="what",
    label="Mute",
    kind="choice",
    example=AUTHOR,
    choices=(
        Choice(value=AUTHOR, label="Its author"),
        Choice(value=SOURCE, label="Its source"),
        Choice(value=THREAD, label="Its public thread"),
        Choice(value=TERM, label="Some words"),
    ),
)
_DAYS = Field(
    name="days",
    label="For how long",
    kind="choice",
    required=False,
    choices=tuple(Choice(value=one, label=f"{one} day{'' if one == '1' else 's'}") for one in DAYS),
    initial=USUAL,
)
_TERM = Field(
    name="term",
    label="Words",
    kind="line",
    required=False,
    hint="A word, a phrase, or the beginning of a word with a star.",
    limit=200,
)
_WHOSE = Field(name="whose", label="For whom", kind="choice", required=False)
VERB = Verb(
    name="mute",
    label="Mute",
    help="keep back what is like it for some days: its author, its source, its public thread, or a term",
    command=MuteMention,
    handler=mute_mention,
    looks=look_before,
    when=is_open,
    ranks={Step.NEW: Rank.MENU, Step.KEPT_BACK: Rank.MENU},
    form=True,
    draw=draw_mute,
    fields=(_WHAT, _DAYS, _TERM, _WHOSE),
)
