"""What a kind says of itself to people; it stands beside the kind, and imports nothing of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A kind's row in the README, its page in docs/sources, and its tables in the dibs.toml that `dibs init` writes.

    Attributes:
        briefly: What it hears, in a few words that name no option.
        hears: What it hears.
        replies: Begins with "by itself" or "by hand".
        way_in: What has to be had before it works, and how long that takes, in a few words.
        setup: Its options and secrets.
        limits: What it does not do.
        tested: What was tried it against, and where.
        costs: What a month comes to, in sentences with the sums, where the network sells what is asked of it.
        examples: Tables without their head: name and kind, then its options. What stands behind a ``#`` without a
            space is shown, and switched off.
    """

    briefly: str
    hears: str
    replies: str
    way_in: str
    setup: str
    limits: str
    tested: str
    examples: tuple[str, ...]
    costs: str = ""
