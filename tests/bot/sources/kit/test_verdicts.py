"""Rules of verdicts: each row is hit by what its network says, and all else that is no yes is looked up."""

import json

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.bluesky.verdicts import verdicts as bluesky
from bot.sources.kinds.github.verdicts import VERDICTS as GITHUB
from bot.sources.kinds.mastodon.verdicts import verdicts as mastodon
from bot.sources.kinds.reddit.verdicts import VERDICTS as REDDIT
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import READING, Means, Row, Said, Verdict, Verdicts
from handlers.base.replying import Refused, Unclear

SKY, FEDI = bluesky("acme.example"), mastodon("fedi.example")


def errors(code: str, words: str = "it says so", **beside: object) -> str:
    return json.dumps({"json": {"errors": [[code, words, "text"]], **beside}})


def name(error: str) -> str:
    return json.dumps({"error": error, "message": "it says so"})


def message(words: str, *errors: str) -> str:
    return json.dumps({"message": words, "errors": [{"code": "custom", "message": one} for one in errors]})


def graphql(code: str, words: str = "it says so") -> str:
    return json.dumps({"data": None, "errors": [{"type": code, "message": words}]})


EXAMPLES: list[tuple[Verdicts, int, str, Means]] = [
    (READING, 401, "{}", Means.EXPIRED),
    (READING, 403, "{}", Means.LOOK),
    (READING, 200, "[]", Means.FINE),
    *((SKY, 400, name(code), Means.EXPIRED) for code in ("ExpiredToken", "InvalidToken", "AuthMissing")),
    *((SKY, status, name("AuthenticationRequired"), Means.ACCOUNT) for status in (401, 403)),
    *((SKY, 400, name(code), Means.REFUSED) for code in ("InvalidRequest", "InvalidSwap", "InvalidRecord")),
    *((SKY, 400, name(code), Means.REFUSED) for code in ("PayloadTooLarge", "RecordTooLarge")),
    (SKY, 413, "null", Means.REFUSED),
    (SKY, 400, name("InvalidRequestOrNot"), Means.LOOK),
    (SKY, 200, name("InvalidRequest"), Means.FINE),
    (FEDI, 401, "null", Means.EXPIRED),
    (FEDI, 400, '{"error": "The access token is invalid"}', Means.EXPIRED),
    (FEDI, 422, '{"error": "This method requires an authenticated user"}', Means.EXPIRED),
    (FEDI, 403, "null", Means.ACCOUNT),
    (FEDI, 413, "null", Means.REFUSED),
    (FEDI, 404, '{"error": "Record not found"}', Means.PARENT_GONE),
    (FEDI, 404, "null", Means.LOOK),
    (FEDI, 422, '{"error": "Validation failed: Text is too long"}', Means.REFUSED),
    (FEDI, 422, "{}", Means.LOOK),
    (GITHUB, 401, message("Bad credentials"), Means.EXPIRED),
    (GITHUB, 200, graphql("RATE_LIMITED"), Means.AGAIN),
    (GITHUB, 200, graphql("", "You have exceeded a secondary rate limit"), Means.AGAIN),
    (GITHUB, 200, graphql("NOT_FOUND"), Means.PARENT_GONE),
    (GITHUB, 200, graphql("FORBIDDEN", "Discussion is locked"), Means.PARENT_GONE),
    (GITHUB, 200, graphql("INSUFFICIENT_SCOPES"), Means.ACCOUNT),
    (GITHUB, 200, graphql("FORBIDDEN", "Resource not accessible by integration"), Means.ACCOUNT),
    *((GITHUB, 200, graphql(code), Means.REFUSED) for code in ("FORBIDDEN", "UNPROCESSABLE")),
    (GITHUB, 200, graphql("", "Something went wrong while executing your query"), Means.LOOK),
    (GITHUB, 200, '{"data": {"viewer": {"login": "acme"}}}', Means.FINE),
    (GITHUB, 201, '{"id": 1, "body": "rate limit exceeded"}', Means.FINE),
    (GITHUB, 403, message("You have exceeded a secondary rate limit"), Means.AGAIN),
    (GITHUB, 422, message("Validation Failed", "was submitted too quickly"), Means.AGAIN),
    (GITHUB, 403, message("Unable to create comment because issue is locked."), Means.PARENT_GONE),
    (GITHUB, 403, message("Repository was archived so is read-only."), Means.PARENT_GONE),
    (GITHUB, 403, message("Resource not accessible by personal access token"), Means.ACCOUNT),
    (GITHUB, 403, message("Resource protected by organization SAML enforcement."), Means.ACCOUNT),
    (GITHUB, 403, message("You can't comment because you are blocked"), Means.REFUSED),
    (GITHUB, 404, message("Not Found"), Means.PARENT_GONE),
    *((GITHUB, status, message("This is gone"), Means.PARENT_GONE) for status in (410, 451)),
    (GITHUB, 413, "null", Means.REFUSED),
    (GITHUB, 422, message("Validation Failed", "body is too long (maximum is 65536 characters)"), Means.REFUSED),
    *((GITHUB, status, "null", Means.LOOK) for status in (400, 403, 404, 410, 422)),
    (GITHUB, 409, message("Conflict"), Means.LOOK),
    (REDDIT, 401, "{}", Means.EXPIRED),
    (REDDIT, 200, errors("RATELIMIT", "Take a break for 7 minutes"), Means.AGAIN),
    (REDDIT, 200, errors("USER_REQUIRED"), Means.ACCOUNT),
    *(
        (REDDIT, 200, errors(row.code), row.means)
        for row in REDDIT.rows
        if row.status == {200} and row.code.replace("_", "").isalpha() and row.code not in ("RATELIMIT",)
    ),
    (REDDIT, 200, errors("SOMETHING_NEW"), Means.REFUSED),
    (REDDIT, 200, '{"json": {"errors": {"odd": 1}}}', Means.REFUSED),
    (REDDIT, 200, '{"json": {"errors": []}}', Means.FINE),
    (REDDIT, 403, '{"error": 403}', Means.REFUSED),
    (REDDIT, 404, '{"message": "Not Found", "error": 404}', Means.PARENT_GONE),
    (REDDIT, 404, "null", Means.LOOK),
    (REDDIT, 413, "null", Means.REFUSED),
    (REDDIT, 409, "{}", Means.LOOK),
]


