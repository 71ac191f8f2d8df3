"""Homes: from channel names in dibs.toml to ids.

A name is resolved once and its id is kept, so renaming a channel is harmless and a start needs no network. A name
that means another channel by now is for `dibs check` to report. Only when the channel that was found is gone is its
name looked up again, and what bears it then takes over.
"""

from collections.abc import Mapping
from dataclasses import replace

from handlers.base.organisation import DepartmentConfig, Organisation
from storage.engine.database import Session
from storage.people import people

Resolved = Mapping[str, Mapping[str, str]]


def fill_homes(session: Session, organisation: Organisation, found: Resolved) -> Organisation:
    """Return the organisation with ids for channels: those just ``found`` (platform → name → id), or those kept.

    A home whose name is not resolved yet is left out, unless the department has one from before.
    """
    departments = tuple(_fill(session, one, found) for one in organisation.departments)
    return replace(organisation, departments=departments)


def _fill(session: Session, config: DepartmentConfig, found: Resolved) -> DepartmentConfig:
    row = people.department(session, config.key)
    kept = {home.platform: home for home in people.homes(session, row.id)} if row else {}
    homes: dict[str, str] = {}
    names: dict[str, str] = {}
    for platform, written in config.homes.items():
        known = kept.get(platform)
        channel = found.get(platform, {}).get(written)
        if channel is not None:
            homes[platform], names[platform] = channel, written
        elif known is not None:  # under another name perhaps: its cards stay there until the new one is found
            homes[platform], names[platform] = known.channel, known.name
    return replace(config, homes=homes, home_names=names)


def missing_homes(session: Session, organisation: Organisation) -> dict[str, list[str]]:
    """Return the names that have no id yet, by platform."""
    filled = fill_homes(session, organisation, {})
    missing: dict[str, list[str]] = {}
    for written, known in zip(organisation.departments, filled.departments, strict=True):
        for platform, name in written.homes.items():
            if known.home_names.get(platform) != name:
                missing.setdefault(platform, []).append(name)
    return missing
