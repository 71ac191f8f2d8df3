"""Cards in Block Kit: who, where and when in one line, their words as a quote, how it stands in one line, the buttons.

The words of a stranger stand in a quote of ``rich_text``, in its ``text`` elements, and in ``plain_text`` objects: in
both a mention and a link are things of other types, so nothing in a string can become one. Only where a line needs a
link or a time of ours beside them are they mrkdwn: escaped, isolated, ``verbatim``. That ``text`` elements are inert
was read in Slack's pages (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block), not tried.

A workspace may refuse a picture (Slack fetches it while we post, and says ``invalid_blocks`` when it cannot) or the
quote: so a card can be drawn with less (``Layout``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from bot.chat.base import Content
from bot.chat.kit.media import described, first_picture, picture_address
from bot.chat.kit.text import calm, calm_line, isolate, web_address
from bot.chat.slack.draw.blocks import (
    MOST_CHARACTERS,
    MOST_OPTIONS,
    SECTION,
    Block,
    actions,
    context,
    image,
    marked,
    menu,
    moment,
    paragraph,
    plain,
    press,
    quote,
    rich,
    section,
    weight,
    words,
)
from bot.chat.slack.draw.markup import escape, escape_within, link
from bot.chat.slack.draw.notice import draw_notice, line_text, link_text, notice_as_text
from handlers.base.cards import GOES_OUT, MAX_REPLY, Card, Fact, Notice, Rank, more_under, with_less
from handlers.base.media import Media, in_words
from handlers.text.addresses import read_web_address

MOST_TEXT = 3_800
# The whole of a longer post is read in the form of its last menu entry.
MOST_QUOTED, MOST_LINES = 600, 12
MOST_PRESSED = 3
# What of a closed one is quoted, so that its card stays one line or two.
_GLIMPSE = 90
_NAME, _PLACE, _HEADING, _STATE, _DETAIL = 100, 80, 150, 400, 850
_LINE = 1_500
_ASIDE, _ASIDES = 280, 4
# From so many characters beside its quote on a card is weighed: few have them.
_LIGHT = 2_500


class Layout(IntEnum):
    """How much of what Slack can show a card makes use of."""

    FULL = 0
    NO_PICTURE = 1
    PLAIN = 2


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is sent: ``text`` is mrkdwn and reads as a sentence, ``blocks`` are empty for plain text."""

    text: str
    blocks: list[Block]


def draw(content: Content, team_url: str, *, plain_text: bool = False, layout: Layout = Layout.FULL) -> Drawn:
    """Draw a card or a notice; ``team_url`` (https://acme.slack.com/) makes links to cards."""
    if isinstance(content, Card):
        if plain_text:
            return Drawn(card_as_text(content), [])
        return Drawn(fallback(content.text), draw_card(content, team_url, layout))
    if plain_text:
        return Drawn(notice_as_text(content, team_url), [])
    charts = layout < Layout.NO_PICTURE
    return Drawn(fallback(content.text or content.title), draw_notice(content, team_url, charts=charts))


def fullest(content: Content) -> Layout:
    """Return the fullest layout that makes a difference for a message: most have no picture, a notice no quote."""
    if isinstance(content, Notice):
        return Layout.FULL if any(one.chart for one in content.sections) else Layout.PLAIN
    if content.brief or content.moved:
        return Layout.PLAIN
    return Layout.FULL if picture_address(content.avatar) or first_picture(content) else Layout.NO_PICTURE


def fallback(text: str) -> str:
    """Return what notifications show and screen readers say, escaped."""
    return escape_within(calm_line(text, 1_000), MOST_TEXT) or "Dibs"


