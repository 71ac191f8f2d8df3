"""How a hook proves that it comes from whom we gave the secret: three schemes over the request, and a weaker one.

- ``standard``: Standard Webhooks (https://www.standardwebhooks.com): ``webhook-id``, ``webhook-timestamp`` and
  ``webhook-signature``, the latter with several ``v1,<base64>`` while a secret is being rotated; or the same three as
  ``svix-…``, which is how the scheme was called first and its largest sender still calls it.
- ``hmac``: one header with the HMAC of the body, or of ``<timestamp>.<body>`` when a header with the time is agreed.
- ``bearer``: ``Authorization: Bearer <secret>``.
- ``path``: the secret stands in the address, ``/hooks/<name>/<secret>``, for senders that sign nothing and let nobody
  choose a header. Whoever sees the address may post, and addresses are seen: by proxies that log them, on the pages of
  the sender. Nothing better is to be had there.

A delivery that comes again is known by its id where it has one, which is signed with it, and else by what was signed,
if that holds a time. Without either, the same words may well be said twice, and are heard twice.

Comparisons are of bytes and take the same time whatever differs. More than one secret may be valid at a time.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from bot.sources.base import HookRefused
from bot.sources.kit.json import mapping
from bot.sources.kit.vendors import PATH_TAIL

TOLERANCE_SECONDS = 300
# Shorter ones are guessed; signs that an address would have to encode are typed wrongly.
_IN_PATH = re.compile(r"[A-Za-z0-9._~=+@-]{16,200}")
_MAX_SIGNATURES = 16
_NAMES = ("webhook", "svix")
_PARTS = ("id", "timestamp", "signature")


class Scheme(StrEnum):
    """How deliveries are signed."""

    STANDARD = "standard"
    HMAC = "hmac"
    BEARER = "bearer"
    PATH = "path"


class Algorithm(StrEnum):
    """The hash of an HMAC."""

    SHA256 = "sha256"
    SHA1 = "sha1"
    SHA512 = "sha512"


class Encoding(StrEnum):
    """How an HMAC stands in its header."""

    HEX = "hex"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacRule:
    """Where an HMAC stands and how it was made; without ``timestamp_header`` a delivery does not grow stale.

    ``signed_prefix`` is what was signed before the body, in every delivery (LinkedIn: "hmacsha256=").
    """

    header: str
    algorithm: Algorithm = Algorithm.SHA256
    encoding: Encoding = Encoding.HEX
    prefix: str = ""
    timestamp_header: str = ""
    signed_prefix: str = ""


def standard_key(secret: str) -> bytes:
    """Return the key of a Standard Webhooks secret, ``whsec_`` and base64.

    Raises:
        ValueError: It is not base64, or empty.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    if not key:
        raise ValueError("empty")
    return key


def verify_standard(headers: Mapping[str, str], raw: bytes, keys: Sequence[bytes], now: datetime) -> str:
    """Accept a delivery of which one v1 signature was made with one of ``keys``, less than five minutes ago.

    Returns:
        Its id.

    Raises:
        HookRefused: 401.
    """
    message_id, timestamp, signatures = _standard_headers(headers)
    _check_age(timestamp, now)
    given = [part[3:] for part in signatures.split()[:_MAX_SIGNATURES] if part[:3] == "v1,"]
    signed = f"{message_id}.{timestamp}.".encode("utf-8", "replace") + raw
    expected = [base64.b64encode(hmac.digest(key, signed, "sha256")) for key in keys]
    if not message_id or not _any_equal(expected, given):
        raise _unsigned()
    return message_id


def _standard_headers(headers: Mapping[str, str]) -> tuple[str, str, str]:
    """Return id, time and signatures: of the first name under which all three are there, and never of two."""
    sets = [tuple(headers.get(f"{name}-{part}", "") for part in _PARTS) for name in _NAMES]
    message_id, timestamp, signatures = next((one for one in sets if all(one)), sets[0])
    return message_id, timestamp, signatures


def verify_hmac(headers: Mapping[str, str], raw: bytes, keys: Sequence[bytes], now: datetime, rule: HmacRule) -> str:
    """Accept a delivery whose header holds the HMAC by one of ``keys``.

    Returns:
        A digest of what was signed, if that holds its time.

    Raises:
        HookRefused: 401.
    """
    given = headers.get(rule.header.lower(), "").strip()
    if not given.startswith(rule.prefix):
        raise _unsigned()
    given = given.removeprefix(rule.prefix)
    signed = rule.signed_prefix.encode() + raw
    if rule.timestamp_header:
        timestamp = headers.get(rule.timestamp_header.lower(), "")
        _check_age(timestamp, now)
        signed = f"{timestamp}.".encode() + raw
    digests = [hmac.digest(key, signed, rule.algorithm.value) for key in keys]
    if rule.encoding is Encoding.HEX:
        given, expected = given.lower(), [binascii.hexlify(digest) for digest in digests]
    else:
        expected = [base64.b64encode(digest) for digest in digests]
    if not _any_equal(expected, [given]):
        raise _unsigned()
    return sha256(signed).hexdigest() if rule.timestamp_header else ""


def signed_object(
    headers: Mapping[str, str], raw: bytes, secrets: Sequence[str], now: datetime, rule: HmacRule, *, unset: str
) -> Mapping[str, Any]:
    """Return the JSON object of a delivery that bears an HMAC by one of ``secrets``; without any it is ``unset``.

    What is JSON and no object says nothing, and is taken. Who sends it may put it into a form, as its field ``payload``
    (Discourse, GitHub).

    Raises:
        HookRefused: 401 where it is not signed so, 400 where it is no JSON.
    """
    if not secrets:
        raise HookRefused(401, unset)
    given = {name.lower(): value for name, value in headers.items()}
    verify_hmac(given, raw, [secret.encode() for secret in secrets], now, rule)
    try:
        text = raw.decode("utf-8")
        told = json.loads(parse_qs(text, max_num_fields=4)["payload"][0] if text.startswith("payload=") else text)
    except (ValueError, KeyError, RecursionError):
        raise HookRefused(400, "The delivery is not JSON.") from None
    return mapping(told)


def verify_bearer(headers: Mapping[str, str], secrets: Sequence[bytes]) -> str:
    """Accept a delivery that names one of the secrets; nothing in it says whether it came before.

    Raises:
        HookRefused: 401.
    """
    scheme, _, given = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not _any_equal(secrets, [given.strip()]):
        raise _unsigned()
    return ""


def fits_path(secret: str) -> bool:
    """Say whether a secret may stand in an address: of 16 to 200 letters, digits and ``._~=+@-``."""
    return _IN_PATH.fullmatch(secret) is not None


def verify_path(headers: Mapping[str, str], secrets: Sequence[bytes]) -> str:
    """Accept a delivery to an address that ends with one of the secrets; nothing in it says whether it came before.

    Raises:
        HookRefused: 401.
    """
    if not _any_equal(secrets, [headers.get(PATH_TAIL, "")]):
        raise HookRefused(401, "The address of the delivery does not end with its secret.")
    return ""


def _any_equal(expected: Sequence[bytes], given: Sequence[str]) -> bool:
    # Header values may be anything: what is not UTF-8 becomes a question mark, which no signature holds.
    candidates = [value.encode("utf-8", "replace") for value in given]
    return any(hmac.compare_digest(wanted, candidate) for wanted in expected for candidate in candidates)


def _check_age(timestamp: str, now: datetime) -> None:
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise HookRefused(401, "The time of the delivery is missing, or more than five minutes away from ours.")


def _unsigned() -> HookRefused:
    return HookRefused(401, "The delivery does not bear a valid signature.")
