"""Rules of a post of Bluesky under two names: by its author's handle and by their did it is one card."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.base.events import Author, Posted
from handlers.base.organisation import SourceRules
from handlers.listen.pasted import find_standing
from storage.engine.database import Database
from storage.own import mentions
from storage.own.mentions import Filter
from storage.tables.states import Status
from tests.harness.scene import ORGANISATION, Scene

KIM, LEE = "did:plc:kkkkkkkkkkkkkkkkkkkkkkkk", "did:plc:llllllllllllllllllllllll"
SITE = "https://bsky.app/profile"


@pytest.fixture
def scene(database: Database) -> Scene:
    """A scene with Bluesky, a hook, and a second hook."""
    extra = [
        SourceRules(name=name, kind=kind) for name, kind in (("sky", "bluesky"), ("a", "webhook"), ("b", "webhook"))
    ]
    return Scene(database, replace(ORGANISATION, sources=(*ORGANISATION.sources, *extra)))


def view(scene: Scene, key: str = "3kabc", *, did: str = KIM, handle: str = "kim.example", **more: Any) -> Posted:
    """Return a post as a search shows it: its address has the did, and its author both names."""
    by = Author(name="Kim", handle=handle, external_id=did, url=f"{SITE}/{did}")
    name = f"at://{did}/app.bsky.feed.post/{key}"
    return scene.posted("A refund!", external_id=name, url=f"{SITE}/{did}/post/{key}", author=by, **more)


def brought(scene: Scene, actor: str = "kim.example", key: str = "3kabc") -> Posted:
    """Return a post as another tool brings it."""
    return scene.posted("A refund!", url=f"{SITE}/{actor}/post/{key}", author=Author(name="Kim"))


def cards(scene: Scene) -> int:
    return scene.database.read(lambda session: len(mentions.listed(session, Filter(statuses=tuple(Status)), limit=9)))


@pytest.mark.parametrize("actor", ["kim.example", "Kim.Example", KIM, KIM.replace(":", "%3A"), KIM.replace(":", "%3a")])
@pytest.mark.parametrize("query", ["", "?ref_src=embed", "#x"])
def test_what_a_view_showed_is_known_by_either_name(scene: Scene, actor: str, query: str) -> None:
    scene.ingest(view(scene), source="sky")
    scene.ingest(brought(scene, actor, f"3kabc{query}"), source="a")
    assert cards(scene) == 1


def test_what_was_brought_by_the_handle_is_known_when_a_view_tells_both(scene: Scene) -> None:
    scene.ingest(brought(scene), source="a")
    scene.ingest(view(scene), source="sky")
    assert cards(scene) == 1


def test_an_author_whom_a_view_once_told_is_known_by_the_handle_in_what_a_stream_tells(scene: Scene) -> None:
    scene.ingest(view(scene, "3kold"), source="sky")
    scene.ingest(view(scene, "3knew", handle=""), source="sky")
    scene.ingest(brought(scene, key="3knew"), source="a")
    assert cards(scene) == 2


@pytest.mark.parametrize(
    ("actor", "key"), [("kim.example", "3kxyz"), ("lee.example", "3kabc"), (LEE, "3kabc"), ("example", "3kabc")]
)
def test_another_post_or_another_author_is_another_card(scene: Scene, actor: str, key: str) -> None:
    scene.ingest(view(scene), source="sky")
    scene.ingest(view(scene, "3kother", did=LEE, handle="lee.example"), source="sky")
    scene.ingest(brought(scene, actor, key), source="a")
    assert cards(scene) == 3


def test_a_handle_that_somebody_only_claims_joins_nothing(scene: Scene) -> None:
    scene.ingest(brought(scene), source="a")
    claimed = replace(view(scene), author=Author(name="Lee", handle="kim.example", external_id=LEE))
    scene.ingest(claimed, source="sky")
    assert cards(scene) == 2


def test_a_pasted_address_finds_the_card_by_either_name(scene: Scene) -> None:
    scene.ingest(view(scene), source="sky")
    for actor in ("kim.example", KIM):
        url = f"{SITE}/{actor}/post/3kabc"
        assert scene.database.read(lambda session, url=url: find_standing(session, url, None)) is not None  # type: ignore[misc]
    other = f"{SITE}/lee.example/post/3kabc"
    assert scene.database.read(lambda session: find_standing(session, other, None)) is None
