"""What is open to whoever reaches the port names channels and sources, and nobody; and does not grow with people."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from sqlmodel import Session

from bot.chat.backend import Backend
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.web.health import Health
from bot.web.metrics import Metrics
from bot.web.server import Front
from handlers.base.cards import Notice
from handlers.base.stored import to_json
from storage.channels import lanes, messages
from storage.engine.database import Database
from storage.tables.states import MessageKind
from tests.harness.engines import open_migrated
from tests.harness.scene import Scene

NOBODY = cast(web.Request, None)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with closing(Database(open_migrated(tmp_path / "dibs.db"))) as database:
        yield Scene(database)


def backend(scene: Scene) -> Backend:
    return Backend(database=AsyncDatabase(scene.database), dispatcher=scene.dispatcher, clock=Clock(), ids=Ids())


def tell(scene: Scene, platform: str, people: int) -> None:
    """Let so many people have something waiting."""
    body = to_json(Notice(title="It is yours.", text="It is yours."))

    def write(session: Session) -> None:
        for number in range(people):
            lane = messages.lane_id(session, platform, f"@U{number:04}")
            key = f"given:{platform}:{number}"
            messages.put(session, key=key, lane_id=lane, kind=MessageKind.NOTICE, body=body, now=scene.now)

    scene.database.write(write)


def shown(scene: Scene) -> list[str]:
    front = Front(backend=backend(scene), metrics=Metrics(), platforms=())
    answer = asyncio.run(front.show_metrics(NOBODY))
    assert isinstance(answer.body, bytes)
    return answer.body.decode().splitlines()


def test_direct_messages_are_one_series_however_many_people_got_one(scene: Scene) -> None:
    scene.arrive()
    before = len(shown(scene))
    tell(scene, "slack", 1)
    once = len(shown(scene))
    tell(scene, "slack", 120)
    tell(scene, "teams", 30)
    lines = shown(scene)
    assert len(lines) == once + (once - before)  # one more for Teams
    assert 'dibs_lanes_depth{lane="direct",platform="slack"} 120.0' in lines
    assert 'dibs_lanes_depth{lane="direct",platform="teams"} 30.0' in lines
    assert 'dibs_lanes_depth{lane="C-FINANCE",platform="slack"} 1.0' in lines
    assert not any("@" in line or "U00" in line for line in lines)


def test_readyz_says_of_direct_messages_together_how_they_are(scene: Scene) -> None:
    tell(scene, "slack", 20)
    health = Health(backend=backend(scene), platforms=(), stopping=lambda: False)

    def told() -> dict[str, dict[str, str]]:
        answer = asyncio.run(health.readyz(NOBODY))
        assert "@" not in (answer.text or "")
        found: dict[str, dict[str, str]] = json.loads(answer.text or "")["lanes"]
        return found

    assert told()["slack:direct"] == {"status": "ok"}
    lane = scene.database.read(lambda session: messages.lane_of(session, "slack", "@U0007"))
    assert lane is not None
    later = scene.now + timedelta(minutes=2)
    scene.database.write(lambda session: lanes.park(session, lane.id, "Slack answered is_archived.", later))
    assert told()["slack:direct"]["status"] == "degraded"
