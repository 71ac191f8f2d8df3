"""The house that the tests of replies live in, on SQLite and on PostgreSQL."""

import pytest

from tests.handlers.reply.house import House
from tests.harness.scene import Scene


@pytest.fixture
def house(scene: Scene) -> House:
    """A house whose source has a charter that leaves everything at its default: the owning department, two people."""
    made = House(scene)
    made.charter(purpose="To help.")
    return made
