"""Ingest: what a source showed becomes posts, and mentions with cards, in the caller's one transaction.

A post is known by (source, external id) and never by its date, so feeds may repeat, shuffle and back-date. The same
address shown by another source is a sighting on the card that stands already. Where its words differ the card shows
them too (``handlers.text.restating``): who was first at an address does not speak for all who name it. A reply of ours,
and what its author answers, belong to the mention that we answered (``handlers.listen.follow_ups``); where a batch
holds both sides of a talk, what is answered is written down before its answers. An edit shows the new text and moves
nothing; a deletion takes text and pictures away, dismisses what nobody owns, and leaves what is owned to its owner.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from handlers.base.command import Context, as_system
from handlers.base.errors import BotError
from handlers.base.events import Author, AuthorGone, Deleted, Event, Posted, content
from handlers.base.media import from_json, shown, to_json
from handlers.base.organisation import Organisation, SourceRules
from handlers.channels.placement import place_cards
from handlers.listen.appraise import Appraisals, appraise, matched
from handlers.listen.arrival import Arriving, Kept, add_mentions, add_posts
from handlers.listen.follow_ups import Belonging, author_answered, find_belonging, names
from handlers.listen.one_page import other_names
from handlers.listen.route import Decision
from handlers.listen.seen_there import Seen, recognise
from handlers.listen.waves import waves
from handlers.own.answered import answered_by_hand
from handlers.own.transition import Transition, transition
from handlers.text.match import Matcher
from handlers.text.restating import Said
from handlers.text.same_words import reads_as
from storage.channels import messages
from storage.engine.database import Session, touch
from storage.listen import our_side, posts
from storage.listen.elsewhere import said_elsewhere
from storage.listen.posts import Elsewhere, PostRow
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.states import CLOSED, Action, PostRole, Status, Via

BATCH = 100
# So many deletions of posts fit one short transaction.
DELETED = 25
# Posts whose text stands on the card, and those that stand on the mention's page alone.
_SHOWN = (PostRole.ORIGINAL, PostRole.FOLLOW_UP, PostRole.SIGHTING)
_BESIDE = (PostRole.OURS, PostRole.THREAD)
# What a post that was deleted says and shows.
_NOTHING = {"title": "", "text": "", "media": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What one batch brought.

    Attributes:
        seen: New posts, whatever became of them.
        matched: Those that became mentions.
        dropped: Those that no topic recognised where that means to drop them.
        changed: Known posts that were edited or deleted.
        tokens: The tokens of the new mentions, for the log.
        refused: Why other posts of the same delivery could not be read, one sentence each.
        left: The same is to be written down once more: there were too many posts of somebody who left.
    """

    seen: int = 0
    matched: int = 0
    dropped: int = 0
    changed: int = 0
    tokens: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    left: bool = False


@dataclass(slots=True)
class _Batch:
    session: Session
    rules: SourceRules
    matcher: Matcher
    organisation: Organisation
    now: datetime
    random: Random
    appraisals: Appraisals

    @property
    def arriving(self) -> Arriving:
        return Arriving(session=self.session, source=self.rules.name, now=self.now, random=self.random)

    def may_be_answered(self, event: Posted) -> bool:
        """Say whether a new post may become a mention or a turn of a talk, so that its answers may belong to it."""
        mention = self.appraisals[event.external_id].decision is not None
        return mention or bool(event.reply_to) or is_ours(self.rules, event.author)


def ingest(
    session: Session,
    rules: SourceRules,
    matcher: Matcher,
    organisation: Organisation,
    events: Sequence[Event],
    now: datetime,
    random: Random,
    *,
    baseline: Collection[str] = (),
    appraisals: Appraisals | None = None,
) -> Arrival:
    """Write down what a source showed.

    Args:
        session: The transaction.
        rules: The source.
        matcher: All topics.
        organisation: Where mentions go.
        events: At most 100, oldest first.
        now: This moment.
        random: Draws the tokens.
        baseline: External ids that only count as known from now on and become no mention.
        appraisals: What was worked out of the events already.
    """
    worked_out = appraise(matcher, organisation, rules, events) if appraisals is None else appraisals
    batch = _Batch(session, rules, matcher, organisation, now, random, worked_out)
    posted = {event.external_id: event for event in events if isinstance(event, Posted)}
    known = posts.known(session, rules.name, posted) if posted else {}
    changed = sum(_edit(batch, known[key], event) for key, event in posted.items() if key in known)
    fresh = [event for key, event in posted.items() if key not in known]
    brought = [_arrive(batch, wave, frozenset(baseline)) for wave in waves(fresh, batch.may_be_answered)]
    gone, left = _take_away(batch, events)
    return Arrival(
        seen=len(fresh),
        matched=sum(one.matched for one in brought),
        dropped=sum(one.dropped for one in brought),
        changed=changed + gone,
        tokens=tuple(token for one in brought for token in one.tokens),
        left=left,
    )


