"""Networks by their hosts: what people call the place where a post stands, and how a person answers there.

Most of them no source of ours can read, or answer on: their posts are brought in by somebody who saw them, or by a tool
that listens there for us. A card says "TikTok" all the same, and whoever posts a reply by hand is told where to press.
What stands here is known of the networks' own pages; nothing is asked of them.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from handlers.text.addresses import read_web_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network.

    Attributes:
        name: What people call it.
        hosts: Where its posts stand; what lies below them is its, too.
        how: One sentence: where a person who opened the post presses to answer it.
        answer: What finds the post's id in the path of its address, and the address of a window in which an answer to
            it is written; without them the post itself is opened.
        nameless: An answer there has no address of its own that its writer could copy.
    """

    name: str
    hosts: tuple[str, ...]
    how: str
    answer: tuple[str, str] | None = None
    nameless: bool = False


_COMMENT = "Write below the post, in the box for comments, as the account that speaks for us."
_PINTEREST = ("com", "at", "ca", "ch", "cl", "co.kr", "co.uk", "com.au", "com.mx", "de", "dk", "es", "fr", "ie", "it")
_PINTEREST_TOO = ("jp", "nz", "ph", "pt", "se")

NETWORKS: tuple[Network, ...] = (
    Network(
        name="App Store",
        hosts=("apps.apple.com", "itunes.apple.com"),
        how="Answer in App Store Connect, under Ratings and Reviews; the public page has no box for it.",
        nameless=True,
    ),
    Network(name="Bluesky", hosts=("bsky.app",), how="Press the speech bubble below the post."),
    Network(name="DEV", hosts=("dev.to",), how="Press Reply below the comment, or write below the article."),
    Network(name="Facebook", hosts=("facebook.com", "fb.com", "fb.watch"), how=_COMMENT),
    Network(
        name="Foursquare",
        hosts=("foursquare.com", "4sq.com", "swarmapp.com"),
        how="A tip takes no answer: write a tip of your own on the same place, or reach its author elsewhere.",
        nameless=True,
    ),
    Network(name="GitHub", hosts=("github.com",), how="Write below the issue or the discussion."),
    Network(
        name="Google Maps",
        hosts=("maps.google.com", "maps.app.goo.gl", "g.page"),
        how="Answer as the owner of the place: open your Business Profile, then Read reviews, then Reply.",
        nameless=True,
    ),
    Network(
        name="Google Play",
        hosts=("play.google.com",),
        how="Answer in the Play Console, under Reviews; the public page has no box for it.",
        nameless=True,
    ),
    Network(
        name="Google+",
        hosts=("plus.google.com",),
        how="Google+ was closed in 2019: nothing can be answered there. Answer where its author is today.",
    ),
    Network(name="Hacker News", hosts=("news.ycombinator.com",), how="Press reply below the comment."),
    Network(
        name="Instagram",
        hosts=("instagram.com", "instagr.am"),
        how="Press Reply below the comment, or Comment below the post.",
    ),
    Network(
        name="LinkedIn",
        hosts=("linkedin.com", "lnkd.in"),
        how="Switch to our Page in the list beside the box for comments, then press Comment below the post.",
    ),
    Network(
        name="Pinterest",
        hosts=(*(f"pinterest.{one}" for one in (*_PINTEREST, *_PINTEREST_TOO)), "pin.it"),
        how="Open the pin and write into Add a comment, signed in as our business account.",
        nameless=True,
    ),
    Network(name="Product Hunt", hosts=("producthunt.com",), how="Press Reply below the comment."),
    Network(name="Quora", hosts=("quora.com",), how="Press Answer below the question, or Comment below an answer."),
    Network(name="Reddit", hosts=("reddit.com", "redd.it"), how="Press Reply below the post or the comment."),
    Network(
        name="Stack Overflow",
        hosts=("stackoverflow.com",),
        how="Write an answer below the question, and say in it that you work for us.",
    ),
    Network(name="Threads", hosts=("threads.net", "threads.com"), how="Press the speech bubble below the post."),
    Network(
        name="TikTok",
        hosts=("tiktok.com",),
        how="Press the speech bubble beside the video, then Reply below the comment, signed in as our account.",
        nameless=True,
    ),
    Network(
        name="Trustpilot",
        hosts=("trustpilot.com",),
        how="Sign in at Trustpilot Business, open the review under Service reviews, and press Reply.",
        nameless=True,
    ),
    Network(
        name="X",
        hosts=("x.com", "twitter.com"),
        how="The link opens the window in which X takes an answer to this post.",
        answer=(r"/status(?:es)?/([0-9]{1,25})(?![0-9])", "https://x.com/intent/post?in_reply_to={}"),
    ),
    Network(
        name="YouTube",
        hosts=("youtube.com", "youtu.be"),
        how="Press Reply below the comment, signed in as our channel.",
    ),
)
_BY_HOST = {host: one for one in NETWORKS for host in one.hosts}


@lru_cache(maxsize=1024)
def network_at(host: str) -> Network | None:
    """Return the network to which a host belongs, such as TikTok for "vm.tiktok.com"; None for any other."""
    host = host.rstrip(".")
    while host:
        if host in _BY_HOST:
            return _BY_HOST[host]
        host = host.partition(".")[2]
    return None


def network_of(url: str) -> Network | None:
    """Return the network on which a post stands, by its address; None where we do not know it."""
    address = read_web_address(url)
    return network_at(address.host) if address is not None else None


def answer_at(url: str) -> str:
    """Return the address at which a person answers a post: a window of its network, else the post's own."""
    address, known = read_web_address(url), network_of(url)
    if address is None or known is None or known.answer is None:
        return url
    pattern, template = known.answer
    found = re.search(pattern, address.rest)
    return template.format(found[1]) if found else url
