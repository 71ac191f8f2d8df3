"""Add: a post that an employee saw becomes a mention, once, wherever it stands, and the log says who brought it in."""

import random
import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session

from handlers.ask.add import AddPost, draw_add
from handlers.base.cards import Card
from handlers.base.charter import NO_REVIEW
from handlers.base.command import Answer, Asking, Who
from handlers.base.events import Author, Deleted, Found, Posted
from handlers.base.organisation import SourceRules
from handlers.draw.card import draw_card
from handlers.listen.ingest import ingest
from handlers.listen.pasted import PASTED, is_news
from handlers.people.accounts import sync_members
from handlers.reply.draft import DraftReply
from handlers.reply.posted_by_hand import PostedReply
from handlers.report.log import mention_log
from handlers.text.match import Topic
from storage.engine.database import Database
from storage.listen import posts
from storage.own import mentions, ownership
from storage.own.mentions import Filter, MentionRow
from storage.tables.states import IdentityKind, Status, Via
from tests.harness.channels import card_key, in_channel
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import ORGANISATION, Scene, at

FORUM = "https://forum.example/threads/7"
SOURCES = (
    *ORGANISATION.sources,
    SourceRules(name="sky", kind="bluesky", unmatched="drop", own_accounts=frozenset({"acme.example"})),
    SourceRules(name="echo", kind="feed"),
)


@pytest.fixture
def scene(database: Database) -> Scene:
    """A scene with three sources, and Ana of finance."""
    built = Scene(database, replace(ORGANISATION, sources=SOURCES))
    return built


@pytest.fixture
def ana(scene: Scene) -> Who:
    """An employee whose channel is that of finance."""
    return scene.person("Ana", "ana@acme.example")


def all_mentions(scene: Scene) -> list[MentionRow]:
    wanted = Filter(statuses=tuple(Status))
    return scene.database.read(lambda session: mentions.listed(session, wanted, limit=100))


def bring(scene: Scene, who: Who, url: str = FORUM, text: str = "The anvil broke.", **more: object) -> Answer:
    return scene.do(AddPost(url=url, text=text, who=who, via=Via.COMMAND, **more))  # type: ignore[arg-type]


def only(scene: Scene) -> MentionRow:
    (row,) = all_mentions(scene)
    return row


def card(scene: Scene, row: MentionRow) -> Card:
    return scene.database.read(lambda session: draw_card(session, row.id, scene.organisation))


def department(scene: Scene, row: MentionRow) -> str:
    """Return the department in whose channel the one card of a mention stands."""
    channels = {"C-FINANCE": "finance", "C-SUPPORT": "support"}
    (found,) = [
        key
        for channel, key in channels.items()
        if any(one.key == card_key(row, channel) for one in in_channel(scene, channel))
    ]
    return found


def sky(text: str = "The anvil broke.", **fields: object) -> Found:
    values: dict[str, object] = {"external_id": "at://kim/1", "url": "https://bsky.app/profile/kim/post/1", **fields}
    return Found(source="sky", posted=Posted(text=text, **values))  # type: ignore[arg-type]


# --- it becomes a mention --------------------------------------------------------------------------------------------


def test_a_pasted_post_is_a_mention_with_a_card_and_the_log_says_who_brought_it(scene: Scene, ana: Who) -> None:
    answer = bring(scene, ana, title="Broken anvil")
    row = only(scene)
    assert answer.ok
    assert answer.text.startswith(f"#{row.token} is in, for Finance.")
    assert (row.source, row.status, row.owner_id) == (PASTED, "new", None)
    (event,) = scene.database.read(lambda session: list(ownership.rows(session, mention_id=row.id)))
    assert (event["action"], event["via"]) == ("arrived", "command")
    assert event["actor_id"] is not None
    (line,) = scene.database.read(lambda session: mention_log(session, row.id))
    assert line.words == "Ana brought it in for Finance"
    drawn = card(scene, row)
    assert (drawn.heading, drawn.body, drawn.link) == ("Broken anvil", "The anvil broke.", FORUM)
    assert not scene.database.read(ownership.verify).trouble


