"""Rules about the checkout itself: what is locked, what is named, how long the code is, how it is packed."""

import ast
import functools
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.runtime.roles import Role
from tests.harness.patience import HANG_SECONDS

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("bot", "handlers", "storage")
LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock", "requirements-image.lock")
LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; .+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)
# Spelt in two halves, so that this file does not find itself.
REGISTRIES = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "/opt/" + "wheels")
MACHINE_PATH = re.compile(r"(?<![\w.}>-])/(?:root|home|Users|work|mnt|var/folders)/\w")
LONGEST_MODULE = 350
LONGEST_FUNCTION = 40
# Longer than that, each with its reason; a line that is not needed any more is an error, too.
LONG_FUNCTIONS = {
    "bot/app.py: _assemble": "the composition root builds every part once, one after another, and decides nothing",
    "bot/chat/desk/platform.py: routes": "a table of the pages",
    "storage/listen/dossier.py: _sections": "a table of questions, by what their answers are called",
    "storage/people/dossier.py: _sections": "a table of questions, by what their answers are called",
    "bot/net/websocket.py: open_websocket": "one handshake, each of whose steps may fail and closes what was opened",
    "bot/sources/runner/runner.py: __init__": "thirteen arguments, each with its line of documentation",
}
# A migration is a list of what was done once, in one function by Alembic's rule.
MIGRATIONS = "storage/migrations/versions/"


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@functools.cache
def modules() -> tuple[tuple[str, ast.Module, int], ...]:
    texts = [(relative(path), path.read_text()) for path in tracked(*(f"{floor}/*.py" for floor in FLOORS))]
    return tuple((name, ast.parse(text), len(text.splitlines())) for name, text in texts)


def locked(name: str) -> dict[str, str]:
    return {found[1]: found[2] for found in LOCKED.finditer((ROOT / name).read_text())}


def project() -> dict[str, object]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


# --- locks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_packages_with_hashes_and_nothing_else(lock: str) -> None:
    text = (ROOT / lock).read_text()
    rest = [line for line in LOCKED.sub("", text).splitlines() if line.strip() and not line.startswith("# ")]
    assert locked(lock)
    assert rest == []
    assert "://" not in text


def test_the_core_lock_satisfies_what_the_project_asks_for() -> None:
    assert unsatisfied(project()["project"]["dependencies"], "requirements.lock") == []  # type: ignore[index]


def test_the_build_lock_satisfies_the_build_system() -> None:
    assert unsatisfied(project()["build-system"]["requires"], "requirements-build.lock") == []  # type: ignore[index]


def test_the_developers_lock_satisfies_the_developers_tools_and_postgres() -> None:
    settings = project()
    asked = settings["dependency-groups"]["dev"] + settings["project"]["optional-dependencies"]["postgres"]  # type: ignore[index]
    assert unsatisfied(asked, "requirements-dev.lock") == []


@pytest.mark.parametrize("lock", ["requirements-dev.lock", "requirements-image.lock"])
def test_every_lock_takes_the_core_in_the_same_versions(lock: str) -> None:
    assert locked("requirements.lock").items() <= locked(lock).items()


def test_the_core_stays_small() -> None:
    assert len(locked("requirements.lock")) <= 42


def unsatisfied(asked: list[str], lock: str) -> list[str]:
    versions = locked(lock)
    return [
        text
        for text in asked
        if not (need := Requirement(text)).specifier.contains(versions.get(canonicalize_name(need.name), "0"))
    ]


# --- what no file says -----------------------------------------------------------------------------------------------


def test_no_file_names_a_registry_or_a_machines_own_path() -> None:
    found = [
        f"{relative(path)}: {hit}"
        for path in tracked()
        if b"\0" not in (raw := path.read_bytes())
        for hit in strangers(raw.decode("utf-8", errors="replace"))
    ]
    assert found == []


def strangers(text: str) -> list[str]:
    return [*filter(text.__contains__, REGISTRIES), *MACHINE_PATH.findall(text)]


