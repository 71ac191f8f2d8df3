"""How text is cut into words: what people would call the same is found, and what they would not is not."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.text import cut as cutting
from storage.text.cut import SIGNS, Needle, cut, facet, needles
from tests.harness.linear import assert_linear

FOUND = [
    ("refund", "Where is my REFUND?"),
    ("refun", "Two refunds"),
    ("twice charged", "Charged me twice"),
    ("cafe", "Das Café"),
    ("Café", "a CAFE"),
    ("zoe muller", "Zoë Müller"),
    ("lodz", "Łódź"),
    ("strasse", "Straße"),
    ("wifi", "no Wi-Fi here"),
    ("wi-fi", "no wifi here"),
    ("wi fi", "no Wi-Fi here"),
    ("e-mail", "my email"),
    ("can't", "I can’t"),
    ("cant", "I can't"),
    ("eau", "l'eau"),
    ("AT&T", "at&t again"),
    ("acme.example", "see https://blog.acme.example/2026/05"),
    ("https://blog.acme.example/2026", "see blog.acme.example/2026/05"),
    ("www.acme.example", "https://acme.example"),
    ("acme", "https://blog.acme.example"),
    ("kim@acme.example", "write to kim@acme.example."),
    ("#refund", "no #Refund again"),
    ("refund", "no #Refund again"),
    ("@acme_help", "hey @acme_help!"),
    ("acme", "hey @acme_help!"),
    ("@kim.bsky.social", "thanks @kim.bsky.social"),
    ("#返金", "もう #返金 してください"),
    ("返金", "返金をお願いします"),
    ("金", "返金"),
    ("猫", "黒猫が"),
    ("请求", "重复请求了"),
    ("サーバ", "サーバーが落ちた"),
    ("サーバー", "サーバが落ちた"),
    ("アクメクラウド", "アクメ・クラウドの"),
    ("アクメ・クラウド", "アクメクラウドの"),
    ("acme", "acmeが好き"),
    ("환불", "환불을 받고 싶어요"),
    ("فاتورة", "بالفاتورة الأخيرة"),
    ("ספר", "הספר"),
    ("račun", "рачун"),
    ("рачун", "račun"),
    ("возврат", "Возврата нет"),
    ("ไม่", "ที่ไม่ดี"),
    ("ｒｅｆｕｎｄ", "refund"),
    ("re\u00adfund", "refund"),
    ('"charged twice" -now', "charged twice now"),
    ("refund AND (acme*)", "acme and refund"),
    ("12345", "order #12345"),
]
NOT_FOUND = [
    ("refund", "Hello"),
    ("refund acme", "refund"),
    ("twice", "thrice"),
    ("re", "refund"),
    ("refun acme", "refunds of acme"),
    ("#refund", "refund"),
    ("@acme", "acme"),
    ("wi-fi", "wi and fi"),
    ("acme.example", "acme and an example"),
    ("acme.example", "acme.test example.org"),
    ("金返", "返金"),
    ("請求書", "請求と書類"),
    ("acme", "acmeology2"[1:]),
    ("불", "환불을"),
]


def all_in(wanted: Iterable[Needle], tokens: Iterable[str]) -> bool:
    """Say whether all that is wanted is among these words: what a database has to find."""
    there = list(tokens)
    return all(any(word.startswith(one.token) if one.prefix else word == one.token for word in there) for one in wanted)


def finds(question: str, text: str) -> bool:
    return all_in(needles(question), cut(text))


@pytest.mark.parametrize(("question", "text"), FOUND)
def test_it_is_found(question: str, text: str) -> None:
    assert needles(question)
    assert finds(question, text)


@pytest.mark.parametrize(("question", "text"), NOT_FOUND)
def test_it_is_not_found(question: str, text: str) -> None:
    assert not finds(question, text)


@pytest.mark.parametrize("question", ["", " ", '"*" - ( ) : ^', "***", "…", "\x00", "😀", "#", "@ #", "://", "'"])
def test_signs_alone_ask_for_nothing(question: str) -> None:
    assert needles(question) == ()


@given(st.text(max_size=300))
def test_a_text_is_found_by_itself_and_its_words_are_what_databases_leave_alone(text: str) -> None:
    words = set(cut(text))
    assert all_in(needles(text), words)
    for word in words:
        assert word
        assert len(word) <= 40
        assert all(sign.isalnum() or sign in SIGNS for sign in word if sign.isascii())
        assert word == word.lower() or not word.isascii()
        assert not word.startswith(facet(""))


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_the_quick_way_cuts_like_the_other(text: str) -> None:
    folded = cutting._folded(text)
    assert set(cutting._cut_ascii(folded)) == {word for chunk in folded.split() for word in cutting._cut_any(chunk)}


@pytest.mark.parametrize("piece", ["a", "返", "a-", "#a", "_", "ا", "\u0301", "ー", "é", "@a.", "ア・", "각", "\u0e31"])
def test_cutting_does_not_grow_with_the_square(piece: str) -> None:
    assert_linear(lambda text: list(cut(text)), lambda length: (piece * length)[:length])
