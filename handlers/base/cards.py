"""Card, Form and Notice: what people see, in neutral terms.

Handlers say what to show; each platform draws it in its own way and escapes every text. Nothing here is markup.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from hashlib import sha256

from handlers.base.charts import Chart
from handlers.base.media import Media
from handlers.text.bounds import clip

MAX_LINES = 15
# What stands above the reply that a card shows, and how long one may be to be shown whole.
GOES_OUT = "Approved, as it would stand there:"
MAX_REPLY = 1_000
PREVIEW = 140


class Rank(IntEnum):
    """Where a verb stands on a card, by how near it is to what comes next.

    ``main`` = the one that stands out; ``button`` = beside it; ``menu`` = in the menu; ``more`` = not on the card, but
    in the form of everything that is possible.
    """

    MAIN = 0
    BUTTON = 1
    MENU = 2
    MORE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One verb, offered on one mention, or on none.

    Attributes:
        label: At most 30 characters.
        value: ``<token>.<version>``; empty for a verb that is about no mention.
        shown: The digests of the reply that its card shows and that it lets out, or the cycle of the lease whose
            question it answers; comes back with the press.
        accessibility_label: Names the mention too, at most 75 characters.
        opens_form: Pressing it asks for input first.
        rank: Where it stands: the one main button, beside it, or in the menu.
    """

    verb: str
    label: str
    value: str
    accessibility_label: str
    opens_form: bool = False
    rank: Rank = Rank.BUTTON
    shown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label, which may be empty, and a value, untrusted; a datetime is shown in everyone's own zone.

    Attributes:
        end: With what the value ends, where that leads to ``path`` on the desk.
        path: Of our own, and empty where nothing leads anywhere.
    """

    label: str
    value: str | datetime
    end: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a line leads: an address, or the card of a mention on the reader's platform.

    Attributes:
        places: (platform, channel, reference) of the mention's cards.
    """

    label: str
    url: str = ""
    places: tuple[tuple[str, str, str], ...] = ()


