"""Spellings: what is one thing to a reader is found however it is written, and what is not stays another."""

import random

import pytest

from handlers.text.match import Matcher, Topic
from storage.text.normalise import fold
from tests.harness.linear import assert_linear


def found(term: str, text: str) -> bool:
    return Matcher([Topic(name="t", department="support", any=(term,))]).match("", text) is not None


SIGNS = [
    ("nimbus", "Nimbus™ keeps failing"),
    ("nimbus", "is Nimbus® down?"),
    ("nimbus", "Nimbus®️ again"),
    ("nimbus", "Nimbus™'s new plan"),
    ("nimbus", "©Nimbus 2026"),
    ("nimbus", "Nimbusᵀᴹ broke"),
    ("nimbus", "Nimbusˢᴹ broke"),
    ("nimbus drive", "Nimbus®Drive"),
    ("nimbus drive", "Nimbus™ Drive™"),
    ("nimbus™", "nimbus"),
    ("#nimbus", "#Nimbus™"),
    ("@nimbus", "@nimbus™ help"),
    ("5", "Chanel №5"),
    ("no 5", "№ 5"),
    ("nimbus", "①Nimbus ②Drive"),
    ("nimbus", "❷Nimbus"),
    ("1/2", "1½ months"),
    ("0800", "℡0800 123"),
    ("h2o", "H₂O"),
    ("m2", "20 m²"),
    ("nimbus", "ⓝⓘⓜⓑⓤⓢ"),
]
CAPITALS = [
    ("λογαριασμός", "ΛΟΓΑΡΙΑΣΜΟΣ"),
    ("χρέωση", "ΧΡΕΩΣΗ ΔΥΟ ΦΟΡΕΣ"),
    ("χρεωση", "η χρέωση"),
    ("μάιος", "ΜΑΪΟΣ"),
    ("προϊόν", "ΠΡΟΪΟΝ"),
    ("ἀριθμός", "ΑΡΙΘΜΟΣ"),
    ("χρέ*", "ΧΡΕΩΣΕΙΣ"),
    ("faturası", "FATURASI"),
    ("istanbul", "I\u0307STANBUL"),
    ("jį", "JI\u0328\u0307"),
    ("í", "i\u0307\u0301"),
    ("großkunde", "GROẞKUNDE"),
    ("großkunde", "GROSSKUNDE"),
    ("և", "ԵՎ"),
    ("đà nẵng", "ÐÀ NẴNG"),
]
WRITTEN_ON = [
    ("شحنة", "الشحنة لم تصل"),
    ("شحنة", "والشحنة"),
    ("شحنة", "بالشحنة"),
    ("شحنة", "كالشحنة"),
    ("شحنة", "فالشحنة"),
    ("شحنة", "وبالشحنة"),
    ("شحنة", "للشحنة"),
    ("شحنة", "لشحنة"),
    ("شحنة", "وشحنة"),
    ("شحنة", "#الشحنة"),
    ("بنك", "البنك"),
    ("خدمة العملاء", "وخدمة العملاء"),
    ("الراجحي", "للراجحي"),
    ("משלוח", "המשלוח לא הגיע"),
    ("משלוח", "במשלוח"),
    ("משלוח", "שהמשלוח"),
    ("משלוח", "וכשהמשלוח"),
    ("משלוח", "מהמשלוח"),
    ("בנק", "לבנק"),
    ("בנק", "והבנק"),
    ('ארנ"ק', "בארנ״ק"),
]
VOWELS = [
    ("شحنة", "الشُّحْنَةُ"),
    ("شحنة", "شحـــنة"),
    ("شحنة", "شحنه"),
    ("شُحنة", "شحنة"),
    ("إشعار", "اشعار"),
    ("آخر", "اخر"),
    ("مصطفى", "مصطفي"),
    ("پشتیبانی", "پشتيباني"),
    ("شرکت", "شركت"),
    ("ادارہ", "اداره"),
    ("מִשְׁלוֹחַ", "משלוח"),
    ("משלוח", "מִשְׁלוֹחַ"),
    ("תל-אביב", "תל־אביב"),
    ("оплата", "опла́та"),
    ("हज़ार", "हजार"),
    ("पाँच", "पांच"),
]
KEYBOARDS = [
    ("won't load", "it won`t load"),
    ("won't load", "won´t load"),
    ("won't load", "wonʼt load"),
    ("won't load", "won′t load"),
    ("won`t load", "won't load"),
    ("комп'ютер", "комп’ютер"),
    ("комп'ютер", "комп`ютер"),
    ("hawai'i", "Hawaiʻi"),
    ("ג'ירפה", "ג׳ירפה"),
    ('מנכ"ל', "מנכ״ל"),
    ('מנכ"ל', "המנכ''ל"),
    ("מנכ״ל", "מנכ”ל"),
    ("счёт", "счет"),
    ("все", "ВСЁ"),
    ("pl\u0103\u021bii", "pl\u0103\u0163ii"),
    ("coeur", "cœur"),
    ("col·legi", "col•legi"),
    ("žalba", "ЖАЛБА"),
    ("рачун", "račun"),
    ("ljubičasta", "љубичаста"),
    ("ニンバス・ドライブ", "ニンバスドライブ"),
    ("ニンバスドライブ", "ニンバス･ドライブ"),
    ("ニンバスドライブ", "新しいニンバス・ドライブを"),
    ("ニンバスドライブ", "ニンバス ドライブ"),
    ("ニンバスドライブ", "ニンバス•ドライブ・プロ"),
    ("プリンター", "プリンタが"),
    ("プリンタ", "プリンターが"),
    ("プリンター", "ﾌﾟﾘﾝﾀｰ"),
    ("10〜20", "10～20"),
    ("バグ", "ハ゛ク゛"),
    ("2026", "٢٠٢٦"),
    ("2026", "२०२६"),
]


