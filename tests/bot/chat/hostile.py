"""What a stranger may write, and cards, notices and forms full of it: every platform draws them without harm."""

from datetime import UTC, datetime
from typing import Any

from handlers.base.cards import Button, Card, Choice, Fact, Field, Form, Line, Link, Notice, Preview, Rank, Section
from handlers.base.media import Media, MediaKind
from handlers.verbs import ON_CARDS

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PICTURE = "https://pictures.example/anvil.jpg"
HOSTILE = {
    "channel ping": "<!channel> <!here> <!everyone|x> @channel @here",
    "user ping": "<@U0ANA> <@U0ANA|ana> <!subteam^S1|@team>",
    "spoofed link": "<https://evil.example|https://bank.example> [bank.example](https://evil.example)",
    "markup": "*bold* _it_ ~no~ `code` ```\nblock\n``` > quote\n# head\n- list",
    "entities": "&lt;!channel&gt; &amp;lt;!here&amp;gt; &#60;!channel&#62;",
    "very long": "word " * 8_000,
    "one long word": "x" * 40_000,
    "quotes that double": '"\\' * 20_000,
    "angles that grow": "<" * 40_000,
    "many lines": "\n" * 20_000 + "end\n" * 5_000,
    "right to left": "\u202eevil\u202c \u2067abc \u2066 \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "zero width": "a" + "\u200b" * 20_000 + "b" + "\u200d\ufeff\u2060" * 3_000,
    "nothing to see": "\u200b\u00a0\u2003\u3164\u00ad",
    "combining marks": "z" + "\u0335\u0321" * 9_000,
    "controls": "a\x00b\x1b[31m\u2028\u2029\ufff9\ud83d",
    "astral": "\U0001f469\u200d\U0001f4bb" * 6_000,
    "emoji names": ":smile: :rotating_light: :x:",
    "dates": "<!date^0^{date}|2099> <#C1|general>",
    "functions": "{{DATE(2099-01-01T00:00:00Z, SHORT)}} {{TIME(2099-01-01T00:00:00Z)}} ${$root.secret}",
    "at tags": '<at>Ana</at> <at id="0">everyone</at> @everyone &nbsp;',
    "script": "javascript:alert(1) <script>alert(1)</script> data:text/html,x",
    "nothing": "",
}


def card(text: str, **changes: Any) -> Card:
    """Make a card with the text in every place that somebody else's words may have, and every verb on it."""
    values: dict[str, Any] = {
        "token": "k7f2",
        "version": 3,
        "title": "Mention #k7f2 for Customer support",
        "heading": text,
        "body": text,
        "began": text,
        "lang": "en",
        "author": text,
        "handle": text,
        "author_url": text,
        "avatar": "https://pictures.example/kim.jpg",
        "place": text,
        "said_at": NOW,
        "link": "https://blog.example/1",
        "media": (Media(kind=MediaKind.PICTURE, url=PICTURE, alt=text), Media(kind=MediaKind.VIDEO, alt=text)),
        "state": f"{text[:50]} has it.",
        "sign": "🔵",
        "status": "claimed",
        "details": (
            Fact(label="", value=text),
            Fact(label="also seen at", value=text),
            Fact(label="edited", value=NOW),
        ),
        "asides": (Fact(label="Another source says of this address", value=text),),
        "buttons": buttons(text),
        "text": f"{text} on {text}: {text} (#k7f2)",
    }
    return Card(**(values | changes))


def buttons(text: str = "") -> tuple[Button, ...]:
    """Return the buttons of every verb, as many as a card shows in its row and its menu, and the others."""
    ranks = [Rank.MAIN, Rank.BUTTON, Rank.BUTTON, *[Rank.MENU] * 5, *[Rank.MORE] * len(ON_CARDS)]
    return tuple(
        Button(
            verb=verb.name,
            label=verb.label,
            value="k7f2.3",
            accessibility_label=f"{verb.label} #k7f2: {text}"[:75],
            opens_form=verb.form,
            rank=rank,
        )
        for verb, rank in zip(ON_CARDS, ranks, strict=False)
    )


def under(text: str, lines: int = 5, more: int = 13) -> Section:
    """Make what else was said in a public thread, the text in every place that a stranger's words may have."""
    button = Button(verb="claim", label="Claim", value="k7f3.1", accessibility_label=f"Claim #k7f3: {text}"[:75])
    line = Line(text=text, token="k7f3", at=NOW, link=Link(label="#k7f3", url=text), button=button, lang=text)
    return Section(title=f"{lines + more} more in this public thread", lines=(line,) * lines, more=more)


def notice(text: str, lines: int = 15, sections: int = 6) -> Notice:
    button = Button(verb="claim", label="Claim", value="k7f2.3", accessibility_label=f"Claim #k7f2: {text}"[:75])
    link = Link(label="card", url=text, places=(("slack", "C0FINANCE", "1700000000.000100"),))
    shown = tuple(
        Line(text=text, token="k7f2", at=NOW, link=link if number % 2 else None, button=button if number % 3 else None)
        for number in range(lines)
    )
    parts = tuple(Section(title=text or "Unclaimed", lines=shown, more=3) for _ in range(sections))
    return Notice(title=text, text=text, sections=parts, footer=text)


def form(text: str) -> Form:
    fields = (
        Field(name="line", label="Line", kind="line"),
        Field(name="text", label="Text", kind="text", required=False, hint=text or "hint", limit=9_000),
        Field(name="person", label="Person", kind="person"),
        Field(name="until", label="Until", kind="time", limit=40),
        Field(
            name="when",
            label="When",
            kind="time",
            choices=tuple(Choice(value=f"2026-03-0{n}T09:00Z", label=text or "soon") for n in range(1, 5)),
            hint=text or "hint",
        ),
        Field(
            name="choice",
            label="Choice",
            kind="choice",
            choices=tuple(Choice(value=str(n), label=text or "one") for n in range(150)),
            initial="3",
        ),
    )
    stands = Preview(name=text, text=text, count="9 of 300 graphemes", over=True, card=text, unseen=(text,))
    return Form(
        verb="note",
        value="k7f2.3",
        title=f"Note {text}",
        submit="Note",
        fields=fields,
        about=text,
        principles=(text,),
        preview=(Section(title=text, lines=(Line(text=text),), preview=stands),),
        previewed="text",
    )
