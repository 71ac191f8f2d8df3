"""Add: an employee brings in a post that they saw, from wherever it is, by its address.

Whatever a person thought worth bringing is a mention: nothing is dropped, nothing counts as old news, and our topics
decide only who gets it. An address that we know already is answered with the card that stands. What the post says comes
from the configured source that knows the address, else from the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from handlers.base.cards import Choice, Field, Form, Notice, section
from handlers.base.command import Answer, Asking, Context, PostCommand
from handlers.base.errors import BotError, WrongInput
from handlers.base.events import Posted, content
from handlers.base.organisation import SourceRules
from handlers.base.verb import ADDRESS, On, Shortcut, Verb
from handlers.channels.placement import place_cards
from handlers.listen.arrival import Arriving, add_mentions, add_posts
from handlers.listen.follow_ups import is_ours
from handlers.listen.forgotten import left_out
from handlers.listen.hints import suppose
from handlers.listen.pasted import PASTED, KnownPost, find_standing, known_post, pasted_id, read_address
from handlers.listen.route import Decision, decide
from handlers.own import claim
from handlers.own.held import bring_forth
from handlers.people.people import find_department
from handlers.report.lines import draw_lines, standing
from handlers.text.bounds import MAX_TITLE, MAX_URL, clip
from handlers.text.match import Matcher, Topic
from handlers.text.urls import canonical_url
from storage.listen import posts
from storage.own import arrivals, mentions
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import Held, PostRole

TELL_US = "Nobody could fetch what stands there. Say in a few words what it is, and it becomes a card."
_MAX_TEXT = 10_000
_FORGOTTEN = "That was forgotten on request, or who wrote it was. It is not stored again."
_OURS = "That is a post of our own; what people answer to it comes in by itself."


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPost(PostCommand):
    """Ask to bring in a post.

    Attributes:
        title: As ``text``, what the person says that it says; unused where a source fetched it.
        department: Who gets it, whatever topics say; empty = by topics, else the actor's.
    """

    title: str = ""
    text: str = ""
    department: str = ""
    limits: ClassVar[Mapping[str, int]] = {"url": MAX_URL + 1, "text": _MAX_TEXT}


def add_post(command: AddPost, context: Context) -> Answer:
    """Make a mention of the post, log who brought it in, and place its cards; twice is once.

    Raises:
        WrongInput: It is no address, nothing says what the post is, or there is no such department.
        BotError: It is a post of ours, or was forgotten.
    """
    session = context.session
    url = read_address(command.url)
    arrivals.hold_arrivals(session)  # what a source shows at this very moment is seen here, or comes after us
    if (standing := find_standing(session, url, command.found)) is not None:
        if bring_forth(context, standing):  # what a person brings in is never kept back
            elsewhere = standing.held == Held.THREAD
            was = "stood on another card, and has its own" if elsewhere else "was held back, and has its card"
            return _answer(context, mentions.get(session, standing.id), f"#{standing.token} {was} now.")
        return _answer(context, standing, f"#{standing.token} stands already.")
    known = known_post(session, url, command.found)
    source = known.source if known else command.found.source if command.found else PASTED
    rules = context.organisation.source(source)
    posted = _posted(command, url, known)
    if (known is not None and known.role == PostRole.OURS) or is_ours(rules, posted.author):
        raise BotError(_OURS)
    if left_out(session, rules, [posted], {posted.external_id: canonical_url(posted.url)}):
        raise BotError(_FORGOTTEN)
    if not posted.title.strip() and not posted.text.strip():
        raise WrongInput(TELL_US, {"text": "Say in a few words what it is."})
    decision = _decide(command, context, rules, posted)
    arriving = _arriving(context, source)
    (row,) = add_mentions(arriving, [(posted, decision)])
    if known is not None:
        news = content(posted)
        if command.found is None:  # what a row has of it is not read back
            del news["media"]
        posts.change(session, known.id, role=str(PostRole.ORIGINAL), mention_id=row.id, deleted_at=None, **news)
    else:
        canonical = {posted.external_id: canonical_url(posted.url)}
        add_posts(arriving, [(posted, PostRole.ORIGINAL, row.id)], canonical)
    place_cards(session, [row], context.organisation, context.now)
    name = context.organisation.department(decision.department).name
    return _answer(context, row, f"#{row.token} is in, for {name}.")


def _arriving(context: Context, source: str) -> Arriving:
    return Arriving(
        session=context.session,
        organisation=context.organisation,
        source=source,
        now=context.now,
        random=context.random,
        via=context.via,
        actor=context.actor,
    )


def _posted(command: AddPost, url: str, known: KnownPost | None) -> Posted:
    if command.found is not None:
        return command.found.posted
    title, text = " ".join(clip(command.title, MAX_TITLE).split()), command.text.strip()
    if known is not None and (known.posted.title or known.posted.text):
        return known.posted
    if known is not None:
        return replace(known.posted, title=title, text=text)
    return Posted(external_id=pasted_id(url), url=url, title=title, text=text)


def _decide(command: AddPost, context: Context, rules: SourceRules, posted: Posted) -> Decision:
    """Choose the department: the one that was named, else by topics, else the actor's, else the fallback."""
    organisation = context.organisation
    if command.department.strip():
        chosen = find_department(context, command.department, field="department")
        hints = suppose(organisation.configured(chosen.key), posted.title, posted.text)
        reason = f"A colleague brought it in for {chosen.name}."
        return Decision(department=chosen.key, topic="", reason=reason, hints=hints)
    matched = decide(_matcher(organisation.topics), organisation, replace(rules, unmatched="drop"), posted)
    if matched is not None:
        return replace(matched, reason=f"{matched.reason}. A colleague brought it in.")
    own = context.actor.department_id if context.actor else None
    named = {one.id: one.key for one in people.departments(context.session)}
    department = named.get(own or 0, organisation.fallback)
    hints = suppose(organisation.configured(department), posted.title, posted.text)
    return Decision(department=department, topic="", reason="A colleague brought it in.", hints=hints)


