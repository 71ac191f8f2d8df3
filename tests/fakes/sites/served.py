"""Served: the fakes of services in a thread of their own.

Before the one request that publishes, each has a gate (``tests.fakes.gate``). What stands is counted on the fake's own
books. Whoever has a line here is in all stories, and in those in which processes are killed, as its class says.
"""

from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager

from tests.fakes.sites.app_store import OnAppStore
from tests.fakes.sites.base import CHARTER, Site
from tests.fakes.sites.bluesky import OnBluesky
from tests.fakes.sites.discourse import OnDiscourse
from tests.fakes.sites.facebook import OnFacebook
from tests.fakes.sites.github import OnGitHub
from tests.fakes.sites.google_play import OnGooglePlay
from tests.fakes.sites.google_reviews import OnGoogleReviews
from tests.fakes.sites.instagram import OnInstagram
from tests.fakes.sites.khoros import OnKhoros
from tests.fakes.sites.lemmy import OnLemmy
from tests.fakes.sites.linkedin import OnLinkedIn
from tests.fakes.sites.mastodon import OnDeafMastodon, OnMastodon
from tests.fakes.sites.reddit import OnReddit
from tests.fakes.sites.threads import OnThreads
from tests.fakes.sites.wordpress import OnWordPress
from tests.fakes.sites.x import OnX
from tests.fakes.sites.youtube import OnYouTube
from tests.harness.loops import loop_in_thread, run_in

SITES: dict[str, type[Site]] = {
    "app-store": OnAppStore,
    "bluesky": OnBluesky,
    "discourse": OnDiscourse,
    "facebook": OnFacebook,
    "github": OnGitHub,
    "google-play": OnGooglePlay,
    "google-reviews": OnGoogleReviews,
    "instagram": OnInstagram,
    "khoros": OnKhoros,
    "lemmy": OnLemmy,
    "linkedin": OnLinkedIn,
    "mastodon": OnMastodon,
    "mastodon-deaf": OnDeafMastodon,
    "reddit": OnReddit,
    "threads": OnThreads,
    "wordpress": OnWordPress,
    "x": OnX,
    "youtube": OnYouTube,
}
# Which of them stories can be told of that not all are in (``tests.fakes.sites.base.Site``).
CONVERSING = tuple(name for name, site in SITES.items() if site.converses)
RESTORING = tuple(name for name, site in SITES.items() if site.restores)
ROTATING = tuple(name for name, site in SITES.items() if site.rotates)
STAGING = tuple(name for name, site in SITES.items() if site.stages)


@contextmanager
def serve(names: Sequence[str], charter: str = CHARTER) -> Iterator[dict[str, Site]]:
    """Serve these sites until the block ends."""
    stack = AsyncExitStack()
    with loop_in_thread("sites") as loop:
        sites = {name: SITES[name](name, charter, loop=loop) for name in names}

        async def open_all() -> None:
            for site in sites.values():
                await stack.enter_async_context(site.serve())

        run_in(loop, open_all())
        try:
            yield sites
        finally:
            run_in(loop, stack.aclose())
