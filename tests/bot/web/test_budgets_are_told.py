"""Budgets: probes, figures, `dibs check` and `dibs source test` say what is spent, and none calls it trouble."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web

from bot.chat.backend import Backend
from bot.cli.check import check_all
from bot.cli.spending import booked
from bot.net.client import Fetcher
from bot.net.errors import SourceUnavailable
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.settings.settings import Settings, load_settings
from bot.web.health import Health
from bot.web.metrics import Metrics
from bot.web.server import Front
from handlers.dispatch.dispatch import Dispatcher
from storage.engine.database import Database
from tests.fakes.http import Reply, ScriptedServer
from tests.harness.engines import open_migrated
from tests.harness.scene import Scene
from tests.harness.spending import MONEY, UNITS, selling, spend

NOBODY = cast(web.Request, None)
CONFIG = """
[departments.support]
name = "Customer support"

[[sources]]
name = "tube"
kind = "feed"
url = "http://127.0.0.1/feed.xml"
allow_private = true
"""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with closing(Database(open_migrated(tmp_path / "dibs.db"))) as database:
        made = Scene(database)
        made.organisation = selling(made.organisation)
        yield made


def backend(scene: Scene) -> Backend:
    dispatcher = Dispatcher(scene.organisation, Ids().random)
    clock = Clock(lambda: scene.now)
    return Backend(database=AsyncDatabase(scene.database), dispatcher=dispatcher, clock=clock, ids=Ids())


def readyz(scene: Scene) -> Any:
    health = Health(backend=backend(scene), platforms=(), stopping=lambda: False)
    answer = asyncio.run(health.readyz(NOBODY))
    assert answer.status == 200
    return json.loads(answer.text or "")["sources"]["tube"]


def test_readyz_notes_a_budget_that_is_nearly_spent_and_calls_the_source_well(scene: Scene) -> None:
    spend(scene.database, UNITS, 7_999, scene.now)
    assert readyz(scene) == {"status": "ok"}
    spend(scene.database, UNITS, 1_001, scene.now)
    assert readyz(scene) == {
        "status": "ok",
        "note": "9,000 of 10,000 units a day are spent; there is more at 2026-03-03 08:00 UTC.",
    }


def test_the_figures_are_in_whole_units_by_source_and_window(scene: Scene) -> None:
    spend(scene.database, MONEY, 1_250, scene.now)
    front = Front(backend=backend(scene), metrics=Metrics(), platforms=())
    answer = asyncio.run(front.show_metrics(NOBODY))
    assert isinstance(answer.body, bytes)
    lines = [one for one in answer.body.decode().splitlines() if one.startswith("dibs_source_budget")]
    assert lines == [
        'dibs_source_budget_spent{source="tube",unit="units",window="day"} 0.0',
        'dibs_source_budget_spent{source="tube",unit="USD",window="month"} 1.25',
        'dibs_source_budget_most{source="tube",unit="units",window="day"} 10000.0',
        'dibs_source_budget_most{source="tube",unit="USD",window="month"} 10.0',
    ]


# --- the command line ------------------------------------------------------------------------------------------------


def settings(folder: Path) -> Settings:
    """Read a dibs.toml whose source has the budgets of a kind that there is not."""
    path = folder / "dibs.toml"
    path.write_text(CONFIG)
    read = load_settings({"DIBS_DATABASE_URL": f"sqlite:///{folder / 'dibs.db'}"}, config_path=path)
    (source,) = read.sources
    rules = replace(source.rules, budgets=(UNITS, MONEY))
    organisation = replace(read.organisation, sources=(rules,))
    return replace(read, sources=(replace(source, rules=rules),), organisation=organisation)


def test_dibs_check_says_what_is_spent_and_warns_before_the_end(scene: Scene, tmp_path: Path) -> None:
    now = Clock().now()
    spend(scene.database, UNITS, 9_000, now)
    found = [one for one in asyncio.run(check_all(settings(tmp_path))) if "spent" in one.sentence]
    assert [(one.subject, one.ok, one.sentence.partition(";")[0], bool(one.mend)) for one in found] == [
        ("Source tube", True, "9,000 of 10,000 units a day are spent", True),
        ("Source tube", True, "0 of 10 USD a month are spent", False),
    ]


def asked(settings: Settings, *, times: int = 1) -> list[str]:
    """Ask the source so often, as `dibs source test` does; returns what is said of it."""

    async def ask() -> list[str]:
        fetcher = Fetcher(Clock())
        async with ScriptedServer() as server:
            server.on("/feed.xml", Reply(body=b"ok"))
            with booked(settings, "tube", fetcher, Clock()) as (counting, said):
                for _ in range(times):
                    await counting.get(server.url("/feed.xml"), allow_private=True)
            assert len(server.requests) == times
        await fetcher.aclose()
        return [one.partition(";")[0] for one in said]

    return asyncio.run(ask())


def test_a_source_that_is_tried_spends_of_its_budget(scene: Scene, tmp_path: Path) -> None:
    assert asked(settings(tmp_path), times=3) == [
        "3 of 10,000 units a day are spent",
        "0.003 of 10 USD a month are spent",
    ]
    spend(scene.database, UNITS, 7_997, Clock().now())
    with pytest.raises(SourceUnavailable, match="2,000 units of it are kept for replies"):
        asked(settings(tmp_path))


def test_where_there_is_no_database_yet_it_is_asked_and_nothing_is_written_down(tmp_path: Path) -> None:
    (said,) = asked(settings(tmp_path))
    assert said.startswith("What that cost was not written down. The database is empty.")


def test_a_source_without_a_budget_needs_no_database(tmp_path: Path) -> None:
    read = settings(tmp_path)
    (source,) = read.sources
    plain = replace(read, sources=(replace(source, rules=replace(source.rules, budgets=())),))
    assert asked(plain) == []
    assert not (tmp_path / "dibs.db").exists()
