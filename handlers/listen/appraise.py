"""Appraise: what a source shows is matched and compared before the transaction in which it is written down.

One thread writes on SQLite, and people wait for it, so nothing is worked out there that grows with what a stranger
wrote. What was worked out holds for the words that it was worked out of; what stands there by then, because somebody
else was quicker, is worked out anew, and that is rare.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from handlers.base.events import Event, Posted, content_digest
from handlers.base.organisation import Organisation, SourceRules
from handlers.listen.entries import entry_key
from handlers.listen.route import Decision, decide, match_post
from handlers.text.match import Matcher
from storage.listen.posts import PostRow
from storage.tables.states import PostRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """What is known of a post from its words alone.

    Attributes:
        canonical: What it is found by beside its external id: the one form of its address.
        digest: Of its title and text.
        decision: Where it goes; None when it is no mention.
        matched_before: Of a post that we had in other words: their digest, and whether a topic recognised them.
    """

    canonical: str
    digest: str
    decision: Decision | None
    matched_before: tuple[str, bool] | None = None

    @property
    def matches(self) -> bool:
        """Whether a topic recognises it."""
        return self.decision is not None and bool(self.decision.topic)


Appraisals = Mapping[str, Appraisal]


def appraise(
    matcher: Matcher,
    organisation: Organisation,
    rules: SourceRules,
    events: Iterable[Event],
    known: Mapping[str, PostRow] | None = None,
) -> dict[str, Appraisal]:
    """Work out what is to be known of the posts among events, by external id; ``known`` are those that we had."""
    found: dict[str, Appraisal] = {}
    for post in events:
        if isinstance(post, Posted):
            decision = decide(matcher, organisation, rules, post)
            appraisal = Appraisal(canonical=entry_key(rules.name, post), digest=content_digest(post), decision=decision)
            old = (known or {}).get(post.external_id)
            if old is not None and old.role == PostRole.BASELINE and old.digest != appraisal.digest:
                before = appraisal.matches and matched(matcher, rules.name, old, post)
                appraisal = replace(appraisal, matched_before=(old.digest, before))
            found[post.external_id] = appraisal
    return found


def matched(matcher: Matcher, source: str, old: PostRow, post: Posted) -> bool:
    """Say whether a topic recognised the former words of a post."""
    return match_post(matcher, old.title, old.text, post, source) is not None
