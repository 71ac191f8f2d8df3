"""Similar: mentions that we answered before and whose post is like this one, to be shown beside the form.

Nothing of them goes into the draft. What reads alike comes first; what only has the same topic fills the rest; each
the newest first, since an answer ages. The last few hundred replies are looked at, whatever there are.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from handlers.text.languages import subject
from handlers.text.similarity import likeness
from storage.engine.database import Session
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.reply import past_replies
from storage.reply.past_replies import AnsweredRow

# Two posts about the same thing share a fifth of what they are about, once what most posts hold is left out.
ALIKE = 0.2
_LOOKED_AT = 300
_LONGEST = 2_000
_FEW = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarReply:
    """A post that somebody answered before us, and how.

    Attributes:
        mention_token: The mention's.
        asked: Title and text of the post, whole and untrusted.
        answered: Our reply.
        url: Where the reply stands, or empty.
    """

    mention_token: str
    asked: str
    answered: str
    url: str
    at: datetime


def similar(session: Session, mention: MentionRow, limit: int = 3) -> list[SimilarReply]:
    """Return the replies that may help with this mention, one a mention, the most helpful first."""
    original = mentions.originals(session, [mention.id]).get(mention.id)
    newest: dict[int, AnsweredRow] = {}
    for row in past_replies.answered(session, mention.id, _LOOKED_AT):
        newest.setdefault(row.mention_id, row)
    about = {row.mention_id: _subject(row.title, row.asked) for row in newest.values()}
    common = _common(about.values())
    own = (_subject(original.title, original.text) if original else frozenset()) - common
    alike = [row for row in newest.values() if likeness(own, about[row.mention_id] - common) >= ALIKE]
    same_topic = [row for row in newest.values() if mention.topic and row.topic == mention.topic and row not in alike]
    return [_shown(row) for row in [*alike, *same_topic][:limit]]


def _subject(title: str, text: str) -> frozenset[str]:
    return subject(f"{title} {text}"[:_LONGEST])


def _common(subjects: Collection[frozenset[str]]) -> frozenset[str]:
    """Return what more than half of the posts hold, such as our own name: it makes no two of them alike."""
    if len(subjects) < _FEW:
        return frozenset()
    counts = Counter(word for one in subjects for word in one)
    return frozenset(word for word, count in counts.items() if 2 * count > len(subjects))


def _shown(row: AnsweredRow) -> SimilarReply:
    asked = "\n".join(part for part in (row.title, row.asked) if part)
    return SimilarReply(mention_token=row.token, asked=asked, answered=row.answered, url=row.url, at=row.at)
