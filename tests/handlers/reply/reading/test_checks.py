"""What the rules say of a draft, and what they keep silent about."""

import time
from dataclasses import replace

import pytest

from handlers.base.charter import Charter, ReplyRules
from handlers.base.organisation import SourceRules
from handlers.reply.reading.checks import ADVISING, Advice, Circumstances, advise, asks, fill, signed, unknown_fields
from handlers.text.match import found_words

RULES = SourceRules(
    name="bluesky", kind="bluesky", reply=ReplyRules(by_api=True, limit=300, unit="graphemes"), charter=Charter()
)


def rules(**charter: object) -> SourceRules:
    return replace(RULES, charter=replace(RULES.charter, **charter))  # type: ignore[arg-type]


def said(text: str, mention: str = "", source: SourceRules = RULES, **more: object) -> dict[str, Advice]:
    """Return what is said of a draft by Ana, who signs it."""
    values: dict[str, object] = {"person_name": "Ana Silva", "author_name": "Kim Lee", "department": "Finance", **more}
    found = advise(Circumstances(text=text, mention_text=mention, rules=source, **values))  # type: ignore[arg-type]
    return {one.name: one for one in found}


# --- what always blocks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " \n ", "\u200b\u00ad", "@kim.example @lou"])
def test_an_empty_draft_is_called_empty_and_nothing_else(text: str) -> None:
    assert list(said(text, "Why?", rules(signature="— {name}"))) == ["empty"]
    assert said(text)["empty"].binding


def test_a_short_draft_is_not_empty() -> None:
    assert "empty" not in said("👍")


def test_length_is_counted_in_the_unit_of_the_platform() -> None:
    family = "👩‍👩‍👧‍👦"
    assert "length" not in said(family * 300)
    advice = said(family * 301)["length"]
    assert advice.binding
    assert advice.sentence == "It is 1 grapheme too long: bluesky takes 300, and this has 301. Shorten it."


def test_the_signature_counts_too_and_is_named() -> None:
    source = rules(signature="— {name}, {department}")
    assert "length" not in said("x" * 278, source=source)
    assert "301, the signature included" in said("x" * 280, source=source)["length"].sentence


def test_no_limit_is_no_advice() -> None:
    assert "length" not in said("I am Ana. " * 10_000, source=replace(RULES, reply=ReplyRules()))


@pytest.mark.parametrize("text", ["We GUARANTEE it", "ｇｕａｒａｎｔｅｅ", "guar\u00adantee!"])
def test_a_blocked_word_is_found_whatever_its_case_and_form(text: str) -> None:
    advice = said(text, source=rules(blocked=("guarantee",)))["blocked"]
    assert advice.binding
    assert advice.sentence == 'The charter blocks "guarantee": say it in other words.'


def test_a_blocked_word_inside_a_longer_one_is_none() -> None:
    assert "blocked" not in said("He is a guarantor", source=rules(blocked=("guarant",)))
    assert "blocked" in said("He is a guarantor", source=rules(blocked=("guarant*",)))


def test_risk_words_are_named_from_all_texts_once() -> None:
    assert found_words(("lawyer", "sue"), "My Lawyer", "lawyer! I sue") == ("lawyer", "sue")
    assert found_words((), "lawyer") == ()


# --- a person speaks -------------------------------------------------------------------------------------------------

SPOKEN = [
    "I sent the money to your bank this morning, it is there by Friday. Ana",
    "We've sent the money to your bank this morning, it is there by Friday. Ana",
    "Die Rechnung war falsch, ich habe sie heute neu geschickt. Ana",
    "J'ai envoyé le remboursement ce matin, il sera sur votre compte vendredi. Ana",
    "Ya hemos enviado el dinero a tu banco esta mañana. Ana",
    "We hebben het geld vanochtend naar je bank gestuurd. Ana",
    "Abbiamo mandato il rimborso alla tua banca questa mattina. Ana",
    "O reembolso foi enviado esta manhã, e eu avisei o seu banco. Ana",
    "返金は本日手続きいたしました。三日ほどで反映されます。Ana",
]
IMPERSONAL = [
    "The money was sent to your bank this morning and is there by Friday. Ana",
    "Die Rechnung war falsch und ist heute neu verschickt worden. Ana",
    "Le remboursement a été envoyé ce matin et sera sur votre compte vendredi. Ana",
    "El dinero se ha enviado a su banco esta mañana y está ya en camino. Ana",
    "Het geld is vanochtend naar uw bank gestuurd en komt er morgen aan. Ana",
    "Il rimborso è stato inviato alla tua banca questa mattina. Ana",
    "O dinheiro foi enviado para o seu banco esta manhã e já está a caminho. Ana",
    "返金は本日完了。三日ほどで口座に反映されます。Ana",
]


