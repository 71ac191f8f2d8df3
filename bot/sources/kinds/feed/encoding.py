"""In which encoding a document is written, whatever it says of itself.

As browsers do it (https://encoding.spec.whatwg.org, and the sniffing of https://html.spec.whatwg.org), a mark at the
start goes before the header, the header before the declaration, and labels mean what the web means by them:
``iso-8859-1`` is windows-1252, ``gb2312`` is all of GB 18030. A declaration in single bytes cannot say UTF-16, though
.NET's StringWriter does, and is UTF-8 then. One thing is surer than a browser, which may ask its user: what reads as
UTF-8 beyond ASCII is UTF-8, whatever label of single bytes a server puts on all that it sends.
"""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How a document begins in wide letters, where no mark says so.
_WIDE = tuple(
    (sign.encode(encoding), encoding)
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
    for sign in ("<", "{")
)
_MEANT = {
    **dict.fromkeys(
        ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii", "ansi", "l1", "iso8859-1", "iso_8859-1"), "cp1252"
    ),
    **dict.fromkeys(("iso-8859-9", "latin5", "iso8859-9"), "cp1254"),
    **dict.fromkeys(("tis-620", "iso-8859-11", "windows-874"), "cp874"),
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "x-gbk", "chinese"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "ms_kanji"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "korean", "ksc5601", "windows-949"), "cp949"),
    **dict.fromkeys(("big5", "x-x-big5", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("utf8", "utf_8", "unicode-1-1-utf-8", "x-unicode20utf8", "utf-8lias"), "utf-8"),
}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)[\"']", re.IGNORECASE)
_DECLARED = re.compile(r"<\?xml\b[^>]*\?>", re.IGNORECASE)


def decode(document: bytes, content_type: str) -> str:
    """Return the text of a document; bytes that its encoding does not have become U+FFFD."""
    for mark, encoding in _MARKS:
        if document.startswith(mark):
            return document[len(mark) :].decode(encoding, "replace")
    for start, encoding in _WIDE:
        if document.startswith(start):
            return document.decode(encoding, "replace")
    declared = _DECLARATION.match(document)
    labels = [found[1] for found in (_CHARSET.search(content_type),) if found]
    labels += [declared[1].decode("ascii", "replace")] if declared else []
    label = next((codec for codec in map(_codec, labels) if codec), "")
    if label and not _is_single(label):
        return _decoded(document, label)
    return _utf8_or(document, label or "cp1252", sure=not label)


def without_declaration(text: str) -> str:
    """Return a document without what it says of its encoding: it is text now."""
    text = text.lstrip("\ufeff\x00 \t\r\n")
    declared = _DECLARED.match(text)
    return text[declared.end() :].lstrip() if declared else text


def _codec(label: str) -> str:
    """Return Python's name of what a label means; empty where it means nothing, or nothing that a browser reads."""
    name = label.strip().lower()
    if re.fullmatch(
        r"(?:utf-?|iso-10646-)?(?:16|32|7|ucs-?[24])(?:[-_]?[lb]e)?|unicode|ucs-?[24](?:[-_]?[lb]e)?", name
    ):
        return "utf-8"  # wide letters would have begun with a mark, or with a zero
    try:
        codec = codecs.lookup(_MEANT.get(name, name))
    except (LookupError, ValueError):
        return ""
    return codec.name if codec._is_text_encoding else ""


def _is_single(codec: str) -> bool:
    return codec.startswith(("cp125", "cp874", "iso8859", "koi8", "mac", "ascii")) or codec == "cp866"


def _utf8_or(document: bytes, other: str, *, sure: bool) -> str:
    try:
        return document.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(document, "utf-8") if sure and _mostly_utf8(document) else document.decode(other, "replace")


def _decoded(document: bytes, codec: str) -> str:
    """Decode; what says UTF-8 and was never written in it is what most of the web was before."""
    text = document.decode(codec, "replace")
    if codec == "utf-8" and "\ufffd" in text and not _mostly_utf8(document):
        return document.decode("cp1252", "replace")
    return text


def _mostly_utf8(document: bytes) -> bool:
    text = document.decode("utf-8", "ignore")
    return sum(not letter.isascii() for letter in text) >= document.decode("utf-8", "replace").count("\ufffd")
