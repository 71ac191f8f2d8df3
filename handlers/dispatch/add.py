"""Add: an employee brings in a post that they saw, from wherever it is, by its address.

Whatever a person thought worth bringing is a mention: nothing is dropped, nothing counts as old news, and our topics
decide only who gets it. An address that we know already is answered with the card that stands. What the post says comes
from the configured source that knows the address (``bot.adding``), else from the person; an address of anywhere else is
kept and linked, and never fetched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import ClassVar
from urllib.parse import urlsplit

from handlers.base.cards import Choice, Field, Form, Notice, section
from handlers.base.command import Answer, Command, Context
from handlers.base.errors import BotError, NotAllowed, WrongInput
from handlers.base.events import Posted, content_digest
from handlers.base.organisation import Organisation, SourceRules
from handlers.channels.placement import place_cards
from handlers.listen.arrival import Arriving, add_mentions, add_posts
from handlers.listen.ingest import is_ours
from handlers.listen.route import Decision, decide
from handlers.people.people import find_department, require_employee
from handlers.report.card import state_sentence
from handlers.report.lines import draw_lines
from handlers.text.bounds import MAX_ID, MAX_TITLE, MAX_URL, clip
from handlers.text.match import Matcher, Topic
from handlers.text.urls import canonical_url
from storage.engine.database import Session
from storage.listen import posts
from storage.listen.posts import PostRow
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import PostRole

ADD = "add"
PASTED = "pasted"
TELL_US = "Nobody could fetch what stands there. Say in a few words what it is, and it becomes a card."
WHICH = "Which post? Paste its address, which begins with https:// or http://."
_MAX_TEXT = 10_000
_OURS = "That is a post of our own; what people answer to it comes in by itself."


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A post as a configured source fetched it."""

    source: str
    posted: Posted


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPost(Command):
    """Ask to bring in a post.

    Attributes:
        title: As ``text``, what the person says that it says; unused where a source fetched it.
        department: Who gets it, whatever topics say; empty = by topics, else the actor's.
        found: What a source fetched; None = the person's word is all there is.
    """

    url: str
    title: str = ""
    text: str = ""
    department: str = ""
    found: Found | None = None
    limits: ClassVar[Mapping[str, int]] = {"url": MAX_URL + 1, "text": _MAX_TEXT}


def add_post(command: AddPost, context: Context) -> Answer:
    """Make a mention of the post, log who brought it in, and place its cards; twice is once.

    Raises:
        WrongInput: It is no address, nothing says what the post is, or there is no such department.
        BotError: It is a post of ours.
    """
    session = context.session
    url = read_address(command.url)
    mentions.hold_arrivals(session)  # what a source shows at this very moment is seen here, or comes after us
    if (standing := find_standing(session, url, command.found)) is not None:
        return _answer(context, standing, f"#{standing.token} stands already.")
    known = _known_post(session, url, command.found)
    source = known.source if known else command.found.source if command.found else PASTED
    rules = context.organisation.source(source)
    posted = _posted(command, url, known)
    if (known is not None and known.role == PostRole.OURS) or is_ours(rules, posted.author):
        raise BotError(_OURS)
    if not posted.title.strip() and not posted.text.strip():
        raise WrongInput(TELL_US, {"text": "Say in a few words what it is."})
    decision = _decide(command, context, rules, posted)
    arriving = Arriving(
        session=session, source=source, now=context.now, random=context.random, via=context.via, actor=context.actor
    )
    (row,) = add_mentions(arriving, [(posted, decision)])
    if known is not None:
        news = {"title": posted.title, "text": posted.text, "digest": content_digest(posted)}
        posts.change(session, known.id, role=str(PostRole.ORIGINAL), mention_id=row.id, deleted_at=None, **news)
    else:
        canonical = {posted.external_id: canonical_url(posted.url)}
        add_posts(arriving, [(posted, PostRole.ORIGINAL, row.id)], canonical)
    place_cards(session, [row], context.organisation, context.now)
    name = context.organisation.department(decision.department).name
    return _answer(context, row, f"#{row.token} is in, for {name}.")


def read_address(url: str) -> str:
    """Return the address of a page as it was pasted, without what people leave around it.

    Raises:
        WrongInput: It is none.
    """
    address = url.strip().strip("<>")
    try:
        parts = urlsplit(address)
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    # An address that shows one host and leads to another ("https://acme.example@evil.example") is nothing to link.
    if not usable or len(address) > MAX_URL or "@" in parts.netloc or not _plain(address):
        raise WrongInput(WHICH, {"url": WHICH})
    return address


def _plain(address: str) -> bool:
    return clip(address, MAX_URL) == address and not any(
        letter.isspace() or not letter.isprintable() or letter in '<>"`|\\' for letter in address
    )


def is_news(session: Session, organisation: Organisation, asked: AddPost) -> bool:
    """Say whether it is worth fetching: an employee asks, for an address that we do not know."""
    try:
        if asked.who is not None:
            require_employee(session, asked.who, organisation)
        url = read_address(asked.url)
    except (NotAllowed, WrongInput):
        return False
    return find_standing(session, url, None) is None and _known_post(session, url, None) is None


