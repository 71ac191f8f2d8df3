"""Rules of answering where there is one reply: nothing is replaced without a question, whoever wrote it."""

import asyncio
import re
from dataclasses import dataclass, field, replace

import pytest

from bot.sources.kit.build import post
from bot.sources.kit.one_reply import OneReply, Review, Standing
from handlers.base.charter import ReplyRules
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from handlers.text.urls import canonical_url
from tests.bot.sources.scene import parent_of

HERE = "https://reviews.example/1/reply"
RULES = ReplyRules(by_api=True, limit=30)


@dataclass
class OneReview:
    """A network with one review, which is called "acme/1" there, and whose reply stands at one address."""

    text: str = "Cold soup"
    reply: Standing | None = None
    gone: bool = False
    says_no: Refused | Unclear | None = None
    sent: list[str] = field(default_factory=list)

    @property
    def review(self) -> Review:
        return Review(post(external_id="1", text=self.text, facts={"review": "acme/1"}), self.reply)

    async def look(self, review: str) -> Review | None:
        assert review == "acme/1"
        return None if self.gone else self.review

    async def answer(self, review: str, text: str) -> Standing | Refused | Unclear:
        assert review == "acme/1"
        self.sent.append(text)
        if self.says_no is not None:
            return self.says_no
        self.reply = Standing(text=text, url=HERE)
        return self.reply


def replies(network: OneReview, **more: object) -> OneReply:
    return OneReply(network, RULES, taker="Acme", **more)  # type: ignore[arg-type]


def sent(network: OneReview, text: str = "We are sorry. Ana") -> tuple[Published, Parent, str]:
    """Send a reply; returns what came of it, the review as it is known then, and what was sent."""
    replier, parent = replies(network), parent_of(network.review.posted)
    request = replier.prepare(parent, text, "5e", "")
    outcome = asyncio.run(replier.publish(request))
    assert isinstance(outcome, Published)
    return outcome, replace(parent, ours=frozenset({outcome.external_id, canonical_url(outcome.url)})), request


def test_a_reply_is_known_by_its_review_and_its_words_however_its_lines_were_set() -> None:
    network = OneReview()
    outcome, parent, request = sent(network, "We are sorry.\n\nAna")
    assert outcome.external_id.startswith("1/reply/")
    network.reply = Standing(text="We are sorry. Ana ", url=HERE)
    assert isinstance(asyncio.run(replies(network).check(parent)), Alive)
    assert asyncio.run(replies(network).find_published(request)) == outcome


def test_a_colleague_s_reply_is_asked_about_though_it_stands_at_the_address_of_ours() -> None:
    network = OneReview()
    _, parent, _ = sent(network)
    network.reply = Standing(text="Sorry!\nBen", url=HERE)
    state = asyncio.run(replies(network).check(parent))
    assert state == Changed("It was answered already: “Sorry! Ben” Yours would replace it.")


def test_what_a_network_made_of_our_words_is_known_as_ours() -> None:
    network = OneReview()

    async def shortened(review: str, text: str) -> Standing:
        network.reply = Standing(text=text[:6], held=True)
        return network.reply

    network.answer = shortened  # type: ignore[method-assign]
    outcome, parent, _ = sent(network)
    assert outcome.held
    assert isinstance(asyncio.run(replies(network).check(parent)), Alive)


def test_a_reply_that_was_rejected_stands_nowhere_and_is_refused() -> None:
    network = OneReview()
    _, parent, request = sent(network)
    network.reply = Standing(text="We are sorry. Ana", rejected="Acme rejected it.")
    assert asyncio.run(replies(network).find_published(request)) == Refused("Acme rejected it.")
    assert isinstance(asyncio.run(replies(network).check(replace(parent, ours=frozenset()))), Alive)


def test_another_reply_and_none_are_not_ours() -> None:
    network = OneReview()
    _, _, request = sent(network)
    for reply in (Standing(text="Ben"), None):
        network.reply = reply
        assert asyncio.run(replies(network).find_published(request)) is None
    network.gone = True
    assert asyncio.run(replies(network).find_published(request)) is None


def test_a_review_that_changed_or_is_gone_is_told_with_what_it_says_now() -> None:
    network = OneReview()
    parent = parent_of(network.review.posted)
    network.text = "Warm soup"
    assert asyncio.run(replies(network).check(parent)) == Changed(
        "The author changed the review.", posted=network.review.posted
    )
    network.gone = True
    assert asyncio.run(replies(network).check(parent)) == Gone("The review was deleted.")
    assert asyncio.run(replies(network, gone="No more.").check(parent)) == Gone("No more.")


@pytest.mark.parametrize("says_no", [Refused("No."), Unclear("Who knows.", refused=True)])
def test_what_a_network_refuses_is_told_as_it_says_it(says_no: Refused | Unclear) -> None:
    network = OneReview(says_no=says_no)
    request = replies(network).prepare(parent_of(network.review.posted), "Hello", "5e", "")
    assert asyncio.run(replies(network).publish(request)) == says_no


def test_what_would_be_cut_or_taken_out_is_refused_before_it_is_sent() -> None:
    network = OneReview()
    replier, parent = replies(network, takes_out=re.compile(r"<[^<>]*>")), parent_of(network.review.posted)
    with pytest.raises(ValueError, match=r"^It has 31 characters, and Acme takes 30\.$"):
        replier.prepare(parent, "x" * 31, "5e", "")
    with pytest.raises(ValueError, match=r"^Acme would take “<b>” out of it"):
        replier.prepare(parent, "So <b>sorry</b>", "5e", "")
    assert "a < b" in replier.prepare(parent, " a < b ", "5e", "")


def test_only_what_its_source_calls_a_review_is_answered_by_us() -> None:
    replier = replies(OneReview())
    assert replier.can_reply(parent_of(OneReview().review.posted)) == Allowed()
    assert isinstance(replier.can_reply(Parent(external_id="1", url="https://reviews.example/1")), Handoff)
