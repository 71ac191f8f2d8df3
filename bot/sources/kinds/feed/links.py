"""Which of the addresses in a document is an entry's own, and what feedparser makes of them."""

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from bot.sources.kit.html import web_link


def alternate(holder: dict[str, Any]) -> str:
    """Return the page of an entry or a feed: the first alternate that has an address.

    feedparser takes the last link that it met, also one without an address of its own for the text that stands in it.
    """
    links = [link for link in dict.get(holder, "links") or () if isinstance(link, dict)]
    told = (str(link.get("href") or "") for link in links if link.get("rel", "alternate") == "alternate")
    link = str(dict.get(holder, "link") or "")
    return next(filter(None, told), "") or (link if not links or link == dict.get(holder, "id") else "")


def own_link(entry: dict[str, Any], link: str) -> str:
    """Return the link, unless it is a guid that only forgot to say isPermaLink="false"."""
    is_guid = dict.get(entry, "guidislink") and link == dict.get(entry, "id")
    return "" if is_guid and not re.match("https?://", link, re.IGNORECASE) else link


def source_link(entry: dict[str, Any]) -> str:
    """Return where an entry stood first: of a link of Google News it is the only word of that."""
    source = dict.get(entry, "source")
    return str(dict.get(source, "href") or alternate(source)) if isinstance(source, dict) else ""


def former_link(link: str, url: str) -> str:
    """Return a link as the version before read it, which opened no redirects but Google's."""
    try:
        joined = urljoin(url, link.strip().replace(" ", "%20")) if link.strip() else ""
        host = urlsplit(joined).hostname or ""
    except ValueError:
        return ""
    return joined if web_link(joined) and "google." not in host else web_link(joined)
