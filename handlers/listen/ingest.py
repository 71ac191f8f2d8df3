"""Ingest: what a source showed becomes posts, and mentions with cards, in the caller's one transaction.

A post is known by (source, external id) and never by its date, so feeds may repeat, shuffle and back-date. The same
address shown by another source is a sighting on the card that stands already. Where its words differ the card shows
them too (``handlers.text.restating``): who was first at an address does not speak for all who name it. A reply of ours,
and what its author answers, belong to the mention that we answered (``handlers.listen.follow_ups``); where a batch
holds both sides of a talk, what is answered is written down before its answers. An edit shows the new text and moves
nothing; a deletion takes text and pictures away, dismisses what nobody owns, and leaves what is owned to its owner.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any

from handlers.base.events import Event, Posted, content
from handlers.base.media import from_json, shown, to_json
from handlers.base.organisation import Organisation, SourceRules
from handlers.channels.placement import place_cards
from handlers.listen.appraise import Appraisals, appraise, matched
from handlers.listen.arrival import Kept, add_mentions, add_posts
from handlers.listen.batch import Batch
from handlers.listen.deletions import take_away
from handlers.listen.follow_ups import Belonging, author_answered, find_belonging, is_ours
from handlers.listen.forgotten import left_out
from handlers.listen.hold import exempt, hold_back
from handlers.listen.one_page import other_names
from handlers.listen.route import Decision
from handlers.listen.seen_there import Seen, recognise
from handlers.listen.threads import know_threads, said_of_thread, tell_of_more
from handlers.listen.waves import waves
from handlers.own.answered import answered_by_hand
from handlers.own.held import bring_forth
from handlers.text.match import Matcher
from handlers.text.same_words import reads_as
from storage.engine.database import Session, touch
from storage.listen import our_side, posts
from storage.listen.posts import Elsewhere, PostRow
from storage.own import arrivals, mentions
from storage.own.mentions import MentionRow
from storage.reply import publications
from storage.tables.states import PostRole

BATCH = 100
# What may say of a mention that is held back that it must not be.
_THEIRS = (PostRole.SIGHTING, PostRole.FOLLOW_UP)


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
        forgotten: External ids of what was removed on request, or follows that, and is not stored.
    """

    seen: int = 0
    matched: int = 0
    dropped: int = 0
    changed: int = 0
    tokens: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    left: bool = False
    forgotten: frozenset[str] = frozenset()


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
    batch = Batch(session, rules, matcher, organisation, now, random, worked_out)
    posted = {event.external_id: event for event in events if isinstance(event, Posted)}
    known = posts.known(session, rules.name, posted) if posted else {}
    changed = sum(_edit(batch, known[key], event) for key, event in posted.items() if key in known)
    fresh = [event for key, event in posted.items() if key not in known]
    canonical = {event.external_id: worked_out[event.external_id].canonical for event in fresh}
    forgotten = left_out(session, rules, fresh, canonical)
    fresh = [event for event in fresh if event.external_id not in forgotten]
    brought = _arrive_in_turns(batch, fresh, frozenset(baseline))
    gone, left = take_away(batch, events)
    return replace(brought, seen=len(fresh), changed=changed + gone, left=left, forgotten=forgotten)


def _arrive_in_turns(batch: Batch, fresh: Sequence[Posted], baseline: frozenset[str]) -> Arrival:
    brought = [_arrive(batch, wave, baseline) for wave in waves(fresh, batch.may_be_answered)]
    return Arrival(
        matched=sum(one.matched for one in brought),
        dropped=sum(one.dropped for one in brought),
        tokens=tuple(token for one in brought for token in one.tokens),
    )


@dataclass(slots=True)
class _Sorted:
    """What becomes of new posts: those that belong to something, those of ours posted by hand, and new mentions."""

    kept: list[Kept] = field(default_factory=list)
    by_hand: list[Kept] = field(default_factory=list)
    new: list[tuple[Posted, Decision]] = field(default_factory=list)
    dropped: int = 0