def draw_card(card: Card, team_url: str = "", layout: Layout = Layout.FULL) -> list[Block]:
    """Draw a card: three blocks, four with a picture, the buttons, and what else was said in its public thread.

    Where nothing is to be done it is one block.
    """
    if card.moved:
        return [context(marked(_moved(card, team_url)))]
    if card.brief:
        return [section(marked(_glimpse(card)), *_menu(card))]
    blocks, under = _open(card, layout), _under(card, team_url)
    if (under or _is_heavy(card)) and weight([*blocks, *under]) > MOST_CHARACTERS:
        blocks = _open(replace(card, asides=(), media=(), avatar=""), layout)
        while card.under is not None and weight([*blocks, *under]) > MOST_CHARACTERS:
            card = replace(card, under=with_less(card.under))
            under = _under(card, team_url)
    return blocks + under


def _under(card: Card, team_url: str) -> list[Block]:
    """Draw what else was said in its public thread, a line each, with what may be done with it."""
    if card.under is None:
        return []
    blocks = [context(plain(calm_line(card.under.title, 200)))]
    for line in card.under.lines:
        blocks.append(section(marked(line_text(line, team_url)), *([press(line.button)] if line.button else [])))
    return [*blocks, *([context(plain(more_under(card.under)))] if card.under.more else [])]


def _open(card: Card, layout: Layout) -> list[Block]:
    picture = first_picture(card) if layout < Layout.NO_PICTURE else None
    said = list(_said(card, picture))
    return [
        context(*_who(card, pictured=layout < Layout.NO_PICTURE)),
        *([_in_rich_text(card, said)] if layout < Layout.PLAIN else _in_plain_text(card, said)),
        *([image(picture_address(picture.url), described(picture))] if picture else []),
        context(marked(_state(card))),
        *_buttons(card),
    ]


def _is_heavy(card: Card) -> bool:
    """Say whether a card has more beside its quote than nearly all have."""
    beside = sum(len(str(one.value)) for one in (*card.details, *card.asides)) + sum(len(one.url) for one in card.media)
    return beside + len(card.reply) + len(card.link) + len(card.avatar) > _LIGHT


def _who(card: Card, *, pictured: bool) -> Iterator[Block]:
    """Who, where and when, and what it is called among us."""
    name, handle = calm_line(card.author, _NAME), calm_line(card.handle, _NAME)
    if pictured and (avatar := picture_address(card.avatar)):
        yield image(avatar, name or handle or "Who wrote it")
    if name or handle:
        yield plain("  ".join(part for part in (name, handle) if part))
    when = f"{'arrived ' if card.arrived else ''}{moment(card.said_at)}"
    yield marked(" · ".join(part for part in (_where(card), when, f"`#{escape(card.token)}`") if part))


def _where(card: Card) -> str:
    """Return the place as a link to the post; a place that is called by a host is called by the one that it opens."""
    place = calm_line(card.place, _PLACE)
    address = read_web_address(card.link)
    if address is None:
        return isolate(escape(place))
    if not place or "." in place:
        place = address.host.removeprefix("www.")[:_PLACE]
    linked = link(card.link, f"{place} ↗")
    return linked if 0 < len(linked) <= _LINE else isolate(escape(place))


def _quoted(card: Card) -> tuple[str, str]:
    """Return heading and words as they are quoted, shortened; one of them says something."""
    heading = calm_line(card.heading, _HEADING)
    body = calm(card.body, MOST_QUOTED, lines=MOST_LINES)
    return heading, body or ("" if heading else "(no words)")


def _said(card: Card, picture: Media | None) -> Iterator[str]:
    """Yield what is said under the quote, a line each."""
    if began := calm_line(card.began, 200):
        yield f"It began with: “{began}”"
    if rest := calm_line(in_words(card.media, _quoted(card)[1], picture), 800):
        yield rest
    if mark := calm_line(card.mark, 400):
        yield mark
    for one in card.asides[:_ASIDES]:
        yield calm_line(_as_words(one), _ASIDE)


