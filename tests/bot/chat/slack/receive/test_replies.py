"""A reply on Slack, from the first word to the press that lets it out: every step in a form, and nothing by itself."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from handlers.base.cards import GOES_OUT
from handlers.base.charter import Charter, ReplyRules
from handlers.base.organisation import SourceRules
from handlers.base.verb import button
from handlers.channels.notify import tell_about
from handlers.text.bounds import clip
from handlers.verbs import BY_NAME
from storage.own.mentions import MentionRow
from storage.people import people
from storage.reply.drafts import DraftRow
from storage.tables.base import table_of
from storage.tables.replies import Draft, Publication
from tests.bot.chat.hostile import HOSTILE
from tests.bot.chat.slack.installation import SlackInstallation, fine, installation, verbs_of
from tests.fakes.slack.gestures import Ack
from tests.fakes.slack.records import Message, User, View

TEXT = "I am sorry about your refund. I sent it again today. Ana"
BY_API = ReplyRules(by_api=True, limit=300, unit="graphemes")
_draft = table_of(Draft)
_publication = table_of(Publication)


def chartered(tmp_path: Path, reply: ReplyRules = BY_API, **values: Any) -> AbstractContextManager[SlackInstallation]:
    """Run a house whose source has a charter under which Ben's department publishes."""
    charter = Charter(written=True, **({"publish": ("support",), "purpose": "Answer who asks"} | values))
    rules = SourceRules(name="blog", kind="feed", baseline=False, charter=charter, reply=reply)
    return installation(tmp_path, changes={"sources": (rules,)})


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SlackInstallation]:
    """A house in which Ana writes and Ben has the right to publish; a second person reads first."""
    with chartered(tmp_path) as built:
        yield ready(built)


def ready(home: SlackInstallation) -> SlackInstallation:
    home.slack.wait_for(lambda: home.platform._people.learned)
    home.settle()
    return home


def open_form(home: SlackInstallation, who: User, card: Message, verb: str) -> View:
    """Press a verb on a card, wherever that has it, and return the form that opened."""
    assert fine(home.press(who, card, verb))
    (view,) = home.slack.views(who)
    return view


def write(home: SlackInstallation, who: User, card: Message, text: str = TEXT, then: str = "review") -> Ack:
    open_form(home, who, card, "draft")
    return home.slack.submit(who, {"text": text, "then": then})


def says(view: View, label: str) -> bool:
    """Say whether the button of a form bears these words."""
    return bool(view.body["submit"]["text"] == label)


def field(view: View, name: str) -> Any:
    """Return the element of a field as it is shown now."""
    return next(block["element"] for block in view.blocks if block.get("block_id", "").partition("~")[0] == name)


def above_and_below(view: View, name: str) -> tuple[str, str]:
    """Return what stands above and below a field."""
    at = next(i for i, block in enumerate(view.blocks) if block.get("block_id", "").partition("~")[0] == name)
    return str(view.blocks[:at]), str(view.blocks[at + 1 :])


def drafts_of(home: SlackInstallation, row: MentionRow) -> list[DraftRow]:
    query = select(_draft).where(_draft.c.mention_id == row.id).order_by(_draft.c.id)

    def look(session: Session) -> list[DraftRow]:
        return [DraftRow(*one) for one in session.connection().execute(query)]

    return home.scene.database.read(look)


def publications(home: SlackInstallation) -> list[tuple[str, str]]:
    query = select(_publication.c.state, _publication.c.text).order_by(_publication.c.id)
    return home.scene.database.read(lambda session: [(one[0], one[1]) for one in session.connection().execute(query)])


# --- the way out -----------------------------------------------------------------------------------------------------


def test_a_review_is_heard_by_one_new_message_below_the_card_whose_button_opens_it_until_it_is_decided(
    home: SlackInstallation,
) -> None:
    row, card = home.arrive()
    before = {one.ts for one in home.slack.messages(home.finance)}

    def new() -> list[Message]:
        return [one for one in home.slack.messages(home.finance) if one.ts not in before]

    write(home, home.ana, card)
    (asked,) = home.slack.wait_for(new)
    assert (asked.thread_ts, asked.broadcast) == (card.ts, True)
    assert asked.text.startswith(f"Ana's reply to #{row.token} waits for a second person to read it.")
    card = home.shows(row, "waits for a second person")
    write(home, home.ana, card)  # once more, in the same version
    assert [one.ts for one in new()] == [asked.ts]
    assert home.slack.messages(home.ana) == []
    assert fine(home.slack.press(home.ben, asked, "dibs:review"))
    home.slack.submit(home.ben, {"verdict": "approve"})
    said = f"Decided: Ben approved Ana's reply to #{row.token}."
    home.slack.wait_for(lambda: new()[0].text == said)
    assert [[block["type"] for block in one.blocks] for one in new()] == [["section"]]


