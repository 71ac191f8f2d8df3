"""Threads: what several people write in one public thread stands on one card, under the mention that came first.

Which thread it is says the source, where its network has a name for it, or else the post that it answers, if we know
that one. The first of a thread gets a card in its department; what follows within a week is put under it, as long as
that card is open and has room: forty customers are no work of one. Else it gets a card of its own, which names the one
before. What answers a post of ours is talking to us, and stands by itself.

It arrived all the same: it is logged so, and its clocks run. What is never kept back has its card as always.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from handlers.base.cards import MAX_LINES, Line, Link, Notice, section
from handlers.base.events import Posted
from handlers.base.talk import in_brief
from handlers.base.verb import Verb, button
from handlers.channels.below import put_below
from handlers.channels.notify import send_direct
from handlers.channels.placement import targets
from handlers.listen.arrival import Hold
from handlers.listen.batch import Batch
from handlers.listen.route import Decision
from handlers.own import claim, split
from handlers.own.join import FOR_SO_LONG, MOST_UNDER, WHY
from storage.listen import threads
from storage.listen.threads import Started
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import Held, PostRole

New = tuple[Posted, Decision]


def know_threads(batch: Batch, events: Sequence[Posted]) -> None:
    """Find what the public threads of posts are called, and who speaks to us, and keep it in the batch."""
    new = [event for event in events if event.external_id not in batch.threads]
    asked = {event.reply_to for event in new if event.reply_to}
    known = threads.places(batch.session, batch.rules.name, asked) if asked else {}
    for event in new:
        above = known.get(event.reply_to)
        if above is not None and above.role == PostRole.OURS:
            batch.to_us.add(event.external_id)
        batch.threads[event.external_id] = event.thread or (above.thread if above is not None else "")


def called(batch: Batch, event: Posted) -> str:
    """Return what the public thread of a post is called; it may begin with the post itself."""
    return batch.threads.get(event.external_id) or event.external_id


def on_one_card(batch: Batch, new: Sequence[New]) -> Mapping[str, Hold]:
    """Hold what has its place on the card of its public thread."""
    wanted = {one.key for one in batch.organisation.departments if one.public_threads}
    here = [(event, decision) for event, decision in new if decision.department in wanted]
    if not here:
        return {}
    know_threads(batch, [event for event, _ in here])
    laying = _Laying(batch, here)
    for event, decision in here:
        if event.external_id not in batch.to_us:
            laying.lay(event, decision.department)
    return laying.held


class _Laying:
    """Lays new mentions under those that their public threads have, or under the first of them."""

    def __init__(self, batch: Batch, new: Sequence[New]) -> None:
        self.held: dict[str, Hold] = {}
        self._batch = batch
        self._departments = {one.key: one.id for one in people.departments(batch.session)}
        self._first: dict[tuple[str, str], tuple[str, int]] = {}
        names = {called(batch, event) for event, _ in new}
        self._started: dict[tuple[int, str], list[Started]] = {}
        for one in threads.started(batch.session, batch.rules.name, names, batch.now - FOR_SO_LONG):
            self._started.setdefault((one.department_id, one.thread), []).append(one)

    def lay(self, event: Posted, department: str) -> None:
        """Find the place of one of them."""
        thread = called(self._batch, event)
        before = self._started.get((self._departments[department], thread), [])
        lead = next((one for one in before if one.open and one.under < MOST_UNDER), None)
        if lead is not None:
            before[before.index(lead)] = replace(lead, under=lead.under + 1)
            self.held[event.external_id] = Hold(reason=Held.THREAD, why=WHY, by=lead.mention_id)
            return
        first, number = self._first.get((department, thread), ("", MOST_UNDER))
        if number < MOST_UNDER:
            self._first[department, thread] = (first, number + 1)
            self.held[event.external_id] = Hold(reason=Held.THREAD, why=WHY, under=first)
            return
        self._first[department, thread] = (event.external_id, 0)
        if before:
            self._batch.goes_on[event.external_id] = before[-1].token


def tell_of_more(batch: Batch, rows: Sequence[MentionRow]) -> None:
    """Say below a card that stood already what else stands on it now, and to whoever has it; an edit is no news."""
    arrived = {row.id for row in rows}
    under: dict[int, list[MentionRow]] = {}
    for row in rows:
        if row.held == Held.THREAD and row.held_by is not None and row.held_by not in arrived:
            under.setdefault(row.held_by, []).append(row)
    lanes = targets(batch.session, batch.organisation) if under else {}
    for lead in mentions.several(batch.session, list(under)):
        new, session = under[lead.id], batch.session
        ids, key = [row.id for row in new], f"thread:{lead.id}:{new[-1].id}:"
        notice = _notice(batch, f"{len(new)} more in the public thread of #{lead.token}", new, split.VERB)
        put_below(session, lanes.get(lead.department_id, ()), lead.id, key, notice, batch.now, names=ids)
        if lead.owner_id is not None:
            title = f"{len(new)} more in the public thread of #{lead.token}, which you have"
            told = _notice(batch, title, new, claim.VERB)
            send_direct(session, lead.owner_id, key.rstrip(":"), told, batch.now, names=ids)
        batch.show(lead.id)


def _notice(batch: Batch, title: str, rows: Sequence[MentionRow], verb: Verb) -> Notice:
    posts = mentions.originals(batch.session, [row.id for row in rows[:MAX_LINES]])
    lines = []
    for row in rows[:MAX_LINES]:
        post, words = posts[row.id], in_brief(posts[row.id])
        link = Link(label=f"#{row.token}", url=post.url)
        does, at = button(verb, row, words), post.published_at or post.ingested_at
        lines.append(Line(text=f"#{row.token} {words}", token=row.token, at=at, link=link, button=does, lang=post.lang))
    return Notice(title=title, text=title, sections=(section("", lines, len(rows)),))


def said_of_thread(batch: Batch, new: Sequence[New]) -> list[New]:
    """Let a new card say which one its public thread had before."""
    return [
        (event, replace(decision, reason=f"{decision.reason.rstrip('.')}. The public thread of #{token} goes on."))
        if (token := batch.goes_on.get(event.external_id))
        else (event, decision)
        for event, decision in new
    ]