def test_registries_and_machine_paths_would_be_found() -> None:
    assert strangers(f"see https://{REGISTRIES[0]}/simple") == [REGISTRIES[0]]
    assert len(strangers("cd /" + "home/ana/dibs && ls '/" + "root/x'")) == 2
    assert strangers("https://acme.example/home/ana and bin/work/x and /data/dibs.db") == []


# --- how the code is cut ---------------------------------------------------------------------------------------------


def test_a_package_file_holds_one_docstring_and_nothing_else() -> None:
    wrong = [
        name
        for name, tree, _ in modules()
        if name.endswith("__init__.py") and (len(tree.body) != 1 or not ast.get_docstring(tree))
    ]
    assert wrong == []


def test_modules_fit_on_a_few_screens() -> None:
    long = [(name, length) for name, _, length in modules() if length > LONGEST_MODULE]
    assert [one for one in long if not one[0].startswith(MIGRATIONS)] == []


def test_functions_fit_on_one_screen() -> None:
    long = {
        f"{name}: {node.name}"
        for name, tree, _ in modules()
        if not name.startswith(MIGRATIONS)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
    }
    assert long == LONG_FUNCTIONS.keys()


def contracts() -> list[dict[str, object]]:
    return project()["tool"]["importlinter"]["contracts"]  # type: ignore[index,no-any-return]


def test_sql_and_tables_stay_in_storage_without_exception() -> None:
    by_name = {one["name"]: one for one in contracts()}
    assert by_name["No SQL above storage"].get("ignore_imports", []) == [], "Put the query into storage instead."
    allowed = by_name["No table above storage"]["ignore_imports"]
    words = [("bot", "states"), ("handlers", "states"), ("handlers", "judgements")]
    assert allowed == [f"{floor}.** -> storage.tables.{module}" for floor, module in words]


# --- how it is packed ------------------------------------------------------------------------------------------------


@pytest.mark.process
def test_the_package_holds_every_file_of_the_three_floors(tmp_path: Path) -> None:
    files = tracked(*FLOORS, "pyproject.toml", "README.md", "LICENSE")
    for path in files:
        copy = tmp_path / "source" / relative(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    order = [sys.executable, "-m", "pip", "wheel", "-q", *offline, "-w", str(tmp_path), str(tmp_path / "source")]
    subprocess.run(order, check=True, capture_output=True, timeout=HANG_SECONDS)
    packed = set(zipfile.ZipFile(next(tmp_path.glob("dibs-*.whl"))).namelist())
    wanted = {name for path in files if (name := relative(path)).startswith(FLOORS) and path.name != "README.md"}
    assert wanted - packed == set()


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def last_stage() -> list[tuple[str, str]]:
    steps = instructions()
    start = max(number for number, (word, _) in enumerate(steps) if word == "FROM")
    return steps[start:]


def test_the_image_is_built_in_two_stages_from_hashes() -> None:
    steps = instructions()
    stages = [rest for word, rest in steps if word == "FROM"]
    assert len(stages) == 2
    assert all("/" not in stage.split()[0] for stage in stages)
    assert any(word == "RUN" and "--require-hashes" in rest for word, rest in steps)
    assert not any(word == "RUN" and re.search(r"\bpip\b", rest) for word, rest in last_stage())


def test_the_image_runs_without_rights_and_is_asked_how_it_is() -> None:
    final = dict(last_stage())
    user, group = final["USER"].split(":")
    assert min(int(user), int(group)) > 0
    assert json.loads(final["ENTRYPOINT"]) + json.loads(final["CMD"]) == ["dibs", "run"]
    assert json.loads(final["HEALTHCHECK"].partition("CMD ")[2]) == ["dibs", "health"]
    assert final["STOPSIGNAL"] == "SIGTERM"
    assert final["WORKDIR"] in json.loads(final["VOLUME"])


def test_the_image_can_copy_what_it_needs_and_nothing_that_is_secret() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in rules if line.startswith("!")}
    copies = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    copied = {name for names in copies for name in names}
    assert "*" in rules
    assert copied <= let_in
    assert all(list(ROOT.glob(name)) for name in copied)


