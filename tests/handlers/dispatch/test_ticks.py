"""Rules of ticks: what is to be done once names its slot, and the Dispatcher gives each slot to one."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial

import pytest

from handlers.ask.theme import ChangeTheme
from handlers.base.clocks import Target, Targets
from handlers.base.command import TimedCommand
from handlers.base.organisation import DigestTime, Reports, Retention, VoiceNotice
from handlers.dispatch.ticks import HANDLERS, TICKS, Prepare, Tick
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.snooze import SnoozeMention
from handlers.people.accounts import Account, learn_account
from handlers.report.weekly import SendWeekly
from storage.channels import messages
from storage.engine.database import Session
from storage.listen import kept, mutes
from storage.reply import drafts
from storage.report import tellings, themes
from storage.search.due import begin_anew
from storage.tables.states import ClockKind, DraftState
from tests.harness.counted import count
from tests.harness.scene import Scene, at
from tests.harness.threads import begun


def commands(scene: Scene, tick: Tick) -> list[TimedCommand]:
    """Return what a tick would have done now."""

    def prepare(step: Prepare) -> TimedCommand | None:
        return scene.database.read(lambda session: scene.dispatcher.prepare(session, step, scene.now))

    return [one for one in map(prepare, tick.steps(scene.organisation).values()) if one is not None]


@pytest.fixture
def due(scene: Scene) -> Scene:
    """A scene in which every tick has something to do."""
    support, finance = scene.organisation.departments
    promised = Targets(by_kind={ClockKind.CLAIM: Target(within=timedelta(hours=1))})
    busy = replace(finance, digest=DigestTime(at=time(0)), targets=promised)
    weekly = Reports(weekly=DigestTime(at=time(0)), homes={"slack": "C0ALL0000"})
    voice = VoiceNotice(department="support", when=DigestTime(at=time(0)))
    scene.organisation = replace(scene.organisation, departments=(support, busy), reports=weekly, voice=voice)
    scene.organisation = replace(scene.organisation, retention=Retention(days=30))
    scene.__post_init__()
    scene.arrive()
    scene.do(SnoozeMention(who=scene.person("Ana"), reference=at(scene.arrive()), until="2h"))
    lead, _ = begun(scene)
    scene.do(DismissMention(who=scene.person("Ana"), reference=at(lead)))
    mention = scene.arrive()
    scene.do(ClaimMention(who=scene.person("Ben"), reference=at(mention)))
    until = {"at": scene.now, "until": scene.now + timedelta(hours=1)}
    muted = {"token": "m3k9z", "kind": "source", "source": "blog", "mention_id": mention.id, "by_id": 1, **until}
    scene.database.write(lambda session: mutes.add(session, author="", needle="", department_id=None, **muted))
    gone = Account(platform="slack", workspace="T1", external_id="UBEN", name="Ben", active=False)
    scene.database.write(lambda session: learn_account(session, gone, scene.now))
    count(scene.database, scene.organisation.timezone)
    scene.database.write(begin_anew)
    row = kept.packed("blog", b"{}", "application/json", "It has no text.", scene.now)
    scene.database.write(lambda session: kept.keep(session, row))
    theme = ChangeTheme(who=scene.person("Ana"), what="name", name="Late refunds", query="refund late")
    assert scene.do(theme).ok
    scene.database.write(partial(went_out, mention_id=mention.id, now=scene.now))
    scene.pass_time(days=1)
    scene.arrive()
    return scene


def went_out(session: Session, mention_id: int, now: datetime) -> None:
    """Let the reply be out that tells an author that a theme is mended."""
    draft = drafts.add(session, token="d7f2x", mention_id=mention_id, person_id=1, text="It works again. Ana", now=now)
    assert draft is not None
    drafts.change(session, draft, now, state=str(DraftState.PUBLISHED))
    tellings.add(session, themes.alive(session)[0].id, mention_id, draft.id)


@pytest.mark.parametrize("tick", TICKS, ids=lambda tick: tick.name)
def test_what_is_done_once_names_its_slot_and_what_is_done_everywhere_names_none(due: Scene, tick: Tick) -> None:
    found = commands(due, tick)
    assert found
    assert all(type(one) in HANDLERS and one.job for one in found)
    assert all(bool(one.slot) == tick.once for one in found)


def test_a_slot_is_done_by_one_of_two_who_prepared_it(due: Scene) -> None:
    (tidy,) = (command for tick in TICKS if tick.name == "tidy" for command in commands(due, tick))
    answers = [due.database.write(lambda session: due.dispatcher.handle(session, tidy, due.now)) for _ in range(2)]
    assert [(one.ok, one.repeated) for one in answers] == [(True, False), (False, True)]


def test_a_week_is_told_once_in_the_companys_channel_and_a_department_with_too_few_people_is_not_asked_again(
    due: Scene,
) -> None:
    (tick,) = (one for one in TICKS if one.name == "weekly")
    (found,) = commands(due, tick)
    assert isinstance(found, SendWeekly)
    assert [(key, told is not None) for key, told in found.notices.items()] == [
        *[("", True), ("support", False), ("finance", False)]
    ]
    for _ in range(2):  # of two who prepared it
        assert due.database.write(partial(due.dispatcher.handle, command=found, now=due.now)).ok
    assert commands(due, tick) == []
    row = due.database.read(lambda session: messages.by_key(session, "weekly::C0ALL0000:2026-W09"))
    assert row is not None
