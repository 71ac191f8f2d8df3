"""The main job on Stack Exchange: a question is a card, and its reply is posted by a person, whose address counts."""

import asyncio
from dataclasses import replace

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.stack_exchange.source import StackExchange, StackExchangeOptions
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.charter import Charter
from handlers.base.events import Event
from handlers.base.organisation import SourceRules
from handlers.draw.card import draw_card
from handlers.reply.draft import DraftReply
from handlers.reply.posted_by_hand import PostedReply
from storage.own import mentions
from storage.tables.states import Action, Status
from tests.fakes.stack_exchange import FakeStackExchange
from tests.harness.scene import ORGANISATION, Scene, at

CHARTER = Charter(written=True, publish=("anyone",), review="none")
RULES = SourceRules(
    name="stack",
    kind="stack_exchange",
    network="Stack Exchange",
    reply=StackExchange.capabilities.reply,
    charter=CHARTER,
    own_accounts=frozenset({"https://stackoverflow.com/users/7/kim"}),
)


def heard(site: FakeStackExchange) -> list[Event]:
    """Return what a poll brings."""

    async def run() -> list[Event]:
        fetcher = Fetcher(Clock())
        async with site.serve():
            options = StackExchangeOptions(query="acme", base_url=site.base_url)
            config = SourceConfig(name="stack", kind="stack_exchange", options=options, allow_private=True)
            source = StackExchange(config, SourceTools(fetcher=fetcher, isolation=Isolation(), clock=Clock()))
            try:
                return [*(await source.poll("")).events]
            finally:
                await fetcher.aclose()

    return asyncio.run(run())


def test_a_question_is_a_card_whose_reply_a_person_posts_and_it_is_no_new_card_when_it_is_found(scene: Scene) -> None:
    scene.organisation = replace(ORGANISATION, sources=(RULES,))
    scene.__post_init__()
    site = FakeStackExchange()
    asked = site.question("Where is my #acme refund?", "<p>It is late.</p>", who="Lee")
    asked["who"] = ""  # who asks is not known by the address of one of ours
    scene.ingest(*heard(site), source="stack")
    (mention,) = scene.database.read(lambda session: mentions.listed(session, mentions.Filter(), limit=9, newest=True))
    card = scene.database.read(lambda session: draw_card(session, mention.id, scene.organisation))
    assert (card.heading, card.body) == ("Where is my #acme refund?", "It is late.")
    ana = scene.person("Ana", "ana@acme.example")
    drafted = scene.do(DraftReply(who=ana, reference=at(mention), text="It is on its way. Ana here.", then="publish"))
    assert "on its way" not in drafted.text  # nothing goes out by itself
    ours = site.answer("<p>It is on its way. #acme Ana here.</p>", asked)
    url = f"https://stackoverflow.com/a/{ours['post_id']}"
    assert scene.do(PostedReply(who=ana, reference=at(scene.look(mention)), url=url)).ok
    assert scene.look(mention).status == Status.RESPONDED
    scene.ingest(*heard(site), source="stack")
    found = scene.database.read(lambda session: mentions.listed(session, mentions.Filter(), limit=9, newest=True))
    assert found == []  # nothing is open, and nothing is new
    assert scene.look(mention).status == Status.RESPONDED
    assert scene.log(mention).count(Action.RESPONDED) == 1
