"""Plain text out of markup, and web addresses out of both.

The scanner is our own: ``html.parser`` takes quadratic time on some broken documents and drops what a person wrote
when it only looks like a tag (``<@U1>``, ``a <3 b``). This one reads each character a bounded number of times, decodes
entities once, and leaves alone whatever is not a tag.
"""

import html
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from handlers.text.addresses import read_web_address
from handlers.text.bounds import MAX_LINKS, MAX_URL
from handlers.text.redirects import unwrap

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*(?:[:-][a-zA-Z0-9]+)*)(?=[\s/>])")
_QUOTE_OR_END = re.compile(r"=\s{0,9}([\"'])|>")
_HREF = re.compile(r"""\bhref\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([a-zA-Z][\w-]{0,30})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)')""")
_BLOCKS = re.compile(
    "address|article|aside|blockquote|br|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|"
    "form|h[1-6]|header|hr|li|main|nav|ol|option|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul"
)
_CELLS = frozenset({"td", "th"})
# Pictures that stand for a sign or its name (Discourse; WordPress, in its feeds and comments): they are read as it.
SIGNS = frozenset({"emoji", "wp-smiley"})
_SILENT = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "template", "iframe", "noscript", "object", "svg", "textarea")
}
# How words are read stands above them, and not in them; their end may be left out (HTML, section 4.5.11).
_READINGS = frozenset({"rt", "rp", "rtc"})
_AFTER_READING = re.compile(r"</?(?:rt|rp|rtc|rb|ruby|p|div|li|td|th|h[1-6]|blockquote)(?=[\s/>])", re.IGNORECASE)
_COMMON_MARKUP = re.compile(
    r"<(?:br|hr|p|div|img|li|ul|ol|a|b|i|em|strong|span|blockquote|ruby)(?:\s[^<>]{0,2000})?/?>", re.I
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_LINK = re.compile(r"https?://[^\s<>\"`|\\^{}\x00-\x1f\x7f、。，）」』】》〉；：！？]+", re.IGNORECASE)
# What browsers leave out of an address, and what cannot stand in a readable one.
_WRITTEN = str.maketrans({**dict.fromkeys("\t\n\r"), " ": "%20", '"': "%22"})


@dataclass(frozen=True, slots=True)
class Tag:
    """What an opening tag says: its classes, in lower case, and its attributes, by their names in lower case."""

    classes: frozenset[str]
    said: Mapping[str, str]

    def get(self, name: str) -> str:
        """Return what an attribute says; empty where it is not there."""
        return self.said.get(name, "")


@dataclass(frozen=True, slots=True)
class Markup:
    """What a piece of HTML says: its text, and the addresses that it links to."""

    text: str
    hrefs: tuple[str, ...]


def looks_like_markup(text: str) -> bool:
    """Guess whether text of an undeclared type is HTML: it holds a common tag or an entity."""
    return bool(_COMMON_MARKUP.search(text) or _ENTITY.search(text))


def decode_entities(text: str) -> str:
    """Decode character references once; a reference with thousands of digits stays as it is."""
    try:
        return html.unescape(text)
    except ValueError:  # Python refuses to make a number of more than 4,300 digits
        return text


def read_tag(written: str) -> Tag:
    """Read what stands in an opening tag, as far as it is quoted."""
    said = {one[1].lower(): decode_entities(one[2] or one[3] or "") for one in _ATTRIBUTE.finditer(written)}
    return Tag(frozenset(said.get("class", "").lower().split()), said)


def read_markup(markup: str, naming: Collection[str] = (), base: str = "") -> Markup:
    """Strip tags, turn blocks into lines and cells into spaces, decode entities once, and collect link targets.

    A picture is a space, too, but an emoji is read as its sign, or its name.

    ``naming`` are the classes of links that nobody gave: names of people, of tags, of places in the text itself. With a
    ``base`` links are read from there (``web_link``), and what is none is left out; without one they are as they stand.
    """
    scanner = _Scanner(markup, frozenset(naming))
    scanner.run()
    hrefs = [link for one in scanner.hrefs if (link := web_link(one, base))] if base else scanner.hrefs
    return Markup(_tidy("".join(scanner.pieces)), tuple(hrefs))


def links_in(text: str) -> list[str]:
    """Return the http(s) addresses written in plain text, without the punctuation of the sentence around them."""
    found: list[str] = []
    for match in _LINK.finditer(text):
        if len(match.group()) > 2 * MAX_URL:
            continue
        link = match.group().rstrip(".,;:!?'*_~…]")
        while link.endswith(")") and link.count(")") > link.count("("):
            link = link[:-1].rstrip(".,;:!?'*_~…]")
        if link := web_link(link):
            found.append(link)
        if len(found) == MAX_LINKS:
            break
    return found


def web_link(link: str, base: str = "") -> str:
    """Return ``link`` as an absolute http(s) address, unwrapped and readable, or an empty string when it is none.

    What a browser opens otherwise than it reads here is none (``handlers.text.addresses``).
    """
    link = link.strip().translate(_WRITTEN)
    if not link or len(link) > MAX_URL:
        return ""
    try:
        link = unwrap(urljoin(base, link) if base else link).translate(_WRITTEN)
        address, parts = read_web_address(link), urlsplit(link)
    except ValueError:
        return ""
    if address is None:
        return ""
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if "@" in parts.netloc else link
    return bare if len(bare) <= MAX_URL else ""


def on_site(link: str, base_url: str) -> SplitResult | None:
    """Return the parts of an address on a site, with its path as from there; None for what stands elsewhere.

    With "www." before its name and without it is one site.
    """
    parts, home = urlsplit(web_link(link)), urlsplit(base_url)
    names = {(one.hostname or "").removeprefix("www.") for one in (parts, home)}
    path = home.path.rstrip("/")
    if len(names) > 1 or not parts.path.startswith(f"{path}/"):
        return None
    return parts._replace(path=parts.path.removeprefix(path))


def distinct_links(links: Iterable[str], *, beside: str = "") -> tuple[str, ...]:
    """Return at most 50 links, each once, in order, without empty ones and without ``beside``."""
    return tuple([link for link in dict.fromkeys(links) if link and link != beside][:MAX_LINKS])


def _tidy(text: str) -> str:
    text = re.sub(r"[ \t\r\f\v\xa0]+", " ", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", text)).strip()


class _Scanner:
    """One pass over a piece of HTML."""

    def __init__(self, markup: str, naming: frozenset[str]) -> None:
        self._markup = markup
        self._naming = naming
        self.pieces: list[str] = []
        self.hrefs: list[str] = []
        self._in_ruby = False

    def run(self) -> None:
        markup, at = self._markup, 0
        while (start := markup.find("<", at)) >= 0:
            after = self._after_tag(start)
            if after == start:  # no tag: the sign itself is text
                self._say(markup[at : start + 1])
                at = start + 1
            else:
                self._say(markup[at:start])
                at = after
                self._mark(start, after)
                at = self._past_silence(start, after)
        self._say(markup[at:])

    def _say(self, text: str) -> None:
        # Line ends in HTML are spaces.
        self.pieces.append(decode_entities(text).replace("\n", " ") if text else "")

    def _after_tag(self, start: int) -> int:
        """Return the index after the tag or comment that begins at ``start``, or ``start`` when none does."""
        markup = self._markup
        if markup.startswith("<!--", start):
            end = markup.find("-->", start + 4)
            return end + 3 if end >= 0 else len(markup)
        if not _TAG.match(markup, start):
            return start
        end = self._closing(start)
        if end < 0:  # a quote that never closes, which can happen once for each kind of quote
            end = markup.find(">", start)
        return end + 1 if end >= 0 else len(markup)

    def _closing(self, start: int) -> int:
        """Find the ``>`` of a tag, past those in quoted attributes; -1 when it does not come."""
        at = start
        while found := _QUOTE_OR_END.search(self._markup, at):
            quote, at = found.group(1), found.end()
            if quote is None:
                return found.start()
            at = self._markup.find(quote, at) + 1
            if at == 0:
                return -1
        return -1

    def _mark(self, start: int, after: int) -> None:
        """Note what a tag does to the text around it, and where it links to."""
        found = _TAG.match(self._markup, start)
        if found is None:
            return
        name = found.group(1).lower()
        if _BLOCKS.fullmatch(name):
            self.pieces.append("\n\n" if name == "p" else "\n")
        elif name == "ruby":
            self._in_ruby = self._markup[start + 1] != "/"
        elif name in _CELLS:
            self.pieces.append(" ")
        elif name == "img":
            image = read_tag(self._markup[start : min(after, start + 4 * MAX_URL)])
            self.pieces.append(" ".join(image.get("alt").split()) if image.classes & SIGNS else " ")
        elif name == "a" and len(self.hrefs) < MAX_LINKS:
            end = min(after, start + 4 * MAX_URL)
            href = _HREF.search(self._markup, start, end)
            named = self._naming and read_tag(self._markup[start:end]).classes & self._naming
            if href and not named:
                self.hrefs.append(decode_entities(href.group(1).strip("\"'")))

    def _past_silence(self, start: int, after: int) -> int:
        """Skip what stands inside an element whose content nobody sees."""
        found = _TAG.match(self._markup, start)
        name = found.group(1).lower() if found and self._markup[start + 1] != "/" else ""
        silent = _AFTER_READING if self._in_ruby and name in _READINGS else _SILENT.get(name)
        if silent is None or self._markup[after - 2 : after] == "/>":
            return after
        end = silent.search(self._markup, after)
        rest = after if silent is _AFTER_READING else len(self._markup)
        return end.start() if end else rest
