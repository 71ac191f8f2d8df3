"""The gate: whatever a source tells comes in through it, and what is wrong costs itself alone."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest

import bot.sources.kinds
from bot.chat.base import TryLater
from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kit.build import author, author_gone, deleted, post
from bot.sources.kit.replying import facts_of
from handlers.base.events import AuthorGone, Deleted, Posted
from handlers.base.replying import Parent
from handlers.text.bounds import MAX_FACTS, MAX_NAME, MAX_TEXT, MAX_TITLE, MAX_URL, clip

BAD = ("\x00", "\ud83d", "\udc00", "\x1b", "\x07", "\x7f", "\x0e")
EVENTS = ("Posted", "Author", "Deleted", "AuthorGone")


def texts_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for one in value for text in texts_of(one)]
    if hasattr(value, "__dataclass_fields__"):
        return [text for field in fields(value) for text in texts_of(getattr(value, field.name))]  # type: ignore[arg-type]
    return []


def is_clean(value: object) -> bool:
    return not any(bad in text for text in texts_of(value) for bad in BAD)


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("long", [False, True])
def test_no_field_of_a_post_keeps_what_no_database_takes(bad: str, long: bool) -> None:
    odd = f"a{bad}b{'x' * 50_000 if long else ''}{bad}"
    writer = author(name=odd, handle=odd, url=f"https://a.example/{odd}", external_id=odd)
    read = post(
        external_id=odd,
        text=odd,
        title=odd,
        url=f"https://a.example/{odd}",
        writer=writer,
        lang=odd,
        links=[f"https://b.example/{odd}"],
        reply_to=odd,
    )
    assert is_clean(read)
    assert (read.url, read.author.url, read.links) == ("", "", ())
    assert read.text.startswith("a")
    assert (len(read.text) <= MAX_TEXT, len(read.title) <= MAX_TITLE, len(read.author.name) <= MAX_NAME) == (True,) * 3


@pytest.mark.parametrize("bad", BAD)
def test_a_deletion_and_a_leaving_name_what_was_built(bad: str) -> None:
    for name in (f"id{bad}7", f"{'x' * 600}{bad}", " id "):
        assert is_clean(deleted(name))
        assert deleted(name) == Deleted(external_id=post(external_id=name, text="x").external_id)
        assert author_gone(name) == AuthorGone(author_external_id=author(external_id=name).external_id)


@pytest.mark.parametrize("bad", BAD)
def test_what_a_service_says_of_a_trouble_can_be_written_down(bad: str) -> None:
    said = f"It answered “{bad}no”." + "x" * 5_000
    for error in (SourceUnavailable(said), SourceRefused(said), TryLater(said)):
        assert is_clean(error.reason)
        assert len(error.reason) <= 1_000


def test_lines_and_tabs_and_every_other_sign_stay() -> None:
    kept = "one\n\ttwo\r\nthree\u2028\x85 ünï 日本 😀 \u202e \ufffe"
    assert clip(kept, 100) == kept


def test_a_bad_address_costs_the_address_and_nothing_else() -> None:
    for address in ("https://a.example\\@b.example/", "https://a.example/\ud83d", "javascript:1", "x" * MAX_URL):
        read = post(external_id="1", text="acme", url=address)
        assert (read.url, read.text) == ("", "acme")


def test_kinds_make_their_events_by_the_gate_alone() -> None:
    made = []
    for path in Path(str(bot.sources.kinds.__path__[0])).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in EVENTS and (call.args or call.keywords):
                made.append(f"{path.name}: {ast.unparse(call)}")
    assert made == []
    assert {one.__name__ for one in (Posted, Deleted, AuthorGone)} < set(EVENTS)


def test_facts_are_whole_or_none() -> None:
    assert post(external_id="p", text="x", facts={"number": 7, "locked": False}).facts == '{"locked":false,"number":7}'
    assert post(external_id="p", text="x", facts={"target": "x" * MAX_FACTS}).facts == ""
    assert facts_of(Parent(external_id="p", url="", facts='{"number":7}')) == {"number": 7}
    assert [facts_of(Parent(external_id="p", url="", facts=odd)) for odd in ("", "[1]", "{")] == [{}, {}, {}]