@lru_cache(maxsize=4)
def _matcher(topics: tuple[Topic, ...]) -> Matcher:
    """Build the matcher once for an organisation: a thousand terms take a while."""
    return Matcher(topics)


def _answer(context: Context, row: MentionRow, sentence: str) -> Answer:
    text = f"{sentence} {standing(context.session, row)}"
    lines = draw_lines(context.session, [row], verb=claim.VERB)
    return Answer(text=text, notice=Notice(title=text, text=text, sections=(section("", lines),)))


def draw_add(asking: Asking) -> Form:
    """Draw the form in which a person says what a post is, with what they said so far."""
    departments = tuple(Choice(value=one.key, label=one.name) for one in asking.organisation.departments)
    initial = {one.name: asking.given.get(one.name, "")[: one.limit] for one in _ASKED}
    if initial[_DEPARTMENT.name] not in {one.value for one in departments}:
        initial[_DEPARTMENT.name] = ""
    fields = tuple(replace(one, initial=initial[one.name]) for one in _ASKED)
    return Form(
        verb=VERB.name,
        value="",
        title="Bring in a post",
        submit="Bring in",
        about=asking.why,
        fields=tuple(replace(one, choices=departments) if one.kind == "choice" else one for one in fields),
    )


_DEPARTMENT = Field(
    name="department",
    label="For",
    kind="choice",
    required=False,
    hint="Without a choice the topics decide, else it is for your own department.",
)
_TITLE = Field(name="title", label="Title", kind="line", required=False, limit=300)
_TEXT = Field(
    name="text",
    label="What it says",
    kind="text",
    required=False,
    hint="Copy it from there, or say it in your own words.",
    limit=3_000,
)
# As its form has them; a command may say more, and the text stands where it is typed.
_ASKED = (replace(ADDRESS, limit=MAX_URL), _TITLE, _TEXT, _DEPARTMENT)
VERB = Verb(
    name="add",
    label="Bring in a post",
    help="bring in a post that you saw somewhere",
    command=AddPost,
    handler=add_post,
    on=On.POST,
    form=True,
    draw=draw_add,
    fields=(ADDRESS, replace(_TEXT, limit=_MAX_TEXT), _TITLE, _DEPARTMENT),
    shortcut=Shortcut("Bring this in", "Make a mention of the post that this message links to"),
)
