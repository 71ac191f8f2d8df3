"""What Teams sends becomes what is asked of the office; what none of our cards sends is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.teams.draw.elements import press
from bot.chat.teams.emoji import REACTIONS
from bot.chat.teams.receive import commands
from bot.chat.teams.receive.reactions import read_reactions
from bot.chat.teams.wire.activity import Account, Incoming, Kind, read_incoming
from bot.chat.teams.wire.activity import Malformed as NoActivity
from bot.chat.teams.wire.payloads import (
    Malformed,
    is_press,
    kind_of,
    named,
    read_press,
    read_typed,
    request_key,
    spoken_to,
    who_of,
)
from handlers.ask.add import AddPost
from handlers.base.cards import Button
from handlers.base.command import ByCard, ByToken, Who
from handlers.dispatch.dispatch import bounded
from handlers.dispatch.react import ReactToCard
from handlers.dispatch.text_commands import read_command
from handlers.own.assign import AssignMention
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.note import NoteMention
from handlers.reply.draft import DraftReply
from handlers.verbs import ON_CARDS
from storage.tables.states import IdentityKind, Via
from tests.bot.chat.teams.activities import (
    ANA,
    BEN,
    BOT,
    CARD,
    CHANNEL,
    TENANT,
    activity,
    execute,
    heard,
    react,
    say,
    submit,
)

NOW = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
WHO = Who(platform="teams", workspace=TENANT, external_id=ANA, name="Ana", channel=CHANNEL, types="@Dibs")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=20,
)


def test_who_acts_is_the_person_in_the_directory() -> None:
    assert who_of(execute("dibs:claim", {"ref": "k7f2.3"})) == WHO


@pytest.mark.parametrize(
    ("account", "kind"),
    [
        (Account(id="29:a", aad_object_id=ANA), IdentityKind.MEMBER),
        (Account(id="29:a", aad_object_id=ANA, role="user", tenant=TENANT), IdentityKind.MEMBER),
        (Account(id="29:a", aad_object_id=ANA, user_role="guest"), IdentityKind.GUEST),
        (Account(id="29:a", aad_object_id=ANA, user_role="anonymous"), IdentityKind.OUTSIDER),
        (Account(id="29:a", aad_object_id=ANA, tenant="another"), IdentityKind.OUTSIDER),
        (Account(id="29:a", name="Nobody"), IdentityKind.OUTSIDER),
        (Account(id="28:x", aad_object_id=ANA), IdentityKind.BOT),
        (Account(id="29:a", aad_object_id=ANA, role="bot"), IdentityKind.BOT),
        (Account(id="29:a", aad_object_id=ANA, role="skill"), IdentityKind.BOT),
    ],
)
def test_guests_and_people_from_outside_and_bots_are_known_as_such(account: Account, kind: IdentityKind) -> None:
    assert kind_of(account, TENANT) == kind


def test_a_button_is_a_command_with_the_version_that_was_shown() -> None:
    press = read_press(execute("dibs:claim", {"ref": "k7f2.3"}))
    assert (press.sent, press.by_message, press.card) == (False, False, ByCard("teams", CHANNEL, CARD))
    key = f"teams:{CHANNEL};messageid={CARD}:f:0001"
    assert commands.of_press(press, WHO) == ClaimMention(
        reference=ByToken("k7f2", 3), who=WHO, via=Via.BUTTON, request_key=key
    )


def test_an_old_client_says_the_same_in_a_message() -> None:
    pressed = submit({"verb": "dibs:claim", "ref": "k7f2.3"})
    assert is_press(pressed)
    assert not is_press(say("claim k7f2"))
    press = read_press(pressed)
    assert press.by_message
    assert commands.of_press(press, WHO) == commands.of_press(read_press(execute("dibs:claim", {"ref": "k7f2.3"})), WHO)


def test_the_same_activity_has_the_same_key_and_another_one_another() -> None:
    first = execute("dibs:claim", {"ref": "k7f2.3"})
    assert request_key(first) == request_key(execute("dibs:claim", {"ref": "k7f2.3"}))
    assert request_key(first) != request_key(execute("dibs:claim", {"ref": "k7f2.3"}, id="f:0002"))
    long = heard("message", conversation={"id": "19:" + "x" * 900})
    assert len(request_key(long)) < 100
    assert request_key(long) != request_key(heard("message", conversation={"id": "19:" + "x" * 899 + "y"}))


def test_a_form_is_told_from_the_press_that_opens_it() -> None:
    assert not read_press(execute("dibs:note", {"ref": "k7f2.3"})).sent
    assert read_press(execute("dibs:dismiss", {"ref": "k7f2.3", "form": "dismiss"})).sent
    assert read_press(execute("dibs:note", {"ref": "k7f2.3", "note.text": ""})).sent
    sent = read_press(execute("dibs:note", {"ref": "k7f2.3", "form": "note", "note.text": "Known\r\ncustomer"}))
    command = commands.of_press(sent, WHO)
    assert isinstance(command, NoteMention)
    assert command.text == "Known\ncustomer"
    bare = read_press(execute("dibs:note", {"ref": "k7f2.3", "text": "Known"}))
    assert bare.values == {"text": "Known"}


def test_what_was_left_empty_takes_the_verbs_own_default() -> None:
    command = commands.of_press(
        read_press(execute("dibs:dismiss", {"ref": "k7f2.3", "form": "dismiss", "dismiss.reason": ""})), WHO
    )
    assert isinstance(command, DismissMention)
    assert command.reason == DismissMention(reference=ByToken("k7f2")).reason


@pytest.mark.parametrize("picked", [BEN, BEN.upper(), f"8:orgid:{BEN}"])
def test_who_was_found_in_the_directory_is_an_account_of_our_tenant(picked: str) -> None:
    command = commands.of_press(read_press(execute("dibs:assign", {"ref": "k7f2.3", "assign.person": picked})), WHO)
    assert isinstance(command, AssignMention)
    assert command.person == f"teams:{TENANT}:{BEN}"


def test_whose_name_was_typed_stays_as_it_is() -> None:
    press = read_press(execute("dibs:assign", {"ref": "k7f2.3", "assign.person": " ben@acme.example "}))
    command = commands.of_press(press, WHO)
    assert isinstance(command, AssignMention)
    assert command.person == "ben@acme.example"


def test_bringing_in_a_post_is_about_no_mention() -> None:
    press = read_press(execute("dibs:add", {"ref": "", "form": "add", "add.url": "https://blog.example/1"}))
    assert press.reference is None
    command = commands.of_press(press, WHO)
    assert isinstance(command, AddPost)
    assert command.url == "https://blog.example/1"


def test_a_card_can_be_asked_for_again() -> None:
    press = read_press(execute("dibs:show", {"ref": "k7f2.3", "note.text": "typed"}))
    assert (press.verb, press.reference, press.values) == ("show", ByToken("k7f2", 3), {})


def test_what_a_card_showed_of_a_reply_comes_back_with_the_press() -> None:
    offered = Button(
        verb="publish", label="Publish", value="k7f2.3", accessibility_label="Publish #k7f2", shown="1a.2b.3c"
    )
    drawn = press(offered)
    assert (drawn["data"]["ref"], drawn["fallback"]["data"]["shown"]) == ("k7f2.3", "1a.2b.3c")
    pressed = read_press(execute(drawn["verb"], drawn["data"]))
    assert (pressed.reference, pressed.sent) == (ByToken("k7f2", 3, "1a.2b.3c"), False)
    for shown in (7, ["1a"], {"a": 1}, "1A", "<b>", "a" * 3_000):
        with pytest.raises(Malformed):
            read_press(execute("dibs:publish", {"ref": "k7f2.3", "shown": shown}))


@pytest.mark.parametrize(
    "pressed",
    [
        execute("dibs:frobnicate", {"ref": "k7f2.3"}),
        execute("claim", {"ref": "k7f2.3"}),
        execute("dibs:claim", {}),
        execute("dibs:claim", {"ref": "k7f2"}),
        execute("dibs:claim", {"ref": "k7f2.3.4"}),
        execute("dibs:claim", {"ref": "K7F2.3"}),
        execute("dibs:claim", {"ref": 7}),
        execute("dibs:claim", {"ref": ["k7f2.3"]}),
        execute("dibs:claim", "k7f2.3"),
        execute("dibs:note", {"ref": "k7f2.3", "text": {"a": 1}}),
        execute("dibs:claim", {"ref": "k7f2.3"}, value={"action": []}),
        execute("dibs:claim", {"ref": "k7f2.3"}, value=None),
        submit({"verb": 7, "ref": "k7f2.3"}),
        submit({"ref": "k7f2.3"}),
    ],
)
def test_what_none_of_our_cards_sends_is_refused_as_a_whole(pressed: Incoming) -> None:
    with pytest.raises(Malformed):
        read_press(pressed)


@settings(max_examples=150)
@given(
    st.dictionaries(st.sampled_from([*activity("message"), "text", "value", "entities", "reactionsAdded"]), JSON),
    st.sampled_from(["message", "invoke", "messageReaction", "conversationUpdate", "x"]),
)
def test_whatever_comes_is_read_or_refused_and_never_breaks(changes: dict[str, Any], kind: str) -> None:
    try:
        incoming = read_incoming({**activity(kind, name="adaptiveCard/action", replyToId=CARD), **changes})
    except NoActivity:
        return
    who_of(incoming)
    request_key(incoming)
    read_typed(incoming, {})
    list(read_reactions(incoming, REACTIONS, NOW))
    try:
        press = read_press(incoming)
    except Malformed:
        return
    bounded(commands.of_press(press, who_of(incoming)))


@settings(max_examples=100)
@given(
    st.sampled_from([f"dibs:{one.name}" for one in ON_CARDS]), st.dictionaries(st.text(max_size=12), JSON, max_size=5)
)
def test_whatever_a_client_puts_into_an_action_makes_a_command_or_none(verb: str, data: dict[str, Any]) -> None:
    try:
        press = read_press(execute(verb, {"ref": "k7f2.3", **data}))
    except Malformed:
        return
    bounded(commands.of_press(press, WHO))


@pytest.mark.parametrize("body", [None, [], "x", 7, {}, {"type": ""}, {"type": 7}, {"type": None}])
def test_what_has_no_type_is_no_activity(body: object) -> None:
    with pytest.raises(NoActivity):
        read_incoming(body)


def test_an_activity_is_read_whole() -> None:
    incoming = say("Hello", (BOT, "Dibs"))
    assert (incoming.kind, incoming.type, incoming.activity) == (Kind.MESSAGE, "message", "f:0001")
    assert (incoming.place, incoming.channel, incoming.team) == (CHANNEL, CHANNEL, "19:general@thread.tacv2")
    assert (incoming.tenant, incoming.sender.aad_object_id) == (TENANT, ANA)
    assert incoming.timestamp == datetime(2026, 3, 2, 9, 3, 0, 123456, tzinfo=UTC)
    other = heard("event", channelData={}, conversation={"id": "a:1", "tenantId": TENANT})
    assert (other.kind, other.type, other.tenant) == (Kind.OTHER, "event", TENANT)
    assert heard("installationUpdate", action="remove").action == "remove"
    unclean = heard("message", text="a\x00b\ud83d", id="a\x00b", timestamp="9999-12-31T23:59:59-14:00")
    assert (unclean.text, unclean.activity, unclean.timestamp) == ("ab?", "", None)


# Typed words


@pytest.mark.parametrize(
    "text",
    [
        "<at>Dibs</at> claim #k7f2",
        "<at>Dibs</at>&nbsp;claim #k7f2 \n",
        "claim #k7f2 <at>Dibs</at>",
        "Hey <at>Dibs</at>   claim\n#k7f2",
    ],
)
def test_what_is_typed_around_the_bots_name_is_a_command(text: str) -> None:
    message = say(text, (BOT, "Dibs"))
    assert spoken_to(message)
    command = read_command(commands.of_message(message, WHO, {}))
    assert isinstance(command, ClaimMention)
    assert command.reference == ByToken("k7f2")


def test_in_a_chat_with_the_bot_alone_its_name_is_not_needed() -> None:
    personal = {"id": "a:1", "conversationType": "personal"}
    message = say("claim #k7f2", conversation=personal)
    assert spoken_to(message)
    assert read_typed(message, {}) == "claim #k7f2"
    assert not spoken_to(say("claim #k7f2"))
    assert not spoken_to(say("<at>Ben</at> claim #k7f2", ("29:ben", "Ben")))


def test_people_are_named_by_their_account_though_two_share_a_name() -> None:
    message = say(
        "<at>Dibs</at> assign #k7f2 <at>Ben</at> not <at>Ben</at> &amp; soon",
        (BOT, "Dibs"),
        ("29:ben", "Ben"),
        ("29:other-ben", "Ben"),
    )
    assert named(message) == ("29:ben", "29:other-ben")
    typed = read_typed(message, {"29:ben": BEN})
    assert typed == f"assign #k7f2 teams:{TENANT}:{BEN} not @Ben & soon"
    command = read_command(commands.of_message(message, WHO, {"29:ben": BEN}))
    assert isinstance(command, AssignMention)
    assert command.person == f"teams:{TENANT}:{BEN}"


def test_mentions_are_read_where_they_stand_in_whatever_order_teams_lists_them() -> None:
    message = say("<at>Dibs</at> assign #k7f2 <at>Ben</at> soon", ("29:ben", "Ben"), (BOT, "Dibs"))
    assert read_typed(message, {"29:ben": BEN}) == f"assign #k7f2 teams:{TENANT}:{BEN} soon"


def test_who_cannot_be_looked_up_is_one_word_that_nobody_is_called() -> None:
    message = say("<at>Dibs</at> assign #k7f2 <at>Ben Ng</at>", (BOT, "Dibs"), ("29:ben", "Ben Ng"))
    assert read_typed(message, {}) == "assign #k7f2 @Ben_Ng"


US, BEN_THERE = {"id": BOT, "name": "Dibs"}, {"id": "29:ben", "name": "Ben"}


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ('<at id="0">Dibs</at> claim #k7f2', {"text": "<at>Dibs</at>", "mentioned": US}),
        ('<at id="0">Dibs</at>&nbsp;claim #k7f2', {"text": '<at id="1">Dibs</at>', "mentioned": US}),
        ("<at>Dibs</at> claim #k7f2", {"mentioned": US}),
        ("<at>Dibs</at> claim #k7f2", {"mentioned": {"id": BOT}}),
        ("<at>Dibs</at> claim #k7f2", {"text": "", "mentioned": {"id": BOT, "name": ""}}),
        ("<at>Our Dibs</at> claim #k7f2", {"mentioned": {"id": BOT}}),
        ("<at>Our Dibs</at> claim #k7f2", {"text": "<at>Dibs</at>", "mentioned": US}),
        ("<AT>dibs</AT> claim #k7f2", {"text": "<at>Dibs</at>", "mentioned": US}),
        ("<at>@Dibs</at> claim #k7f2", {"text": "<at>Dibs</at>", "mentioned": US}),
        ("<at><b>Dibs</b></at> claim #k7f2", {"text": "<at>Dibs</at>", "mentioned": US}),
        ("<at> Dibs </at> claim #k7f2", {"text": "<at>Dibs</at>", "mentioned": US}),
        ("<at>D&amp;S</at> claim #k7f2", {"text": "<at>D&S</at>", "mentioned": {"id": BOT}}),
        ("<at>D&S</at> claim #k7f2", {"text": "<at>D&amp;S</at>", "mentioned": {"id": BOT}}),
        ("@Dibs claim #k7f2", {"text": "<at>Dibs</at>", "mentioned": US}),
        ("Dibs claim #k7f2", {"text": "Dibs", "mentioned": US}),
        ("claim #k7f2 @Dibs", {"mentioned": US}),
        ("claim #k7f2", {"mentioned": US}),
    ],
)
def test_our_name_is_taken_out_however_it_is_marked(text: str, entity: dict[str, Any]) -> None:
    message = say(text, entities=[{"type": "mention"} | entity])
    assert spoken_to(message)
    assert read_typed(message, {}) == "claim #k7f2"


@pytest.mark.parametrize(
    ("mark", "entity"),
    [
        ("<at>Tim O&apos;Neil &amp; Co</at>", {"text": "<at>Tim O'Neil & Co</at>"}),
        ("<at>Tim O'Neil & Co</at>", {"text": "<at>Tim O&apos;Neil &amp; Co</at>"}),
        ('<at id="1">Tim O&#39;Neil &amp; Co</at>', {"text": "<at>Tim O'Neil & Co</at>"}),
        ("<at>Tim O&apos;Neil &amp; Co</at>", {"mentioned": {"id": "29:ben", "name": "Tim O'Neil & Co"}}),
        ("<at>Ben</at>", {"mentioned": {"id": "29:ben"}}),
        ("<at>Ben</at>", {"text": "", "mentioned": {"id": "29:ben"}}),
        ("@Ben", {}),
    ],
)
@pytest.mark.parametrize("ours_first", [True, False])
def test_a_colleague_is_known_however_they_are_marked(mark: str, entity: dict[str, Any], ours_first: bool) -> None:
    theirs = {"type": "mention", "mentioned": BEN_THERE} | entity
    ours = {"type": "mention", "text": "<at>Dibs</at>", "mentioned": US}
    entities = [ours, theirs] if ours_first else [theirs, ours]
    message = say(f"<at>Dibs</at> assign #k7f2 {mark}, soon", entities=entities)
    assert read_typed(message, {"29:ben": BEN}) == f"assign #k7f2 teams:{TENANT}:{BEN}, soon"
    command = read_command(commands.of_message(message, WHO, {"29:ben": BEN}))
    assert isinstance(command, AssignMention)
    assert (command.person, command.note) == (f"teams:{TENANT}:{BEN}", "soon")


def test_no_mark_of_a_colleague_is_guessed() -> None:
    theirs = {"type": "mention", "text": "<at>Ben</at>", "mentioned": BEN_THERE}
    message = say(
        "<at>Dibs</at> assign #k7f2 <at>Tim</at> not @Bender",
        entities=[{"type": "mention", "text": "<at>Dibs</at>", "mentioned": US}, theirs],
    )
    assert read_typed(message, {"29:ben": BEN}) == "assign #k7f2 Tim not @Bender"


def test_a_mark_that_touches_a_word_is_a_word_of_its_own() -> None:
    message = say("<at>Dibs</at>assign #k7f2 to<at>Ben</at>soon", (BOT, "Dibs"), ("29:ben", "Ben"))
    assert read_typed(message, {"29:ben": BEN}) == f"assign #k7f2 to teams:{TENANT}:{BEN} soon"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r", "<br>", "<br/>", "<BR />"])
def test_a_draft_is_kept_with_its_paragraphs(ends: str) -> None:
    text = "Hello <at>Ben</at>, I am sorry.\n\n  - a  new parcel\n\nAna"
    message = say(f"<at>Dibs</at> draft #k7f2 {text}".replace("\n", ends), (BOT, "Dibs"), ("29:ben", "Ben"))
    command = read_command(commands.of_message(message, WHO, {}))
    assert isinstance(command, DraftReply)
    assert command.text == "Hello @Ben, I am sorry.\n\n  - a  new parcel\n\nAna"


def test_a_message_in_the_thread_of_a_card_names_the_card() -> None:
    url = f"https://teams.microsoft.com/l/message/19%3Afinance%40thread.tacv2/1700000999999?parentMessageId={CARD}&groupId=g"
    command = read_command(commands.of_message(say(f"<at>Dibs</at> claim {url}", (BOT, "Dibs")), WHO, {}))
    assert isinstance(command, ClaimMention)
    assert command.reference == ByCard("teams", CHANNEL, CARD)


def test_a_card_is_named_by_its_link() -> None:
    url = f"https://teams.microsoft.com/l/message/19%3Afinance%40thread.tacv2/{CARD}?tenantId={TENANT}"
    command = read_command(commands.of_message(say(f"<at>Dibs</at> claim {url}", (BOT, "Dibs")), WHO, {}))
    assert isinstance(command, ClaimMention)
    assert command.reference == ByCard("teams", CHANNEL, CARD)


# Reactions


@pytest.mark.parametrize(
    ("name", "configured"),
    [
        ("1f440_eyes", "1f440_eyes"),
        ("1F440_Eyes", "eyes"),
        ("1f440_eyes", ":eyes:"),
        ("1f440_eyes", "👀"),
        ("1f440", "👀"),
        ("eyes", "1f440_eyes"),
        ("like", "like"),
        ("1f44d_thumbsup-tone3", "thumbsup"),
        ("2705_whiteheavycheckmark", "✅"),
        ("2764_heart", "❤️"),
    ],
)
def test_an_emoji_is_known_by_each_of_its_names(name: str, configured: str) -> None:
    (reacted,) = read_reactions(react(name), {"claim": configured}, NOW)
    assert (reacted.verb, reacted.emoji, reacted.added) == ("claim", configured, True)
    assert reacted.card == ByCard("teams", CHANNEL, CARD)


def test_the_verbs_that_have_an_emoji_have_one_in_teams() -> None:
    assert REACTIONS.keys() == {verb.name for verb in ON_CARDS if verb.emoji}
    heard_of = react("1f440_eyes", "2705_whiteheavycheckmark", "1f6ab_prohibited")
    assert [one.verb for one in read_reactions(heard_of, REACTIONS, NOW)] == ["claim", "resolve", "dismiss"]


def test_setting_and_taking_away_are_two_gestures() -> None:
    both = list(read_reactions(react("1f440_eyes", removed=("1f440_eyes",)), REACTIONS, NOW))
    assert [one.added for one in both] == [True, False]
    assert len({one.request_key for one in both}) == 2
    command = commands.of_reaction(both[0], WHO)
    assert isinstance(command, ReactToCard)
    assert (command.at, command.via) == (datetime(2026, 3, 2, 9, 3, 0, 123456, tzinfo=UTC).timestamp(), Via.EMOJI)
    (late,) = read_reactions(react("1f440_eyes", timestamp=None), REACTIONS, NOW)
    assert late.at == NOW.timestamp()


@pytest.mark.parametrize("incoming", [react("laugh"), react("1f440_eyes", replyToId=None), say("eyes"), react()])
def test_a_reaction_that_means_nothing_is_none_of_our_business(incoming: Incoming) -> None:
    assert list(read_reactions(incoming, REACTIONS, NOW)) == []


def test_a_verb_without_an_emoji_has_none() -> None:
    assert list(read_reactions(react(""), {"claim": ""}, NOW)) == []
