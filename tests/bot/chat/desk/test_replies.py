"""Replies at the desk without any script: every step is a page, a form and a sentence; hostile posts stay text."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sources.lookup import Find
from handlers.ask.add import TELL_US
from handlers.base.charter import Charter
from handlers.base.events import Found, Posted
from storage.tables.states import Action
from tests.bot.chat.desk.replying import (
    BY_HAND,
    OPEN,
    STORIES,
    TEXT,
    ReplyingInstallation,
    choices,
    main_of,
    open_replying,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReplyingInstallation]:
    with open_replying(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("verb", sorted(STORIES))
def test_every_verb_of_a_reply_works_without_a_script(tmp_path: Path, verb: str) -> None:
    story = STORIES[verb]
    with open_replying(tmp_path, story.charter, story.reply) as desk:
        mention = desk.arrive()
        answer = story.press(desk, mention)
        assert answer.status_code in (200, 303), main_of(answer.text)
        assert story.logged in desk.house.scene.log(mention)
        if verb in ("publish", "confirm"):
            desk.wait_for(mention, Action.RESPONDED)
            assert [one.text for one in desk.place.standing] == [TEXT]


def test_what_waits_for_a_second_person_is_a_tab_of_its_own_for_all_but_who_wrote_it(
    desk: ReplyingInstallation,
) -> None:
    mention, _ = desk.arrive(), desk.arrive()
    desk.draft("Ana", mention, TEXT, then="review")

    def tab(name: str) -> tuple[str, list[str]]:
        page = desk.house.visitor(name).get("/?tab=review").text
        (number,) = re.findall(r'aria-current="page" data-tab="review">To review <span class="n">(\d+)<', page)
        return number, re.findall(r'<article [^>]*data-token="(\w+)"', page)

    assert tab("Ben") == ("1", [mention.token])
    assert tab("Ana") == ("0", [])
    card = f"/m/{mention.token}/card?tab=review"  # what a page that is open asks when something happens
    assert desk.house.visitor("Ben").get(card).headers["X-Fits"] == "1"
    desk.review("Ben", mention, "approve")
    assert tab("Ben") == ("0", [])
    assert desk.house.visitor("Ben").get(card).headers["X-Fits"] == "0"


def test_a_review_shows_the_post_the_draft_the_charter_the_advice_and_what_changed(desk: ReplyingInstallation) -> None:
    mention = desk.arrive("Where is my refund?", title="Charged twice")
    desk.draft("Ana", mention, "We are sorry about that.", then="review")
    desk.review("Ben", mention, "changes", remark="Say when it comes.")
    desk.draft("Ana", mention, "We are sorry about that. It comes on Monday.", then="review")
    page = main_of(desk.house.visitor("Ben").get(f"/m/{mention.token}/review").text)
    for said in (
        "Charged twice",
        "Where is my refund?",
        "We answer customers who ask for help. Plain and kind.",
        "Publishing is for Customer support.",
        "It comes on Monday.",
        "What Ana changed since it was read",
        "Before it goes out",
    ):
        assert said in page
    assert "Approve and publish" in page


def test_who_may_not_publish_is_offered_no_approve_and_publish(desk: ReplyingInstallation) -> None:
    mention = desk.arrive()
    desk.draft("Ben", mention, then="review")
    page = desk.house.visitor("Ana").get(f"/m/{mention.token}/review").text
    assert "Approve" in page
    assert "Approve and publish" not in page


def test_nobody_reads_their_own_draft_for_a_second_person(desk: ReplyingInstallation) -> None:
    mention = desk.arrive()
    desk.draft("Ben", mention, then="review")
    answer = desk.house.visitor("Ben").get(f"/m/{mention.token}/review")
    assert answer.status_code == 409
    assert "You wrote it, so a second person has to read it." in answer.text


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("I am sorry. " * 40 + "Ana", "too long"), ("I guarantee that it comes. Ana", "The charter blocks"), ("", "rite")],
)
def test_a_draft_that_cannot_be_kept_says_so_beside_the_text_which_stays(
    desk: ReplyingInstallation, text: str, wrong: str
) -> None:
    mention = desk.arrive()
    answer = desk.draft("Ana", mention, text)
    assert answer.status_code == 422
    page = main_of(answer.text)
    assert wrong in page[page.index('id="e-text"') :]
    assert 'aria-describedby="h-text e-text" aria-invalid="true"' in page
    assert text.strip() in page
    assert page.count(page[page.index('id="e-text"') + 12 :].split("</p>")[0]) == 1  # said once
    assert desk.house.scene.log(mention) == ["arrived"]


def test_a_saved_reply_fills_the_form_and_is_not_kept_by_itself(desk: ReplyingInstallation) -> None:
    mention = desk.arrive()
    answer = desk.house.visitor("Ana").press("draft", mention.token, "/", saved="Sorry", text="", then="keep")
    assert answer.status_code == 200
    page = main_of(answer.text)
    assert "Hello Kim, I am sorry. I look into it today. Ana</textarea>" in page
    assert 'name="text" rows="8" dir="auto" autofocus' in page
    assert desk.house.scene.log(mention) == ["arrived"]


def test_what_is_posted_by_hand_is_given_to_copy_with_the_post_to_open(tmp_path: Path) -> None:
    with open_replying(tmp_path, OPEN, BY_HAND) as desk:
        mention = desk.arrive()
        desk.draft("Ana", mention)
        ana = desk.house.visitor("Ana")
        page = main_of(ana.press("publish", mention.token, "/").text)
        assert f">{TEXT}</textarea>" in page
        assert 'href="https://blog.example/1" target="_blank"' in page
        assert 'Open on blog</a> <small class="host">opens <bdi>blog.example</bdi>' in page
        assert f'href="/m/{mention.token}/posted?back=%2F"' in page
        wrong = ana.press("posted", mention.token, "/", url="here")
        assert "That is no address of a page." in wrong.text
        assert 'value="here"' in wrong.text
        ana.press("posted", mention.token, "/", url="https://blog.example/1#reply-7")
        assert "Ana answered." in ana.get("/?tab=mine").text


def test_several_drafts_are_a_choice_and_each_is_read_before_it_goes_out(tmp_path: Path) -> None:
    with open_replying(tmp_path, OPEN) as desk:
        mention = desk.arrive()
        desk.draft("Ana", mention, "I am Ana and I look into the refund.")
        desk.draft("Ben", mention, "I am Ben and I look into the refund.")
        chloe = desk.house.visitor("Chloe")
        page = main_of(chloe.press("publish", mention.token, "/").text)
        assert "2 drafts on" in page
        assert "I am Ana and I look into the refund." in page
        first, second = choices(page)
        assert first != second
        chloe.press("publish", mention.token, "/", draft=second)
        desk.wait_for(mention, Action.RESPONDED)
        assert [one.text for one in desk.place.standing] == ["I am Ben and I look into the refund."]


def test_who_may_not_publish_is_told_who_may(desk: ReplyingInstallation) -> None:
    mention = desk.arrive()
    desk.draft("Ana", mention, then="review")
    desk.review("Ben", mention, "approve")
    ana = desk.house.visitor("Ana")
    ana.press("publish", mention.token, "/")
    assert "Publishing on blog is for Customer support." in ana.get("/").text
    assert desk.house.scene.log(mention)[-1] == Action.REFUSED


def shown_by(page: str) -> str:
    """Return what the button that publishes sends back of the reply that stands above it."""
    found = re.search(r'<button[^>]* name="shown" value="([0-9a-z.]+)"[^>]* data-verb="publish"', page)
    assert found is not None
    return found[1]


def test_a_page_shows_what_goes_out_and_one_that_showed_another_reply_lets_nothing_out(
    desk: ReplyingInstallation,
) -> None:
    mention = desk.arrive("Where is my refund?", external_id="p1", url="https://blog.example/p1")
    desk.draft("Ana", mention, then="review")
    desk.review("Ben", mention, "approve")
    ben, path = desk.house.visitor("Ben"), f"/m/{mention.token}"
    page = ben.get(path).text
    assert f'Approved, as it would stand there:</p><p class="body" dir="auto">{TEXT}' in main_of(page)
    old = shown_by(page)
    scene = desk.house.scene
    scene.ingest(scene.posted("Shall refunds be beaten?", external_id="p1", url="https://blog.example/p1"))
    assert "the author edited the post" in main_of(ben.get(path).text)
    ben.post(f"{path}/publish", {**ben.form(path, mention.token), "back": path, "shown": old})
    assert "It was not sent: it waits for a second person again." in ben.get("/").text
    desk.review("Chloe", mention, "approve")
    page = ben.get(path).text
    answer = ben.post(f"{path}/publish", {**ben.form(path, mention.token), "back": path, "shown": old})
    assert "Since this was shown to you, the author edited the post." in main_of(answer.text)
    assert "Shall refunds be beaten?" in main_of(answer.text)
    assert desk.place.standing == []
    ben.post(f"{path}/publish", {**ben.form(path, mention.token), "back": path, "shown": shown_by(page)})
    desk.wait_for(mention, Action.RESPONDED)
    assert [one.text for one in desk.place.standing] == [TEXT]


@pytest.mark.parametrize("shown", ["X", "<b>", "a" * 3_000])
def test_what_no_page_of_ours_showed_is_refused(desk: ReplyingInstallation, shown: str) -> None:
    mention = desk.arrive()
    ben = desk.house.visitor("Ben")
    hidden = ben.form(f"/m/{mention.token}", mention.token)
    assert ben.post(f"/m/{mention.token}/publish", {**hidden, "back": "/", "shown": shown}).status_code == 400


HOSTILE = (
    "</p></aside><script>alert(1)</script> [https://acme.example](https://evil.example) "
    "<https://evil.example|acme.example> \u202egnp.exe\u202c @everyone"
)


@pytest.mark.parametrize("verb", ["draft", "review", "posted"])
def test_a_hostile_post_beside_a_form_stays_text(tmp_path: Path, verb: str) -> None:
    charter: Charter = OPEN
    with open_replying(tmp_path, charter, BY_HAND) as desk:
        mention = desk.arrive(HOSTILE, title="<img src=x onerror=alert(1)>", lang='en"><b', url="javascript:alert(1)")
        desk.draft("Ana", mention, f"I saw this: {HOSTILE}. Ana", then="review" if verb == "review" else "keep")
        name = "Ben" if verb == "review" else "Ana"
        raw = desk.house.visitor(name).get(f"/m/{mention.token}/{verb}").text
        page = raw[raw.index("<main") : raw.index("</main>")]
        assert "alert(1)" in page
        for markup in ("<script", "<img", "<b>", 'javascript:alert(1)"', 'href="https://evil', 'href="https://acme'):
            assert markup not in page
        assert page.count('<span dir="auto"') >= 2
        assert "lang=" not in page


ADDRESS = "https://forum.example/t/7"


def test_a_post_is_brought_in_by_its_address_and_asked_for_where_nobody_can_fetch_it(
    desk: ReplyingInstallation,
) -> None:
    ana = desk.house.visitor("Ana")
    first = main_of(ana.get("/add").text)
    assert 'name="text"' not in first
    asked = ana.post("/add", {**ana.form("/add"), "url": ADDRESS})
    assert asked.status_code == 200
    page = main_of(asked.text)
    assert TELL_US in page
    assert f'value="{ADDRESS}"' in page
    assert 'class="wrong"' not in page  # nothing is wrong yet
    told = {"url": ADDRESS, "title": "My refund", "text": "It never came.", "department": "finance"}
    done = ana.post("/add", {**ana.form("/add"), **told})
    assert done.status_code == 303
    mention = main_of(ana.get(done.headers["Location"]).text)
    assert "It never came." in mention
    again = ana.post("/add", {**ana.form("/add"), **told})
    assert again.headers["Location"] == done.headers["Location"]
    assert "stands already" in ana.get(again.headers["Location"]).text


def test_what_is_missing_or_no_address_is_said_beside_it_and_what_was_typed_stays(desk: ReplyingInstallation) -> None:
    ana = desk.house.visitor("Ana")
    wrong = ana.post("/add", {**ana.form("/add"), "url": "forum.example/t/7"})
    assert wrong.status_code == 422
    assert 'id="e-url"' in wrong.text
    assert 'value="forum.example/t/7"' in wrong.text
    assert 'name="text"' not in wrong.text
    empty = {"url": ADDRESS, "title": "", "text": "", "department": "support"}
    missing = ana.post("/add", {**ana.form("/add"), **empty})
    assert 'id="e-text"' in missing.text
    assert '<option value="support" selected>' in missing.text


def test_what_a_source_can_fetch_is_not_asked_for(tmp_path: Path) -> None:
    async def fetched(url: str) -> Found:
        return Found(source="blog", posted=Posted(external_id="t-7", url=url, text="My invoice is wrong."))

    find: Find = fetched
    with open_replying(tmp_path, find=find) as desk:
        ana = desk.house.visitor("Ana")
        done = ana.post("/add", {**ana.form("/add"), "url": ADDRESS})
        assert done.status_code == 303
        page = ana.get(done.headers["Location"]).text
        assert "My invoice is wrong." in page
        assert "for Finance" in page


def test_advice_on_a_draft_is_said_once_it_is_kept_with_a_way_back_to_it(desk: ReplyingInstallation) -> None:
    mention = desk.arrive()
    answer = desk.draft("Ana", mention, "We are sorry.")
    page = main_of(answer.text)
    assert "is kept." in page
    assert "Before it goes out" in page
    assert f'href="/m/{mention.token}/draft?back=%2F"' in page


def test_the_page_of_a_mention_shows_what_was_said_in_public_since(tmp_path: Path) -> None:
    with open_replying(tmp_path, OPEN) as desk:
        mention = desk.arrive()
        desk.draft("Ana", mention, then="publish")
        desk.wait_for(mention, Action.RESPONDED)
        reply = desk.place.standing[0].external_id
        desk.house.scene.ingest(desk.house.scene.posted("<b>Thank you</b>", reply_to=reply, lang="en", url=""))
        page = desk.house.visitor("Ben").get(f"/m/{mention.token}").text
        talk = page[page.index('id="talk"') : page.index('id="log"')]
        assert talk.index("Our reply") < talk.index(TEXT) < talk.index("The author")
        assert f'href="https://replies.example/{reply}"' in talk
        assert 'lang="en">&lt;b&gt;Thank you&lt;/b&gt;</p>' in talk
