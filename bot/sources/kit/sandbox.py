"""Reading a foreign document in a process of its own.

A parser of XML can be kept busy for seconds by a megabyte of nested tags, and a thread cannot be stopped. So a short
process reads the document: it has no environment and no secrets, a bound of memory, and is killed when its time
is over. It costs some 80 ms, which is why callers do not come here with a document that they have seen before, and
it keeps the parser's memory out of the bot.
"""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from bot.net.errors import SourceUnavailable
from bot.runtime.search_path import without_working_directory

SECONDS = 10.0
_ROOT = str(Path(__file__).resolve().parents[3])


class Isolation:
    """Runs reader modules; two at once, since reading is work for a processor, not waiting."""

    def __init__(self, *, seconds: float = SECONDS, at_once: int = 2) -> None:
        """Take the time that one document may need."""
        self._seconds = seconds
        self._slots = asyncio.Semaphore(at_once)

    async def read(self, module: str, document: bytes) -> bytes:
        """Run ``python -m module`` with ``document`` as its input and return its output.

        Raises:
            SourceUnavailable: It took too long or too much memory, or failed.
        """
        async with self._slots:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-S",  # the paths are given: site would only cost time
                "-P",  # and nothing that stands in the working directory is one of them
                "-m",
                module,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join([_ROOT, *without_working_directory(sys.path)])},
            )
            try:
                async with asyncio.timeout(self._seconds):
                    output, _ = await process.communicate(document)
            except TimeoutError as error:
                reason = f"The document could not be read within {self._seconds:g} seconds."
                raise SourceUnavailable(reason) from error
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
        if process.returncode != 0:
            raise SourceUnavailable("The document is too tangled to be read.")
        return output
