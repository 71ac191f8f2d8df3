"""Statuses of the Mastodon API as posts (https://docs.joinmastodon.org/entities/Status/).

A post is known by the id that *our* instance gave it: deletions in the stream, ``in_reply_to_id`` and our replies all
speak in such ids. The same status heard by another source is recognised by its address, which is the same everywhere.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.sources.kit.beside import answers, descriptions, with_beside
from bot.sources.kit.build import author, iso_moment, post
from bot.sources.kit.html import read_markup, web_link
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.pictures import Hosts, hosts_of, media
from handlers.base.events import Author, Posted
from handlers.base.media import Media, MediaKind
from handlers.text.bounds import MAX_TEXT

# Of links that the author did not give.
_NAMING = ("mention", "hashtag")
# A film that has no sound is "gifv"; sounds have a picture at times, which shows nothing of them.
_KINDS = {"image": MediaKind.PICTURE, "gifv": MediaKind.VIDEO, "video": MediaKind.VIDEO}
# What an instance shows of who chose no face.
_NO_FACE = "/avatars/original/missing.png"

# To whom a status speaks, and whether that is everybody: Mastodon's four
# (https://docs.joinmastodon.org/entities/Status/#visibility) and what other servers add. Any other word, and none at
# all, is not public: forks invent narrower ones.
VISIBILITIES: Mapping[str, bool] = {
    "public": True,
    "unlisted": True,
    "private": False,
    "direct": False,
    "limited": False,
    "list": False,
    "local": False,
    "mutuals_only": False,
    "personal": False,
    "self": False,
}


def order(status_id: str) -> tuple[int, str]:
    """Return what ids are sorted by: Mastodon's are numbers, others' have one length and sort as text."""
    return len(status_id), status_id


def is_heard(status: Mapping[str, Any]) -> bool:
    """Say whether a status is for our ears: no boost of another, and nothing that was said to fewer than everybody.

    What was said to followers, to a list or to one account would stand on a card before every employee, which its
    author did not mean. Some servers keep a public status to their own members by a mark beside it.
    """
    public = VISIBILITIES.get(string(status, "visibility"), False) and not status.get("local_only")
    return public and not status.get("reblog")


def read_status(status: Mapping[str, Any], home: str, files: Hosts = ()) -> Posted:
    """Return a status, which has its id, as a post.

    The answers of its poll and the descriptions of its media are its author's words, and its content warning is the
    title. What an instance adds by itself, such as the preview of a link, is not.

    An instance keeps copies of all pictures that it shows, those of other instances too: on itself, below itself, or
    where its operator chose.

    Args:
        status: As the instance tells it.
        home: The host of our instance.
        files: Other hosts where that keeps its files.
    """
    content = string(status, "content")[: 4 * MAX_TEXT]
    hosts = hosts_of(home) + files
    markup = read_markup(content, _NAMING)
    return post(
        external_id=string(status, "id"),
        title=string(status, "spoiler_text"),
        text=with_beside(
            markup.text,
            answers(string(one, "title") for one in objects(mapping(status.get("poll")).get("options"))),
            descriptions(string(one, "description") for one in objects(status.get("media_attachments"))),
        ),
        url=web_link(string(status, "url")) or web_link(string(status, "uri")),
        writer=_author(mapping(status.get("account")), home, hosts),
        published_at=iso_moment(string(status, "created_at")),
        lang=string(status, "language"),
        links=markup.hrefs,
        reply_to=string(status, "in_reply_to_id"),
        media=_media(status, hosts),
        # Whose server shows them behind a warning alone.
        low="its server limits its author" if mapping(status.get("account")).get("limited") is True else "",
    )


def _media(status: Mapping[str, Any], hosts: Hosts) -> Iterator[Media]:
    hidden = bool(status.get("sensitive"))
    for one in objects(status.get("media_attachments")):
        kind = _KINDS.get(string(one, "type"), MediaKind.OTHER)
        preview = string(one, "preview_url")
        yield media(kind, preview, alt=string(one, "description"), hosts=hosts, hidden=hidden)


def full_handle(account: Mapping[str, Any], home: str) -> str:
    """Return name@host; the API leaves the host away for accounts of its own instance."""
    acct = string(account, "acct") or string(account, "username")
    return acct if not acct or "@" in acct else f"{acct}@{home}"


def mentioned_ids(status: Mapping[str, Any]) -> set[str]:
    """Return the ids of the accounts that a status speaks to."""
    return {string(one, "id") for one in objects(status.get("mentions"))}


def same_host(one: str, other: str) -> bool:
    """Say whether two addresses lie on one host."""
    try:
        return urlsplit(one).hostname == urlsplit(other).hostname
    except ValueError:
        return False


def _author(account: Mapping[str, Any], home: str, hosts: Hosts) -> Author:
    avatar = string(account, "avatar_static")
    return author(
        name=string(account, "display_name") or string(account, "username"),
        handle=full_handle(account, home),
        url=string(account, "url"),
        external_id=string(account, "id"),
        avatar="" if avatar.endswith(_NO_FACE) else avatar,
        hosts=hosts,
        followers=account.get("followers_count"),
    )