def _arrive(batch: Batch, fresh: list[Posted], baseline: frozenset[str]) -> Arrival:
    arrivals.begin_arrival(batch.session)
    canonical = {event.external_id: batch.appraisals[event.external_id].canonical for event in fresh}
    shown_before = _shown_before(batch, fresh, canonical)
    unmatched = {name for name, one in batch.appraisals.items() if one.decision is None}
    belonging = find_belonging(batch.session, batch.rules, fresh, unmatched)
    found = _sort(batch, fresh, belonging, shown_before, baseline)
    rows = _add_mentions(batch, found.new)
    originals: list[Kept] = [
        (event, PostRole.ORIGINAL, row.id) for (event, _), row in zip(found.new, rows, strict=True)
    ]
    kept = [*found.kept, *originals]
    know_threads(batch, [event for event, _, _ in kept])
    digests = {name: one.digest for name, one in batch.appraisals.items()}
    add_posts(batch.arriving, kept, canonical, digests, batch.threads)
    _place(batch, rows)
    _follow(batch, kept, found.by_hand, belonging)
    _look_for(batch, belonging.shown)
    _take_in_ours(batch, originals)
    return Arrival(matched=len(rows), dropped=found.dropped, tokens=tuple(row.token for row in rows))


def _add_mentions(batch: Batch, new: Sequence[tuple[Posted, Decision]]) -> list[MentionRow]:
    """Write down new mentions, those that are kept back as held."""
    held = hold_back(batch, new)
    return add_mentions(batch.arriving, said_of_thread(batch, new), held)


def _place(batch: Batch, rows: Sequence[MentionRow]) -> None:
    """Let what is not held back have its cards, and say on which others something stands."""
    place_cards(batch.session, [row for row in rows if not row.held], batch.organisation, batch.now)
    tell_of_more(batch, rows)


def _sort(
    batch: Batch,
    fresh: Sequence[Posted],
    belonging: Belonging,
    shown_before: Mapping[str, Elsewhere],
    baseline: frozenset[str],
) -> _Sorted:
    found = _Sorted()
    for event in fresh:
        decision = batch.appraisals[event.external_id].decision
        elsewhere = shown_before.get(event.external_id)
        if elsewhere is not None and elsewhere.ours and _is_our_reply(batch, event, elsewhere):
            if _recognise(batch, event, elsewhere.mention_id, by_words=False) != Seen.HAS:
                found.kept.append((event, PostRole.OURS, elsewhere.mention_id))
        elif event.external_id in belonging.ours:
            mention_id = belonging.ours[event.external_id]
            ours: Kept = (event, PostRole.OURS, mention_id)
            seen = _recognise(batch, event, mention_id, by_words=event.external_id not in belonging.alike)
            found.kept += [ours] * (seen != Seen.HAS)
            found.by_hand += [ours] * (seen == Seen.UNKNOWN and event.external_id in belonging.by_hand)
        elif (role := _role(batch, event, belonging, elsewhere, baseline)) is not None:
            found.kept.append((event, *role))
        elif decision is None:
            found.dropped += 1
        else:
            found.new.append((event, decision))
    return found


def _role(
    batch: Batch, event: Posted, belonging: Belonging, elsewhere: Elsewhere | None, baseline: frozenset[str]
) -> tuple[PostRole, int | None] | None:
    """Return what a post is that is no reply of ours to a mention; None where it may be a new mention."""
    name = event.external_id
    if is_ours(batch.rules, event.author):
        around = belonging.around.get(name)
        return (PostRole.OURS if around is None else PostRole.THREAD), around
    if name in baseline:
        return PostRole.BASELINE, None
    if name in belonging.answers:
        return PostRole.FOLLOW_UP, belonging.answers[name]
    if elsewhere is not None:
        return PostRole.SIGHTING, elsewhere.mention_id
    if name in belonging.added:
        return PostRole.FOLLOW_UP, belonging.added[name]
    return (PostRole.THREAD, belonging.around[name]) if name in belonging.around else None


def _follow(batch: Batch, kept: Sequence[Kept], by_hand: Sequence[Kept], belonging: Belonging) -> None:
    """Let what follows from new posts of mentions that we have follow: the log, the status, what shows them."""
    for one in kept:
        event, role, mention_id = one
        if mention_id is None or role == PostRole.ORIGINAL:
            continue
        row = mentions.get(batch.session, mention_id)
        # Of what its author adds before we said anything there is nobody to tell: it was not written to us.
        unasked = event.external_id in belonging.added and row.first_response_at is None
        if row.held and role in _THEIRS and exempt(batch, [event]):
            bring_forth(batch.context(row), row)
        if role == PostRole.SIGHTING or unasked:
            batch.show(mention_id)
        elif role == PostRole.FOLLOW_UP:
            author_answered(batch.context(row), event)
        elif one in by_hand:
            answered_by_hand(batch.context(row), {event.external_id})
        else:
            touch(batch.session, mention_id)


