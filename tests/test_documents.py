"""The documents say what is so: commands, variables, verbs, scopes, metrics, paths and links are those of the code."""

import ast
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from bot.chat.slack.scopes import EVENTS
from bot.cli.command_line import app
from bot.settings.charters import CHARTER_KEYS
from bot.settings.example import example
from bot.settings.settings import load_settings
from bot.settings.variables import all_variables
from bot.sources.kinds.webhook.options import FIELDS as MAPPED
from bot.sources.registry import KINDS, about, load, secret_variables
from bot.web.metrics import Metrics, State
from handlers.reply.reading.checks import ADVISING
from handlers.report.export import FIELDS
from handlers.verbs import VERBS
from storage.own.ownership import _HASHED
from tests.harness.documents.kinds import page
from tests.harness.documents.regions import MADE, documents, made_anew, read, regions
from tests.harness.documents.shell import FENCED, SHELLS, blocks
from tests.harness.documents.tables import row

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = documents()
VARIABLE = re.compile(r"(?:DIBS|SLACK|TEAMS)_[A-Z0-9<>_]+")
SPAN = re.compile(r"`([^`\n]+)`")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^()\s]+)\)")
ROOT_FILE = re.compile(
    r"(?:[A-Z]+\.md|LICENSE|Makefile|Dockerfile|compose\.yaml|pyproject\.toml|requirements[\w-]*\.lock)"
)
PATH = re.compile(r"(?:bot|handlers|storage|tests|docs|\.ci)/[\w./<>-]*")
PLACEHOLDER = re.compile(r"<\w+>")


def pieces(text: str) -> Iterator[str]:
    """Yield what is code in a document: the lines of its plain fenced blocks, and its code spans."""
    for language, block in blocks(text):
        if language in SHELLS:
            yield from (line.strip() for line in block.replace("\\\n", " ").splitlines())
    yield from SPAN.findall(FENCED.sub("", text))


def everywhere() -> list[tuple[str, str]]:
    return [(name, piece) for name in DOCUMENTS for piece in pieces(read(name))]


def section(text: str, title: str) -> str:
    """Return what stands under a heading, up to the next of its rank or above."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,6}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading {title!r}"
    return found[2]


def rows(text: str) -> list[list[str]]:
    """Return the cells of every table row but headings and rules."""
    lines = [line.strip() for line in text.splitlines() if line.lstrip().startswith("|")]
    kept = [
        line
        for number, line in enumerate(lines)
        if not line.startswith("|---") and lines[number + 1 : number + 2] != [rule(line)]
    ]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]


def rule(heading: str) -> str:
    return "|" + "---|" * (heading.count("|") - 1)


def first_codes(text: str) -> list[str]:
    return [cells[0].strip("`") for cells in rows(text)]


def test_the_security_model_names_what_the_chain_of_the_log_covers() -> None:
    told = read("docs/explanation/security-model.md").partition("<!-- chain:")[2].partition("<!-- end of chain -->")[0]
    assert set(re.findall(r"`([a-z_]+)`", told)) == set(_HASHED)


# --- commands --------------------------------------------------------------------------------------------------------


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):(?!=)", read("Makefile"), re.MULTILINE))


def test_every_make_command_has_its_target() -> None:
    named = [(name, found[1]) for name, piece in everywhere() if (found := re.match(r"\$? ?make ([a-z-]+)", piece))]
    assert {target for _, target in named} >= {"demo", "test", "test-slow", "test-desk", "bench"}
    assert [one for one in named if one[1] not in make_targets()] == []


def dibs_commands() -> list[str]:
    """Return every ``dibs …`` that is shown by hand, without what a shell does around it."""
    by_hand = [piece for name, piece in everywhere() if name != "docs/reference/cli.md"]
    said = [re.split(r" 2?[>|]", piece.removeprefix("$ "))[0].strip() for piece in by_hand]
    said = [re.sub(r"^(?:[A-Z_]+=\S+ )+", "", piece) for piece in said]
    return sorted({piece for piece in said if re.match(r"dibs [a-z-]", piece)})


def trouble_of(command: str) -> str:
    """Say why a command line cannot be typed so; nothing is run but ``--help``."""
    path: list[str] = []
    node: Any = get_command(app)
    words = shlex.split(command)[1:]
    while words and not words[0].startswith("-") and hasattr(node, "commands"):
        if words[0] not in node.commands:
            return f"{command}: there is no command {words[0]!r}"
        node = node.commands[words[0]]
        path.append(words.pop(0))
    if CliRunner().invoke(app, [*path, "--help"]).exit_code != 0:
        return f"{command}: it has no help"
    try:
        if words:
            node.make_context(node.name, list(words))
    except typer.Exit:  # an option that answers at once, as --version does
        return ""
    except Exception as error:
        return f"{command}: {error}"
    return ""


def test_every_dibs_command_can_be_typed_as_it_stands() -> None:
    assert len(dibs_commands()) > 10
    assert [trouble for command in dibs_commands() if (trouble := trouble_of(command))] == []


@pytest.mark.parametrize("command", ["dibs fly", "dibs log burn", "dibs log verify --haed HASH", "dibs health NOW"])
def test_a_command_that_does_not_exist_would_be_found(command: str) -> None:
    assert trouble_of(command)


def test_every_dibs_command_is_told_somewhere() -> None:
    root: Any = get_command(app)
    known = {
        f"dibs {name}{f' {inner}' if inner else ''}"
        for name, node in root.commands.items()
        for inner in getattr(node, "commands", [""])
    }
    told = " ".join(f"{command} |" for command in dibs_commands())
    assert [command for command in sorted(known) if f"{command} " not in told] == []


# --- environment -----------------------------------------------------------------------------------------------------


class Watched(dict[str, str]):
    """An environment that remembers what was asked of it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


