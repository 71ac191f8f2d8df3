"""Roles: a process does what it was started for, and every one of them says how it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.app import App, build
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.runtime.roles import ALL_ROLES, WITHOUT, Role, RolesRefused
from bot.settings.settings import load_settings
from bot.web.health import _roles
from storage.work.replicas import ReplicaRow
from tests.harness.engines import migrate
from tests.harness.postgres import Cluster, environment_url

CONFIG = """
[departments.support]
name = "Customer support"

[[topics]]
name = "billing"
any = ["refund"]
department = "support"

[[sources]]
name = "blog"
kind = "feed"
url = "https://blog.example/feed.xml"
"""
WORKS = {
    Role.WEB: set[str](),
    Role.WORKER: {"delivery", "publishing", "suggestions", "homes"},
    Role.LISTEN: {"sources"},
}
HOW_IT_IS = {"/healthz", "/readyz", "/metrics"}


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    found = cluster.create_database(cluster.template(migrate))
    yield found
    cluster.drop(found)


def built(folder: Path, url: str, *roles: Role) -> App:
    (folder / "dibs.toml").write_text(CONFIG)
    environ = {
        "DIBS_DATABASE_URL": url if "sqlite" in url else environment_url(url),
        "DIBS_PUBLIC_URL": "https://dibs.acme.example",
        "DIBS_PORT": "0",
    }
    settings = load_settings(environ, config_path=folder / "dibs.toml")
    return build(settings, Clock(), Ids(), roles=frozenset(roles) or ALL_ROLES)


def paths(app: web.Application) -> set[str]:
    return {one.resource.canonical for one in app.router.routes() if one.resource is not None}


@pytest.mark.parametrize("roles", [(), *((role,) for role in Role), (Role.WEB, Role.LISTEN)], ids=str)
def test_a_process_does_what_its_roles_say(tmp_path: Path, url: str, roles: tuple[Role, ...]) -> None:
    app = built(tmp_path, url, *roles)
    try:
        expected = set().union(*(WORKS[role] for role in roles or Role))
        assert set(app._parts()) == expected | {"database", "replicas"}
        served = paths(app.front.application())
        assert served >= HOW_IT_IS
        assert ("/hooks/{source}" in served and "/" in served) == (Role.WEB in (roles or Role))
        assert (served == HOW_IT_IS) != (Role.WEB in (roles or Role))
    finally:
        app.database.close()


def test_on_a_file_one_process_does_all(tmp_path: Path) -> None:
    with pytest.raises(RolesRefused, match="share the work on PostgreSQL"):
        built(tmp_path, f"sqlite:///{tmp_path / 'dibs.db'}", Role.WEB)
    assert not (tmp_path / "dibs.db.lock").exists()


def test_what_nobody_does_is_said_by_whoever_is_asked(tmp_path: Path, url: str) -> None:
    app = built(tmp_path, url)
    try:
        assert _roles(app.replicas) == {}
        app.replicas._living = [ReplicaRow("a", "web", "0032"), ReplicaRow("b", "listen web", "0032")]
        said = _roles(app.replicas)["roles"]
        assert {name: one["status"] for name, one in said.items()} == {
            "web": "ok",
            "listen": "ok",
            "worker": "degraded",
        }
        assert WITHOUT[Role.WORKER] in said["worker"]["why"]
    finally:
        app.database.close()
