"""Clocks at work: what befalls a mention moves them, each step is taken once, and people hear of it."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import pytest

from handlers.base.cards import Notice
from handlers.base.clocks import Target, Targets
from handlers.base.command import ByToken
from handlers.base.events import Author
from handlers.base.hours import Calendar, Hours
from handlers.base.organisation import Organisation
from handlers.base.talk import read_talk
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.hand_off import HandOffMention
from handlers.own.judge import JudgeMention
from handlers.own.new_hours import take_up_hours
from handlers.own.reconcile import reconcile
from handlers.own.release import ReleaseMention
from handlers.own.reopen import ReopenMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.own.strike import StrikeClocks
from handlers.own.wake import WakeMention
from handlers.people.accounts import sync_members
from handlers.reply.posted_by_hand import PostedReply
from handlers.report.digest import build_digest
from storage.engine.database import Database, Session
from storage.listen import customers
from storage.own import clocks
from storage.own.clocks import ClockRow
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import ClockKind
from tests.harness.channels import card, deliver, facts, notices, remarks, told
from tests.harness.patience import HANG_SECONDS
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import ORGANISATION, Scene, at

# Monday 2 March 2026, 08:58 UTC is 09:58 in Berlin; Finance is there from 9 to 17, Support in New York from 9 to 17.
OFFICE = Hours(Calendar(name="berlin", timezone="Europe/Berlin", week=dict.fromkeys(range(5), ((540, 1_020),))))
OVERSEAS = Hours(Calendar(name="new york", timezone="America/New_York", week=dict.fromkeys(range(5), ((540, 1_020),))))


def hours(number: float) -> Target:
    return Target(within=timedelta(hours=number))


FINANCE = Targets(
    by_kind={
        ClockKind.CLAIM: hours(1),
        ClockKind.FIRST_REPLY: hours(4),
        ClockKind.NEXT_REPLY: hours(8),
        ClockKind.RESOLUTION: hours(16),
    }
)
SUPPORT = Targets(by_kind={ClockKind.CLAIM: hours(2), ClockKind.FIRST_REPLY: hours(6)})


def promising(finance: Targets = FINANCE, support: Targets = SUPPORT, office: Hours = OFFICE) -> Organisation:
    told = {"finance": (office, finance), "support": (OVERSEAS, support)}
    departments = [replace(one, hours=told[one.key][0], targets=told[one.key][1]) for one in ORGANISATION.departments]
    return replace(ORGANISATION, departments=tuple(departments))


@pytest.fixture
def scene(database: Database) -> Scene:
    """A scene whose departments promise something."""
    return Scene(database, organisation=promising())


def kept(scene: Scene, mention: MentionRow) -> dict[str, ClockRow]:
    return scene.database.read(lambda session: clocks.of_mention(session, mention.id))


def clock(scene: Scene, mention: MentionRow, kind: ClockKind) -> ClockRow:
    return kept(scene, mention)[kind]


def strike(scene: Scene) -> int:
    """Let the timer look once; returns how many steps it took."""
    command = StrikeClocks(job="clocks")
    answer = scene.database.write(lambda session: scene.dispatcher.handle(session, command, scene.now))
    return int(answer.text.split()[0])


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


# --- what moves them -------------------------------------------------------------------------------------------------


def test_without_a_promise_there_is_no_clock(database: Database) -> None:
    scene = Scene(database)
    mention = scene.arrive()
    scene.do(ClaimMention(who=scene.person("Ana"), reference=at(mention)))
    assert kept(scene, mention) == {}


def test_an_arrival_begins_what_its_department_promises(scene: Scene) -> None:
    finance, support = scene.arrive(), scene.arrive("Hello there")
    assert sorted(kept(scene, finance)) == ["claim", "first_reply", "resolution"]
    assert sorted(kept(scene, support)) == ["claim", "first_reply"]
    assert clock(scene, finance, ClockKind.CLAIM).due_at == utc("02 09:58")
    # New York opens at 14:00 UTC.
    assert clock(scene, support, ClockKind.CLAIM).due_at == utc("02 16:00")
    # Four hours of the day, and seven of Tuesday and the next days: 16 opening hours.
    assert clock(scene, finance, ClockKind.RESOLUTION).due_at == utc("04 08:58")


def test_a_claim_in_time_meets_its_clock_and_leaves_the_others_running(scene: Scene) -> None:
    mention = scene.arrive()
    scene.pass_time(minutes=30)
    scene.do(ClaimMention(who=scene.person("Ana"), reference=at(mention)))
    found = clock(scene, mention, ClockKind.CLAIM)
    assert (found.outcome, found.ended_at, found.breached_at) == ("met", scene.now, None)
    assert (found.used_us, found.next_at) == (1_800_000_000, None)
    assert clock(scene, mention, ClockKind.FIRST_REPLY).running_since == mention.ingested_at


def test_who_gives_it_back_begins_the_next_cycle(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.pass_time(hours=3)
    scene.do(ReleaseMention(who=ana, reference=at(scene.look(mention))))
    found = clock(scene, mention, ClockKind.CLAIM)
    assert (found.cycle, found.outcome, found.due_at) == (2, "", scene.now + timedelta(hours=1))


def test_a_hand_off_counts_on_by_the_hours_of_the_other_department(scene: Scene) -> None:
    mention = scene.arrive()
    scene.pass_time(hours=1)
    scene.do(HandOffMention(who=scene.person("Ana"), reference=at(mention), department="support"))
    first = clock(scene, mention, ClockKind.FIRST_REPLY)
    # One hour is used in Berlin; the other three are New York's, which opens at 14:00 UTC.
    assert (first.used_us, first.due_at) == (3_600_000_000, utc("02 17:00"))
    claim = clock(scene, mention, ClockKind.CLAIM)
    assert (claim.cycle, claim.target_us, claim.due_at) == (2, 7_200_000_000, utc("02 16:00"))


def test_what_is_put_off_is_not_waited_for_to_be_claimed_but_its_author_waits(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    scene.pass_time(minutes=20)
    scene.do(SnoozeMention(who=ana, reference=at(mention), until="2h"))
    assert (clock(scene, mention, ClockKind.CLAIM).due_at, clock(scene, mention, ClockKind.CLAIM).used_us) == (
        None,
        1_200_000_000,
    )
    assert clock(scene, mention, ClockKind.FIRST_REPLY).due_at == mention.ingested_at + timedelta(hours=4)
    scene.pass_time(hours=2)
    scene.do(WakeMention(who=ana, reference=at(scene.look(mention))))
    assert clock(scene, mention, ClockKind.CLAIM).due_at == scene.now + timedelta(minutes=40)


def test_closing_without_a_reply_meets_no_promise_of_one(scene: Scene) -> None:
    ana, resolved, dismissed = scene.person("Ana"), scene.arrive(), scene.arrive("refund no. 2")
    scene.do(ResolveMention(who=ana, reference=at(resolved)))
    scene.do(DismissMention(who=ana, reference=at(dismissed), reason="spam"))
    assert {one.kind: one.outcome for one in kept(scene, resolved).values()} == {
        "claim": "dropped",
        "first_reply": "dropped",
        "resolution": "met",
    }
    assert {one.outcome for one in kept(scene, dismissed).values()} == {"dropped"}


def test_what_is_opened_again_goes_on_with_what_it_had_used(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    scene.pass_time(hours=1)
    scene.do(ResolveMention(who=ana, reference=at(mention)))
    scene.pass_time(hours=24)
    scene.do(ReopenMention(who=ana, reference=at(scene.look(mention))))
    assert clock(scene, mention, ClockKind.FIRST_REPLY).due_at == scene.now + timedelta(hours=3)
    assert clock(scene, mention, ClockKind.RESOLUTION).outcome == ""


def test_what_was_late_between_two_looks_of_the_timer_stands_in_the_log(scene: Scene) -> None:
    mention = scene.arrive()
    scene.pass_time(hours=1, seconds=5)
    scene.do(ClaimMention(who=scene.person("Ana"), reference=at(mention)))
    assert scene.log(mention) == ["arrived", "late", "claimed"]
    assert clock(scene, mention, ClockKind.CLAIM).breached_at == scene.now
    assert strike(scene) == 0


# --- replies ---------------------------------------------------------------------------------------------------------


def answered(desk: PublishingInstallation, mention: MentionRow) -> None:
    """Let Ana answer by hand."""
    scene = desk.scene
    scene.database.write(lambda session: sync_members(session, scene.organisation, {}))
    desk.draft(mention)
    url = f"https://blog.example/{mention.token}#comment-{scene.now:%d%H%M}"
    answer = scene.do(PostedReply(who=scene.who("UANA", "Ana"), reference=at(scene.look(mention)), url=url))
    assert answer.ok, answer.text


def writes_again(scene: Scene, mention: MentionRow) -> None:
    """Let our reply be shown where it stands, and let the author answer it."""
    shown = f"{mention.token}-{next(scene.numbers)}"
    url = ours(scene, mention)
    scene.ingest(scene.posted("Our words", external_id=shown, url=url, author=Author(handle="acme")))
    scene.ingest(scene.posted("And when?", reply_to=shown))
    assert scene.log(mention)[-1] == "author_answered"


def ours(scene: Scene, mention: MentionRow) -> str:
    """Return where our last reply stands."""
    talk = scene.database.read(lambda session: read_talk(session, mention.id))
    return talk.ours[-1].url


def test_our_reply_meets_its_promise_and_the_resolution_waits_for_the_author(scene: Scene) -> None:
    desk, mention = PublishingInstallation(scene), scene.arrive()
    scene.pass_time(hours=1)
    answered(desk, mention)
    first, whole = clock(scene, mention, ClockKind.FIRST_REPLY), clock(scene, mention, ClockKind.RESOLUTION)
    assert (first.outcome, first.breached_at) == ("met", None)
    assert (whole.running_since, whole.due_at, whole.used_us) == (None, None, 3_600_000_000)
    assert clock(scene, mention, ClockKind.CLAIM).outcome == "met"  # whoever answers has it
    assert details(scene, mention).keys().isdisjoint({"resolution within 16h, due"})


def test_an_author_who_writes_again_waits_for_the_next_reply_and_their_second_word_changes_nothing(
    scene: Scene,
) -> None:
    desk, mention = PublishingInstallation(scene), scene.arrive()
    answered(desk, mention)
    scene.pass_time(hours=1)
    writes_again(scene, mention)
    began = scene.now
    following = clock(scene, mention, ClockKind.NEXT_REPLY)
    assert (following.cycle, following.running_since) == (1, began)
    assert clock(scene, mention, ClockKind.RESOLUTION).running_since == began
    scene.pass_time(hours=1)
    writes_again(scene, mention)
    assert clock(scene, mention, ClockKind.NEXT_REPLY) == following
    assert clock(scene, mention, ClockKind.CLAIM).outcome == "met"
    scene.pass_time(minutes=10)
    answered(desk, mention)
    assert clock(scene, mention, ClockKind.NEXT_REPLY).outcome == "met"
    scene.pass_time(hours=1)
    writes_again(scene, mention)
    assert clock(scene, mention, ClockKind.NEXT_REPLY).cycle == 2


# --- steps -----------------------------------------------------------------------------------------------------------


def test_nobody_is_told_before_time(scene: Scene) -> None:
    mention = scene.arrive()
    scene.pass_time(minutes=44)
    assert strike(scene) == 0
    assert scene.log(mention) == ["arrived"]


def test_a_warning_and_then_the_deadline_are_told_once_each_below_the_card_of_what_nobody_has(scene: Scene) -> None:
    mention = scene.arrive()
    deliver(scene)
    scene.pass_time(minutes=45)
    assert [strike(scene), strike(scene)] == [1, 0]
    deliver(scene)
    scene.pass_time(minutes=15)
    assert strike(scene) == 0  # at the very instant it can still be met
    scene.pass_time(seconds=15)
    assert [strike(scene), strike(scene)] == [1, 0]
    assert scene.log(mention) == ["arrived", "warned", "late"]
    assert remarks(scene, mention) == ["Waiting for somebody to claim it, due 2026-03-02 09:58 UTC"] * 2
    assert [one.title for one in notices(scene, "C-FINANCE")] == [
        f"Nobody has #{mention.token}. It is to be claimed by Monday 2 March 2026, 10:58 (Europe/Berlin).",
        f"Nobody has #{mention.token}. It was to be claimed by Monday 2 March 2026, 10:58 (Europe/Berlin).",
    ]
    found = clock(scene, mention, ClockKind.CLAIM)
    assert (found.warned_at, found.breached_at, found.next_at) == (utc("02 09:43"), utc("02 09:58:15"), None)


def test_the_owner_is_told_directly(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.pass_time(hours=4, seconds=1)
    assert strike(scene) == 1
    assert any(
        "Our first reply was due on Monday 2 March 2026, 13:58 (Europe/Berlin)." in one for one in told(scene, ana)
    )


def test_after_a_long_stop_only_the_latest_is_told(scene: Scene) -> None:
    mention = scene.arrive()
    scene.pass_time(days=3)
    strike(scene)
    assert scene.log(mention) == ["arrived", "late", "late", "late"]
    assert strike(scene) == 0


def test_what_is_closed_pages_nobody(scene: Scene) -> None:
    mention = scene.arrive()
    scene.do(DismissMention(who=scene.person("Ana"), reference=at(mention), reason="spam"))
    scene.pass_time(days=200)
    assert strike(scene) == 0


def test_a_clock_of_the_machine_that_was_set_back_repeats_no_step(scene: Scene) -> None:
    mention = scene.arrive()
    scene.pass_time(hours=2)
    assert strike(scene) == 1
    scene.pass_time(hours=-3)
    assert strike(scene) == 0
    scene.pass_time(hours=4)
    assert strike(scene) == 1  # the warning of the first reply
    assert scene.log(mention) == ["arrived", "late", "warned"]


@pytest.mark.race
def test_of_several_replicas_that_look_at_one_moment_one_takes_each_step(database: Database) -> None:
    scene, command = Scene(database, organisation=promising(office=Hours(None))), StrikeClocks(job="clocks")
    for _ in range(10):
        mention = scene.arrive()
        scene.pass_time(hours=1, seconds=1)
        start = threading.Barrier(3)

        def look(start: threading.Barrier = start) -> None:
            start.wait(HANG_SECONDS)
            scene.database.submit(lambda session: scene.dispatcher.handle(session, command, scene.now)).result()

        replicas = [threading.Thread(target=look) for _ in range(3)]
        for one in replicas:
            one.start()
        for one in replicas:
            one.join()
        assert scene.log(mention) == ["arrived", "late"]
        scene.do(DismissMention(who=scene.person("Ana"), reference=at(mention), reason="spam"))


# --- what a card says ------------------------------------------------------------------------------------------------


def details(scene: Scene, mention: MentionRow) -> dict[str, object]:
    return facts(card(scene, mention, "C-FINANCE"))


def test_a_card_says_what_is_due_first_and_what_was_promised(scene: Scene) -> None:
    mention = scene.arrive()
    assert details(scene, mention)["claim within 1h, due"] == utc("02 09:58")
    scene.do(ClaimMention(who=scene.person("Ana"), reference=at(mention)))
    assert details(scene, mention)["first reply within 4h, due"] == utc("02 12:58")


def test_a_card_says_what_is_late_once_the_step_was_taken(scene: Scene) -> None:
    mention = scene.arrive()
    scene.pass_time(hours=1, seconds=1)
    strike(scene)
    assert details(scene, mention)["late: claim was due"] == utc("02 09:58")


# --- what dibs.toml says anew ----------------------------------------------------------------------------------------


def start_again(scene: Scene, organisation: Organisation) -> Scene:
    def work(session: Session) -> None:
        reconcile(session, organisation, scene.now, Random(1))

    scene.database.write(work)
    return Scene(scene.database, organisation=organisation, now=scene.now)


def test_new_hours_count_from_now_on_and_what_was_counted_stays(scene: Scene) -> None:
    mention = scene.arrive()
    scene.pass_time(hours=3)
    longer = Hours(Calendar(timezone="Europe/Berlin", week=dict.fromkeys(range(7), ((0, 1_440),))))
    again = start_again(scene, promising(office=longer))
    found = clock(again, mention, ClockKind.RESOLUTION)
    assert (found.used_us, found.due_at) == (3 * 3_600_000_000, scene.now + timedelta(hours=13))
    assert strike(again) == 2  # the claim was late before, and the reply is warned of


def test_calendars_and_zones_that_change_time_and_again_repeat_no_step_and_skip_none(scene: Scene) -> None:
    mention, again = scene.arrive(), scene
    nights = Hours(Calendar(timezone="Asia/Tokyo", week=dict.fromkeys(range(7), ((1_200, 1_620),))))
    for number in range(60):
        hours = (OFFICE, nights, OVERSEAS)[number % 3]
        if number % 2:
            again = start_again(again, promising(office=hours))
        else:  # as a reload does it
            changed = promising(office=hours)
            again.database.write(partial(take_up_hours, organisation=changed, now=again.now))
            again = Scene(again.database, organisation=changed, now=again.now)
        strike(again)
        again.pass_time(hours=2)
        strike(again)
    told = Counter(again.log(mention))
    # Where it was late within two hours of its warning, only the latter was told.
    assert (told["arrived"], told["late"], told["warned"] in (1, 2, 3)) == (1, 3, True)
    # A warning that was not sent by then was taken back.
    assert len(notices(again, "C-FINANCE")) == 3
    assert strike(again) == 0


def test_a_share_of_warning_that_grew_is_waited_for_and_keeps_no_other_from_its_step(scene: Scene) -> None:
    mention = scene.arrive()
    again = start_again(scene, promising(finance=replace(FINANCE, warn=0.9)))
    again.pass_time(minutes=45)
    assert strike(again) == 0
    assert clock(again, mention, ClockKind.CLAIM).next_at == again.now + timedelta(minutes=9)
    again.pass_time(minutes=9)
    assert [strike(again), strike(again)] == [1, 0]
    assert again.log(mention) == ["arrived", "warned"]


def test_a_start_with_the_same_hours_changes_nothing(scene: Scene) -> None:
    mention = scene.arrive()
    before = kept(scene, mention)
    scene.pass_time(hours=1)
    start_again(scene, promising())
    assert kept(scene, mention) == before


def test_what_is_promised_for_the_first_time_begins_then(database: Database) -> None:
    scene = Scene(database)
    ana, free, hers, closed = scene.person("Ana"), scene.arrive(), scene.arrive("refund 2"), scene.arrive("refund 3")
    scene.do(ClaimMention(who=ana, reference=at(hers)))
    scene.do(DismissMention(who=ana, reference=at(closed), reason="spam"))
    scene.pass_time(days=7)
    again = start_again(scene, promising())
    assert strike(again) == 0
    assert sorted(kept(again, free)) == ["claim", "first_reply", "resolution"]
    assert sorted(kept(again, hers)) == ["first_reply", "resolution"]
    assert kept(again, closed) == {}
    assert clock(again, free, ClockKind.CLAIM).running_since == again.now


def test_what_is_promised_no_more_counts_for_nobody(scene: Scene) -> None:
    mention = scene.arrive()
    again = start_again(scene, promising(finance=Targets(by_kind={ClockKind.CLAIM: hours(1)})))
    assert {one.kind: one.outcome for one in kept(again, mention).values()} == {
        "claim": "",
        "first_reply": "dropped",
        "resolution": "dropped",
    }


# --- the digest ------------------------------------------------------------------------------------------------------


def digest_of(scene: Scene) -> dict[str, list[tuple[str | None, datetime | None]]]:
    """Return the sections of Finance's digest, by title, each with the mentions of its lines and their moments."""

    def build(session: Session) -> Notice:
        row = people.department(session, "finance")
        assert row is not None
        return build_digest(session, scene.organisation, row.id, scene.now)

    notice = scene.database.read(build)
    return {one.title: [(line.token, line.at) for line in one.lines] for one in notice.sections}


