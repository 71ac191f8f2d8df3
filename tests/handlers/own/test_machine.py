"""Random days: whatever people do in whatever order, a small model of the rules agrees with rows, answers and log."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from handlers.base import Answer, ByToken, MentionCommand
from handlers.own.assign import AssignMention
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.hand_off import HandOffMention
from handlers.own.note import NoteMention
from handlers.own.release import ReleaseMention
from handlers.own.reopen import ReopenMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.own.take_over import TakeOverMention
from handlers.own.wake import wake_due
from storage import ownership, people
from storage.database import Database, open_engine
from storage.mentions import MentionRow
from storage.schema import upgrade
from storage.words import CLOSED
from tests.channels import history
from tests.scene import Scene

NAMES = ("Ana", "Ben", "Chloe")
NAME = st.sampled_from(NAMES)
MENTION = st.integers(0, 1)
STALE = st.booleans()


class Day(RuleBasedStateMachine):
    """A day of three people with two mentions; the model holds status, owner, department and version of each."""

    database: Database
    scenes: Iterator[int] = itertools.count()

    @initialize()
    def begin(self) -> None:
        self.scene = Scene(self.database)
        self.who = {name: self.scene.person(name) for name in NAMES}
        self.mentions = [self.scene.arrive(external_id=f"{next(self.scenes)}-{part}") for part in range(2)]
        keys = self.database.read(lambda session: {one.key: one.id for one in people.departments(session)})
        self.departments = keys
        self.names = {None: None} | {
            self.database.read(lambda session, n=name: people.by_name(session, n)[0].id): name  # type: ignore[misc]
            for name in NAMES
        }
        self.model: list[dict[str, Any]] = [
            {"status": "new", "owner": None, "department": "finance", "version": 1, "old": 0, "rows": 1}
            for _ in self.mentions
        ]

    # --- what people do ----------------------------------------------------------------------------------------------

    def run(self, kind: type[MentionCommand], name: str, number: int, stale: bool, **fields: Any) -> Answer:
        """Do it as a button does, with the version that was shown; a stale one was shown before the last change."""
        model, mention = self.model[number], self.mentions[number]
        version = model["old"] if stale else model["version"]
        return self.scene.do(kind(who=self.who[name], reference=ByToken(mention.token, version), **fields))

    def expect(self, answer: Answer, number: int, right: bool, **becomes: object) -> None:
        """Compare the answer with the rules, and move the model on."""
        model = self.model[number]
        assert answer.ok == right, (answer.text, model)
        if right and becomes:
            model.update(becomes, old=model["version"], version=model["version"] + 1, rows=model["rows"] + 1)

    def free_or_own(self, name: str, number: int) -> bool:
        """One rule of right, for what is not closed."""
        model = self.model[number]
        return model["status"] not in CLOSED and model["owner"] in (None, name)

    @rule(name=NAME, number=MENTION, stale=STALE)
    def claim(self, name: str, number: int, stale: bool) -> None:
        model = self.model[number]
        right = self.free_or_own(name, number)
        news = model["owner"] is None or model["status"] == "snoozed"
        becomes = {"status": "claimed", "owner": name} if news else {}
        self.expect(self.run(ClaimMention, name, number, stale), number, right, **becomes)

    @rule(name=NAME, number=MENTION, stale=STALE)
    def release(self, name: str, number: int, stale: bool) -> None:
        right = not stale and self.free_or_own(name, number) and self.model[number]["owner"] == name
        self.expect(self.run(ReleaseMention, name, number, stale), number, right, status="new", owner=None)

    @rule(name=NAME, other=NAME, number=MENTION, stale=STALE)
    def assign(self, name: str, other: str, number: int, stale: bool) -> None:
        right = not stale and self.free_or_own(name, number) and self.model[number]["owner"] != other
        answer = self.run(AssignMention, name, number, stale, person=other)
        self.expect(answer, number, right, status="claimed", owner=other)

    @rule(name=NAME, number=MENTION, stale=STALE)
    def take_over(self, name: str, number: int, stale: bool) -> None:
        model = self.model[number]
        right = not stale and model["status"] not in CLOSED and model["owner"] not in (None, name)
        answer = self.run(TakeOverMention, name, number, stale, reason="I know them.")
        self.expect(answer, number, right, status="claimed", owner=name)

    @rule(name=NAME, number=MENTION, stale=STALE, department=st.sampled_from(["support", "finance"]))
    def hand_off(self, name: str, number: int, stale: bool, department: str) -> None:
        right = not stale and self.free_or_own(name, number) and self.model[number]["department"] != department
        answer = self.run(HandOffMention, name, number, stale, department=department)
        self.expect(answer, number, right, status="new", owner=None, department=department)

    @rule(name=NAME, number=MENTION, stale=STALE)
    def snooze(self, name: str, number: int, stale: bool) -> None:
        right = not stale and self.free_or_own(name, number)
        self.expect(self.run(SnoozeMention, name, number, stale, until="2h"), number, right, status="snoozed")

    @rule(name=NAME, number=MENTION, stale=STALE)
    def resolve(self, name: str, number: int, stale: bool) -> None:
        right = not stale and self.free_or_own(name, number)
        self.expect(self.run(ResolveMention, name, number, stale), number, right, status="resolved")

    @rule(name=NAME, number=MENTION, stale=STALE)
    def dismiss(self, name: str, number: int, stale: bool) -> None:
        right = not stale and self.free_or_own(name, number)
        self.expect(self.run(DismissMention, name, number, stale), number, right, status="dismissed")

    @rule(name=NAME, number=MENTION, stale=STALE)
    def reopen(self, name: str, number: int, stale: bool) -> None:
        model = self.model[number]
        asleep = model["status"] == "snoozed" and model["owner"] in (None, name)
        right = not stale and (model["status"] in CLOSED or asleep)
        status = "claimed" if model["owner"] else "new"
        self.expect(self.run(ReopenMention, name, number, stale), number, right, status=status)

    @rule(name=NAME, number=MENTION, stale=STALE)
    def note(self, name: str, number: int, stale: bool) -> None:
        assert self.run(NoteMention, name, number, stale, text="Look.").ok
        self.model[number]["rows"] += 1

    @rule(hours=st.integers(1, 3))
    def time_passes(self, hours: int) -> None:
        self.scene.pass_time(hours=hours)
        self.database.write(lambda session: wake_due(session, self.scene.organisation, self.scene.now))
        for model, mention in zip(self.model, self.mentions, strict=True):
            if model["status"] == "snoozed" and self.scene.look(mention).status != "snoozed":
                status = "claimed" if model["owner"] else "new"
                model.update(status=status, old=model["version"], version=model["version"] + 1, rows=model["rows"] + 1)

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def rows_are_what_the_model_says(self) -> None:
        for model, mention in zip(self.model, self.mentions, strict=True):
            now = self.scene.look(mention)
            assert (now.status, self.names[now.owner_id], now.version) == (
                model["status"],
                model["owner"],
                model["version"],
            )
            assert now.department_id == self.departments[model["department"]]
            assert (now.snoozed_until is not None) == (now.status == "snoozed")
            self.log_explains(now, model["rows"])

    def log_explains(self, now: MentionRow, size: int) -> None:
        """Replay the log: each row begins where the one before ended, and the last ends at the rows of today."""
        rows = history(self.scene, now)
        assert len(rows) == size
        owner, department = None, None
        for row in rows:
            assert (row["from_owner_id"], row["from_department_id"]) == (owner, department)
            owner, department = row["to_owner_id"], row["to_department_id"]
        assert (owner, department) == (now.owner_id, now.department_id)

    def teardown(self) -> None:
        if hasattr(self, "scene"):
            assert self.database.read(ownership.verify).trouble == ""


def play(database: Database, examples: int, steps: int) -> None:
    """Play random days, all in one database."""
    machine = type("Day", (Day,), {"database": database})
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_random_days_keep_the_rules_on_sqlite() -> None:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        url = f"sqlite:///{folder}/dibs.db"
        upgrade(open_engine(url))
        database = Database(open_engine(url))
        play(database, examples=12, steps=30)
        database.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_random_days_keep_the_rules_on_postgresql(database: Database) -> None:
    play(database, examples=3, steps=30)
