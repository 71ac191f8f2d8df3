"""No platform names a verb: whatever people can do comes from the one table, so a new verb changes no platform."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from handlers.verbs import OFFERED, VERBS

ROOT = Path(__file__).resolve().parents[3]
CHAT = ROOT / "bot" / "chat"
NAMES = {verb.name for verb in VERBS}
# Words that a verb's name happens to be, too: of the vendors, of a template, of the desk's own pages.
HOMONYMS = {
    ("bot/chat/registry.py", "desk"),
    ("bot/chat/desk/platform.py", "desk"),
    ("bot/chat/desk/pages.py", "note"),
    ("bot/chat/desk/reports.py", "report"),
    ("bot/chat/slack/receive/listeners.py", "home"),
    ("bot/chat/slack/receive/responses.py", "home"),
    ("bot/chat/slack/scopes.py", "everything"),
    ("bot/chat/slack/wire/payloads.py", "home"),
    ("bot/chat/teams/room_facts.py", "add"),
    ("bot/chat/teams/draw/elements.py", "show"),
    ("bot/chat/desk/overviews.py", "held"),
}
TYPED = re.compile(r"[Tt]ype (?:/dibs|@Dibs) ([a-z]+)|^(?:/dibs|@Dibs) ([a-z]+)$")
# The same in the desk's pages: a note in a talk, the field in which one of several drafts is chosen, all sessions, and
# the page of digests.
IN_PAGES = {
    ("mention.html", "note"),
    ("parts.html", "note"),
    ("desk.js", "draft"),
    ("sessions.html", "all"),
    ("nav.html", "digest"),
    ("digest.html", "digest"),
}
# In the desk's pages: a quoted word, the path of an address, an attribute that a selector asks for.
WRITTEN = re.compile(r"""["'`/=]([a-z]+)(?=["'`\]?#])""")


def modules_of_verbs() -> set[str]:
    """Return the modules of which each exports a verb."""
    found = {
        one for one in (ROOT / "handlers").rglob("*.py") if re.search(r"^(VERB = |def verb_of)", one.read_text(), re.M)
    }
    return {".".join(one.relative_to(ROOT).with_suffix("").parts) for one in found}


def trees(folder: Path = CHAT) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def words(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def named(tree: ast.Module) -> set[str]:
    return {word for word in words(tree) if word in NAMES} | ({*imported(tree)} & modules_of_verbs())


def test_no_platform_names_a_verb_or_imports_the_module_of_one() -> None:
    found = {(name, word) for name, tree in trees() for word in named(tree)}
    # The desk also asks who its visitors are, of the module in which they ask for a link.
    assert {one for one in found if one[1] != "handlers.people.sign_in"} == HOMONYMS


def test_a_verb_that_is_named_would_be_found() -> None:
    assert len(modules_of_verbs()) == len(VERBS)
    assert named(ast.parse('if press.verb == "claim": pass')) == {"claim"}
    assert named(ast.parse("from handlers.own.claim import ClaimMention")) == {"handlers.own.claim"}
    assert named(ast.parse("from handlers.own import claim, transition")) == {"handlers.own.claim"}
    assert named(ast.parse('say("Type claim, or what you will.")')) == set()


def test_the_pages_of_the_desk_name_none_that_is_pressed_or_filled_in() -> None:
    files = [*CHAT.rglob("*.html"), *CHAT.rglob("*.js")]
    found = {(path.name, word) for path in files for word in WRITTEN.findall(path.read_text()) if word in OFFERED}
    assert len(files) > 10
    assert found == IN_PAGES
    assert WRITTEN.findall('<a href="/add" data-form="add">') == ["add", "add"]
    assert WRITTEN.findall('one("[data-verb=claim]", card)') == ["claim"]


def test_what_a_sentence_says_to_type_is_a_verb() -> None:
    said = {found[1] or found[2] for _, tree in trees() for text in words(tree) for found in TYPED.finditer(text)}
    assert {"desk"} <= said <= NAMES
