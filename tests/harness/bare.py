"""Whether something came in time, on a machine that may be busy: beside a bare server that answers meanwhile.

A limit in seconds is a promise for a machine with nothing else to do. While a test waits, a server without any of our
code, in a process of its own, is asked again and again; each request costs it the same processor time. How much longer
than that it takes, is how much slower the machine is at this very moment, and by so much the promise is stretched;
what passes before the bare server even begins, is granted on top. On a quiet machine both come to next to nothing.
Whoever is answered within half a second costs no request.

``python -m tests.harness.bare`` is the server. It serves until its standard input ends.
"""

import functools
import http.client
import http.server
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness.patience import HANG_SECONDS

ROOT = Path(__file__).parents[2]
# Long enough for the system to take the processor away several times where others want it.
WORK_SECONDS = 0.01
ASK_SECONDS = 0.5


@dataclass(frozen=True)
class Answer:
    """When the bare server was asked, how many times longer than alone it worked, and how late it began."""

    asked: float
    stretch: float
    delay: float


class Bare:
    """The server seen from the tests, and whoever compares himself with it."""

    def __init__(self) -> None:
        self._answers: deque[Answer] = deque(maxlen=1_000)
        self._waiting: dict[int, float] = {}
        self._numbers = iter(range(sys.maxsize))
        self._change = threading.Condition()
        self._beginning = threading.Lock()
        self._open = True
        self._asking = threading.Thread(target=self._keep_asking, name="bare", daemon=True)
        self._asking.start()

    @functools.cached_property
    def server(self) -> "subprocess.Popen[bytes]":
        """The server's process, begun when it is asked for the first time."""
        order = [sys.executable, "-m", __name__]
        return subprocess.Popen(order, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @functools.cached_property
    def _port(self) -> int:
        assert self.server.stdout is not None
        return int(self.server.stdout.readline())

    @contextmanager
    def beside(self) -> Iterator["Bare"]:
        """Ask the server for as long as this lasts, from half a second on."""
        number = next(self._numbers)
        with self._change:
            self._waiting[number] = time.monotonic()
            self._change.notify()
        try:
            yield self
        finally:
            with self._change:
                del self._waiting[number]

    def allowed(self, promised: float, since: float) -> float:
        """Return how many seconds may have passed since a moment (of ``time.monotonic``) where so many are promised."""
        answers = [one for one in list(self._answers) if one.asked >= since] or [self.ask()]
        return promised * max(one.stretch for one in answers) + max(one.delay for one in answers)

    def ask(self) -> Answer:
        """Ask once, now."""
        with self._beginning:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=HANG_SECONDS)
        asked = time.monotonic()
        try:
            connection.request("POST", "/", b"payload")
            worked, passed = map(float, connection.getresponse().read().split())
        finally:
            connection.close()
        answer = Answer(asked, max(1.0, passed / worked), max(0.0, time.monotonic() - asked - passed))
        self._answers.append(answer)
        return answer

    def close(self) -> None:
        """End it."""
        with self._change:
            self._open = False
            self._change.notify()
        self._asking.join()
        if "server" in vars(self):
            self.server.communicate()

    def _keep_asking(self) -> None:
        while self._open:
            with self._change:
                self._change.wait_for(lambda: self._waiting or not self._open)
            time.sleep(ASK_SECONDS / 2)
            with self._change:
                long = [one for one in self._waiting.values() if time.monotonic() - one > ASK_SECONDS]
            if long and self._open:
                self.ask()


_OPENING = threading.Lock()


@functools.cache
def _opened() -> Bare:
    return Bare()


def bare() -> Bare:
    """Return this session's bare server, opened for whoever comes first."""
    with _OPENING:
        return _opened()


def close_bare() -> None:
    """Close this session's bare server, if anybody came."""
    with _OPENING:
        if _opened.cache_info().currsize:
            _opened().close()
            _opened.cache_clear()


@contextmanager
def promised(seconds: float, what: str) -> Iterator[None]:
    """Fail when this lasts longer than promised, on a machine as busy as it is."""
    with bare().beside() as beside:
        began = time.monotonic()
        yield
        passed = time.monotonic() - began
        if passed > seconds:
            allowed = beside.allowed(seconds, began)
            assert passed <= allowed, f"{what}: {passed:.2f} s, and {seconds} s are promised ({allowed:.2f} s now)"


# --- the server itself -----------------------------------------------------------------------------------------------


class Handler(http.server.BaseHTTPRequestHandler):
    """Works for as long as it is told to, by its own clock, and says how long that took by everybody's."""

    def do_POST(self) -> None:
        """Answer with the processor time it took, and the time that passed."""
        began, begun = time.monotonic(), time.thread_time()
        self.rfile.read(int(self.headers["Content-Length"]))
        while (worked := time.thread_time() - begun) < WORK_SECONDS:
            pass
        body = f"{worked} {time.monotonic() - began}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve() -> None:
    """Serve until the tests are over."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.write(1, f"{server.server_port}\n".encode())
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    serve()
