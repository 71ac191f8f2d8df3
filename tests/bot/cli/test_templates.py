"""What an operator is given: a unit, sites for proxies, the icon, and what completes commands."""

import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from bot.chat.kit.icons import APP_SIZE
from bot.chat.registry import PLATFORMS, declared_settings
from bot.cli.command_line import VARIABLES, app
from bot.cli.templates import NAMES
from tests.bot.cli.test_command_line import run

# Neither is needed by who runs Dibs for a company.
_OF_DEVELOPERS = {"SLACK_API_URL", "TEAMS_DEVELOPMENT", "TEAMS_CLOUD"}


def test_the_unit_is_sound_and_has_few_rights(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "dibs.service"
    assert run("template", "systemd", "--output", str(unit)).exit_code == 0
    assert re.search(r"^ExecStart=/\S+/dibs run$", unit.read_text(), re.MULTILINE)
    judged = ["security", "--offline=true", "--threshold=20", str(unit)]
    for arguments in (["verify", "--man=no", str(unit)], judged):
        said = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout + said.stderr
    again = run("template", "systemd", "--output", str(unit))
    assert (again.exit_code, "File exists" in again.stderr) == (1, True)


@pytest.mark.parametrize("name", ["caddy", "nginx"])
def test_a_proxy_streams_hides_what_is_inside_and_lets_nobody_say_who_they_are(name: str) -> None:
    said = run("template", name, DIBS_PUBLIC_URL="https://care.acme.example", DIBS_PORT="9000", DIBS_HOST="0.0.0.0")
    assert said.exit_code == 0
    assert "127.0.0.1:9000" in said.stdout
    assert "care.acme.example" in said.stdout
    for needed in ("metrics", "/live", "X-Forwarded-Email"):
        assert needed in said.stdout
    assert re.search(r"flush_interval -1|proxy_buffering off", said.stdout)
    assert said.stdout.count("{") == said.stdout.count("}")


def test_the_icon_is_a_square_png_of_the_size_that_slack_wants() -> None:
    picture = run("template", "icon").stdout_bytes
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture[16:24]) == (APP_SIZE, APP_SIZE)


def test_a_template_that_does_not_exist_is_told_with_those_that_do() -> None:
    said = run("template", "apache")
    assert said.exit_code == 2
    assert all(name in said.stderr for name in NAMES)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_completes_commands_is_lines_of_that_shell(shell: str) -> None:
    said = run("completion", shell)
    assert said.exit_code == 0
    assert f"complete_{shell}" in said.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=said.stdout, text=True, check=True)


@pytest.mark.process
def test_a_shell_that_asks_is_told_what_can_follow() -> None:
    asked = {"_DIBS_COMPLETE": "complete_bash", "COMP_WORDS": "dibs db ", "COMP_CWORD": "2"}
    told = subprocess.run(
        [sys.executable, "-m", "bot"], env={**os.environ, **asked}, capture_output=True, text=True, check=False
    )
    assert told.stdout.split() == ["upgrade", "backup", "restore", "copy"]


def test_no_short_help_is_cut_in_the_middle_of_a_sentence() -> None:
    root = get_command(app)
    groups = [root, *(one for one in getattr(root, "commands", {}).values() if hasattr(one, "commands"))]
    cut = [
        name
        for group in groups
        for name, command in getattr(group, "commands", {}).items()
        if command.get_short_help_str(45).endswith("...")
    ]
    assert cut == []


def test_the_help_of_run_names_the_variables() -> None:
    told = run("run", "--help").stdout
    declared = {one.name for platform in PLATFORMS for one in declared_settings(platform).variables} - _OF_DEVELOPERS
    assert sorted(name for name in declared if name not in VARIABLES) == []
    assert "DIBS_DATABASE_URL" in told


def test_another_configuration_is_named_before_any_command(tmp_path: Path) -> None:
    said = run("--config", str(tmp_path / "other.toml"), "check", DIBS_CONFIG=str(tmp_path / "dibs.toml"))
    assert said.exit_code == 1
    assert "other.toml is not there" in said.stderr