def answered(status: int, body: str, **headers: str) -> Answer:
    return Answer(status, headers, json.loads(body))


@pytest.mark.parametrize(("table", "status", "body", "means"), EXAMPLES)
def test_each_answer_means_what_its_row_says(table: Verdicts, status: int, body: str, means: Means) -> None:
    verdict = table.judge(answered(status, body))
    assert verdict.means is means
    assert "{" not in verdict.why.replace("{odd", "")


def test_a_scope_that_is_missing_is_for_a_person_to_mend() -> None:
    refused = Answer(403, {"www-authenticate": 'Bearer error="insufficient_scope"'}, {"error": 403})
    assert REDDIT.judge(refused).means is Means.ACCOUNT


@pytest.mark.parametrize(
    ("headers", "rest"),
    [
        ({}, 60.0),
        ({"x-ratelimit-remaining": "4999", "x-ratelimit-reset": "2400"}, 60.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2400"}, 2_400.0),
        ({"x-ratelimit-remaining": "4999", "x-ratelimit-reset": "2400", "retry-after": "37"}, 37.0),
    ],
)
def test_a_limit_that_tells_no_time_of_its_own_asks_for_a_minute(headers: dict[str, str], rest: float) -> None:
    refused = Answer(403, headers, {"message": "You have exceeded a secondary rate limit"})
    assert (GITHUB.judge(refused).means, GITHUB.judge(refused).rest) == (Means.AGAIN, rest)


def test_no_row_is_without_its_example() -> None:
    by_headers = [Answer(403, {"www-authenticate": "insufficient_scope"}), Answer(403, {"retry-after": "1"})]
    for table in (READING, SKY, FEDI, GITHUB, REDDIT):
        answers = [answered(status, body) for one, status, body, _ in EXAMPLES if one is table] + by_headers
        hit = [next((row for row in table.rows if row.holds(one, table.read(one))), None) for one in answers]
        assert [row for row in table.rows if row not in hit] == []


def test_the_first_row_that_holds_counts_and_the_sentence_quotes_and_never_obeys() -> None:
    table = Verdicts(
        rows=(
            Row(means=Means.LOOK, status=frozenset({400}), code="20/1772107", why="It may stand there."),
            Row(means=Means.REFUSED, status=frozenset({400}), code="20/.*", why="No ({status}, {code}): {words}"),
        ),
        read=lambda answer: Said(code=str(answer.json), words="{status} {code}"),
        unknown="What is {status}?",
    )
    assert table.judge(Answer(400, {}, "20/1772107")) == Verdict(Means.LOOK, "It may stand there.")
    assert table.judge(Answer(400, {}, "20/33")) == Verdict(Means.REFUSED, "No (400, 20/33): {status} {code}")
    assert table.judge(Answer(400, {}, "4")) == Verdict(Means.LOOK, "What is 400?")


def test_what_follows_from_each_verdict() -> None:
    assert Verdict(Means.FINE).outcome() is None
    assert Verdict(Means.REFUSED, "Why.").outcome() == Verdict(Means.PARENT_GONE, "Why.").outcome() == Refused("Why.")
    assert Verdict(Means.LOOK, "Why.").outcome() == Unclear("Why.", refused=True)
    with pytest.raises(SourceUnavailable) as later:
        Verdict(Means.AGAIN, "Why.", 420.0).outcome()
    assert later.value.retry_after == 420.0
    for means in (Means.ACCOUNT, Means.EXPIRED):
        with pytest.raises(SourceRefused):
            Verdict(means, "Why.").outcome()


def test_a_rest_that_is_asked_for_in_words_is_heeded() -> None:
    assert REDDIT.judge(answered(200, errors("RATELIMIT", "Take a break for 7 minutes"))).rest == 420.0
