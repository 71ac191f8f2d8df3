"""One of us, now: the one question over all accounts of a person, whichever of them is told of last."""

from dataclasses import dataclass, replace
from functools import partial
from random import Random, SystemRandom

import pytest
from sqlmodel import Session

from handlers.base.command import Who
from handlers.base.errors import NotAllowed
from handlers.own.note import NoteMention
from handlers.people import sign_in
from handlers.people.accounts import Account, learn_account
from handlers.people.sign_in import LINK_LIVES
from storage.people import identities, people
from storage.people.sessions import KeyKind
from storage.tables.states import DESK, IdentityKind
from tests.harness.scene import Scene, at

PLATFORMS = {"slack": "T1", "teams": "tenant"}


@dataclass(frozen=True)
class State:
    """What a platform says of an account, and whether it may act by itself and with a full member's beside it."""

    kind: IdentityKind
    active: bool = True

    @property
    def told(self) -> tuple[IdentityKind, bool]:
        return self.kind, self.active


MEMBER, GUEST = State(IdentityKind.MEMBER), State(IdentityKind.GUEST)
STATES = (
    MEMBER,
    MEMBER,
    GUEST,
    State(IdentityKind.MEMBER, active=False),
    State(IdentityKind.GUEST, active=False),
    State(IdentityKind.OUTSIDER, active=False),
    State(IdentityKind.BOT, active=False),
)


def learn(scene: Scene, number: int, index: int, state: State) -> int:
    """Let a platform tell of the account with this index of the person with this number."""
    platform = ("slack", "teams")[index % 2]
    account = Account(
        platform=platform,
        workspace=PLATFORMS[platform],
        external_id=f"U{number}-{index}",
        name=f"Ana {number}",
        email=f"ana{number}@acme.example",
        kind=state.kind,
        active=state.active,
    )
    return scene.learn(account)


def is_active(scene: Scene, person_id: int) -> bool:
    return scene.database.read(lambda session: people.is_active(session, person_id))


def tell(scene: Scene, account: Account) -> int:
    return scene.learn(account)


def acts(scene: Scene, who: Who) -> bool:
    mention = scene.arrive()
    return scene.do(NoteMention(who=who, reference=at(mention), text="Look.")).ok


def who_of(number: int, index: int) -> Who:
    platform = ("slack", "teams")[index % 2]
    return Who(platform=platform, workspace=PLATFORMS[platform], external_id=f"U{number}-{index}")


def looks(scene: Scene, person_id: int) -> bool:
    """Say whether somebody who has a way in sees the desk."""

    def look(session: Session) -> bool:
        key = sign_in.make_link(session, person_id, KeyKind.LINK, scene.now, LINK_LIVES, SystemRandom())
        token = sign_in.enter(session, key, scene.now, SystemRandom())
        try:
            return token is not None and sign_in.visitor(session, token, scene.organisation, scene.now) is not None
        except NotAllowed:
            return False

    return scene.database.write(look)