def test_the_digest_says_what_is_late_and_what_is_due_today(scene: Scene) -> None:
    ana, first = scene.person("Ana"), scene.arrive()
    scene.pass_time(hours=2)
    second = scene.arrive("refund 2")
    scene.do(ClaimMention(who=ana, reference=at(second)))
    found = digest_of(scene)
    assert found["Late: 1"] == [(first.token, utc("02 09:58"))]
    assert found["Due today: 1"] == [(second.token, utc("02 14:58"))]
    scene.do(DismissMention(who=ana, reference=at(first), reason="spam"))
    assert not [title for title in digest_of(scene) if title.startswith("Late")]


def test_where_nothing_is_promised_a_digest_says_nothing_of_it(database: Database) -> None:
    scene = Scene(database)
    scene.arrive()
    assert not [title for title in digest_of(scene) if title.startswith(("Late", "Due"))]


def test_what_a_department_had_that_is_gone_was_counted_by_its_own_hours(scene: Scene) -> None:
    mention = scene.arrive()
    scene.pass_time(days=1)  # eight opening hours of Berlin
    left = replace(scene.organisation, departments=(scene.organisation.department("support"),), topics=())
    again = start_again(scene, left)
    assert clock(again, mention, ClockKind.FIRST_REPLY).used_us == 8 * 3_600_000_000


