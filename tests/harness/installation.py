"""An installation: Dibs as one organisation has it, with a scene behind it on which things happen.

All that a test holds in its hands is one of these, with the parts that the test is about: a platform, a desk, sources,
a delivery. Those that end in ``Installation`` live in the process of the test; those that begin with ``Running`` are
processes of their own (``tests/end_to_end/``), and have no scene.
"""

import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import TypeVar

from bot.runtime.clock import Clock
from storage.engine.database import Session
from storage.work import incidents
from tests.harness.scene import Scene

T = TypeVar("T")


@dataclass
class Installation:
    """A scene, and a clock that goes ahead of the scene's when a test waits."""

    scene: Scene
    _: KW_ONLY
    ahead: timedelta = timedelta()

    @property
    def clock(self) -> Clock:
        """The scene's time plus what was waited."""
        return Clock(lambda: self.scene.now + self.ahead, lambda: time.monotonic() + self.ahead.total_seconds())

    def wait(self, **spans: float) -> None:
        """Let time pass, and nothing happen on the scene."""
        self.ahead += timedelta(**spans)

    def read(self, work: Callable[[Session], T]) -> T:
        """Read from the database."""
        return self.scene.database.read(work)

    def troubles(self) -> list[str]:
        """Return what is wrong at the moment, as the admins heard it."""
        return [one.what for one in self.read(incidents.all_of)]
