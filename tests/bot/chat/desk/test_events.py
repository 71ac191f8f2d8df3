"""Live: what happens is told to every open page, once, and what was missed is told on the way back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot.chat.desk import platform
from bot.chat.desk.events import PER_SESSION, Event, Listener
from storage.engine.database import Database
from storage.own import ownership
from storage.own.ownership import Change
from storage.tables.states import Via
from tests.bot.chat.desk.installation import Browser, DeskInstallation, open_installation
from tests.harness.bare import promised
from tests.harness.scene import Scene


class Stream:
    """One open page, read line by line."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def event(self) -> tuple[str, dict[str, object], str]:
        """Return name, data and id of the next event."""
        seen: dict[str, str] = {}
        for line in self._lines:
            if not line and "data" in seen:
                return seen["event"], json.loads(seen["data"]), seen.get("id", "")
            name, _, value = line.partition(": ")
            seen[name] = value
        raise EOFError


@contextmanager
def listening(browser: Browser, since: str = "") -> Iterator[Stream]:
    with browser.client.stream("GET", f"/live?since={since}") as response:
        yield Stream(response)


def test_an_arrival_and_a_claim_reach_every_open_page_within_a_second(house: DeskInstallation) -> None:
    ana, ben = house.visitor("Ana"), house.visitor("Ben")
    with listening(house.visitor("Ana")) as one, listening(house.visitor("Ben")) as two:
        assert one.event()[0] == two.event()[0] == "hello"
        with promised(1.5, "an arrival and a claim"):
            mention = house.scene.arrive()
            for stream in (one, two):
                name, data, number = stream.event()
                assert (name, data["token"], data["kind"], number) == ("mention", mention.token, "arrived", "1")
                assert data["say"] == f"New mention #{mention.token} for Finance"
            ana.press("claim", mention.token)
            for stream in (one, two):
                assert stream.event()[1]["say"] == f"Ana claimed #{mention.token}"
    assert ben.get("/").status_code == 200


def test_who_was_away_gets_what_they_missed_and_nothing_twice(house: DeskInstallation) -> None:
    ana = house.visitor()
    made = [house.scene.arrive(f"Hello {number}").token for number in range(5)]
    with listening(house.visitor("Ben"), since="2") as stream:
        assert stream.event()[0] == "hello"
        assert [stream.event()[1]["token"] for _ in range(3)] == made[2:]
        ana.press("claim", made[0])
        assert stream.event()[1]["say"] == f"Ana claimed #{made[0]}"


def test_what_comes_while_a_page_is_asked_what_it_shows_is_told_if_it_does_not_show_it() -> None:
    listener = Listener("session")
    told = [Event(number, "{}") for number in (4, 5, 0, 6)]
    for event in told:
        listener.give(event)
    listener.begin_at(5)
    for event in (Event(5, "{}"), Event(7, "{}")):
        listener.give(event)
    assert [listener.queue.get_nowait() for _ in range(listener.queue.qsize())] == [told[2], told[3], Event(7, "{}")]


def test_who_was_away_for_too_long_loads_the_page_anew(house: DeskInstallation) -> None:
    for number in range(103):
        house.scene.arrive(f"Hello {number}")
    with listening(house.visitor(), since="1") as stream:
        name, _, row = stream.event()
        assert (name, row) == ("refresh", "103")


def test_a_row_about_a_person_is_counted_on_and_drawn_nowhere(house: DeskInstallation) -> None:
    browser, mention = house.visitor("Ana"), house.scene.arrive()
    about = Change(mention_id=None, action="renamed", via=Via.COMMAND, at=house.scene.now, actor_id=1)
    with listening(house.visitor("Ben"), since="1") as stream:
        stream.event()
        house.scene.database.write(lambda session: ownership.append(session, about))
        browser.press("claim", mention.token)
        assert stream.event() == ("hello", {}, "2")
        assert stream.event()[1]["say"] == f"Ana claimed #{mention.token}"
    page = browser.get("/log").text
    assert (page.count("renamed by"), page.count(f'href="/m/{mention.token}"')) == (1, 2)
    assert 'href="/m/"' not in page


def test_an_edit_that_the_log_does_not_know_is_told_too(house: DeskInstallation) -> None:
    mention = house.scene.arrive("Hello", external_id="one")
    with listening(house.visitor()) as stream:
        stream.event()
        house.scene.arrive("Hello again", external_id="one")
        _, data, number = stream.event()
        assert (data["token"], data["kind"], number) == (mention.token, "edited", "")


def test_an_edit_shows_on_the_fragment(house: DeskInstallation) -> None:
    mention = house.scene.arrive("Hello")
    ana = house.visitor()
    answer = ana.get(f"/m/{mention.token}/card?tab=unclaimed")
    assert answer.headers["X-Fits"] == "1"
    assert answer.text.count("<article") == 1
    ana.press("claim", mention.token)
    assert ana.get(f"/m/{mention.token}/card?tab=unclaimed").headers["X-Fits"] == "0"
    assert ana.get(f"/m/{mention.token}/card?tab=mine&department=finance").headers["X-Fits"] in "01"


def test_a_session_has_a_bounded_number_of_open_pages(house: DeskInstallation) -> None:
    ana = house.visitor()
    streams = []
    for _ in range(PER_SESSION):
        context = listening(ana)
        stream = context.__enter__()
        assert stream.event()[0] == "hello"
        streams.append(context)
    assert ana.get("/live").status_code == 429
    with listening(house.visitor("Ben")) as other:
        assert other.event()[0] == "hello"
    for context in streams:
        context.__exit__(None, None, None)


def test_when_nothing_happens_a_beat_says_so_by_an_event_that_pages_see(
    house: DeskInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "HEARTBEAT_SECONDS", 0.05)
    with listening(house.visitor()) as stream:
        assert stream.event()[0] == "hello"
        assert [stream.event() for _ in range(3)] == [("beat", {}, "")] * 3  # and no row of the log is passed over


def test_leaving_ends_the_streams_of_the_session(house: DeskInstallation) -> None:
    ana = house.visitor()
    with listening(ana) as stream:
        stream.event()
        ana.post("/leave", {"csrf": ana.csrf})
        try:
            stream.event()
        except EOFError:
            return
    raise AssertionError("The stream went on.")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # an SQLite file has one process
def test_what_another_replica_does_is_told_too(database: Database, database_url: str, tmp_path: Path) -> None:
    elsewhere = Scene(database)
    with open_installation(tmp_path, database_url=database_url) as house, listening(house.visitor()) as stream:
        assert stream.event()[0] == "hello"
        mention = elsewhere.arrive()
        with listening(house.visitor()) as other, promised(4, "what another replica did"):
            assert other.event()[0] == "hello"
            assert stream.event()[1]["say"] == f"New mention #{mention.token} for Finance"