def origin_of(source: str, external_id: str) -> str:
    """Return by what a post is known that a source shows us, whatever else we know: 24 hexadecimal digits."""
    return sha256(f"{source}\0{external_id}".encode("utf-8", "replace")).hexdigest()[:24]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A mention as shown in a channel: who said what and where, how it stands, and what one can do.

    Attributes:
        title: What it is called, in our words: "Mention #k7f2 for Customer support".
        author: Who wrote it, by name, or by handle where there is no name; untrusted like all that they wrote.
        handle: "@kim", where it is not the name itself.
        avatar: An https address that platforms may fetch, or empty.
        place: Where it was said, as people call it: "Bluesky", or the host of its address.
        network: What its source calls its network, or else the kind of the source: it has a picture on the desk.
        said_at: When it was said; the author's word, or ``arrived``: when we heard of it.
        heading: The title of what is quoted.
        body: What is quoted: the latest that its author wrote to us.
        began: What the talk began with, on one line, where the quote is a later turn of it.
        media: What the quoted post shows beside its words.
        sign: The emoji that stands beside the state.
        state: One sentence that tells how it stands, whoever wrote a reply first, without colour or emoji.
        details: What stands behind the state in the same line, a few words each.
        asides: Lines of their own: what others say of it, and what colleagues wrote.
        brief: Nothing is to be done here any more: drawn as one line.
        moved: It stands elsewhere now; shown without buttons.
        moved_to: The card there.
        mark: A sentence on why it is shown here, or empty.
        reply: The whole reply that a press would let out, as it would stand there; empty where there is none to show.
        under: What others said in the same public thread and stands on this card, the newest first; ``more`` of it is
            on the desk.
        origin: What its mention began with (``origin_of``); the same for whoever hears of that post again.
        text: The whole card in one sentence, for notifications and screen readers; untrusted parts in it.
    """

    token: str
    version: int
    title: str
    author: str
    handle: str = ""
    author_url: str = ""
    avatar: str = ""
    place: str
    network: str = ""
    said_at: datetime
    arrived: bool = False
    link: str
    heading: str
    body: str
    began: str = ""
    lang: str
    media: tuple[Media, ...] = ()
    status: str
    sign: str
    state: str
    details: tuple[Fact, ...] = ()
    asides: tuple[Fact, ...] = ()
    buttons: tuple[Button, ...]
    text: str
    brief: bool = False
    moved: bool = False
    moved_to: Link | None = None
    mark: str = ""
    reply: str = ""
    origin: str = ""
    under: "Section | None" = None

    @property
    def who(self) -> str:
        """Who and where, as people say it: "Kim Sample on Bluesky"."""
        return f"{self.author or self.handle} on {self.place}" if self.author or self.handle else self.place

    @property
    def words(self) -> str:
        """What it says, on one line."""
        return one_line(self.heading or self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a notice, with at most one action.

    Attributes:
        text: Plain text, untrusted.
        token: The mention that it is about, or empty.
        at: A moment that is shown behind the text, in everyone's own zone.
        quotes: The text is that of the mention, and becomes what stands there when the notice is drawn again.
        asked: The draft that somebody is asked to read, by what ``handlers.reply.asked`` calls it, or empty; once that
            is decided, the whole notice is one line that says how.
    """

    text: str
    token: str = ""
    at: datetime | None = None
    link: Link | None = None
    button: Button | None = None
    lang: str = ""
    quotes: bool = False
    asked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A reply of ours as it will stand in public, character for character.

    Attributes:
        name: What our account is called there; the organisation's name where its source does not say.
        text: All of it: to whom it speaks, the words, the signature.
        count: How long it is, in the unit of where it goes ("212 of 300 graphemes"); empty where nothing is counted.
        over: It is longer than may be.
        card: The host of the page whose card will stand below it; empty where there will be none.
        unseen: What stands in it that nobody sees, in sentences.
    """

    name: str
    text: str
    count: str = ""
    over: bool = False
    card: str = ""
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some lines under a title.

    Attributes:
        more: How many lines were left out.
        copy: The text that the lines show, as it is to be copied, where it is meant for that.
        quote: The lines are what somebody else said, or is to say, in public: not words of ours.
        preview: The reply that the lines show, as it will stand there; drawn in their place.
        chart: A picture of the numbers that the lines tell, where a platform can draw one.
    """

    title: str
    lines: tuple[Line, ...] = ()
    more: int = 0
    copy: str = ""
    quote: bool = False
    preview: Preview | None = None
    chart: Chart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Lines of text with at most one action each: digest, list, App Home, direct message.

    Attributes:
        text: All of it in one sentence, for notifications and screen readers.
        footer: Small print below.
        buttons: What may be done besides, about no mention or about the one that it tells of; a row at the end.
        calls: The user group ("@finance") that is called when this is posted, and never when it is drawn anew.
    """

    title: str
    text: str
    sections: tuple[Section, ...] = ()
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    calls: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option of a field."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that a form asks for.

    Attributes:
        name: The field of the command that it fills.
        kind: line, text, person, choice or time: one of its choices, each of which is a moment, or another one that
            is picked, and counts where there are both.
        hint: What may be filled in.
        example: Something that may be typed for it, for who typed a command without it.
        limit: The most characters, for line and text.
        pressed: The form is sent by one of its choices, so that what is pressed says what it does: each is a button
            where a platform can, else the form's button bears the words of what is chosen.
        fills: Choosing one puts its text into the field of this name, unless somebody typed there.
    """

    name: str
    label: str
    kind: str
    required: bool = True
    hint: str = ""
    example: str = ""
    choices: tuple[Choice, ...] = ()
    initial: str = ""
    limit: int = 2_000
    pressed: bool = False
    fills: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What asks for input before a verb.

    Attributes:
        value: ``<token>.<version>``.
        submit: What its button says; of one that is sent by its choices, before any was made.
        shown: The digests of what it shows of a reply; comes back with what is filled in.
        about: One line on the mention, untrusted.
        beside: What stands beside the fields to be read while filling them in: the whole mention, the charter,
            what changed, similar replies.
        principles: What the organisation stands by in every reply; above the field that takes one.
        previewed: The field whose text ``preview`` shows as it will stand in public, with what the checks say of it.
            Where a platform can, it is drawn again while somebody types (``Asking.given``).
    """

    verb: str
    value: str
    title: str
    submit: str
    fields: tuple[Field, ...]
    about: str = ""
    beside: tuple[Section, ...] = ()
    shown: str = ""
    principles: tuple[str, ...] = ()
    preview: tuple[Section, ...] = ()
    previewed: str = ""


def section(title: str, lines: list[Line], total: int | None = None) -> Section:
    """Build a section of at most 15 lines that counts what it leaves out."""
    total = len(lines) if total is None else total
    shown = tuple(lines[:MAX_LINES])
    return Section(title=title, lines=shown, more=max(0, total - len(shown)))


def with_less(one: Section) -> Section | None:
    """Return a section without its last line, which is counted; None where it has no line any more."""
    return replace(one, lines=one.lines[:-1], more=one.more + 1) if one.lines else None


def more_under(one: Section) -> str:
    """Say where the rest is of what else was said in a public thread."""
    return f"{one.more} more stand on its page on the desk" if one.lines else "They stand on its page on the desk"


def one_line(text: str, limit: int = PREVIEW) -> str:
    """Return text on one line, shortened with an ellipsis."""
    return shortened(" ".join(clip(text, limit * 4).split()), limit)


def shortened(line: str, limit: int) -> str:
    """Return a line of at most ``limit`` characters, with an ellipsis where it was cut."""
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
