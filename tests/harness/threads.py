"""Public threads in a scene: several people who each say something in one, and the mentions that come of it."""

from handlers.base.events import Author, Posted
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow
from storage.tables.states import Held, Status
from tests.harness.scene import Scene


def posts(scene: Scene, number: int, **fields: object) -> list[Posted]:
    """Return as many posts, each by somebody else."""
    found = []
    for _ in range(number):
        author = Author(name="Sam Sample", external_id=f"author-{next(scene.numbers)}")
        told: dict[str, object] = {"author": author, **fields}
        text = str(told.pop("text", "Where is my refund?"))
        found.append(scene.posted(text, **told))
    return found


def say(scene: Scene, number: int = 1, **fields: object) -> list[Posted]:
    """Let as many people each say something, in one batch."""
    found = posts(scene, number, **fields)
    scene.ingest(*found)
    return found


def listed(scene: Scene, *held: Held) -> list[MentionRow]:
    """Return what is held so, in whatever status, those that came first first."""
    wanted = Filter(held=held or (Held.NO,), statuses=tuple(Status))
    return scene.database.read(lambda session: mentions.listed(session, wanted, limit=10_000))


def begun(scene: Scene, number: int = 3, thread: str = "t3_1") -> tuple[MentionRow, list[MentionRow]]:
    """Let a thread begin; returns the mention that has its card, and the others that stand on it."""
    say(scene, number, thread=thread)
    under = listed(scene, Held.THREAD)[1 - number :]
    (lead,) = (one for one in listed(scene) if one.id == under[0].held_by)
    return lead, under
