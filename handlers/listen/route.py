"""Route: which department a post goes to, and why, in words that stand on the card."""

from dataclasses import dataclass

from handlers.base.events import Posted
from handlers.base.organisation import Organisation, SourceRules
from handlers.listen.hints import suppose
from handlers.text.match import Match, Matcher
from storage.own.lately import Came


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Where a post goes.

    Attributes:
        department: The key of a department.
        topic: The topic that recognised it; empty for the fallback.
        reason: One sentence for the card.
        product: What of ours it is about, as its topic says; empty where none does.
        hints: What its words make us suppose (``handlers.listen.hints``).
    """

    department: str
    topic: str
    reason: str
    product: str = ""
    hints: str = ""


def match_post(matcher: Matcher, title: str, text: str, post: Posted, source: str = "") -> Match | None:
    """Match a title and text over the links of a post from a source; its own address counts as one of them."""
    links = (post.url, *post.links) if post.url else post.links
    lang = " ".join(filter(None, (post.lang, *post.langs)))
    if not matcher.asks_facts:
        return matcher.match(title, text, links, lang)
    author, answers = post.author.handle or post.author.name, bool(post.reply_to)
    return matcher.match(title, text, links, lang, author=author, source=source, answers=answers)


def match_came(matcher: Matcher, one: Came) -> Match | None:
    """Match a mention as it is stored; links that its words do not show are not among what is."""
    post = one.post
    return matcher.match(
        post.title, post.text, (post.url,), post.lang, author=one.author, source=post.source, answers=one.answers
    )


def decide(matcher: Matcher, organisation: Organisation, rules: SourceRules, post: Posted) -> Decision | None:
    """Return where a post goes, or None when it is no mention."""
    match = match_post(matcher, post.title, post.text, post, rules.name)
    if match is None and rules.unmatched == "drop":
        return None
    department = match.department if match is not None else organisation.fallback
    hints = suppose(organisation.configured(department), post.title, post.text)
    if match is None:
        return Decision(department=department, topic="", reason="No topic recognised it.", hints=hints)
    return Decision(department=department, topic=match.topic, reason=_why(match), product=match.product, hints=hints)


def _why(match: Match) -> str:
    terms = ", ".join(f"“{term}”" for term in match.terms)
    also = f". Also: {', '.join(match.others)}" if match.others else ""
    return f"Topic {match.topic}: {terms}{also}"
