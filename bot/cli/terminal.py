"""Terminal: notices as lines of text. Foreign text cannot move the cursor or colour the screen."""

from collections.abc import Iterator

from handlers.base.cards import Notice


def printable(text: str) -> str:
    """Return text with every control character replaced, so that a terminal shows it and obeys nothing in it."""
    return "".join(character if character.isprintable() else "·" for character in text)


def counted(number: int, noun: str) -> str:
    """Say how many of something there are: "1 topic", "2 topics"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def notice_lines(notice: Notice) -> Iterator[str]:
    """Yield a notice, a line at a time."""
    yield printable(notice.title)
    for section in notice.sections:
        yield ""
        if section.title:
            yield printable(section.title)
        for line in section.lines:
            moment = f" ({line.at:%Y-%m-%d %H:%M} UTC)" if line.at else ""
            there = f" {printable(line.link.url)}" if line.link and not line.token else ""
            yield f"  {printable(line.text)}{moment}{there}"
        if section.more:
            yield f"  and {section.more} more"
    if notice.footer:
        yield ""
        yield printable(notice.footer)
