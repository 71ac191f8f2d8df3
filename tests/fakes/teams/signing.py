"""Microsoft's signing keys, and tokens signed with them: RS256 by ``cryptography`` alone, not by what reads them."""

import base64
import json
import threading
import time
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

ISSUER = "https://api.botframework.com"
Json = dict[str, Any]
_MAKING = threading.Lock()


def encode(raw: bytes) -> str:
    """Write bytes as a token has them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def private_key(number: int, size: int = 2048) -> RSAPrivateKey:
    """Make the key with a number, once: making one takes a while, and several Microsofts may run side by side."""
    with _MAKING:
        return _made(number, size)


@cache
def _made(number: int, size: int) -> RSAPrivateKey:
    del number
    return generate_private_key(public_exponent=65537, key_size=size)


class Signer:
    """The keys that stand in Microsoft's document now, and the one that is signed with."""

    def __init__(self) -> None:
        self.number = 1
        self.endorsements = ["msteams", "directline", "webchat"]

    @property
    def kid(self) -> str:
        """The id of the key that is signed with."""
        return f"key-{self.number}"

    def rotate(self) -> None:
        """Sign with another key from now on; the old one is gone."""
        self.number += 1

    def jwks(self) -> Json:
        """Return the document of the keys."""
        return {"keys": [self.described(private_key(self.number), self.kid)]}

    def described(self, key: RSAPrivateKey, kid: str) -> Json:
        """Return what the document says of a key."""
        numbers = key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": kid,
            "n": encode(numbers.n.to_bytes(key.key_size // 8, "big")),
            "e": encode(numbers.e.to_bytes(3, "big")),
            "endorsements": self.endorsements,
        }

    def sign(self, claims: Json, *, key: RSAPrivateKey | None = None, header: Json | None = None) -> str:
        """Return a token with these very claims."""
        head = {"typ": "JWT", "alg": "RS256", "kid": self.kid} | (header or {})
        signed = f"{encode(json.dumps(head).encode())}.{encode(json.dumps(claims).encode())}"
        signature = (key or private_key(self.number)).sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{encode(signature)}"

    def claims(self, app_id: str, service_url: str, **changes: object) -> Json:
        """Return the claims of a good token; a change to None takes the claim away."""
        now = int(time.time())
        good = {"iss": ISSUER, "aud": app_id, "serviceurl": service_url, "nbf": now - 60, "exp": now + 3600}
        return {name: value for name, value in (good | changes).items() if value is not None}
