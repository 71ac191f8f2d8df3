"""Digests: by what a draft, an approval and a press know what they were made for.

An answer belongs to the words that it answers, and consent to what was read: the post, the whole reply as it would
stand there (signed, with the name and the department that it bears), and the charter under which it was judged.
Whatever flows into one of the three later, from wherever, makes another of it: an edit of the post, heard or looked
up, a person or a department that is called differently, another signature. So each of the three is kept by its
digest: with a draft as its writer saw them, with an approval as its reader did, with a publication as whoever pressed
did; and in what a page or a card sends back when it is pressed. What differs is read again.

The post is the one that is answered, the author's latest, together with what we said after it. So the author writing
again makes it another one, and so does a reply of ours that came meanwhile, published or posted by hand: whoever agreed
did so before it stood there. An edit of an earlier post does not, since the reply does not stand below that one and its
source is not asked about it before the send; the talk beside every form says that it was edited.

White space alone makes no other post (``content_digest``); of a reply every character counts.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from handlers.base.charter import Charter
from handlers.base.events import Posted, content_digest
from handlers.base.talk import Speaker, Talk, Turn
from handlers.reply.preconditions import Ground
from handlers.reply.reading.sections import whole
from handlers.text.unseen import unseen_marks
from storage.reply.drafts import DraftRow

# 96 bits: three of them fit, with a verb, into what a menu of Slack's sends back.
_LENGTH = 24
_MOST = 60
# What is said of no reply: who keeps the charter, and the texts that one may begin with.
_ASIDE = ("written", "owner", "saved")
# Stands for what was not shown; it is no digest of anything.
UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """What a reply is made for, and what it says, each by its digest."""

    post: str
    charter: str
    text: str

    def __str__(self) -> str:
        return f"{self.post}.{self.charter}.{self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What somebody had before their eyes, by its digests: a form may show several replies to one post."""

    post: str
    charter: str
    texts: frozenset[str]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def _of_post(post: Turn, ours: Turn | None, content: str = "") -> str:
    """Return the digest of a post that is answered after ``ours``, the last that we said below it.

    What a mention began with and nobody answered is its content alone. Of any other post it counts too which one it is,
    for people write the same words again.
    """
    content = content or content_digest(Posted(external_id=post.external_id, title=post.title, text=post.text))
    if post.first and ours is None:
        return content[:_LENGTH]
    # What a person saw there gets its name later (``handlers.listen.seen_there``): that makes no other reply of it.
    after = (ours.canonical_url or str(ours.id)) if ours is not None else ""
    return _digest("\x00".join((content, post.external_id, after)))


def _of_charter(charter: Charter) -> str:
    """Return the digest of what a charter asks of a reply; what it leaves out says nothing, so it may gain fields."""
    asked: dict[str, Any] = {name: value for name, value in asdict(charter).items() if value and name not in _ASIDE}
    return _digest(json.dumps(asked, sort_keys=True))


def digests_of(ground: Ground, text: str, writer_id: int) -> Digests:
    """Return what a person's reply is made for at this moment, and what would stand there."""
    return Digests(
        post=_of_post(ground.post, _last(ground.talk.ours_after(ground.post))),
        text=_digest(whole(ground, text, writer_id)),
        charter=_of_charter(ground.charter),
    )


def of_draft(ground: Ground, draft: DraftRow) -> Digests:
    """Return what a draft is made for at this moment, and what would stand there."""
    return digests_of(ground, draft.text, draft.person_id)


def before_writing(ground: Ground, writer_id: int) -> Digests:
    """Return what somebody sees who is about to write: of the reply there is only what stands around it."""
    return digests_of(ground, "", writer_id)


def before_sending(ground: Ground, text: str, writer_id: int) -> str:
    """Return what a form carries that shows a text as it would stand there, and what stands around any other."""
    around, whole_of_it = before_writing(ground, writer_id), digests_of(ground, text, writer_id).text
    return str(around) if around.text == whole_of_it else f"{around}.{whole_of_it}"


def was_previewed(ground: Ground, text: str, writer_id: int, shown: str) -> bool:
    """Say whether the form of a text's writer showed it as it will stand there."""
    then = read_digests(shown)
    return then is not None and digests_of(ground, text, writer_id).text in then.texts


