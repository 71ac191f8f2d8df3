"""Questions: they answer whoever asks, count what they leave out, and change nothing."""

from dataclasses import replace

from handlers.ask.all_commands import AskCommands
from handlers.ask.digest import AskDigest
from handlers.ask.home import AskHome
from handlers.ask.list_unclaimed import AskList
from handlers.ask.log import AskLog
from handlers.ask.mine import AskMine
from handlers.ask.show_help import AskHelp
from handlers.base.cards import MAX_LINES, Line
from handlers.base.command import Answer, ByToken
from handlers.base.stored import from_json, to_json
from handlers.base.usage import usage
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.hand_off import HandOffMention
from handlers.own.note import NoteMention
from handlers.own.snooze import SnoozeMention
from handlers.own.take_over import TakeOverMention
from handlers.people.accounts import Account, learn_account, sync_members
from handlers.verbs import ON_CARDS, OTHERS
from storage.own import ownership
from storage.tables.states import Via
from tests.harness.scene import Scene, at


def lines(answer: Answer, section: int = 0) -> list[Line]:
    assert answer.notice is not None
    return list(answer.notice.sections[section].lines) if answer.notice.sections else []


def tokens(answer: Answer, section: int = 0) -> list[str]:
    return [line.token for line in lines(answer, section)]


def test_help_shows_five_daily_things_with_buttons_and_the_rest_behind_one(scene: Scene) -> None:
    scene.organisation = replace(scene.organisation, desk_url="https://dibs.acme.example")
    scene.dispatcher = replace(scene.dispatcher, organisation=scene.organisation)
    ana, mention = scene.person("Ana"), scene.arrive()
    answer = scene.do(AskHelp(who=ana))
    *daily, claiming = lines(answer)
    assert [one.button.label for one in daily if one.button] == [
        "Unclaimed",
        "Mine",
        "Bring in a post",
        "Digest",
        "Open the desk",
    ]
    assert claiming.text == f"To look after a mention, press Claim on its card, or type /dibs claim #{mention.token}"
    assert answer.notice is not None
    assert [one.label for one in answer.notice.buttons] == ["All commands"]
    assert all(len(one.text) < 120 for one in lines(answer))


def test_all_commands_names_every_verb_and_question_as_it_is_typed(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    typed, pressed = scene.do(AskHelp(who=ana, about=" ALL ")), scene.do(AskCommands(who=ana))
    assert typed == pressed
    for shown, verbs in ((lines(typed), ON_CARDS), (lines(typed, 1), OTHERS)):
        assert [one.text for one in shown] == [f"/dibs {usage(verb)} — {verb.help}" for verb in verbs if verb.help]
    assert typed.notice is not None
    assert f"such as #{mention.token}" in typed.notice.sections[0].title
    teams = scene.do(AskHelp(who=replace(ana, types="@Dibs"), about="all"))
    assert all(one.text.startswith("@Dibs ") for one in (*lines(teams), *lines(teams, 1)))


def test_help_with_one_command_tells_of_that(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    answer = scene.do(AskHelp(who=ana, about="snooze"))
    assert answer.text.startswith("/dibs snooze REF UNTIL — look at it later")
    assert answer.text.endswith(f"For example: /dibs snooze #{mention.token} 2h")
    wrong = scene.do(AskHelp(who=ana, about="snoze"))
    assert wrong.text == ("I do not know 'snoze'. Did you mean /dibs help snooze? Type /dibs help all to see all.")
    assert not wrong.ok


def test_where_nothing_is_typed_help_says_what_is_pressed(scene: Scene) -> None:
    seat = replace(scene.person("Ana"), types=None)
    answer = scene.do(AskHelp(who=seat))
    assert [one.button.label for one in lines(answer) if one.button] == [
        "Unclaimed",
        "Review",
        "Mine",
        "Bring in a post",
        "Digest",
    ]
    told = repr((answer, scene.do(AskHelp(who=seat, about="all"))))
    assert "/dibs" not in told
    assert "REF" not in told
    assert "type" not in told.lower().replace("types=", "")


def test_the_list_holds_what_nobody_has_in_ones_own_department_oldest_first(scene: Scene) -> None:
    ana = scene.person("Ana")
    first = scene.arrive()
    scene.pass_time(minutes=1)
    second, taken, elsewhere = scene.arrive(), scene.arrive(), scene.arrive("Hello")
    scene.do(ClaimMention(who=ana, reference=at(taken)))
    answer = scene.do(AskList(who=ana))
    assert answer.text == "Unclaimed in Finance: 2"
    assert tokens(answer) == [first.token, second.token]
    assert {line.button.verb for line in lines(answer) if line.button} == {"claim"}
    assert tokens(scene.do(AskList(who=ana, department="#support-social"))) == [elsewhere.token]


def test_a_long_list_counts_what_it_leaves_out(scene: Scene) -> None:
    ana = scene.person("Ana")
    scene.ingest(*(scene.posted() for _ in range(MAX_LINES + 5)))
    answer = scene.do(AskList(who=ana))
    assert answer.notice is not None
    assert (len(lines(answer)), answer.notice.sections[0].more) == (MAX_LINES, 5)


def test_an_unknown_department_is_refused_with_those_that_there_are(scene: Scene) -> None:
    answer = scene.do(AskList(who=scene.person("Ana"), department="legal"))
    assert answer.text == "There is no department 'legal'. There are: support, finance."
    assert not answer.ok


def test_mine_holds_what_is_open_or_waiting_and_nothing_of_others(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    held, asleep, done, theirs = (scene.arrive() for _ in range(4))
    for mention in (held, asleep, done):
        scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(ClaimMention(who=ben, reference=at(theirs)))
    scene.do(SnoozeMention(who=ana, reference=ByToken(asleep.token), until="2h"))
    scene.do(DismissMention(who=ana, reference=ByToken(done.token)))
    answer = scene.do(AskMine(who=ana))
    assert (answer.text, tokens(answer)) == ("Yours: 2", [held.token, asleep.token])
    assert scene.do(AskMine(who=scene.person("Zoe"))).text == "You have nothing at the moment."


def test_home_shows_mine_and_what_is_free_in_my_department(scene: Scene) -> None:
    ana = scene.person("Ana")
    mine, free = scene.arrive(), scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mine)))
    answer = scene.do(AskHome(who=ana))
    assert answer.notice is not None
    assert [one.title for one in answer.notice.sections] == ["Mine", "Unclaimed in Finance"]
    assert (tokens(answer, 0), tokens(answer, 1)) == ([mine.token], [free.token])


