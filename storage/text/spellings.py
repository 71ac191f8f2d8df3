"""Spellings: what is one thing to a reader and two to a computer, script by script, all in this one table.

Unicode's normalising and case folding do the most of it (``fold``). The rest is what each script's own readers take
for the same; where Lucene or ICU have a rule it is theirs, since it was tried on whole languages.

| script | what | how it is compared | whose rule |
|---|---|---|---|
| all | ™ ℠ ® © ℗ behind a name | left out | ours: NFKC makes letters of ™, and glues them to the name |
| all | ℡ ℻ № ㏇ ㏍ ㏋ ① ❶ ½ | words of their own | Unicode, NFKC, which glues them to their neighbours |
| all | ’ ′ ` ´ ʼ ʻ ʾ ׳, “ ” ″ ״ | ' and " | Lucene, ICUFoldingFilter (UTR #30); ` only between two letters |
| all | ‐ – — − ־ | - | the same, "dashes folding" |
| all | ٣ ۳ ३ ๓ | 3 | Lucene, DecimalDigitFilter |
| all | • ‧ ⋅ ∙ | · | Unicode, confusables: a keyboard has one of them |
| Latin | ı, i with a dot above it, į̇ | i, į | Unicode, SpecialCasing (Turkish, Lithuanian) |
| Latin | ş ţ | ș ț | Lucene, RomanianNormalizer |
| Latin | ð ɖ | đ | Unicode, confusables: Ð Ɖ Đ have one shape, and small letters are made of them |
| Latin | œ | oe | Lucene, ASCIIFoldingFilter: no keyboard has the letter |
| Latin, Cyrillic | račun, рачун | either finds the other | Lucene's Serbian letters; ours: where č ć š ž đ is in it |
| Greek | ά ϊ ΐ ᾶ | α ι | Lucene, GreekLowerCaseFilter: capitals have no accents |
| Cyrillic | ё, and stress marks | е | Snowball, Russian; ICU, which ignores the stress |
| Armenian | եվ, և | եւ | CLDR: և is ԵՎ in capitals |
| Hebrew | points and accents | left out | Lucene, ICUFoldingFilter |
| Hebrew | װ ױ ײ; '' inside a word | two letters; " | Unicode, confusables |
| Hebrew | ה ו ב ל מ ש כ written onto a word | looked past | grammar: the letters of משה וכלב |
| Arabic | vowel marks | left out | Lucene, ArabicNormalizer |
| Arabic | آ أ إ ٱ, ى ي, ة | ا, ی, ه | the same |
| Arabic | ك, ہ ۀ ۂ ۃ | ک, ه | Lucene, PersianNormalizer; not its ے, which is a letter of its own in Urdu |
| Arabic | ال and و ف ب ك ل written onto a word | looked past | Lucene, ArabicStemmer |
| Arabic | لل for ل and ال | finds a name that begins with ال | grammar |
| Devanagari | nukta, ँ | left out, ं | Lucene, HindiNormalizer |
| Kana | 〜 and ～, ゛ behind a letter | ~, one letter | Unicode, the tables of JIS X 0208 and CP 932 |
| Katakana | ー at the end of four and more | found without it too | Lucene, JapaneseKatakanaStemFilter |
| Katakana | アクメ・クラウド, アクメクラウド | either finds the other | ours: only whole words are put together |

What stands on a word may be a part of it: "מספר" is "number" and not "from a book". So the shorter the word that is
looked for, the fewer letters are looked past, and none before a word of two.
"""

import re
import unicodedata

_TRADE = "™℠®©℗\U0001f16a\U0001f16b\U0001f16c"
_RAISED = re.compile("ᵀᴹ|ᵗᵐ|ˢᴹ|ˢᵐ|ᴹᴰ|ᴹᶜ")
_ABBREVIATIONS = "℡℻№㏇㏍㏋℀℁℅℆"
_FRACTIONS = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅟↉"
_COUNTED = "⓪⓿①②③④⑤⑥⑦⑧⑨⑩⓵⓶⓷⓸⓹⓺⓻⓼⓽⓾❶❷❸❹❺❻❼❽❾❿➀➁➂➃➄➅➆➇➈➉➊➋➌➍➎➏➐➑➒➓"

