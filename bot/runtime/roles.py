"""Roles: what a process does, where several share the work. By default each does all.

Every process says how it is (/healthz, /readyz, /metrics) and knows people and channels, whatever its role.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum


class Role(StrEnum):
    """What a process does."""

    WEB = "web"
    WORKER = "worker"
    LISTEN = "listen"


ALL_ROLES = frozenset(Role)
# What stands still where nobody has a role, and what is done for it.
WITHOUT: dict[Role, str] = {
    Role.WEB: "no gesture over HTTP, no hook and no page of the desk is answered",
    Role.WORKER: "no card and no reply is sent, and no digest is written",
    Role.LISTEN: "no source is asked or streamed, and Slack's Socket Mode is not heard",
}


class RolesRefused(Exception):
    """The roles cannot be had so; the sentence says why, and what to do."""


def require_server(roles: Collection[Role], *, is_file: bool) -> None:
    """Let roles be shared only where there can be others.

    Raises:
        RolesRefused: The database is a file, on which one process works.
    """
    if is_file and frozenset(roles) != ALL_ROLES:
        raise RolesRefused(
            f"--role {' --role '.join(sorted(roles))}: on an SQLite file one process works, and does all. Leave --role "
            "out, or share the work on PostgreSQL (DIBS_DATABASE_URL)."
        )


def lacking(living: Iterable[str]) -> list[Role]:
    """Return the roles that none of the living has, by what each of them says that it does."""
    done = {role for roles in living for role in roles.split()}
    return [role for role in Role if role not in done]