def test_topics_decide_then_the_persons_own_department_then_the_fallback(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")
    stranger = Who(platform="slack", workspace="T1", external_id="UNEW", name="New")
    for number, (who, text, expected) in enumerate(
        [(stranger, "Where is my refund?", "finance"), (ana, "Nice.", "finance"), (stranger, "Nice.", "support")]
    ):
        bring(scene, who, f"https://forum.example/{number}", text)
        assert department(scene, all_mentions(scene)[-1]) == expected


def test_a_department_that_was_named_gets_it_whatever_topics_say(scene: Scene, ana: Who) -> None:
    bring(scene, ana, text="Where is my refund?", department="support")
    assert department(scene, only(scene)) == "support"
    refused = bring(scene, ana, "https://forum.example/8", department="plumbing")
    assert not refused.ok
    assert refused.fields.keys() == {"department"}


def test_nothing_is_dropped_that_a_person_brought_whatever_its_source_says(scene: Scene, ana: Who) -> None:
    assert bring(scene, ana, text="", found=sky("Nothing that a topic knows.")).ok
    row = only(scene)
    assert row.source == "sky"
    known = scene.database.read(lambda session: posts.known(session, "sky", ["at://kim/1"]))
    assert known["at://kim/1"].mention_id == row.id


# --- never twice -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [FORUM, f"{FORUM}/?utm_source=mail", "http://www.forum.example/threads/7#top"])
def test_the_same_address_is_answered_with_the_card_that_stands(scene: Scene, ana: Who, again: str) -> None:
    bring(scene, ana)
    row = only(scene)
    answer = bring(scene, scene.person("Ben", "ben@acme.example"), again)
    assert answer.text.startswith(f"#{row.token} stands already.")
    assert answer.notice is not None
    assert answer.notice.sections[0].lines[0].token == row.token
    assert all_mentions(scene) == [row]
    assert scene.log(row) == ["arrived"]


def test_what_a_source_brought_stands_already_and_what_was_pasted_is_a_sighting_there(scene: Scene, ana: Who) -> None:
    row = scene.arrive(url="https://blog.example/1")
    assert f"#{row.token} stands already" in bring(scene, ana, "https://blog.example/1/").text
    bring(scene, ana)
    scene.ingest(scene.posted("The anvil broke, it says.", url=FORUM), source="echo")
    assert len(all_mentions(scene)) == 2


def test_what_a_source_shows_later_under_its_own_name_is_known_to_it(scene: Scene, ana: Who) -> None:
    bring(scene, ana, found=sky())
    arrival = scene.ingest(sky("The anvil broke. Refund!").posted, source="sky")
    assert (arrival.seen, arrival.changed) == (0, 1)
    assert card(scene, only(scene)).body == "The anvil broke. Refund!"


def test_an_address_without_a_form_to_compare_is_once_too(scene: Scene, ana: Who) -> None:
    bring(scene, ana, "https://forum.example/")
    assert "stands already" in bring(scene, ana, "https://forum.example/").text
    long = "https://forum.example/" + "a" * 1_500
    bring(scene, ana, long)
    assert "stands already" in bring(scene, ana, long).text
    assert len(all_mentions(scene)) == 2


def test_old_news_of_a_source_that_somebody_brings_becomes_the_mention_itself(scene: Scene, ana: Who) -> None:
    old = scene.posted("The anvil broke.", url=FORUM)
    scene.ingest(old, baseline=[old.external_id])
    assert bring(scene, ana, text="").ok
    row = only(scene)
    assert row.source == "blog"
    assert card(scene, row).body == "The anvil broke."
    scene.ingest(replace(old, text="Where is my refund?"))
    assert only(scene).id == row.id


@pytest.mark.race
def test_of_many_who_paste_the_same_at_once_one_makes_the_card(scene: Scene) -> None:
    people = [scene.person(f"P{number}") for number in range(8)]
    for number in range(5):
        start = threading.Barrier(len(people))
        answers: list[str] = []

        def paste(who: Who, url: str, start: threading.Barrier = start, answers: list[str] = answers) -> None:
            start.wait()
            answers.append(bring(scene, who, url).text)

        jobs = [threading.Thread(target=paste, args=(who, f"https://forum.example/r{number}")) for who in people]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        assert len(all_mentions(scene)) == number + 1
        assert sorted("stands already" in one for one in answers) == [False] + [True] * 7


@pytest.mark.race
def test_what_a_source_shows_at_this_very_moment_is_waited_for(scene: Scene, ana: Who) -> None:
    looked, go_on = threading.Event(), threading.Event()

    class Slow(random.Random):
        """Draws tokens only when it may: after the source looked what is known, before it wrote anything."""

        def choices(self, *arguments: Any, **named: Any) -> list[Any]:
            looked.set()
            go_on.wait(HANG_SECONDS)
            return super().choices(*arguments, **named)

    def show(session: Session) -> None:
        posted = scene.posted("The anvil broke.", url=FORUM)
        ingest(session, SOURCES[0], scene.matcher, scene.organisation, [posted], scene.now, Slow(7))

    answers: list[str] = []
    source = threading.Thread(target=lambda: scene.database.write(show))
    person = threading.Thread(target=lambda: answers.append(bring(scene, ana).text))
    source.start()
    assert looked.wait(HANG_SECONDS)
    person.start()
    person.join(0.5)
    go_on.set()
    source.join(HANG_SECONDS)
    person.join(HANG_SECONDS)
    assert answers[0].startswith(f"#{only(scene).token} stands already.")


def test_a_repeated_gesture_has_one_effect_and_one_answer(scene: Scene, ana: Who) -> None:
    first, second = (bring(scene, ana, request_key="slash:1") for _ in range(2))
    assert second.repeated
    assert first.text == second.text
    assert len(all_mentions(scene)) == 1


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "forum.example/7",
        "javascript:alert(1)",
        "ftp://forum.example/7",
        "https://",
        "https://forum.example/a b",
        "https://acme.example@evil.example/login",
        "https://forum.example/\u202e7",
        "https://forum.example/<!channel>",
        "https://[::1",
        "https://forum.example/" + "a" * 2_100,
    ],
)
def test_what_is_no_address_is_refused_in_a_sentence_beside_its_field(scene: Scene, ana: Who, url: str) -> None:
    answer = bring(scene, ana, url)
    assert not answer.ok
    assert answer.fields.keys() == {"url"}
    assert all_mentions(scene) == []


