"""The house that the tests of replies live in, on SQLite and on PostgreSQL."""

import pytest

from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.scene import Scene


@pytest.fixture
def house(scene: Scene) -> RepliesInstallation:
    """A house whose source has a charter that leaves everything at its default: the owning department, two people."""
    made = RepliesInstallation(scene)
    made.charter(purpose="To help.")
    return made
