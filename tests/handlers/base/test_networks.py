"""Networks: a post stands where people say that it does, and an answer by hand is written where its network has it."""

import re

import pytest

from handlers.base.networks import NETWORKS, answer_at, network_at, network_of
from handlers.base.organisation import SourceRules

PASTED = SourceRules(name="pasted", kind="")
VENDOR = SourceRules(name="listening", kind="webhook", via="Octolens")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.tiktok.com/@acme/video/71", "TikTok"),
        ("https://vm.tiktok.com/ZM1/", "TikTok"),
        ("https://pin.it/abc", "Pinterest"),
        ("https://de.pinterest.com/pin/7/", "Pinterest"),
        ("https://www.pinterest.co.uk/pin/7/", "Pinterest"),
        ("https://foursquare.com/v/acme/4b", "Foursquare"),
        ("https://plus.google.com/1/posts/2", "Google+"),
        ("https://OLD.reddit.com./r/acme/comments/k7/t/", "Reddit"),
        ("https://twitter.com/kim/status/9", "X"),
    ],
)
def test_a_post_stands_on_the_network_of_its_host_or_of_one_above(url: str, name: str) -> None:
    found = network_of(url)
    assert found is not None
    assert found.name == name
    assert PASTED.where(url) == name


@pytest.mark.parametrize(
    "url",
    [
        "https://tiktok.com.evil.example/@acme",
        "https://nottiktok.com/1",
        "https://google.com/maps",
        "https://tiktok.com@evil.example/1",
        "https://com/",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_only_looks_like_a_network_is_none(url: str) -> None:
    assert network_of(url) is None


def test_a_source_of_a_network_calls_its_own_posts_by_it_and_those_elsewhere_as_everybody_does() -> None:
    mastodon = SourceRules(name="fedi", kind="mastodon", network="Mastodon", hosts=frozenset({"social.example"}))
    assert mastodon.where("https://social.example/@kim/1") == "Mastodon"
    assert mastodon.where("https://www.tiktok.com/@kim/video/1") == "TikTok"
    assert mastodon.where("https://blog.example/1") == "blog.example"


def test_who_told_us_of_a_post_stands_beside_where_it_stands_and_is_no_place_to_answer() -> None:
    reddit = "https://www.reddit.com/r/acme/comments/k7/t/"
    assert (VENDOR.told(reddit), VENDOR.where(reddit)) == ("Reddit via Octolens", "Reddit")
    assert VENDOR.told("https://blog.example/1") == "blog.example via Octolens"
    assert (VENDOR.told(""), VENDOR.where("")) == ("Octolens", "Octolens")
    assert SourceRules(name="t", kind="webhook", via="Trustpilot").told("https://www.trustpilot.com/reviews/1") == (
        "Trustpilot"
    )
    assert PASTED.told(reddit) == "Reddit"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.com/kim/status/42?s=20", "https://x.com/intent/post?in_reply_to=42"),
        ("https://mobile.twitter.com/i/web/statuses/42/photo/1", "https://x.com/intent/post?in_reply_to=42"),
        ("https://x.com/kim", "https://x.com/kim"),
        ("https://x.com/kim/status/" + "9" * 40, "https://x.com/kim/status/" + "9" * 40),
        ("https://www.tiktok.com/@acme/video/71", "https://www.tiktok.com/@acme/video/71"),
        ("https://blog.example/status/1", "https://blog.example/status/1"),
        ("", ""),
    ],
)
def test_an_answer_is_written_in_the_window_of_its_network_where_it_has_one(url: str, expected: str) -> None:
    assert answer_at(url) == expected


def test_the_table_names_each_host_once_and_says_of_each_network_where_to_press() -> None:
    hosts = [host for one in NETWORKS for host in one.hosts]
    assert len(hosts) == len(set(hosts))
    assert [one.name for one in NETWORKS] == sorted((one.name for one in NETWORKS), key=str.casefold)
    for one in NETWORKS:
        assert re.fullmatch(r"[A-Z].+\.", one.how)
        assert all(network_at(f"www.{host}") is one for host in one.hosts)