def variables_read(tmp_path: Path) -> set[str]:
    """Return what settings read, with every platform and a source of every kind in dibs.toml."""
    config = tmp_path / "dibs.toml"
    config.write_text(re.sub(r"(?m)^#(?=[a-z\[])", "", example()), encoding="utf-8")
    (tmp_path / "customers.csv").write_text("source,handle,label\n", encoding="utf-8")
    watched = Watched({"DIBS_CONFIG": str(config)})
    settings = load_settings(watched)
    assert {one.rules.kind for one in settings.sources} == set(KINDS)
    own = {
        variable: "DIBS_HOOK_<SOURCE>_SECRET" if KINDS[one.rules.kind].hook else "DIBS_SOURCE_<SOURCE>_<FIELD>"
        for one in settings.sources
        for variable in secret_variables(one.rules.kind, one.rules.name).values()
    }
    assert len(own) > len(set(own.values())) == 2
    plain = {name for name in watched.asked if not name.endswith("_FILE")}
    assert {f"{name}_FILE" for name in plain} <= watched.asked
    return {own.get(name, name) for name in plain}


def test_the_variables_that_are_told_are_those_that_are_read(tmp_path: Path) -> None:
    told = [one.name for one in all_variables()]
    assert sorted(told) == sorted(variables_read(tmp_path))


def test_no_document_names_a_variable_that_nothing_reads(tmp_path: Path) -> None:
    known = variables_read(tmp_path)
    secrets = "|".join(field.upper() for entry in KINDS.values() for field in entry.secrets if not entry.hook)
    own = re.compile(rf"DIBS_HOOK_[A-Z0-9_<>]+_SECRET|DIBS_SOURCE_[A-Z_]+_(?:{secrets})")
    named = [(name, found) for name in DOCUMENTS for found in VARIABLE.findall(read(name)) if not found.endswith("_")]
    assert len(named) > 20
    assert [one for one in named if one[1].removesuffix("_FILE") not in known and not own.fullmatch(one[1])] == []


def test_the_example_of_a_hooks_variable_is_right() -> None:
    found = re.search(r"for `([\w-]+)` it is `(\w+)`", read("docs/reference/environment.md"))
    assert found
    assert secret_variables("webhook", found[1]) == {"secret": found[2]}


def test_the_example_of_a_sources_variable_is_right() -> None:
    found = re.search(r"The app password of `([\w-]+)` is `(\w+)`", read("docs/reference/environment.md"))
    assert found
    assert secret_variables("bluesky", found[1]) == {"app_password": found[2]}


def test_every_secret_of_a_source_is_told_where_it_is_set_up() -> None:
    for kind, entry in KINDS.items():
        wanted = [] if entry.hook else [f"`…_{field.upper()}`" for field in entry.secrets]
        assert [field for field in wanted if field not in about(kind).setup] == [], kind


def test_every_option_of_a_source_with_an_account_is_told_in_words() -> None:
    for kind in KINDS:
        options = [one.name for one in fields(load(kind).options)] if load(kind).capabilities.reply.by_api else []
        said = about(kind)
        told = " ".join((said.hears, said.replies, said.setup, said.limits))
        assert [option for option in options if f"`{option}`" not in told] == [], kind


def test_every_kind_says_how_it_replies_and_whether_it_is_called() -> None:
    for kind in KINDS:
        assert re.match("by (itself|hand)", about(kind).replies)
        assert about(kind).replies.startswith("by itself") == load(kind).capabilities.reply.by_api
        assert ("/hooks/" in about(kind).hears) == load(kind).capabilities.receives


def test_every_key_of_a_charter_has_its_row() -> None:
    text = section(read("docs/leads.md"), "Charters")
    told = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| [^|]+ \| [^|]+ \|$", text, re.MULTILINE)
    assert [key for cell in told for key in re.findall(r"\w+", cell)] == list(CHARTER_KEYS)
    binding = next(line for line in text.splitlines() if line.startswith("| `binding`"))
    assert set(re.findall(r"`(\w+)`", binding)) == {"binding", *ADVISING}


