"""Whoever asks for all tables has those of every module, so that no backup and no copy leaves one out."""

from pathlib import Path

from storage import tables
from storage.tables.everything import MODULES

_NO_TABLES = {"__init__", "base", "states", "judgements", "everything"}


def test_every_module_of_tables_stands_in_the_list() -> None:
    files = {path.stem for path in Path(tables.__path__[0]).glob("*.py")} - _NO_TABLES
    assert {one.__name__.rpartition(".")[2] for one in MODULES} == files