# What is replaced before anything else, since normalising would make something else of it.
SIGNS = {
    **dict.fromkeys(_TRADE, ""),
    **{sign: f" {unicodedata.normalize('NFKC', sign)} " for sign in _ABBREVIATIONS},
    **{sign: f" {unicodedata.normalize('NFKC', sign)}".replace("⁄", "/") for sign in _FRACTIONS},
    **{sign: f" {unicodedata.numeric(sign):.0f} " for sign in _COUNTED},
    **dict.fromkeys(
        "‘’‚‛′‵´\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u0374\u0384\u055a\u05f3\u1fbd\u1fbf\ua78b\ua78c❛❜", "'"
    ),
    **dict.fromkeys("“”„‟″‴⁗‶‷\u05f4❝❞〝〞〟", '"'),
    **dict.fromkeys("‐‑‒–—―−⁻₋﹘︱︲\u058a\u05be\u2043\u2e3a\u2e3b", "-"),
    **dict.fromkeys("〜∼⁓〰\u02dc", "~"),
    "\u0149": "'n",
    "\u1e9a": "a'",
    "⁄": "/",
    "゛": "\u3099",
    "゜": "\u309a",
}

_GREEK = "\u0370-\u03ff\u1f00-\u1fff"
_MARKS = (
    "\u093c\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08e1\u08e3-\u08ff"
)
_ZEROS = "٠۰०০੦૦୦௦౦೦൦๐໐༠၀០"


def _bare_greek() -> dict[str, str]:
    letters = map(chr, (*range(0x370, 0x400), *range(0x1F00, 0x2000)))
    bare = {letter: unicodedata.normalize("NFD", letter)[0] for letter in letters}
    return {letter: base for letter, base in bare.items() if base != letter and base.isalpha()}


_LETTERS = {
    **_bare_greek(),
    **{chr(ord(zero) + value): str(value) for zero in _ZEROS for value in range(10)},
    **dict.fromkeys("آأإٱ", "ا"),
    **dict.fromkeys("ىي", "ی"),
    **dict.fromkeys("ةہۀۂۃ", "ه"),
    **dict.fromkeys("•‧⋅∙", "·"),
    **{"ك": "ک", "ё": "е", "ѐ": "е", "ѝ": "и", "ı": "i", "ş": "ș", "ţ": "ț", "ð": "đ", "ɖ": "đ", "œ": "oe"},
    **{"װ": "וו", "ױ": "וי", "ײ": "יי", "ँ": "ं"},
}
_MARK = re.compile(f"[{_MARKS}]")
# Every letter of the scripts that have some in it: what a table lacks costs ``str.translate`` an exception each time.
_TABLE = {
    code: None if _MARK.fullmatch(chr(code)) else _LETTERS.get(chr(code), code)
    for code in (*range(0xA80), *range(0x1F00, 0x2070), *map(ord, _LETTERS))
} | dict.fromkeys(range(0x8D3, 0x900))
_HINT = re.compile(f"[{''.join(_LETTERS)}{_MARKS}\u0300-\u036f`·վ]|''")

# What depends on its neighbours.
_NEIGHBOURLY = {"`": "'", "''": '"', "·": "・", "եվ": "եւ"}
_NEIGHBOURLY_HINT = re.compile("[\u0300-\u036f`·վ]|''")
_NEIGHBOURS = re.compile(
    rf"(?<=[{_GREEK}])[\u0300-\u036f]+"
    r"|(?<=[\u0400-\u052f])[\u0300\u0301]+"
    r"|(?<=[ijįị])\u0307+"
    r"|(?<=[^\W_])`(?=[^\W_])"
    r"|(?<=[א-ת])''(?=[א-ת])"
    r"|(?<=[ァ-ヺー])·(?=[ァ-ヺー])"
    r"|եվ"
)


def mend_raised(text: str) -> str:
    """Make one sign of a trade mark that is put together of small raised letters."""
    return _RAISED.sub("™", text) if "ᴹ" in text or "ᵐ" in text else text


def parting(found: re.Match[str]) -> str:
    """Return what stays of a run of signs that are left out: a space where a mark of trade stood between two words."""
    if not any(sign in found[0] for sign in _TRADE):
        return ""
    text, start, end = found.string, found.start(), found.end()
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    return " " if before.isalnum() and after.isalnum() else ""


