"""Rules of the key: what is one, what is none, and what each seals and opens."""

import base64
import sys

import pytest

from bot.sources.kit.seals import Seal, SealError
from tests.harness.accounts import KEY, OTHER_KEY

RAW = bytes(range(224, 256))  # in Base64 it has what its two alphabets write otherwise


@pytest.mark.parametrize(
    "written",
    [
        base64.b64encode(RAW).decode(),
        base64.urlsafe_b64encode(RAW).decode(),
        base64.b64encode(RAW).decode().rstrip("="),
        f"  {base64.b64encode(RAW).decode()}\n",
    ],
)
def test_a_key_is_the_same_in_each_alphabet_and_with_or_without_what_fills_it_up(written: str) -> None:
    assert Seal.of(written).open(Seal([RAW]).seal("sample")) == "sample"


@pytest.mark.parametrize("written", ["hidden", f"{KEY} hidden", KEY[:-4], KEY + KEY, "ü" * 44, "=" * 44, "\ud800"])
def test_what_is_no_key_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(SealError, match=r"DIBS_KEY holds what is no key: .* openssl rand -base64 32") as no:
        Seal.of(written)
    assert "hidden" not in str(no.value)
    assert no.value.__cause__ is None


def test_the_first_key_seals_and_all_open() -> None:
    former, both = Seal.of(KEY), Seal.of(f"{OTHER_KEY} {KEY}")
    assert both.open(former.seal("sample")) == "sample"
    with pytest.raises(SealError, match="another key"):
        former.open(both.seal("sample"))
    anew = both.seal_anew(former.seal("sample"))
    assert Seal.of(OTHER_KEY).open(anew) == "sample"
    assert both.seal_anew(anew) == anew


@pytest.mark.parametrize("sealed", ["", "sample", "gAAAAA", "ü"])
def test_what_was_changed_is_not_opened(sealed: str) -> None:
    with pytest.raises(SealError, match="or was changed"):
        Seal.of(KEY).open(sealed)


def test_without_a_key_nothing_is_sealed_and_nothing_opened() -> None:
    for work in (Seal().seal, Seal().open):
        with pytest.raises(SealError, match="DIBS_KEY is not set"):
            work("sample")
    assert KEY not in f"{Seal.of(KEY)!r}"


def test_without_its_package_nothing_is_sealed_and_nothing_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = Seal.of(KEY).seal("sample")
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for work in (Seal.of(KEY).seal, Seal.of(KEY).open):
        with pytest.raises(SealError, match=r"pip install --require-hashes -r requirements-image\.lock"):
            work(sealed)
