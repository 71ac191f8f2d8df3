"""Accounts that log in with a name and a password, and get a session (Khoros, Lemmy).

A password that was refused is never tried again: services lock out who tries too often, and only a start with another
one changes anything. A session that ends at once is not answered with login after login either.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.runtime.clock import Clock
from bot.sources.kit.answer import Answer
from bot.sources.kit.chain import TokenRefused
from bot.sources.kit.verdicts import Means, Verdicts

SessionT = TypeVar("SessionT")
# Between two logins.
LEAST = timedelta(minutes=1)


def session(answer: Answer, token: str, table: Verdicts, not_ours: str) -> str:
    """Return the token that a login was answered with.

    Args:
        answer: That answer.
        token: What it holds of a token; empty where it holds none.
        table: What it means then: ACCOUNT, that the password is not taken.
        not_ours: The sentence for an answer of the wrong shape.

    Raises:
        SourceUnavailable: It may work later, or what answered is something else.
        TokenRefused: The password is not taken.
    """
    if answer.ok and token:
        return token
    verdict = table.judge(answer)
    if verdict.means is Means.ACCOUNT and not (answer.ok and not answer.object):
        raise TokenRefused(verdict.why)
    raise SourceUnavailable(verdict.why if verdict.means is Means.AGAIN else not_ours, verdict.rest)


class SessionLogin(Generic[SessionT]):
    """One account, in the form that ``Rest`` takes; the session lives in memory alone."""

    def __init__(
        self,
        log_in: Callable[[], Awaitable[SessionT]],
        headers: Callable[[SessionT], Mapping[str, str]] = lambda held: {"authorization": f"Bearer {held}"},
        *,
        network: str,
        mend: str,
        clock: Clock,
    ) -> None:
        """Take what logs in; nothing is asked yet.

        Args:
            log_in: Returns a session; raises TokenRefused where the service does not take the password.
            headers: What a request carries with it.
            network: What people call the service.
            mend: The sentence that says what to do about a refused password.
            clock: This moment.
        """
        self._log_in = log_in
        self._network = network
        self._mend = mend
        self._clock = clock
        self._refused = ""
        self._last: datetime | None = None
        self.headers = headers

    def due(self, held: SessionT) -> bool:
        """Say whether it is to be renewed before it is refused; it never is."""
        return False

    async def renew(self, refused: SessionT | None) -> SessionT:
        """Log in.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: The password is not taken.
        """
        if self._refused:
            raise SourceRefused(self._refused)
        now = self._clock.now()
        if refused is not None and self._last is not None and timedelta() <= now - self._last < LEAST:
            rest = (LEAST - (now - self._last)).total_seconds()
            raise SourceUnavailable(f"{self._network} has ended the session that it has just given.", rest)
        self._last = now
        try:
            return await self._log_in()
        except TokenRefused as error:
            self._refused = f"{error} {self._mend}"
            raise SourceRefused(self._refused) from None
