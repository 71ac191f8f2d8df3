"""Web addresses: the host that is named is the one that a browser opens, and what is written anew opens the same.

What is expected here was compared with Ada, the reader of URLs that Node.js has.
"""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.text.addresses import LONGEST, read_web_address

PIECES = (
    *("evil.example", "good.example", "0x7f.1", "127.1", "[::1]", "bücher.example", "evil。example", "ｅvil.example"),
    *(
        "@",
        "\\",
        "/",
        "//",
        ":",
        ":443",
        ":80",
        "?",
        "#",
        "\t",
        "\n",
        " ",
        "é",
        "日",
        "{",
        "}",
        "'",
        '"',
        "|",
        "^",
        "`",
    ),
    *("%", "%41", "..", "user:pw", "[", "]", "\u202e", "\x00", "\ud83d", "<", "javascript:", "http:", "https://"),
)
SAFE = set(string.ascii_letters + string.digits + "-._~:/?#[]@!$&()*+,;=%")


@pytest.mark.parametrize(
    ("text", "href"),
    [
        # as it stands
        ("https://news.example/a?b=c&d#e", "https://news.example/a?b=c&d#e"),
        ("HTTPS://News.Example", "https://news.example/"),
        ("http://news.example:80/x", "http://news.example/x"),
        ("https://news.example:443", "https://news.example/"),
        ("https://news.example:/", "https://news.example/"),
        ("https://news.example:0443/", "https://news.example/"),
        ("http://news.example:443/", "http://news.example:443/"),
        ("https://news.example:8443/x", "https://news.example:8443/x"),
        ("https://news.example./", "https://news.example./"),
        ("https://my_host.example/", "https://my_host.example/"),
        # around it, and broken lines
        (" \n https://news.example/a ", "https://news.example/a"),
        ("https://news.ex\nample/a\tb", "https://news.example/ab"),
        ("ht\ntps://news.example/", "https://news.example/"),
        # other scripts and signs
        ("https://lexikon.example/wiki/Straßenbahn", "https://lexikon.example/wiki/Stra%C3%9Fenbahn"),
        (
            "https://문서.example/철도?역=서울#표",
            "https://xn--z92bu1i.example/%EC%B2%A0%EB%8F%84?%EC%97%AD=%EC%84%9C%EC%9A%B8#%ED%91%9C",
        ),
        ("https://shop.example/{id}/it's", "https://shop.example/%7Bid%7D/it%27s"),
        ('https://shop.example/?q="a b"|c', "https://shop.example/?q=%22a%20b%22%7Cc"),
        ("https://shop.example/?q=it's\\n", "https://shop.example/?q=it%27s%5Cn"),
        ("https://shop.example/#`a`^", "https://shop.example/#%60a%60%5E"),
        ("https://shop.example/100%/%zz/%e4", "https://shop.example/100%/%zz/%e4"),
        ("https://shop.example/\u202egpj.exe", "https://shop.example/%E2%80%AEgpj.exe"),
        ("https://shop.example/😀", "https://shop.example/%F0%9F%98%80"),
        # who stands before the host
        ("https://acme.example@evil.example/", "https://evil.example/"),
        ("https://acme.example:443@evil.example:8443/x@y", "https://evil.example:8443/x@y"),
        ("https://a@b@evil.example/", "https://evil.example/"),
        ("https://@evil.example/", "https://evil.example/"),
        ("https://acme.example%2F@evil.example/", "https://evil.example/"),
        # names
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://evil。example/", "https://evil.example/"),
        ("https://ｅｖｉｌ．example/", "https://evil.example/"),
        ("https://ev\u00adil.example/", "https://evil.example/"),
        ("https://%65vil.example/", "https://evil.example/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        # numbers
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://0x7f.0.0.1/", "http://127.0.0.1/"),
        ("http://0177.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
        ("http://0x/", "http://0.0.0.0/"),
        ("http://1.2.3.4./", "http://1.2.3.4/"),
        ("http://1.2.3.example/", "http://1.2.3.example/"),
        ("http://[0:0::1]/", "http://[::1]/"),
        ("http://[::FFFF:1.2.3.4]:80/", "http://[::ffff:102:304]/"),
        ("http://[2001:db8:0:0:1:0:0:1]/", "http://[2001:db8::1:0:0:1]/"),
        ("http://[1:0:2:3:4:5:6:7]/", "http://[1:0:2:3:4:5:6:7]/"),
    ],
)
def test_an_address_is_what_a_browser_opens(text: str, href: str) -> None:
    read = read_web_address(text)
    assert read is not None
    assert read.href == href
    assert read_web_address(read.href) == read


@pytest.mark.parametrize(
    "text",
    [
        # browsers read a slash where others read a sign
        "https://evil.example\\@good.example/",
        "https://evil.example\\.good.example/",
        "https://evil.example/\\good.example",
        "https:\\\\evil.example/",
        "https://\\evil.example/",
        # browsers find a host where others find none
        "https:evil.example/",
        "https:/evil.example/",
        "https:///evil.example/",
        "https:/\\evil.example",
        # what they refuse
        "https://",
        "https:///",
        "https://@/",
        "https://news.example:port/",
        "https://news.example:65536/",
        "https://news.example:-1/",
        "https://news example/",
        "https://news.exam|ple/",
        "https://news{x}.example/",
        "https://news'.example/",
        "https://news%2Fexample/",
        "https://news%00.example/",
        "https://%ff.example/",
        "https://[::1",
        "https://[::1]x/",
        "https://[::1%25eth0]/",
        "https://[1::2::3]/",
        "https://::1/",
        "http://256.1.1.1/",
        "http://1.2.3.4.5/",
        "http://1.2.3.08/",
        "http://news.1/",
        "http://4294967296/",
        "https://xn--a.example/",
        "https://news..example/",
        "https://..",
        "https://\u200b/",
        # what is none
        "",
        "news.example",
        "//news.example/",
        "javascript:alert(1)//https://news.example/",
        "javascript://news.example/%0aalert(1)",
        "data:text/html,x",
        "mailto:ana@news.example",
        "ftp://news.example/",
        "file:///etc/passwd",
        "blob:https://news.example/1",
        "view-source:https://news.example/",
        # what no text should hold
        "https://news.example/\x00",
        "https://news.example/a\x1bb",
        "https://news.example/a\x85b",
        "https://news.example/\ud83d",
        "https://new\udcffs.example/",
        "https://news.example/<!channel>",
        "https://news.example/" + "x" * LONGEST,
    ],
)
def test_what_browsers_refuse_or_others_read_otherwise_is_no_address(text: str) -> None:
    assert read_web_address(text) is None


@given(st.sampled_from(["http://", "https://", "HTTP:/", "https:"]), st.lists(st.sampled_from(PIECES), max_size=8))
def test_whatever_is_read_is_written_in_a_form_that_all_read_alike(scheme: str, pieces: list[str]) -> None:
    read = read_web_address(scheme + "".join(pieces))
    if read is not None:
        assert set(read.href) <= SAFE
        assert read.host
        assert not set(read.host.strip("[]")) & set("@\\/?#% ")
        assert read_web_address(read.href) == read
        assert read.href.startswith(f"{read.scheme}://{read.host}")
