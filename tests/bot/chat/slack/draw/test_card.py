"""What is drawn keeps Slack's limits, pings nobody and says everything in words, whatever a stranger wrote."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.kit.text import calm
from bot.chat.slack.draw.blocks import MOST_CHARACTERS, MOST_OPTIONS, weight
from bot.chat.slack.draw.card import MOST_PRESSED, MOST_QUOTED, Layout, draw
from bot.chat.slack.draw.form import draw_form, draw_told
from handlers.base.cards import Button, Fact, Field, Form, Line, Link, Notice, Rank, Section
from handlers.base.media import Media, MediaKind
from handlers.base.situation import Situation, Step
from handlers.draw.buttons import draw_buttons as offer
from storage.own import mentions
from storage.tables.states import LIVING, PublicationState, Status
from tests.bot.chat.hostile import HOSTILE, PICTURE, card, form, notice, under
from tests.fakes.slack.blocks import prepare_blocks, prepare_view
from tests.fakes.slack.methods_chat import TEXT_CHARACTERS
from tests.fakes.slack.mrkdwn import pings
from tests.harness.scene import Scene

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


SHAPES: list[dict[str, Any]] = [
    {},
    {"reply": "We send another anvil."},
    {"arrived": True, "author": "", "avatar": ""},
    {"status": "resolved", "brief": True},
    {"moved": True, "brief": True, "buttons": (), "moved_to": Link(label="its card", url="https://blog.example/1")},
]


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("shape", SHAPES, ids=["open", "approved", "nameless", "closed", "moved"])
def test_a_hostile_card_pings_nobody_and_is_refused_nowhere(what: str, shape: dict[str, Any]) -> None:
    text = HOSTILE[what]
    everywhere = dict.fromkeys(("mark", "state", "author_url"), text)
    if "reply" in shape:
        shape = shape | {"reply": text}
    for hostile in (card(text, **shape), card(text, **(everywhere | shape))):
        for layout in Layout:
            drawn = draw(hostile, TEAM, layout=layout)
            harmless(drawn.text, drawn.blocks)
            assert drawn.blocks
        drawn = draw(hostile, TEAM, plain_text=True)
        harmless(drawn.text, drawn.blocks)
        assert not drawn.blocks


@pytest.mark.parametrize("what", HOSTILE)
def test_what_else_was_said_in_its_thread_is_drawn_a_line_each_as_far_as_there_is_room(what: str) -> None:
    text = HOSTILE[what]
    for reply in ("", text):
        shown = card(text, reply=reply, under=under(text))
        for layout in Layout:
            drawn = draw(shown, TEAM, layout=layout)
            harmless(drawn.text, drawn.blocks)
        number = len([block for block in drawn.blocks if block.get("accessory")])
        assert f"{18 - number} more stand on its page on the desk" in str(drawn.blocks) or (reply and not number)
        plain = draw(shown, TEAM, plain_text=True)
        harmless(plain.text, plain.blocks)
    drawn = draw(card("Where is it?", under=under("Me too.", 2)), TEAM)
    assert "18 more in this public thread" not in str(drawn.blocks)
    assert "15 more in this public thread" in str(drawn.blocks)
    assert "13 more stand on its page on the desk" in str(drawn.blocks)


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


@pytest.mark.parametrize("layout", Layout)
def test_what_a_stranger_says_stands_where_nothing_is_markup(layout: Layout) -> None:
    said = "Where is *my* <@U0ANA> refund?"
    drawn = draw(card("x", author=said, handle=said, heading=said, body=said, began=said), TEAM, layout=layout)
    for leaf in _leaves(drawn.blocks):
        if isinstance(leaf.get("text"), str) and "refund" in leaf["text"]:
            assert leaf["type"] in ("plain_text", "text")
            assert layout < Layout.PLAIN or leaf["type"] == "plain_text"
    assert {"user", "usergroup", "broadcast", "link", "channel"}.isdisjoint(
        str(leaf.get("type")) for leaf in _leaves(drawn.blocks)
    )


@pytest.mark.parametrize(
    "text", ["שלום, איפה ההחזר שלי? 12", "مرحبا، أين طلبي؟", "返金はどこですか。二週間待っています。", "नमस्ते ज़िंदगी"]
)
def test_every_script_stands_as_it_was_written(text: str) -> None:
    for shape in ({}, {"brief": True, "status": "resolved"}):
        assert text in str(draw(card("Kim", body=text, heading="", **shape), TEAM).blocks)


def test_the_card_leads_with_the_person_and_then_their_words() -> None:
    drawn = draw(
        card("Where is my refund?", author="Kim Sample", handle="@sample_kim", place="Bluesky", heading="Hello"), TEAM
    )
    who, words, state, row = (block for block in drawn.blocks if block["type"] != "image")
    assert [part["type"] for part in who["elements"]] == ["image", "plain_text", "mrkdwn"]
    assert who["elements"][0]["alt_text"] == "Kim Sample"
    assert who["elements"][1]["text"] == "Kim Sample  @sample_kim"
    assert who["elements"][2]["text"].startswith("<https://blog.example/1|Bluesky ↗> · <!date^")
    assert who["elements"][2]["text"].endswith(" · `#k7f2`")
    quoted = words["elements"][0]
    assert quoted["type"] == "rich_text_quote"
    assert [one["text"] for one in quoted["elements"]] == ["Hello\n", "Where is my refund?"]
    assert quoted["elements"][0]["style"] == {"bold": True}
    assert state["elements"][0]["text"].startswith("🔵 *Where is my refund? has it.* · ")
    assert row["type"] == "actions"


@pytest.mark.parametrize(
    ("place", "link", "shown"),
    [
        ("Bluesky", "https://bsky.app/profile/kim/post/1", "|Bluesky ↗>"),
        ("forum.example", "https://forum.example/t/7", "|forum.example ↗>"),
        ("bank.example", "https://evil.example/", "|evil.example ↗>"),
        ("bank\u3002example", "https://evil.example/", ""),
        ("Letters", "", "Letters"),
        ("Letters", "javascript:alert(1)", "Letters"),
    ],
)
def test_a_place_is_called_by_the_host_that_it_opens(place: str, link: str, shown: str) -> None:
    drawn = draw(card("x", place=place, link=link), TEAM)
    harmless(drawn.text, drawn.blocks)
    assert shown in str(drawn.blocks[0])
    assert ("|" in str(drawn.blocks[0]).partition("<!date")[0]) is link.startswith("https://")


def test_a_post_without_a_date_says_when_it_arrived() -> None:
    assert " · arrived <!date^" in str(draw(card("x", arrived=True), TEAM).blocks[0])


def test_a_long_post_is_quoted_in_its_beginning() -> None:
    for text in ("word " * 8_000, "\n".join("abcdefgh")[:15] * 40, "line\n" * 400):
        drawn = draw(card("", body=text, heading=""), TEAM)
        (quoted,) = drawn.blocks[1]["elements"][0]["elements"]
        assert len(quoted["text"]) <= MOST_QUOTED
        assert quoted["text"].endswith("…")
        assert quoted["text"].count("\n") < 12
    whole = "word " * 100
    assert whole.strip() in str(draw(card("", body=whole), TEAM).blocks)


def test_what_is_beside_the_quote_stands_in_the_same_block() -> None:
    shape = {
        "mark": "Shown here because the channel of Finance cannot be reached.",
        "began": "The first anvil",
        "asides": (
            Fact(label="Another source says of this address", value="“Bad” (Jo)"),
            Fact(label="", value="💬 Ben"),
        ),
        "reply": "We send another anvil.\n\nAna",
    }
    blocks = draw(card("Refund?", **shape), TEAM).blocks
    assert [block["type"] for block in blocks] == ["context", "rich_text", "image", "context", "actions"]
    kinds = [one["type"] for one in blocks[1]["elements"]]
    assert kinds == ["rich_text_quote", *["rich_text_section"] * 6, "rich_text_quote"]
    assert blocks[1]["elements"][-1]["elements"] == [{"type": "text", "text": "We send another anvil.\n\nAna"}]


@pytest.mark.parametrize(
    ("media", "shown", "named"),
    [
        ((Media(kind=MediaKind.PICTURE, url=PICTURE, alt="An anvil"),), "An anvil", ""),
        ((Media(kind=MediaKind.VIDEO, url=PICTURE),), "Still of a video without a description", ""),
        ((Media(kind=MediaKind.VIDEO, alt="It falls"),), "", "With a video (“It falls”)."),
        (
            (Media(kind=MediaKind.OTHER), *[Media(kind=MediaKind.PICTURE, url=PICTURE, alt="An anvil")] * 3),
            "An anvil",
            "And a picture (“An anvil”), a picture (“An anvil”) and a file.",
        ),
        (
            (Media(kind=MediaKind.PICTURE, url=PICTURE.replace("https", "http"), alt="A"),),
            "",
            "With a picture (“A”).",
        ),
        (
            (Media(kind=MediaKind.PICTURE, url=PICTURE + "a" * 2_000, alt="Far"),),
            "",
            "With a picture (“Far”).",
        ),
    ],
)
def test_the_first_picture_is_shown_and_the_rest_is_named(media: tuple[Media, ...], shown: str, named: str) -> None:
    blocks = draw(card("Look", media=media, avatar="", began="", asides=()), TEAM).blocks
    assert [block["alt_text"] for block in blocks if block["type"] == "image"] == ([shown] if shown else [])
    assert re.findall("(?:With|And) a [^']+", str(blocks)) == ([named] if named else [])
    assert not any(
        leaf.get("type") == "image" for leaf in _leaves(draw(card("Look"), TEAM, layout=Layout.NO_PICTURE).blocks)
    )


def test_the_state_is_said_in_words_and_every_button_names_its_mention() -> None:
    drawn = draw(card("Where is my refund?", state="Ana has it."), TEAM)
    assert "*Ana has it.*" in str(drawn.blocks)
    buttons = [one for block in drawn.blocks for one in block.get("elements", []) if one.get("type") == "button"]
    assert buttons
    assert all("#k7f2" in one["accessibility_label"] for one in buttons)


@pytest.mark.parametrize("menu", range(0, 12))
@pytest.mark.parametrize("pressed", range(0, 7))
def test_any_number_of_verbs_is_three_buttons_and_one_menu(menu: int, pressed: int) -> None:
    def button(name: str, rank: Rank) -> Button:
        return Button(verb=name, label=name, value="k7f2.3", accessibility_label=f"{name} #k7f2", rank=rank)

    ranks = [Rank.BUTTON, Rank.MAIN, *[Rank.BUTTON] * 5][:pressed]
    offered = [*(button(f"b{number}", rank) for number, rank in enumerate(ranks))]
    offered += [button(f"m{number}", Rank.MENU) for number in range(menu)]
    drawn = draw(card("Hello", buttons=(*offered, button("other", Rank.MORE))), TEAM)
    prepare_blocks(drawn.blocks)
    row = [part for block in drawn.blocks if block["type"] == "actions" for part in block["elements"]]
    shown = [part["action_id"].removeprefix("dibs:") for part in row if part["type"] == "button"]
    chosen = [option["value"].split()[0] for part in row for option in part.get("options", [])]
    alone = [f"m{number}" for number in range(menu)] if menu == 1 else []
    first = sorted((one for one in offered if one.verb[0] == "b"), key=lambda one: one.rank)[:MOST_PRESSED]
    assert shown == [*(one.verb for one in first), *alone]
    assert [part.get("style") for part in row if part["type"] == "button"] == [
        *("primary" if one.rank == Rank.MAIN else None for one in first),
        *(None for _ in alone),
    ]
    assert len(chosen) == (min(menu, MOST_OPTIONS) if menu > 1 else 0)
    assert not chosen or chosen[-1] == f"m{menu - 1}"
    assert len(row) <= MOST_PRESSED + 1


def situations() -> Iterator[Situation]:
    """Return every situation that a mention can be in, with as many drafts as matter."""
    drafts = [frozenset(some) for number in range(3) for some in combinations(sorted(LIVING), number)]
    waits = (None, PublicationState.UNCLEAR, PublicationState.HELD)
    for status, owned, some, by_api, one in product(Status, (True, False), drafts, (True, False), waits):
        yield Situation(status=status, owned=owned, drafts=some, by_api=by_api, waits=one)
    yield from (Situation(status=status, kept_back=True) for status in Status)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_in_whatever_state_a_card_has_three_blocks_and_at_most_four_controls_with_one_menu(scene: Scene) -> None:
    row = scene.arrive()
    post = scene.database.read(lambda session: mentions.original(session, row.id))
    steps, most = set(), 0
    for now in situations():
        buttons = offer(row, post, now, "unread")
        closed = not now.open
        one = card("Where is my refund?", buttons=buttons, brief=closed, status=now.status, media=())
        for layout in Layout:
            blocks = draw(one, TEAM, layout=layout).blocks
            prepare_blocks(blocks)
            kinds = [block["type"] for block in blocks if block["type"] != "actions"]
            assert len(kinds) == (1 if closed else 3)
            assert len(blocks) == len(kinds) + (not closed)
        controls = [leaf for leaf in _leaves(blocks) if leaf.get("type") in ("button", "overflow")]
        menus = [leaf for leaf in controls if leaf["type"] == "overflow"]
        assert len(controls) <= 4
        assert len(menus) <= 1
        assert len([leaf for leaf in controls if leaf.get("style")]) <= 1
        last = menus[0]["options"][-1]["value"] if menus else f"{controls[-1]['action_id'].removeprefix('dibs:')} "
        assert last.startswith("everything ")
        steps.add(now.step)
        most = max(most, len(controls))
    assert steps == set(Step)
    assert most == 4


def test_a_closed_card_is_one_line_with_its_menu() -> None:
    closed = {"brief": True, "status": "resolved", "state": "Resolved by Ana.", "author": "Kim", "place": "Bluesky"}
    (block,) = draw(card("Refund came within a day. " * 20, **closed), TEAM).blocks
    assert block["type"] == "section"
    assert block["accessory"]["type"] == "overflow"
    assert len(block["text"]["text"]) < 220


def test_a_moved_card_is_one_line_that_leads_to_the_new_one() -> None:
    there = Link(label="its card there", places=(("slack", "C0SUPPORT", "1700000000.000100"),))
    moved = card(
        "Hello",
        moved=True,
        brief=True,
        state="Moved to Support.",
        details=(Fact(label="", value="Why"),),
        moved_to=there,
    )
    (block,) = draw(moved, TEAM).blocks
    (line,) = block["elements"]
    link = "<https://acme.slack.com/archives/C0SUPPORT/p1700000000000100|its card there>"
    assert line["text"] == f"🔵 *Moved to Support.* · \u2068Why\u2069 · {link} · `#k7f2`"


def _leaves(thing: Any) -> list[dict[str, Any]]:
    if isinstance(thing, dict):
        return [thing, *(leaf for value in thing.values() for leaf in _leaves(value))]
    return [leaf for one in thing for leaf in _leaves(one)] if isinstance(thing, list) else []


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
def test_an_address_that_is_no_web_address_makes_no_link(link: str) -> None:
    drawn = draw(card("Hello", link=link), TEAM)
    harmless(drawn.text, drawn.blocks)
    assert "|" not in str(drawn.blocks[0]["elements"][-1]["text"]).partition("<!date")[0]


@pytest.mark.parametrize(
    ("link", "opened"),
    [
        ("https://wiki.example/wiki/鉄道", "https://wiki.example/wiki/%E9%89%84%E9%81%93"),
        ("https://forum.example/t/{7}?q=it's", "https://forum.example/t/%7B7%7D?q=it%27s"),
        ("https://blog.example/übel|schlecht", "https://blog.example/%C3%BCbel%7Cschlecht"),
        ("https://acme.example@evil.example/", "https://evil.example/"),
    ],
)
def test_the_place_opens_the_address_as_browsers_write_it(link: str, opened: str) -> None:
    drawn = draw(card("Hello", link=link), TEAM)
    harmless(drawn.text, drawn.blocks)
    assert f"<{opened}|" in str(drawn.blocks[0])
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


def test_the_name_of_a_mention_at_the_beginning_of_a_line_is_the_link_and_a_strangers_words_are_none() -> None:
    place = ("slack", "C0FINANCE", "1700000000.000100")
    line = Line(text="#k7f2 https://bank.example <https://evil.example|hi>", link=Link(label="#k7f2", places=(place,)))
    drawn = draw(Notice(title="T", text="T", sections=(Section(title="", lines=(line,)),)), TEAM)
    harmless(drawn.text, drawn.blocks)
    shown = drawn.blocks[-1]["text"]["text"]
    assert shown.startswith("<https://acme.slack.com/archives/C0FINANCE/p1700000000000100|#k7f2> \u2068https://bank.")
    assert shown.count("k7f2") == 1
    nowhere = replace(line, link=Link(label="#k7f2", url="https://evil.example/"))
    drawn = draw(Notice(title="T", text="T", sections=(Section(title="", lines=(nowhere,)),)), TEAM)
    assert "<https://evil.example/|post>" in str(drawn.blocks)


def test_a_title_is_a_heading_only_above_titles_and_what_is_about_no_mention_is_a_row_of_buttons() -> None:
    line, offered = Line(text="x"), Button(verb="add", label="Bring in", value="", accessibility_label="Bring in")
    told = Notice(title="Ana gave you it.", text="T", sections=(Section(title="", lines=(line,)),))
    page = Notice(title="Page", text="T", sections=(Section(title="S", lines=(line,)),), buttons=(offered, offered))
    assert [block["type"] for block in draw(told, TEAM).blocks] == ["section", "section"]
    drawn = draw(replace(page, buttons=(offered,)), TEAM).blocks
    prepare_blocks(drawn)
    assert [block["type"] for block in drawn] == ["header", "section", "section", "actions"]
    assert "value" not in drawn[-1]["elements"][0]


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
