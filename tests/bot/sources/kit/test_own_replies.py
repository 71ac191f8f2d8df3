"""What every reply goes through that is looked for among our own, whatever its network says."""

import asyncio
import json
from dataclasses import dataclass, field, replace

import pytest

from bot.sources.kit.build import post
from bot.sources.kit.own_replies import Json, OwnReplies, Seen
from handlers.base.charter import ReplyRules
from handlers.base.events import content_digest
from handlers.base.replying import Alive, Allowed, Changed, Found, Gone, Handoff, Outcome, Parent, Published

ASKED = post(external_id="1", text="Where is my refund?", facts={"open": True})
PARENT = Parent(
    external_id="1",
    url="https://acme.example/1",
    digest=content_digest(ASKED),
    facts=ASKED.facts,
    ours=frozenset({"7"}),
)


@dataclass
class Corner:
    """A network, as short as one can be."""

    seen: Seen | Gone = field(default_factory=lambda: Seen(now=ASKED, context={"since": 3}))
    taker: str = "Acme"
    sent: list[Json] = field(default_factory=list)

    rules, who, needs = ReplyRules(by_api=True, limit=20), "Our Page", ("since",)

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        return None if facts.get("open") else Handoff(parent.url, "It is closed.")

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        return self.seen

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        return {"text": text, "since": seen["since"]}

    async def send(self, stored: Json) -> Outcome:
        self.sent.append(stored)
        return Published("9", "")

    async def find(self, stored: Json) -> Found:
        return Published("9", "") if stored in self.sent else None


def checked(seen: Seen | Gone) -> object:
    return asyncio.run(OwnReplies(Corner(seen)).check(PARENT))


def test_a_person_answers_where_the_facts_of_the_post_say_so() -> None:
    replies = OwnReplies(Corner())
    assert replies.can_reply(PARENT) == Allowed()
    assert replies.can_reply(replace(PARENT, facts="")) == Handoff(PARENT.url, "It is closed.")


def test_what_is_gone_edited_or_answered_by_others_of_ours_is_told_and_what_we_know_is_not() -> None:
    context = json.dumps({"since": 3})
    assert checked(Gone("It was deleted.")) == Gone("It was deleted.")
    edited = replace(ASKED, text="Thank you, it came.")
    assert checked(Seen(now=edited, context={"since": 3})) == Changed("The author edited it.", context, edited)
    answered = Seen(now=ASKED, context={"since": 3}, ours=[("7", ""), ("8", "https://acme.example/8")])
    assert checked(answered) == Changed("Our Page answered it already: https://acme.example/8", context)
    assert checked(Seen(now=ASKED, context={"since": 3}, ours=[("7", "")])) == Alive(context)
    assert checked(Seen(now=None)) == Alive("{}")  # how it reads is not told


def test_nothing_is_prepared_that_does_not_fit_or_was_not_looked_at() -> None:
    replies = OwnReplies(Corner())
    with pytest.raises(ValueError, match="It has 21 characters, and Acme takes 20"):
        replies.prepare(PARENT, "x" * 21, "s1", "{}")
    with pytest.raises(ValueError, match="looked at again"):
        replies.prepare(PARENT, "Yes", "s1", "{}")
    counts_itself = OwnReplies(Corner(taker=""))
    assert json.loads(counts_itself.prepare(PARENT, "x" * 21, "s1", '{"since": 3}'))["text"] == "x" * 21


def test_what_is_sent_and_looked_for_is_what_was_prepared() -> None:
    corner = Corner()
    replies = OwnReplies(corner)
    prepared = replies.prepare(PARENT, "  Yes  ", "s1", '{"since": 3}')
    assert json.loads(prepared) == {"send_id": "s1", "text": "Yes", "since": 3}
    assert asyncio.run(replies.find_published(prepared)) is None
    assert asyncio.run(replies.publish(prepared)) == asyncio.run(replies.find_published(prepared))