# --- customers, and what is at risk -----------------------------------------------------------------------------------


@pytest.fixture
def careful(scene: Scene) -> Scene:
    """A scene in which finance promises a first reply in one hour to those at risk, and support only to them."""
    high = {ClockKind.FIRST_REPLY: hours(1)}
    scene.organisation = promising(finance=replace(FINANCE, high=high), support=Targets(high=high))
    scene.__post_init__()
    return scene


def judge(scene: Scene, mention: MentionRow, risk: str) -> ClockRow:
    assert scene.do(JudgeMention(who=scene.person("Ben"), reference=ByToken(mention.token), risk=risk)).ok
    return clock(scene, mention, ClockKind.FIRST_REPLY)


def test_a_customer_is_promised_more_from_the_start(careful: Scene) -> None:
    careful.organisation = replace(careful.organisation, customers=True)
    listed = careful.database.write(lambda session: customers.begin(session, "list", 1))
    careful.database.write(lambda session: customers.add(session, listed, [("blog", "kim", "Gold plan")]))
    careful.database.write(lambda session: customers.complete(session, listed))
    mention = careful.arrive()
    assert clock(careful, mention, ClockKind.FIRST_REPLY).due_at == utc("02 09:58")
    # What is not named is promised as to all.
    assert clock(careful, mention, ClockKind.CLAIM).due_at == utc("02 09:58")
    assert clock(careful, mention, ClockKind.RESOLUTION).due_at == utc("04 08:58")


