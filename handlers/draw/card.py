"""Drawing: the card of a mention as it stands now, made from rows at the moment of sending.

Nothing of a card is stored, so it cannot be out of date: delivery reads version and content in one snapshot.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.base.cards import Button, Card, Fact, one_line
from handlers.base.organisation import Organisation, SourceRules
from handlers.base.verb import STAGES, Situation, Verb, button, situation
from handlers.draw.reply import NOTHING, ReplyShown, reply_shown
from handlers.report.lines import SOURCE_GONE, named_by, state_sentence
from handlers.text.restating import Said
from handlers.verbs import ON_CARDS
from storage.channels import messages
from storage.engine.database import Session
from storage.listen import posts
from storage.listen.elsewhere import Saying, our_words, said_elsewhere
from storage.listen.posts import AuthorRow, FollowUp
from storage.own import left, mentions
from storage.own.mentions import MentionRow, Original
from storage.people import people
from storage.people.people import DepartmentRow, HomeRow
from storage.reply import drafts, publications
from storage.reply.drafts import DraftRow
from storage.tables.states import DraftState, Status

FOLLOW_UP = 300
# What is said behind the sentence; the first that is so.
_GOING = {
    DraftState.UNCLEAR: "It is unclear whether the reply stands there: somebody has to look.",
    DraftState.PUBLISHING: "The reply is on its way.",
}
MOST_PROMINENT = 5
ELSEWHERE = "Another source says of this address"
OTHER_WORDS, MOST_OTHERS = 200, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Where a card is being drawn; None for the desk, which shows every mention with its buttons."""

    platform: str
    channel: str


def draw_card(session: Session, mention_id: int, organisation: Organisation, seen: Seen | None = None) -> Card:
    """Draw the card of a mention for one channel: with buttons at home, without where it moved away from."""
    return draw_cards(session, [mention_id], organisation, seen)[mention_id]