def test_a_press_on_the_message_after_the_draft_was_changed_shows_the_draft_of_now(home: SlackInstallation) -> None:
    row, card = home.arrive()
    write(home, home.ana, card)
    asked = home.slack.wait_for(lambda: [one for one in home.slack.messages(home.finance) if one.thread_ts])[0]
    assert fine(home.slack.press(home.ben, asked, "dibs:review"))
    write(home, home.ana, home.shows(row, "waits for a second person"), "I sent it again. Ana")
    refused = home.slack.submit(home.ben, {"verdict": "approve"})
    assert "That draft was changed since it was shown to you." in str(refused.body)
    assert [one.state for one in drafts_of(home, row)] == ["in_review"]


def test_a_draft_is_read_by_a_second_person_whose_press_lets_it_out(home: SlackInstallation) -> None:
    row, card = home.arrive()
    assert fine(write(home, home.ana, card))
    assert home.slack.views(home.ana) == []
    card = home.shows(row, "waits for a second person")
    view = open_form(home, home.ben, card, "review")
    above, _ = above_and_below(view, "verdict")
    assert TEXT in above
    assert "Where is my refund?" in above
    assert "Answer who asks." in above
    assert publications(home) == []
    home.slack.submit(home.ben, {"verdict": "approve_publish"})
    assert publications(home) == [("due", TEXT)]
    card = home.shows(row, "on its way")
    assert home.scene.log(row) == ["arrived", "drafted", "review_asked", "approved", "owned_by_reply", "publishing"]
    assert "approved your draft" in home.told(home.ana, "approved your draft")


def test_publish_is_one_press_where_it_was_approved(home: SlackInstallation) -> None:
    row, card = home.arrive()
    write(home, home.ana, card)
    card = home.shows(row, "waits for a second person")
    open_form(home, home.ben, card, "review")
    home.slack.submit(home.ben, {"verdict": "approve"})
    card = home.shows(row, "approved")
    assert "publish" in verbs_of(card)
    assert fine(home.slack.press(home.ben, card, "dibs:publish", repeat=3))
    assert publications(home) == [("due", TEXT)]


def test_a_card_shows_what_goes_out_and_a_name_that_changed_lets_nothing_out(tmp_path: Path) -> None:
    with chartered(tmp_path, signature="{name} of Acme") as home:
        ready(home)
        row, card = home.arrive()
        write(home, home.ana, card)
        open_form(home, home.ben, home.shows(row, "waits for a second person"), "review")
        home.slack.submit(home.ben, {"verdict": "approve"})
        old = home.shows(row, "Approved, as it would stand there:")
        shown = next(block["elements"] for block in old.blocks if block["type"] == "rich_text")
        assert [part["elements"][0]["text"] for part in shown[-2:]] == [GOES_OUT, f"{TEXT}\nAna of Acme"]
        home.scene.person("Acme lies", "ana@acme.example", home.ana.id)
        home.slack.press(home.ben, old, "dibs:publish")
        assert "read differently now" in home.told(home.ben, "waits for a second person again")
        open_form(home, home.ben, home.shows(row, "waits for a second person"), "review")
        home.slack.submit(home.ben, {"verdict": "approve"})
        assert publications(home) == []
        home.slack.press(home.ben, home.shows(row, "Acme lies of Acme"), "dibs:publish")
        assert publications(home) == [("due", f"{TEXT}\nAcme lies of Acme")]


def test_changes_are_asked_for_and_what_changed_is_shown_to_who_reads_again(home: SlackInstallation) -> None:
    row, card = home.arrive()
    write(home, home.ana, card)
    open_form(home, home.ben, home.shows(row, "waits for a second person"), "review")
    home.slack.submit(home.ben, {"verdict": "changes", "remark": "Say when it arrives."})
    card = home.shows(row, "asks Ana for changes")
    home.told(home.ana, "Say when it arrives.")
    view = open_form(home, home.ana, card, "draft")
    assert field(view, "text")["initial_value"] == TEXT
    assert "Say when it arrives." in str(view.blocks)
    home.slack.submit(home.ana, {"text": f"{TEXT} It arrives on Friday.", "then": "review"})
    view = open_form(home, home.ben, home.shows(row, "waits for a second person"), "review")
    assert "It arrives on Friday." in above_and_below(view, "verdict")[0]
    assert "changed since it was read" in above_and_below(view, "verdict")[0]


