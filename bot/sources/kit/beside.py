"""What stands beside the words of a post and is read with them: previews, descriptions, answers to choose from, tags.

People let it speak for them: they delete the link and leave its preview, ask "Which is worse?" above two names, write
all they have to say into the description of a picture. So it joins the text, where topics find it and the card shows
it, each part on lines of its own behind a sign that is no word, so that no topic recognises a word of ours.
"""

from collections.abc import Iterable

from handlers.base.cards import one_line
from handlers.text.bounds import MAX_TITLE

_LONGEST = 1_500
_MOST = 12


def with_beside(text: str, *parts: str) -> str:
    """Return a text with what stands beside it below, in the order in which it is given."""
    return "\n\n".join(part for part in (text.strip(), *(one.strip() for one in parts)) if part)


def preview(title: str, description: str = "") -> str:
    """Return what the preview of a link shows."""
    title, description = one_line(title, MAX_TITLE), one_line(description, _LONGEST)
    if title and description.startswith(title):
        title = ""
    return f"↗ {' — '.join(filter(None, (title, description)))}" if title or description else ""


def descriptions(said: Iterable[str]) -> str:
    """Return what the descriptions of pictures and films say."""
    return "\n".join(f"[{one}]" for one in _kept(said))


def answers(options: Iterable[str]) -> str:
    """Return what a poll lets people choose."""
    return "\n".join(f"○ {one}" for one in _kept(options))


def tags(names: Iterable[str], text: str) -> str:
    """Return the tags that are not in the text already."""
    written = text.casefold()
    named = (f"#{one.lstrip('#＃')}" for one in _kept(names))
    return " ".join(one for one in named if one != "#" and one.casefold() not in written)


def _kept(said: Iterable[str]) -> list[str]:
    flat = (one_line(one, _LONGEST) for one in said)
    return list(dict.fromkeys(one for one in flat if one))[:_MOST]
