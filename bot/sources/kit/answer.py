"""What an API answered, before anybody says what it means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sources.kit.json import mapping

_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered; ``json`` is None where a refusal came without any."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    json: Any = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether there is nothing, or nothing for our eyes."""
        return self.status in _GONE

    @property
    def object(self) -> Mapping[str, Any]:
        """The JSON object that was answered, or an empty one."""
        return mapping(self.json)
