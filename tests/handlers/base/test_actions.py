from string import Formatter

import pytest

from handlers.base.actions import ACTIONS, ActionKind, of_kind
from storage.tables.states import Action

NAMES = {"it", "actor", "from_owner", "to_owner", "from_department", "to_department"}


@pytest.mark.parametrize("action", Action)
def test_every_action_has_a_kind_and_a_sentence_of_names_that_the_log_knows(action: Action) -> None:
    assert action in ACTIONS, f"{action} stands in no row of handlers/base/actions.py"
    sentence = ACTIONS[action].sentence
    assert sentence
    assert {name for _, name, _, _ in Formatter().parse(sentence) if name is not None} <= NAMES


@pytest.mark.parametrize("kind", ActionKind)
def test_every_kind_has_an_action(kind: ActionKind) -> None:
    assert of_kind(kind)


def test_each_action_is_of_one_kind() -> None:
    assert sorted(action for kind in ActionKind for action in of_kind(kind)) == sorted(Action)