def was_seen(ground: Ground, text: str, writer_id: int, shown: str) -> bool:
    """Say whether a text's writer saw it as it will stand there: in their form, or as they typed it.

    What no form carries was typed as a command, and is answered with how it will stand there.
    """
    if not shown or was_previewed(ground, text, writer_id, shown):
        return True
    stands = whole(ground, text, writer_id)
    return stands == text.strip() and not unseen_marks(stands)


def as_written(ground: Ground, text: str, writer_id: int, shown: str) -> str:
    """Return what the writer of a text had before their eyes: what is there now, or what their form ``shown``."""
    now, then = digests_of(ground, text, writer_id), read_digests(shown)
    if then is None:
        return str(now)
    text = now.text if before_writing(ground, writer_id).text in then.texts else UNREAD
    return str(Digests(post=then.post, charter=then.charter, text=text))


def read_digests(value: str) -> Shown | None:
    """Read digests as they were kept or sent back; None where there are none."""
    post, _, rest = value.partition(".")
    charter, _, texts = rest.partition(".")
    return Shown(post=post, charter=charter, texts=frozenset(texts.split("."))) if texts else None


def approval_holds(ground: Ground, draft: DraftRow) -> bool:
    """Say whether a second person agreed to all that a draft is made for, and says, at this moment."""
    return draft.approved and draft.approved_digests == str(of_draft(ground, draft))


def same_words(ground: Ground, draft: DraftRow) -> bool:
    """Say whether a second person agreed to what stands there now, when it was posted by hand: that is done.

    The post may have been edited since then, and the charter; an approval without digests is of this text, too.
    """
    before = read_digests(draft.approved_digests)
    return draft.approved and (before is None or of_draft(ground, draft).text in before.texts)


def what_changed(ground: Ground, then: str, now: Digests, since: str) -> str:
    """Say what is different now: "Since it was approved, the author edited the post."; empty where nothing is.

    Args:
        ground: What is so now.
        then: The digests of the moment that is asked about.
        now: Those of this moment.
        since: What happened at that moment.
    """
    if then == UNREAD:
        return "It is too long for a card to show."
    before = read_digests(then)
    if before is None:
        return "It is not known any more which post and which signature it was read with."
    found = list(_differences(ground, before, now))
    if not found:
        return ""
    named = " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
    return f"Since {since}, {named}."


def _differences(ground: Ground, then: Shown, now: Digests) -> Iterator[str]:
    if then.post != now.post:
        yield from _said_since(ground, then.post)
    if now.text not in then.texts:
        yield "the reply would read differently now (its words, its signature, or a name in it changed)"
    if then.charter != now.charter:
        yield f"the charter of {ground.rules.name} changed"


def _said_since(ground: Ground, then: str) -> Iterator[str]:
    """Say what became of the post that was answered then: it was edited or deleted, or somebody wrote after it."""
    now = ground.post
    found = next((pair for pair in _answerable(ground.talk) if then in _both(*pair)), None)
    if found is None:
        yield f"the author {'deleted' if now.gone else 'edited'} the post"
        return
    post, ours = found
    if post.gone:
        yield "the author deleted the post"
    elif post is not now:
        yield "the author wrote again"
    came = [one for one in ground.talk.ours_after(ours or post) if one is not ours]
    if came:
        yield "our account answered there already" + (f" ({came[-1].url})" if came[-1].url else "")


def _answerable(talk: Talk) -> Iterator[tuple[Turn, Turn | None]]:
    """Yield each post that a reply may have been for, with the last that we had said after it by then."""
    for post in reversed([one for one in talk.turns if one.who == Speaker.THEY]):
        yield post, None
        yield from ((post, ours) for ours in talk.ours_after(post))


def _both(post: Turn, ours: Turn | None) -> tuple[str, str]:
    """Return the digests of a post as it reads, and as it read before it was deleted."""
    return _of_post(post, ours), _of_post(post, ours, post.digest if post.gone else "")


def _last(turns: Sequence[Turn]) -> Turn | None:
    return turns[-1] if turns else None


def showing(ground: Ground, shown: Sequence[DraftRow]) -> str:
    """Return what a form carries that shows drafts: whoever answers, answers one of these, and for this post."""
    if not shown:
        return ""
    first, *others = [of_draft(ground, one) for one in shown[:_MOST]]
    return ".".join([str(first), *(one.text for one in others)])
