"""The variables of the environment, each with what it is for: the list that the documents show.

What is read is told by ``Environment``; a test holds this list to it.
"""

from collections.abc import Iterator

from bot.chat.registry import PLATFORMS, declared_settings
from bot.settings.settings import DEFAULT_CONFIG, DEFAULT_DATABASE, DEFAULT_HOST, DEFAULT_PORT
from bot.toml.environment import Variable

_OWN = (
    Variable("DIBS_CONFIG", "where the configuration stands", DEFAULT_CONFIG),
    Variable(
        "DIBS_DATABASE_URL",
        "the database: a file, or `postgresql://user:password@host/database`",
        DEFAULT_DATABASE,
    ),
    Variable("DIBS_HOST", "the address to listen on; the container sets `0.0.0.0`", DEFAULT_HOST),
    Variable("DIBS_PORT", "the port to listen on", str(DEFAULT_PORT)),
    Variable(
        "DIBS_PUBLIC_URL",
        "the address under which others reach Dibs; switches the desk on, and is needed for Slack over HTTP and for "
        "Teams. Dibs wants a host name (or a port) of its own: an address with a path, such as "
        "`https://example.com/dibs`, is refused at start",
    ),
    Variable(
        "DIBS_KEY",
        "the key by which credentials that rotate, and what `dibs source login` got, are sealed in the database: 32 "
        "bytes in Base64, such as `openssl rand -base64 32` makes. Several, separated by spaces: the first seals, all "
        "open",
    ),
    Variable("DIBS_LOG_LEVEL", "`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`", "INFO"),
)
_OF_SOURCES = (
    Variable(
        "DIBS_HOOK_<SOURCE>_SECRET",
        "the secret of a webhook source: for `octo-lens` it is `DIBS_HOOK_OCTO_LENS_SECRET`. Several, separated by "
        "spaces, are valid at once while you rotate",
    ),
    Variable(
        "DIBS_SOURCE_<SOURCE>_<FIELD>",
        "a secret of a source that has an account; the page of each kind of source names the fields. The app password "
        "of `acme-social` is `DIBS_SOURCE_ACME_SOCIAL_APP_PASSWORD`",
    ),
)


def all_variables() -> Iterator[Variable]:
    """Yield every variable that there is, Dibs' own first, then those of platforms and of sources."""
    yield from _OWN
    for platform in PLATFORMS:
        yield from declared_settings(platform).variables
    yield from _OF_SOURCES
