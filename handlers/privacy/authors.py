"""Forget: text and names are removed wherever they stand, and what comes of it later is not stored.

Rows stay, so that no figure of a report changes, and the log stays provable: it holds ids and hashes. By keyed hashes
it is known what was forgotten (``handlers.listen.forgotten``); they are written first, so that nothing comes in while
the rest is removed. That goes in small transactions, of which each is whole: one that was cut short is said again, and
goes on. What is open is dismissed with a row of the log; a reply on its way is let finish first.
"""

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from handlers.base.cards import Notice
from handlers.base.command import Context, as_system
from handlers.base.errors import BotError, MentionClosed
from handlers.base.events import Author
from handlers.base.organisation import Organisation
from handlers.base.stored import from_json, to_json
from handlers.listen.follow_ups import names
from handlers.listen.forgotten import answer_by, page_of
from handlers.own.transition import Transition, transition
from storage.channels import messages
from storage.engine.database import Session, touch
from storage.listen import authors, erase, forgotten
from storage.listen.erase import Holding, Known
from storage.listen.forgotten import Thing
from storage.listen.posts import BLANK
from storage.own import arrivals, mentions
from storage.own.mentions import MentionRow
from storage.reply import publications
from storage.report import hints, suggestions
from storage.tables.states import CLOSED, Action, PostRole, Status, Via

