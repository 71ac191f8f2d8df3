"""A desk for each test of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.chat.desk.installation import DeskInstallation, open_installation


@pytest.fixture
def house(tmp_path: Path) -> Iterator[DeskInstallation]:
    with open_installation(tmp_path) as opened:
        yield opened
