"""Rules of a no to a reply: a known one is certain, and any other may hide a yes, so it is looked up."""

import asyncio
import json
from typing import Any

import pytest

from bot.net.errors import SourceRefused
from handlers.base.replying import Outcome, Refused, Unclear
from tests.bot.sources.runner.test_limits_apart import (
    BELOW,
    COMMENT,
    PUT,
    Heeding,
    bluesky,
    facebook,
    github,
    heeding,
    mastodon,
    reddit,
)
from tests.fakes.http import Reply

SKY = (bluesky, "/xrpc/com.atproto.repo.putRecord", PUT)
FEDI = (mastodon, "/api/v1/statuses", {"request": {"status": "x"}, "send_id": "s"})
TALK = (reddit, "/api/comment", {"thing_id": "t3_a", "text": "x"})
PAGE_OF_OURS = (facebook, "/12_34/comments", BELOW)
CODE = (github, "/repos/acme/app/issues/1/comments", COMMENT)
PAGE = b"<html>Sorry</html>"


def told(kind: Any, status: int, body: bytes) -> Outcome | BaseException:
    """Return what a kind makes of one answer to a reply."""
    make, path, prepared = kind
    found: list[Outcome | BaseException] = []

    async def story(here: Heeding) -> None:
        here.server.on(path, Reply(status, body=body))
        here.server.on("/api/v1/accounts/verify_credentials", Reply(body=b'{"id": "1", "acct": "acme"}'))
        assert here.source.replies is not None
        found.extend(await asyncio.gather(here.source.replies.publish(json.dumps(prepared)), return_exceptions=True))

    heeding(make, story)
    return found[0]


@pytest.mark.parametrize(
    "kind", [SKY, FEDI, TALK, CODE, PAGE_OF_OURS], ids=["bluesky", "mastodon", "reddit", "github", "facebook"]
)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (402, PAGE),
        (404, PAGE),
        (405, b""),
        (406, PAGE),
        (409, b'{"error": "Conflict", "message": "it is there already"}'),
        (410, PAGE),
        (418, b"{}"),
        (421, PAGE),
        (451, b"null"),
        (499, b"[]"),
        (400, PAGE),
    ],
)
def test_a_no_that_is_none_of_the_service_s_own_is_looked_up(kind: Any, status: int, body: bytes) -> None:
    outcome = told(kind, status, body)
    assert isinstance(outcome, Unclear), outcome
    assert outcome.refused
    assert str(status) in outcome.why or "Conflict" in outcome.why


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        (SKY, 400, b'{"error": "InvalidRequest", "message": "Invalid record"}'),
        (SKY, 400, b'{"error": "InvalidSwap"}'),
        (SKY, 413, PAGE),
        (FEDI, 404, b'{"error": "Record not found"}'),
        (FEDI, 422, b'{"error": "Validation failed: Text is too long"}'),
        (FEDI, 400, b'{"error": "Bad Request: status is too long"}'),
        (FEDI, 413, PAGE),
        (CODE, 404, b'{"message": "Not Found", "status": "404"}'),
        (CODE, 410, b'{"message": "Issues are disabled for this repo"}'),
        (CODE, 422, b'{"message": "Validation Failed", "errors": [{"code": "custom"}]}'),
        (TALK, 404, b'{"message": "Not Found", "error": 404}'),
        (TALK, 403, b'{"message": "Forbidden", "error": 403}'),
        (TALK, 413, PAGE),
        (TALK, 200, b'{"json": {"errors": [["SOMETHING_NEW", "it says so", "text"]]}}'),
    ],
)
def test_a_no_that_is_known_is_certain(kind: Any, status: int, body: bytes) -> None:
    assert isinstance(told(kind, status, body), Refused)


@pytest.mark.parametrize(("kind", "status"), [(SKY, 401), (SKY, 403), (FEDI, 403)])
def test_who_is_locked_out_wrote_nothing(kind: Any, status: int) -> None:
    assert isinstance(told(kind, status, b'{"error": "AuthenticationRequired"}'), SourceRefused)
