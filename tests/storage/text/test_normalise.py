import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.text.normalise import fold
from tests.harness.linear import assert_linear


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("REFUND", "refund"),
        ("ｒｅｆｕｎｄ", "refund"),
        ("re\u00adfu\u200bn\u2060d", "refund"),
        ("re\x08fund", "refund"),
        ("charged\u00a0\n\t twice ", "charged twice"),
        ("Straße", "strasse"),
        ("ΟΔΟΣ", fold("οδος")),
        ("SIKINTI", fold("sıkıntı")),
        ("İSTANBUL", "istanbul"),
        ("can’t", "can't"),
        ("can´t", "can't"),
        ("e‑mail – “so”", 'e-mail - "so"'),
        ("cafe\u0301", "café"),
        ("cafe\u200d\u0301", "café"),
        ("ｱｸﾒﾃﾞ", "アクメデ"),
        ("می\u200cخواهم", "میخواهم"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_what_people_take_for_the_same_is_compared_as_the_same(written: str, compared: str) -> None:
    assert fold(written) == compared


@given(st.text(st.characters(max_codepoint=0xFF)) | st.text("aBßÄé\xa0²ª¨·'`. "))
def test_what_is_of_western_europe_is_folded_as_beside_another_script(text: str) -> None:
    assert fold(f"{text} 中") == f"{fold(text)} 中".lstrip()


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_every_single_character_folds_once_for_all() -> None:
    characters = [chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000]
    assert [hex(ord(character)) for character in characters if fold(fold(character)) != fold(character)] == []


@pytest.mark.parametrize(
    "marks", ["\u0300\u0316", "\u0300\uff9e", "\u0300\u200b\u0316", "\ufe71\u0316\ufe7f", "\u0f73\u0316"]
)
def test_heaps_of_combining_marks_cost_no_more_than_their_length(marks: str) -> None:
    """Normalising sorts a run of marks at the square of its length: 40,000 took over a second."""
    assert_linear(fold, lambda length: "a" + marks * (length // len(marks)))
