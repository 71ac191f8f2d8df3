"""[voice] in dibs.toml: who is told each week what many people say, and when; without it nobody is."""

from datetime import time
from pathlib import Path

import pytest

from handlers.base.organisation import DigestTime, VoiceNotice
from tests.bot.settings.test_settings import read, refusal

DEPARTMENTS = "[departments.support]\n[departments.product]\n"
MONDAY = DigestTime(at=time(10), days=frozenset({0}))


@pytest.mark.parametrize(
    ("lines", "voice"),
    [
        ("", None),
        ("[voice]\n", VoiceNotice(department="support", when=MONDAY)),
        ('[voice]\ndepartment = "product"\n', VoiceNotice(department="product", when=MONDAY)),
        ("[voice]\nwhen = false\n", None),
        (
            '[voice]\nwhen = "fri 16:00"\n',
            VoiceNotice(department="support", when=DigestTime(at=time(16), days=frozenset({4}))),
        ),
    ],
)
def test_who_hears_of_it_and_when(tmp_path: Path, lines: str, voice: VoiceNotice | None) -> None:
    assert read(tmp_path, DEPARTMENTS + lines).organisation.voice == voice


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('department = "produkt"', 'is no department; did you mean "product"?'),
        ('when = "sometimes"', 'is a time such as "09:00"'),
        ('slack = "C0123456789"', "does not know"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_right(tmp_path: Path, line: str, told: str) -> None:
    assert told in refusal(tmp_path, f"{DEPARTMENTS}[voice]\n{line}\n")
