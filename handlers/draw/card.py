"""Drawing: the card of a mention as it stands now, made from rows at the moment of sending.

Nothing of a card is stored, so it cannot be out of date: delivery reads version and content in one snapshot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.base.cards import Card, Fact, Link, one_line, origin_of
from handlers.base.media import from_json
from handlers.base.organisation import Organisation
from handlers.base.situation import Step, situation
from handlers.base.standing import said_of
from handlers.base.talk import Turn, in_its_place, latest_turns, shown_names
from handlers.draw.buttons import draw_buttons
from handlers.draw.due import draw_due
from handlers.draw.elsewhere import other_words
from handlers.draw.reply import NOTHING, ReplyShown, reply_shown
from handlers.draw.state import Standing, draw_details, draw_state, who_wrote_and_read
from handlers.draw.storm import Storms, storms_of
from handlers.draw.thread import MOST_LINES, Threads, threads_of
from handlers.draw.viewer import Looking, look
from handlers.own.clocks import asked_in, promises
from handlers.own.join import MOST_UNDER
from handlers.own.mutes import said_of_held
from handlers.report.words import NO_WORDS, Words, words_of
from handlers.suggest.shown import NO_ADVICE, Advice, advice_for
from storage.channels import messages
from storage.channels.places import Place, of_cards
from storage.engine.database import Session
from storage.listen import posts
from storage.listen.posts import AuthorRow
from storage.own import clocks, left, mentions
from storage.own.clocks import ClockRow
from storage.own.mentions import MentionRow, Original
from storage.people import people
from storage.people.people import DepartmentRow, HomeRow
from storage.reply import drafts, publications
from storage.reply.drafts import DraftRow, ReviewRow
from storage.tables.states import CLOSED, DraftState, PublicationState

MOVED = "↪️"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Where a card is being drawn; None for the desk, which shows every mention with its buttons."""

    platform: str
    channel: str


def draw_card(
    session: Session,
    mention_id: int,
    organisation: Organisation,
    seen: Seen | None = None,
    viewer_id: int | None = None,
) -> Card:
    """Draw the card of a mention for one channel: with buttons at home, without where it moved away from.

    With ``viewer_id`` it is drawn for one person alone, and offers what that person may do, all of it and nothing else.
    """
    return draw_cards(session, [mention_id], organisation, seen, viewer_id)[mention_id]


