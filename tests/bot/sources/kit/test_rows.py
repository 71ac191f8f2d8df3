"""Rules of rows: whom a comment answers where all answers stand below the first comment."""

import pytest

from bot.sources.kit.rows import answered

ANA, BEN, US = "ana", "ben", "us"


@pytest.mark.parametrize(
    ("before", "writer", "spoken_to", "whom"),
    [
        ([], ANA, "", "top"),
        ([], BEN, "", "top"),
        ([], US, "", "top"),
        ([("r1", US)], ANA, "", "r1"),
        ([("r1", US)], BEN, "", "top"),
        ([("r1", US), ("r2", US)], ANA, "", "r1"),
        ([("r1", US), ("a1", ANA)], ANA, "", "a1"),
        ([("r1", US), ("a1", ANA), ("r2", US)], ANA, "", "r2"),
        ([("b1", BEN), ("r1", US), ("r2", US)], BEN, "", "r2"),
        ([("b1", BEN)], BEN, "", "b1"),
        ([("b1", BEN)], US, BEN, "b1"),
        ([("b1", BEN), ("b2", BEN)], US, BEN, "b2"),
        ([("b1", BEN)], US, "", "top"),
        ([("b1", BEN)], US, ANA, "top"),
        ([("x", ""), ("r1", US)], "", "", "top"),
    ],
)
def test_a_comment_answers_whom_it_goes_on_with(
    before: list[tuple[str, str]], writer: str, spoken_to: str, whom: str
) -> None:
    assert answered("top", ANA, before, writer, US, spoken_to) == whom
