"""Somebody who sits at the desk: they enter by the operator's link, and read pages."""

import http.cookiejar
import re
import urllib.parse
import urllib.request

from tests.end_to_end.bot_process import BotProcess
from tests.harness.patience import HANG_SECONDS


class AtDesk:
    """A browser without eyes."""

    def __init__(self, bot: BotProcess, email: str = "ana@acme.example") -> None:
        """Let the operator invite this person, and enter."""
        self._bot = bot
        invited = bot.command("desk", email)
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)
        link = urllib.parse.urlsplit(invited.stdout.split()[-1])
        key = urllib.parse.urlencode({"key": urllib.parse.parse_qs(link.query)["key"][0]})
        request = urllib.request.Request(f"{bot.url}/enter", key.encode(), {"Origin": bot.url})
        self.board = self._browser.open(request, timeout=HANG_SECONDS).read().decode()

    def page(self, path: str) -> str:
        """Return a page."""
        url = urllib.parse.urljoin(self._bot.url, path)
        shown: bytes = self._browser.open(url, timeout=HANG_SECONDS).read()
        return shown.decode()

    def tokens(self) -> set[str]:
        """Return every mention on the board, page by page."""
        tokens, page = set[str](), self.board
        while True:
            tokens |= set(re.findall(r'href="/m/([0-9a-z]{5})"', page))
            more = re.search(r'id="more"[^>]*href="([^"]+)"', page)
            if more is None:
                return tokens
            page = self.page(more[1].replace("&amp;", "&"))
