"""A desk at which people reply: a source with a charter, a place where replies stand, and the life of one by HTTP."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from bot.sources.lookup import Find, find_nothing
from handlers.base.charter import Charter, ReplyRules
from handlers.base.organisation import SourceRules
from handlers.base.replying import Changed
from storage.own.mentions import MentionRow
from storage.tables.states import Action
from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.fakes.replies import FakeReplies
from tests.harness.patience import wait_until
from tests.harness.scene import ORGANISATION

TEXT = "I am sorry about the refund, Kim. I sent it again today. Ana"
BY_API = ReplyRules(by_api=True, limit=300, unit="graphemes")
BY_HAND = ReplyRules()
SORRY = ("Sorry", "Hello {author}, I am sorry. I look into it today. {name}")
CHARTER = Charter(
    written=True,
    purpose="We answer customers who ask for help",
    voice="Plain and kind",
    publish=("support",),
    blocked=("guarantee",),
    saved=(SORRY,),
)
OPEN = replace(CHARTER, publish=("anyone",), review="none")


@dataclass
class ReplyingInstallation:
    """A house with a charter; ``place`` is where its replies stand."""

    house: DeskInstallation
    place: FakeReplies = field(default_factory=FakeReplies)

    def arrive(self, text: str = "Where is my refund?", **fields: Any) -> MentionRow:
        """Let one post arrive."""
        return self.house.scene.arrive(text, **fields)

    def draft(self, name: str, mention: MentionRow, text: str = TEXT, then: str = "keep") -> httpx.Response:
        """Let somebody write, and go on as they say."""
        return self.house.visitor(name).press("draft", mention.token, "/", text=text, then=then)

    def review(self, name: str, mention: MentionRow, verdict: str, **typed: str) -> httpx.Response:
        """Let somebody read what waits, and say what they think."""
        visitor = self.house.visitor(name)
        draft = choices(visitor.get(f"/m/{mention.token}/review").text)[0]
        values = {"draft": draft, "remark": "", "verdict": verdict, **typed}
        return visitor.press("review", mention.token, "/", **values)

    def wait_for(self, mention: MentionRow, action: Action) -> None:
        """Wait until the log says so."""

        def look() -> bool:
            self.house.rest(0.05)
            return action in self.house.scene.log(mention)

        wait_until(look, lambda: self.house.scene.log(mention))


@contextmanager
def open_replying(
    folder: Path, charter: Charter = CHARTER, reply: ReplyRules = BY_API, find: Find = find_nothing
) -> Iterator[ReplyingInstallation]:
    """Open a desk whose source "blog" has this charter."""
    rules = SourceRules(name="blog", kind="feed", baseline=False, charter=charter, reply=reply)
    place = FakeReplies()
    with open_installation(
        folder, replace(ORGANISATION, sources=(rules,)), sources={"blog": place}, find=find
    ) as house:
        yield ReplyingInstallation(house, place)


def choices(page: str, select: str = "draft") -> list[str]:
    """Return what a form lets choose, or the one thing that can be meant."""
    only = re.search(rf'<input type="hidden" name="{select}" value="([^"]+)">', page)
    if only:
        return [only[1]]
    chosen = page[page.index(f'name="{select}"') :]
    return re.findall(r'<option value="([^"]*)"', chosen[: chosen.index("</select>")])


def main_of(page: str) -> str:
    """Return what stands in the middle of a page, with its entities read."""
    return html.unescape(page[page.index("<main") : page.index("</main>")])


# --- each verb of a reply, without any script: what is done before it, its press, and what the log says then ---------


def _draft(desk: ReplyingInstallation, mention: MentionRow) -> httpx.Response:
    return desk.draft("Ana", mention)


def _review(desk: ReplyingInstallation, mention: MentionRow) -> httpx.Response:
    desk.draft("Ana", mention, then="review")
    return desk.review("Ben", mention, "approve")


def _publish(desk: ReplyingInstallation, mention: MentionRow) -> httpx.Response:
    desk.draft("Ana", mention)
    return desk.house.visitor("Ana").press("publish", mention.token, "/")


def _withdraw(desk: ReplyingInstallation, mention: MentionRow) -> httpx.Response:
    desk.draft("Ana", mention)
    return desk.house.visitor("Ana").press("withdraw", mention.token, "/")


def _confirm(desk: ReplyingInstallation, mention: MentionRow) -> httpx.Response:
    desk.place.states["post-1"] = Changed("The post was edited.", "{}")
    _publish(desk, mention)
    desk.wait_for(mention, Action.UNCLEAR)
    return desk.house.visitor("Ana").press("confirm", mention.token, "/", answer="send")


def _posted(desk: ReplyingInstallation, mention: MentionRow) -> httpx.Response:
    desk.draft("Ana", mention)
    ana = desk.house.visitor("Ana")
    return ana.press("posted", mention.token, "/", url="https://blog.example/1#reply-7")


@dataclass(frozen=True)
class Story:
    """How a verb of a reply is pressed, and what the log says then."""

    press: Callable[[ReplyingInstallation, MentionRow], httpx.Response]
    logged: Action
    charter: Charter = OPEN
    reply: ReplyRules = BY_API


STORIES = {
    "draft": Story(_draft, Action.DRAFTED),
    "review": Story(_review, Action.APPROVED, CHARTER),
    "publish": Story(_publish, Action.PUBLISHING),
    "withdraw": Story(_withdraw, Action.WITHDRAWN),
    "confirm": Story(_confirm, Action.PUBLISHING),
    "posted": Story(_posted, Action.RESPONDED, reply=BY_HAND),
}
