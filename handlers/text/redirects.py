"""Redirects that carry the address of the page in themselves: the page is what was meant, whatever counts the click.

A redirect changes with who is asked and when (Bing gives each link a new ``tid`` at every look), so it names no page.
Only those that are known are opened; elsewhere an address inside another may be what the page is about, as it is for a
translator, an archive or a validator. Nothing is fetched.

| whose | where the address stands |
|---|---|
| search engines and their alerts | ``url``, ``q``, ``uddg``, in the path of AMP's viewers and of Yahoo |
| networks that count what leaves them | ``u``, ``url``, ``q``, ``to``, ``z``, ``target`` |
| programs that pay for sales | ``url``, ``u``, ``murl``, ``ued`` |
| mail guards | ``url``, ``u``, in the path |
"""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from handlers.text.bounds import MAX_URL

_MAX_FIELDS = 50
_DEPTH = 3
# Host and path, without "www."; then the fields in which the address may stand, best first.
_BY_FIELD = (
    (r"google(?:\.[a-z]{2,3}){1,2}/url", "url q"),
    (r"bing\.com/(?:news/apiclick\.aspx|aclick)", "url"),
    (r"duckduckgo\.com/l", "uddg"),
    (r"(?:lm?|m)\.facebook\.com/l\.php|facebook\.com/(?:l\.php|flx/warn)|l\.(?:messenger|wl)\.com/l\.php", "u"),
    (r"l\.(?:instagram|threads)\.(?:com|net)", "u"),
    (r"youtube\.com/redirect", "q"),
    (r"linkedin\.com/(?:redir/redirect|safety/go)", "url"),
    (r"out\.reddit\.com(?:/.*)?", "url"),
    (r"(?:m\.)?vk\.(?:com|ru)/away\.php|away\.vk\.(?:com|ru)(?:/.*)?", "to"),
    (r"t\.umblr\.com/redirect", "z"),
    (r"slack-redir\.net/link", "url"),
    (r"steamcommunity\.com/linkfilter", "u url"),
    (r"medium\.com/r", "url"),
    (r"pinterest(?:\.[a-z]{2,3}){1,2}/offsite", "url"),
    (r"getpocket\.com/redirect", "url"),
    (r"exit\.sc|gate\.sc", "url"),
    (r"link\.zhihu\.com", "target"),
    (r"weibo\.(?:cn|com)/sinaurl", "u toasturl"),
    (r"go\.(?:redirectingat|skimresources)\.com|redirect\.viglink\.com", "url u"),
    (r"click\.linksynergy\.com/(?:deeplink|fs-bin/click)", "murl"),
    (r"awin1\.com/cread\.php", "ued p"),
    (r"[a-z0-9]+\.safelinks\.protection\.outlook\.com(?:/.*)?", "url"),
    (r"urldefense\.proofpoint\.com/v1/url", "u"),
)
_FIELDS = tuple((re.compile(page), tuple(fields.split())) for page, fields in _BY_FIELD)
# What follows is the address, with its scheme (``address``) or without (``secure``: https, else http).
_IN_PATH = (
    re.compile(r"google(?:\.[a-z]{2,3}){1,2}/amp/(?P<secure>s/)?(?P<rest>.+)"),
    re.compile(r"(?:[\w-]+\.)?cdn\.ampproject\.org/[cv]/(?P<secure>s/)?(?P<rest>.+)"),
    re.compile(r"r\.search\.yahoo\.com/.*?/RU=(?P<address>[^/]+)/.*"),
    re.compile(r"urldefense\.com/v3/__(?P<address>.+?)__;.*"),
)


def unwrap(address: str) -> str:
    """Return the page to which a known redirect leads, else the address itself.

    Raises:
        ValueError: It is no address at all.
    """
    for _ in range(_DEPTH):
        inner = _inner(address)
        if not inner or len(inner) > MAX_URL:
            break
        address = inner
    return address


def _inner(address: str) -> str:
    parts = urlsplit(address)
    page = (parts.hostname or "").removeprefix("www.") + parts.path.rstrip("/")
    for pattern, names in _FIELDS:
        if pattern.fullmatch(page):
            told = dict(reversed(parse_qsl(parts.query, max_num_fields=_MAX_FIELDS)))
            return next((told[name] for name in names if is_address(told.get(name, ""))), "")
    for pattern in _IN_PATH:
        if match := pattern.fullmatch(page):
            return _from_path(match.groupdict(), parts.query)
    return ""


def _from_path(found: dict[str, str | None], query: str) -> str:
    if address := found.get("address"):
        address = re.sub(r"^(https?:/)(?=[^/])", r"\1/", unquote(address))
        return address if is_address(address) else ""
    scheme = "https" if found.get("secure") else "http"
    return f"{scheme}://{found['rest']}" + (f"?{query}" if query else "")


def is_address(text: str) -> bool:
    """Say whether a text begins as the address of a page does."""
    return text.lower().startswith(("http://", "https://"))
