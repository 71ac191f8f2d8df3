"""Drawing: the card as the rows say, hostile text as it came, and every part within bounds."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session

from handlers.base.cards import MAX_LINES, PREVIEW, Card, Form
from handlers.base.command import Asking, ByToken
from handlers.base.events import Author, Deleted
from handlers.base.forms import draw_form
from handlers.base.organisation import SourceRules
from handlers.draw.card import draw_card
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.reopen import ReopenMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.report.lines import draw_lines
from handlers.text.bounds import MAX_TEXT
from handlers.verbs import BY_NAME
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow
from tests.harness.channels import card, deliver, facts, said_behind
from tests.harness.scene import ORGANISATION, START, Scene, at

HOSTILE = {
    "broadcast": "<!channel> <!here> <!everyone>",
    "person": "<@U1> <#C1> @everyone",
    "false label": "<https://evil.example|https://bank.example> [bank](https://evil.example)",
    "markdown": "*bold* _it_ ~no~ `code` ```fence``` > quote",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>&lt;&amp;",
    "right to left": "\u202eevil\u202c \u2066x\u2069 שלום",
    "zero width": "a\u200bb\u200dc\ufeff",
    "template": "{owner} %s ${x} {{DATE(2026-01-01)}}",
}


def on_desk(scene: Scene, mention: MentionRow) -> Card:
    return scene.database.read(lambda session: draw_card(session, mention.id, scene.organisation))


def form_of(scene: Scene, verb: str, mention: MentionRow) -> Form:
    def draw(session: Session) -> Form:
        asking = Asking(session=session, organisation=scene.organisation, now=scene.now, found=mention)
        return draw_form(BY_NAME[verb], asking)

    return scene.database.read(draw)


# --- state -----------------------------------------------------------------------------------------------------------


def test_every_state_is_told_in_a_sentence(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    told = [on_desk(scene, mention).state]
    for command in (
        ClaimMention(who=ana, reference=ByToken(mention.token)),
        SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h"),
        ResolveMention(who=ana, reference=ByToken(mention.token)),
        ReopenMention(who=ana, reference=ByToken(mention.token)),
        DismissMention(who=ana, reference=ByToken(mention.token)),
    ):
        assert scene.do(command).ok
        told.append(on_desk(scene, mention).state)
    assert told == [
        "New. Nobody has it.",
        "Ana has it.",
        "Ana has it. Snoozed.",
        "Resolved by Ana.",
        "Ana has it.",
        "Dismissed. No answer needed.",
    ]


def test_what_nobody_had_is_told_without_an_owner(scene: Scene) -> None:
    ana = scene.person("Ana")
    asleep, done = scene.arrive(), scene.arrive()
    scene.do(SnoozeMention(who=ana, reference=at(asleep), until="2h"))
    scene.do(ResolveMention(who=ana, reference=at(done)))
    assert on_desk(scene, asleep).state == "Snoozed. Nobody has it."
    assert on_desk(scene, done).state == "Resolved."


def test_the_card_in_one_sentence_holds_who_what_and_state(scene: Scene) -> None:
    mention = scene.arrive("Where is my refund?")
    drawn = card(scene, mention, "C-FINANCE")
    assert drawn.text == f"Kim on blog.example: Where is my refund? (#{mention.token}) — New. Nobody has it."


def test_buttons_carry_token_and_version_and_name_their_mention(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive("Where is my refund?")
    names = {button.verb for button in card(scene, mention, "C-FINANCE").buttons}
    assert names >= {"claim", "draft", "resolve", "handoff", "assign", "snooze", "dismiss", "note"}
    assert not names & {"release", "takeover", "reopen", "review", "publish", "confirm", "posted", "withdraw"}
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    buttons = card(scene, mention, "C-FINANCE").buttons
    assert {button.verb for button in buttons} >= (names - {"claim"}) | {"release", "takeover"}
    assert "claim" not in {button.verb for button in buttons}
    assert {button.value for button in buttons} == {f"{mention.token}.2"}
    for button in buttons:
        assert button.accessibility_label.startswith(f"{button.label} #{mention.token}: Where is my refund?")
        assert len(button.accessibility_label) <= 75
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    closed = {button.verb for button in card(scene, mention, "C-FINANCE").buttons}
    assert closed >= {"draft", "reopen", "note"}
    assert not closed & {"claim", "resolve", "handoff", "assign", "snooze", "dismiss", "release", "takeover"}


# --- facts -----------------------------------------------------------------------------------------------------------


def test_the_card_says_why_it_is_here(scene: Scene) -> None:
    assert "Topic billing: “refund”" in said_behind(on_desk(scene, scene.arrive("My refund!")))
    assert "No topic recognised it." in said_behind(on_desk(scene, scene.arrive("Hello")))


def test_snoozed_edited_and_sighted_are_facts(scene: Scene) -> None:
    scene.organisation = replace(ORGANISATION, sources=(*ORGANISATION.sources, SourceRules(name="echo", kind="feed")))
    ana = scene.person("Ana")
    post = {"external_id": "p", "url": "https://blog.example/p"}
    mention = scene.arrive("My refund", **post)
    scene.arrive("My refund please", **post)
    scene.ingest(scene.posted("Refund elsewhere", url="https://blog.example/p"), source="echo")
    scene.do(SnoozeMention(who=ana, reference=at(mention), until="2h"))
    assert facts(on_desk(scene, mention)) == {
        "until": START + timedelta(hours=2),
        "edited": START,
        "also seen at": "echo",
        "Another source says of this address": "“Refund elsewhere” (Kim, echo)",
    }


@pytest.mark.parametrize(
    ("author", "shown"),
    [
        (Author(name="Kim", handle="kim.social"), ("Kim", "@kim.social")),
        (Author(name="Kim", handle="@kim"), ("Kim", "@kim")),
        (Author(name="kim", handle="kim"), ("kim", "")),
        (Author(handle="kim"), ("@kim", "")),
        (Author(name="Kim"), ("Kim", "")),
        (Author(), ("", "")),
    ],
)
def test_an_author_is_shown_by_name_and_handle(scene: Scene, author: Author, shown: tuple[str, str]) -> None:
    drawn = on_desk(scene, scene.arrive(author=author))
    assert (drawn.author, drawn.handle) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://social.example/p/1", "Social"),
        ("https://www.social.example/p/1", "Social"),
        ("https://social.example.evil.example/p/1", "social.example.evil.example"),
        ("https://evil.example/social.example", "evil.example"),
        ("javascript:alert(1)", "Social"),
    ],
)
def test_a_network_is_named_only_where_the_address_is_its_own(scene: Scene, url: str, shown: str) -> None:
    here = replace(ORGANISATION.sources[0], network="Social", hosts=frozenset({"social.example"}))
    scene.organisation = replace(ORGANISATION, sources=(here, *ORGANISATION.sources[1:]))
    assert on_desk(scene, scene.arrive(url=url)).place == shown


def test_what_no_source_dates_is_dated_by_its_arrival(scene: Scene) -> None:
    drawn = on_desk(scene, scene.arrive(published_at=None))
    assert (drawn.said_at, drawn.arrived) == (scene.now, True)


# --- moved, deleted, hostile -----------------------------------------------------------------------------------------


def test_elsewhere_than_at_home_the_card_is_moved_and_has_neither_buttons_nor_facts(scene: Scene) -> None:
    mention = scene.arrive()
    drawn = card(scene, mention, "C-OLD")
    assert (drawn.moved, drawn.brief, drawn.buttons, drawn.details, drawn.asides) == (True, True, (), (), ())
    assert drawn.state == "Moved to Finance (#finance-care)."
    assert drawn.text.endswith("Moved to Finance (#finance-care).")


def test_a_deleted_post_shows_nothing_of_its_text(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive("My secret refund", external_id="p", title="A secret", lang="en")
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.ingest(Deleted(external_id="p"))
    drawn = on_desk(scene, mention)
    assert (drawn.body, drawn.heading, drawn.lang) == ("The author deleted this post.", "", "")
    assert "ecret" not in repr(drawn)
    assert drawn.state == "Ana has it."
    (line,) = scene.database.read(lambda session: draw_lines(session, [scene.look(mention)]))
    assert line.text == f"#{mention.token} The author deleted this post. — Ana has it."


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_reaches_the_platforms_as_it_came(scene: Scene, text: str) -> None:
    mention = scene.arrive(text, title=text, author=Author(name=text, external_id="e"))
    drawn = card(scene, mention, "C-SUPPORT")
    assert (drawn.body, drawn.heading, drawn.author) == (text, text, text)
    assert text not in drawn.title + drawn.state + "".join(button.label for button in drawn.buttons)


def test_the_longest_post_keeps_every_other_part_within_bounds(scene: Scene) -> None:
    long = "w" * MAX_TEXT
    mention = scene.arrive(long, title="t" * 500, author=Author(name="n" * 200, handle="h" * 200, external_id="e"))
    drawn = card(scene, mention, "C-SUPPORT")
    assert drawn.body == long
    assert len(drawn.text) < 3_000
    assert max(len(button.accessibility_label) for button in drawn.buttons) <= 75
    assert max(len(button.label) for button in drawn.buttons) <= 30
    form = form_of(scene, "snooze", mention)
    assert len(form.about) <= PREVIEW


def test_a_form_offers_the_other_departments_only(scene: Scene) -> None:
    mention = scene.arrive()
    form = form_of(scene, "handoff", mention)
    assert [choice.value for choice in form.fields[0].choices] == ["support"]
    assert form.value == f"{mention.token}.1"
    assert form.fields[0].label == "Department"


def test_lines_are_bounded_and_lead_to_the_card(scene: Scene) -> None:
    scene.ingest(*(scene.posted("refund " + "w" * 1_000) for _ in range(MAX_LINES + 5)))
    deliver(scene)
    rows = scene.database.read(lambda session: mentions.listed(session, Filter(), limit=50))
    lines = scene.database.read(lambda session: draw_lines(session, rows, verb=BY_NAME["claim"]))
    assert len(lines) == MAX_LINES
    for line in lines:
        assert len(line.text) <= PREVIEW + 10
        assert line.link is not None
        assert line.link.places[0][:2] == ("slack", "C-FINANCE")
        assert line.button is not None
        assert line.button.verb == "claim"
