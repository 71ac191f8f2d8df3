"""`dibs forget`: what operators are told, with which exit code; what is removed stands in the tests of the rules."""

from pathlib import Path

from typer.testing import CliRunner

from bot.cli.command_line import app
from storage.engine.database import Database
from tests.harness.engines import open_migrated
from tests.harness.scene import Scene

CONFIG = '[departments.support]\nname = "Customer support"\n'


def test_forgetting_says_how_much_and_refuses_what_is_not_there(tmp_path: Path) -> None:
    scene = Scene(Database(open_migrated(tmp_path / "dibs.db")))
    mention = scene.arrive("Where is my quetzalwort?")
    (tmp_path / "dibs.toml").write_text(CONFIG)
    environ = {
        "DIBS_CONFIG": str(tmp_path / "dibs.toml"),
        "DIBS_DATABASE_URL": f"sqlite:///{tmp_path / 'dibs.db'}",
    }
    much = "1 mentions (1 of them open), 1 posts, 0 drafts, 0 replies and 0 remarks"

    def say(*arguments: str) -> tuple[int, str]:
        said = CliRunner().invoke(app, ["forget", *arguments], env=environ)
        return said.exit_code, said.output.strip()

    assert say("mention", f"#{mention.token}", "--dry-run") == (0, f"Would remove {much}. Nothing was changed.")
    assert say("author", "blog", "@Kim", "--dry-run") == (0, f"Would remove {much}. Nothing was changed.")
    code, said = say("author", "blog", "kim")
    assert (code, said.startswith(f"Removed {much}.")) == (0, True)
    assert say("author", "blog", "kim")[0] == say("mention", "zzzzz")[0] == say("remark", "1")[0] == 1
    assert "quetzalwort" not in repr([list(row) for row in rows(scene)])
    scene.database.close()


def rows(scene: Scene) -> list[tuple[object, ...]]:
    with scene.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM post")]