@pytest.mark.parametrize("guests", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_any_number_of_accounts_in_any_states_and_any_order_are_one_person(
    scene: Scene, seed: int, guests: bool
) -> None:
    random = Random(seed)
    scene.organisation = replace(scene.organisation, guests=guests)
    scene.dispatcher = replace(scene.dispatcher, organisation=scene.organisation)
    for number in range(3):
        count = random.randint(1, 4)
        ids = {learn(scene, number, index, MEMBER) for index in random.sample(range(count), count)}
        assert len(ids) == 1  # one address is one person
        (person_id,) = ids
        states = [random.choice(STATES) for _ in range(count)]
        for index in random.sample(range(count), count) + random.choices(range(count), k=2):
            learn(scene, number, index, states[index])
        living = [one for one in states if one.active]
        full = MEMBER in living
        ours = full or (guests and GUEST in living)
        assert is_active(scene, person_id) is bool(living)
        assert looks(scene, person_id) is ours
        seat = Who(platform=DESK, workspace=DESK, external_id=str(person_id))
        if living:
            assert acts(scene, seat) is ours
        for index, state in enumerate(states):
            assert acts(scene, who_of(number, index)) is (ours and state.active), (states, index)


def test_whichever_account_is_read_last_who_came_back_with_a_new_one_is_here(scene: Scene) -> None:
    former, came_back = State(IdentityKind.MEMBER, active=False), MEMBER
    for order in ((0, 2), (2, 0), (0, 2, 0)):
        for index in order:
            person = learn(scene, 1, index, former if index == 0 else came_back)
        assert acts(scene, who_of(1, 2)), order
        assert not acts(scene, who_of(1, 0)), order
    assert scene.database.read(lambda session: people.get(session, person)).left_at is None


def test_what_an_account_that_ended_is_called_renames_nobody(scene: Scene) -> None:
    told = Account(platform="slack", workspace="T1", external_id="UNEW", name="Ana Smith", email="ana@acme.example")
    before = replace(told, external_id="UOLD", name="Ana Lopez (left)", timezone="Asia/Tokyo", active=False)
    for one in (told, before):
        person = tell(scene, one)
    row = scene.database.read(lambda session: people.get(session, person))
    assert (row.name, row.timezone) == ("Ana Smith", None)


def test_a_gesture_that_tells_of_a_guest_is_newer_than_what_we_know(scene: Scene) -> None:
    learn(scene, 1, 1, MEMBER)
    assert acts(scene, who_of(1, 1))
    assert not acts(scene, replace(who_of(1, 1), kind=IdentityKind.GUEST))
    learn(scene, 1, 0, MEMBER)  # a full member on the other platform
    assert acts(scene, replace(who_of(1, 1), kind=IdentityKind.GUEST))
    assert not acts(scene, replace(who_of(1, 1), kind=IdentityKind.OUTSIDER))


def test_since_when_somebody_is_gone_is_told_by_the_last_account_that_ended(scene: Scene) -> None:
    ended = State(IdentityKind.MEMBER, active=False)
    for index in (0, 1):
        learn(scene, 1, index, MEMBER)
    person = learn(scene, 1, 0, ended)
    scene.pass_time(hours=3)
    learn(scene, 1, 1, ended)
    last = scene.now
    scene.pass_time(minutes=20)
    learn(scene, 1, 0, ended)
    assert scene.database.read(lambda session: people.get(session, person)).left_at == last
    learn(scene, 1, 1, MEMBER)
    assert scene.database.read(lambda session: people.get(session, person)).left_at is None


def test_who_turned_out_to_be_somebody_else_is_not_there_any_more(scene: Scene) -> None:
    stranger = scene.person("ana", account="UNEW")
    learn(scene, 1, 0, MEMBER)
    former = scene.database.read(lambda session: identities.find(session, "slack", "T1", "UNEW"))
    assert former is not None
    told = Account(platform="slack", workspace="T1", external_id="UNEW", name="Ana 1", email="ana1@acme.example")
    tell(scene, told)
    gone = scene.database.read(lambda session: people.get(session, former.person_id))
    assert (gone.active, gone.left_at) == (False, scene.now)
    assert acts(scene, stranger)  # as the one whom we knew


@pytest.mark.race
def test_accounts_of_one_person_that_end_at_one_moment_end_the_person(scene: Scene) -> None:
    ended = State(IdentityKind.MEMBER, active=False)
    for number in range(5):
        for index in range(4):
            person = learn(scene, number, index, MEMBER)
        told = [
            Account(
                platform=("slack", "teams")[index % 2],
                workspace=PLATFORMS[("slack", "teams")[index % 2]],
                external_id=f"U{number}-{index}",
                name="Ana",
                email=f"ana{number}@acme.example",
                kind=ended.kind,
                active=False,
            )
            for index in range(4)
        ]
        waiting = [scene.database.submit(partial(learn_account, account=one, now=scene.now)) for one in told]
        assert {one.result() for one in waiting} == {person}
        assert not is_active(scene, person)
