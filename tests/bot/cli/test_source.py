"""`dibs source login` and `dibs source test`: what an operator sees of accounts, and what is kept of them."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import typer

from bot.cli.command_line import app
from bot.sources import registry
from storage.engine.database import Database, open_engine
from storage.listen import credentials
from tests.fakes.letting_in import CLIENT, LettingIn
from tests.harness import sample_kind
from tests.harness.accounts import KEY, NAME, OTHER_KEY
from tests.harness.engines import migrated
from tests.harness.letting_in import serving

TOML = """
[organisation]
name = "Acme"
timezone = "Europe/Berlin"
fallback = "support"

[departments.support]
name = "Customer support"

[[sources]]
name = "acme-social"
kind = "sample"
base_url = "{url}"
allow_private = true

[[sources]]
name = "blog"
kind = "feed"
url = "https://blog.example/feed"
"""


@pytest.fixture
def service() -> Iterator[LettingIn]:
    with serving() as found:
        yield found


@pytest.fixture
def say(
    service: LettingIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return what runs a command in a folder with a database, and says what it said."""
    monkeypatch.setitem(registry.KINDS, "sample", sample_kind.ENTRY)
    (tmp_path / "dibs.toml").write_text(TOML.format(url=service.base_url))
    (tmp_path / "dibs.db").write_bytes(migrated())
    environ = {f"DIBS_SOURCE_ACME_SOCIAL_{name.upper()}": value for name, value in CLIENT.items()}
    environ |= {"DIBS_DATABASE_URL": f"sqlite:///{tmp_path / 'dibs.db'}", "DIBS_KEY": KEY}
    environ |= {"DIBS_CONFIG": str(tmp_path / "dibs.toml"), "DIBS_PUBLIC_URL": ""}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, brings: Callable[[str], str] = service.consent, **more: str) -> tuple[int, str, str]:
        printed: list[str] = []

        def prompt(*_: object, **__: object) -> str:
            printed.append(capsys.readouterr().out)
            found = re.search(r"https://sample\.example/authorize\S+", printed[0])
            assert found
            return brings(found[0])

        monkeypatch.setattr(typer, "prompt", prompt)
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            app(list(arguments))
        said = capsys.readouterr()
        return int(str(ended.value.code)), "".join(printed) + said.out, said.err

    return run


Say = Callable[..., tuple[int, str, str]]


def kept(tmp_path: Path) -> credentials.CredentialRow | None:
    with closing(Database(open_engine(f"sqlite:///{tmp_path / 'dibs.db'}"))) as database:
        return database.read(lambda session: credentials.get(session, NAME))


def test_a_person_signs_in_and_the_source_can_be_asked(say: Say, service: LettingIn, tmp_path: Path) -> None:
    code, out, err = say("source", "login", NAME)
    assert (code, err) == (0, "")
    assert "has to know this redirect address:\n  http://127.0.0.1:8484/oauth/acme-social" in out
    assert "Signed in to Sample as acme.\nAllowed: read, write.\n" in out
    row = kept(tmp_path)
    assert row is not None
    for token in (service.families[0].access, *service.families[0].refreshes, KEY, CLIENT["client_secret"]):
        assert token not in out
        assert token not in str(row)
        assert token.encode() not in (tmp_path / "dibs.db").read_bytes()
    code, out, err = say("source", "test", NAME)
    assert code == 0
    assert out.startswith("acme-social (sample) answered, and shows no posts.\n")


def test_before_anybody_signed_in_the_source_says_how(say: Say) -> None:
    code, out, _ = say("source", "test", NAME)
    assert code == 1
    assert "Nobody has signed in yet: run `dibs source login acme-social`." in out


def test_a_sign_in_that_comes_to_nothing_keeps_nothing(say: Say, tmp_path: Path) -> None:
    code, _, err = say("source", "login", NAME, brings=lambda _: "http://127.0.0.1/?error=access_denied")
    assert (code, err) == (1, "Sample says that nobody agreed (access_denied). Nothing was changed.\n")
    row = kept(tmp_path)
    assert row is not None
    assert row.version == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("acme", "There is no source acme; dibs.toml has acme-social, blog.\n"),
        ("blog", "Nobody signs in at blog (feed).\n"),
    ],
)
def test_where_nobody_signs_in_that_is_wrong_use(say: Say, name: str, sentence: str) -> None:
    assert say("source", "login", name) == (2, "", sentence)


def test_without_a_key_nobody_signs_in(say: Say) -> None:
    code, _, err = say("source", "login", NAME, DIBS_KEY="")
    assert code == 1
    assert "What Sample gives has to be kept, and DIBS_KEY is not set; make a key" in err


def test_check_names_what_is_missing_and_what_cannot_be_opened(say: Say) -> None:
    _, out, _ = say("check", DIBS_KEY="")
    assert "FAIL Source acme-social: Sample: its tokens have to be kept, and DIBS_KEY is not set" in out
    say("source", "login", NAME, DIBS_KEY=KEY)
    _, out, _ = say("check")
    assert "ok   Account acme-social: Kept and sealed" in out
    _, out, _ = say("check", DIBS_KEY=OTHER_KEY)
    assert "FAIL Account acme-social: What is kept of this account cannot be opened" in out
