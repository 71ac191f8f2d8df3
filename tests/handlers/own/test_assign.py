"""Assign: what nobody owns may be given to a colleague; what is owned, by its owner; the colleague is told."""

from functools import partial

import pytest

from handlers.base.command import Answer, ByToken
from handlers.base.stored import from_json
from handlers.dispatch.text_commands import Typed, read_command
from handlers.draw.refresh import refresh
from handlers.own.assign import AssignMention
from handlers.own.claim import ClaimMention
from handlers.own.release import ReleaseMention
from handlers.own.resolve import ResolveMention
from handlers.people.accounts import Account, learn_account
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import IdentityKind
from tests.harness.channels import deliver, in_channel, last, notices, person_id, remarks, told
from tests.harness.scene import Scene, at


def test_anyone_gives_a_free_one_to_a_colleague_who_is_told(scene: Scene) -> None:
    ana, ben = scene.person("Ana", "ana@acme.example"), scene.person("Ben", "ben@acme.example")
    mention = scene.arrive()
    answer = scene.do(AssignMention(who=ana, reference=at(mention), person="ben@acme.example", note="You know them."))
    now = scene.look(mention)
    assert answer.text == f"Ben has #{mention.token} now."
    assert (now.status, now.version) == ("claimed", mention.version + 1)
    assert now.first_claimed_at == scene.now
    row = last(scene, mention)
    assert (row["action"], row["from_owner_id"], row["to_owner_id"]) == ("assigned", None, now.owner_id)
    assert remarks(scene, mention) == ["You know them."]
    assert told(scene, ben) == [f"Ana gave you #{mention.token}: You know them."]
    assert told(scene, ana) == []