def draw_cards(
    session: Session, mention_ids: Sequence[int], organisation: Organisation, seen: Seen | None = None
) -> dict[int, Card]:
    """Draw the cards of several mentions for one channel, with as many look-ups as one alone would need."""
    known = _look_up(session, mention_ids, organisation, seen)
    return {row.id: _draw(row, known) for row in known.rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the cards of one channel are drawn from."""

    rows: list[MentionRow]
    originals: dict[int, Original]
    authors: dict[int, AuthorRow]
    departments: dict[int, DepartmentRow]
    names: dict[int, str]
    drafts: dict[int, list[DraftRow]]
    asking: set[int]
    left: set[int]
    follow_ups: dict[int, FollowUp]
    organisation: Organisation
    homes: dict[int, list[HomeRow]]
    parked: set[tuple[str, str]]
    sightings: dict[int, list[str]]
    others: dict[int, list[Fact]]
    spare_id: int | None
    seen: Seen | None
    replies: dict[int, ReplyShown]


def _look_up(session: Session, mention_ids: Sequence[int], organisation: Organisation, seen: Seen | None) -> _Known:
    rows = mentions.several(session, mention_ids)
    originals = mentions.originals(session, mention_ids)
    departments = {one.id: one for one in people.departments(session, removed=True)}
    spare = next((key for key, one in departments.items() if one.key == organisation.fallback), None)
    homes: dict[int, list[HomeRow]] = {}
    for home in people.homes(session) if seen else ():
        if seen and home.platform == seen.platform:
            homes.setdefault(home.department_id, []).append(home)
    written = drafts.of_mention(session, mention_ids)
    sightings = posts.sightings(session, mention_ids)
    answered = [row.id for row in rows if row.first_response_at is not None or row.id in written]
    writers = [one.person_id for several in written.values() for one in several]
    return _Known(
        rows=rows,
        originals=originals,
        authors=posts.authors(session, {post.author_id for post in originals.values() if post.author_id}),
        departments=departments,
        names=people.names(session, [*(row.owner_id for row in rows), *writers]),
        drafts=written,
        asking=publications.asking(session, list(written)) if written else set(),
        left=left.among(session, [row.id for row in rows if row.owner_id is not None]),
        follow_ups=posts.latest_follow_ups(session, answered) if answered else {},
        organisation=organisation,
        homes=homes,
        parked=messages.parked_channels(session, seen.platform) if seen else set(),
        sightings=sightings,
        others={key: _other_words(session, originals[key]) for key in sightings},
        spare_id=spare,
        seen=seen,
        replies={row.id: reply_shown(session, organisation, row, written.get(row.id, [])) for row in rows},
    )


def _draw(row: MentionRow, known: _Known) -> Card:
    post = known.originals[row.id]
    author = known.authors.get(post.author_id or 0)
    department = known.departments[row.department_id]
    moved_to, mark = _place(row, department, known)
    written = known.drafts.get(row.id, [])
    rules = known.organisation.source(row.source)
    state = f"Moved to {moved_to}." if moved_to else _state(row, written, known)
    now = situation(row, written, by_api=rules.reply.by_api, asking=row.id in known.asking, left=row.id in known.left)
    reply = NOTHING if moved_to else known.replies[row.id]
    gone = post.deleted_at is not None
    body = SOURCE_GONE if gone else post.text
    title = f"Mention #{row.token} for {department.name}"
    return Card(
        token=row.token,
        version=row.version,
        title=title,
        heading="" if gone else post.title,
        body=body,
        lang="" if gone else post.lang,
        author=author_name(author),
        author_url=author.url if author else "",
        link=post.url,
        source=post.source,
        state=state,
        status=row.status,
        facts=() if moved_to else (*_facts(row, post, known), *_replies(row, rules, written, known)),
        buttons=() if moved_to else _buttons(row, post, now, reply.shown),
        text=f"{title} from {author_name(author) or post.source}: {one_line(post.title or body)} — {state}",
        published_at=post.published_at,
        moved=bool(moved_to),
        mark=mark,
        reply=reply.text,
    )


def _place(row: MentionRow, department: DepartmentRow, known: _Known) -> tuple[str, str]:
    """Return where the card moved to (empty when it stands here), and why it stands here if that is not plain."""
    if known.seen is None:
        return "", ""
    here = known.seen.channel
    homes = known.homes.get(row.department_id, [])
    if any(home.channel == here for home in homes):
        return "", ""
    is_spare = any(home.channel == here for home in known.homes.get(known.spare_id or 0, []))
    for home in homes:
        if (home.workspace, home.channel) in known.parked and is_spare:
            channel = f"the channel {_called(home)}".rstrip()
            return "", f"Shown here because {channel} of {department.name} cannot be reached."
    named = next((name for home in homes if (name := _called(home))), "")
    return (f"{department.name} ({named})" if named else department.name), ""


def _called(home: HomeRow) -> str:
    """Return the name of a home; where dibs.toml names it by its id, that says nothing to anybody."""
    return home.name if home.name != home.channel else ""


def author_name(author: AuthorRow | None) -> str:
    """Return how an author is shown: name and handle where they differ."""
    if author is None or author.gone:
        return ""
    handle = f"@{author.handle.removeprefix('@')}" if author.handle else ""
    if author.name and handle and author.name != author.handle:
        return f"{author.name} ({handle})"
    return author.name or handle


def _state(row: MentionRow, written: Sequence[DraftRow], known: _Known) -> str:
    standing = state_sentence(row, known.names.get(row.owner_id or 0, ""), left=row.id in known.left)
    states = {one.state for one in written}
    return next((f"{standing} {said}" for state, said in _GOING.items() if state in states), standing)


def _replies(row: MentionRow, rules: SourceRules, written: Sequence[DraftRow], known: _Known) -> list[Fact]:
    follow_up = known.follow_ups.get(row.id)
    facts = [Fact(label="The author answered", value=one_line(follow_up.text, FOLLOW_UP))] if follow_up else []
    facts += [Fact(label="Charter", value=rules.charter.line)] if rules.charter.written else []
    if written:
        who = [_drafting(known.names[one.person_id], DraftState(one.state)) for one in written]
        facts.append(Fact(label="Drafting", value=", ".join(who)))
    if void := known.replies[row.id].void:
        facts.append(Fact(label="To be read again", value=void))
    return facts


def _drafting(name: str, state: DraftState) -> str:
    return f"{name} ({STAGES[state]})" if state in STAGES else name


def _facts(row: MentionRow, post: Original, known: _Known) -> tuple[Fact, ...]:
    elsewhere = known.sightings.get(row.id, [])
    facts = [Fact(label="Why here", value=row.reason)] if row.reason else []
    facts += known.others.get(row.id, [])
    if row.snoozed_until and row.status == Status.SNOOZED:
        facts.append(Fact(label="Snoozed until", value=row.snoozed_until))
    if post.edited_at and not post.deleted_at:
        facts.append(Fact(label="Edited", value=post.edited_at))
    if elsewhere:
        facts.append(Fact(label="Also seen at", value=", ".join(elsewhere)))
    return tuple(facts)


def _other_words(session: Session, post: Original) -> list[Fact]:
    """Return what other sources say under the address of a post in words that are not its own, nor ours."""
    said = Said([(post.title, post.text), *our_words(session, post.mention_id)])
    others: dict[str, Saying] = {}
    for one in said_elsewhere(session, post.mention_id):
        words = one_line(f"{one.title} {one.text}".strip(), OTHER_WORDS)
        if words and not said.holds(one.title, one.text, one.url):
            others.setdefault(words, one)
    facts = [Fact(label=ELSEWHERE, value=f"“{words}” ({_by(one)})") for words, one in others.items()]
    more = len(facts) - MOST_OTHERS
    return facts if more <= 0 else [*facts[:MOST_OTHERS], Fact(label=ELSEWHERE, value=f"and {more} more")]


def _by(one: Saying) -> str:
    name = one.name or one.handle
    return f"{one_line(name, 60)}, {one.source}" if name else one.source


def offered(now: Situation) -> tuple[Verb, ...]:
    """Return the verbs that make sense for a mention as it stands."""
    return tuple(verb for verb in ON_CARDS if verb.when(now))


def _buttons(row: MentionRow, post: Original, now: Situation, shown: str) -> tuple[Button, ...]:
    """Return a button for each verb that makes sense now, a few of them prominent; ``shown`` is for who lets it out."""
    drawn: list[Button] = []
    room = MOST_PROMINENT
    about = named_by(post)
    for verb in offered(now):
        prominent = room > 0 and verb.prominent(now)
        room -= prominent
        drawn.append(button(verb, row, about, prominent=prominent, shown=shown))
    return tuple(drawn)