def _take_away(batch: _Batch, events: Sequence[Event]) -> tuple[int, bool]:
    """Write down what was deleted; returns how many posts that were, and whether there are more."""
    session, name = batch.session, batch.rules.name
    gone, left = 0, False
    for event in events:
        if isinstance(event, Deleted):
            gone += _delete_all(batch, list(posts.known(session, name, [event.external_id]).values()))
        elif isinstance(event, AuthorGone):
            theirs = posts.of_author(session, name, event.author_external_id, limit=DELETED + 1)
            gone += _delete_all(batch, theirs[:DELETED])
            left |= len(theirs) > DELETED
            posts.blank_author(session, name, event.author_external_id)
    return gone, left


def _arrive(batch: _Batch, fresh: list[Posted], baseline: frozenset[str]) -> Arrival:
    if not fresh:
        return Arrival()
    mentions.begin_arrival(batch.session)
    canonical = {event.external_id: batch.appraisals[event.external_id].canonical for event in fresh}
    shown = _shown_before(batch, fresh, canonical)
    unmatched = {name for name, one in batch.appraisals.items() if one.decision is None}
    belonging = find_belonging(batch.session, batch.rules, fresh, unmatched)
    kept: list[Kept] = []
    by_hand: list[Kept] = []
    new: list[tuple[Posted, Decision]] = []
    dropped = 0
    for event in fresh:
        decision = batch.appraisals[event.external_id].decision
        elsewhere = shown.get(event.external_id)
        if elsewhere is not None and elsewhere.ours and _is_our_reply(batch, event, elsewhere):
            if _recognise(batch, event, elsewhere.mention_id, by_words=False) != Seen.HAS:
                kept.append((event, PostRole.OURS, elsewhere.mention_id))
        elif event.external_id in belonging.ours:
            ours: Kept = (event, PostRole.OURS, belonging.ours[event.external_id])
            may_be = event.external_id in belonging.by_hand
            seen = _recognise(batch, event, belonging.ours[event.external_id], by_words=True) if may_be else Seen.KNOWN
            kept += [ours] * (seen != Seen.HAS)
            by_hand += [ours] * (seen == Seen.UNKNOWN)
        elif is_ours(batch.rules, event.author):
            around = belonging.around.get(event.external_id)
            kept.append((event, PostRole.OURS if around is None else PostRole.THREAD, around))
        elif event.external_id in baseline:
            kept.append((event, PostRole.BASELINE, None))
        elif event.external_id in belonging.answers:
            kept.append((event, PostRole.FOLLOW_UP, belonging.answers[event.external_id]))
        elif elsewhere is not None:
            kept.append((event, PostRole.SIGHTING, elsewhere.mention_id))
        elif event.external_id in belonging.added:
            kept.append((event, PostRole.FOLLOW_UP, belonging.added[event.external_id]))
        elif event.external_id in belonging.around:
            kept.append((event, PostRole.THREAD, belonging.around[event.external_id]))
        elif decision is None:
            dropped += 1
        else:
            new.append((event, decision))
    rows = add_mentions(batch.arriving, new)
    originals: list[Kept] = [(event, PostRole.ORIGINAL, row.id) for (event, _), row in zip(new, rows, strict=True)]
    kept += originals
    add_posts(batch.arriving, kept, canonical, {name: one.digest for name, one in batch.appraisals.items()})
    place_cards(batch.session, rows, batch.organisation, batch.now)
    _follow(batch, kept, by_hand, belonging)
    _take_in_ours(batch, originals)
    return Arrival(matched=len(rows), dropped=dropped, tokens=tuple(row.token for row in rows))


def _follow(batch: _Batch, kept: Sequence[Kept], by_hand: Sequence[Kept], belonging: Belonging) -> None:
    """Let what follows from new posts of mentions that we have follow: the log, the status, what shows them."""
    for one in kept:
        event, role, mention_id = one
        if mention_id is None or role == PostRole.ORIGINAL:
            continue
        row = mentions.get(batch.session, mention_id)
        # Of what its author adds before we said anything there is nobody to tell: it was not written to us.
        unasked = event.external_id in belonging.added and row.first_response_at is None
        if role == PostRole.SIGHTING or unasked:
            _show(batch, mention_id)
        elif role == PostRole.FOLLOW_UP:
            author_answered(_context(batch, row), event)
        elif one in by_hand:
            answered_by_hand(_context(batch, row), {event.external_id})
        else:
            touch(batch.session, mention_id)


def _recognise(batch: _Batch, event: Posted, mention_id: int, *, by_words: bool) -> Seen:
    canonical = batch.appraisals[event.external_id].canonical
    others = other_names(batch.session, [event], {event.external_id: canonical})
    pages = [page for page in (canonical, *others[event.external_id]) if page]
    seen = recognise(batch.session, batch.rules.name, mention_id, event, pages, by_words=by_words)
    if seen == Seen.HAS:
        touch(batch.session, mention_id)
    return seen


def _take_in_ours(batch: _Batch, originals: Sequence[Kept]) -> None:
    """Let new mentions have the replies of ours that were shown before them."""
    if not originals or not batch.rules.own_accounts:
        return
    ids = {event.external_id: mention_id for event, _, mention_id in originals if mention_id is not None}
    for name, mention_id in our_side.take_in_ours(batch.session, batch.rules.name, ids).items():
        answered_by_hand(_context(batch, mentions.get(batch.session, mention_id)), {name})


