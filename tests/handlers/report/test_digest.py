"""The digest: what waits, who has what, what changed hands yesterday, which sources are silent, and the log's head."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import product

import pytest
from sqlmodel import Session

from bot.cli.heads import read_head
from handlers.base.cards import MAX_LINES, Notice, Section
from handlers.base.command import ByToken
from handlers.base.organisation import DigestTime
from handlers.base.stored import from_json, to_json
from handlers.own.claim import ClaimMention
from handlers.own.hand_off import HandOffMention
from handlers.own.note import NoteMention
from handlers.own.resolve import ResolveMention
from handlers.report.digest import build_digest, yesterday
from handlers.report.send_digest import SendDigest, prepare_digest
from storage.listen import sources
from storage.own import ownership
from storage.people import people
from storage.work import job_slots
from tests.harness.scene import Scene, at
from tests.harness.sources import set_state


def digest(scene: Scene, key: str = "finance") -> Notice:
    def build(session: Session) -> Notice:
        row = people.department(session, key)
        assert row is not None
        return build_digest(session, scene.organisation, row.id, scene.now)

    return scene.database.read(build)


def titled(notice: Notice, title: str) -> Section | None:
    return next((one for one in notice.sections if one.title.startswith(title)), None)


def texts(notice: Notice, title: str) -> list[str]:
    found = titled(notice, title)
    assert found is not None
    return [line.text for line in found.lines]


def test_an_empty_day_is_one_line(scene: Scene) -> None:
    made = digest(scene)
    (section,) = made.sections
    assert [line.text for line in section.lines] == ["Nothing is waiting, and nothing changed hands yesterday."]
    assert made.title == "Finance, Monday 2 March"


def test_unclaimed_ones_stand_oldest_first_with_a_claim_button_each(scene: Scene) -> None:
    first = scene.arrive()
    scene.pass_time(minutes=1)
    second = scene.arrive()
    found = titled(digest(scene), "Unclaimed: 2")
    assert found is not None
    assert [line.token for line in found.lines] == [first.token, second.token]
    assert [line.button.value for line in found.lines if line.button] == [f"{first.token}.1", f"{second.token}.1"]


def test_what_is_left_out_is_counted(scene: Scene) -> None:
    scene.ingest(*(scene.posted() for _ in range(MAX_LINES + 5)))
    found = titled(digest(scene), f"Unclaimed: {MAX_LINES + 5}")
    assert found is not None
    assert (len(found.lines), found.more) == (MAX_LINES, 5)


def test_who_has_what_is_counted_by_person_the_most_first(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    for who in (ana, ben, ben):
        scene.do(ClaimMention(who=who, reference=at(scene.arrive())))
    done = scene.arrive()
    scene.do(ResolveMention(who=ana, reference=at(done)))
    assert texts(digest(scene), "Who has what") == ["Ben: 2", "Ana: 1"]


def test_yesterdays_changes_are_counted_by_the_department_that_acted(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.who("UBEN", "Ben", channel="C-SUPPORT")
    first, second = scene.arrive(), scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(first)))
    scene.do(NoteMention(who=ana, reference=ByToken(first.token), text="Look."))
    scene.do(HandOffMention(who=ben, reference=at(second), department="support"))
    assert titled(digest(scene), "Yesterday") is None
    scene.pass_time(days=1)
    expected = ["Customer support: handed off 1", "Dibs: arrived 2", "Finance: claimed 1"]
    assert texts(digest(scene), "Yesterday") == expected
    assert texts(digest(scene, "support"), "Yesterday") == ["Customer support: handed off 1"]
    scene.pass_time(days=1)
    assert titled(digest(scene), "Yesterday") is None


def test_it_begins_with_one_sentence(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    scene.pass_time(hours=6, minutes=12)  # 16:10 in Berlin
    rows = [scene.arrive() for _ in range(3)]
    scene.pass_time(days=1)

    def sentence() -> str:
        made = digest(scene)
        (line,) = made.sections[0].lines
        assert (made.sections[0].title, made.text) == ("", f"{made.title}. {line.text}")
        return line.text

    assert sentence() == "3 wait, the oldest since yesterday 16:10; nothing to review."
    scene.do(ClaimMention(who=ana, reference=at(rows[0])))
    scene.do(ClaimMention(who=ben, reference=at(rows[1])))
    assert sentence() == "1 waits, since yesterday 16:10; Ana has 1, Ben has 1; nothing to review."
    scene.pass_time(days=1)
    assert sentence().startswith("1 waits, since Monday 2 March; ")
    scene.do(ClaimMention(who=ana, reference=at(rows[2])))
    assert sentence() == "Nothing waits; Ana has 2, Ben has 1; nothing to review."
    for name in ("Cleo", "Dora", "Edda"):
        scene.do(ClaimMention(who=scene.person(name), reference=at(scene.arrive())))
    assert sentence() == "Nothing waits; Ana has 2, Ben has 1, Cleo has 1, 2 others have some; nothing to review."


def test_silent_and_broken_sources_are_named_since_when(scene: Scene) -> None:
    since = scene.now

    def tell(**values: object) -> None:
        def work(session: Session) -> None:
            sources.ensure(session, "blog", "feed", "")
            set_state(session, "blog", **values)

        scene.database.write(work)

    tell(last_post_at=since)
    scene.pass_time(hours=24)
    assert titled(digest(scene), "Silent") is None
    scene.pass_time(minutes=1)
    assert texts(digest(scene), "Silent") == ["blog has shown nothing new"]
    tell(down_since=scene.now, trouble="410 Gone")
    assert texts(digest(scene), "Silent") == ["blog is down: 410 Gone"]


def test_the_footer_holds_the_head_of_the_log(scene: Scene) -> None:
    scene.arrive()
    seq, head = scene.database.read(ownership.head)
    assert digest(scene).footer == f"Log: row {seq}, head {head}"


def test_where_there_is_a_desk_the_link_to_its_log_holds_the_whole_head(scene: Scene) -> None:
    scene.organisation = replace(scene.organisation, desk_url="https://dibs.acme.example/")
    scene.arrive()
    seq, head = scene.database.read(ownership.head)
    made = digest(scene)
    (line,) = made.sections[-1].lines
    assert (line.text, made.footer) == (f"Log: row {seq}, head {head[:12]}…", "")
    assert line.link is not None
    assert line.link.url == f"https://dibs.acme.example/log?head={head}"
    assert read_head(line.link.url) == head


def test_a_digest_is_the_same_after_it_was_kept(scene: Scene) -> None:
    scene.do(ClaimMention(who=scene.person("Ana"), reference=at(scene.arrive("refund <!channel> “ü” \u202e"))))
    scene.arrive()
    scene.pass_time(days=1)
    made = digest(scene)
    assert from_json(to_json(made)) == made


@pytest.mark.parametrize(
    ("now", "began", "hours"),
    [
        ("2026-03-03 08:00", "2026-03-01 23:00", 24),
        ("2026-03-30 08:00", "2026-03-28 23:00", 23),
        ("2026-10-26 08:00", "2026-10-24 22:00", 25),
        ("2026-03-02 23:30", "2026-03-01 23:00", 24),
    ],
)
def test_yesterday_is_the_local_day_whatever_the_clocks_do(now: str, began: str, hours: int) -> None:
    since, until = yesterday(datetime.fromisoformat(now).replace(tzinfo=UTC), "Europe/Berlin")
    assert since.astimezone(UTC) == datetime.fromisoformat(began).replace(tzinfo=UTC)
    assert until.astimezone(UTC) - since.astimezone(UTC) == timedelta(hours=hours)


def test_what_is_new_since_an_upgrade_is_told_once_to_whom_it_concerns(scene: Scene) -> None:
    """The step of the schema writes down whom to tell."""
    support, finance = scene.organisation.departments
    for key, job in product(("support", "finance"), ("news:storms", "news:threads")):
        scene.database.write(partial(job_slots.claim_slot, job=job, slot=key, now=scene.now))
    scene.organisation = replace(
        scene.organisation,
        departments=(
            replace(support, storms=False, public_threads=False),
            replace(finance, digest=DigestTime(at=time(0))),
        ),
    )
    scene.dispatcher.organisation = scene.organisation
    storms, threads = texts(digest(scene), "New in Dibs")
    assert ("one card stands for all" in storms, "in one public thread stands on one card" in threads) == (True, True)
    assert titled(digest(scene, "support"), "New in Dibs") is None
    prepare = partial(prepare_digest, scene.organisation.department("finance"))
    command = scene.database.read(lambda session: scene.dispatcher.prepare(session, prepare, scene.now))
    assert isinstance(command, SendDigest)
    assert titled(command.notice, "New in Dibs") is not None
    assert scene.do(command).ok
    assert titled(digest(scene), "New in Dibs") is None
