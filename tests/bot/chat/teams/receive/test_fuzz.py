"""Fuzz: whatever comes with Microsoft's token is answered below 500, without a traceback, and changes nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from storage.engine.database import Database, Session
from storage.own import ownership
from storage.people import people
from tests.bot.chat.teams.installation import TeamsInstallation, installation
from tests.harness.engines import open_migrated
from tests.harness.loops import run_in
from tests.harness.mutated import as_json, broken, drawn, mutated, no_traceback

# Of all that is drawn from one seed, so many go out each day, and all with what is slow.
SHARE, ALL = 60, 1_000
NUMBERS = [SHARE, pytest.param(ALL, marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamsInstallation]:
    """An installation with a card in a channel."""
    folder: Path = tmp_path_factory.mktemp("fuzz")
    database = Database(open_migrated(folder / "dibs.db"))
    with installation(database) as built:
        yield built
    database.close()


def activities(home: TeamsInstallation) -> st.SearchStrategy[bytes]:
    """Return what people do with a mention that is not there, as its bytes, changed."""
    build, ana, room = home.teams.build, home.teams.ana, home.finance
    kinds: list[Any] = [
        build.press(ana, room, "1", "dibs:claim", {"ref": "zzzzz.1"}),
        build.press(ana, room, "1", "dibs:note", {"ref": "zzzzz.1", "form": "note", "note.text": "x"}),
        build.message(ana, room, "claim #zzzzz"),
        build.react(ana, room, "1", "1f440_eyes"),
    ]
    changed = st.sampled_from(kinds).flatmap(mutated).map(as_json)
    return st.one_of(changed, changed, changed, changed, st.sampled_from(kinds).map(as_json).flatmap(broken))


def state(session: Session) -> tuple[Any, ...]:
    """Return what no stranger's activity may change."""
    return ownership.head(session), [(one.id, one.name, one.email) for one in people.everybody(session)]


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_signed_and_nonsense_has_no_effect(home: TeamsInstallation, number: int) -> None:
    bodies = drawn(activities(home), number)
    row = home.arrive()
    before = home.read(state)
    answers: dict[int, int] = {}

    with no_traceback():
        for body in bodies:
            status, _ = run_in(home.teams.loop, home.teams.post(body, home.teams.sign()))
            answers[status] = answers.get(status, 0) + 1
            assert status < 500, body[:2_000]
        home.settle()
    print(f"{sum(answers.values())} signed activities: {answers}")
    assert home.read(state) == before
    home.press(home.teams.ana, row, "claim")
    assert home.owner(row) is not None