# So many mentions, or other posts, are forgotten in one transaction.
PORTION = 25
_GONE = "What stood here was forgotten."


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Where something is forgotten, when, and why.

    Attributes:
        random: Draws the key of the hashes and the salt of remarks.
        why: What stands beside the dismissal of what is open.
        answers: What the authors of forgotten mentions write below them later is not stored either.
    """

    organisation: Organisation
    now: datetime
    random: Random
    via: Via = Via.OPERATOR
    why: str = "It was forgotten on request."
    answers: bool = True


def find_author(session: Session, organisation: Organisation, source: str, who: str) -> list[int]:
    """Return an author by what their source calls them or by their handle, on all sources of that network.

    Raises:
        BotError: Nobody, or more than one, is meant.
    """
    found = [one for one in erase.authors_called(session, source, who) if not one[1].startswith(BLANK)]
    if not found:
        raise BotError(
            f"{source} showed nobody who is called {who[:100]!r}. Name a source, and an id or a handle there."
        )
    if len(found) > 1:
        ids = ", ".join(one[1] for one in found)
        raise BotError(f"Several authors of {source} are called {who[:100]!r}. Name one by the id there: {ids}.")
    rules = organisation.source(source)
    network = [one.name for one in organisation.sources if rules.network and one.network == rules.network]
    return authors.same_as(session, found[0][0], network)


def author_holds(session: Session, author_ids: Sequence[int]) -> Holding:
    """Count what forgetting an author would remove."""
    return erase.holding(session, erase.mentions_of(session, author_ids), author_ids)


def begin_author(session: Session, forgetting: Forgetting, author_ids: Sequence[int]) -> None:
    """Let nothing of an author be stored from now on.

    Raises:
        BotError: A reply to them is on its way.
    """
    arrivals.hold_arrivals(session)
    _require_landed(session, erase.mentions_of(session, author_ids))
    who = [erase.author(session, one) for one in author_ids]
    _remember(session, forgetting, [Thing("author", source, name) for source, name, _, _ in who])


def forget_some_of_author(session: Session, forgetting: Forgetting, author_ids: Sequence[int]) -> bool:
    """Remove a portion of what an author wrote, and at the end who they are; says whether there is more.

    Raises:
        BotError: A reply to them is on its way.
    """
    if some := erase.mentions_of(session, author_ids, PORTION):
        forget_mentions(session, forgetting, some)
        return True
    if others := erase.posts_of(session, author_ids=author_ids, limit=PORTION):
        forget_posts(session, forgetting, others)
        for mention_id in sorted({one.mention_id for one in others if one.mention_id is not None}):
            _show(session, mention_id)
        return True
    for author_id in author_ids:
        _forget_author_row(session, forgetting, author_id)
    return False


def _forget_author_row(session: Session, forgetting: Forgetting, author_id: int) -> None:
    source, external_id, handle, name = erase.author(session, author_id)
    _drop_kept(session, source, [external_id, handle, name])
    rules = forgetting.organisation.source(source)
    handles = names(Author(name=name, handle=handle, external_id=external_id))
    erase.blank_author(session, author_id, {source, rules.kind}, handles, forgetting.now)


def _drop_kept(session: Session, source: str, named: Sequence[str]) -> None:
    """Let go of deliveries that could not be read and name them."""
    if theirs := kept_naming(session, source, named):
        erase.drop_kept(session, source, theirs)


def kept_naming(session: Session, source: str, named: Sequence[str]) -> list[str]:
    """Return the deliveries that could not be read and hold one of these names, plainly or as JSON writes it."""
    written = [form.encode() for one in named if one for form in (one, json.dumps(one)[1:-1])]
    kept = erase.kept_of(session, source)
    return [digest for digest, packed in kept if any(one in _unpacked(packed) for one in written)]


def _unpacked(packed: str) -> bytes:
    return zlib.decompress(base64.b64decode(packed))


def forget_mentions(
    session: Session, forgetting: Forgetting, mention_ids: Sequence[int], notices: Sequence[int] | None = None
) -> None:
    """Remove all that mentions say, and all that was written about them; what is open is dismissed.

    Where it is known which notices name them, ``notices`` spares the look.

    Raises:
        BotError: A reply to one of them is on its way.
    """
    rows = [mentions.hold(session, one) for one in sorted(mention_ids)]
    _require_landed(session, mention_ids)
    found = erase.posts_of(session, mention_ids=mention_ids)
    sent = [Thing("post", source, reference) for source, reference in erase.references(session, mention_ids)]
    _remember(session, forgetting, sent)
    forget_posts(session, forgetting, found)
    erase.blank_mentions(session, mention_ids, forgetting.now)
    hints.forget(session, mention_ids)
    for cited in suggestions.forget(session, mention_ids):
        _show(session, cited)
    called = {row.token for row in rows}
    erase.rewrite_messages(session, sorted(called), lambda body: _without(body, called), notices)
    for row in rows:
        _dismiss(session, forgetting, row)
        _show(session, row.id)


def _require_landed(session: Session, mention_ids: Sequence[int]) -> None:
    for mention_id in mention_ids:
        if publications.in_flight(session, mention_id) is not None:
            token = mentions.get(session, mention_id).token
            raise BotError(
                f"A reply to #{token} is on its way, and what was sent halfway cannot be forgotten. Let it finish, or "
                "decide about it on its card; then say this again."
            )


def forget_posts(session: Session, forgetting: Forgetting, found: Sequence[Known]) -> None:
    """Remove what posts say, and let them be known as forgotten."""
    writers = {one.mention_id: one.author for one in found if one.role == PostRole.ORIGINAL}
    things = [Thing("post", one.source, one.external_id) for one in found]
    things += [page_of(one.canonical_url) for one in found if one.role == PostRole.ORIGINAL]
    if forgetting.answers:
        things += [answer_by(one.source, one.external_id, writers.get(one.mention_id, "")) for one in found]
    _remember(session, forgetting, things)
    erase.blank_posts(session, found, forgetting.now)


def _remember(session: Session, forgetting: Forgetting, things: Sequence[Thing]) -> None:
    drawn = forgetting.random.randbytes(32).hex()
    forgotten.remember(session, [one for one in things if one.name], drawn, forgetting.now)


def _dismiss(session: Session, forgetting: Forgetting, row: MentionRow) -> None:
    def decide(seen: MentionRow) -> Transition:
        if seen.status in CLOSED:
            raise MentionClosed("It is closed.")
        return Transition(
            action=Action.DISMISSED,
            values={"status": str(Status.DISMISSED), "snoozed_until": None, "owner_id": seen.owner_id},
            remark=forgetting.why,
        )

    if row.status not in CLOSED:
        transition(_context(session, forgetting, row), decide)


def _context(session: Session, forgetting: Forgetting, row: MentionRow) -> Context:
    one = forgetting
    return as_system(session, one.organisation, one.now, one.random, via=one.via, found=row)


def _show(session: Session, mention_id: int) -> None:
    messages.say_less(session, mention_id)
    touch(session, mention_id)


def _without(body: str, called: set[str]) -> str:
    """Return the body of a notice that says nothing of these mentions; one about others, too, loses their lines."""
    notice = from_json(body)
    lines = [line for section in notice.sections for line in section.lines]
    if not {line.token for line in lines if line.token} - called:
        return to_json(Notice(title=_GONE, text=_GONE))
    raw = json.loads(body)
    for section in raw["sections"]:
        section["lines"] = [line for line in section["lines"] if line["token"] not in called]
    raw["text"] = raw["title"]
    return json.dumps(raw, ensure_ascii=False)


def find_mention(session: Session, token: str) -> MentionRow:
    """Return a mention by what it is called.

    Raises:
        BotError: There is none.
    """
    row = mentions.by_token(session, token.strip().removeprefix("#").lower())
    if row is None:
        raise BotError(f"There is no mention {token[:20]!r}. Its card shows what it is called: #k7f2x, for example.")
    return row


def forget_remark(session: Session, seq: int, *, dry_run: bool = False) -> str:
    """Remove what was typed beside a row of the log; returns what was done.

    Raises:
        BotError: Nothing was.
    """
    found = erase.has_remark(session, seq)
    if found is None:
        raise BotError(f"Nothing was typed beside row {seq} of the log.")
    mention_id, stands = found
    if not stands:
        return f"The remark of row {seq} was forgotten before."
    if dry_run:
        return f"Would remove the remark of row {seq}. Nothing was changed."
    erase.blank_remark(session, seq, mention_id)
    if mention_id is not None:
        _show(session, mention_id)
    return f"The remark of row {seq} is removed. The row and its hash stay."


def counted(holding: Holding) -> Iterator[str]:
    """Say in words how much there is."""
    one = holding
    yield f"{one.mentions} mentions ({one.open} of them open), {one.posts} posts,"
    yield f"{one.drafts} drafts, {one.replies} replies and {one.remarks} remarks"
