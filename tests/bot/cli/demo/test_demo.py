"""The demo: samples that are openly samples, a company in which all have something to do, and a process that ends."""

import asyncio
import contextlib
import html
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import httpx
import pytest

from bot.cli.demo.past import STAFF, add_history
from bot.cli.demo.places import BY_API, NETWORKS, PLACES, Answered, SamplePlace, SampleReplies, answer_of, as_post
from bot.cli.demo.run import HOST, free_port
from bot.cli.demo.samples import SAMPLES, SOURCES
from bot.cli.demo.storm import STORM
from bot.cli.demo.story import COLLEAGUES, build_organisation
from bot.cli.demo.thread import BELOW, THREAD
from bot.sources.base import Replier
from handlers.base.charter import ANYONE, NO_REVIEW, SECOND_PERSON
from handlers.base.organisation import Organisation
from handlers.base.replying import Alive, Parent, Published
from handlers.base.storms import FEWEST
from handlers.base.timezones import named_zone
from handlers.listen.route import decide
from handlers.own.reconcile import reconcile
from handlers.report.counting.fold import fold
from handlers.report.counting.rebuild import compare
from handlers.report.figures.material import read_material
from handlers.report.figures.periods import read_period
from handlers.report.figures.privacy import group
from handlers.report.figures.report import build_report
from handlers.report.voice.nightly import look
from handlers.suggest.choosing import MARGIN, margin
from handlers.suggest.features import written
from handlers.suggest.fitting import answer, ask, read_answer
from handlers.suggest.material import read_material as read_examples
from handlers.suggest.record import Rated, judge
from handlers.text.match import Matcher
from storage.engine.database import Database, open_engine
from storage.engine.schema import prepare
from storage.own import ownership
from storage.people import people
from tests.harness.bare import promised
from tests.harness.patience import HANG_SECONDS, wait_until
from tests.harness.processes import bytecode

WAITS = "reply waits for a second person."


def test_forty_samples_in_many_languages_arrive_within_four_minutes_and_the_first_at_once() -> None:
    assert len(SAMPLES) == 40
    assert len({one.lang for one in SAMPLES}) >= 12
    assert [one.at for one in SAMPLES] == sorted(one.at for one in SAMPLES)
    assert SAMPLES[0].at <= 1
    assert SAMPLES[-1].at <= 240
    assert all(one.handle.startswith("sample_") and one.source in SOURCES for one in SAMPLES)
    assert all(re.match(r"https://(?:[a-z-]+\.)+example/", as_post(one, 1).url) for one in SAMPLES)


def test_an_issue_and_a_topic_of_a_forum_look_as_their_networks_write_them() -> None:
    rules = {one.name: one for one in build_organisation().sources}
    posts = {one.source: as_post(one, number) for number, one in enumerate(SAMPLES) if one.source in NETWORKS}
    issue, topic = posts["github"], posts["community"]
    assert re.fullmatch(r"https://github\.example/acme/app/issues/\d+#issuecomment-\d+", issue.url)
    assert re.fullmatch(r"https://community\.acme\.example/t/[a-z-]+/\d+/\d+", topic.url)
    assert (issue.title, topic.title) == ("", "Kullanım kılavuzu nerede?")  # a comment has none
    assert {name: rules[name].where(post.url) for name, post in posts.items()} == NETWORKS
    assert rules["videos"].told(posts["videos"].url) == "TikTok via a listening tool"
    assert rules["forum"].where("https://forum.example/sample_kim/1") == "forum.example"


def test_every_department_gets_some_and_what_no_topic_knows_goes_to_the_fallback() -> None:
    organisation = build_organisation()
    matcher = Matcher(organisation.topics)
    rules = {one.name: one for one in organisation.sources}
    counted: Counter[str] = Counter()
    for number, one in enumerate(SAMPLES):
        decision = decide(matcher, organisation, rules[one.source], as_post(one, number))
        assert decision is not None
        counted[decision.department] += 1
        assert decision.topic or decision.department == organisation.fallback
    assert set(counted) == {one.key for one in organisation.departments}
    assert min(counted.values()) >= 4
    assert {one.department for one in COLLEAGUES} == set(counted)


def test_the_charters_show_each_way_in_which_a_reply_goes_out() -> None:
    rules = {one.name: one for one in build_organisation().sources}
    closed, free, by_hand = rules["bluesky-search"], rules["forum"], rules["reviews"]
    assert closed.reply.by_api
    assert (closed.charter.publish, closed.charter.review) == ((), SECOND_PERSON)
    assert free.reply.by_api
    assert (free.charter.publish, free.charter.review) == ((ANYONE,), NO_REVIEW)
    assert not by_hand.reply.by_api
    assert by_hand.charter.saved
    assert by_hand.charter.blocked
    assert not rules["hacker-news"].charter.written
    assert {one.name for one in rules.values() if one.reply.by_api} == set(PLACES)