def test_every_field_of_a_webhooks_map_is_told() -> None:
    told = rows(section(read("docs/sources/webhook.md"), "What `map` names"))
    assert {code for cells in told for code in re.findall(r"`(\w+)`", cells[0])} == MAPPED


def test_every_key_of_a_verb_is_told() -> None:
    told = rows(section(read("docs/employees.md"), "On the desk"))
    letters = {code for cells in told for code in re.findall(r"`(.)`", cells[0])}
    assert {verb.key for verb in VERBS if verb.key} - letters == set()


def examples(name: str) -> list[str]:
    return [block for language, block in blocks(read(name)) if language == "toml"]


def test_the_short_examples_are_accepted(tmp_path: Path) -> None:
    pages = ("docs/reference/dibs-toml.md", "docs/leads.md", "docs/how-to/webhook.md")
    config = tmp_path / "dibs.toml"
    config.write_text("\n".join(block for name in pages for block in examples(name)), encoding="utf-8")
    settings = load_settings({"DIBS_CONFIG": str(config)})
    assert [one.rules.name for one in settings.sources] == ["blog-search", "own-tool"]
    assert [one.rules.charter.written for one in settings.sources] == [True, False]


# --- tables that are made from the code ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_the_code_tells_stands_there_as_it_tells_it(name: str) -> None:
    assert made_anew(read(name)) == read(name), "make docs writes it anew"


def test_everything_that_the_code_tells_stands_in_one_place() -> None:
    told = [region for name in DOCUMENTS for region in regions(read(name))]
    assert sorted(told) == sorted(MADE)
    assert [kind for kind in KINDS if f"kind {kind}" not in regions(read(page(kind)))] == []


def test_a_table_that_is_not_made_anew_would_be_found() -> None:
    commands = read("docs/reference/commands.md")
    assert made_anew(commands.replace("take it yourself", "take it")) == commands
    assert row("a | b", "`<x>` and <y>") == "| a \\| b | `<x>` and \\<y> |"


def test_the_bot_subscribes_to_nothing_that_people_write() -> None:
    assert [name for name, _ in EVENTS if re.match(r"message|app_mention|assistant|file", name)] == []


def test_the_metrics_are_those_that_are_served() -> None:
    served = Metrics().render(State([], [], [], [], datetime.now(UTC))).decode()
    names = set(re.findall(r"^# HELP (\w+)", served, re.MULTILINE))
    told = set(first_codes(section(read("docs/reference/metrics.md"), "Metrics")))
    names = {name for name in names if not name.endswith("_created")}
    assert told | {name.removeprefix("dibs_") for name in told} == names, "each under its former name, too"


def test_every_column_of_an_export_is_told() -> None:
    told = section(read("docs/reference/log.md"), "What an export holds")
    columns = [code for cells in rows(told) for code in re.findall(r"`(\w+)`", cells[0])]
    assert sorted(columns) == sorted(FIELDS)


# --- paths and links -------------------------------------------------------------------------------------------------


def is_there(path: str) -> bool:
    """Say whether a path is there; one with a <placeholder> is when its folder is."""
    known = PLACEHOLDER.split(path)[0]
    return (ROOT / path).exists() if known == path else (ROOT / known.rpartition("/")[0]).is_dir()


def test_every_path_that_is_named_is_there() -> None:
    words = [(name, word.strip(".,;:")) for name, piece in everywhere() for word in piece.split()]
    named = [one for one in words if PATH.fullmatch(one[1]) or ROOT_FILE.fullmatch(one[1])]
    assert len(named) > 40
    assert [one for one in named if not is_there(one[1])] == []


def named_tests(text: str) -> list[tuple[str, str]]:
    """Return the tests that a document names by their ids, a file and a function each."""
    return re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text)


def is_run(file: str, test: str) -> bool:
    """Say whether a test is there and `make test` runs it: neither it nor its file is marked as slow or as optional."""
    path = ROOT / file
    module = ast.parse(path.read_text(encoding="utf-8") if path.is_file() else "")
    tests = {one.name: one for one in module.body if isinstance(one, ast.FunctionDef)}
    marks = [one.value for one in module.body if isinstance(one, ast.Assign) and "pytestmark" in ast.unparse(one)]
    marks += tests[test].decorator_list if test in tests else []
    called = [one.func if isinstance(one, ast.Call) else one for one in marks]
    return test in tests and not any(
        re.search(r"mark\.(slow|desk|playground|skip)", ast.unparse(one)) for one in called
    )