def test_it_can_be_typed_up_to_where_something_has_to_be_read(home: SlackInstallation) -> None:
    row, _ = home.arrive()
    assert "is kept" in home.slack.slash(home.ana, home.finance, f"draft #{row.token} {TEXT}").json["text"]
    assert fine(home.slack.slash(home.ana, home.finance, f"draft #{row.token}"))
    (view,) = home.slack.views(home.ana)
    assert field(view, "text")["initial_value"] == TEXT
    home.slack.submit(home.ana, {"then": "review"})
    assert fine(home.slack.slash(home.ben, home.finance, f"review #{row.token}"))
    (view,) = home.slack.views(home.ben)
    home.slack.submit(home.ben, {"verdict": "approve"})
    assert "on its way" in home.slack.slash(home.ben, home.finance, f"publish #{row.token}").json["text"]
    assert publications(home) == [("due", TEXT)]


def test_where_no_reply_goes_out_by_us_the_text_is_given_to_be_copied(tmp_path: Path) -> None:
    with chartered(tmp_path, ReplyRules(), review="none", publish=("anyone",)) as home:
        ready(home)
        row, card = home.arrive()
        text = "I am sorry about your refund.\n\nI sent it again today. Ana"
        write(home, home.ana, card, text, "publish")
        assert home.slack.views(home.ana) == []
        home.told(home.ana, "copy the text")
        (given,) = home.slack.ephemerals(home.ana)
        assert text in [block["text"]["text"] for block in given.blocks if block["type"] == "section"]
        assert "https://blog.example/1" in str(given.blocks)
        assert publications(home) == []
        home.slack.press(home.ana, given, "dibs:posted")
        home.slack.submit(home.ana, {"url": "https://blog.example/1#comment-9"})
        home.shows(row, "answered")


def test_the_text_to_copy_is_given_by_the_button_on_the_card_too(tmp_path: Path) -> None:
    with chartered(tmp_path, ReplyRules(), review="none", publish=("anyone",)) as home:
        ready(home)
        row, card = home.arrive()
        write(home, home.ana, card, then="keep")
        card = home.shows(row, "drafting Ana")
        home.press(home.ana, card, "publish")
        assert TEXT in home.told(home.ana, "copy the text")


def test_a_button_in_a_direct_message_opens_its_form(home: SlackInstallation) -> None:
    row, _ = home.arrive()
    offer = button(BY_NAME["draft"], row, "")

    def tell(session: Session) -> None:
        ana = people.by_email(session, "ana@acme.example")
        assert ana is not None
        tell_about(session, ana.id, row, "Somebody asks.", "test:1", home.scene.now, offer)

    home.scene.database.write(tell)
    home.told(home.ana, "Somebody asks.")
    (message,) = home.slack.messages(home.ana)
    home.slack.press(home.ana, message, "dibs:draft")
    assert fine(home.slack.submit(home.ana, {"text": TEXT}))
    assert [one.text for one in drafts_of(home, row)] == [TEXT]


# --- refusals --------------------------------------------------------------------------------------------------------


def test_who_may_not_publish_is_told_who_may_and_the_text_stays_in_the_form(home: SlackInstallation) -> None:
    row, card = home.arrive()
    write(home, home.ben, card)
    card = home.shows(row, "waits for a second person")
    view = open_form(home, home.ana, card, "review")
    assert "approve_publish" not in str(view.blocks)
    home.slack.submit(home.ana, {"verdict": "approve"})
    card = home.shows(row, "approved")
    home.slack.press(home.ana, card, "dibs:publish")
    assert "Customer support" in home.told(home.ana, "Publishing on blog is for")
    assert publications(home) == []
    assert home.scene.log(row)[-1] == "refused"