def test_a_sample_reply_stands_once_whatever_is_repeated_and_its_author_answers_once() -> None:
    async def main() -> None:
        answered: asyncio.Queue[Answered] = asyncio.Queue()
        place: Replier = SampleReplies("forum", answered)
        number = next(number for number, one in enumerate(SAMPLES) if one.lang == "de")
        post = as_post(SAMPLES[number], number)
        parent = Parent(external_id=post.external_id, url=post.url)
        assert isinstance(await place.check(parent), Alive)
        prepared = place.prepare(parent, "Hallo. Ana", "0123456789abcdef", "")
        assert await place.find_published(prepared) is None
        first = await place.publish(prepared)
        assert isinstance(first, Published)
        assert await place.publish(prepared) == await place.find_published(prepared) == first
        assert re.match(r"https://forum\.example/", first.url)
        said = answer_of(answered.get_nowait())
        assert answered.empty()
        assert (said.reply_to, said.author, said.lang) == (first.external_id, post.author, "de")
        assert "Musterantwort" in said.text
        # And so on, as long as somebody answers: each time it is another turn.
        for turn in range(2, 5):
            parent = Parent(external_id=said.external_id, url=said.url)
            next_one = await place.publish(place.prepare(parent, "Hallo. Ana", f"{turn}" * 16, ""))
            assert isinstance(next_one, Published)
            before, said = said, answer_of(answered.get_nowait())
            assert (said.reply_to, said.author) == (next_one.external_id, post.author)
            assert (said.external_id, said.url, said.text) != (before.external_id, before.url, before.text)

    asyncio.run(main())


def test_a_reply_stands_where_its_network_has_its_posts_and_is_bound_as_there() -> None:
    async def main() -> None:
        place = SamplePlace(SampleReplies("community", asyncio.Queue()))
        parent = Parent(external_id="sample-1", url="")
        made = await place.replies.publish(place.replies.prepare(parent, "Hello. Ana", "5e" * 8, ""))
        assert isinstance(made, Published)
        assert made.url.startswith("https://community.acme.example/")
        assert place.capabilities.reply.limit > BY_API.limit

    asyncio.run(main())


def test_a_colleagues_reply_waits_is_published_by_the_visitor_and_its_author_answers(tmp_path: Path) -> None:
    with _demo(tmp_path) as (demo, link), _visitor(link) as ana:
        token = _token_of(_wait(ana, "/", WAITS), WAITS)
        form = _wait(ana, f"/m/{token}/review", "Chloe’s reply, as it will stand there")
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form[form.index("<main") :]))
        done = ana.post(f"/m/{token}/review", data={**hidden, "verdict": "approve_publish", "remark": ""})
        assert done.status_code == 303
        page = _wait(ana, f"/m/{token}", "sample answer of the demo")
        assert "Our reply" in page
        assert "bluesky-search.example" in page
        assert "Chloe has it." in page
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(HANG_SECONDS) == 0


def test_a_taken_port_is_stepped_over() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port


@pytest.mark.turns
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_card_stands_within_seconds_and_a_signal_ends_it_all(tmp_path: Path, number: signal.Signals) -> None:
    with _demo(tmp_path) as (demo, link):
        assert demo.stdout is not None
        with _visitor(link) as ana:
            page = _wait(ana, "/", "<article")
        assert "Customer support" in page or "Finance" in page
        with promised(10, "an end by a signal"):
            demo.send_signal(number)
            assert demo.wait(HANG_SECONDS) == 0
        assert "nothing of it is left" in demo.stdout.read()
    assert list(tmp_path.iterdir()) == []


