"""Rules of `dibs source test`: it stores nothing and says what would become of each post."""

from dataclasses import replace
from typing import Any

import pytest

from bot.sources.base import SourceConfig, SourceSettings
from bot.sources.kinds.webhook.options import WebhookOptions
from bot.sources.kit.signatures import Scheme
from bot.sources.kit.tools import SourceTools
from bot.sources.runner.dry_run import NoSuchSource, Report, try_source
from handlers.base.organisation import SourceRules
from tests.bot.sources.runner.running import feed, rss
from tests.bot.sources.scene import played
from tests.fakes.http import Reply, ScriptedServer
from tests.harness.scene import ORGANISATION


def tried(reply: Reply, *, private: bool = True, **rules: Any) -> Report:
    found: list[Report] = []

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/feed", reply)
        source = feed("news", server.url("/feed"), private=private, **{"backfill": 0, **rules})
        found.append(await try_source([source], ORGANISATION, tools, "news"))

    played(scene)
    return found[0]


def hooked(secrets: dict[str, str], public_url: str | None, scheme: Scheme = Scheme.BEARER) -> Report:
    found: list[Report] = []

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        options = WebhookOptions(scheme=scheme, map={"text": "/body"})
        config = SourceConfig(name="pushed", kind="webhook", options=options, secrets=secrets)
        source = SourceSettings(config=config, rules=SourceRules(name="pushed", kind="webhook", baseline=False))
        found.append(await try_source([source], ORGANISATION, tools, "pushed", public_url=public_url))

    played(scene)
    return found[0]


def test_each_post_is_told_with_its_topic_terms_and_department() -> None:
    report = tried(Reply(body=rss(("b", "Nice weather"), ("a", "Where is my refund?"))))
    assert report.ok
    assert report.lines[0] == "news (feed): 2 seen, 1 would match."
    assert report.lines[1] == "  matched     “Where is my refund?” -> Finance (Topic billing: “refund”)"
    assert report.lines[2] == "  fallback    “Nice weather” -> Customer support"
    assert report.lines[3].startswith("At the first start none of these becomes a card")


def test_what_a_source_would_drop_and_what_is_our_own_is_told() -> None:
    report = tried(Reply(body=rss(("b", "Nice weather"))), unmatched="drop")
    assert report.lines[1] == "  dropped     “Nice weather”"
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id><title>Our refund policy</title>
        <author><name>Acme</name><uri>https://acme.example/</uri></author></entry></feed>"""
    report = tried(Reply(body=atom), own_accounts=frozenset({"https://acme.example"}))
    assert report.lines[1] == "  our own     “Our refund policy”, Acme"


def test_only_the_last_twenty_five_are_told_but_all_are_counted() -> None:
    report = tried(Reply(body=rss(*((f"g{number}", f"Refund {number}") for number in range(40)))), backfill=None)
    assert report.lines[:2] == ("news (feed): 40 seen, 40 would match.", "The last 25:")
    assert len(report.lines) == 27
    assert "Refund 24" in report.lines[2]
    assert "Refund 0”" in report.lines[-1]


def test_a_feed_without_posts_says_so() -> None:
    assert tried(Reply(body=rss())).lines[0] == "news (feed) answered, and shows no posts."


@pytest.mark.parametrize(
    ("reply", "private", "said"),
    [
        (Reply(401), True, "refused the request with 401"),
        (Reply(503), True, "answered 503"),
        (Reply(body=b"no feed"), True, "feed"),
        (Reply(body=rss()), False, "public"),
    ],
)
def test_a_source_that_cannot_be_asked_says_why(reply: Reply, private: bool, said: str) -> None:
    report = tried(reply, private=private)
    assert not report.ok
    assert said in report.lines[0]


def test_foreign_text_cannot_write_over_the_terminal() -> None:
    hostile = rss(("a", "refund &#x9b;2J \u202egnp.exe\u2066 &#8203; next\nline"))
    lines = tried(Reply(body=hostile)).lines
    assert all(line.isprintable() for line in lines)
    assert "gnp.exe" in lines[1]


def test_a_hook_tells_where_to_send_and_where_its_secret_stands() -> None:
    report = hooked({"secret": "sample-of-a-secret"}, "https://dibs.acme.example")
    assert report.ok
    assert "https://dibs.acme.example/hooks/pushed" in report.lines[1]
    assert report.lines[2] == "Its secret stands in DIBS_HOOK_PUSHED_SECRET: set."
    assert "sample-of-a-secret" not in str(report)


def test_a_hook_whose_secret_stands_in_its_address_names_the_variable_and_not_the_secret() -> None:
    report = hooked({"secret": "sample-of-a-secret"}, "https://dibs.acme.example", Scheme.PATH)
    assert "https://dibs.acme.example/hooks/pushed/<DIBS_HOOK_PUSHED_SECRET>" in report.lines[1]
    assert "sample-of-a-secret" not in str(report)


def test_a_hook_without_its_secret_is_not_well() -> None:
    report = hooked({}, None)
    assert not report.ok
    assert "DIBS_HOOK_PUSHED_SECRET: not set" in report.lines[-1]
    assert "DIBS_PUBLIC_URL" in report.lines[2]


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        source = feed("news", server.url("/feed"))
        other = replace(source, rules=replace(source.rules, name="blog"))
        with pytest.raises(NoSuchSource, match=r"no source nws; dibs\.toml has blog, news\."):
            await try_source([source, other], ORGANISATION, tools, "nws")

    played(scene)
