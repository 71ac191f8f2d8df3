"""How the fake says no: one exception, which the server turns into Slack's own answer."""

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """Slack's answer ``{"ok": false, "error": …}``, with what else stands in it."""

    def __init__(
        self, error: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.headers = dict(headers or {})
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """Return the JSON that Slack would send."""
        return {"ok": False, "error": self.error, **self.extra}


def rate_limited(seconds: int) -> Refused:
    """Return HTTP 429 with Retry-After, as https://docs.slack.dev/apis/web-api/rate-limits has it."""
    return Refused("ratelimited", status=429, headers={"Retry-After": str(seconds)})
