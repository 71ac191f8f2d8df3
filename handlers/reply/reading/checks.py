"""Voice: what a second pair of eyes would say of a draft, found by rules alone.

Nothing here judges style by a model, and nothing changes the text: each check is a function that returns a sentence
which says what it found and how to mend it, or nothing. Three always block (too long, empty, a blocked word), the
others advise unless the charter's ``binding`` names them. A check that cannot be honest, since it does not know the
language, is silent.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from handlers.base.charter import Charter, length
from handlers.base.organisation import SourceRules
from handlers.text.handles import addressed
from handlers.text.languages import JAPANESE, LANGUAGES, content, language_of, share_a_word, speaks_in_person, words
from handlers.text.match import found_words
from handlers.text.sensitive import internal_links, secrets
from handlers.text.similarity import likeness, shingles
from storage.text.normalise import fold

SIGNATURE_FIELDS = ("name", "department")
SAVED_FIELDS = ("author", "name", "organisation")

# Measured in tests/handlers/text/test_similarity.py: the same reply with other names and a word or two changed is
# alike by 0.53 and more, two replies that begin with the same sentence by 0.39 at most.
BOILERPLATE = 0.45
_SHOWN = 60
_LONGEST_NAME = 80
_FIELD = re.compile(r"( ?)\{(\w+)\}")
_URL = re.compile(r"https?://\S+")
_HANDLE = re.compile(r"(?<!\w)@[\w.@-]+")
# Latin (and Greek, whose own sign is equivalent to ";", Unicode Standard 7.2), Arabic, Armenian, Ethiopic, Vai, Bamum,
# Coptic, Chakma; then forms of the Latin one
_QUESTION = re.compile(
    r"[?\u061f\u055e\u1367\ua60f\ua6f7\u2cfa\u2cfb\U00011143？⁇⁈⁉‽﹖❓❔]|(?<=[\u0370-\u03ff\u1f00-\u1fff])[;\u037e]"
)


@dataclass(frozen=True, slots=True)
class Advice:
    """What one check says: its name, a sentence for the drafter, and whether the draft may not go on like this."""

    name: str
    sentence: str
    binding: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """A draft and what it is judged by.

    Attributes:
        text: As its drafter typed it; the signature is added here, as it is when it is published.
        mention_text: The post that it answers, title and text.
        mention_lang: The post's language as its source says, or empty.
        rules: The source's: its charter and what a reply there is bound by.
        person_name: The drafter's.
        author_name: Who wrote the post: naming them answers nothing.
        author_handle: Theirs, to whom a reply speaks where its network wants that.
        department: The name of the drafter's department, for the signature.
        recent: Our last replies on that source (``storage.reply.past_replies.recent_texts``).
        desk_url: Where the desk is, which nobody outside can open; or empty.
    """

    text: str
    mention_text: str = ""
    mention_lang: str = ""
    rules: SourceRules
    person_name: str = ""
    author_name: str = ""
    author_handle: str = ""
    department: str = ""
    recent: tuple[str, ...] = ()
    desk_url: str = ""

    @property
    def said(self) -> str:
        """What we would say there: the words, and the signature."""
        return signed(self.text, self.rules.charter, self.person_name, self.department)

    @property
    def whole(self) -> str:
        """The reply as it would stand there."""
        return speaking_to(self.said, self.rules, self.author_handle)


def advise(circumstances: Circumstances) -> tuple[Advice, ...]:
    """Return what all checks have to say, the blocking ones first; an empty draft is only called empty."""
    if sentence := _empty(circumstances):
        return (Advice("empty", sentence, True),)
    binding = circumstances.rules.charter.binding
    found = [
        Advice(name, sentence, name in ALWAYS_BINDING or name in binding)
        for name, check in _CHECKS.items()
        if (sentence := check(circumstances))
    ]
    return tuple(sorted(found, key=lambda one: not one.binding))


# --- what always blocks ----------------------------------------------------------------------------------------------


def _empty(draft: Circumstances) -> str:
    if fold(_HANDLE.sub("", draft.text)):
        return ""
    return "The draft is empty: write what the author should read."


def _length(draft: Circumstances) -> str:
    reply = draft.rules.reply
    counted = length(draft.whole, reply) if reply.limit else 0
    if counted <= reply.limit:
        return ""
    over, unit = counted - reply.limit, reply.unit
    added = ["the author's name"] * (draft.whole != draft.said) + ["the signature"] * (draft.said != draft.text.strip())
    included = f", {' and '.join(added)} included" if added else ""
    return (
        f"It is {over} {unit if over > 1 else unit.removesuffix('s')} too long: {draft.rules.name} takes "
        f"{reply.limit}, and this has {counted}{included}. Shorten it."
    )


def _blocked(draft: Circumstances) -> str:
    found = found_words(draft.rules.charter.blocked, draft.said)
    named = ", ".join(f'"{word}"' for word in found)
    return f"The charter blocks {named}: say it in other words." if found else ""


# --- what advises ----------------------------------------------------------------------------------------------------


def _person(draft: Circumstances) -> str:
    """Ask for a name, and for somebody who says "I" or "we" where the language is one that we know."""
    whole = draft.said
    names = set(words(draft.person_name))
    nameless = bool(names) and names.isdisjoint(words(whole))
    language = language_of(draft.text)
    faceless = language is not None and not speaks_in_person(whole, language)
    if nameless and faceless:
        return "Nobody seems to speak here: say \u201cI\u201d or \u201cwe\u201d, and sign with your first name."
    if faceless:
        return "Nobody seems to speak here: say \u201cI\u201d or \u201cwe\u201d."
    return "It bears no name: sign with your first name, so that the author knows who speaks." if nameless else ""


def _question(draft: Circumstances) -> str:
    """Ask for an answer where the post asks: by what the draft is about, so only in languages that we know."""
    if not asks(draft.mention_text):
        return ""
    language = language_of(draft.text)
    if language is None:
        return ""
    names = " ".join([draft.person_name, draft.author_name, *_HANDLE.findall(draft.text)])
    about = content(draft.text, language).difference(words(names))
    if not about:
        return "The post asks something, and this only greets, thanks or apologises: answer the question too."
    asked_in = draft.mention_lang[:2].lower()
    if asked_in not in LANGUAGES and asked_in != JAPANESE:
        asked_in = language_of(draft.mention_text) or ""
    if asked_in != language:
        return ""
    asked = content(_URL.sub(" ", draft.mention_text), language)
    if not asked or share_a_word(asked, about):
        return ""
    return "The post asks something, and this takes up none of its words: see that it answers the question."


def asks(text: str) -> bool:
    """Say whether a text asks: it has a question mark of any script, outside of addresses."""
    return bool(_QUESTION.search(_URL.sub(" ", text)))


def _boilerplate(draft: Circumstances) -> str:
    charter = draft.rules.charter
    own = shingles(_own_words(draft.text, charter))
    for text in draft.recent:
        if likeness(own, shingles(_own_words(text, charter))) >= BOILERPLATE:
            return (
                f"It is nearly the same as a reply that we wrote here before (\u201c{_beginning(text)}\u201d): "
                "say something that fits this post alone."
            )
    return ""


def _own_words(text: str, charter: Charter) -> str:
    """Return a reply without what every reply holds: to whom it speaks, the signature, and the disclosure."""
    text = _HANDLE.sub(" ", text)
    if charter.signature:
        parts = [re.escape(part) for part in re.split(r"\{(?:name|department)\}", charter.signature)]
        text = re.sub(r"[^\n]{0,100}?".join(parts) + r"\s*\Z", "", text)
    return text.replace(charter.disclosure, " ") if charter.disclosure else text


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[:_SHOWN].rstrip() + "…"


def _disclosure(draft: Circumstances) -> str:
    wanted = draft.rules.charter.disclosure
    if fold(wanted) in fold(draft.said):
        return ""
    return f"The charter of {draft.rules.name} wants \u201c{wanted}\u201d in every reply: add it."


def _secrets(draft: Circumstances) -> str:
    found = secrets(draft.said)
    return f"It holds {_listed(found)}, and everybody can read it: take it out." if found else ""


def _links(draft: Circumstances) -> str:
    found = internal_links(draft.said, draft.desk_url)
    return f"Nobody outside can open {_listed(found)}: link to a public page, or say it in words." if found else ""


def _listed(parts: list[str]) -> str:
    few = parts[:3]
    return few[0] if len(few) == 1 else f"{', '.join(few[:-1])} and {few[-1]}"


_CHECKS: dict[str, Callable[[Circumstances], str]] = {
    "length": _length,
    "blocked": _blocked,
    "person": _person,
    "question": _question,
    "boilerplate": _boilerplate,
    "disclosure": _disclosure,
    "secrets": _secrets,
    "links": _links,
}
ALWAYS_BINDING = ("empty", "length", "blocked")
# What a charter may make binding.
ADVISING = tuple(name for name in _CHECKS if name not in ALWAYS_BINDING)


# --- texts with fields -----------------------------------------------------------------------------------------------


def signed(text: str, charter: Charter, name: str, department: str) -> str:
    """Return a reply with the charter's signature under it, once; unchanged where there is none."""
    text = text.strip()
    signature = fill(charter.signature, {"name": name, "department": department}).strip()
    if not signature or text.endswith(signature):
        return text
    return f"{text}\n{signature}"


