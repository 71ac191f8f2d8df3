"""Files: how many connections may be open, of as many files as the system allows us.

Half is for those who come to us; the other half is the database's, the sources' and the platforms', so that none of
them ever finds nothing left.
"""

import resource

MOST = 4_096
# As many as are taken before one of them is looked at; for that moment they stand above the bound.
ACCEPTED_AT_ONCE = 32


def connections_allowed() -> int:
    """Return how many connections to us there may be at this moment."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else max(8, min(MOST, files // 2 - ACCEPTED_AT_ONCE))


def streams_allowed() -> int:
    """Return how many of them may be streams, which stay: half, so that there is always room for a gesture."""
    return connections_allowed() // 2
