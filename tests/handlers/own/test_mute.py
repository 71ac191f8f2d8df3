"""Mutes: what is like something is kept back for a time, and whoever mutes it read first what that would have held."""

import threading
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import Session

from handlers.base.command import Answer, ByToken, Who
from handlers.base.events import Author, AuthorGone
from handlers.listen.ingest import ingest
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.mute import MuteMention
from handlers.own.show import ShowMention
from handlers.own.unmute import TellEnds, Unmute
from handlers.report.digest import build_digest
from handlers.text.match import Topic
from storage.engine.database import Database
from storage.listen import mutes
from storage.listen.mutes import MuteRow
from storage.own import kept_back, marks, mentions
from storage.own.kept_back import Kept
from storage.own.mentions import Filter, MentionRow
from storage.tables.states import KEPT_BACK, Held, Status
from tests.harness.channels import history, in_channel, remarks, told
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import ORGANISATION, Scene, at
from tests.harness.threads import begun, listed, say

BOT = Author(name="Deals", handle="@dealbot", external_id="deal-1")


@pytest.fixture
def scene(database: Database) -> Scene:
    """A scene with a second topic, so that one author is not all of it."""
    topics = (*ORGANISATION.topics, Topic(name="anvils", department="finance", any=("acme anvil",)))
    return Scene(database, replace(ORGANISATION, topics=topics, desk_url="https://desk.acme.example"))


def busy(scene: Scene, others: int = 8) -> MentionRow:
    """Let the bot speak once among others; returns what it said."""
    for number in range(others):
        scene.arrive(author=Author(handle=f"p{number}", external_id=f"p{number}"))
    return scene.arrive("Cheap refund tips", author=BOT)


def mute(scene: Scene, who: Who, mention: MentionRow, what: str = "author", **more: Any) -> Answer:
    """Press Mute, read what it would have held, and press once more."""
    asked = MuteMention(reference=ByToken(mention.token, mention.version), who=who, what=what, **more)
    first = scene.do(asked)
    if first.form is None:
        return first
    return scene.do(replace(asked, reference=ByToken(mention.token, mention.version, first.form.shown)))


def held(scene: Scene) -> list[MentionRow]:
    wanted = Filter(statuses=tuple(Status), held=KEPT_BACK)
    return scene.database.read(lambda session: mentions.listed(session, wanted, limit=1_000))


def in_force(scene: Scene) -> list[MuteRow]:
    return scene.database.read(lambda session: mutes.in_force(session, scene.now))


# --- muting ----------------------------------------------------------------------------------------------------------


def test_what_the_author_writes_is_held_until_the_mute_ends_and_its_maker_is_told(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), busy(scene)
    answer = mute(scene, ana, mention)
    assert answer.text.startswith("Muted: @dealbot in blog, for Finance, until Monday 9 March 2026, 09:58")
    before = len(in_channel(scene, "C-FINANCE"))
    scene.ingest(scene.posted("Refund deals!", author=replace(BOT, handle="@renamed")), scene.posted())
    (kept,) = held(scene)
    assert (kept.held, len(in_channel(scene, "C-FINANCE")) - before) == ("muted", 1)
    (row,) = in_force(scene)
    assert (kept.held_by, row.hits, row.last_hit_at) == (row.id, 1, scene.now)
    assert remarks(scene, kept) == ["Muted: @dealbot in blog until Monday 9 March by Ana."]
    assert history(scene, mention)[-1]["action"] == "muted"
    scene.pass_time(days=7)
    scene.ingest(scene.posted("Refund deals again!", author=BOT))
    assert len(held(scene)) == 1
    scene.do(TellEnds())
    assert scene.do(TellEnds()).ok is False
    over = "Your mute of @dealbot in blog is over. It held 1, the last on Monday; what was held stays held."
    assert told(scene, ana) == [over]


def test_a_form_that_was_not_read_is_shown_with_what_it_would_have_held(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), busy(scene)
    again = scene.arrive("More refund tips", author=BOT)
    scene.do(DismissMention(who=ana, reference=at(again)))
    answer = scene.do(MuteMention(reference=ByToken(mention.token), who=ana, what="author", days="7"))
    assert answer.form is not None
    assert in_force(scene) == []
    said = [line.text for one in answer.form.beside for line in one.lines]
    assert said[0] == "In the last 30 days that would have been 2: 1 dismissed, 1 open."
    assert said[1] == "In the last 30 days that would have been 10: 1 dismissed, 9 open."
    assert "That is 100 % of what came in by topic billing." in said


