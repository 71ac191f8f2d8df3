"""Written: how a person or an account is named where a name would not do: ``person:12``, ``slack:T1:U1``."""

import re

_PERSON = re.compile(r"person:(?P<id>[0-9]{1,9})")
_ACCOUNT = re.compile(r"(?P<platform>[a-z]+):(?P<workspace>[^:\s]+):(?P<account>[^:\s]+)")


def read_number(text: str) -> int | None:
    """Return the number of a person; None where the text is anything else."""
    found = _PERSON.fullmatch(text)
    return int(found["id"]) if found else None


def read_account(text: str) -> tuple[str, str, str] | None:
    """Return platform, workspace and id of an account; None where the text is anything else."""
    found = _ACCOUNT.fullmatch(text)
    return (found["platform"], found["workspace"], found["account"]) if found else None
