"""Sources: what a source's row remembers."""

from sqlmodel import Session

from storage.listen import sources
from storage.listen.sources import REMEMBERED
from tests.harness.scene import Scene


def test_of_what_was_dropped_the_latest_are_remembered_and_no_more(scene: Scene) -> None:
    def drop(numbers: range) -> int:
        ids = [f"post-{number}" for number in numbers]
        return scene.database.write(lambda session: sources.remember_dropped(session, "news", ids))

    scene.database.write(lambda session: sources.ensure(session, "news", "feed", ""))
    assert drop(range(REMEMBERED)) == REMEMBERED
    assert drop(range(REMEMBERED)) == 0
    assert drop(range(REMEMBERED - 10, REMEMBERED + 10)) == 10
    assert drop(range(10, 20)) == 0
    assert drop(range(10)) == 10  # the oldest made room

    def look(session: Session) -> int:
        return len(sources.get(session, "news").dropped_lately or "")

    assert scene.database.read(look) <= 16_000


def test_each_source_remembers_its_own(scene: Scene) -> None:
    def work(session: Session) -> list[int]:
        for name in ("news", "forum"):
            sources.ensure(session, name, "feed", "")
        return [sources.remember_dropped(session, name, ["a", "b", "a"]) for name in ("news", "forum", "news")]

    assert scene.database.write(work) == [2, 2, 0]