def _in_rich_text(card: Card, said: list[str]) -> Block:
    heading, body = _quoted(card)
    quoted = [words(f"{heading}\n" if body else heading, "bold")] if heading else []
    parts = [quote(*quoted, *([words(body)] if body else []))]
    parts += [paragraph(words(line, "italic")) for line in said]
    if reply := calm(card.reply, MAX_REPLY):
        parts += [paragraph(words(GOES_OUT, "bold")), quote(words(reply))]
    return rich(*parts)


def _in_plain_text(card: Card, said: list[str]) -> list[Block]:
    heading, body = _quoted(card)
    quoted = "\n".join(part for part in (heading, body, *said) if part)
    reply = calm(card.reply, MAX_REPLY)
    return [section(plain(quoted[:SECTION])), *([section(plain(f"{GOES_OUT}\n{reply}"))] if reply else [])]


def _state(card: Card) -> str:
    """Say how it stands, and what stands behind it, in one line of at most 3,000 characters."""
    state = escape_within(calm_line(card.state, _STATE), _LINE)
    parts, room = [f"{card.sign} *{state}*"], _LINE
    for one in card.details:
        part = _detail(one)
        room -= len(part) + 3
        if room < 0:
            break
        parts.append(part)
    return " · ".join(parts)


def _detail(fact: Fact) -> str:
    if isinstance(fact.value, datetime):
        return f"{escape(fact.label)} {moment(fact.value)}".lstrip()
    return isolate(escape_within(calm_line(_as_words(fact), _DETAIL), _DETAIL))


def _as_words(fact: Fact) -> str:
    if isinstance(fact.value, datetime):
        return f"{fact.label} {fact.value:%Y-%m-%d %H:%M} UTC".lstrip()
    if not fact.label:
        return fact.value
    return f"{fact.label}: {fact.value}" if fact.label[:1].isupper() else f"{fact.label} {fact.value}"


def _glimpse(card: Card) -> str:
    """Return the one line of what is closed: how it ended, who it was, where, and the beginning of their words."""
    state = escape_within(calm_line(card.state, _STATE), _LINE)
    name = isolate(escape(calm_line(card.author or card.handle, _NAME)))
    said = isolate(escape(calm_line(card.words, _GLIMPSE)))
    who = f"{name} on {_where(card)}" if name else _where(card)
    return f"{card.sign} *{state}* {who}: {said} `#{escape(card.token)}`"


def _moved(card: Card, team_url: str) -> str:
    there = link_text(card.moved_to, team_url) if card.moved_to else ""
    return " · ".join(part for part in (_state(card), there, f"`#{escape(card.token)}`") if part)


def _buttons(card: Card) -> list[Block]:
    """Draw three buttons at most, the main one first, and one menu, whose last entry is the way to all the rest."""
    shown = sorted((one for one in card.buttons if one.rank <= Rank.BUTTON), key=lambda one: one.rank)[:MOST_PRESSED]
    controls = [*map(press, shown), *_menu(card)]
    return [actions(*controls)] if controls else []


def _menu(card: Card) -> list[Block]:
    rest = [one for one in card.buttons if one.rank == Rank.MENU]
    if len(rest) > MOST_OPTIONS:
        rest = [*rest[: MOST_OPTIONS - 1], rest[-1]]
    return [menu(rest)] if rest else []


def card_as_text(card: Card) -> str:
    """Return the card as one text, for when its blocks were refused; everything is escaped."""
    name = " ".join(part for part in (calm_line(card.author, _NAME), calm_line(card.handle, _NAME)) if part)
    place = calm_line(card.place, _PLACE)
    lines = [
        f"{name} on {place} (#{card.token})" if name else f"{place} (#{card.token})",
        calm_line(card.heading, 300),
        calm(card.body, 2_000),
        calm(card.mark, 400),
        f"{card.sign} {calm_line(card.state, _STATE)}",
        web_address(card.link),
        calm_line(card.under.title, 200) if card.under else "",
    ]
    return escape_within("\n".join(line for line in lines if line), MOST_TEXT)