def test_what_is_wrong_with_a_draft_stands_beside_it_and_the_text_is_kept(home: SlackInstallation) -> None:
    row, card = home.arrive()
    long = "I am sorry about your refund. " * 40
    write(home, home.ana, card, long)
    (view,) = home.slack.views(home.ana)
    assert view.errors.keys() == {"text"}
    assert "long" in view.errors["text"]
    assert drafts_of(home, row) == []
    home.slack.submit(home.ana, {"text": TEXT})
    assert home.slack.views(home.ana) == []
    assert [one.text for one in drafts_of(home, row)] == [TEXT]


def test_nobody_approves_their_own(home: SlackInstallation) -> None:
    row, card = home.arrive()
    write(home, home.ana, card)
    card = home.shows(row, "waits for a second person")
    home.slack.press(home.ana, card, "dibs:review")
    assert home.slack.views(home.ana) == []
    home.told(home.ana, "a second person has to read it")
    assert [one.state for one in drafts_of(home, row)] == ["in_review"]


def test_a_verdict_on_a_draft_that_changed_meanwhile_says_so_and_keeps_the_remark(home: SlackInstallation) -> None:
    row, card = home.arrive()
    write(home, home.ana, card)
    card = home.shows(row, "waits for a second person")
    open_form(home, home.ben, card, "review")
    write(home, home.ana, card, f"{TEXT} Soon.")
    home.slack.submit(home.ben, {"verdict": "changes", "remark": "Say when it arrives."})
    assert [one.state for one in drafts_of(home, row)] == ["in_review"]
    below, upon = home.slack.views(home.ben)
    assert "Say when it arrives." in str(below.typed)
    assert "changed since it was shown" in str(upon.blocks)


