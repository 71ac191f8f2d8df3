"""Typed commands: every verb by its own table; what is missing is asked for, never guessed."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import Session

from handlers.ask.digest import AskDigest
from handlers.ask.home import AskHome
from handlers.ask.list_unclaimed import AskList
from handlers.ask.log import AskLog
from handlers.ask.mine import AskMine
from handlers.ask.show_help import AskHelp
from handlers.base.cards import Notice
from handlers.base.command import ByCard, ByToken, ByUrl, Command, MentionCommand, Reference
from handlers.base.errors import WrongInput
from handlers.base.verb import On, Verb
from handlers.dispatch.text_commands import Typed, read_command
from handlers.own.assign import AssignMention
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.hand_off import HandOffMention
from handlers.own.note import NoteMention
from handlers.own.release import ReleaseMention
from handlers.own.reopen import ReopenMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.own.split import SplitMention
from handlers.own.take_over import TakeOverMention
from handlers.own.wake import WakeMention
from handlers.reply.confirm import ConfirmReply
from handlers.reply.draft import DraftReply
from handlers.reply.posted_by_hand import PostedReply
from handlers.reply.publish import PublishDraft
from handlers.reply.review import ReviewDraft
from handlers.reply.withdraw import WithdrawDraft
from handlers.verbs import ON_CARDS, VERBS
from storage.own import clocks, mentions
from storage.own.clocks import ClockRow
from storage.reply import drafts, publications
from storage.tables.states import ClockKind, DraftState, Held, PublicationState, Via
from tests.harness.held import keep_back
from tests.harness.samples import sample
from tests.harness.scene import Scene, at
from tests.harness.storms import fold_under

TYPED: dict[str, tuple[str, type[MentionCommand], dict[str, str]]] = {
    "claim": ("claim #k7f2", ClaimMention, {}),
    "release": ("release k7f2", ReleaseMention, {}),
    "assign": ("assign #k7f2 slack:T1:U1 over to you", AssignMention, {"person": "slack:T1:U1", "note": "over to you"}),
    "takeover": ("takeover #k7f2 you are away", TakeOverMention, {"reason": "you are away"}),
    "handoff": ("handoff #K7F2 support not  money", HandOffMention, {"department": "support", "note": "not money"}),
    "snooze": ("snooze #k7f2 2026-05-04 15:30", SnoozeMention, {"until": "2026-05-04 15:30"}),
    "wake": ("wake #k7f2 they called", WakeMention, {"note": "they called"}),
    "resolve": ("resolve #k7f2 refunded it", ResolveMention, {"note": "refunded it"}),
    "dismiss": ("dismiss #k7f2 a joke of ours", DismissMention, {"reason": "a joke of ours"}),
    "reopen": ("reopen #k7f2", ReopenMention, {"note": ""}),
    "draft": ("draft #k7f2 We are on it. I am Ana.", DraftReply, {"text": "We are on it. I am Ana.", "then": ""}),
    "review": (
        "review #k7f2 changes b2c3d4f5.2 keep say who you are",
        ReviewDraft,
        {"verdict": "changes", "draft": "b2c3d4f5.2", "others": "keep", "remark": "say who you are"},
    ),
    "publish": ("publish #k7f2", PublishDraft, {"draft": ""}),
    "confirm": (
        "confirm #k7f2 seen https://blog.example/9",
        ConfirmReply,
        {"answer": "seen", "url": "https://blog.example/9"},
    ),
    "posted": ("posted #k7f2 https://blog.example/9", PostedReply, {"url": "https://blog.example/9", "draft": ""}),
    "withdraw": ("withdraw #k7f2 b2c3d4f5", WithdrawDraft, {"draft": "b2c3d4f5"}),
    "note": ("NOTE #k7f2 they wrote before", NoteMention, {"text": "they wrote before"}),
}


def read(
    scene: Scene, text: str, permalink: Callable[[str], Reference | None] = lambda _url: None, key: str = "trigger"
) -> Command:
    return read_command(Typed(text=text, who=scene.who("UANA"), request_key=key, permalink=permalink))


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_can_be_typed(scene: Scene, verb: Verb) -> None:
    about = "#k7f2" if verb.on == On.MENTION else ""
    words = " ".join(sample(one) for one in verb.required)
    command = read(scene, f"{verb.name} {about} {words}")
    assert type(command) is verb.command
    assert {one.name: getattr(command, one.name) for one in verb.required} == {
        one.name: sample(one) for one in verb.required
    }


@pytest.mark.parametrize("name", TYPED)
def test_what_is_typed_behind_a_reference_goes_to_the_fields_in_their_order(scene: Scene, name: str) -> None:
    text, kind, fields = TYPED[name]
    command = read(scene, text)
    assert type(command) is kind
    assert isinstance(command, MentionCommand)
    assert command.reference == ByToken("k7f2")
    assert (command.via, command.request_key) == (Via.COMMAND, "trigger")
    assert {name: getattr(command, name) for name in fields} == fields


@pytest.mark.parametrize("verb", ON_CARDS, ids=lambda verb: verb.name)
def test_without_a_reference_the_candidates_are_listed_and_nothing_is_guessed(scene: Scene, verb: object) -> None:
    name = getattr(verb, "name", "")
    ana = scene.person("Ana")
    mention = scene.arrive()
    if name in ("reopen", "outcome"):
        scene.do(ResolveMention(who=ana, reference=at(mention)))
    elif name == "wake":
        scene.do(ResolveMention(who=ana, reference=at(scene.arrive())))
        scene.do(SnoozeMention(who=ana, reference=at(mention), until="2h"))
    elif name in ("release", "takeover", "still"):
        scene.do(ClaimMention(who=ana, reference=at(mention)))
    elif name in ("review", "publish", "withdraw", "confirm", "posted"):
        scene.arrive("A refund that nobody drafted anything for")
        then = "review" if name == "review" else "keep"
        assert scene.do(DraftReply(who=ana, reference=at(mention), text="I am on it. Ana", then=then)).ok
    if name == "confirm":
        scene.database.write(lambda session: _leave_unclear(session, mention.id, scene))
    if name in ("show", "split"):
        keep_back(scene, mention, Held.BELOW if name == "show" else Held.THREAD)
    if name == "join":
        scene.do(SplitMention(who=ana, reference=at(keep_back(scene, mention, Held.THREAD))))
    if name == "still":
        asked = ClockRow(mention.id, ClockKind.LEASE, 1, 1, business=True, warned_at=scene.now)
        scene.database.write(lambda session: clocks.add(session, [asked]))
    elif name in ("unfold", "dismissrest"):
        fold_under(scene, mention, scene.arrive())
        scene.do(ClaimMention(who=ana, reference=at(scene.arrive())))
    before = scene.log(mention)
    command = read(scene, name, key="")
    assert isinstance(command, AskList)
    answer = scene.do(command)
    assert answer.text.startswith(f"Which mention? Type /dibs {name} #{mention.token}")
    assert "REF" not in answer.text
    assert isinstance(answer.notice, Notice)
    (line,) = answer.notice.sections[0].lines
    assert line.token == mention.token
    assert line.button is not None
    assert line.button.verb == name
    assert scene.log(mention) == before


def _leave_unclear(session: Session, mention_id: int, scene: Scene) -> None:
    """Leave a draft as it is when nobody can see whether it was published."""
    (draft,) = drafts.living(session, mention_id)
    drafts.change(session, draft, scene.now, state=str(DraftState.UNCLEAR))
    begun = publications.begin(
        session,
        send_id="send-1",
        draft_id=draft.id,
        draft_version=draft.version,
        mention_id=mention_id,
        person_id=draft.person_id,
        source="blog",
        text=draft.text,
        now=scene.now,
    )
    assert begun is not None
    publications.answer(session, begun.id, PublicationState.DUE, state=str(PublicationState.UNCLEAR))


@pytest.mark.parametrize("text", ["claim the-refund-one", "claim #", "claim ß7f2", "claim k7", "claim #k7f2k7f2k7f2k"])
def test_what_is_no_reference_lists_candidates_too(scene: Scene, text: str) -> None:
    assert isinstance(read(scene, text), AskList)


def test_an_argument_that_is_missing_shows_how_it_is_typed(scene: Scene) -> None:
    for typed, said in (
        ("snooze K7F2", "Until is missing. Type /dibs snooze #k7f2 2h"),
        ("handoff #k7f2", "Department is missing. Type /dibs handoff #k7f2 DEPARTMENT"),
        ("takeover https://blog.example/1", "Type /dibs takeover https://blog.example/1 they are away"),
        ("posted #k7f2", "Type /dibs posted #k7f2 https://…"),
    ):
        with pytest.raises(WrongInput, match=f"{re.escape(said)}$"):
            read(scene, typed)


@pytest.mark.parametrize(("types", "typed"), [("/dibs", "/dibs claim"), ("@Dibs", "@Dibs claim"), ("", "claim")])
def test_every_hint_is_typed_as_it_works_where_it_is_read(scene: Scene, types: str, typed: str) -> None:
    who = replace(scene.who("UANA"), types=types)
    first, _ = scene.arrive(), scene.arrive()

    def refused(text: str) -> str:
        with pytest.raises(WrongInput) as error:
            read_command(Typed(text=text, who=who, request_key=""))
        return error.value.sentence

    help_ = typed.replace("claim", "help")
    assert refused("clam #K7F2, please") == (
        f"I do not know 'clam'. Did you mean {typed} #k7f2? Type {help_} to see what I understand."
    )
    assert refused("lst") == (
        f"I do not know 'lst'. Did you mean {typed.replace('claim', 'list')}? Type {help_} to see what I understand."
    )
    listed = scene.do(read_command(Typed(text="claim", who=who, request_key="")))
    assert listed.text == f"Which mention? Type {typed} #{first.token}, or the same with another one of these:"
    unknown = scene.do(read_command(Typed(text="claim #zzzzz", who=who, request_key="")))
    assert re.fullmatch(r"I know no such mention\. Use the reference on its card, such as #[0-9a-z]{5}\.", unknown.text)
    assert unknown.text[-7:-1] != "#zzzzz"
    late = scene.do(read_command(Typed(text=f"snooze #{first.token} when pigs fly", who=who, request_key="")))
    assert late.text.endswith(f"For example: {typed.replace('claim', 'snooze')} #{first.token} 2h")


@pytest.mark.parametrize("text", ["/dibs claim #k7f2", "@Dibs claim #k7f2", "@dibs, claim #k7f2", "Dibs: claim #k7f2"])
def test_what_is_typed_elsewhere_is_understood_with_the_name_before_it(scene: Scene, text: str) -> None:
    assert isinstance(read(scene, text), ClaimMention)
    assert isinstance(read(scene, text.split(" ")[0]), AskHelp)


def test_where_nothing_makes_sense_it_says_where_references_stand(scene: Scene) -> None:
    answer = scene.do(replace(read(scene, "claim", key=""), who=scene.person("Ana")))
    assert answer.text.startswith("Which mention? There is none here for which that makes sense.")
    assert answer.notice is not None
    assert answer.notice.sections == ()


def test_a_link_of_a_card_and_an_address_name_their_mention(scene: Scene) -> None:
    card = ByCard("slack", "C1", "1.2")
    link = "https://acme.slack.example/archives/C1/p12"
    known = {link: card}
    command = read(scene, f"claim {link}", known.get)
    assert isinstance(command, ClaimMention)
    assert command.reference == card
    other = read(scene, "claim https://blog.example/1", known.get)
    assert isinstance(other, ClaimMention)
    assert other.reference == ByUrl("https://blog.example/1")


@pytest.mark.parametrize(("typo", "meant"), [("clam", "claim"), ("tekeover", "takeover"), ("lst", "list")])
def test_a_typo_is_answered_with_the_nearest_word(scene: Scene, typo: str, meant: str) -> None:
    with pytest.raises(WrongInput, match=f"Did you mean /dibs {meant}"):
        read(scene, f"{typo} #k7f2")


def test_nonsense_is_answered_shortly(scene: Scene) -> None:
    with pytest.raises(WrongInput) as refused:
        read(scene, "q" * 40_000)
    assert len(refused.value.sentence) < 150
    assert "Did you mean" not in refused.value.sentence


@pytest.mark.parametrize(
    ("text", "command"),
    [("", AskHelp), ("help", AskHelp), ("?", AskHelp), ("mine", AskMine), ("home", AskHome), ("List", AskList)],
)
def test_questions_can_be_typed(scene: Scene, text: str, command: type[Command]) -> None:
    assert type(read(scene, text)) is command


def test_questions_take_their_arguments(scene: Scene) -> None:
    listed, digest, log = read(scene, "list Customer support"), read(scene, "digest finance"), read(scene, "log #k7f2")
    assert isinstance(listed, AskList)
    assert isinstance(digest, AskDigest)
    assert isinstance(log, AskLog)
    assert (listed.department, digest.department) == ("Customer support", "finance")
    assert log.reference == ByToken("k7f2")
    asked = read(scene, "log", key="")
    assert isinstance(asked, AskList)
    mention = scene.arrive()
    assert scene.do(asked).text == f"Which mention? Type /dibs log #{mention.token}"


def test_what_is_typed_is_bounded(scene: Scene) -> None:
    command = read(scene, "note #k7f2 " + "x" * 40_000)
    assert isinstance(command, NoteMention)
    assert len(command.text) == 2_000


PARAGRAPHS = "Hello Kim,\n\n  I send two parcels:\n  - one today\n  - one  tomorrow\n\nAna"


@pytest.mark.parametrize("before", ["draft #k7f2 ", "draft  #k7f2\n", "DRAFT `#k7f2` ", "draft\u00a0#k7f2\n\n"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_text_is_kept_with_its_lines_and_spaces(scene: Scene, before: str, ends: str) -> None:
    command = read(scene, before + PARAGRAPHS.replace("\n", ends) + ends)
    assert isinstance(command, DraftReply)
    assert command.text == PARAGRAPHS


def test_quotation_marks_in_a_text_are_text(scene: Scene) -> None:
    draft = read(scene, 'draft #k7f2 "Sorry" is what we say. "Thanks"')
    note = read(scene, "note #k7f2 “all of it”")
    assert isinstance(draft, DraftReply)
    assert isinstance(note, NoteMention)
    assert (draft.text, note.text) == ('"Sorry" is what we say. "Thanks"', "“all of it”")


def test_a_note_behind_a_name_keeps_its_lines(scene: Scene) -> None:
    command = read(scene, "handoff #k7f2 support  not\n\n our   money")
    assert isinstance(command, HandOffMention)
    assert (command.department, command.note) == ("support", "not\n\nour money")


@pytest.mark.parametrize(
    "text",
    ["claim `#k7f2`", "claim #k7f2.", "claim: (#k7f2)", "`claim` #k7f2!", "*claim* *#k7f2*", "Claim, #K7F2, please"],
)
def test_marks_around_a_verb_and_a_reference_are_no_part_of_them(scene: Scene, text: str) -> None:
    command = read(scene, text)
    assert isinstance(command, ClaimMention)
    assert command.reference == ByToken("k7f2")


@pytest.mark.parametrize(
    ("text", "person", "note", "unsplit"),
    [
        ("assign #k7f2 Dora Lind please", "Dora", "Lind please", True),
        ('assign #k7f2 "Dora Lind" please', "Dora Lind", "please", False),
        ("assign #k7f2 „Dora Lind“", "Dora Lind", "", False),
        ("assign #k7f2 dora@acme.example, please", "dora@acme.example", "please", True),
        ("assign #k7f2 slack:T1:U1: please", "slack:T1:U1", "please", True),
        ("assign #k7f2 “Dora” Lind", "Dora", "Lind", False),
    ],
)
def test_quotes_say_where_a_name_ends_and_else_its_handler_does(
    scene: Scene, text: str, person: str, note: str, unsplit: bool
) -> None:
    command = read(scene, text)
    assert isinstance(command, AssignMention)
    assert (command.person, command.note, command.unsplit) == (person, note, unsplit)


def test_empty_quotes_name_nobody(scene: Scene) -> None:
    with pytest.raises(WrongInput, match="Type /dibs assign #k7f2 @colleague"):
        read(scene, 'assign #k7f2 ""')


@pytest.mark.parametrize("text", ['snooze #k7f2 "tomorrow 10:30"', "snooze #k7f2 “tomorrow  10:30”"])
def test_a_time_may_stand_in_quotes(scene: Scene, text: str) -> None:
    command = read(scene, text)
    assert isinstance(command, SnoozeMention)
    assert command.until == "tomorrow 10:30"


def test_the_end_of_a_sentence_is_looked_past_where_no_post_has_that_address(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    address = scene.database.read(lambda session: mentions.original(session, mention.id).url)
    for typed in (f"{address}.", f"<{address}>", f"({address}),", f"`{address}`", f"“{address}”!"):
        command = read(scene, f"note {typed} seen", key="")
        assert scene.do(replace(command, who=ana)).ok, typed
    assert not scene.do(replace(read(scene, f"note {address}x. seen", key=""), who=ana)).ok
