"""A kind of source that no network has: it asks the fake service who we are, with an account that a person lets in."""

from dataclasses import dataclass

from bot.sources.base import Batch, Capabilities, Replier, SourceConfig
from bot.sources.kit.oauth2 import OAuth2
from bot.sources.kit.rest import Rest
from bot.sources.kit.sign_in import ClientBy, SignIn, Who
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import KindEntry, secret_variables

ENTRY = KindEntry(
    source="tests.harness.sample_kind:Sample",
    options="tests.harness.sample_kind:SampleOptions",
    secrets=("client_id", "client_secret", "refresh_token"),
    sign_in="tests.harness.sample_kind:sign_in",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOptions:
    """Where the service is."""

    base_url: str


def sign_in(options: SampleOptions) -> SignIn:
    """Return how the service lets applications in."""
    return SignIn(
        network="Sample",
        authorize="https://sample.example/authorize",
        token=f"{options.base_url}/token",
        scopes=("read", "write"),
        client_by=ClientBy.BASIC,
        rotates=True,
        who=Who(f"{options.base_url}/me", ("data", 0, "username")),
    )


class Sample:
    """A source that is asked, and has nothing to show."""

    capabilities = Capabilities(polls=True)
    replies: Replier | None = None

    def __init__(self, config: SourceConfig[SampleOptions], tools: SourceTools) -> None:
        """Take its account; nothing is asked yet."""
        variables = secret_variables(config.kind, config.name)
        account = OAuth2(sign_in(config.options), config, tools, variables)
        self._rest = Rest(
            tools.fetcher,
            config.options.base_url,
            name="Sample",
            not_ours="That is not Sample.",
            renew=account.renew,
            headers=account.headers,
            due=account.due,
            allow_private=config.allow_private,
        )

    async def poll(self, checkpoint: str) -> Batch:
        """Ask who we are."""
        await self._rest.get("/me")
        return Batch(events=(), checkpoint="asked")