def respell(folded: str) -> str:
    """Return folded text with each letter as its script's readers compare it.

    What one step takes away may let others meet, so it goes on until nothing changes; each step takes something away.
    """
    while _HINT.search(folded):
        spelt = folded.translate(_TABLE)
        if _NEIGHBOURLY_HINT.search(spelt):
            spelt = _NEIGHBOURS.sub(lambda found: _NEIGHBOURLY.get(found[0], ""), spelt)
        if spelt == folded:
            break
        folded = unicodedata.normalize("NFKC", spelt)
    return folded


# What a term may be written as besides: the needle, and whether no further letter of Katakana may follow it.
Spelling = tuple[str, bool]

_LONG = re.compile("(.*[ァ-ヺー]{3})ー")
_PUT_TOGETHER = re.compile("(?<=[ァ-ヺー])[・ ](?=[ァ-ヺー])")
_RUN = re.compile("[ァ-ヺー]{1,40}+(?:[・ ][ァ-ヺー]{1,40}+){1,20}+")
_MOST_PARTS = 4
KATAKANA_WORD = re.compile("[ァ-ヺー]+")
_SERBIAN = dict(zip("абвгдђежзијклмнопрстћуфхцчш", "abvgdđežzijklmnoprstćufhcčš", strict=True))
_IN_LATIN = str.maketrans(_SERBIAN | {"љ": "lj", "њ": "nj", "џ": "dž"})
_IN_CYRILLIC = {"lj": "љ", "nj": "њ", "dž": "џ"} | {latin: cyrillic for cyrillic, latin in _SERBIAN.items()}
_PAIRS = re.compile("lj|nj|dž|.", re.DOTALL)
_SERBIAN_WORDS = re.compile(f"(?=[^čćšžđ]*[čćšžđ])[{''.join(_SERBIAN.values())} ]+")
_SERBIAN_CYRILLIC = re.compile(f"[{''.join(_SERBIAN)}љњџ ]+")


def spellings(needle: str) -> tuple[Spelling, ...]:
    """Return how a folded word or phrase may be written, itself first."""
    found: dict[str, bool] = {needle: False}
    for one in (needle, _PUT_TOGETHER.sub("", needle)):
        found.setdefault(one, False)
        if long := _LONG.fullmatch(one):
            found.setdefault(long[1], True)
    found.update(dict.fromkeys(_other_alphabet(needle), False))
    if needle.startswith("ال"):
        found["لل" + needle[2:]] = False
    return tuple(found.items())


def _other_alphabet(needle: str) -> list[str]:
    """Return Serbian in its other alphabet; only where the Latin one shows by its marks that it is such a language."""
    if _SERBIAN_WORDS.fullmatch(needle):
        return ["".join([_IN_CYRILLIC.get(pair, pair) for pair in _PAIRS.findall(needle)])]
    if _SERBIAN_CYRILLIC.fullmatch(needle) and _SERBIAN_WORDS.fullmatch(latin := needle.translate(_IN_LATIN)):
        return [latin]
    return []


def put_together(haystack: str) -> set[str]:
    """Return the words of Katakana that a dot or space parts, each two to four neighbours as one word."""
    together: set[str] = set()
    for run in _RUN.findall(haystack):
        parts = re.split("[・ ]", run)
        for start in range(len(parts)):
            together.update("".join(parts[start:end]) for end in range(start + 2, start + _MOST_PARTS + 1))
    return together


def is_katakana(character: str) -> bool:
    """Tell whether it is a letter of Katakana; the sign of a long vowel is none."""
    return "ァ" <= character <= "ヺ"


# How many letters a word must have, and what may then stand on it.
_WRITTEN_ON = {
    "ARABIC": (
        (3, re.compile("[وف]?(?:[بک]?ال|لل)|و")),
        (4, re.compile("[وف]?[بکلف]|ف")),
    ),
    "HEBREW": (
        (3, re.compile("ו?[הבכל]|ו")),
        (4, re.compile("ו?(?:לכש|כש|מש|ש)?(?:מ?ה|[בכלמ])?")),
    ),
}
MOST_WRITTEN_ON = 5
WRITTEN_ON = frozenset(_WRITTEN_ON)


def is_written_on(script: str, letters: str, word: str) -> bool:
    """Tell whether the letters before a word are an article or prepositions that its script writes onto it."""
    return any(len(word) >= least and forms.fullmatch(letters) for least, forms in _WRITTEN_ON[script])