def test_a_judgement_banks_and_goes_on_by_the_target_that_holds_now(careful: Scene) -> None:
    mention = careful.arrive()
    careful.pass_time(minutes=30)
    found = judge(careful, mention, "cancel")
    assert (found.used_us, found.target_us) == (1_800_000_000, 3_600_000_000)
    assert found.due_at == utc("02 09:58")
    careful.pass_time(minutes=15)
    found = judge(careful, mention, "purchase")
    assert (found.used_us, found.due_at) == (2_700_000_000, utc("02 12:58"))
    # Said once more of what is promised the same, it moves nothing.
    assert judge(careful, mention, "service") == found


def test_what_is_used_up_is_due_at_once_and_told_once_whatever_is_judged_later(careful: Scene) -> None:
    ana = careful.person("Ana")
    mention = careful.arrive()
    careful.do(ClaimMention(who=ana, reference=at(mention)))
    careful.pass_time(hours=3)
    assert strike(careful) == 1  # three quarters of four hours
    careful.pass_time(minutes=10)
    found = judge(careful, mention, "risk")
    assert (found.due_at, found.breached_at) == (careful.now, None)
    careful.pass_time(seconds=15)
    assert strike(careful) == 1
    assert clock(careful, mention, ClockKind.FIRST_REPLY).breached_at == careful.now
    found = judge(careful, mention, "none")
    assert found.due_at == utc("02 12:58")
    careful.pass_time(hours=2)
    assert strike(careful) == 0
    assert [one for one in careful.log(mention) if one in ("warned", "late")] == ["warned", "late"]


