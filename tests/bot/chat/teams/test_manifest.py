"""The app package keeps the rules of Teams' own schema, asks for nothing, and its pictures are what they have to be."""

import io
import json
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner, Result

from bot.chat.kit.icons import ACCENT, colour_icon, outline_icon
from bot.chat.teams.manifest import manifest, package
from bot.cli.command_line import app
from handlers.verbs import ON_CARDS, OTHERS

APP = "11111111-2222-3333-4444-5555555555aa"
URL = "https://desk.acme.example"
WHITE = b"\xff\xff\xff"


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def pixels(png: bytes) -> list[list[bytes]]:
    """Return the rows of a PNG as pixels of four bytes; checks what a reader checks."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        chunks[kind] = body
        at += 12 + length
    width, height, depth, colours, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colours, rest) == (8, 6, [0, 0, 0])
    raw, stride = zlib.decompress(chunks[b"IDAT"]), 1 + 4 * width
    assert len(raw) == stride * height
    rows = [raw[row * stride : (row + 1) * stride] for row in range(height)]
    assert {row[0] for row in rows} == {0}
    return [[row[1 + 4 * column : 5 + 4 * column] for column in range(width)] for row in rows]


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(app, ["manifest", "teams", *arguments], env=environ)


def test_the_package_holds_three_files_and_the_manifest_names_the_pictures() -> None:
    files = unpacked(package(APP, URL))
    told = json.loads(files["manifest.json"])
    assert set(files) == {"manifest.json", *told["icons"].values()}
    assert (files[told["icons"]["color"]], files[told["icons"]["outline"]]) == (colour_icon(), outline_icon())


def test_the_same_app_is_packed_into_the_same_bytes() -> None:
    assert package(APP, URL) == package(APP, URL)
    assert package(APP, URL) != package(APP.replace("1", "2"), URL)


def test_the_manifest_keeps_to_the_lengths_and_words_of_the_schema() -> None:
    told = manifest(APP, URL)
    assert re.fullmatch(r"1\.\d+", told["manifestVersion"])
    assert f"/v{told['manifestVersion']}/" in told["$schema"]
    assert {"manifestVersion", "version", "id", "developer", "name", "description", "icons", "accentColor"} <= set(told)
    assert re.fullmatch(r"\d+\.\d+\.\d+", told["version"])
    assert 0 < len(told["name"]["short"]) <= 30
    assert len(told["name"]["full"]) <= 100
    assert 0 < len(told["description"]["short"]) <= 80
    assert 0 < len(told["description"]["full"]) <= 4000
    assert 0 < len(told["developer"]["name"]) <= 32
    assert re.fullmatch(r"#[0-9a-f]{6}", told["accentColor"])
    assert told["id"] == told["bots"][0]["botId"] == APP


def test_a_menu_has_at_most_ten_entries_which_are_those_of_help() -> None:
    (bot,) = manifest(APP, URL)["bots"]
    known = {verb.name: verb.help for verb in (*ON_CARDS, *OTHERS)}
    assert [one["scopes"] for one in bot["commandLists"]] == [["team"], ["personal"]]
    for menu in bot["commandLists"]:
        assert len(menu["commands"]) == 10
        assert {"help", "list", "mine", "claim"} <= {one["title"] for one in menu["commands"]}
        for one in menu["commands"]:
            assert len(one["title"]) <= 32
            assert len(one["description"]) <= 128
            assert known[one["title"]].startswith(one["description"])


def test_the_app_asks_for_no_right_at_all() -> None:
    told = json.dumps(manifest(APP, URL))
    for word in ("authorization", "webApplicationInfo", "permissions", "resourceSpecific", "staticTabs", "copilot"):
        assert word not in told
    assert manifest(APP, URL)["validDomains"] == []


def test_addresses_about_who_runs_it_are_the_desks_or_openly_an_example() -> None:
    def hosts(told: dict[str, Any]) -> set[str | None]:
        return {urlsplit(value).hostname for name, value in told["developer"].items() if name.endswith("Url")}

    assert hosts(manifest(APP, URL)) == {"desk.acme.example"}
    assert hosts(manifest(APP, "")) == {"dibs.acme.example"}


def test_the_coloured_picture_is_a_full_square_with_its_mark_in_the_middle() -> None:
    rows = pixels(colour_icon())
    assert (len(rows), len(rows[0])) == (192, 192)
    assert {pixel[3] for row in rows for pixel in row} == {255}
    ground = bytes.fromhex(ACCENT[1:])
    outside = {rows[y][x][:3] for y in range(192) for x in range(192) if not (35 <= y <= 156 and 35 <= x <= 156)}
    assert outside == {ground}
    assert sum(pixel[:3] == WHITE for row in rows for pixel in row) > 2_000


def test_the_outline_is_white_on_nothing_and_does_not_touch_the_edge() -> None:
    rows = pixels(outline_icon())
    assert (len(rows), len(rows[0])) == (32, 32)
    assert {pixel[:3] for row in rows for pixel in row} == {WHITE}
    opacity = [[pixel[3] for pixel in row] for row in rows]
    assert 150 < sum(one == 255 for row in opacity for one in row) < 700
    assert not any(opacity[0] + opacity[-1] + [row[0] for row in opacity] + [row[-1] for row in opacity])


def test_the_command_writes_the_package_and_says_what_to_do_with_it(tmp_path: Path) -> None:
    path = tmp_path / "app.zip"
    said = run("--output", str(path), TEAMS_APP_ID=APP.upper(), DIBS_PUBLIC_URL=f"{URL}/")
    assert (said.exit_code, path.read_bytes()) == (0, package(APP, URL))
    for words in (f"Wrote {path}.", URL, "Upload", "dibs check"):
        assert words in said.stdout


def test_without_a_name_it_stands_in_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "id"
    file.write_text(f"{APP}\n")
    assert run(TEAMS_APP_ID_FILE=str(file), DIBS_PUBLIC_URL="").exit_code == 0
    assert (tmp_path / "dibs-teams.zip").read_bytes() == package(APP, "")


@pytest.mark.parametrize("given", ["", "acme", "11111111-2222-3333-4444-55555555555z"])
def test_without_an_app_id_nothing_is_written_and_it_says_where_that_stands(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(TEAMS_APP_ID=given)
    assert (said.exit_code, said.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert "TEAMS_APP_ID" in said.stderr
    assert "Configuration page" in said.stderr


def test_an_address_that_run_would_refuse_is_refused_here_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(TEAMS_APP_ID=APP, DIBS_PUBLIC_URL="https://example.com/dibs")
    assert (said.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "DIBS_PUBLIC_URL has a path" in said.stderr


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    said = run("--output", str(tmp_path), TEAMS_APP_ID=APP)
    assert said.exit_code == 1
    assert str(tmp_path) in said.stderr
