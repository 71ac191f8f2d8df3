"""Whom Dibs trusts on the network: the authorities' certificates, loaded once a process.

Loading them takes tens of milliseconds and a megabyte, so it happens when something is first asked for, and what opens
a connection of its own shares them.
"""

import ssl
from functools import cache

import httpx


@cache
def usual_certificates() -> ssl.SSLContext:
    """Return what a connection is checked by."""
    return httpx.create_ssl_context(trust_env=False)
