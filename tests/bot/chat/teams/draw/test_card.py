"""What is drawn keeps Teams' limits, is no markup of a stranger's and says everything in words."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.kit.text import SHORTENED
from bot.chat.teams.draw.card import draw, draw_card
from bot.chat.teams.draw.text import permalink, read_permalink
from handlers.base.cards import Button, Card, Fact, Line, Link, Notice, Section
from handlers.base.command import ByCard
from handlers.verbs import ON_CARDS
from tests.bot.chat.hostile import HOSTILE, card, notice
from tests.bot.chat.teams.cards import buttons, check, inputs, texts, walk

TENANT = "11111111-1111-4111-8111-111111111111"


def drawn(content: Card | Notice) -> dict[str, Any]:
    message = draw(content, TENANT)
    assert 0 < len(message.summary.strip()) <= 500
    assert message.card is not None
    check(message.card)
    return message.card


def labelled(number: int, prominent: int) -> tuple[Button, ...]:
    return tuple(
        Button(
            verb=f"v{one}",
            label=f"Verb {one}",
            value="k7f2.3",
            accessibility_label=f"Verb {one} #k7f2",
            prominent=one < prominent,
        )
        for one in range(number)
    )


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_card_is_only_text_and_is_refused_nowhere(what: str) -> None:
    drawn(card(HOSTILE[what]))
    check(draw_card(card(HOSTILE[what]), told=HOSTILE[what]))


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_notice_is_only_text_and_is_refused_nowhere(what: str) -> None:
    drawn(notice(HOSTILE[what]))
    to_copy = Section(title="To copy", lines=(Line(text="x"),), copy=HOSTILE[what] or "x")
    drawn(Notice(title=HOSTILE[what], text=HOSTILE[what], sections=(to_copy, *notice(HOSTILE[what]).sections)))


@pytest.mark.parametrize("what", HOSTILE)
def test_what_was_refused_as_a_card_goes_out_as_plain_text(what: str) -> None:
    for content in (card(HOSTILE[what]), notice(HOSTILE[what])):
        message = draw(content, TENANT, plain_text=True).activity()
        assert message["textFormat"] == "plain"
        assert "attachments" not in message
        assert 0 < len(message["text"].strip()) <= 4_000


@settings(max_examples=60)
@given(st.text(max_size=6_000), st.integers(0, 15), st.integers(0, 8))
def test_any_text_fits(text: str, lines: int, sections: int) -> None:
    drawn(card(text))
    drawn(notice(text, lines, sections))


@settings(max_examples=30)
@given(st.text(st.characters(min_codepoint=0x10000, max_codepoint=0x1FFFF), min_size=500, max_size=6_000))
def test_text_that_counts_twelve_bytes_a_letter_fits(text: str) -> None:
    drawn(card(text))
    drawn(notice(text))


def test_a_card_with_everything_at_its_longest_fits_and_still_shows_some_of_the_body() -> None:
    text = "".join(chr(0x10000 + number % 3_000) for number in range(6_000))
    long = tuple(
        replace(one, label="L" * 30, value="k7f2abcdefgh.123456789", accessibility_label=text[:75], opens_form=True)
        for one in labelled(25, 6)
    )
    facts = (Fact(label="Why it is shown here", value=text),) * 8
    full = card(text, title=f"Mention #k7f2 {text}", mark=text, state=text, facts=facts, buttons=long)
    check(draw_card(replace(full, link="https://x.example/" + "y" * 2_900), told=text))
    assert SHORTENED in texts(draw_card(full))


def test_the_message_carries_the_card_and_a_summary_for_the_toast() -> None:
    message = draw(card("Where is my refund?"), TENANT).activity()
    assert message["summary"].startswith("Mention #k7f2 from Where is my refund?")
    assert [one["contentType"] for one in message["attachments"]] == ["application/vnd.microsoft.card.adaptive"]
    assert "text" not in message


def test_a_body_that_is_too_long_says_that_it_was_cut() -> None:
    long = drawn(card("word " * 8_000, heading="Long"))
    assert texts(long).count(SHORTENED) == 1
    assert sum(len(one) for one in texts(long)) > 8_000
    whole = drawn(card("word " * 1_500, heading="x", author="Kim", source="blog", facts=()))
    assert SHORTENED not in texts(whole)
    assert str(texts(whole)).count("word") >= 1_500


def test_lines_stay_lines_and_right_to_left_stays_within_the_post() -> None:
    quoted = [one for one in walk(drawn(card("First\nSecond\n\nThird", heading=""))) if one["type"] == "Container"]
    (box,) = quoted
    assert [one["inlines"][0]["text"] for one in box["items"]] == ["First", "Second", "Third"]
    assert [one["spacing"] for one in box["items"]] == ["None", "None", "Medium"]
    assert "rtl" not in box
    hebrew = drawn(card("\u05e9\u05dc\u05d5\u05dd", heading="", lang="he-IL"))
    (box,) = [one for one in walk(hebrew) if one["type"] == "Container"]
    assert (box["rtl"], box["lang"], hebrew["lang"]) == (True, "he", "en")
    by = next(one for one in texts(hebrew) if one.startswith("\u2068"))
    assert by == "\u2068\u05e9\u05dc\u05d5\u05dd\u2069"


def test_the_state_is_said_in_words_and_every_button_names_its_mention() -> None:
    shown = drawn(card("Where is my refund?", state="Ana has it."))
    assert "Ana has it." in texts(shown)
    assert all("#k7f2" in one["tooltip"] for one in shown["actions"])


def test_a_time_is_everyones_own() -> None:
    shown = texts(drawn(card("Hello")))
    assert "Published: {{DATE(2026-03-02T09:00:00Z, SHORT)}} at {{TIME(2026-03-02T09:00:00Z)}}" in shown
    assert "Edited: {{DATE(2026-03-02T09:00:00Z, SHORT)}} at {{TIME(2026-03-02T09:00:00Z)}}" in shown


def test_a_time_that_a_stranger_writes_stays_their_words() -> None:
    shown = drawn(card("{{DATE(2099-01-01T00:00:00Z, SHORT)}} {{ time (x)}} {{name}}"))
    assert any("DATE(2099-01-01T00:00:00Z, SHORT)}}" in one and "{{DATE" not in one for one in texts(shown))
    assert any("{{name}}" in one for one in texts(shown))


def test_every_verb_is_offered_by_the_contract() -> None:
    shown = drawn(card("Hello", facts=()))
    executed = {one["verb"]: one["data"] for one in walk(shown) if one["type"] == "Action.Execute"}
    assert set(executed) == {"dibs:show", *(f"dibs:{verb.name}" for verb in ON_CARDS)}
    assert all(data["ref"] == "k7f2.3" for data in executed.values())
    assert executed["dibs:claim"] == {"ref": "k7f2.3"}
    primary = [one["title"] for one in shown["actions"] if "mode" not in one]
    assert primary == ["Claim", "Resolve", "Open post"]


def test_forms_that_are_known_beforehand_stand_in_the_card_while_there_is_room() -> None:
    shown = drawn(card("Hello", facts=()))
    inner = {one["title"] for one in shown["actions"] if one["type"] == "Action.ShowCard"}
    assert inner >= {"Take over…", "Assign…", "Snooze…", "Dismiss…", "Note…"}
    assert {"note.text", "snooze.until", "dismiss.reason", "assign.person", "takeover.reason"} <= inputs(shown).keys()
    crowded = drawn(card("word " * 8_000))
    assert not any(one["type"] == "Action.ShowCard" for one in crowded["actions"])
    assert buttons(crowded).keys() == buttons(shown).keys()


@pytest.mark.parametrize("number", range(1, 25, 3))
@pytest.mark.parametrize("prominent", [0, 5, 25])
def test_any_number_of_verbs_fits_six_buttons_and_a_menu(number: int, prominent: int) -> None:
    shown = drawn(card("Hello", buttons=labelled(number, prominent)))
    assert len([one for one in shown["actions"] if "mode" not in one]) == min(number, prominent, 5) + 1
    assert {f"Verb {one}" for one in range(number)} | {"Open post"} == buttons(shown).keys()


def test_a_moved_card_has_no_buttons() -> None:
    assert "actions" not in drawn(card("Hello", moved=True, state="Moved to Finance (#finance-care)."))


@pytest.mark.parametrize(
    "link",
    ["", "javascript:alert(1)", "ftp://x.example/", "https://", "https://a b", "//x", "https://x/" + "y" * 3_000],
)
def test_an_address_that_is_no_web_address_makes_no_button(link: str) -> None:
    assert "Open post" not in buttons(drawn(card("Hello", link=link)))
    line = Line(text="Look", link=Link(label="post", url=link))
    shown = drawn(Notice(title="T", text="T", sections=(Section(title="", lines=(line,)),)))
    assert not any("selectAction" in one for one in walk(shown))


def test_a_line_leads_to_the_card_in_teams_and_else_to_the_post() -> None:
    def leads(line: Line) -> list[tuple[str, str]]:
        shown = drawn(Notice(title="T", text="T", sections=(Section(title="", lines=(line,)),)))
        return [(one["text"], one["selectAction"]["url"]) for one in walk(shown) if "selectAction" in one]

    places = (("slack", "C0", "17.1"), ("teams", "19:finance@thread.tacv2", "1700000000123"))
    here = Line(text="Where?", link=Link(label="card", url="https://blog.example/1", places=places))
    ((label, url),) = leads(here)
    assert (label, url) == ("card", permalink("19:finance@thread.tacv2", "1700000000123", TENANT))
    assert read_permalink(url) == ByCard("teams", "19:finance@thread.tacv2", "1700000000123")
    elsewhere = replace(here, link=Link(label="card", url="https://blog.example/1"))
    assert leads(elsewhere) == [("post", "https://blog.example/1")]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/l/message/19%3Ax%40thread.tacv2/1700000000123",
        "http://teams.microsoft.com/l/message/19%3Ax%40thread.tacv2/1700000000123",
        "https://teams.microsoft.com/l/message/19%3Ax%40thread.tacv2/abc",
        "https://teams.microsoft.com/l/message/%2e%2e%2f/1700000000123",
        "https://teams.microsoft.com/l/team/19%3Ax/1700000000123",
        "https://[",
    ],
)
def test_what_is_no_link_of_a_message_names_no_card(url: str) -> None:
    assert read_permalink(url) is None


def test_what_a_notice_has_no_room_for_is_counted() -> None:
    shown = texts(drawn(notice("A line that is rather long, " * 10, lines=15, sections=6)))
    assert sum(one.endswith("more, for which there is no room here") for one in shown) == 1


def test_a_text_to_copy_is_whole_or_says_that_it_is_not() -> None:
    def copied(text: str) -> list[str]:
        return texts(drawn(Notice(title="T", text="T", sections=(Section(title="", copy=text),))))

    assert copied("Dear Kim,\n\nwe are sorry.") == ["T", "Dear Kim,", "we are sorry."]
    assert "word word" in copied("word " * 2_000)[1]
    assert "there is more of it" in copied("\u65e5\u672c " * 5_000)[-1]


def test_nothing_of_a_card_is_shared_between_two() -> None:
    first, second = draw_card(card("Hello")), draw_card(card("Hello"))
    assert json.dumps(first) == json.dumps(second)
    first["body"].clear()
    assert second["body"]