@pytest.mark.parametrize(("term", "text"), [*SIGNS, *CAPITALS, *WRITTEN_ON, *VOWELS, *KEYBOARDS])
def test_what_is_one_thing_to_a_reader_is_found(term: str, text: str) -> None:
    assert found(term, text)


OTHERS = [
    # signs
    ("nimbustm", "Nimbus™"),
    ("tm", "Nimbus™"),
    ("r", "Nimbus®"),
    ("nimbus", "Nimbustm"),
    ("nimbus", "nimbus2"),
    ("11", "1½ months"),
    ("17-eleven", "7‑Eleven"),
    ("c++17", "C++17x"),
    ("node.js", "node.jsx"),
    ("nimbus.com", "nimbus.community"),
    # accents that tell words asunder, where capitals keep them
    ("resume", "résumé"),
    ("schon", "SCHÖN"),
    ("año", "ANO"),
    ("мой", "мои"),
    ("її", "іі"),
    # what only looks like an article
    ("ספר", "מספר"),
    ("לוח", "שלוח"),
    ("לום", "שלום"),
    ("משלוח", "תמשלוח"),
    ("משלוח", "משלוחים"),
    ("משלוח", "אהמשלוח"),
    ("בן", "לבן"),
    ("لون", "بالون"),
    ("حول", "كحول"),
    ("لب", "كلب"),
    ("له", "الله"),
    ("شحنة", "مشحنة"),
    ("شحنة", "تالشحنة"),
    ("شحنة", "شحنتي"),
    ("شحنة", "يوالشحنة"),
    ("#شحنة", "#الشحنة"),
    # letters of one script that are two
    ("لڑکی", "لڑکے"),
    ("بهار", "بھار"),
    ("ґ", "г"),
    ("соte", "cote"),
    # marks that are no apostrophe
    ("it's", "it `s`"),
    ("nimbus's", "run `nimbus` sometimes"),
    ("players' union", "the `players` union"),
    ("'nimbus", "run `nimbus`"),
    ("ארהב", "ארה''ב"),
    # katakana: parts of words are not put together
    ("ライン", "カメラ・インク"),
    ("ライン", "カメラ インク"),
    ("サーバー", "サーバル"),
    ("バス", "ニンバー・スロット"),
    ("ニンバスドライブ", "ニンバス。ドライブ"),
    # Serbian only where its marks show it
    ("on", "он"),
    ("most", "мост"),
    ("он", "on"),
    ("účet", "учет"),
]


@pytest.mark.parametrize(("term", "text"), OTHERS)
def test_what_is_another_thing_to_a_reader_is_not_found(term: str, text: str) -> None:
    assert not found(term, text)


HEAPS = [
    "α\u0301\u0653", "е\u0301\u0308", "\u05b0\u064b", "`", "a`", "''", "א''", "ア・", "ア", "・", "וכשה", "والب",
    "™", "™\u200b", "ᵀᴹ", "①", "i\u0307\u0323", "į\u0307\u0301",
]  # fmt: skip


@pytest.mark.parametrize("piece", HEAPS)
def test_heaps_of_what_is_respelt_cost_no_more_than_their_length(piece: str) -> None:
    terms = ("אבגד", "شحنة", "アアアー", "アア", "žalba")
    matcher = Matcher([Topic(name="t", department="d", any=("zebra",), none=terms)])
    assert_linear(lambda text: matcher.match("", text), lambda length: (piece * length)[:length])


def test_what_was_respelt_once_stays_as_it_is() -> None:
    """What one rule takes away may let two others meet."""
    letters = "αάϊеёиiİıįגאוההשا" + "إلیيسşȘ" + "œð`'·•ァ・。ー゛か™℠№①½ᵀᴹ " + "ъ\u0901क"
    marks = "\u0301\u0308\u0653\u0654\u064b\u0307\u0328\u0300\u05b0\u093c\u0327\u0326\u0323\u200b"
    chance = random.Random(5)
    for _ in range(20_000):
        text = "".join(chance.choices(letters + marks, k=chance.randint(1, 8)))
        assert fold(fold(text)) == fold(text), ascii(text)
