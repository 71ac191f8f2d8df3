"""Reddit's things as events: posts (``t3``) and comments (``t1``), known by their full names.

https://www.reddit.com/dev/api/#fullnames. Asked with ``raw_json=1``, so that text comes unescaped; what people wrote in
Markdown is read from the HTML that Reddit made of it, and what readers see below it (captions, the answers of a poll, a
post that is passed on) joins it. What was taken away still stands in lists, as "[deleted]" or "[removed]": that is a
deletion, not a text.
"""

from collections.abc import Iterator, Mapping

from bot.sources.kinds.reddit.pictures import shown_by
from bot.sources.kit.beside import answers, descriptions, preview, with_beside
from bot.sources.kit.build import author, deleted, moment, post
from bot.sources.kit.fields import Thing, either, parts, text
from bot.sources.kit.html import read_markup, web_link
from bot.sources.kit.json import objects, string
from handlers.base.events import Author, Event, Posted
from handlers.text.bounds import MAX_TEXT

SITE = "https://www.reddit.com"
COMMENT = "t1"
LINK = "t3"

_TAKEN_AWAY = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]"})
# The types of subreddits, and whether everybody reads there; any other word is not public. Who posts on their own
# profile posts in a subreddit of the type "user".
VISIBILITIES: Mapping[str, bool] = {
    "public": True,
    "restricted": True,
    "archived": True,
    "user": True,
    "private": False,
    "employees_only": False,
    "gold_only": False,
    "gold_restricted": False,
}

name_of = text("name")
# The words as they were written, and as Reddit shows them: those of a comment, or of a post.
_source = either(text("body"), text("selftext"))
_markup = either(text("body_html"), text("selftext_html"))
_gallery = parts("gallery_data.items")
_poll = parts("poll_data.options")


def kind_of(fullname: str) -> str:
    """Return "t1", "t3" … of a full name."""
    return fullname.partition("_")[0]


def is_gone(thing: Thing) -> bool:
    """Say whether its text was taken away, by its author, a moderator or Reddit."""
    return _source(thing).strip() in _TAKEN_AWAY or bool(thing.get("removed_by_category"))


def is_heard(thing: Thing) -> bool:
    """Say whether everybody may read it; of what stands in the inbox Reddit does not say where it was written."""
    return "subreddit_type" not in thing or VISIBILITIES.get(string(thing, "subreddit_type"), False)


def read_thing(thing: Thing) -> Event | None:
    """Return a post or comment as an event; None for what is neither, has no name, or was not said in public."""
    name = name_of(thing)
    if kind_of(name) not in (COMMENT, LINK) or not is_heard(thing):
        return None
    return deleted(name) if is_gone(thing) else read_post(thing)


def read_post(thing: Thing) -> Posted:
    """Return what stands there as a post."""
    name = name_of(thing)
    markup = read_markup(_markup(thing)[: 4 * MAX_TEXT], base=SITE)
    return post(
        external_id=name,
        # A link that was posted without words has its title alone.
        title=string(thing, "title") or string(thing, "link_title"),
        text=with_beside(markup.text or _source(thing), *_beside(thing)),
        url=permalink(thing),
        writer=_author(thing),
        published_at=moment(created(thing)),
        links=[web_link(string(thing, "url"), SITE), *markup.hrefs],
        reply_to=string(thing, "parent_id") if kind_of(name) == COMMENT else "",
        media=shown_by(thing),
        low="Reddit shows it collapsed" if thing.get("collapsed") is True else "",
        thread=string(thing, "link_id"),
    )


def _beside(thing: Thing) -> Iterator[str]:
    """Yield what readers see below the words of a post: captions, answers of a poll, and what it passes on."""
    yield descriptions(string(one, "caption") for one in _gallery(thing))
    yield answers(string(one, "text") for one in _poll(thing))
    for parent in objects(thing.get("crosspost_parent_list"))[:1]:
        if is_gone(parent):
            continue
        title = string(parent, "title")
        yield preview("" if title == string(thing, "title") else title)
        yield read_markup(_markup(parent)[: 4 * MAX_TEXT]).text or _source(parent)
        yield from _beside({**parent, "crosspost_parent_list": None})


def permalink(thing: Thing) -> str:
    """Return its address; in the inbox it is called context, and has a query."""
    path = string(thing, "permalink") or string(thing, "context").partition("?")[0]
    return web_link(path, SITE) if path else ""


def created(thing: Thing) -> float:
    """Return when it was written, in seconds since 1970; 0 when it does not say."""
    value = thing.get("created_utc")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _author(thing: Thing) -> Author:
    name = string(thing, "author")
    if not name or name in _TAKEN_AWAY:
        return Author()
    url = f"{SITE}/user/{name}"
    return author(name=name, handle=name, url=url, external_id=string(thing, "author_fullname") or name)
