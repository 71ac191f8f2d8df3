"""The sign of each status, which stands beside its sentence and never instead of it."""

from collections.abc import Mapping

SIGNS: Mapping[str, str] = {
    "new": "⚪",
    "claimed": "🔵",
    "in_review": "🟣",
    "responded": "🟢",
    "snoozed": "💤",
    "resolved": "✅",
    "dismissed": "🚫",
}
UNKNOWN = "•"
