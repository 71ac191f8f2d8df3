"""Follow: what belongs to the talk of a mention that we have is a post of that mention, never a new card.

Four kinds of posts do. Our own reply, when its source shows it to us: known by the row that its publication left, by
its address, by our account, or, while nobody has seen yet whether it stands there, by its text under the post that it
answers. The author's answer to it, and what the author adds to that. What the author writes, in answer to something
that we do not know, while a reply of ours may stand there already: a process may have been killed between the send and
its bookkeeping, and the source may tell of the answer before we have looked up what it answers. Whom that one really
answers cannot be known then; it is shown on the card of the same author, where somebody is at work, instead of as a
stranger's new card. And what anybody writes below the mention that would be no mention by itself: it stands beside the
talk, as far as there are not too many such posts already.

A reply from our account that nobody here knows of was posted by hand (``handlers.own.answered``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from handlers.base.cards import one_line
from handlers.base.command import Context
from handlers.base.events import Author, Posted
from handlers.base.organisation import SourceRules
from handlers.channels.notify import tell_about
from handlers.channels.placement import place_cards
from handlers.own.answered import may_be
from handlers.own.transition import back_to_work, record, still_there
from handlers.text.same_words import reads_as
from storage.engine.database import Session
from storage.listen import posts, talks
from storage.listen.posts import Answerable, AuthorRow
from storage.own import mentions, ownership
from storage.reply import publications
from storage.tables.states import CLOSED, Action, PostRole, PublicationState, Status

# So many posts of others are kept beside one mention; what comes after them is dropped, as what is no mention is.
MOST_AROUND = 200
_THEIRS = (PostRole.ORIGINAL, PostRole.FOLLOW_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """Which posts of a batch belong to a mention that we have: its id, by external id.

    Attributes:
        ours: Replies of ours.
        by_hand: Those of them that may be ones that nobody here knows of.
        alike: Those that read as a reply that is under way.
        shown: Mentions whose reply waited for moderators when we looked last, and may be one of them.
        answers: What the mention's author wrote in answer to one, or added to what they had written to us.
        added: What the author added below what they began with, before we said anything.
        around: What stands beside the talk.
    """

    ours: Mapping[str, int] = field(default_factory=dict)
    by_hand: Collection[str] = frozenset()
    alike: Collection[str] = frozenset()
    shown: Collection[int] = frozenset()
    answers: Mapping[str, int] = field(default_factory=dict)
    added: Mapping[str, int] = field(default_factory=dict)
    around: Mapping[str, int] = field(default_factory=dict)


NONE = Belonging()


def find_belonging(
    session: Session, rules: SourceRules, fresh: Sequence[Posted], unmatched: Collection[str] = frozenset()
) -> Belonging:
    """Look which of these new posts belong to a mention, by what they answer.

    Args:
        session: The transaction.
        rules: Their source.
        fresh: None of them answers another one that would have to be written down first.
        unmatched: The external ids of those that are no mention by themselves.
    """
    wanted = {post.reply_to for post in fresh if post.reply_to}
    if not wanted:
        return NONE
    return _Search(session, rules, wanted, unmatched).run(fresh)


class _Search:
    """Finds the place of each post by what it answers."""

    def __init__(
        self, session: Session, rules: SourceRules, wanted: Collection[str], unmatched: Collection[str]
    ) -> None:
        self._session, self._rules, self._unmatched = session, rules, unmatched
        self._known = posts.answerable(session, rules.name, wanted)
        self._replies = publications.standing(session, rules.name, wanted)
        self._replies |= {key: one.mention_id for key, one in self._known.items() if one.role == PostRole.OURS}
        self._pending = publications.may_be_published(session, rules.name)
        concerned = {row.mention_id for row in self._pending} | {*self._replies.values()}
        self._authors = _authors(session, concerned | {one.mention_id for one in self._known.values()})
        self._ours: dict[str, int] = {}
        self._by_hand: set[str] = set()
        self._alike: set[str] = set()
        self._shown: set[int] = set()
        self._theirs: dict[str, int] = {}
        self._added: dict[str, int] = {}
        self._around: dict[str, int] = {}

    def run(self, fresh: Sequence[Posted]) -> Belonging:
        """Return where they belong."""
        for post in fresh:
            if post.reply_to:
                self._place(post, self._known.get(post.reply_to), self._replies.get(post.reply_to))
        self._bound()
        return Belonging(
            ours=self._ours,
            by_hand=self._by_hand,
            alike=self._alike,
            shown=self._shown,
            answers=self._theirs,
            added=self._added,
            around=self._around,
        )

    def _place(self, post: Posted, under: Answerable | None, answered: int | None) -> None:
        name = post.external_id
        if under is None and answered is None:
            # What waits for moderators nobody has seen, and for so long that they write of other things meanwhile.
            open_to = [row.mention_id for row in self._pending if row.held_at is None]
            early = [one for one in open_to if self._is_author(post, one)]
            self._theirs.update((name, mention_id) for mention_id in early[:1])
        elif answered is not None and self._is_author(post, answered):
            self._theirs[name] = answered
        elif under is None:
            return
        elif under.role != PostRole.THREAD and self._is_ours(post, under):
            self._ours[name] = under.mention_id
            self._take_for(post, under.mention_id)
        elif under.role == PostRole.FOLLOW_UP and self._is_author(post, under.mention_id):
            self._theirs[name] = under.mention_id
        elif name in self._unmatched or is_ours(self._rules, post.author):
            own = under.role in _THEIRS and self._is_author(post, under.mention_id)
            (self._added if own else self._around)[name] = under.mention_id

    def _take_for(self, post: Posted, mention_id: int) -> None:
        """Say what a reply of ours is taken for; of what comes while one is under way that is known later."""
        row = next((one for one in self._pending if one.mention_id == mention_id), None)
        if row is None or not may_be(row, post.external_id, post.text):
            self._by_hand.add(post.external_id)
            return
        if post.external_id == row.reference or reads_as(post.text, row.text):
            self._alike.add(post.external_id)
        if row.state == PublicationState.HELD:
            self._shown.add(mention_id)

    def _is_author(self, post: Posted, mention_id: int) -> bool:
        return _is_by(post.author, self._authors.get(mention_id))

    def _is_ours(self, post: Posted, under: Answerable) -> bool:
        if is_ours(self._rules, post.author):
            return True
        return not self._is_author(post, under.mention_id) and any(
            row.mention_id == under.mention_id and reads_as(post.text, row.text) for row in self._pending
        )

    def _bound(self) -> None:
        """Leave out what would be too much beside a mention."""
        if not self._around:
            return
        there = talks.count_others(self._session, set(self._around.values()))
        for name, mention_id in list(self._around.items()):
            there[mention_id] = there.get(mention_id, 0) + 1
            if there[mention_id] > MOST_AROUND:
                del self._around[name]


def is_ours(rules: SourceRules, author: Author) -> bool:
    """Say whether we wrote it ourselves: our own accounts are never mentions."""
    return not names(author).isdisjoint(rules.own_accounts)


def names(author: Author) -> set[str]:
    """Return the names by which an account of ours is known in dibs.toml, as they are compared."""
    found = (author.handle.removeprefix("@"), author.url.rstrip("/"), author.external_id)
    return {name.casefold() for name in found if name}


def _authors(session: Session, mention_ids: set[int]) -> dict[int, AuthorRow]:
    originals = mentions.originals(session, list(mention_ids)) if mention_ids else {}
    rows = posts.authors(session, {one.author_id for one in originals.values() if one.author_id is not None})
    found = {key: rows.get(one.author_id or 0) for key, one in originals.items()}
    return {key: row for key, row in found.items() if row is not None}


def _is_by(author: Author, known: AuthorRow | None) -> bool:
    """Say whether a post is by somebody whom we know; the source's own id decides where both have one."""
    if known is None:
        return False
    if author.external_id:
        return author.external_id == known.external_id
    handle = author.handle.removeprefix("@").casefold()
    return bool(handle) and handle == known.handle.removeprefix("@").casefold()


def author_answered(context: Context, post: Posted) -> None:
    """Give the mention back to who can go on with it: its author has answered us.

    It is open again, with its owner if that person is still there; whoever owns it is told. What is open already only
    hears of it.
    """
    seen = changed = mentions.hold(context.session, context.mention.id)
    if seen.status in (*CLOSED, Status.RESPONDED, Status.SNOOZED):
        values = back_to_work(context, seen) | still_there(context, seen)
        changed = mentions.swap(context.session, seen, context.now, **values) or seen
    record(context, seen, changed, Action.AUTHOR_ANSWERED)
    place_cards(context.session, [changed], context.organisation, context.now, revive=changed.owner_id is None)
    if changed.owner_id is not None:
        text = f"The author answered on #{changed.token}: {one_line(post.text or post.title)}"
        seq, _ = ownership.head(context.session)
        tell_about(context.session, changed.owner_id, changed, text, f"answered:{seq}", context.now)