def test_home_counts_what_waits_shows_five_of_each_and_offers_what_is_about_no_mention(scene: Scene) -> None:
    scene.organisation = replace(scene.organisation, desk_url="https://dibs.acme.example")
    scene.__post_init__()
    ana = scene.person("Ana")
    for number in range(8):
        mention = scene.arrive()
        if number < 2:
            scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h"))
    asleep = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(asleep)))
    scene.do(SnoozeMention(who=ana, reference=ByToken(asleep.token), until="2h"))
    notice = scene.do(AskHome(who=ana)).notice
    assert notice is not None
    assert notice.title == "0 to review · 2 yours · 5 unclaimed · 1 waiting"
    assert [(one.title, len(one.lines), one.more) for one in notice.sections] == [
        ("Mine", 3, 0),
        ("Unclaimed in Finance", 5, 0),
    ]
    assert notice.sections[0].lines[-1].token == asleep.token, "what waits for an hour comes behind what waits for us"
    assert [(one.verb, one.label, one.value) for one in notice.buttons] == [
        ("add", "Bring in a post", ""),
        ("desk", "Open the desk", ""),
    ]
    assert from_json(to_json(notice)) == notice
    scene.arrive()
    more = scene.do(AskHome(who=ana)).notice
    assert more is not None
    assert (len(more.sections[1].lines), more.sections[1].more) == (5, 1)


def test_home_says_in_a_sentence_that_nothing_waits(scene: Scene) -> None:
    ana, zoe = scene.person("Ana", "ana@acme.example"), scene.who("UZOE", "Zoe", channel="C-ELSEWHERE")
    notice = scene.do(AskHome(who=ana)).notice
    assert notice is not None
    assert (notice.title, notice.sections) == ("Nothing waits. New cards come into #finance-care.", ())
    assert [one.verb for one in notice.buttons] == ["add"], "there is no desk"
    on_teams = replace(ana, platform="teams", workspace="T", external_id="aad-ana", channel="")
    known = Account(platform="teams", workspace="T", external_id="aad-ana", name="Ana", email="ana@acme.example")
    scene.database.write(lambda session: learn_account(session, known, scene.now))
    scene.database.write(lambda session: sync_members(session, scene.organisation, {}))
    assert scene.do(AskHome(who=on_teams)).text == "Nothing waits. New cards come into the channel of Finance."
    expected = "Nothing waits. New cards come into the channels of their departments."
    assert scene.do(AskHome(who=zoe)).text == expected


def test_the_log_says_who_had_it_when_why_and_by_what_way(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention), via=Via.EMOJI))
    scene.pass_time(hours=1)
    scene.do(TakeOverMention(who=ben, reference=ByToken(mention.token), reason="Ana is away.", via=Via.BUTTON))
    scene.do(HandOffMention(who=ben, reference=ByToken(mention.token), department="support", via=Via.COMMAND))
    answer = scene.do(AskLog(who=ana, reference=ByToken(mention.token)))
    assert [line.text for line in lines(answer)] == [
        "It arrived for Finance · source",
        "Ana claimed it · Finance · emoji",
        "Ben took it over from Ana · Finance · button: Ana is away.",
        "Ben handed it off from Finance to Customer support · Finance · command",
    ]
    assert lines(answer)[2].at == scene.now
    assert answer.notice is not None
    assert answer.notice.footer == "New. Nobody has it."


def test_a_long_log_ends_with_its_newest_rows_and_counts_the_others(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    for number in range(20):
        scene.do(NoteMention(who=ana, reference=at(mention), text=f"Remark {number}"))
    answer = scene.do(AskLog(who=ana, reference=ByToken(mention.token)))
    assert len(lines(answer)) == 15
    assert lines(answer)[-1].text.endswith("Remark 19")
    assert answer.notice is not None
    assert answer.notice.footer.startswith("6 earlier rows are on the desk.")


def test_questions_change_nothing(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    before = scene.database.read(ownership.head)
    for question in (AskHelp(who=ana), AskList(who=ana), AskMine(who=ana), AskHome(who=ana), AskDigest(who=ana)):
        assert scene.do(question).ok
    assert scene.do(AskLog(who=ana, reference=at(mention))).ok
    assert scene.look(mention) == mention
    assert scene.database.read(ownership.head) == before


def test_the_digest_is_of_the_department_that_is_asked_for_else_ones_own(scene: Scene) -> None:
    ana, nobody = scene.person("Ana"), scene.who("UZOE", "Zoe", channel="C-ELSEWHERE")
    assert scene.do(AskDigest(who=ana)).text.startswith("Finance, Monday 2 March.")
    assert scene.do(AskDigest(who=ana, department="support")).text.startswith("Customer support, Monday 2 March.")
    assert scene.do(AskDigest(who=nobody)).text.startswith("Customer support,")
