"""Templates of tests: nearly every test opens a desk of its own, and Jinja compiles each template once a process.

Of each environment are the filters, and what a template was run to; only its code is shared, which Jinja keeps under a
name made of the template's file and its words.
"""

from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from bot.chat.desk.render import Pages


class _Compiled(BytecodeCache):
    """Keeps code in memory, as it is: Jinja's own caches write it to files and read it again."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


def share_templates(pages: Pages) -> None:
    """Let a desk use what another one of this process has compiled."""
    pages._env.bytecode_cache = _COMPILED