def test_compose_gives_secrets_by_file_only() -> None:
    lines = [line.strip() for line in (ROOT / "compose.yaml").read_text().splitlines()]
    told = [line for line in lines if re.match(r"\w*(TOKEN|SECRET|PASSWORD|DATABASE_URL)\w*:", line)]
    assert told
    assert all(re.match(r"\w+_FILE: /run/secrets/\w+$", line) for line in told)


def section(name: str) -> str:
    """Return what stands indented below a key of compose.yaml."""
    lines = (ROOT / "compose.yaml").read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if re.match(rf"{name}:(?: &\w+)?$", line))
    depth = len(lines[start]) - len(lines[start].lstrip())
    rest = itertools.takewhile(lambda line: not line or line.startswith(" " * (depth + 1)), lines[start + 1 :])
    return "\n".join(rest)


@pytest.mark.parametrize("name", ["x-dibs", "  postgres", "  proxy"])
def test_what_compose_starts_is_bounded_and_has_no_more_rights_than_it_needs(name: str) -> None:
    said = section(name)
    assert "cap_drop: [ALL]" in said
    assert 'security_opt: ["no-new-privileges:true"]' in said
    assert re.search(r"^ +mem_limit: \d+[mg]$", said, re.MULTILINE)
    assert re.search(r"^ +pids_limit: \d+$", said, re.MULTILINE)


def test_every_service_of_compose_is_one_of_those() -> None:
    services = re.findall(r"^  ([\w-]+):$", section("services"), re.MULTILINE)
    assert "<<: *dibs" in section("x-replica")
    ours = [name for name in services if re.search(r"<<: \*(dibs|replica)$", section(f"  {name}"), re.MULTILINE)]
    assert sorted(set(services) - set(ours)) == ["postgres", "proxy"]


def test_compose_has_replicas_of_every_role_and_publishes_none_of_them() -> None:
    assert "replicas: 2" in section("x-replica")
    assert "ports: []" in section("x-replica")
    for role in Role:
        assert f"command: [run, --role, {role}]" in section(f"  {role}")


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml", "docs/how-to/container.md"])
def test_no_port_is_published_to_others_and_no_secret_comes_by_a_file_of_variables(file: str) -> None:
    text = (ROOT / file).read_text()
    published = re.findall(r"(?:-p |ports: \[\")(\S+:\d+:?\d*)", text)
    assert file.endswith(".md") or published
    assert all(one.startswith("127.0.0.1:") for one in published)
    assert "--env-file" not in text


def test_the_digests_of_the_images_can_be_written_again_and_again(tmp_path: Path) -> None:
    for name in ("Makefile", "Dockerfile", "compose.yaml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    docker = tmp_path / "docker"
    for letter in "ab":
        docker.write_text(f"#!/bin/sh\necho sha256:{letter * 64}\n")
        docker.chmod(0o755)
        order = ["make", "pin"]
        subprocess.run(
            order, cwd=tmp_path, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=True, capture_output=True
        )
        for file, tags in (("Dockerfile", 2), ("compose.yaml", 2)):
            text = (tmp_path / file).read_text()
            assert len(re.findall(rf"\w:[\w.-]+@sha256:{letter * 64}\b", text)) == tags
            assert text.count("@sha256:") == tags
    docker.write_text("#!/bin/sh\necho nothing\n")
    kept = (tmp_path / "Dockerfile").read_text()
    refused = subprocess.run(
        ["make", "pin"], cwd=tmp_path, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True
    )
    assert refused.returncode != 0
    assert (tmp_path / "Dockerfile").read_text() == kept


# --- one command -----------------------------------------------------------------------------------------------------


def test_continuous_integration_runs_the_test_command() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_a_python_that_is_too_old_or_absent_is_told_in_a_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -c "import sys; sys.version_info = (3, 9); $1"\n')
    old.chmod(0o755)
    for python in (str(old), "no-python-here"):
        order = ["make", f"VENV={tmp_path}/venv", f"PYTHON={python}", f"{tmp_path}/venv/.made"]
        told = subprocess.run(order, cwd=ROOT, capture_output=True, text=True, timeout=HANG_SECONDS)
        assert told.returncode != 0
        assert "Dibs needs Python 3.11 or newer" in told.stderr