def test_an_address_of_our_own_net_is_kept_and_linked_like_any_other(scene: Scene, ana: Who) -> None:
    assert bring(scene, ana, "http://169.254.169.254/latest/meta-data").ok
    assert card(scene, only(scene)).link == "http://169.254.169.254/latest/meta-data"


def test_a_post_of_which_nobody_says_anything_is_asked_for(scene: Scene, ana: Who) -> None:
    answer = bring(scene, ana, text=" \n ")
    assert not answer.ok
    assert answer.fields.keys() == {"text"}
    assert all_mentions(scene) == []


def test_a_post_of_our_own_is_no_mention(scene: Scene, ana: Who) -> None:
    ours = sky(author=Author(name="Acme", handle="acme.example", external_id="did:acme"))
    assert "our own" in bring(scene, ana, found=ours).text
    assert all_mentions(scene) == []


@pytest.mark.parametrize("kind", [IdentityKind.GUEST, IdentityKind.OUTSIDER, IdentityKind.BOT])
def test_who_is_no_employee_brings_nothing_and_nothing_is_fetched_for_them(scene: Scene, kind: IdentityKind) -> None:
    who = Who(platform="slack", workspace="T1", external_id="UX", kind=kind)
    assert not bring(scene, who).ok
    assert all_mentions(scene) == []
    asked = AddPost(url=FORUM, who=who)
    assert not scene.database.read(lambda session: is_news(session, scene.organisation, asked))