def test_every_test_that_is_named_is_run() -> None:
    named = [(name, *one) for name in DOCUMENTS for one in named_tests(read(name))]
    assert [one for one in named if not is_run(one[1], one[2])] == []


def test_each_promise_is_kept_on_teams_or_said_not_to_be() -> None:
    told = rows(section(read("docs/explanation/promises.md"), "The same on Teams"))
    promised = rows(section(read("docs/explanation/promises.md"), "What Dibs promises"))
    assert [cells[0] for cells in told] == [re.findall(r"\*\*.+?\*\*", cells[0])[0] for cells in promised]
    assert [cells[0] for cells in told if not named_tests(cells[-1])] == []


def test_a_test_that_is_not_run_would_be_found() -> None:
    here = "tests/test_documents.py"
    assert is_run(here, "test_a_test_that_is_not_run_would_be_found")
    assert not is_run(here, "test_a_test_that_is")
    assert not is_run("tests/nowhere.py", "test_a_test_that_is_not_run_would_be_found")
    assert not is_run(
        "tests/bot/chat/desk/test_desk_in_chromium.py", "test_a_card_that_changes_under_the_focus_keeps_it"
    )


def test_a_path_that_is_not_there_would_be_found() -> None:
    assert not is_there("handlers/own/vanish.py")
    assert not is_there("handlers/nowhere/<verb>.py")
    assert is_there("handlers/own/<verb>.py")


def anchors(text: str) -> set[str]:
    """Return what headings may be linked by: lower case, hyphens for spaces, no other marks."""
    titles = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}


def broken(name: str, target: str) -> bool:
    if target.startswith(("https://", "mailto:")):
        return False
    path, _, anchor = target.partition("#")
    file = (ROOT / name).parent / path if path else ROOT / name
    return not file.is_file() or bool(anchor and anchor not in anchors(file.read_text(encoding="utf-8")))


def targets(text: str) -> list[str]:
    """Return where links and pictures lead; a picture may itself be a link."""
    plain = FENCED.sub("", COMMENT.sub("", text))
    return [*PICTURE.findall(plain), *LINK.findall(PICTURE.sub("", plain))]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_link_leads_nowhere(name: str) -> None:
    assert [target for target in targets(read(name)) if broken(name, target)] == []


def test_a_link_that_leads_nowhere_would_be_found() -> None:
    assert targets("see [the list](GONE.md#here), [![a picture](docs/x.png)](B.md)") == [
        "docs/x.png",
        "GONE.md#here",
        "B.md",
    ]
    assert broken("README.md", "GONE.md")
    assert broken("README.md", "SECURITY.md#nowhere")
    assert not broken("README.md", "SECURITY.md#reporting")
    assert not broken("README.md", "#not-yet")


def test_every_document_and_picture_is_reached_from_the_readme() -> None:
    reached, waiting = {"README.md"}, ["README.md"]
    while waiting:
        name = waiting.pop()
        linked = [target.partition("#")[0] for target in targets(read(name)) if "://" not in target]
        near = {os.path.normpath(Path(name).parent / path) for path in linked if path}
        waiting += [one for one in near - reached if one.endswith(".md")]
        reached |= near
    pictures = {str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.*") if path.suffix in (".png", ".svg")}
    assert {*DOCUMENTS, *pictures} - reached == set()


# --- the first page --------------------------------------------------------------------------------------------------


def test_the_readme_is_short_and_begins_with_a_picture_of_slack() -> None:
    text = read("README.md")
    assert len(text.encode()) < 9_000
    assert "docs/screenshots/slack-channel.png" in PICTURE.findall("\n".join(text.splitlines()[:40]))


def test_every_picture_of_the_program_is_taken_by_a_test() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*_in_chromium.py"))
    taken = {path.name for path in (ROOT / "docs/screenshots").iterdir()}
    assert [name for name in sorted(taken) if name not in code and re.sub(r"\d+", "{width}", name) not in code] == []


# The sign of a network stands beside its name, and says nothing more.
_PICTURE = re.compile(r"!\[([^\]]*)\]\((?!\S*/network-)")


def test_every_picture_says_in_words_what_it_shows() -> None:
    said = [text for name in DOCUMENTS for text in _PICTURE.findall(FENCED.sub("", read(name)))]
    assert len(said) > 8
    assert [text for text in said if len(text.split()) < 4] == []


# --- versions --------------------------------------------------------------------------------------------------------


def test_the_changelog_tells_of_the_version_that_is_packed() -> None:
    found = re.search(r'^version = "(.+)"$', read("pyproject.toml"), re.MULTILINE)
    assert found
    assert found[1] in read("CHANGELOG.md")


def test_no_document_leaves_something_to_be_filled_in() -> None:
    marks = [(name, mark) for name in DOCUMENTS for mark in re.findall(r"\b(?:TODO|TBD|FIXME|XXX|lorem)\b", read(name))]
    assert marks == []
