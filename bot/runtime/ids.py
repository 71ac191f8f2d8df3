"""Ids: where chance comes from, handed in wherever something is drawn, so that a seed replays a day.

In production all of it is the operating system's, good enough for a secret. Handlers and storage take its ``random``.
"""

from dataclasses import dataclass, field
from random import Random, SystemRandom


@dataclass(frozen=True, slots=True)
class Ids:
    """Chance in its two uses.

    Attributes:
        random: For what is spread, such as pauses, and for all that is drawn below this floor.
    """

    random: Random = field(default_factory=SystemRandom)

    def token(self, size: int = 8) -> str:
        """Draw ``size`` bytes as hexadecimal digits: a name that nobody guesses."""
        return self.random.randbytes(size).hex()