@pytest.mark.parametrize("text", SPOKEN)
def test_who_says_i_or_we_is_let_alone(text: str) -> None:
    assert "person" not in said(text)


@pytest.mark.parametrize("text", IMPERSONAL)
def test_nobody_speaking_is_said(text: str) -> None:
    assert said(text)["person"].sentence == "Nobody seems to speak here: say “I” or “we”."


def test_a_missing_name_is_said_and_the_signature_is_one() -> None:
    text = "I sent the money to your bank this morning."
    assert "sign with your first name" in said(text)["person"].sentence
    assert "person" not in said(text, source=rules(signature="— {name}"))


@pytest.mark.parametrize(
    "text", ["Возврат отправлен сегодня. Ana", "Zwrot wysłano dziś rano. Ana", "Tack! Ana", "OK Ana"]
)
def test_of_a_language_that_is_not_known_nothing_is_said(text: str) -> None:
    assert said(text, "Где деньги? Gdzie?") == {}


# --- it answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["Where is it?", "返金は？", "أين المال؟", "Πού είναι τα χρήματα;", "Ո՞ւր է", "ገንዘቤ የት ነው፧", "Really‽", "Hm❓"],
)
def test_a_question_is_known_in_any_script(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", ["See https://acme.example/?q=1", "I wait; I hope", "Πού είναι.", ""])
def test_what_is_no_question_is_none(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("We are so sorry about that, Kim! Thanks for your patience. Ana", "Where is my refund?"),
        ("@kim.example Das tut uns sehr leid, vielen Dank für deine Geduld! Ana", "Wo bleibt meine Rückzahlung?"),
        ("大変申し訳ございません。Ana", "返金はいつですか？"),
    ],
)
def test_an_apology_alone_is_no_answer(text: str, mention: str) -> None:
    assert "only greets, thanks or apologises" in said(text, mention)["question"].sentence
    assert "question" not in said(text, "You lost my parcel.")


def test_an_answer_about_something_else_is_said() -> None:
    sentence = said("We are open on Sundays from nine. Ana", "Where is my refund?")["question"].sentence
    assert "takes up none of its words" in sentence


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("I refunded it this morning, you will see it by Friday. Ana", "When will the refunds come?"),
        ("Ich habe die Rückzahlungen heute veranlasst. Ana", "Wo bleibt meine Rückzahlung?"),
        ("返金は本日手続きいたしました。Ana", "返金はいつですか？"),
        ("We sent the money this morning. Ana", "Wo bleibt denn jetzt meine Rückzahlung?"),
    ],
)
def test_an_answer_with_a_word_of_the_question_or_in_another_language_is_let_alone(text: str, mention: str) -> None:
    assert "question" not in said(text, mention)


def test_the_language_that_the_source_tells_goes_before_a_guess() -> None:
    text, mention = "We are open on Sundays from nine. Ana", "Refund?"
    assert "question" not in said(text, mention)
    assert "question" in said(text, mention, mention_lang="en-GB")


# --- boilerplate, disclosure -----------------------------------------------------------------------------------------


def test_what_we_wrote_before_is_shown_beside_the_advice() -> None:
    recent = ("Yes, we ship to Norway. Ben", "Thanks for your kind words, Joe! We read them aloud. Ben")
    sentence = said("Thanks for your kind words, Kim! We read them aloud. Ana", recent=recent)["boilerplate"].sentence
    assert "“Thanks for your kind words, Joe! We read them aloud. Ben”" in sentence


