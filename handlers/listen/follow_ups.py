"""Follow: what belongs to a reply of ours is a post of the same mention, never a new card.

Three kinds of posts do. Our own reply, when its source shows it to us: known by the row that its publication left, by
its address, by our account, or, while nobody has seen yet whether it stands there, by its text under the post that it
answers. The author's answer to it. And what the author writes, in answer to something that we do not know, while a
reply of ours may stand there already: a process may have been killed between the send and its bookkeeping, and the
source may tell of the answer before we have looked up what it answers. Whom that one really answers cannot be known
then; it is shown on the card of the same author, where somebody is at work, instead of as a stranger's new card.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.base.cards import one_line
from handlers.base.command import Context
from handlers.base.events import Author, Posted
from handlers.base.organisation import SourceRules
from handlers.channels.notify import tell_about
from handlers.channels.placement import place_cards
from handlers.own.reopen import still_there
from handlers.own.transition import back_to_work, record
from handlers.text.normalise import fold
from storage.engine.database import Session
from storage.listen import posts
from storage.listen.posts import Answerable, AuthorRow
from storage.own import mentions, ownership
from storage.reply import publications
from storage.reply.publications import PublicationRow
from storage.tables.states import CLOSED, Action, Status

# How much longer a reply may be shown than it was sent: in other signs, and with names before it.
_TIMES, _NAMES = 4, 1_000
_ADDRESSED = re.compile(r"(?:@\S+\s+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """Which posts of a batch belong to a mention that we have: its id, by external id.

    Attributes:
        ours: Replies of ours.
        answers: What the mention's author wrote in answer to one.
    """

    ours: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[str, int] = field(default_factory=dict)


NONE = Belonging()


def find_belonging(session: Session, rules: SourceRules, fresh: Sequence[Posted]) -> Belonging:
    """Look which of these new posts belong to a mention, by what they answer."""
    wanted = {post.reply_to for post in fresh if post.reply_to}
    if not wanted:
        return NONE
    known = posts.answerable(session, rules.name, wanted)
    replies = publications.standing(session, rules.name, wanted)
    replies |= {key: one.mention_id for key, one in known.items() if one.ours}
    pending = publications.may_be_published(session, rules.name)
    concerned = {row.mention_id for row in pending} | {one.mention_id for one in known.values()} | {*replies.values()}
    authors = _authors(session, concerned)
    ours: dict[str, int] = {}
    answers: dict[str, int] = {}
    for post in fresh:
        under = known.get(post.reply_to)
        answered = replies.get(post.reply_to)
        if under is not None and (names(post.author) & rules.own_accounts or _is_pending(post, under, pending)):
            ours[post.external_id] = replies[post.external_id] = under.mention_id
        elif answered is not None and _is_by(post.author, authors.get(answered)):
            answers[post.external_id] = answered
        elif post.reply_to and under is None and answered is None:
            early = [row.mention_id for row in pending if _is_by(post.author, authors.get(row.mention_id))]
            answers.update((post.external_id, mention_id) for mention_id in early[:1])
    return Belonging(ours=ours, answers=answers)


def names(author: Author) -> set[str]:
    """Return the names by which an account of ours is known in dibs.toml, as they are compared."""
    found = (author.handle.removeprefix("@"), author.url.rstrip("/"), author.external_id)
    return {name.casefold() for name in found if name}


def _is_pending(post: Posted, under: Answerable, pending: Sequence[PublicationRow]) -> bool:
    return any(row.mention_id == under.mention_id and reads_as(post.text, row.text) for row in pending)


def reads_as(shown: str, sent: str) -> bool:
    """Say whether what a source shows is what we sent: sources put a name before it, or set its marks differently."""
    if len(shown) > _TIMES * len(sent) + _NAMES:  # nothing that is set otherwise is so long
        return False
    if fold(shown) == fold(sent):
        return True
    wanted = _letters(sent)
    return bool(wanted) and _letters(shown) == wanted


def _letters(text: str) -> str:
    folded = fold(text)
    addressed = _ADDRESSED.match(folded)
    return "".join(filter(str.isalnum, folded[addressed.end() :] if addressed else folded))


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
