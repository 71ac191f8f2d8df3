"""`dibs check`: what it finds in a database that is at work."""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from bot.chat.base import Finding
from bot.cli.check import check_all
from bot.runtime.clock import Clock
from bot.settings.settings import load_settings
from storage.engine.database import Database, open_engine
from storage.engine.schema import upgrade
from storage.listen import sources
from storage.own import put_off
from storage.work import replicas
from tests.harness.postgres import environment_url
from tests.harness.scene import ORGANISATION, Scene
from tests.harness.sources import set_state

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

[[sources]]
name = "quiet"
kind = "feed"
url = "https://quiet.example/feed.xml"
"""


ADMINS = """
[organisation]
admins = ["Ana@acme.example", "anna@acme.example", "cleo@acme.example"]
"""
GONE = text("UPDATE person SET active = false WHERE name = 'Cleo'")


def check(folder: Path, database_url: str, config: str = CONFIG) -> list[Finding]:
    path = folder / "dibs.toml"
    path.write_text(config)
    return asyncio.run(check_all(load_settings({"DIBS_DATABASE_URL": database_url}, config_path=path)))


def test_each_source_that_has_a_baseline_says_what_it_had_shown(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dibs.db'}"
    upgrade(open_engine(url))
    assert [one for one in check(tmp_path, url) if "would match" in one.sentence] == []
    database = Database(open_engine(url))
    scene = Scene(database, replace(ORGANISATION, topics=()))
    old = [scene.posted("A refund"), scene.posted("Nice weather")]
    scene.ingest(*old, baseline=[one.external_id for one in old])
    database.write(lambda session: [sources.ensure(session, name, "feed", "") for name in ("blog", "quiet")])
    database.close()
    found = [one for one in check(tmp_path, url) if "would match" in one.sentence]
    assert found == [Finding(True, "Source blog", "Before Dibs listened: 2 seen, 1 would match.")]


def test_what_a_source_that_pays_will_cost_is_said_before_anything_is_spent(tmp_path: Path) -> None:
    paid = CONFIG + '[[sources]]\nname = "x"\nkind = "x"\nusername = "acme"\nbudget = "25 USD a month"\n'
    found = check(tmp_path, f"sqlite:///{tmp_path / 'dibs.db'}", paid)
    (said,) = [one for one in found if "USD" in one.sentence]
    assert (said.ok, said.subject, said.mend) == (True, "Source x", "")
    assert "300 × 0.011 + 60 × 0.026 = 4.86 USD. It spends 25 USD a month at most." in said.sentence


def test_a_source_that_is_down_is_to_be_mended(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dibs.db'}"
    upgrade(open_engine(url))
    database = Database(open_engine(url))
    scene = Scene(database)
    database.write(lambda session: sources.ensure(session, "blog", "feed", ""))
    database.write(lambda session: set_state(session, "blog", down_since=scene.now, trouble="It said 503."))
    database.close()
    found = [one for one in check(tmp_path, url) if one.subject == "Source blog" and not one.ok]
    assert [one.sentence for one in found] == ["It is down: It said 503."]


def test_a_timer_that_fails_for_a_mention_says_for_which_and_what_is_done_about_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dibs.db'}"
    upgrade(open_engine(url))
    with closing(Database(open_engine(url))) as database:
        mention = Scene(database).arrive()
        later = Clock().now() + timedelta(hours=1)
        database.write(lambda session: put_off.put(session, "wake", mention.id, 3, later, "KeyError"))
    (found,) = [one for one in check(tmp_path, url) if one.subject == "Timer wake"]
    assert not found.ok
    assert found.sentence == (
        f"It fails for #{mention.token} (KeyError), and is tried again at {later:%H:%M} UTC. The log says why; a start "
        "tries again at once."
    )


def test_admins_whom_nobody_knows_or_who_left_are_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dibs.db'}"
    upgrade(open_engine(url))
    with closing(Database(open_engine(url))) as database:
        scene = Scene(database)
        scene.person("Ana", "ana@acme.example")
        scene.person("Cleo", "cleo@acme.example")
        database.write(lambda session: session.connection().execute(GONE))
    config = CONFIG + ADMINS
    admins = [one for one in check(tmp_path, url, config) if one.subject == "Admins"]
    assert [one.sentence.partition(",")[0] for one in admins] == [
        "anna@acme.example is not known",
        "cleo@acme.example is not with us any more",
    ]
    assert all(one.ok and one.mend for one in admins)


def test_where_the_network_is_down_nobody_is_told_to_make_a_token(tmp_path: Path) -> None:
    path = tmp_path / "dibs.toml"
    path.write_text(CONFIG.replace('"Customer support"', '"Customer support"\nslack = "#support"'))
    nowhere = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": "http://127.0.0.1:9/api/"}
    url = {"DIBS_DATABASE_URL": f"sqlite:///{tmp_path / 'dibs.db'}"}
    found = asyncio.run(check_all(load_settings({**url, **nowhere}, config_path=path)))
    wrong = {one.subject: one for one in found if not one.ok}
    assert set(wrong) == {"Slack", "Slack app token"}
    for one in wrong.values():
        assert one.sentence == "Slack cannot be reached."
        assert "reaches slack.com" in one.mend
        assert "Token" not in one.mend
    assert found[0].sentence.endswith("is well: 1 department, 1 topic, 2 sources.")


def test_a_hook_whose_secret_stands_in_its_address_is_said_to_be_weaker(tmp_path: Path) -> None:
    hooks = "".join(
        f'[[sources]]\nname = "{name}"\nkind = "webhook"\npreset = "{name}"\n' for name in ("trustpilot", "zapier")
    )
    path = tmp_path / "dibs.toml"
    path.write_text(CONFIG + hooks)
    secret = "acme-sample-secret-of-a-test"
    environ = {f"DIBS_HOOK_{name}_SECRET": secret for name in ("TRUSTPILOT", "ZAPIER")}
    environ["DIBS_DATABASE_URL"] = f"sqlite:///{tmp_path / 'dibs.db'}"
    found = asyncio.run(check_all(load_settings(environ, config_path=path)))
    (said,) = [one for one in found if "weaker" in one.sentence]
    assert (said.ok, said.subject) == (True, "Source trustpilot")
    assert said.sentence.startswith("Trustpilot signs nothing: whoever knows the address of this hook may post to it")
    assert "change its secret where it was seen" in said.mend
    assert not any(secret in str(one) for one in found)


def test_what_none_of_the_replicas_does_is_to_be_mended(scene: Scene, database_url: str, tmp_path: Path) -> None:
    def said() -> list[Finding]:
        url = database_url if "sqlite" in database_url else environment_url(database_url)
        return [one for one in check(tmp_path, url) if one.subject == "Replicas"]

    assert said() == []
    now = Clock().now()
    scene.database.write(lambda session: replicas.beat(session, "a", "web worker", now))
    (found,) = said()
    assert (found.ok, found.mend) == (False, "Start one more: dibs run --role listen.")
    assert found.sentence.startswith("They run, 1 as web, 1 as worker, 0 as listen. So no source is asked")
    scene.database.write(lambda session: replicas.beat(session, "b", "listen", now))
    (found,) = said()
    assert (found.ok, found.mend) == (True, "")
