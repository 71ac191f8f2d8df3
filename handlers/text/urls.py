"""Canonical addresses: one form for all the addresses of one page, so that the same post from another source is a
sighting.

Two addresses are made equal only where they are known to show the same page: joining two different posts would lose a
mention, while keeping one post apart only shows it twice. So a fragment goes, unless it looks like the name of a
comment ("#comment-5") or a page of its own ("#!/5"). What names no page, such as a bare home page, has no
canonical form and is never compared.
"""

import re
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from handlers.text.bounds import MAX_URL

_PORTS = {"http": 80, "https": 443}
_MAX_FIELDS = 100
_TRACKING = re.compile(
    r"(?:utm|mtm|pk|hsa|vero|oly)_.*|_hs.*|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid"
    r"|li_fat_id|igsh|igshid|mc_[ce]id|mkt_tok|s_cid|wickedid|_ga|_gl|_openstat|cmpid|ref_src|ref_url|__tn__|__cft__.*",
    re.IGNORECASE,
)
_NAMING_FRAGMENT = re.compile(r"[\w-]*\d[\w-]*|!?/.+")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")

_SAME_SITE = {  # hosts, without "www.", that show the pages of another
    re.compile(r"(?:old|new|np|m|i|amp)\.reddit\.com"): "reddit.com",
    re.compile(r"(?:(?:m|mobile)\.)?(?:x|twitter)\.com|(?:vx|fx)twitter\.com|nitter\.net"): "twitter.com",
    re.compile(r"(?:m|music)\.youtube\.com|youtube-nocookie\.com"): "youtube.com",
    re.compile(r"(?:m|mobile|web|touch|mbasic|[a-z]{2}-[a-z]{2})\.facebook\.com|fb\.com"): "facebook.com",
    re.compile(r"(?:m|[a-z]{2})\.linkedin\.com"): "linkedin.com",
    re.compile(r"m\.tiktok\.com"): "tiktok.com",
}
_SAME_PAGE = (  # paths that are one page's several names; its query then says only how one came there
    (re.compile(r"youtu\.be/([\w-]+)"), r"youtube.com/watch?v=\1"),
    (re.compile(r"youtube\.com/(?:shorts|live|embed|v)/([\w-]+)"), r"youtube.com/watch?v=\1"),
    (re.compile(r"twitter\.com/(?:i/web|[^/]+)/status(?:es)?/(\d+)(?:/.*)?"), r"twitter.com/i/status/\1"),
    (re.compile(r"redd\.it/(\w+)"), r"reddit.com/comments/\1"),
    (
        re.compile(r"reddit\.com(?:/(?:r|u|user)/[^/]+)?/comments/(\w+)/[^/]+/(\w+)"),
        r"reddit.com/comments/\1/comment/\2",
    ),
    (re.compile(r"reddit\.com(?:/(?:r|u|user)/[^/]+)?/comments/(\w+)(?:/[^/]*)?"), r"reddit.com/comments/\1"),
    (re.compile(r"(instagram\.com/(?:p|reel|tv)/[\w-]+)"), r"\1"),
    (re.compile(r"(tiktok\.com/@[^/]+/video/\d+)"), r"\1"),
    (re.compile(r"(bsky\.app/profile/[^/]+/post/\w+)"), r"\1"),
    (re.compile(r"(linkedin\.com/(?:posts|feed/update)/[^/]+)"), r"\1"),
)


def canonical_url(url: str) -> str:
    """Return the one form of an address, or "" when it cannot be compared.

    It cannot when it is no http(s) address of a page: a mail address, a bare home page, nonsense, or over 2,048
    characters. The result is a key to compare by, not an address to open or to show.
    """
    if len(url) > MAX_URL:
        return ""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme not in _PORTS or not parts.hostname:
            return ""
        return _canonical(parts)
    except ValueError:  # a broken port, IPv6 address or international name, lone surrogates, too many fields
        return ""


def _canonical(parts: SplitResult) -> str:
    page = _host(parts) + _path(parts.path)
    for pattern, name in _SAME_PAGE:
        if match := pattern.fullmatch(page):
            return f"https://{match.expand(name)}{_comment(parts.query)}"
    query = _query(parts, page)
    fragment = f"#{parts.fragment}" if _NAMING_FRAGMENT.fullmatch(parts.fragment) else ""
    if "/" not in page and not query and not fragment:
        return ""
    return f"https://{page}{query}{fragment}"


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        host = host.encode("idna").decode()
    host = host.removeprefix("www.")
    host = next((site for pattern, site in _SAME_SITE.items() if pattern.fullmatch(host)), host)
    if ":" in host:
        host = f"[{host}]"
    return host if parts.port in (None, _PORTS[parts.scheme]) else f"{host}:{parts.port}"


def _path(path: str) -> str:
    """Write each character in the one way that RFC 3986 section 6.2.2 prefers, and end without a slash."""
    return _ESCAPE.sub(_plain, quote(path, safe="/%~!$&'()*+,;=:@")).rstrip("/")


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()


def _fields(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True, errors="surrogateescape", max_num_fields=_MAX_FIELDS)


def _query(parts: SplitResult, page: str) -> str:
    fields = sorted(field for field in _fields(parts.query) if not _TRACKING.fullmatch(field[0]))
    if page == "youtube.com/watch":
        fields = [field for field in reversed(fields) if field[0] in {"v", "lc"}]
    return f"?{urlencode(fields, errors='surrogateescape')}" if fields else ""


def _comment(query: str) -> str:
    """Keep the one field that names a comment under a YouTube video."""
    return next((f"&lc={quote(value)}" for name, value in _fields(query) if name == "lc"), "")
