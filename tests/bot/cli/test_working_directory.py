"""Nothing that stands in the working directory is ever imported, in whatever way Dibs is started."""

import asyncio
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from bot.sources.kit.sandbox import Isolation
from tests.harness.patience import HANG_SECONDS

ROOT = Path(__file__).resolve().parents[3]
POISON = (
    *("feedparser", "typer", "click", "httpx", "aiohttp", "sqlalchemy", "sqlmodel", "alembic", "jinja2", "apscheduler"),
    *("yarl", "prometheus_client", "slack_bolt", "slack_sdk", "psycopg", "ahocorasick_rs", "tzdata", "idna", "certifi"),
    *("asyncio", "json", "logging", "tomllib", "sqlite3", "secrets", "zoneinfo", "handlers", "storage"),
    *("uvloop", "brotli", "brotlicffi", "zstandard", "chardet", "lxml", "ujson", "sniffio", "aiodns", "orjson"),
)
FEED = b'{"url": "https://blog.example/feed.xml", "content_type": "text/xml", "latest": 4e9}\n' + (
    b'<rss version="2.0"><channel><title>Acme</title><item><title>Hello</title></item></channel></rss>'
)


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder in which every name that Dibs might import is a module that leaves a mark."""
    for name in POISON:
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'marks')!r}, 'a').write({name!r} + ' ')\n")
    (tmp_path / "pyproject.toml").write_text('[tool.alembic]\nprepend_sys_path = ["."]\n')
    (tmp_path / "dibs.toml").write_text("[departments.support]\n")
    return tmp_path


def marks(folder: Path) -> str:
    file = folder / "marks"
    return file.read_text() if file.exists() else ""


SCRIPT = str(Path(sysconfig.get_path("scripts")) / "dibs")


@pytest.mark.turns
@pytest.mark.process
@pytest.mark.parametrize(
    "start",
    [
        [sys.executable, "-m", "bot"],
        [sys.executable, "-P", "-m", "bot"],
        pytest.param([SCRIPT], marks=pytest.mark.skipif(not Path(SCRIPT).exists(), reason="Dibs is not installed.")),
    ],
    ids=["python -m bot", "python -P -m bot", "dibs"],
)
@pytest.mark.parametrize("path", [None, str(ROOT), f"{os.pathsep}{ROOT}"])
def test_no_command_imports_what_stands_where_it_is_started(trap: Path, start: list[str], path: str | None) -> None:
    environ = {"PATH": os.environ["PATH"]} | ({"PYTHONPATH": path} if path is not None else {})
    for command in (["db", "upgrade"], ["check"], ["log", "verify"]):
        said = subprocess.run(
            [*start, *command], cwd=trap, env=environ, capture_output=True, text=True, timeout=HANG_SECONDS
        )
        assert marks(trap) == "", command
        assert "Traceback" not in said.stderr


@pytest.mark.parametrize("searched", [[], [""], ["."], ["{here}"]])
def test_the_reader_of_feeds_imports_nothing_from_there(
    trap: Path, monkeypatch: pytest.MonkeyPatch, searched: list[str]
) -> None:
    monkeypatch.chdir(trap)
    monkeypatch.setattr(sys, "path", [*(one.format(here=trap) for one in searched), *sys.path])
    read = asyncio.run(Isolation().read("bot.sources.kinds.feed.reader", FEED))
    assert b"Hello" in read
    assert marks(trap) == ""
