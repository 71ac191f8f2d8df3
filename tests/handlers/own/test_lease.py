"""Leases and ladders at work: who has something is asked and loses it, and of what nobody has, others are told."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from handlers.ask.mine import AskMine
from handlers.base.cards import Notice
from handlers.base.clocks import Lease, Rung, Target, Targets, Told
from handlers.base.command import Answer, ByToken, Who
from handlers.base.hours import AROUND_THE_CLOCK, Hours
from handlers.base.organisation import Organisation
from handlers.base.quiet import Quiet
from handlers.draw.board import read_board
from handlers.draw.refresh import refresh
from handlers.draw.wanted import Wanted
from handlers.own.assign import AssignMention
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.judge import JudgeMention
from handlers.own.note import NoteMention
from handlers.own.release import ReleaseMention
from handlers.own.snooze import SnoozeMention
from handlers.own.still import SayStillOnIt
from handlers.own.strike import StrikeClocks
from handlers.people.sign_in import Visitor
from handlers.reply.draft import DraftReply
from storage.engine.database import Database, Session
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.base import table_of
from storage.tables.clocks import Clock
from storage.tables.messages import Message
from storage.tables.states import ClockKind, Tab
from tests.handlers.own.test_clocks import OFFICE, clock, digest_of, strike, utc
from tests.harness.channels import card, deliver, facts, in_channel, notices, remarks, told
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import ORGANISATION, Scene, at

LEASE = Targets(lease=Lease(ask=timedelta(hours=4), back=timedelta(hours=1)))
LADDER = Targets(
    ladder=(
        Rung(after=timedelta(minutes=30)),
        Rung(after=timedelta(hours=1), to=Told.GROUP, name="@finance"),
        Rung(after=timedelta(hours=2), to=Told.PERSON, name="ben@acme.example"),
        Rung(after=timedelta(hours=3), to=Told.DEPARTMENT, name="support"),
    )
)


def kept(targets: Targets, hours: Hours = AROUND_THE_CLOCK, quiet: Quiet | None = None) -> Organisation:
    departments = [
        replace(one, hours=hours, targets=targets, quiet=quiet or one.quiet) if one.key == "finance" else one
        for one in ORGANISATION.departments
    ]
    return replace(ORGANISATION, departments=tuple(departments))


@pytest.fixture
def scene(database: Database) -> Scene:
    """A scene in which what Finance claims holds for five hours."""
    return Scene(database, organisation=kept(LEASE))


def claimed(scene: Scene, who: Who) -> MentionRow:
    mention = scene.arrive()
    assert scene.do(ClaimMention(who=who, reference=at(mention))).ok
    return scene.look(mention)


def questions(scene: Scene, who: Who) -> list[Notice]:
    """Return what a person was asked, as it stands now."""
    asked = [one for one in notices(scene, f"@{who.external_id}") if one.title.startswith("Still on")]
    return scene.database.read(lambda session: [refresh(session, scene.organisation, one) for one in asked])


def press(scene: Scene, who: Who, mention: MentionRow, question: Notice) -> Answer:
    """Press "Still on it" below a question, as it stood when it was asked."""
    (button,) = [one for one in question.buttons if one.verb == "still"]
    return scene.do(SayStillOnIt(who=who, reference=ByToken(mention.token, 1, button.shown)))


def test_a_mention_whose_step_fails_stops_no_other(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    ana, table = scene.person("Ana"), table_of(Clock)
    broken, well = claimed(scene, ana), claimed(scene, ana)

    def break_it(session: Session) -> None:
        theirs = update(table).where(table.c.mention_id == broken.id)
        session.connection().execute(theirs.values(target_us=9 * 10**18))  # no calendar has such a day

    scene.database.write(break_it)
    scene.pass_time(hours=4)
    assert [strike(scene), strike(scene)] == [1, 0]
    assert [scene.log(one).count("asked") for one in (broken, well)] == [0, 1]
    assert f"clocks: mention {broken.id} failed (1 in a row, OverflowError)" in caplog.text
    scene.pass_time(hours=1)
    assert strike(scene) == 1
    assert [scene.look(one).owner_id for one in (broken, well)] == [broken.owner_id, None]


def test_who_is_silent_is_asked_and_then_it_goes_back(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = claimed(scene, ana)
    scene.pass_time(hours=4)
    assert [strike(scene), strike(scene)] == [1, 0]
    deliver(scene)
    (asked,) = questions(scene, ana)
    assert (asked.title, [one.label for one in asked.buttons]) == (
        f"Still on #{mention.token}?",
        ["Still on it", "Give it back"],
    )
    said = facts(card(scene, mention, "C-FINANCE"))
    assert said["Ana was asked whether they are still on it"] == utc("02 12:58")
    assert said["it goes back"] == utc("02 13:58")
    scene.pass_time(minutes=59)
    assert strike(scene) == 0
    scene.pass_time(minutes=1)
    assert [strike(scene), strike(scene)] == [1, 0]
    assert scene.log(mention) == ["arrived", "claimed", "asked", "returned"]
    assert remarks(scene, mention) == ["Asked at 2026-03-02 12:58 UTC, and not answered"]
    now = scene.look(mention)
    assert (now.owner_id, now.status) == (None, "new")
    assert told(scene, ana)[-1] == f"#{mention.token} went back to Finance: you were asked at 13:58."
    assert "Nobody has it." in card(scene, mention, "C-FINANCE").state
    (asked,) = questions(scene, ana)
    assert (asked.title, asked.buttons) == (f"Still on #{mention.token}? New. Nobody has it.", ())


def test_a_sign_of_life_begins_the_lease_anew_and_an_old_question_renews_nothing(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = claimed(scene, ana)
    scene.pass_time(hours=4)
    strike(scene)
    (first,) = questions(scene, ana)
    scene.pass_time(minutes=50)
    assert press(scene, ana, mention, first).text == f"#{mention.token} stays yours."
    assert clock(scene, mention, ClockKind.LEASE).next_at == scene.now + timedelta(hours=4)
    late = press(scene, ana, mention, first)
    assert (late.ok, late.text) == (
        False,
        f"That question about #{mention.token} is over. It is yours, and nothing was changed.",
    )
    assert scene.log(mention)[-2:] == ["asked", "confirmed"]
    for hours, command in enumerate((NoteMention, DraftReply), start=1):
        scene.pass_time(hours=hours)
        scene.do(command(who=ana, reference=at(scene.look(mention)), text="They called us."))
        assert clock(scene, mention, ClockKind.LEASE).next_at == scene.now + timedelta(hours=4)


def test_what_others_do_renews_nobodys_lease(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = claimed(scene, ana)
    before = clock(scene, mention, ClockKind.LEASE)
    scene.pass_time(hours=1)
    scene.do(NoteMention(who=ben, reference=at(mention), text="I know them."))
    assert clock(scene, mention, ClockKind.LEASE) == before


def test_who_says_so_after_it_went_back_is_told_when_and_may_claim_it(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = claimed(scene, ana)
    scene.pass_time(hours=4)
    strike(scene)
    (question,) = questions(scene, ana)
    pressed = SayStillOnIt(who=ana, reference=ByToken(mention.token, 1, question.buttons[0].shown))
    scene.pass_time(hours=1)
    strike(scene)
    answer = scene.do(pressed)
    assert (answer.ok, answer.text) == (False, f"#{mention.token} went back at 14:58.")
    assert answer.offer is not None
    assert answer.offer.verb == "claim"
    scene.do(ClaimMention(who=ben, reference=at(mention)))
    assert scene.do(pressed).text == f"Ben has #{mention.token} now. Nothing was changed."


def test_what_is_put_off_is_not_asked_for_and_begins_anew(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = claimed(scene, ana)
    scene.do(SnoozeMention(who=ana, reference=at(mention), until="in 3 days"))
    scene.pass_time(days=2)
    assert strike(scene) == 0
    assert scene.do(ClaimMention(who=ana, reference=at(scene.look(mention)))).ok  # it wakes
    assert clock(scene, mention, ClockKind.LEASE).next_at == scene.now + timedelta(hours=4)


def test_what_waits_for_a_second_person_never_goes_back(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = claimed(scene, ana)
    scene.pass_time(hours=4)
    strike(scene)
    scene.do(DraftReply(who=ana, reference=at(mention), text="I look for your refund. Ana", then="review"))
    assert scene.look(mention).status == "in_review"
    scene.pass_time(days=3)
    assert strike(scene) == 0
    assert clock(scene, mention, ClockKind.LEASE).running_since is None


def test_after_a_stop_of_days_who_has_it_is_asked_first_and_has_the_whole_time_to_answer(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = claimed(scene, ana)
    scene.pass_time(days=3)
    assert [strike(scene), strike(scene)] == [1, 0]
    scene.pass_time(minutes=59)
    assert strike(scene) == 0
    scene.pass_time(minutes=1)
    assert strike(scene) == 1
    assert scene.log(mention) == ["arrived", "claimed", "asked", "returned"]


def test_a_lease_that_is_new_in_dibs_toml_begins_then(database: Database) -> None:
    scene = Scene(database)
    ana = scene.person("Ana")
    hers, free = claimed(scene, ana), scene.arrive("refund 2")
    scene.pass_time(days=1)
    again = Scene(database, organisation=kept(LEASE), now=scene.now)
    assert clock(again, hers, ClockKind.LEASE).next_at == scene.now + timedelta(hours=4)
    assert again.look(free).owner_id is None
    assert strike(again) == 0


@pytest.mark.race
def test_of_a_press_and_the_timer_at_one_moment_one_comes_first(database: Database) -> None:
    scene = Scene(database, organisation=kept(LEASE))
    ana, timer = scene.person("Ana"), StrikeClocks(job="clocks")
    for _ in range(8):
        mention = claimed(scene, ana)
        scene.pass_time(hours=4)
        strike(scene)
        scene.pass_time(hours=1)
        press_it = SayStillOnIt(who=ana, reference=ByToken(mention.token, 1, "1"))
        start = threading.Barrier(2)

        def work(command: StrikeClocks | SayStillOnIt, start: threading.Barrier = start) -> None:
            start.wait(HANG_SECONDS)
            scene.database.submit(lambda session: scene.dispatcher.handle(session, command, scene.now)).result()

        both = [threading.Thread(target=work, args=(one,)) for one in (timer, press_it)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert scene.log(mention)[2:] in (["asked", "returned"], ["asked", "confirmed"])
        scene.do(DismissMention(who=ana, reference=at(scene.look(mention)), reason="spam"))


class Killed(Exception):
    """The process ends here."""


def test_whoever_is_killed_before_the_commit_did_nothing_and_after_it_all(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = claimed(scene, ana)

    def dies(session: Session) -> None:
        assert scene.dispatcher.handle(session, StrikeClocks(job="clocks"), scene.now).ok
        raise Killed

    for hours, steps in ((4, ["asked"]), (1, ["asked", "returned"])):
        scene.pass_time(hours=hours)
        for _ in range(3):
            with pytest.raises(Killed):
                scene.database.write(dies)
        assert scene.log(mention)[2:] == steps[:-1]
        assert [strike(scene), strike(scene)] == [1, 0]
        assert scene.log(mention)[2:] == steps
    # What was to be told stands in the same commit, once: delivery finds it whenever it comes.
    assert [one.partition(f"#{mention.token}")[2][:10] for one in told(scene, ana)] == [" went back"]


def test_a_clock_of_the_machine_that_jumps_repeats_no_rung_and_skips_none(database: Database) -> None:
    scene = Scene(database, organisation=kept(replace(LADDER, lease=LEASE.lease)))
    free, hers = scene.arrive(), claimed(scene, scene.person("Ana"))
    for hours in (1, -2, 2, 2, -2, 1, 1, 1, -2, 2, 1, 1, 1, 1, 1):
        scene.pass_time(hours=hours)
        strike(scene)
    assert scene.log(free) == ["arrived", *["escalated"] * 4]
    assert scene.log(hers)[:4] == ["arrived", "claimed", "asked", "returned"]


@pytest.mark.slow
@pytest.mark.race
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_replicas_take_each_step_once_in_fifty_rounds(database: Database) -> None:
    both = replace(LADDER, lease=LEASE.lease)
    scene, command = Scene(database, organisation=kept(both)), StrikeClocks(job="clocks")
    ana = scene.person("Ana")
    for _ in range(50):
        free, hers = scene.arrive(), claimed(scene, ana)
        for span in (timedelta(hours=4), timedelta(hours=1)):
            scene.now += span
            start = threading.Barrier(2)

            def look(start: threading.Barrier = start) -> None:
                start.wait(HANG_SECONDS)
                scene.database.submit(lambda session: scene.dispatcher.handle(session, command, scene.now)).result()

            replicas = [threading.Thread(target=look) for _ in range(2)]
            for one in replicas:
                one.start()
            for one in replicas:
                one.join()
        assert scene.log(free) == ["arrived", "escalated", "escalated"]
        assert scene.log(hers) == ["arrived", "claimed", "asked", "returned"]
        for mention in (free, hers):
            scene.do(DismissMention(who=ana, reference=at(scene.look(mention)), reason="spam"))


# --- quiet -----------------------------------------------------------------------------------------------------------


def test_who_sleeps_is_asked_in_their_morning_and_has_the_whole_time_to_answer(database: Database) -> None:
    night = Quiet(period=(1_200, 1_920))
    scene = Scene(database, organisation=kept(LEASE, quiet=night))
    ana = scene.person("Ana")
    scene.pass_time(hours=9)  # 18:58 in Berlin
    mention = claimed(scene, ana)
    scene.pass_time(hours=4)
    assert strike(scene) == 0
    assert clock(scene, mention, ClockKind.LEASE).next_at == utc("03 07:00")
    scene.now = utc("03 07:00")
    assert strike(scene) == 1
    assert clock(scene, mention, ClockKind.LEASE).next_at == utc("03 08:00")


def test_a_warning_waits_for_the_morning_and_is_not_sent_where_it_is_not_so_any_more(database: Database) -> None:
    promised = Targets(by_kind={ClockKind.FIRST_REPLY: Target(within=timedelta(hours=4))})
    scene = Scene(database, organisation=kept(promised, quiet=Quiet(period=(1_200, 1_920))))
    ana, ben = scene.person("Ana"), scene.person("Ben")
    scene.pass_time(hours=9)
    kept_one, given = claimed(scene, ana), claimed(scene, ana)
    scene.pass_time(hours=3)
    assert strike(scene) == 2
    assert [row.body is not None for row in in_channel(scene, "@UANA")] == [True, True]
    scene.do(AssignMention(who=ana, reference=at(scene.look(given)), person="Ben"))
    assert [one for one in told(scene, ana) if given.token in one] == []
    scene.pass_time(hours=2)
    assert strike(scene) == 2
    assert [f"You have #{kept_one.token}. Our first reply was due" in one for one in told(scene, ana)] == [True]
    assert any(given.token in one for one in told(scene, ben))


@pytest.mark.parametrize(("quiet", "when"), [(Quiet(), utc("03 08:00")), (Quiet(closed=False), None)])
def test_real_time_that_is_up_while_nobody_is_there_is_told_when_they_open(
    database: Database, quiet: Quiet, when: datetime | None
) -> None:
    promised = Targets(by_kind={ClockKind.CLAIM: Target(within=timedelta(hours=12), business=False)}, warn=1)
    scene = Scene(database, organisation=kept(promised, hours=OFFICE, quiet=quiet))
    mention = scene.arrive()
    scene.pass_time(hours=12, seconds=1)
    strike(scene)
    assert scene.log(mention) == ["arrived", "late"]
    message = table_of(Message)
    query = select(message.c.next_at).where(message.c.key.like(f"clock:{mention.id}:%"))
    assert scene.database.read(lambda session: session.connection().scalar(query)) == when


# --- the ladder ------------------------------------------------------------------------------------------------------


@pytest.fixture
def climbing(database: Database) -> Scene:
    """A scene in which others are told of what nobody in Finance has."""
    scene = Scene(database, organisation=kept(LADDER))
    scene.person("Ben", "ben@acme.example")
    return scene


def test_of_what_nobody_has_one_after_the_other_is_told_once(climbing: Scene) -> None:
    mention = climbing.arrive()
    deliver(climbing)
    for minutes, taken in ((29, 0), (1, 1), (0, 0), (30, 1), (60, 1), (60, 1), (600, 0)):
        climbing.pass_time(minutes=minutes)
        assert strike(climbing) == taken
        deliver(climbing)
    nobody = f"Nobody has #{mention.token}, for"
    assert [(one.title, one.calls) for one in notices(climbing, "C-FINANCE")] == [
        (f"{nobody} 30m.", ""),
        (f"{nobody} 1h.", "@finance"),
    ]
    assert told(climbing, climbing.who("UBEN")) == [f"{nobody} 2h."]
    assert [one.title for one in notices(climbing, "C-SUPPORT")] == [f"{nobody} 3h."]
    assert [one.verb for one in notices(climbing, "C-FINANCE")[0].buttons] == ["claim"]
    assert remarks(climbing, mention) == [
        "Told the channel",
        "Told @finance",
        "Told ben@acme.example",
        "Told support",
    ]
    assert clock(climbing, mention, ClockKind.CLAIM).due_at is None


def test_after_a_stop_nobody_is_told_four_things_at_once(climbing: Scene) -> None:
    mention = climbing.arrive()
    climbing.pass_time(hours=10)
    assert [strike(climbing), strike(climbing)] == [1, 0]
    climbing.pass_time(minutes=29)
    assert strike(climbing) == 0
    climbing.pass_time(minutes=1)
    assert strike(climbing) == 1
    assert clock(climbing, mention, ClockKind.CLAIM).next_at == climbing.now + timedelta(hours=1)


def test_what_somebody_took_meanwhile_pings_nobody(climbing: Scene) -> None:
    ana, mention = climbing.person("Ana"), climbing.arrive()
    climbing.pass_time(hours=1)
    strike(climbing)
    assert len(notices(climbing, "C-FINANCE")) == 1  # its card does not stand yet, so neither does this
    climbing.do(ClaimMention(who=ana, reference=at(mention)))
    assert notices(climbing, "C-FINANCE") == []
    climbing.pass_time(days=2)
    assert strike(climbing) == 0
    climbing.do(ReleaseMention(who=ana, reference=at(climbing.look(mention))))
    climbing.pass_time(minutes=30)
    assert strike(climbing) == 1


# --- where it is listed ----------------------------------------------------------------------------------------------


def listed(scene: Scene, who: str, **wanted: str) -> list[str]:
    """Return the tokens of a view of the board, in its order."""

    def work(session: Session) -> list[str]:
        visitor = Visitor(person_id=people.by_name(session, who)[0].id, name=who)
        view = Wanted(tab=Tab.ALL, **wanted)  # type: ignore[arg-type]
        return [one.token for one in read_board(session, scene.organisation, view, visitor, now=scene.now).cards]

    return scene.database.read(work)


def test_the_digest_lists_who_was_asked_and_what_went_back_and_the_board_shows_the_same(scene: Scene) -> None:
    ana = scene.person("Ana")
    went, waits = claimed(scene, ana), claimed(scene, ana)
    scene.pass_time(hours=4)
    assert strike(scene) == 2
    scene.do(SayStillOnIt(who=ana, reference=at(waits)))
    scene.pass_time(hours=1)
    strike(scene)
    scene.pass_time(hours=3)
    assert strike(scene) == 1
    assert listed(scene, "Ana", due="asked") == [waits.token]
    assert digest_of(scene)["Asked, not confirmed: 1"] == [(waits.token, scene.now + timedelta(hours=1))]
    scene.pass_time(days=1)
    assert (went.token, utc("02 13:58")) in digest_of(scene)["Went back by itself yesterday: 1"]


def test_what_is_due_first_stands_first_on_the_board_and_in_what_one_has(database: Database) -> None:
    long, short = (Target(within=timedelta(hours=one)) for one in (30, 4))
    promised = Targets(by_kind={ClockKind.FIRST_REPLY: long}, high={ClockKind.FIRST_REPLY: short})
    scene = Scene(database, organisation=kept(promised))
    ana = scene.person("Ana")
    early, urgent = claimed(scene, ana), claimed(scene, ana)
    scene.do(JudgeMention(who=ana, reference=at(urgent), risk="risk"))
    scene.pass_time(hours=3)
    assert (listed(scene, "Ana", due="today"), listed(scene, "Ana", due="late")) == ([urgent.token], [])
    scene.pass_time(hours=21)
    assert listed(scene, "Ana", due="late") == [urgent.token]
    assert listed(scene, "Ana", due="today") == [early.token]
    scene.pass_time(hours=7)
    assert listed(scene, "Ana", due="late") == [urgent.token, early.token]
    notice = scene.do(AskMine(who=ana)).notice
    assert notice is not None
    said = {line.token: (line.text.rpartition("— ")[2], line.at) for line in notice.sections[0].lines}
    assert said[urgent.token] == ("first reply was due", utc("02 12:58"))
