"""Agreeing: after each step the database holds what the model says, row by row, and what is promised at all times.

The mentions, the drafts, the publications and the log are compared. What was refused, repeated or too late has to have
left everything as it was, the messages in channels too. The promises are asked for besides, of the database alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from storage.own import threads
from storage.own.mentions import MentionRow
from storage.reply.drafts import DraftRow
from storage.reply.publications import PublicationRow
from tests.handlers.machine.owning import CLOSED
from tests.handlers.machine.replay import Replay
from tests.handlers.machine.replying import FLYING, Mention
from tests.handlers.machine.threads import beside
from tests.handlers.machine.timing import STEPS, Timing
from tests.handlers.machine.world import HOMES, Seen, World
from tests.storage.search.meetings import wrong_among


def equal(found: object, wanted: object, what: str) -> None:
    """Say what differs, where it does."""
    assert found == wanted, f"{what}\n  database: {found}\n  model:    {wanted}"


class Agreement:
    """The mentions of one day, and how they were when they were looked at last."""

    def __init__(self, world: World, mention_ids: Sequence[int]) -> None:
        self.world = world
        self.ids: list[int] = []
        self.logs: list[Replay] = []
        self.timed: list[Timing] = []
        self.read: list[int] = []
        self.before: tuple[str, object] = ("", None)
        for one in mention_ids:
            self.add(one)

    def add(self, mention_id: int) -> None:
        """Look at one more mention from now on."""
        self.ids.append(mention_id)
        self.logs.append(Replay())
        self.timed.append(Timing())
        self.read.append(0)

    def holds(self, model: Sequence[Mention], stands: Counter[tuple[int, tuple[int, int]]]) -> Seen:
        """Look at the database, and compare it with the model; returns what was seen."""
        seen = self.world.look(self.ids)
        for row in seen.rows:
            self.world.chain.read(row)
        for number, mention in enumerate(model):
            now, drafts, ways = seen.of(self.ids[number])
            self._mention(mention, now)
            self._drafts(mention, drafts)
            self._publications(mention, drafts, ways)
            rows = [row for row in seen.rows if row["mention_id"] == self.ids[number]]
            flying = any(one.state in FLYING for one in ways)
            self._log(number, mention, now, rows, flying=flying)
            equal(seen.clocks.get(self.ids[number], {}), self.timed[number].clocks, "its clocks, by the log alone")
            promises_hold(mention, now, drafts, ways)
        self._places(model, seen)
        wrong = self.world.database.read(lambda session: wrong_among(session, self.ids))
        equal(wrong, {}, "what the index of words has of them, and should")
        assert max(stands.values(), default=0) <= 1, "an approval was published twice"
        said, stored = repr(model), (seen.mentions, seen.drafts, seen.publications, seen.shown)
        if said == self.before[0]:
            equal(stored, self.before[1], "what was refused, repeated or too late changed something")
        self.before = (said, stored)
        return seen

    def _mention(self, mention: Mention, now: MentionRow) -> None:
        found = (now.status, self.world.names[now.owner_id], self.world.departments[now.department_id], now.version)
        equal(found, (mention.status, mention.owner, mention.department, mention.version), "where it stands")
        clocks = (now.snoozed_until, now.first_claimed_at, now.first_response_at)
        equal(clocks, (mention.snoozed_until, mention.claimed_at, mention.responded_at), "its clocks")
        equal(now.resolved_at is not None, mention.status == "resolved", "when it was resolved")
        equal(now.held, mention.held, "why it is held")
        if mention.held != "muted":
            equal(now.held_by, self.ids[mention.lead] if mention.lead is not None else now.held_by, "where it stands")

    def _places(self, model: Sequence[Mention], seen: Seen) -> None:
        """Look whether each has its one card, or its place on that of another, or is counted with its reason."""
        counted: Counter[int] = Counter()
        rows = {row.id: row for row in seen.mentions}
        for row in rows.values():
            home = HOMES[self.world.keys[row.department_id]]
            equal(seen.cards[row.id].count(home), int(not row.held), "its card at home")
            counted[row.department_id] += bool(row.held or row.was_held)
            if row.held == "thread" and row.status not in CLOSED:
                equal((row.owner_id, row.status), (None, "new"), "who has what has no card of its own")
                assert not rows[row.held_by or 0].held, "it stands on the card of one that has none"
        equal({one: number for one, number in seen.kept_back.items() if number}, dict(+counted), "what digests count")
        under = self.world.database.read(lambda session: threads.under(session, self.ids))
        found = {
            self.ids.index(lead): sorted(self.ids.index(one.mention_id) for one in there)
            for lead, there in under.items()
        }
        wanted = {lead: beside(model, lead) for lead in range(len(model)) if beside(model, lead)}
        equal(found, wanted, "what stands on the cards of others")

    def _drafts(self, mention: Mention, drafts: Sequence[DraftRow]) -> None:
        names = self.world.names
        found = [(names[one.person_id], one.state, one.version, one.text, one.approved_version) for one in drafts]
        wanted = [(one.writer, one.state, one.version, one.text, one.approved) for one in mention.replies]
        equal(found, wanted, "its drafts")
        readers = [names[one.approved_by_id] for one in drafts]
        equal(readers, [one.reader for one in mention.replies], "who agreed to its drafts")

    def _publications(self, mention: Mention, drafts: Sequence[DraftRow], ways: Sequence[PublicationRow]) -> None:
        numbers = {draft.id: number for number, draft in enumerate(drafts)}
        found = [
            (numbers[one.draft_id], one.draft_version, one.state, self.world.names[one.person_id], one.despite_change)
            for one in ways
        ]
        wanted = [(*one.name, one.state, one.presser, one.despite_change) for one in mention.ways]
        equal(found, wanted, "its publications")
        equal([bool(one.reference) for one in ways], [one.named for one in mention.ways], "of which it has a name")
        held = [(one.next_at, one.lease or "", one.leased_until, one.held_at) for one in ways]
        model = [(one.next_at, one.token, one.leased_until, one.held_at) for one in mention.ways]
        equal(held, model, "who holds its publications")

    def _log(
        self, number: int, mention: Mention, now: MentionRow, rows: Sequence[Mapping[str, Any]], *, flying: bool
    ) -> None:
        """Replay the new rows: they are what the model did, and alone they lead to where the mention stands."""
        names, departments = self.world.names, self.world.departments
        found = [
            (row["action"], names[row["actor_id"]], names[row["to_owner_id"]], departments[row["to_department_id"]])
            for row in rows
            if row["action"] not in STEPS
        ]
        wanted = [(one.action, one.actor, one.owner, one.department) for one in mention.log[self.read[number] :]]
        equal(found, wanted, "its log")
        self.read[number] = len(mention.log)
        log = self.logs[number]
        mention.told += len(rows) - len(found)
        for row in rows:
            log.read(row)
            (status,) = log.statuses if len(log.statuses) == 1 else [now.status]
            remark = self.world.remark(row["seq"]) if row["action"] in STEPS else ""
            self.timed[number].read(row, remark, status, flying, self.world.keys)
            self.world.steps[f"clock {row['action']}"] += row["action"] in (*STEPS, "returned")
        equal((now.owner_id, now.department_id), (log.owner, log.department), "what the log explains")
        assert now.status in log.statuses, f"the log explains {log.statuses}, but it is {now.status}"
        self.world.steps["log exact" if len(log.statuses) == 1 else "log ambiguous"] += 1


def promises_hold(
    mention: Mention, now: MentionRow, drafts: Sequence[DraftRow], ways: Sequence[PublicationRow]
) -> None:
    """Ask the database alone for what is promised at all times."""
    equal(now.status == "in_review", any(one.state == "in_review" for one in drafts), "in review iff a draft waits")
    assert sum(one.state in FLYING for one in ways) <= 1, "two replies are on their way at once"
    approvals = Counter((one.draft_id, one.draft_version) for one in ways)
    assert max(approvals.values(), default=0) <= 1, "an approval has two publications"
    assert all(one.approved_by_id != one.person_id for one in drafts), "somebody approved their own draft"
    out = {one.draft_id: one.draft_version for one in ways if one.state != "failed"}
    read = [one.approved_version == out[one.id] for one in drafts if one.id in out]
    assert all(read) or not mention.place.second, "something is on its way that no second person agreed to"
