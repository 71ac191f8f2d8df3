"""Which version of Dibs this is."""

from importlib.metadata import PackageNotFoundError, version


def our_version() -> str:
    """Return it, such as "1.2.3"; "0" where Dibs runs from a checkout that was never installed."""
    try:
        return version("dibs")
    except PackageNotFoundError:
        return "0"