def test_it_may_be_given_back_in_the_direct_message_which_then_says_so(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(AssignMention(who=ana, reference=at(mention), person="Ben"))
    deliver(scene)

    def shown() -> tuple[str, str, bool]:
        (row,) = in_channel(scene, f"@{ben.external_id}")
        notice = scene.database.read(lambda db: refresh(db, scene.organisation, from_json(row.body or "")))
        (line,) = notice.sections[0].lines
        return line.text, line.button.value if line.button else "", row.version > row.shown_version

    text, value, _ = shown()
    assert text.endswith("— Ben has it.")
    token, version = value.split(".")
    scene.do(ReleaseMention(who=ben, reference=ByToken(token, int(version))))
    assert shown() == (f"#{mention.token} Where is my refund?", "", True)


def test_the_direct_message_leads_to_the_post(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive("Where is my refund?")
    scene.do(AssignMention(who=ana, reference=at(mention), person="Ben"))
    (notice,) = notices(scene, f"@{ben.external_id}")
    (line,) = notice.sections[0].lines
    assert line.text == "Where is my refund?"
    assert line.link is not None
    assert line.link.url.startswith("https://blog.example/")


def test_owner_gives_it_on_and_nobody_else_does(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    scene.person("Chloe")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    refused = scene.do(AssignMention(who=ben, reference=ByToken(mention.token), person="Chloe"))
    assert refused.text == f"Ana has #{mention.token}. Take it over first if you want to change it."
    owner = person_id(scene, mention)
    given = scene.do(AssignMention(who=ana, reference=ByToken(mention.token), person="Chloe"))
    assert given.ok
    assert last(scene, mention)["from_owner_id"] == owner
    assert scene.log(mention) == ["arrived", "claimed", "assigned"]


def test_giving_it_to_oneself_tells_nobody(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    assert scene.do(AssignMention(who=ana, reference=at(mention), person="Ana")).ok
    assert told(scene, ana) == []


def test_giving_it_to_its_owner_is_refused(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    answer = scene.do(AssignMention(who=ana, reference=ByToken(mention.token), person="Ana"))
    assert not answer.ok
    assert answer.fields == {"person": "Ana has it already."}


@pytest.mark.parametrize("name", ["Nobody", "person:999", "person:99999999999999999999", "x@acme.example", "@", ""])
def test_an_unknown_colleague_is_refused_in_the_field(scene: Scene, name: str) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    answer = scene.do(AssignMention(who=ana, reference=at(mention), person=name))
    assert not answer.ok
    assert "I know nobody called" in answer.fields["person"]
    assert scene.log(mention) == ["arrived"]


def test_two_colleagues_of_one_name_are_not_guessed_between(scene: Scene) -> None:
    ana = scene.person("Ana")
    scene.person("Kim", account="U1")
    scene.person("Kim", account="U2")
    mention = scene.arrive()
    assert not scene.do(AssignMention(who=ana, reference=at(mention), person="kim")).ok
    assert scene.do(AssignMention(who=ana, reference=at(mention), person="slack:T1:U2")).ok


def test_nobody_is_made_up_from_an_account_that_no_platform_has_met(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    for account in ("slack:T1:UNEW", "slack:T2:UFAR", "teams:T1:UFAR"):
        assert not scene.do(AssignMention(who=ana, reference=at(mention), person=account)).ok
        platform, workspace, name = account.split(":")
        found = partial(people.known, platform=platform, workspace=workspace, external_id=name)
        assert scene.database.read(found) is None


@pytest.mark.parametrize("kind", [IdentityKind.GUEST, IdentityKind.OUTSIDER, IdentityKind.BOT])
@pytest.mark.parametrize("words", ["slack:T1:UGUS", "Gus"])
def test_only_our_own_people_are_given_one(scene: Scene, kind: IdentityKind, words: str) -> None:
    ana = scene.person("Ana")
    gus = Account(platform="slack", workspace="T1", external_id="UGUS", name="Gus", kind=kind)
    scene.database.write(lambda session: learn_account(session, gus, scene.now))
    mention = scene.arrive()
    answer = scene.do(AssignMention(who=ana, reference=at(mention), person=words))
    assert answer.fields == {"person": "Only our own people can own a mention."}


def test_who_left_is_given_nothing(scene: Scene) -> None:
    ana = scene.person("Ana")
    gone = Account(platform="slack", workspace="T1", external_id="UBEN", name="Ben", active=False)
    scene.database.write(lambda session: learn_account(session, gone, scene.now))
    mention = scene.arrive()
    answer = scene.do(AssignMention(who=ana, reference=at(mention), person="slack:T1:UBEN"))
    assert answer.fields == {"person": "Ben is not here any more."}


def test_a_closed_one_and_a_stale_form_are_refused(scene: Scene) -> None:
    ana = scene.person("Ana")
    scene.person("Ben")
    mention = scene.arrive()
    scene.do(ResolveMention(who=ana, reference=at(mention)))
    stale = scene.do(AssignMention(who=ana, reference=at(mention), person="Ben"))
    assert "changed since this was shown" in stale.text
    closed = scene.do(AssignMention(who=ana, reference=ByToken(mention.token), person="Ben"))
    assert "Reopen it first" in closed.text
    assert scene.log(mention) == ["arrived", "resolved"]


def typed(scene: Scene, mention: MentionRow, words: str) -> Answer:
    """Type ``assign`` as Ana."""
    return scene.do(read_command(Typed(text=f"assign #{mention.token} {words}", who=scene.who("UANA"), request_key="")))


@pytest.mark.parametrize(
    ("words", "owner", "note"),
    [
        ("Dora Lind", "Dora Lind", ""),
        ("dora lind please look", "Dora Lind", "please look"),
        ("Dora Lind, please look", "Dora Lind", "please look"),
        ("Dora please look", "Dora", "please look"),
        ("Dora Lindberg knows", "Dora", "Lindberg knows"),
        ('"Dora" Lind knows', "Dora", "Lind knows"),
        ("«Dora Lind» please", "Dora Lind", "please"),
        ("@Dora Lind please", "Dora Lind", "please"),
        ("Tim O'Neil please", "Tim O’Neil", "please"),
        ("‘Tim O’Neil’ please", "Tim O’Neil", "please"),
        ("dora@acme.example, please", "Dora", "please"),
        ("me", "Ana", ""),
        ("Me please", "Ana", "please"),
        ("@me, later", "Ana", "later"),
        ('"me" later', "Ana", "later"),
        ("Dora Lind line one\nline two", "Dora Lind", "line one\nline two"),
    ],
)
def test_names_are_typed_as_they_are_read(scene: Scene, words: str, owner: str, note: str) -> None:
    scene.person("Ana")
    scene.person("Dora", "dora@acme.example")
    scene.person("Dora Lind", account="ULIND")
    scene.person("Tim O’Neil", account="UTIM")
    mention = scene.arrive()
    assert typed(scene, mention, words).text == f"{owner} has #{mention.token} now."
    assert remarks(scene, mention) == ([note] if note else [])


def test_a_name_of_several_words_that_two_bear_is_answered_as_such(scene: Scene) -> None:
    ana = scene.person("Ana")
    scene.person("Kim Ode", account="U1")
    scene.person("Kim Ode", account="U2")
    scene.person("Kim", account="U3")
    mention = scene.arrive()
    for words in ("Kim Ode please", '"Kim Ode" please', "kim ode"):
        answer = typed(scene, mention, words)
        assert answer.text.startswith("More than one person is called Kim Ode."), words
        assert answer.fields
    formed = scene.do(AssignMention(who=ana, reference=at(mention), person="Kim Ode"))
    assert formed.text.startswith("More than one person is called Kim Ode.")
    assert scene.log(mention) == ["arrived"]
    assert typed(scene, mention, "Kim, Ode is away").ok


def test_of_two_of_one_name_it_is_the_one_who_can_own(scene: Scene) -> None:
    scene.person("Ana")
    bot = Account(platform="slack", workspace="T1", external_id="UBOT", name="Kim Ode", kind=IdentityKind.BOT)
    scene.database.write(lambda session: learn_account(session, bot, scene.now))
    scene.person("Kim Ode", account="U1")
    assert typed(scene, scene.arrive(), "Kim Ode please").ok


def test_who_is_called_me_is_meant_by_it(scene: Scene) -> None:
    scene.person("Ana")
    scene.person("Me", account="UME")
    mention = scene.arrive()
    assert typed(scene, mention, "me").text == f"Me has #{mention.token} now."


def test_a_form_takes_a_name_and_a_note_as_they_stand_in_their_fields(scene: Scene) -> None:
    ana = scene.person("Ana")
    scene.person("Dora")
    scene.person("Dora Lind", account="ULIND")
    mention = scene.arrive()
    answer = scene.do(AssignMention(who=ana, reference=at(mention), person="Dora", note="Lind knows her"))
    assert answer.text == f"Dora has #{mention.token} now."
    assert remarks(scene, mention) == ["Lind knows her"]


@pytest.mark.parametrize("words", ["Lind please", "Dora_Lind please", "Dor please", '"Dora Lind please"', "myself"])
def test_what_only_looks_like_a_name_is_nobodys(scene: Scene, words: str) -> None:
    scene.person("Ana")
    scene.person("Dora Lind", account="ULIND")
    mention = scene.arrive()
    assert typed(scene, mention, words).text.startswith("I know nobody called")
    assert scene.log(mention) == ["arrived"]