def test_only_an_address_that_nobody_knows_is_worth_fetching(scene: Scene, ana: Who) -> None:
    def news(url: str) -> bool:
        asked = AddPost(url=url, who=ana)
        return scene.database.read(lambda session: is_news(session, scene.organisation, asked))

    assert news(FORUM)
    bring(scene, ana)
    assert not news(FORUM)
    assert not news("javascript:alert(1)")


# --- what becomes of it ----------------------------------------------------------------------------------------------


def test_a_post_that_its_author_deleted_goes_as_any_other(scene: Scene, ana: Who) -> None:
    bring(scene, ana, found=sky())
    scene.ingest(Deleted(external_id="at://kim/1"), source="sky")
    assert only(scene).status == "dismissed"
    assert "stands already" in bring(scene, ana, found=sky()).text


def test_the_form_keeps_what_was_typed_and_says_why_it_is_asked_for(scene: Scene) -> None:
    given = {"url": FORUM, "title": "Broken", "text": "x" * 5_000, "department": "finance"}
    why = "Nobody could fetch it."
    form = scene.database.read(
        lambda session: draw_add(
            Asking(session=session, organisation=scene.organisation, now=scene.now, given=given, why=why)
        )
    )
    initial = {field.name: field.initial for field in form.fields}
    assert initial == {"url": FORUM, "title": "Broken", "text": "x" * 3_000, "department": "finance"}
    assert form.about == "Nobody could fetch it."


def test_topics_are_read_anew_when_they_change(database: Database) -> None:
    for name, terms in (("support", ("anvil",)), ("finance", ("hammer",))):
        topics = (Topic(name=name, department=name, any=terms),)
        scene = Scene(database, replace(ORGANISATION, topics=topics, sources=SOURCES))
        bring(scene, scene.person("Ana", "ana@acme.example"), f"https://forum.example/{name}", "anvil and hammer")
        assert all_mentions(scene)[-1].topic == name


# --- from a network that no source of ours knows ---------------------------------------------------------------------

VIDEO = "https://www.tiktok.com/@acme/video/7100000000000000000"


def test_a_post_of_a_network_that_no_source_knows_says_which_one_and_a_reply_by_hand_where_to_press(
    scene: Scene, ana: Who
) -> None:
    scene.database.write(lambda session: sync_members(session, scene.organisation, {}))
    asked = bring(scene, ana, VIDEO, text="")
    assert (asked.ok, asked.fields) == (False, {"text": "Say in a few words what it is."})
    assert bring(scene, ana, VIDEO, text="The anvil broke in the video.").ok
    row = only(scene)
    drawn = card(scene, row)
    assert (drawn.place, drawn.body, drawn.link) == ("TikTok", "The anvil broke in the video.", VIDEO)
    free = replace(scene.organisation.charter, written=True, review=NO_REVIEW)
    scene.dispatcher.organisation = replace(scene.organisation, charter=free)
    answer = scene.do(DraftReply(who=ana, reference=at(row), text="We send another anvil.", then="publish"))
    assert answer.text == "TikTok takes no replies from us: copy the text, post it yourself, then say where it stands."
    assert answer.notice is not None
    copied, there = answer.notice.sections
    assert copied.copy == "We send another anvil."
    how, line = there.lines
    assert how.text.startswith("Press the speech bubble beside the video")
    assert line.link is not None
    assert (line.link.label, line.link.url) == ("Open on TikTok", VIDEO)
    assert line.button is not None
    assert scene.log(row)[-1] != "responded", "nothing is posted by that"
    there_now = scene.do(PostedReply(who=ana, reference=at(scene.look(row)), url=f"{VIDEO}?comment=8"))
    assert there_now.ok, there_now.text
    assert scene.look(row).status == Status.RESPONDED
    assert bring(scene, ana, VIDEO).text.startswith(f"#{row.token} stands already."), "its address is still its own"


def test_a_post_from_nowhere_that_is_known_is_called_by_its_host(scene: Scene, ana: Who) -> None:
    bring(scene, ana)
    assert card(scene, only(scene)).place == "forum.example"
