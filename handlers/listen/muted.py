"""Muted: new mentions that a mute of somebody holds back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from handlers.base.events import Posted
from handlers.listen.arrival import Hold, author_key
from handlers.listen.batch import Batch
from handlers.listen.route import Decision
from handlers.listen.threads import called, know_threads
from handlers.own.mutes import InForce, said_of
from storage.listen import mutes
from storage.people import people
from storage.tables.states import Held


def muted(batch: Batch, new: Sequence[tuple[Posted, Decision]]) -> Mapping[str, Hold]:
    """Hold what is muted for the department that it goes to."""
    rows = mutes.in_force(batch.session, batch.now)
    if not rows:
        return {}
    here, known = InForce(rows), {one.key: one.id for one in people.departments(batch.session)}
    if here.asks_threads:
        know_threads(batch, [post for post, _ in new])
    found = {
        post.external_id: mute.id
        for post, decision in new
        if (
            mute := here.holding(
                known[decision.department],
                batch.rules.name,
                author_key(post.author),
                post.title,
                post.text,
                (post.url, *post.links) if post.url else post.links,
                " ".join(filter(None, (post.lang, *post.langs))),
                called(batch, post),
            )
        )
    }
    said = said_of(batch.session, found.values(), ZoneInfo(batch.organisation.timezone)) if found else {}
    return {name: Hold(reason=Held.MUTED, why=f"Muted: {said[by]}.", by=by) for name, by in found.items()}


def note_hits(batch: Batch, held: Mapping[str, Hold]) -> None:
    """Count what mutes held of a batch."""
    hits = Counter(one.by for one in held.values() if one.reason == Held.MUTED and one.by is not None)
    mutes.note_hits(batch.session, {by: number for by, number in hits.items() if by is not None}, batch.now)