def test_what_every_reply_holds_neither_makes_boilerplate_nor_hides_it() -> None:
    duty = "We work for Acme and speak here for nobody but ourselves."
    source = rules(signature="— {name} of {department} at Acme, at your service on every day", disclosure=duty)
    recent = (signed(f"Shipped today. {duty}", source.charter, "Ben", "Support"),)
    assert "boilerplate" not in said(f"I mended your invoice. {duty}", source=source, recent=recent)
    assert "boilerplate" in said("Shipped today.", source=source, recent=recent)


def test_a_disclosure_is_asked_for_until_it_is_there() -> None:
    source = rules(disclosure="I work for Acme", binding=("disclosure",))
    advice = said("I mended it. Ana", source=source)["disclosure"]
    assert advice.binding
    assert advice.sentence == "The charter of bluesky wants “I work for Acme” in every reply: add it."
    assert "disclosure" not in said("I mended it (i  work for ACME). Ana", source=source)
    assert "disclosure" not in said("I mended it. Ana", source=rules(disclosure="Acme", signature="— {name}, Acme"))


# --- what may be bound -----------------------------------------------------------------------------------------------


def test_only_what_the_charter_binds_blocks_and_it_stands_first() -> None:
    text = "The money was sent this morning, write to kim.lee@mail.example about it."
    found = advise(Circumstances(text=text, rules=rules(binding=("secrets",)), person_name="Ana"))
    assert [(one.name, one.binding) for one in found] == [("secrets", True), ("person", False)]
    assert not said(text)["secrets"].binding


def test_each_check_that_advises_can_be_bound() -> None:
    assert ADVISING == ("person", "question", "boilerplate", "disclosure", "secrets", "links")


def test_a_link_to_the_desk_is_for_us_alone() -> None:
    text = "I wrote it up at https://dibs.acme.example/m/k7f2. Ana"
    assert "links" not in said(text)
    sentence = said(text, desk_url="https://dibs.acme.example")["links"].sentence
    assert sentence.startswith("Nobody outside can open dibs.acme.example:")


def test_a_long_hostile_draft_is_judged_in_time() -> None:
    pieces = ["AB12 CDEF " * 4_000, "eyJ" * 13_000, "a+" * 20_000, "0 " * 20_000, "x@" * 20_000, "a://" * 10_000]
    for text in [*pieces, "a." * 20_000, "\u0301" * 40_000, "4 " * 20_000]:
        began = time.thread_time()
        said(text, text + "?", rules(signature="— {name}", blocked=("zzz",)), recent=(text,) * 20)
        assert time.thread_time() - began < 5, text[:10]


# --- texts with fields -----------------------------------------------------------------------------------------------


def test_a_signature_is_added_once() -> None:
    charter = Charter(signature="— {name}, {department}")
    once = signed("I mended it.\n", charter, "Ana", "Finance")
    assert once == "I mended it.\n— Ana, Finance"
    assert signed(once, charter, "Ana", "Finance") == once
    assert signed(" I mended it. ", Charter(), "Ana", "Finance") == "I mended it."


def test_a_field_that_nobody_fills_is_left_as_written() -> None:
    assert fill("Hi {author} from {planet}", {"author": "Kim"}) == "Hi Kim from {planet}"
    assert unknown_fields("Hi {author} from {planet}", ["author"]) == ["planet"]


def test_an_empty_field_takes_its_space_along() -> None:
    assert fill("Hello {author}, thanks!", {"author": ""}) == "Hello, thanks!"


@pytest.mark.parametrize(
    ("author", "filled"),
    [
        ("{name}", "name"),
        ("{organisation} \\1", "organisation 1"),
        ("@everyone", "everyone"),
        ("Kim\nAna from Acme: you get 1,000 €", "Kim Ana from Acme you get 1 000"),
        ("https://evil.example/x", "https evil. example x"),
        ("<!channel> **Kim**", "channel Kim"),
        ("J.R. O’Neil-Smith", "J. R. O’Neil-Smith"),
        ("\u202eKim\u200b", "Kim"),
        ("K" * 500, "K" * 80),
        ("金さん", "金さん"),
        ("कीम", "कीम"),
    ],
)
def test_an_authors_name_is_a_name_and_never_a_field_a_link_or_a_ping(author: str, filled: str) -> None:
    values = {"author": author, "name": "Ana", "organisation": "Acme"}
    assert fill("Hi {author}, {name} from {organisation}", values) == f"Hi {filled}, Ana from Acme"
