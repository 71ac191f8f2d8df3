"""Sites: which of the hosts and paths that topics name a post links to.

Every http(s) address in the text counts, as far as a reader would open it: what a sentence leaves at its end is no part
of it. A host counts for all that is above it, a path for all that begins with it at a slash.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from handlers.text.query.leaves import site_path
from handlers.text.terms import host_key

_AFTER = ".,;:!'()[]{}*_~|"
_ADDRESS = re.compile(r"https?://([^\s/?#\\\"<>、。」』）]{1,300})((?:[/\\][^\s?#\"<>、。」』）]{0,2000})?)")
_SENTENCE_ON_HOST = re.compile(r"(.*\.[a-z]{2,})[^\x00-\x7f][^.]*")
_SENTENCE_ON_PATH = re.compile(r"[^\x00-\x7f]")
_DEEPEST = 20


class Sites:
    """The hosts and paths that topics name, by number."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers
        self._with_paths = {site.partition("/")[0] for site in numbers if "/" in site}

    def find(self, haystack: str) -> set[int]:
        """Return the numbers of those that a folded text links to."""
        found: set[int] = set()
        for written, path in set(_ADDRESS.findall(haystack)):
            suffix = _bare_host(written)
            while suffix:
                if suffix in self._numbers:
                    found.add(self._numbers[suffix])
                if path and suffix in self._with_paths:
                    found.update(self._numbers[site] for site in _paths(suffix, path) if site in self._numbers)
                suffix = suffix.partition(".")[2]
        return found


@lru_cache(maxsize=4096)
def _bare_host(written: str) -> str:
    """Return the key of a host found in text, without user name, port, and what a sentence left at its end."""
    host = written.rpartition("@")[2].rstrip(_AFTER).partition(":")[0]
    sentence = _SENTENCE_ON_HOST.fullmatch(host)  # "https://acme.exampleを見て"
    return host_key(sentence[1] if sentence else host)


def _paths(host: str, path: str) -> Iterator[str]:
    """Yield a host with each path that this one is at or below, as it stands and as a sentence would end it."""
    path = path.replace("\\", "/")
    for form in {path, path.rstrip(_AFTER), _SENTENCE_ON_PATH.split(path, maxsplit=1)[0]}:
        parts = [part for part in site_path(form).split("/") if part]
        for length in range(1, min(len(parts), _DEEPEST) + 1):
            yield f"{host}/{'/'.join(parts[:length])}"
