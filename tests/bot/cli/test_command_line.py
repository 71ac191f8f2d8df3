"""The command line: what it says, and with which exit code."""

import json

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env=environ)


def test_a_manifest_for_http_names_the_address_where_dibs_is() -> None:
    said = run("manifest", "slack", "--http", DIBS_PUBLIC_URL="https://dibs.acme.example/")
    assert said.exit_code == 0
    address = json.loads(said.stdout)["settings"]["event_subscriptions"]["request_url"]
    assert address == "https://dibs.acme.example/slack/events"


@pytest.mark.parametrize("url", ["", "dibs.acme.example", "https://example.com/dibs"])
def test_no_manifest_is_printed_for_an_address_that_run_would_refuse(url: str) -> None:
    said = run("manifest", "slack", "--http", DIBS_PUBLIC_URL=url)
    assert (said.exit_code, said.stdout) == (2, "")
    assert "DIBS_PUBLIC_URL" in said.stderr


def test_a_manifest_for_socket_mode_needs_no_address() -> None:
    assert run("manifest", "slack", DIBS_PUBLIC_URL="").exit_code == 0