def speaking_to(text: str, rules: SourceRules, handle: str) -> str:
    """Return a reply that begins with its author's handle, where its network tells nobody of it otherwise."""
    return addressed(text, handle, rules.instance) if rules.reply.addressed else text


def fill(template: str, values: dict[str, str]) -> str:
    """Return a saved reply or signature with its fields filled in, in one pass: what a value holds is never a field.

    A value is a name and nothing more: it stands on one line, pings nobody and links nowhere, since the author chose
    theirs. A field that is empty takes the space before it along; one that is not in ``values`` is left as written.
    """

    def filled(found: re.Match[str]) -> str:
        space, field = found.groups()
        if field not in values:
            return found[0]
        value = plain_name(values[field])
        return f"{space}{value}" if value else ""

    return _FIELD.sub(filled, template)


def plain_name(name: str) -> str:
    """Return somebody's name without what a platform could take for a handle, a hashtag, an address or markup."""
    kept = "".join(
        character if unicodedata.category(character)[0] in "LMN" or character in " '’.-&" else " "
        for character in unicodedata.normalize("NFC", name[: 4 * _LONGEST_NAME])
    )
    # A full stop ends an initial or a title; inside a word it would make a host of it
    apart = re.sub(r"\.(?=[^\s.])", ". ", kept)
    return " ".join(apart.split())[:_LONGEST_NAME].strip()


def unknown_fields(template: str, known: Iterable[str]) -> list[str]:
    """Return the fields of a template that nobody fills in."""
    allowed = set(known)
    return [found[1] for found in _FIELD.findall(template) if found[1] not in allowed]
