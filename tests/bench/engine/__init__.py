"""The bot with its outbox pumped by Procrastinate, beside which ``bench_engine`` measures the leases' own looking.

It is no part of Dibs: what was measured of it stands in docs/explanation/scale.md, and the leases stayed.
"""

from pathlib import Path

# Where `make bench-engine` installs it.
ENGINE = Path(__file__).parents[3] / "build" / "engine"


def installed() -> Path | None:
    """Return the folder of packages in which Procrastinate is, or None."""
    return next((one.parent for one in ENGINE.glob("lib/python*/site-packages/procrastinate")), None)
