"""Keys of accounts that sign for themselves, made anew by each run; and what their services see in what was signed."""

import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

EMAIL = "dibs@acme.example"


@cache
def keys() -> tuple[rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey]:
    """Return the key of a service account of Google's, and that of a team at Apple."""
    return rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """Return a private key as its file has it."""
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, bare).decode()


def key_file(**more: str) -> str:
    """Return the file of a key of a service account."""
    told = {"type": "service_account", "client_email": EMAIL, "private_key_id": "k1", "private_key": pem(keys()[0])}
    return json.dumps(told | more)


def claims_of(token: str, key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, audience: str, key_id: str) -> Any:
    """Return what was signed by this key for an audience; None where it was not. Times are for who asks to judge."""
    algorithm = "RS256" if isinstance(key, rsa.RSAPublicKey) else "ES256"
    unchecked = {"verify_exp": False, "verify_iat": False, "require": ["iss", "iat", "exp", "aud"]}
    try:
        if jwt.get_unverified_header(token).get("kid") != key_id:
            return None
        return jwt.decode(token, key, algorithms=[algorithm], audience=audience, options=unchecked)  # type: ignore[arg-type]
    except jwt.PyJWTError:
        return None
