"""Rules of addresses that people paste."""

import pytest

from bot.sources.kit.addresses import Pasted, pasted

HOSTS = ("site.example", "*.net.example")


def test_an_address_on_a_host_of_the_network_is_read() -> None:
    told = pasted(" https://SITE.example/watch/a?v=1&v=2&lc=x%20y#c-5 ", HOSTS)
    assert told == Pasted("site.example", "/watch/a", {"v": "1", "lc": "x y"}, "c-5")
    assert pasted("https://any.net.example/p", HOSTS).path == "/p"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no address",
        "ftp://site.example/a",
        "https://site.example.evil.example/a",
        "https://www.site.example/a",
        "https://evilnet.example/a",
        "https://net.example/a",
        "https://[::1/a",
    ],
)
def test_what_stands_elsewhere_or_is_none_has_no_parts(url: str) -> None:
    assert pasted(url, HOSTS) == Pasted()


def test_an_address_with_very_many_fields_has_none() -> None:
    assert pasted(f"https://site.example/?{'&'.join('a=1' for _ in range(200))}", HOSTS) == Pasted("site.example", "/")