def draw_cards(
    session: Session,
    mention_ids: Sequence[int],
    organisation: Organisation,
    seen: Seen | None = None,
    viewer_id: int | None = None,
) -> dict[int, Card]:
    """Draw the cards of several mentions for one channel, with as many look-ups as one alone would need."""
    known = _look_up(session, mention_ids, organisation, seen)
    looking = look(session, organisation, viewer_id, known.waiting) if viewer_id is not None else None
    return {row.id: _draw(row, known, looking) for row in known.rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the cards of one channel are drawn from."""

    rows: list[MentionRow]
    originals: dict[int, Original]
    authors: dict[int, AuthorRow]
    departments: dict[int, DepartmentRow]
    names: dict[int, str]
    drafts: dict[int, list[DraftRow]]
    reviews: dict[int, ReviewRow]
    waiting: dict[int, PublicationState]
    left: set[int]
    turns: dict[int, Turn]
    words: dict[int, Words]
    clocks: dict[int, list[ClockRow]]
    organisation: Organisation
    homes: dict[int, list[HomeRow]]
    parked: set[tuple[str, str]]
    sightings: dict[int, list[str]]
    others: dict[int, list[Fact]]
    spare_id: int | None
    seen: Seen | None
    elsewhere: dict[int, list[Place]]
    replies: dict[int, ReplyShown]
    storms: Storms
    threads: Threads
    muted: dict[int, str]
    advice: Mapping[int, Advice]


def _look_up(session: Session, mention_ids: Sequence[int], organisation: Organisation, seen: Seen | None) -> _Known:
    rows = mentions.several(session, mention_ids)
    originals = mentions.originals(session, mention_ids)
    departments = {one.id: one for one in people.departments(session, removed=True)}
    spare = next((key for key, one in departments.items() if one.key == organisation.fallback), None)
    homes = _homes(session, seen)
    written = drafts.of_mention(session, mention_ids)
    sent_back = [one.id for several in written.values() for one in several if one.state == DraftState.CHANGES_REQUESTED]
    reviews = drafts.last_reviews(session, sent_back) if sent_back else {}
    sightings = posts.sightings(session, mention_ids)
    named = who_wrote_and_read(written, reviews)
    moved = [row.id for row in rows if seen and not _at_home(row, homes, seen)]
    return _Known(
        rows=rows,
        originals=originals,
        authors=posts.authors(session, {post.author_id for post in originals.values() if post.author_id}),
        departments=departments,
        names=people.names(session, [*(row.owner_id for row in rows), *named]),
        drafts=written,
        reviews=reviews,
        waiting=publications.waiting(session, list(written)) if written else {},
        left=left.among(session, [row.id for row in rows if row.owner_id is not None]),
        turns=latest_turns(session, mention_ids),
        words=words_of(session, mention_ids),
        clocks=clocks.of_mentions(session, mention_ids) if promises(organisation) else {},
        organisation=organisation,
        homes=homes,
        parked=messages.parked_channels(session, seen.platform) if seen else set(),
        sightings=sightings,
        others={key: other_words(session, originals[key]) for key in sightings},
        spare_id=spare,
        seen=seen,
        elsewhere=of_cards(session, moved) if moved else {},
        replies={row.id: reply_shown(session, organisation, row, written.get(row.id, [])) for row in rows},
        storms=storms_of(session, rows),
        threads=threads_of(session, rows, MOST_LINES if seen else MOST_UNDER),
        muted=said_of_held(session, rows, organisation.timezone),
        advice=advice_for(session, rows, departments) if organisation.suggests else {},
    )


def _homes(session: Session, seen: Seen | None) -> dict[int, list[HomeRow]]:
    """Return the homes on the platform for which cards are drawn, by department."""
    homes: dict[int, list[HomeRow]] = {}
    for home in people.homes(session) if seen else ():
        if seen and home.platform == seen.platform:
            homes.setdefault(home.department_id, []).append(home)
    return homes


def _draw(row: MentionRow, known: _Known, looking: Looking | None) -> Card:
    post = known.originals[row.id]
    department = known.departments[row.department_id]
    moved_to, mark = _place(row, department, known)
    standing = _standing(row, known)
    folded = known.storms.place(row) or known.threads.place(row) if known.seen else ""
    gone = f"Moved to {moved_to}." if moved_to else folded
    advice = known.advice.get(row.id, NO_ADVICE) if standing.now.step == Step.NEW else NO_ADVICE
    sign, state = (MOVED, gone) if gone else draw_state(standing, advice.why)
    reply = NOTHING if moved_to else known.replies[row.id]
    words = known.words.get(row.id, NO_WORDS)
    viewer = looking.at(row, standing, department) if looking is not None else None
    quoted, source = _quoted(row, post, known), known.organisation.source(row.source)
    card = Card(
        token=row.token,
        version=row.version,
        title=f"Mention #{row.token} for {department.name}",
        **_writer(known.authors.get(post.author_id or 0), post),
        **quoted,
        place=source.told(quoted["link"]),
        network=source.sign(quoted["link"]),
        status=row.status,
        sign=sign,
        state=state,
        details=tuple(_of_moving(words) if moved_to else _details(row, post, standing, known)),
        asides=() if moved_to else _asides(row, department, known),
        buttons=() if moved_to else draw_buttons(row, post, standing.now, reply.shown, viewer, advice),
        text="",
        brief=bool(gone) or (row.status in CLOSED and not known.storms.aside(row, department)),
        moved=bool(moved_to),
        moved_to=_new_card(row, known) if moved_to else None,
        mark=mark,
        reply=reply.text,
        origin=origin_of(post.source, post.external_id),
        under=None if gone or row.status in CLOSED else known.threads.shown(row.id),
    )
    return replace(card, text=f"{card.who}: {card.words} (#{row.token}) — {state}")


def _standing(row: MentionRow, known: _Known) -> Standing:
    written = known.drafts.get(row.id, [])
    rules = known.organisation.source(row.source)
    gone = row.id in known.left
    return Standing(
        row=row,
        now=situation(
            row,
            written,
            by_api=rules.reply.by_api,
            waits=known.waiting.get(row.id),
            left=gone,
            asked=asked_in(known.clocks.get(row.id, ())),
            folded=known.storms.left_over(row.id),
            under=known.threads.number(row.id),
        ),
        place=rules.where(known.originals[row.id].url),
        written=written,
        names=known.names,
        reviews=known.reviews,
        left=gone,
        void=known.replies[row.id].void,
    )


def _quoted(row: MentionRow, post: Original, known: _Known) -> dict[str, Any]:
    """Return what a card quotes, by its fields: the latest that the author wrote to us, and how the talk began."""
    gone = post.deleted_at is not None
    title, text = ("", in_its_place(post.external_id)) if gone else (post.title, post.text)
    turn = known.turns.get(row.id)
    if turn is not None:
        said = {"heading": "", "body": turn.words, "lang": turn.lang, "media": turn.media, "said_at": turn.at}
        return {**said, "link": turn.url or post.url, "began": one_line(title or text)}
    return {
        "heading": title,
        "body": text,
        "lang": "" if gone else post.lang,
        "media": () if gone else from_json(post.media),
        "said_at": post.published_at or post.ingested_at,
        "arrived": post.published_at is None,
        "link": post.url,
    }


def _place(row: MentionRow, department: DepartmentRow, known: _Known) -> tuple[str, str]:
    """Return where the card moved to (empty when it stands here), and why it stands here if that is not plain."""
    if known.seen is None:
        return "", ""
    here = known.seen.channel
    homes = known.homes.get(row.department_id, [])
    if _at_home(row, known.homes, known.seen):
        return "", ""
    is_spare = any(home.channel == here for home in known.homes.get(known.spare_id or 0, []))
    for home in homes:
        if (home.workspace, home.channel) in known.parked and is_spare:
            channel = f"the channel {_called(home)}".rstrip()
            return "", f"Shown here because {channel} of {department.name} cannot be reached."
    named = next((name for home in homes if (name := _called(home))), "")
    return (f"{department.name} ({named})" if named else department.name), ""


def _at_home(row: MentionRow, homes: Mapping[int, Sequence[HomeRow]], seen: Seen) -> bool:
    """Say whether a card stands in a home of its mention's department."""
    return any(home.channel == seen.channel for home in homes.get(row.department_id, ()))


def _new_card(row: MentionRow, known: _Known) -> Link | None:
    """Return where a mention's card stands now; None where it was not posted yet."""
    homes = {home.channel for home in known.homes.get(row.department_id, [])}
    places = tuple(
        (one.platform, one.channel, one.reference)
        for one in known.elsewhere.get(row.id, [])
        if one.reference and known.seen and one.platform == known.seen.platform and one.channel in homes
    )
    return Link(label="its card there", places=places) if places else None


def _called(home: HomeRow) -> str:
    """Return the name of a home; where dibs.toml names it by its id, that says nothing to anybody."""
    return home.name if home.name != home.channel else ""


def _writer(author: AuthorRow | None, post: Original) -> dict[str, Any]:
    """Return who wrote a post, by the fields of its card; of who is gone nothing."""
    if author is None or author.gone:
        return {"author": ""}
    name, handle = shown_names(author.name, author.handle)
    avatar = author.avatar if post.deleted_at is None else ""
    return {"author": name, "handle": handle, "author_url": author.url, "avatar": avatar}


def _details(row: MentionRow, post: Original, standing: Standing, known: _Known) -> list[Fact]:
    facts = draw_details(standing, known.organisation.source(row.source).charter)
    facts += [Fact(label="", value=known.muted[row.id])] if row.id in known.muted else []
    facts += known.threads.detail(row)
    if standing.now.open:
        facts += draw_due(known.clocks.get(row.id, []), standing.owner)
    facts += [Fact(label="", value=said) for said in said_of(row, deleted=post.deleted_at is not None)]
    if row.product:
        facts.append(Fact(label="about", value=row.product))
    reason = known.words.get(row.id, NO_WORDS).why_here or row.reason
    if reason and standing.now.open:
        facts.append(Fact(label="", value=reason))
    if post.edited_at and not post.deleted_at:
        facts.append(Fact(label="edited", value=post.edited_at))
    if elsewhere := known.sightings.get(row.id):
        facts.append(Fact(label="also seen at", value=", ".join(elsewhere)))
    return facts


def _of_moving(words: Words) -> list[Fact]:
    """Return who moved it and why, where a person did."""
    return [Fact(label="", value=words.why_here)] if words.why_here else []


def _asides(row: MentionRow, department: DepartmentRow, known: _Known) -> tuple[Fact, ...]:
    """Return the lines of their own: the storm that it leads, what others say of it, and what colleagues wrote."""
    words = known.words.get(row.id, NO_WORDS)
    return (*known.storms.aside(row, department), *known.others.get(row.id, ()), *_noted(words))


def _noted(words: Words) -> list[Fact]:
    """Return the last that colleagues noted."""
    return [Fact(label="", value=words.note)] if words.note else []
