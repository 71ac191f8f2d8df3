"""Health: whether the bot on this machine is alive, asked as the health check of a container asks.

It asks the address on which Dibs was told to listen; where that is every address of the machine, the machine itself.
"""

import httpx

_SECONDS = 4.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing listens here


def is_alive(host: str, port: int) -> bool:
    """Ask once."""
    here = _EVERYWHERE.get(host.strip("[]"), host.strip("[]"))
    address = httpx.URL(scheme="http", host=here, port=port, path="/healthz")
    try:
        return httpx.get(address, timeout=_SECONDS, trust_env=False).status_code == 200
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
