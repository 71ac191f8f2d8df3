"""What is drawn keeps Slack's limits, pings nobody and says everything in words, whatever a stranger wrote."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.kit.text import SHORTENED, calm
from bot.chat.slack.draw.blocks import MOST_CHARACTERS, weight
from bot.chat.slack.draw.card import draw
from bot.chat.slack.draw.form import draw_form, draw_told
from handlers.base.cards import Button, Field, Form, Line, Link, Notice, Section
from handlers.verbs import ON_CARDS
from tests.bot.chat.hostile import HOSTILE, card, form, notice
from tests.fakes.slack.blocks import prepare_blocks, prepare_view
from tests.fakes.slack.methods_chat import TEXT_CHARACTERS
from tests.fakes.slack.mrkdwn import pings

TEAM = "https://acme.slack.com/"


def harmless(text: str, blocks: list[dict[str, Any]]) -> None:
    prepare_blocks(blocks)
    assert weight(blocks) <= MOST_CHARACTERS
    assert 0 < len(text.strip()) <= len(text) <= TEXT_CHARACTERS
    assert not pings(text, blocks)
    drawn = text + str([part for block in blocks for part in _texts(block)])
    assert not any(control in drawn for control in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067")
    assert "\u200b\u200b" not in drawn


def _texts(thing: Any) -> list[str]:
    if isinstance(thing, dict):
        own = [thing["text"]] if isinstance(thing.get("text"), str) else []
        return own + [text for value in thing.values() for text in _texts(value)]
    return [text for one in thing for text in _texts(one)] if isinstance(thing, list) else []


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("plain", [False, True])
def test_a_hostile_card_pings_nobody_and_is_refused_nowhere(what: str, plain: bool) -> None:
    drawn = draw(card(HOSTILE[what]), TEAM, plain_text=plain)
    harmless(drawn.text, drawn.blocks)
    assert bool(drawn.blocks) is not plain


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("plain", [False, True])
def test_a_hostile_notice_pings_nobody_and_is_refused_nowhere(what: str, plain: bool) -> None:
    drawn = draw(notice(HOSTILE[what]), TEAM, plain_text=plain)
    harmless(drawn.text, drawn.blocks)


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_form_pings_nobody_and_is_refused_nowhere(what: str) -> None:
    for view in (draw_form(form(HOSTILE[what])), draw_told(HOSTILE[what], HOSTILE[what])):
        prepare_view(view, "modal")
        assert not pings("", view["blocks"])


@settings(max_examples=60)
@given(st.text(max_size=6_000), st.integers(0, 15), st.integers(0, 8))
def test_any_text_fits(text: str, lines: int, sections: int) -> None:
    for content in (card(text), notice(text, lines, sections)):
        drawn = draw(content, TEAM)
        harmless(drawn.text, drawn.blocks)


def test_foreign_words_stand_in_plain_text_only() -> None:
    drawn = draw(card("Where is *my* refund?"), TEAM)
    for block in drawn.blocks:
        for part in [block.get("text"), *block.get("elements", [])]:
            if isinstance(part, dict) and part.get("type") == "mrkdwn":
                assert "refund" not in part["text"]


def test_a_body_that_is_too_long_says_that_it_was_cut() -> None:
    blocks = draw(card("word " * 8_000, heading="Long"), TEAM).blocks
    bodies = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    assert sum(SHORTENED in one for one in bodies) == 1
    assert len("".join(bodies)) > 8_000
    whole = draw(card("word " * 1_500), TEAM).blocks
    assert not any(SHORTENED in str(block) for block in whole)
    assert "".join(str(block) for block in whole).count("word") >= 1_500


def test_the_state_is_said_in_words_and_every_button_names_its_mention() -> None:
    drawn = draw(card("Where is my refund?", state="Ana has it."), TEAM)
    assert "Ana has it." in str(drawn.blocks)
    buttons = [one for block in drawn.blocks for one in block.get("elements", []) if one.get("type") == "button"]
    assert buttons
    assert all("#k7f2" in one["accessibility_label"] for one in buttons)


def test_every_verb_is_offered_in_the_order_of_the_contract() -> None:
    drawn = draw(card("Hello"), TEAM)
    (row,) = [block["elements"] for block in drawn.blocks if block["type"] == "actions"]
    pressed = [one["action_id"].removeprefix("dibs:") for one in row if one["type"] == "button"]
    menus = [one for one in row if one["type"] == "overflow"]
    chosen = [option["value"] for menu in menus for option in menu["options"]]
    assert pressed == ["claim", "resolve", "open"]
    assert chosen == [f"{verb.name} k7f2.3" for verb in ON_CARDS if verb.name not in ("claim", "resolve")]


@pytest.mark.parametrize("number", range(1, 25))
@pytest.mark.parametrize("prominent", [0, 5, 25])
def test_any_number_of_verbs_fits_five_buttons_and_menus_of_five(number: int, prominent: int) -> None:
    def button(one: int) -> Button:
        label = f"Verb {one}"
        about = f"{label} #k7f2"
        return Button(verb=f"v{one}", label=label, value="k7f2.3", accessibility_label=about, prominent=one < prominent)

    drawn = draw(card("Hello", buttons=tuple(map(button, range(number)))), TEAM)
    prepare_blocks(drawn.blocks)
    (row,) = [block["elements"] for block in drawn.blocks if block["type"] == "actions"]
    pressed = [one["action_id"] for one in row if one["type"] == "button" and one["action_id"] != "dibs:open"]
    chosen = [option["value"].split()[0] for one in row if one["type"] == "overflow" for option in one["options"]]
    assert len(pressed) <= 5
    assert sorted([*(one.removeprefix("dibs:") for one in pressed), *chosen]) == sorted(f"v{i}" for i in range(number))


def test_a_moved_card_has_no_buttons() -> None:
    drawn = draw(card("Hello", moved=True, state="Moved to Finance (#finance-care)."), TEAM)
    assert not any(block["type"] == "actions" for block in drawn.blocks)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "ftp://x.example/",
        "https://",
        "https://a b",
        "https://x/" + "y" * 3_000,
        "//x",
        "https://[",
        "https://x.example/<!channel>",
    ],
)
def test_an_address_that_is_no_web_address_makes_no_button(link: str) -> None:
    drawn = draw(card("Hello", link=link), TEAM)
    harmless(drawn.text, drawn.blocks)
    assert "dibs:open" not in str(drawn.blocks)


@pytest.mark.parametrize(
    ("link", "opened"),
    [
        ("https://wiki.example/wiki/鉄道", "https://wiki.example/wiki/%E9%89%84%E9%81%93"),
        ("https://forum.example/t/{7}?q=it's", "https://forum.example/t/%7B7%7D?q=it%27s"),
        ("https://blog.example/übel|schlecht", "https://blog.example/%C3%BCbel%7Cschlecht"),
        ("https://acme.example@evil.example/", "https://evil.example/"),
    ],
)
def test_the_button_opens_the_address_as_browsers_write_it(link: str, opened: str) -> None:
    drawn = draw(card("Hello", link=link), TEAM)
    harmless(drawn.text, drawn.blocks)
    assert [one["url"] for block in drawn.blocks for one in block.get("elements", ()) if "url" in one] == [opened]
    line = Line(text="x", link=Link(label="post", url=link))
    notice = draw(Notice(title="T", text="T", sections=(Section(title="S", lines=(line,)),)), TEAM)
    assert f"<{opened}|post>" in str(notice.blocks)


def test_a_line_leads_to_the_card_in_this_workspace_and_else_to_the_post() -> None:
    here = Link(label="card", url="https://blog.example/1", places=(("slack", "C0FINANCE", "1700000000.000100"),))
    line = Line(text="Where?", link=here)
    drawn = draw(Notice(title="T", text="T", sections=(Section(title="", lines=(line,)),)), TEAM)
    assert "<https://acme.slack.com/archives/C0FINANCE/p1700000000000100|card>" in str(drawn.blocks)
    elsewhere = replace(line, link=replace(here, places=()))
    drawn = draw(Notice(title="T", text="T", sections=(Section(title="", lines=(elsewhere,)),)), TEAM)
    assert "<https://blog.example/1|post>" in str(drawn.blocks)


def test_what_a_notice_has_no_room_for_is_counted() -> None:
    drawn = draw(notice("A line that is rather long, " * 10, lines=15, sections=6), TEAM)
    harmless(drawn.text, drawn.blocks)
    assert "more, for which there is no room here" in str(drawn.blocks)


def test_a_choice_without_anything_to_choose_says_so() -> None:
    empty = Form(
        verb="handoff",
        value="k7f2.1",
        title="Hand off #k7f2",
        submit="Hand off",
        fields=(Field(name="department", label="Department", kind="choice"),),
    )
    view = draw_form(empty)
    prepare_view(view, "modal")
    assert "submit" not in view


def test_calm_keeps_what_people_write() -> None:
    for text in ("Grüße, 日本語 и всё", "नमस्ते ज़िंदगी", "می‌خواهم", "👩‍💻 👍🏽", "a\n\nb\tc"):
        assert calm(text, 500) == text
