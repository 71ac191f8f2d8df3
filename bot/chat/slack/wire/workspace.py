"""What Slack told us of itself: which workspace this is, who we are in it, and what we were granted."""

from dataclasses import dataclass, field

from bot.chat.slack.wire.client import Api, Json


@dataclass(slots=True)
class Workspace:
    """Empty until ``learn`` has asked.

    Attributes:
        url: https://acme.slack.com/
        scopes: Granted to the token; None where Slack did not say.
        rooms: Direct conversations that were opened, by account.
        groups: The ids of its user groups, by their handles.
        clock_date: Slack's own Date header of the last ``auth.test``, to see how our clock is doing.
    """

    team: str = ""
    enterprise: str = ""
    url: str = ""
    bot_user: str = ""
    bot_id: str = ""
    scopes: frozenset[str] | None = None
    rooms: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    clock_date: str = ""

    @property
    def known(self) -> bool:
        """Whether Slack has told us who we are."""
        return bool(self.team and self.bot_user)

    def is_ours(self, team: str) -> bool:
        """Say whether a team in a gesture is this workspace, or the enterprise that it belongs to."""
        return bool(team) and team in (self.team, self.enterprise)

    def lacks(self, scope: str) -> bool:
        """Say whether Slack told us that a scope was not granted."""
        return self.scopes is not None and scope not in self.scopes

    async def learn(self, api: Api) -> None:
        """Ask who we are.

        Raises:
            DeliveryFailed: Slack could not be asked, or refuses the token.
        """
        answer = await api.call("auth.test")
        headers: Json = answer["_headers"]
        self.team = str(answer.get("team_id") or "")
        self.enterprise = str(answer.get("enterprise_id") or "")
        self.url = str(answer.get("url") or "")
        self.bot_user = str(answer.get("user_id") or "")
        self.bot_id = str(answer.get("bot_id") or "")
        self.clock_date = str(headers.get("date") or "")
        granted = headers.get("x-oauth-scopes")
        self.scopes = frozenset(part.strip() for part in granted.split(",") if part.strip()) if granted else None