def _shown_before(batch: _Batch, fresh: list[Posted], canonical: dict[str, str]) -> dict[str, Elsewhere]:
    """Return what stands already under one of the addresses of each post, by external id."""
    others = other_names(batch.session, fresh, canonical)
    pages = {key: (url, *others[key]) for key, url in canonical.items()}
    shown = posts.shown_under(batch.session, batch.rules.name, {url for page in pages.values() for url in page})
    return {key: shown[url] for key, page in pages.items() for url in reversed(page) if url in shown}


def _is_our_reply(batch: _Batch, event: Posted, elsewhere: Elsewhere) -> bool:
    """Say whether what stands under the address of a reply of ours is that reply: others may name any address."""
    known = elsewhere.source == batch.rules.name or is_ours(batch.rules, event.author)
    return known or reads_as(event.text, elsewhere.text)


def is_ours(rules: SourceRules, author: Author) -> bool:
    """Say whether we wrote it ourselves: our own accounts are never mentions."""
    return not names(author).isdisjoint(rules.own_accounts)


def _edit(batch: _Batch, old: PostRow, event: Posted) -> bool:
    appraisal = batch.appraisals[event.external_id]
    digest = appraisal.digest
    if old.deleted_at is not None:
        return False
    if digest == old.digest:
        return _hide(batch, old, event)
    values: dict[str, Any] = {**content(event, digest), "edited_at": batch.now}
    if old.role == PostRole.BASELINE and _matches_only_now(batch, old, event):
        decision = appraisal.decision
        rows = add_mentions(batch.arriving, [(event, decision)]) if decision is not None else []
        values |= {"role": str(PostRole.ORIGINAL), "mention_id": rows[0].id} if rows else {}
        posts.change(batch.session, old.id, **values)
        place_cards(batch.session, rows, batch.organisation, batch.now)
        _take_in_ours(batch, [(event, PostRole.ORIGINAL, row.id) for row in rows])
        return True
    posts.change(batch.session, old.id, **values)
    _show_post(batch, old)
    return True


def _hide(batch: _Batch, old: PostRow, event: Posted) -> bool:
    """Take pictures off the cards that were marked as sensitive after they came; nothing else of them is news."""
    if shown(event.media) is not None or not any(one.hidden for one in event.media) or not shown(from_json(old.media)):
        return False
    posts.change(batch.session, old.id, media=to_json(event.media))
    if old.mention_id is not None:
        _show(batch, old.mention_id)
    return True


def _matches_only_now(batch: _Batch, old: PostRow, event: Posted) -> bool:
    appraisal = batch.appraisals[event.external_id]
    if not appraisal.matches:
        return False
    of, before = appraisal.matched_before or ("", False)
    return not (before if of == old.digest else matched(batch.matcher, old, event))


def _show_post(batch: _Batch, post: PostRow) -> None:
    """Let what shows a post be drawn again: cards, or the page of its mention alone."""
    if post.mention_id is not None and post.role in _SHOWN:
        _show(batch, post.mention_id)
    elif post.mention_id is not None and post.role in _BESIDE:
        touch(batch.session, post.mention_id)


def _show(batch: _Batch, mention_id: int) -> None:
    """Let the cards of a mention be drawn again; its version does not rise, nothing changed hands."""
    messages.touch(batch.session, mention_id, by_person=False)
    touch(batch.session, mention_id)


def _delete_all(batch: _Batch, gone: list[PostRow]) -> int:
    there = [post for post in gone if post.deleted_at is None]
    for post in there:
        posts.change(batch.session, post.id, **_NOTHING, deleted_at=batch.now)
        if post.role == PostRole.ORIGINAL and post.mention_id is not None:
            _forget_repeats(batch, post, post.mention_id)
            _dismiss_unowned(batch, post.mention_id)
        _show_post(batch, post)
    return len(there)


def _forget_repeats(batch: _Batch, gone: PostRow, mention_id: int) -> None:
    """Take the words of a deleted post away where other sources repeated them; what those said otherwise stays."""
    said = Said([(gone.title, gone.text)])
    for one in said_elsewhere(batch.session, mention_id):
        if said.holds(one.title, one.text, one.url):
            posts.change(batch.session, one.id, **_NOTHING, deleted_at=batch.now)


def _dismiss_unowned(batch: _Batch, mention_id: int) -> None:
    row = mentions.get(batch.session, mention_id)
    if row.owner_id is not None or row.status in CLOSED:
        return

    def decide_again(seen: MentionRow) -> Transition:
        if seen.owner_id is not None or seen.status in CLOSED:
            raise BotError("Somebody was quicker; what is owned stays with its owner.")
        values = {"status": str(Status.DISMISSED), "snoozed_until": None}
        return Transition(action=Action.DISMISSED, values=values, remark="The author deleted the post.")

    with suppress(BotError):
        transition(_context(batch, row), decide_again)


def _context(batch: _Batch, found: MentionRow) -> Context:
    return as_system(batch.session, batch.organisation, batch.now, batch.random, via=Via.SOURCE, found=found)