@pytest.mark.parametrize(
    ("what", "more", "sentence"),
    [
        ("term", {}, "Say which word or phrase. Without one this would hold everything."),
        ("term", {"term": " * "}, 'A lone "*" would match everything'),
        ("term", {"term": "REFUND"}, "That is what topic billing listens for: muting it would hold all of it."),
        ("term", {"term": "acme"}, "That is what topic anvils listens for: muting it would hold all of it."),
        ("author", {"days": "365"}, "For how many days: 1, 7, 30. For ever is for dibs.toml to say."),
        ("everything", {}, "What to mute: author, source, term, thread."),
        ("author", {"whose": "all"}, "Only an admin mutes something for all departments."),
        (
            "source",
            {},
            "In the last 30 days that would have been 9: 9 open. That is 100 % of what came in",
        ),
    ],
)
def test_what_must_not_be_muted_is_refused_in_a_sentence(
    scene: Scene, what: str, more: dict[str, str], sentence: str
) -> None:
    ben, mention = scene.person("Ben", "ben@acme.example"), busy(scene)
    answer = mute(scene, ben, mention, what, **more)
    assert (answer.ok, answer.text.startswith(sentence), in_force(scene)) == (False, True, [])


def test_a_part_is_of_what_is_looked_at_so_that_no_topic_is_too_large_to_be_kept(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("storage.listen.mutes", "handlers.own.mutes"):
        monkeypatch.setattr(f"{module}.MOST_TRIED", 4)
    ben = scene.person("Ben", "ben@acme.example")
    for _ in range(16):
        mention = scene.arrive()
        scene.pass_time(minutes=1)
    answer = mute(scene, ben, mention, "source")
    assert answer.text.startswith("In the last 30 days that would have been 4 of the newest 4: 4 open. That is 100 %")
    assert (answer.ok, in_force(scene)) == (False, [])


def test_what_nobody_is_known_to_have_written_has_no_author_to_mute(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive(author=Author())
    assert mute(scene, ana, mention).text == f"Nobody knows who wrote #{mention.token}, so its author cannot be muted."


def test_whoever_left_is_named_by_no_mute(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), busy(scene)
    assert mute(scene, ana, mention).ok
    scene.ingest(AuthorGone(author_external_id=BOT.external_id))
    assert [one.needle for one in in_force(scene)] == ["an author who left"]
    scene.pass_time(days=7)
    scene.do(TellEnds())
    assert told(scene, ana) == ["Your mute of an author who left in blog is over. It held nothing."]


def test_an_admin_mutes_a_source_for_all_departments(scene: Scene) -> None:
    ana, mention = scene.person("Ana", "ana@acme.example"), busy(scene)
    assert mute(scene, ana, mention, "source", whose="all", days="1").ok
    scene.ingest(scene.posted(), scene.posted("Nothing that anybody knows"))
    assert [one.held for one in held(scene)] == ["muted", "muted"]


def test_a_term_is_found_as_topics_find_theirs_and_in_its_own_department_alone(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), busy(scene)
    assert mute(scene, ana, mention, "term", term="Gewinnspiel*").ok
    scene.ingest(
        scene.posted("A refund in the GEWINNSPIELE of today"),
        scene.posted("A refund without a Megagewinnspiel"),
        scene.posted("Gewinnspiel, but nothing of finance"),
    )
    assert [one.held for one in held(scene)] == ["muted"]
    assert mute(scene, ana, mention, "term", term="Gewinnspiel*").text.startswith("“Gewinnspiel*” is muted already")


def test_what_was_answered_is_named_before_it_is_muted(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), busy(scene)
    scene.database.write(lambda session: marks.mark_responded(session, mention.id, scene.now))
    form = scene.do(MuteMention(reference=ByToken(mention.token), who=ana, what="author")).form
    assert form is not None
    assert [line.text for line in form.beside[0].lines] == [
        f"In the last 30 days that would have been 1: 1 answered (#{mention.token}).",
        "Something of it was worth an answer.",
    ]


# --- unmuting --------------------------------------------------------------------------------------------------------


def test_anybody_ends_a_mute_and_what_it_held_stays_held(scene: Scene) -> None:
    ana, ben, mention = scene.person("Ana"), scene.person("Ben"), busy(scene)
    mute(scene, ana, mention)
    scene.ingest(scene.posted("Refund deals!", author=BOT))
    (row,) = in_force(scene)
    said = "@dealbot in blog is not muted any more. It held 1, the last on Monday; what was held stays held."
    assert scene.do(Unmute(mute=f"#{row.token}", who=ben)).text == said
    assert told(scene, ana) == [f"Ben ended your mute: {said}"]
    scene.ingest(scene.posted("Refund deals!", author=BOT))
    assert len(held(scene)) == 1
    assert scene.do(Unmute(mute=row.token, who=ana)).text == "The mute of @dealbot in blog has ended already."
    assert not scene.do(Unmute(mute="zzzzz", who=ana)).ok
    assert history(scene, mention)[-1]["action"] == "unmuted"


def test_a_person_at_work_is_not_disturbed_by_it(scene: Scene) -> None:
    """A mute sees no mention that somebody has, and a held one that is claimed has its card."""
    ana, mention = scene.person("Ana"), busy(scene)
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    mute(scene, ana, mention)
    assert (scene.look(mention).held, scene.look(mention).owner_id is not None) == ("", True)


# --- told ------------------------------------------------------------------------------------------------------------


def test_the_digest_counts_what_was_held_with_its_reason_and_each_number_opens_its_rows(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), busy(scene)
    mute(scene, ana, mention)
    scene.ingest(*(scene.posted(f"Refund deals {number}", author=BOT) for number in range(3)))
    first, *_ = held(scene)
    scene.do(ShowMention(who=ana, reference=at(first)))
    scene.pass_time(days=1)

    def look(session: Session) -> tuple[dict[str, list[str]], list[str], int]:
        digest = build_digest(session, scene.organisation, mention.department_id, scene.now)
        sections = {one.title: [line.text for line in one.lines] for one in digest.sections}
        links = [line.link.url for one in digest.sections if "Held" in one.title for line in one.lines if line.link]
        kept = Kept(
            department_id=mention.department_id,
            reason=Held.MUTED,
            held_by=first.held_by,
            since=scene.now - timedelta(hours=34),
            until=scene.now - timedelta(hours=10),
        )
        return sections, links, len(kept_back.page(session, kept, after=None, limit=10))

    sections, links, rows = scene.database.read(look)
    assert sections["Held back yesterday: 3"] == ["3 muted: @dealbot in blog until Monday 9 March by Ana"]
    assert links == ["https://desk.acme.example/held?department=finance&reason=muted&by=1&day=2026-03-02"]
    assert rows == 3
    scene.pass_time(days=6, hours=-1)
    sections, *_ = scene.database.read(look)
    ending = "@dealbot in blog until Monday 9 March by Ana: it held 3, the last on Monday"
    assert sections["Mutes that end today: 1"] == [ending]


# --- races -----------------------------------------------------------------------------------------------------------


def test_whatever_arrives_while_somebody_mutes_and_unmutes_has_a_card_or_a_reason(scene: Scene) -> None:
    """Ingest against mute and unmute: each post is held by a mute, or has its card; never both, never neither."""
    ana, mention = scene.person("Ana"), busy(scene)
    rules, stop = scene.organisation.sources[0], threading.Event()
    batches = [[scene.posted(f"Refund {number}.{one}", author=BOT) for one in range(5)] for number in range(12)]
    troubles: list[BaseException] = []

    def arrive() -> None:
        try:
            for number, batch in enumerate(batches):
                scene.database.write(
                    lambda session, batch=batch, number=number: ingest(  # type: ignore[misc]
                        session, rules, scene.matcher, scene.organisation, batch, scene.now, Random(number)
                    )
                )
        except BaseException as error:  # told below
            troubles.append(error)
        finally:
            stop.set()

    thread = threading.Thread(target=arrive)
    thread.start()
    while not stop.is_set():
        mute(scene, ana, mention)
        for row in in_force(scene):
            scene.do(Unmute(mute=row.token, who=ana))
    thread.join(HANG_SECONDS)
    assert troubles == []
    kept = {one.id for one in held(scene)}
    carded = {one.mention_id for one in in_channel(scene, "C-FINANCE")}
    assert kept.isdisjoint(carded)
    assert len(kept | carded) == 60 + 9
    hits = scene.database.read(lambda session: sum(one.hits for one in mutes.several(session, range(1, 500)).values()))
    assert hits == len(kept)


# --- a public thread -------------------------------------------------------------------------------------------------


def test_of_a_muted_thread_no_more_comes_and_what_stood_there_stays(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), busy(scene, 30)
    lead, (under,) = begun(scene, 2)
    answer = mute(scene, ana, under, "thread")
    assert answer.text.startswith(f"Muted: The public thread of #{under.token} in blog, for Finance, until Monday")
    say(scene, 2, thread="t3_1")
    say(scene, reply_to=scene.database.read(lambda session: mentions.original(session, under.id)).external_id)
    say(scene, thread="t3_2")
    assert [one.held for one in held(scene)] == ["thread", "muted", "muted", "muted"]
    assert in_force(scene)[0].hits == 3
    assert scene.look(lead).held == ""
    assert answer.ok
    again = mute(scene, ana, lead, "thread")
    assert "is muted already" in again.text
    assert "it is not known that it belongs to a public thread" in mute(scene, ana, mention, "thread").text


def test_the_form_says_what_a_mute_of_the_thread_would_have_held(scene: Scene) -> None:
    ana = scene.person("Ana")
    busy(scene, 30)
    say(scene, external_id="t3_1")
    say(scene, 3, thread="t3_1")
    lead = listed(scene)[-1]
    asked = MuteMention(reference=ByToken(lead.token, lead.version), who=ana, what="thread")
    form = scene.do(asked).form
    assert form is not None
    (would,) = (one for one in form.beside if "thread" in one.title)
    assert would.title == f"The public thread of #{lead.token} in blog"
    assert would.lines[0].text == "In the last 30 days that would have been 4: 4 open."
    assert f"What else is said in the public thread of #{lead.token}" in [one.label for one in form.fields[0].choices]


# --- what it costs others --------------------------------------------------------------------------------------------


def test_what_it_would_have_held_is_looked_up_before_the_transaction_and_not_in_it(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), busy(scene)
    asked = MuteMention(reference=ByToken(mention.token, mention.version), who=ana, what="author")
    looked = scene.database.read(lambda session: scene.dispatcher.looked(session, asked, scene.now))
    scene.arrive("More cheap refund tips", author=BOT)
    form = scene.do(looked).form
    assert form is not None
    # It says what was looked up, and not what came since.
    assert form.beside[0].lines[0].text == "In the last 30 days that would have been 1: 1 open."
    read = replace(asked, reference=ByToken(mention.token, mention.version, form.shown))
    again = scene.database.read(lambda session: scene.dispatcher.looked(session, read, scene.now))
    assert isinstance(again, MuteMention)
    assert [one.kind for one in again.before] == ["author"]
    assert scene.do(again).ok
    assert len(scene.database.read(lambda session: mutes.in_force(session, scene.now))) == 1


@pytest.mark.race
def test_of_two_who_mute_the_same_at_once_one_does_and_the_other_is_told(scene: Scene) -> None:
    mention, start, answers = busy(scene), threading.Barrier(2), list[Answer]()
    asked = MuteMention(reference=ByToken(mention.token), who=scene.person("Ana"), what="author")
    form = scene.do(asked).form
    assert form is not None
    read = replace(asked, reference=ByToken(mention.token, mention.version, form.shown))

    def press(who: Who) -> None:
        start.wait(HANG_SECONDS)
        answers.append(scene.do(replace(read, who=who)))

    both = [threading.Thread(target=press, args=(scene.person(name),)) for name in ("Ana", "Ben")]
    for one in both:
        one.start()
    for one in both:
        one.join(HANG_SECONDS)
    assert sorted(one.ok for one in answers) == [False, True]
    assert any("is muted already" in one.text for one in answers)
    assert len(scene.database.read(lambda session: mutes.in_force(session, scene.now))) == 1
