"""Elsewhere: what other sources say under the address of a post, on its card."""

from handlers.base.cards import Fact, one_line
from handlers.text.restating import Said
from storage.engine.database import Session
from storage.listen.elsewhere import Saying, our_words, said_elsewhere
from storage.own.mentions import Original

ELSEWHERE = "Another source says of this address"
OTHER_WORDS, MOST_OTHERS = 200, 2


def other_words(session: Session, post: Original) -> list[Fact]:
    """Return what other sources say under the address of a post in words that are not its own, nor ours."""
    said = Said([(post.title, post.text), *our_words(session, post.mention_id)])
    others: dict[str, Saying] = {}
    for one in said_elsewhere(session, post.mention_id):
        words = one_line(f"{one.title} {one.text}".strip(), OTHER_WORDS)
        if words and not said.holds(one.title, one.text, one.url):
            others.setdefault(words, one)
    facts = [Fact(label=ELSEWHERE, value=f"“{words}” ({_by(one)})") for words, one in others.items()]
    more = len(facts) - MOST_OTHERS
    return facts if more <= 0 else [*facts[:MOST_OTHERS], Fact(label=ELSEWHERE, value=f"and {more} more")]


def _by(one: Saying) -> str:
    name = one.name or one.handle
    return f"{one_line(name, 60)}, {one.source}" if name else one.source