def find_standing(session: Session, url: str, found: Found | None) -> MentionRow | None:
    """Return the mention that shows this post already, whichever source brought it."""
    for address in (url, found.posted.url if found else ""):
        canonical = canonical_url(address)
        if canonical and (row := mentions.by_url(session, canonical)) is not None:
            return row
    for source, external_id in _names(url, found):
        known = posts.known(session, source, [external_id]).get(external_id)
        if known is not None and known.mention_id is not None:
            return mentions.get(session, known.mention_id)
    return None


def _names(url: str, found: Found | None) -> list[tuple[str, str]]:
    pasted = [(PASTED, _pasted_id(url))]
    return [(found.source, found.posted.external_id), *pasted] if found else pasted


def _pasted_id(url: str) -> str:
    """Return the name of a pasted post: its address, in the one form that can be compared where it has one."""
    name = canonical_url(url) or url
    return name if len(name) <= MAX_ID else "sha256:" + sha256(name.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A post that we have, but that is no mention: it stood there before we listened, or is ours."""

    id: int
    source: str
    role: str
    posted: Posted


def _known_post(session: Session, url: str, found: Found | None) -> _Known | None:
    if found is not None:
        external_id = found.posted.external_id
        row = posts.known(session, found.source, [external_id]).get(external_id)
        if row is not None:
            return _as_known(row, found.source, found.posted)
    for address in (url, found.posted.url if found else ""):
        canonical = canonical_url(address)
        kept = posts.before_us(session, canonical) if canonical else None
        if kept is not None:
            source, row = kept
            stored = Posted(external_id=row.external_id, url=url, title=row.title, text=row.text)
            return _as_known(row, source, found.posted if found else stored)
    return None


def _as_known(row: PostRow, source: str, posted: Posted) -> _Known:
    return _Known(id=row.id, source=source, role=row.role, posted=posted)


def _posted(command: AddPost, url: str, known: _Known | None) -> Posted:
    if command.found is not None:
        return command.found.posted
    title, text = " ".join(clip(command.title, MAX_TITLE).split()), command.text.strip()
    if known is not None and (known.posted.title or known.posted.text):
        return known.posted
    if known is not None:
        return replace(known.posted, title=title, text=text)
    return Posted(external_id=_pasted_id(url), url=url, title=title, text=text)


def _decide(command: AddPost, context: Context, rules: SourceRules, posted: Posted) -> Decision:
    """Choose the department: the one that was named, else by topics, else the actor's, else the fallback."""
    if command.department.strip():
        chosen = find_department(context, command.department, field="department")
        return Decision(department=chosen.key, topic="", reason=f"A colleague brought it in for {chosen.name}.")
    matched = decide(
        _matcher(context.organisation.topics), context.organisation, replace(rules, unmatched="drop"), posted
    )
    if matched is not None:
        return replace(matched, reason=f"{matched.reason}. A colleague brought it in.")
    own = context.actor.department_id if context.actor else None
    named = {one.id: one.key for one in people.departments(context.session)}
    department = named.get(own or 0, context.organisation.fallback)
    return Decision(department=department, topic="", reason="A colleague brought it in.")


@lru_cache(maxsize=4)
def _matcher(topics: tuple[Topic, ...]) -> Matcher:
    """Build the matcher once for an organisation: a thousand terms take a while."""
    return Matcher(topics)


def _answer(context: Context, row: MentionRow, sentence: str) -> Answer:
    owner = people.names(context.session, [row.owner_id]).get(row.owner_id or 0, "")
    text = f"{sentence} {state_sentence(row, owner)}"
    lines = draw_lines(context.session, [row], verb="claim")
    return Answer(text=text, notice=Notice(title=text, text=text, sections=(section("", lines),)))


def draw_add_form(organisation: Organisation, asked: AddPost, sentence: str = "") -> Form:
    """Draw the form in which a person says what a post is; ``sentence`` is why it is asked for."""
    departments = tuple(Choice(value=one.key, label=one.name) for one in organisation.departments)
    known = {one.value for one in departments}
    return Form(
        verb=ADD,
        value="",
        title="Bring in a post",
        submit="Bring in",
        about=sentence,
        fields=(
            Field(name="url", label="Address", kind="line", initial=asked.url[:MAX_URL], limit=MAX_URL),
            Field(name="title", label="Title", kind="line", required=False, initial=asked.title[:300], limit=300),
            Field(
                name="text",
                label="What it says",
                kind="text",
                required=False,
                hint="Copy it from there, or say it in your own words.",
                initial=asked.text[:3_000],
                limit=3_000,
            ),
            Field(
                name="department",
                label="For",
                kind="choice",
                required=False,
                choices=departments,
                initial=asked.department if asked.department in known else "",
                hint="Without a choice the topics decide, else it is for your own department.",
            ),
        ),
    )
