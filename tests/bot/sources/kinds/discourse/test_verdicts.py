"""Rules of what a forum says to a reply: each row of its table with an example, and what no row holds is looked up."""

import asyncio
import json
from typing import Any

import pytest

from bot.net.client import Fetcher
from bot.net.errors import MaybeSent, SourceRefused, SourceUnavailable
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.discourse.options import DiscourseOptions
from bot.sources.kinds.discourse.source import Discourse
from bot.sources.kinds.discourse.verdicts import verdicts
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.replying import Outcome, Published, Refused, Unclear
from tests.bot.sources.kinds.discourse.scene import SECRETS
from tests.bot.sources.scene import NOW
from tests.fakes.discourse_board import US
from tests.fakes.http import Reply, ScriptedServer

PREPARED = json.dumps({"send_id": "s", "post": 1, "request": {"topic_id": 1, "raw": "x"}})


def told(status: int, body: object) -> Outcome | BaseException:
    """Return what is made of one answer to a reply."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def run() -> Outcome | BaseException:
        clock = Clock(lambda: NOW)
        fetcher = Fetcher(clock, seconds=5)
        async with ScriptedServer() as server:
            server.on("/posts.json", Reply(status, body=raw))
            options = DiscourseOptions(base_url=server.url(""), username=US)
            config = SourceConfig(name="f", kind="discourse", options=options, secrets=SECRETS, allow_private=True)
            source = Discourse(config, SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock))
            try:
                (found,) = await asyncio.gather(source.replies.publish(PREPARED), return_exceptions=True)
            finally:
                await fetcher.aclose()
        return found

    return asyncio.run(run())


def no(*errors: str, action: str = "create_post", **more: Any) -> dict[str, Any]:
    return {"action": action, "errors": list(errors), **more}


def kind(error_type: str, *errors: str, **more: Any) -> dict[str, Any]:
    return {"errors": list(errors), "error_type": error_type, **more}


ROWS: list[tuple[int, object, type, str]] = [
    (401, kind("x", "no"), SourceRefused, "API_KEY"),
    (403, kind("invalid_access", "The API username or key is invalid."), SourceRefused, "API_KEY"),
    (403, kind("not_logged_in", "Sie müssen angemeldet sein."), SourceRefused, "is global"),
    (422, kind("rate_limit", "Slow down", extras={"wait_seconds": 12}), SourceUnavailable, "rest"),
    (429, kind("rate_limit", "Slow down", extras={"wait_seconds": 12}), SourceUnavailable, "rest"),
    (404, kind("not_found", "The requested URL or resource could not be found."), Refused, "not there any more"),
    (400, kind("invalid_parameters", "You supplied invalid parameters: raw"), Refused, "invalid parameters: raw"),
    (413, b"<html>", Refused, "longer"),
    (422, no("Body is too similar to what you recently posted"), Unclear, "sent before"),
    (422, no("Something has gone wrong. Perhaps this topic was closed or deleted"), Refused, "closed, archived"),
    (422, no("Body is too short (minimum is 20 characters)"), Refused, "too short"),
    (422, no("Body must be at least 20 characters"), Refused, "at least 20"),
    (422, no("Body is too long (maximum is 32000 characters)"), Refused, "too long"),
    (422, no("Body is limited to 32000 characters; you entered 40000."), Refused, "is limited"),
    (422, no("Body can't be blank"), Refused, "blank"),
    (422, no("Sorry, new users can only put 2 links in a post."), Refused, "2 links"),
    (422, no("Sorry, you can't embed media items in a post."), Refused, "media items"),
    (422, no("Your post contains a word that's not allowed: xx"), Refused, "not allowed"),
    (200, {"success": True, "action": "enqueued", "pending_post": {"id": 1}}, Published, ""),
    (200, {"id": 5, "topic_id": 1, "post_number": 2, "topic_slug": "a"}, Published, ""),
]


@pytest.mark.parametrize(("status", "body", "outcome", "why"), ROWS, ids=[f"{row[0]} {row[1]!r:.70}" for row in ROWS])
def test_an_answer_means_what_its_row_says(status: int, body: object, outcome: type, why: str) -> None:
    found = told(status, body)
    assert isinstance(found, outcome), found
    assert why in (getattr(found, "why", "") or getattr(found, "reason", "") or "")


def test_every_row_of_the_table_has_an_example() -> None:
    from bot.sources.kit.answer import Answer

    table = verdicts("forum.example", "Look.")
    held = set()
    for status, body, _, _ in ROWS:
        answer = Answer(status, {}, body if isinstance(body, dict) else None)
        held |= {table.rows.index(row) for row in table.rows if row.holds(answer, table.read(answer))}
    assert held == set(range(len(table.rows)))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b"<html>"),
        (402, b""),
        (404, b"<html>no forum here"),
        (405, b"{}"),
        (409, no("edit conflict")),
        (410, b"null"),
        (418, b"[]"),
        (422, b"<html>"),
        (422, no("Textkörper ist zu kurz (Minimum sind 20 Zeichen)")),
        (422, no()),
        (422, {"errors": {"a": [7]}, "error_type": 7, "extras": []}),
        (200, b"<html>"),
        (200, {"success": True, "action": "custom", "message": "Read the rules"}),
        (200, {"id": "5"}),
        (200, []),
        (503, kind("read_only", "The site is in read only mode.")),
        (500, b""),
    ],
    ids=str,
)
def test_what_no_row_holds_may_hide_a_yes_and_is_looked_up(status: int, body: object) -> None:
    found = told(status, body)
    assert isinstance(found, Unclear | MaybeSent), found


def test_an_unknown_no_is_said_in_the_words_of_the_forum() -> None:
    found = told(422, no("Textkörper ist zu kurz\n<b>@here</b>"))
    assert isinstance(found, Unclear)
    assert found.refused
    assert "Textkörper ist zu kurz <b>@here</b>" in found.why
