"""Rules of what is read of a delivery: where only one meaning is possible it is taken, and each post for itself."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from bot.sources.base import HookRefused
from handlers.base.events import Posted
from tests.bot.sources.kinds.webhook.test_source import NOW, hook, posts_of

FORM = "application/x-www-form-urlencoded"


def received(raw: bytes, content_type: str = "application/json", **options: Any) -> tuple[Posted, ...]:
    """Deliver bytes over a bearer hook."""
    source = hook("s3cret", scheme="bearer", **options)
    return posts_of(source.receive({"Authorization": "Bearer s3cret", "Content-Type": content_type}, raw, NOW))


def ids(raw: bytes, content_type: str = "application/json", **options: Any) -> list[str]:
    return [post.external_id for post in received(raw, content_type, **options)]


# --- texts as templates paste them -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'{"id": 7, "body": "Acme lost it.\nWhere\tis it?"}', "Acme lost it.\nWhere\tis it?"),
        (b'{"id": 7, "body": "one\r\ntwo"}', "one\r\ntwo"),
        (b'{"id": 7, "body": "a\x0b\x1fb"}', "a\x0bb"),
        (b'\xef\xbb\xbf{"id": 7, "body": "x"}', "x"),
        ('{"id": 7, "body": "Grüße"}'.encode("utf-16"), "Grüße"),
        ('{"id": 7, "body": "Grüße"}'.encode("utf-16-le"), "Grüße"),
        ('{"id": 7, "body": "Grüße"}'.encode("utf-32"), "Grüße"),
        (json.dumps(json.dumps({"id": 7, "body": "twice wrapped"})).encode(), "twice wrapped"),
    ],
)
def test_what_a_reader_would_understand_is_understood(raw: bytes, text: str) -> None:
    (post,) = received(raw)
    assert (post.external_id, post.text) == ("7", text)


def test_a_charset_that_the_sender_names_is_believed() -> None:
    (post,) = received('{"id": 7, "body": "Grüße"}'.encode("latin-1"), "application/json; charset=ISO-8859-1")
    assert post.text == "Grüße"
    assert received('{"id": 7, "body": "Grüße"}'.encode(), "application/json; charset=nonsense")[0].text == "Grüße"


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "utf-16"])
def test_a_charset_that_the_bytes_disprove_is_not(charset: str) -> None:
    assert received('{"id": 7, "body": "Grüße"}'.encode(), f"application/json; charset={charset}")[0].text == "Grüße"


# --- numbers, booleans, and what is none -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("1772600767123.0", "1772600767123"),
        ("1772600767123", "1772600767123"),
        ("12345678901234567.0", "12345678901234567"),
        ("17.25", "17.25"),
        ("1.5e3", "1500"),
        ("-4", "-4"),
        ("18446744073709551617", "18446744073709551617"),
    ],
)
def test_a_number_names_a_post_by_its_digits_with_a_point_or_without(written: str, name: str) -> None:
    assert ids(f'{{"id": {written}, "body": "x"}}'.encode()) == [name]


@pytest.mark.parametrize(
    ("written", "text"), [("4.5", "4.5"), ("4.0", "4.0"), ("3", "3"), ("true", "true"), ("1e2", "100")]
)
def test_a_number_that_is_said_stays_as_it_was_sent(written: str, text: str) -> None:
    (post,) = received(f'{{"id": 1, "title": {written}}}'.encode(), map={"id": "/id", "title": "/title"})
    assert post.title == text


@pytest.mark.parametrize("field", ["id", "url", "timestamp"])
@pytest.mark.parametrize("value", [True, False, None])
def test_what_is_true_or_false_names_nothing_and_dates_nothing(field: str, value: Any) -> None:
    (post,) = received(json.dumps({"id": 1, "url": "https://e.example/1", "body": "x", field: value}).encode())
    assert post.text == "x"
    assert post.external_id not in ("True", "true", "False", "false", "None", "")
    assert field != "url" or post.url == ""
    assert post.published_at is None


def test_a_time_with_a_point_is_one() -> None:
    (post,) = received(b'{"id": 1, "body": "x", "timestamp": 1772600767.0}')
    assert post.published_at == datetime.fromtimestamp(1_772_600_767, UTC)


@pytest.mark.parametrize(
    "broken", ["NaN", "-Infinity", "1e999", "9" * 5_000, "1e99999999999999999999", "0." + "1" * 500]
)
def test_what_is_no_number_spoils_the_field_that_it_stands_in_and_nothing_else(broken: str) -> None:
    assert ids(f'[{{"id": 1, "body": "x", "score": {broken}}}, {{"id": 2, "body": "y"}}]'.encode()) == ["1", "2"]
    spoilt = received(f'[{{"id": {broken}, "body": "x"}}, {{"id": 2, "body": "y"}}]'.encode())
    assert [post.external_id for post in spoilt] == ["2"]


# --- one post, several, and in what they come ------------------------------------------------------------------------

POST = '{"id": 7, "body": "Acme lost it"}'
FIRST, SECOND = '{"id": 1, "body": "a"}', '{"id": 2, "body": "b"}'


@pytest.mark.parametrize(
    "raw",
    [
        f"{FIRST}\n{SECOND}",
        f"{FIRST}\r\n{SECOND}\r\n",
        f"\n\n{FIRST}\n\n{SECOND}\n",
        f"{FIRST}{SECOND}",
        f"\x1e{FIRST}\n\x1e{SECOND}\n",
        '{"id": 1,\n "body": "a"}\n{"id": 2,\n "body": "b"}',
        f'{{"0": {FIRST}, "3": {SECOND}}}',
        json.dumps([FIRST, SECOND]),
        json.dumps(f"[{FIRST}, {SECOND}]"),
    ],
)
def test_posts_come_one_a_line_one_after_another_and_in_lists_of_all_kinds(raw: str) -> None:
    assert ids(raw.encode()) == ["1", "2"]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (f'{{"data": [{FIRST}, {SECOND}]}}', ["1", "2"]),
        (f'{{"data": {SECOND}}}', ["2"]),
        (f'{{"data": {{"4": {FIRST}, "7": {SECOND}}}}}', ["1", "2"]),
        (json.dumps({"data": f"[{FIRST}]"}), ["1"]),
        ('{"data": null}', []),
        ('{"data": []}', []),
        (SECOND, ["2"]),
        (f"[{FIRST}, {SECOND}]", ["1", "2"]),
        (f'[{{"data": [{FIRST}]}}, {{"data": [{SECOND}]}}]', ["1", "2"]),
        (f'{{"data": [{FIRST}]}}\n{{"data": [{SECOND}]}}', ["1", "2"]),
    ],
)
def test_one_post_stands_where_a_list_was_agreed_and_the_other_way_round(raw: str, found: list[str]) -> None:
    assert ids(raw.encode(), items="/data") == found


@pytest.mark.parametrize(
    ("raw", "pointers"),
    [
        ("id=7&body=Acme+lost+it", {"id": "/id", "text": "/body"}),
        (f"payload={quote(POST)}", {"id": "/id", "text": "/body"}),
        (f"payload={quote(f'[{POST}]')}", {"id": "/id", "text": "/body"}),
        (f"token=t&payload={quote(POST)}", {"id": "/payload/id", "text": "/payload/body"}),
        (POST, {"id": "/id", "text": "/body"}),
    ],
)
def test_a_form_is_read_where_the_map_makes_its_meaning_plain(raw: str, pointers: dict[str, str]) -> None:
    (post,) = received(raw.encode(), f"{FORM}; charset=utf-8", map=pointers)
    assert (post.external_id, post.text) == ("7", "Acme lost it")


def test_json_in_a_text_of_a_field_is_followed_by_its_pointer() -> None:
    raw = json.dumps({"id": "7", "content": json.dumps({"comment": {"text": "Acme lost it"}})}).encode()
    (post,) = received(raw, map={"id": "/id", "text": "/content/comment/text"})
    assert post.text == "Acme lost it"
    (post,) = received(raw, map={"id": "/id", "text": "/content"})
    assert post.text.startswith('{"comment"')  # what a person wrote stays what it is where it is the text


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"hello", FORM),
        (b"", FORM),
        (b"a=1&b=2", FORM),
        (b"id=7&body=x", "text/plain"),
        (b"id=7&body=x", "application/json"),
        (b"{", FORM),
        (f"{FIRST} and more".encode(), "application/json"),
        (f'{{"posts": {FIRST}, "more": {SECOND}}}'.encode(), "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'"[[[["', "application/json"),
        (b"{\n{\n", "application/json"),
        (b'{"id": 1, "body": "caf\xe9"}', "application/json"),
    ],
)
def test_what_can_be_read_in_two_ways_or_in_none_is_400(raw: bytes, content_type: str) -> None:
    with pytest.raises(HookRefused) as caught:
        received(raw, content_type)
    assert caught.value.status == 400


# --- one that cannot be read costs none of the others ----------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        "{}",
        "null",
        "7",
        '"text"',
        "[]",
        '{"id": 2}',
        '{"id": 2, "body": "  "}',
        '{"id": {"x": 1}, "body": "x"}',
        '{"id": 2, "body": ["x"]}',
        '{"id": 2, "body": "x", "timestamp": {}}',
        '{"id": 2, "body": "x", "author": {"name": {}}}',
    ],
)
def test_a_post_that_cannot_be_read_costs_that_post_alone_and_its_sender_is_told(bad: str) -> None:
    source = hook("s3cret", scheme="bearer")
    raw = f'[{FIRST}, {bad}, {{"id": 3, "body": "c"}}]'.encode()
    delivery = source.receive({"Authorization": "Bearer s3cret"}, raw, NOW)
    assert [post.external_id for post in posts_of(delivery)] == ["1", "3"]
    assert len(delivery.refused) == 1
    assert delivery.refused[0].startswith("The delivery holds ")


def test_a_line_that_was_cut_off_costs_that_line_alone() -> None:
    source = hook("s3cret", scheme="bearer")
    delivery = source.receive({"Authorization": "Bearer s3cret"}, f'{FIRST}\n{{"id": 2, "bo\n{SECOND}'.encode(), NOW)
    assert ([post.external_id for post in posts_of(delivery)], len(delivery.refused)) == (["1", "2"], 1)


# --- who says what under one address ---------------------------------------------------------------------------------


def named(**values: Any) -> str:
    """Return the name of a post that bears no id."""
    (post,) = received(json.dumps({"url": "https://reviews.example/acme", "body": "Lost my parcel", **values}).encode())
    return post.external_id


def test_without_an_id_a_post_is_its_address_with_who_says_what_there() -> None:
    kim = named(author={"name": "Kim"})
    assert kim == named(author={"name": "Kim"}, body="Lost  my\nparcel ", timestamp=1_772_600_767, likes=3)
    others = {
        named(author={"name": "Lee"}),
        named(author={"name": "Kim"}, body="It came, after all"),
        named(),
        named(body="It came, after all"),
        named(author={"name": "Kim"}, url="https://reviews.example/acme?page=2"),
    }
    assert len(others | {kim}) == 6


def test_an_id_names_a_post_whoever_says_what() -> None:
    assert named(id="a", author={"name": "Kim"}) == named(id="a", author={"name": "Lee"}, body="other") == "a"