def _look_for(batch: Batch, shown: Collection[int]) -> None:
    """Let it be looked now whether the replies to these mentions stand there, which waited for moderators."""
    for mention_id in sorted(shown):
        publications.look_soon(batch.session, mention_id, batch.now)


def _recognise(batch: Batch, event: Posted, mention_id: int, *, by_words: bool) -> Seen:
    canonical = batch.appraisals[event.external_id].canonical
    others = other_names(batch.session, [event], {event.external_id: canonical})
    pages = [page for page in (canonical, *others[event.external_id]) if page]
    seen = recognise(batch.session, batch.rules.name, mention_id, event, pages, by_words=by_words)
    if seen == Seen.HAS:
        touch(batch.session, mention_id)
    return seen


def _take_in_ours(batch: Batch, originals: Sequence[Kept]) -> None:
    """Let new mentions have the replies of ours that were shown before them."""
    if not originals or not batch.rules.own_accounts:
        return
    ids = {event.external_id: mention_id for event, _, mention_id in originals if mention_id is not None}
    for name, mention_id in our_side.take_in_ours(batch.session, batch.rules.name, ids).items():
        answered_by_hand(batch.context(mentions.get(batch.session, mention_id)), {name})


def _shown_before(batch: Batch, fresh: list[Posted], canonical: dict[str, str]) -> dict[str, Elsewhere]:
    """Return what stands already under one of the addresses of each post, by external id."""
    others = other_names(batch.session, fresh, canonical)
    pages = {key: (url, *others[key]) for key, url in canonical.items()}
    shown = posts.shown_under(batch.session, batch.rules.name, {url for page in pages.values() for url in page})
    return {key: shown[url] for key, page in pages.items() for url in reversed(page) if url in shown}


def _is_our_reply(batch: Batch, event: Posted, elsewhere: Elsewhere) -> bool:
    """Say whether what stands under the address of a reply of ours is that reply: others may name any address."""
    known = elsewhere.source == batch.rules.name or is_ours(batch.rules, event.author)
    return known or reads_as(event.text, elsewhere.text)


def _edit(batch: Batch, old: PostRow, event: Posted) -> bool:
    appraisal = batch.appraisals[event.external_id]
    digest = appraisal.digest
    if old.deleted_at is not None:
        return False
    if digest == old.digest:
        _note(batch, old, event)
        return _hide(batch, old, event)
    values: dict[str, Any] = {**content(event, digest), "edited_at": batch.now}
    if old.role == PostRole.BASELINE and _matches_only_now(batch, old, event):
        decision = appraisal.decision
        new = [(event, decision)] if decision is not None else []
        rows = _add_mentions(batch, new)
        values |= {"role": str(PostRole.ORIGINAL), "mention_id": rows[0].id} if rows else {}
        posts.change(batch.session, old.id, **values)
        _place(batch, rows)
        _take_in_ours(batch, [(event, PostRole.ORIGINAL, row.id) for row in rows])
        return True
    posts.change(batch.session, old.id, **values)
    batch.show_post(old)
    return True


def _hide(batch: Batch, old: PostRow, event: Posted) -> bool:
    """Take pictures off the cards that were marked as sensitive after they came; nothing else of them is news."""
    if shown(event.media) is not None or not any(one.hidden for one in event.media) or not shown(from_json(old.media)):
        return False
    posts.change(batch.session, old.id, media=to_json(event.media))
    if old.mention_id is not None:
        batch.show(old.mention_id)
    return True


def _note(batch: Batch, old: PostRow, event: Posted) -> None:
    """Keep other facts of a post that reads as before; that is no edit, and nothing shows them."""
    if event.facts not in ("", old.facts):
        posts.change(batch.session, old.id, facts=event.facts)


def _matches_only_now(batch: Batch, old: PostRow, event: Posted) -> bool:
    appraisal = batch.appraisals[event.external_id]
    if not appraisal.matches:
        return False
    of, before = appraisal.matched_before or ("", False)
    return not (before if of == old.digest else matched(batch.matcher, batch.rules.name, old, event))