def test_a_refusal_of_a_written_form_lies_upon_it_so_that_nothing_typed_is_lost(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.press(home.ana, card, "dibs:claim")
    card = home.shows(row, "Ana has it.")
    open_form(home, home.ben, card, "takeover")
    home.press(home.ana, card, "release")
    home.slack.submit(home.ben, {"reason": "Ana is away until Monday."})
    below, upon = home.slack.views(home.ben)
    assert "Ana is away until Monday." in str(below.typed)
    assert "changed since" in str(upon.blocks)


# --- the form --------------------------------------------------------------------------------------------------------


def test_the_button_of_a_review_says_what_was_chosen_and_what_was_typed_stays(home: SlackInstallation) -> None:
    row, card = home.arrive()
    write(home, home.ana, card)
    view = open_form(home, home.ben, home.shows(row, "waits for a second person"), "review")
    assert view.body["submit"]["text"] == "Give verdict"
    names = [block["block_id"] for block in view.blocks if block["type"] == "input"]
    assert names == ["verdict", "remark"]  # of one draft nobody is asked which
    for verdict, said in (("changes", "Ask for changes…"), ("approve_publish", "Approve and publish")):
        assert fine(home.slack.press(home.ben, view, "verdict", option=verdict, typed={"remark": "Very good."}))
        home.slack.wait_for(partial(says, view, said))
    home.slack.submit(home.ben, {})
    assert publications(home) == [("due", TEXT)]
    assert "Very good." in home.told(home.ana, "approved your draft")


def test_a_saved_reply_fills_the_field_when_it_is_chosen_and_never_over_what_was_typed(tmp_path: Path) -> None:
    saved = (("sorry", "Hello {author}, I am {name}, and sorry."), ("thanks", "Thank you, {author}! {name}"))
    with chartered(tmp_path, saved=saved) as home:
        ready(home)
        row, card = home.arrive()
        view = open_form(home, home.ana, card, "draft")
        assert fine(home.slack.press(home.ana, view, "saved", option="sorry"))
        home.slack.wait_for(lambda: field(view, "text").get("initial_value") == "Hello Kim, I am Ana, and sorry.")
        assert fine(home.slack.press(home.ana, view, "saved", option="thanks"))
        home.slack.wait_for(lambda: field(view, "text").get("initial_value") == "Thank you, Kim! Ana")
        name = next(block["block_id"] for block in view.blocks if block["block_id"].startswith("text"))
        mine = {name: "Thank you, Kim, and my own words! Ana"}
        assert fine(home.slack.press(home.ana, view, "saved", option="sorry", typed=mine))
        home.slack.wait_for(lambda: "What you typed stays." in str(view.blocks))
        home.slack.submit(home.ana, {"then": "keep"})
        assert [one.text for one in drafts_of(home, row)] == ["Thank you, Kim, and my own words! Ana"]


def test_what_goes_out_was_shown_signature_and_all(tmp_path: Path) -> None:
    with chartered(tmp_path, review="none", publish=("anyone",), signature="— {name}") as home:
        ready(home)
        _, card = home.arrive()
        write(home, home.ana, card, then="publish")
        assert publications(home) == []
        (view,) = home.slack.views(home.ana)
        assert view.body["submit"]["text"] == "Publish now"
        shown = [block["text"]["text"] for block in view.blocks if block["type"] == "section"]
        assert f"{TEXT}\n— Ana" in shown
        home.slack.submit(home.ana, {})
        assert publications(home) == [("due", f"{TEXT}\n— Ana")]


def test_what_was_saved_is_shown_as_it_will_stand_there(tmp_path: Path) -> None:
    with chartered(tmp_path, review="none", publish=("anyone",), signature="— {name}") as home:
        ready(home)
        _, card = home.arrive()
        write(home, home.ana, card, then="keep")
        home.told(home.ana, "is kept")
        (given,) = home.slack.ephemerals(home.ana)
        assert f"{TEXT}\n— Ana" in [block["text"]["text"] for block in given.blocks if block["type"] == "section"]


def test_a_saved_reply_is_put_into_the_same_form_and_goes_out_only_when_it_is_sent_again(tmp_path: Path) -> None:
    saved = (("sorry", "Hello {author}, I am {name} of {organisation} and sorry."),)
    with chartered(tmp_path, saved=saved) as home:
        ready(home)
        row, card = home.arrive()
        view = open_form(home, home.ana, card, "draft")
        home.slack.submit(home.ana, {"saved": "sorry"})
        assert drafts_of(home, row) == []
        assert home.slack.views(home.ana) == [view]
        assert "Hello Kim, I am Ana of Acme and sorry." in field(view, "text")["initial_value"]
        home.slack.submit(home.ana, {"then": "keep"})
        assert [one.text for one in drafts_of(home, row)] == ["Hello Kim, I am Ana of Acme and sorry."]


def test_the_post_stands_above_what_is_written_and_the_rest_below(home: SlackInstallation) -> None:
    _, card = home.arrive("Where is my refund?")
    view = open_form(home, home.ana, card, "draft")
    above, below = above_and_below(view, "text")
    assert "Where is my refund?" in above
    assert "Answer who asks." in below
    assert field(view, "text")["max_length"] == 3_000
    assert "3,000 characters" in str(view.blocks)


def test_a_draft_that_no_form_of_slack_can_hold_is_not_cut(tmp_path: Path) -> None:
    with chartered(tmp_path, ReplyRules(by_api=True)) as home:
        ready(home)
        row, _ = home.arrive()
        long = ("I am sorry. " * 300).strip()
        assert fine(home.slack.slash(home.ana, home.finance, f"draft #{row.token} {long}"))
        view = open_form(home, home.ana, home.shows(row, "drafting Ana"), "draft")
        assert not any(block["type"] == "input" for block in view.blocks)
        assert "desk" in str(view.blocks)
        assert [one.text for one in drafts_of(home, row)] == [long]


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_words_beside_a_form_ping_nobody_and_fit(home: SlackInstallation, name: str) -> None:
    row, card = home.arrive(clip(f"refund {HOSTILE[name]}", 40_000), title=clip(HOSTILE[name], 400))
    view = open_form(home, home.ana, card, "draft")
    assert not home.slack.pings(view)
    home.slack.submit(home.ana, {"text": f"{TEXT} <!channel> <@U0BEN>", "then": "review"})
    view = open_form(home, home.ben, home.shows(row, "waits for a second person"), "review")
    assert not home.slack.pings(view)
    assert TEXT in above_and_below(view, "verdict")[0]


def test_a_form_opens_with_its_gesture_and_writes_nothing(home: SlackInstallation) -> None:
    row, card = home.arrive()
    open_form(home, home.ana, card, "draft")
    assert drafts_of(home, row) == []
    assert home.scene.log(row) == ["arrived"]


# --- threads ---------------------------------------------------------------------------------------------------------


def test_what_is_typed_in_a_thread_is_neither_a_draft_nor_published(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.say(home.ana, home.finance, "publish this: we are sorry", thread=card)
    home.slack.say(home.ben, home.finance, "/dibs publish", thread=card)
    home.slack.shortcut(home.ana, home.slack.messages(home.finance)[-1], "dibs_claim")
    home.settle()
    assert drafts_of(home, row) == []
    assert publications(home) == []
    assert home.scene.log(row) == ["arrived"]
