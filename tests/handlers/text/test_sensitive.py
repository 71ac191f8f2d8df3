"""What does not belong into a reply that everybody reads. All secrets and numbers here are samples or made up."""

import pytest

from handlers.text.sensitive import internal_links, secrets

TOKEN = "what looks like a key or token"


@pytest.mark.parametrize(
    "text",
    [
        "xoxb" + "-1234567890-abcdefghij",
        "ghp" + "_abcdefghijklmnopqrstuvwxyz0123456789",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "sk" + "_test_4eC39HqLyjWDarjtT1zdp7dc",
        "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "postgresql://acme:" + "hunter2@db.acme.example/x",
        "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
    ],
)
def test_keys_and_tokens_are_found(text: str) -> None:
    assert secrets(f"Use {text} for it") == [TOKEN]


@pytest.mark.parametrize("text", ["password: hunter2", "Passwort: geheim", "Kennwort： geheim", "PIN = 1234"])
def test_a_password_that_is_told_is_found(text: str) -> None:
    assert secrets(text) == ["a password"]


@pytest.mark.parametrize(
    "text", ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "４１１１１１１１１１１１１１１１"]
)
def test_a_card_number_counts_by_its_checksum(text: str) -> None:
    assert secrets(f"card {text}.") == ["a card number"]
    assert secrets(f"order {text[:-1]}{'３' if text[-1] == '１' else '3'}.") == []


@pytest.mark.parametrize("text", ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "nl91 abna 0417 1643 00"])
def test_a_bank_account_counts_by_its_checksum(text: str) -> None:
    assert secrets(f"Send it to {text} please") == ["a bank account"]
    assert "a bank account" not in secrets(f"Send it to {text[:-1]}9 please")


@pytest.mark.parametrize("text", ["kim.lee@mail.example", "kim+x@sub.mail.example", "ｋｉｍ@mail.example"])
def test_an_address_of_a_person_is_found(text: str) -> None:
    assert secrets(f"Write to {text}.") == ["somebody's e-mail address"]


@pytest.mark.parametrize(
    "text", ["support@acme.example", "no-reply@acme.example", "@kim@mastodon.example", "kim @ home"]
)
def test_an_address_of_an_office_and_a_handle_are_let_alone(text: str) -> None:
    assert secrets(f"Write to {text}.") == []


@pytest.mark.parametrize(
    "text", ["+49 170 1234567", "0049-170-1234567", "(030) 123 45 67", "030/1234567", "555-867-5309"]
)
def test_a_phone_number_is_found(text: str) -> None:
    assert secrets(f"Call {text}!") == ["a phone number"]


@pytest.mark.parametrize(
    "text",
    [
        "It came on 02.03.2026 at 09:00-17:00",
        "from 08.00 - 17.00 on 2026-03-02",
        "order 100200300, invoice 2026-00123",
        "https://acme.example/orders/4111111111111111/+491701234567",
        "https://video.example/watch?v=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
        "We sold 1,000,000 of them at 12.50 each",
        "See commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ],
)
def test_dates_orders_and_addresses_are_let_alone(text: str) -> None:
    assert secrets(text) == []


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("see http://wiki/page", "wiki"),
        ("see https://localhost:8080/x", "localhost"),
        ("see https://10.0.0.4/x", "10.0.0.4"),
        ("see http://[fd00::1]/x", "fd00::1"),
        ("see http://169.254.169.254/", "169.254.169.254"),
        ("see https://git.acme.internal/x.", "git.acme.internal"),
        ("see Jira.ACME.corp/browse/X", "jira.acme.corp"),
        ("see printer.local, please", "printer.local"),
        ("see https://intranet.acme.example/x", "intranet.acme.example"),
        ("see https://acme.slack.com/archives/C1/p2", "acme.slack.com"),
        ("see https://teams.microsoft.com/l/message/1", "teams.microsoft.com"),
        ("see https://acme.sharepoint.com/x", "acme.sharepoint.com"),
    ],
)
def test_what_nobody_outside_can_open_is_found(text: str, host: str) -> None:
    assert internal_links(text) == [host]


@pytest.mark.parametrize(
    "text",
    [
        "see https://acme.example/help",
        "see https://acme.slack.com/help and https://intern.example/",
        "buy local.food, write to kim@acme.local",
        "it is in a local. Corp. is short",
        "http://[broken",
        "https://8.8.8.8/",
    ],
)
def test_what_everybody_can_open_is_let_alone(text: str) -> None:
    assert internal_links(text) == []