@contextlib.contextmanager
def _demo(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start the demo, and read the link that it prints."""
    command = [sys.executable, "-m", "bot", "demo", "--port", str(free_port(0))]
    environment = {"PATH": "", "TMPDIR": str(folder), "HOME": str(folder), **bytecode()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as demo:
        try:
            assert demo.stdout is not None
            yield demo, next(found[0] for line in demo.stdout if (found := re.search(r"http://\S+", line)))
        finally:
            with contextlib.suppress(ProcessLookupError):
                demo.kill()


@contextlib.contextmanager
def _visitor(link: str) -> Iterator[httpx.Client]:
    """Enter the desk by the link, as its first persona."""
    base = link.split("/enter")[0]
    with httpx.Client(base_url=base, trust_env=False, timeout=HANG_SECONDS, headers={"Origin": base}) as client:
        assert client.post("/enter", data={"key": link.split("key=")[1]}).status_code == 303
        yield client


def _wait(client: httpx.Client, path: str, words: str) -> str:
    """Look at a page until it says so."""

    def look() -> str:
        time.sleep(0.1)
        page = html.unescape(client.get(path).text)
        return page if words in page else ""

    return wait_until(look, lambda: f"{path} never said {words!r}.")


def _token_of(page: str, words: str) -> str:
    """Return the token of the card that says so."""
    found = next(card for card in page.split("<article ")[1:] if words in card)
    return found.split('data-token="')[1].split('"')[0]


def test_a_small_storm_is_played_by_people_of_whom_each_speaks_once() -> None:
    organisation = build_organisation()
    matcher, rules = Matcher(organisation.topics), {one.name: one for one in organisation.sources}
    decisions = [decide(matcher, organisation, rules[one.source], as_post(one, 40)) for one in STORM]
    assert {one.topic for one in decisions if one is not None} == {"Rocket 9"}
    assert len({one.handle for one in STORM}) == len(STORM) > FEWEST
    assert STORM[-1].at - STORM[0].at < 60
    others = [decide(matcher, organisation, rules[one.source], as_post(one, 1)) for one in SAMPLES]
    assert "Rocket 9" not in {one.topic for one in others if one is not None}


def test_a_public_thread_is_played_of_one_topic_below_what_began_it() -> None:
    organisation = build_organisation()
    matcher, rules = Matcher(organisation.topics), {one.name: one for one in organisation.sources}
    began = SAMPLES[BELOW]
    decisions = [decide(matcher, organisation, rules[one.source], as_post(one, 60)) for one in (began, *THREAD)]
    assert {one.topic for one in decisions if one is not None} == {"app and API"}
    assert {as_post(one, 60).thread for one in THREAD} == {as_post(began, BELOW).external_id}
    assert all(one.at > began.at and one.source == began.source for one in THREAD)


DAYS = ["2026-11-30", "2026-03-01", "2026-01-02"]


def with_past(folder: Path, organisation: Organisation, now: datetime) -> Database:
    """Return a new database of the demo's company, in which its past has happened."""
    database = Database(open_engine(f"sqlite:///{folder / 'demo.db'}"))
    prepare(database.engine, now)
    database.write(lambda session: reconcile(session, organisation, now, Random(1)))
    database.write(lambda session: add_history(session, now))
    return database


@pytest.mark.parametrize("day", DAYS)
def test_from_the_past_it_is_learnt_who_cares_for_deposits_and_nobody_else_is_suggested(
    tmp_path: Path, day: str
) -> None:
    now = datetime.fromisoformat(f"{day}T09:00:00+00:00")
    organisation = build_organisation()
    database = with_past(tmp_path, organisation, now)
    examples = database.read(read_examples).examples
    keys = {one.id: one.key for one in database.read(people.departments)}
    past, model = read_answer(answer(ask(examples, unjudged=True)))
    ended = {one.mention_id: one.department_id for one in examples}
    record = judge([Rated(names, usual, ended[key]) for key, names, usual, _ in sorted(past)], len(model.departments))
    assert record.earned
    matcher, rules = Matcher(organisation.topics), {one.name: one for one in organisation.sources}
    found = []
    for number, one in enumerate(SAMPLES):
        post = as_post(one, number)
        lies, said = decide(matcher, organisation, rules[one.source], post), written(f"{post.title}\n{post.text}")
        ranked = model.rank(said)
        first, why = ranked[0].department_id, model.reason(said, ranked[0].department_id)
        if why is not None and margin(ranked) >= MARGIN and lies is not None and lies.department != keys[first]:
            found.append((one.handle, keys[first], why.word))
    assert found == [("sample_paul", "finance", "deposit")]


@pytest.mark.parametrize("day", DAYS)
def test_the_past_fills_the_report_of_the_last_month_and_week_and_its_log_verifies(tmp_path: Path, day: str) -> None:
    now = datetime.fromisoformat(f"{day}T09:00:00+00:00")
    organisation = build_organisation()
    database = with_past(tmp_path, organisation, now)
    while database.write(lambda session: fold(session, organisation.timezone, 10_000)):
        pass
    zone = named_zone(organisation.timezone)
    week = f"{now - timedelta(days=7):%G-W%V}"
    for period in (read_period("", zone, now), read_period(week, zone, now)):
        material = database.read(partial(read_material, period=period, now=now))
        assert len(group(material).shown) == len(STAFF) == 3, period.label
        report = database.read(partial(build_report, organisation=organisation, period=period, now=now))
        assert len(report.sentences) >= 3
        assert report.days
        assert not [one for one in material.facts if not one.last]
    assert [one.label for one in database.read(lambda session: look(session, now))] == ["battery"]
    assert not database.read(ownership.verify).trouble
    assert not database.read(lambda session: compare(session, organisation)).differences
    database.close()