def test_what_is_promised_to_the_few_alone_begins_and_ends_with_a_judgement(careful: Scene) -> None:
    mention = careful.arrive("Hello there")
    assert kept(careful, mention) == {}
    careful.pass_time(hours=6)  # New York has been open for fifty-eight minutes
    found = judge(careful, mention, "risk")
    assert (found.running_since, found.due_at) == (careful.now, careful.now + timedelta(hours=1))
    assert list(kept(careful, mention)) == ["first_reply"]
    careful.pass_time(minutes=20)
    dropped = judge(careful, mention, "none")
    assert (dropped.outcome, dropped.used_us) == ("dropped", 1_200_000_000)
    # Once more from where it was; and nothing of it where it is closed.
    careful.pass_time(minutes=20)
    again = judge(careful, mention, "risk")
    assert (again.outcome, again.due_at) == ("", careful.now + timedelta(minutes=40))
    other = careful.arrive("Hello again")
    careful.do(DismissMention(who=careful.person("Ana"), reference=at(other)))
    careful.do(JudgeMention(who=careful.person("Ana"), reference=ByToken(other.token), risk="risk"))
    assert kept(careful, other) == {}


def test_a_start_lets_clocks_of_the_few_run_and_ends_those_that_nobody_is_promised(careful: Scene) -> None:
    risky, plain = careful.arrive("Hello there"), careful.arrive("Hello you")
    careful.pass_time(hours=6)
    before = judge(careful, risky, "risk")
    careful.database.write(lambda session: reconcile(session, careful.organisation, careful.now, Random(1)))
    assert clock(careful, risky, ClockKind.FIRST_REPLY) == before
    assert kept(careful, plain) == {}
    without = promising(support=Targets())
    careful.database.write(lambda session: reconcile(session, without, careful.now, Random(1)))
    assert clock(careful, risky, ClockKind.FIRST_REPLY).outcome == "dropped"
