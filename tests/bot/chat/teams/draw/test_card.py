"""What is drawn keeps Teams' limits, is no markup of a stranger's and says everything in words."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.teams.draw.card import draw, draw_card, without_pictures
from bot.chat.teams.draw.text import permalink, read_permalink
from handlers.base.cards import MAX_REPLY, Button, Card, Fact, Line, Link, Notice, Rank, Section
from handlers.base.command import ByCard
from handlers.base.media import Media, MediaKind
from tests.bot.chat.hostile import HOSTILE, PICTURE, card, notice, under
from tests.bot.chat.states import States
from tests.bot.chat.teams.cards import buttons, check, controls, inputs, texts, walk
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.scene import Scene

TENANT = "11111111-1111-4111-8111-111111111111"


def drawn(content: Card | Notice) -> dict[str, Any]:
    message = draw(content, TENANT)
    assert 0 < len(message.summary.strip()) <= 500
    assert message.card is not None
    check(message.card)
    return message.card


def labelled(number: int, row: int) -> tuple[Button, ...]:
    return tuple(
        Button(
            verb=f"v{one}",
            label=f"Verb {one}",
            value="k7f2.3",
            accessibility_label=f"Verb {one} #k7f2",
            rank=(Rank.BUTTON if one else Rank.MAIN) if one < row else Rank.MENU,
        )
        for one in range(number)
    )


def quoted(shown: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in walk(shown) if one["type"] == "Container"]


@pytest.mark.parametrize("what", HOSTILE)
def test_what_else_was_said_in_its_thread_is_drawn_a_line_each_as_far_as_there_is_room(what: str) -> None:
    text = HOSTILE[what]
    for reply in ("", text[:MAX_REPLY]):
        drawn(card(text, reply=reply, under=under(text)))
    shown = drawn(card("Where is it?", under=under("Me too.", 2)))
    assert {"15 more in this public thread", "13 more stand on its page on the desk"} <= set(texts(shown))
    assert [one["data"]["listed"] for one in walk(shown) if one.get("verb") == "dibs:claim" and "listed" in one["data"]]


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_card_is_only_text_and_is_refused_nowhere(what: str) -> None:
    drawn(card(HOSTILE[what]))
    text = HOSTILE[what]
    check(draw_card(card(text), TENANT, told=text))
    check(draw_card(card(text, reply=text[:MAX_REPLY], mark=text), TENANT, told=text))
    there = Link(label="card", url=text)
    for brief in (card(text, brief=True), card(text, brief=True, moved=True, moved_to=there, buttons=())):
        check(draw_card(brief, TENANT, told=text))


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


def test_a_card_with_everything_at_its_longest_fits_and_still_shows_the_whole_reply() -> None:
    text = "".join(chr(0x10000 + number % 3_000) for number in range(6_000))
    long = tuple(
        replace(one, label="L" * 30, value="k7f2abcdefgh.123456789", accessibility_label=text[:75], opens_form=True)
        for one in labelled(8, 3)
    )
    full = card(
        text,
        mark=text,
        state=text,
        details=(Fact(label="x" * 60, value=text),) * 8,
        asides=(Fact(label="x" * 60, value=text),) * 8,
        buttons=long,
        reply="\n".join(text[:66] for _ in range(15))[:MAX_REPLY],
        link="https://x.example/" + "y" * 2_900,
    )
    shown = draw_card(full, TENANT, told=text)
    check(shown)
    (reply,) = quoted(shown)
    assert "\n".join(texts(reply)) == full.reply
    assert len(shown["actions"]) == len(long)


def test_the_message_carries_the_card_and_a_summary_that_begins_with_person_and_words() -> None:
    said = "Kim Sample on Bluesky: Where is my refund? (#k7f2) — New. Nobody has it."
    message = draw(replace(card("Where is my refund?"), text=said), TENANT).activity()
    assert message["summary"] == said
    assert [one["contentType"] for one in message["attachments"]] == ["application/vnd.microsoft.card.adaptive"]
    assert "text" not in message


def test_a_card_leads_with_the_person_and_the_place_is_the_way_to_the_post() -> None:
    shown = drawn(card("Where is my refund?", author="Kim Sample", handle="@kim", place="Bluesky"))
    top = shown["body"][0]
    face, names = (one["items"] for one in top["columns"])
    assert (face[0]["style"], face[0]["altText"], face[0]["url"]) == ("Person", "Kim Sample", card("x").avatar)
    assert texts(names[0]) == ["\u2068Kim Sample\u2069", " \u2068@kim\u2069", " · ", "\u2068Bluesky\u2069 ↗"]
    (way,) = [one for one in walk(names[0]) if one["type"] == "Action.OpenUrl"]
    assert (way["url"], way["title"]) == ("https://blog.example/1", "Open the post of #k7f2")
    assert texts(names[1])[0].endswith(" · #k7f2")


def test_a_place_that_is_called_by_a_host_is_called_by_the_one_that_is_opened() -> None:
    shown = drawn(card("x", place="bank.example", link="https://evil.example/1"))
    assert "\u2068evil.example\u2069 ↗" in texts(shown)
    assert "bank.example" not in str(texts(shown))


def test_who_wrote_it_and_when_are_said_where_they_are_not_known() -> None:
    shown = texts(drawn(card("x", author="", handle="", avatar="", arrived=True)))
    assert shown[0] == "Author unknown"
    assert any(one.startswith("arrived {{DATE(") for one in shown)


@pytest.mark.parametrize(
    "url", ["", "http://pictures.example/1.png", "javascript:alert(1)", "data:image/png;base64,xx"]
)
def test_a_picture_that_is_not_of_https_is_none_and_is_named_in_words(url: str) -> None:
    media = (Media(kind=MediaKind.PICTURE, url=url, alt="Two anvils"),)
    shown = drawn(card("x", avatar=url, media=media))
    assert not any(one["type"] == "Image" for one in walk(shown))
    assert "\u2068With a picture (“Two anvils”).\u2069" in texts(shown)


def test_the_first_picture_stands_below_the_quote_and_the_others_are_named() -> None:
    kinds = [MediaKind.OTHER, MediaKind.PICTURE, MediaKind.PICTURE]
    media = tuple(Media(kind=kind, url=PICTURE if n else "", alt=f"No. {n}") for n, kind in enumerate(kinds))
    shown = drawn(card("x", media=media))
    (face, picture) = [one for one in walk(shown) if one["type"] == "Image"]
    assert face["style"] == "Person"
    assert (picture["url"], picture["altText"]) == (PICTURE, "No. 1")
    assert shown["body"].index(picture) == shown["body"].index(quoted(shown)[0]) + 1
    assert "\u2068And a file (“No. 0”) and a picture (“No. 2”).\u2069" in texts(shown)


def test_a_card_without_its_pictures_says_as_much_in_words() -> None:
    shown = drawn(without_pictures(card("x")))
    assert not any(one["type"] == "Image" for one in walk(shown))
    assert "\u2068With a picture and a video.\u2069" in texts(shown)


def test_what_is_quoted_is_six_hundred_characters_at_most() -> None:
    (box,) = quoted(drawn(card("word " * 8_000, heading="")))
    assert texts(box)[0].endswith("…")
    assert 590 <= len(texts(box)[0]) <= 600
    (box,) = quoted(drawn(card("\u65e5\u672c\u8a9e" * 200, heading="")))
    assert texts(box) == ["\u65e5\u672c\u8a9e" * 200]
    (box,) = quoted(drawn(card("line\n" * 100, heading="")))
    assert len(box["items"]) == 15


def test_lines_stay_lines_and_right_to_left_stays_within_the_post() -> None:
    (box,) = quoted(drawn(card("First\nSecond\n\nThird", heading="")))
    assert [one["inlines"][0]["text"] for one in box["items"]] == ["First", "Second", "Third"]
    assert [one["spacing"] for one in box["items"]] == ["None", "None", "Medium"]
    assert "rtl" not in box
    hebrew = drawn(card("\u05e9\u05dc\u05d5\u05dd", heading="", lang="he-IL"))
    (box,) = quoted(hebrew)
    assert (box["rtl"], box["lang"], hebrew["lang"]) == (True, "he", "en")
    assert texts(hebrew)[0] == "\u2068\u05e9\u05dc\u05d5\u05dd\u2069"


def test_the_state_is_one_line_in_words_and_every_button_names_its_mention() -> None:
    shown = drawn(
        card("Where is my refund?", state="Ana has it.", sign="🔵", details=(Fact(label="", value="Ben drafts"),))
    )
    line = next(one for one in shown["body"] if one["type"] == "RichTextBlock" and "Ana has it." in texts(one))
    assert texts(line) == ["🔵 ", "Ana has it.", " · \u2068Ben drafts\u2069"]
    assert all("#k7f2" in one["tooltip"] for one in shown["actions"])


def test_what_the_talk_began_with_and_what_others_say_are_small_lines() -> None:
    aside = Fact(label="Note", value="Ben: asked the bank")
    shown = drawn(card("And now?", began="Where is my refund?", asides=(aside,)))
    small = [texts(one) for one in shown["body"] if one.get("inlines", [{}])[0].get("size") == "Small"]
    assert ["It began with: ", "\u2068“Where is my refund?”\u2069"] in small
    assert ["Note: ", "\u2068Ben: asked the bank\u2069"] in small


def test_what_has_been_dealt_with_is_one_line_with_a_menu() -> None:
    shown = drawn(card("Refund came.", brief=True, state="Resolved by Ana.", sign="✅", author="Kim", place="Bluesky"))
    (line,) = shown["body"]
    said = "".join(texts(line)).replace("\u2068", "").replace("\u2069", "")
    assert said.startswith("✅ Resolved by Ana.")
    assert said.endswith("Kim on Bluesky ↗: Refund came. · #k7f2")
    assert controls(shown) == ["…"]
    assert "actions" not in shown
    assert not any(one["type"] == "Action.ShowCard" for one in walk(shown))


def test_what_moved_is_one_line_with_a_link_to_the_new_card() -> None:
    there = Link(
        label="card", url="https://blog.example/1", places=(("teams", "19:support@thread.tacv2", "17000000001"),)
    )
    moved = card(
        "x", brief=True, moved=True, moved_to=there, sign="↪️", state="Moved to Support.", details=(), buttons=()
    )
    shown = drawn(moved)
    assert texts(shown) == ["↪️ ", "Moved to Support.", " · ", "card", " · #k7f2"]
    (way,) = [one for one in walk(shown) if one["type"] == "Action.OpenUrl"]
    assert way["url"] == permalink("19:support@thread.tacv2", "17000000001", TENANT)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_in_every_state_a_card_has_three_buttons_and_a_menu_at_most(scene: Scene) -> None:
    for name, one in States(RepliesInstallation(scene)).all().items():
        shown = drawn(one)
        seen = controls(shown)
        assert len(seen) <= 4, name
        assert seen.count("…") <= 1, name
        main = [button for button in shown.get("actions", []) if button.get("style") == "positive"]
        assert len(main) <= 1, name
        assert buttons(shown).keys() == {pressed_as(button) for button in one.buttons if button.rank != Rank.MORE}, name


def pressed_as(button: Button) -> str:
    return f"{button.label.removesuffix('…')}…" if button.opens_form else button.label


def test_a_time_is_everyones_own() -> None:
    shown = texts(drawn(card("Hello")))
    assert "{{DATE(2026-03-02T09:00:00Z, SHORT)}} at {{TIME(2026-03-02T09:00:00Z)}} · #k7f2" in shown
    assert "edited {{DATE(2026-03-02T09:00:00Z, SHORT)}} at {{TIME(2026-03-02T09:00:00Z)}}" in shown


def test_a_time_that_a_stranger_writes_stays_their_words() -> None:
    shown = drawn(card("{{DATE(2099-01-01T00:00:00Z, SHORT)}} {{ time (x)}} {{name}}"))
    assert any("DATE(2099-01-01T00:00:00Z, SHORT)}}" in one and "{{DATE" not in one for one in texts(shown))
    assert any("{{name}}" in one for one in texts(shown))


def test_verbs_come_back_by_the_contract() -> None:
    shown = drawn(card("Hello"))
    executed = {one["verb"]: one["data"] for one in walk(shown) if one["type"] == "Action.Execute"}
    offered = {f"dibs:{one.verb}" for one in card("x").buttons if one.rank <= Rank.MENU}
    assert executed.keys() == {"dibs:show", *offered}
    assert all(data["ref"] == "k7f2.3" for data in executed.values())
    assert executed["dibs:claim"] == {"ref": "k7f2.3"}


def test_forms_that_are_known_beforehand_stand_in_the_card_while_there_is_room() -> None:
    verbs = ("claim", "note", "snooze", "dismiss", "assign", "handoff")
    few = tuple(replace(one, rank=Rank.MENU) for one in card("x").buttons if one.verb in verbs)
    shown = drawn(card("Hello", buttons=few))
    inner = {one["title"] for one in shown["actions"] if one["type"] == "Action.ShowCard"}
    assert inner == {"Assign…", "Dismiss…", "Note…"}  # what one may choose when snoozing depends on now
    assert {"note.text", "dismiss.reason", "assign.person"} <= inputs(shown).keys()
    reply = "\U0001f469" * 990
    crowded = drawn(card("\U0001f469" * 600, heading="", buttons=few, reply=reply))
    assert not any(one["type"] == "Action.ShowCard" for one in crowded["actions"])
    assert buttons(crowded).keys() == buttons(shown).keys()


@pytest.mark.parametrize("number", range(1, 9, 2))
@pytest.mark.parametrize("row", [0, 3, 8])
def test_any_number_of_verbs_fits_three_buttons_and_a_menu(number: int, row: int) -> None:
    shown = drawn(card("Hello", buttons=labelled(number, row)))
    assert len([one for one in shown["actions"] if "mode" not in one]) == min(number, row, 3)
    assert buttons(shown).keys() == {f"Verb {one}" for one in range(number)}


@pytest.mark.parametrize(
    "link",
    ["", "javascript:alert(1)", "ftp://x.example/", "https://", "https://a b", "//x", "https://x/" + "y" * 3_000],
)
def test_an_address_that_is_no_web_address_makes_no_button(link: str) -> None:
    assert not any("selectAction" in one for one in walk(drawn(card("Hello", link=link))))
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
    named = Line(
        text="#k7f2 https://bank.example", link=Link(label="#k7f2", url="https://blog.example/1", places=places)
    )
    assert [label for label, _ in leads(named)] == ["#k7f2"], "a stranger's words are the name of no link"
    assert leads(replace(named, link=Link(label="#k7f2", url="https://blog.example/1"))) == [
        ("post", "https://blog.example/1")
    ]


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
    first, second = draw_card(card("Hello"), TENANT), draw_card(card("Hello"), TENANT)
    assert json.dumps(first) == json.dumps(second)
    first["body"].clear()
    assert second["body"]
