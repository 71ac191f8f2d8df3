"""What answers there and is no Facebook: a trouble of the service, never a bug of ours."""

import json
from typing import Any

import pytest

from bot.net.errors import SourceUnavailable
from bot.sources.base import SourceConfig
from bot.sources.kinds.facebook.options import FacebookOptions
from bot.sources.kinds.facebook.source import Facebook
from bot.sources.kit.options import OptionError
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Posted
from tests.bot.sources.scene import played
from tests.fakes.facebook import PAGE
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.meta import SECRETS

NONSENSE: list[Any] = [None, True, 7, -1.5, "x", "\ud800", [], [7], {"a": 1}, 10**400]


def asked(server: ScriptedServer, tools: SourceTools) -> Facebook:
    options = FacebookOptions(page=PAGE, base_url=server.url(""))
    return Facebook(
        SourceConfig(name="page", kind="facebook", options=options, secrets=SECRETS, allow_private=True), tools
    )


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"7", b"null", b"{}", b'{"data": {}}', b'{"data": "x"}'])
def test_an_answer_of_another_shape_is_a_trouble_of_the_service(body: bytes) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on(f"/{PAGE}/feed", Reply(body=body))
        with pytest.raises(SourceUnavailable, match="did not answer as Facebook does"):
            await asked(server, tools).poll("")

    played(scene)


@pytest.mark.parametrize("given", NONSENSE, ids=lambda given: repr(given)[:9])
def test_nonsense_in_a_list_costs_itself_alone(given: Any) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        comment = {"id": "12_34", "message": "Hello", "created_time": "2026-03-04T05:00:00+0000"}
        names = ("id", "message", "created_time", "from", "parent", "can_comment", "is_hidden", "attachment")
        comments = [comment, given, *(comment | {"id": "12_35", name: given} for name in names)]
        post = {"id": f"{PAGE}_12", "from": {"id": PAGE}, "comments": {"data": comments, "paging": given}}
        posts = [post, given, post | {"comments": given}, post | {"from": given}, post | {"full_picture": given}]
        listed = json.dumps({"data": posts, "paging": given}).encode()
        server.on(f"/{PAGE}/feed", Reply(body=listed))
        server.on(f"/{PAGE}/tagged", Reply(body=b'{"data": []}'))
        source = asked(server, tools)
        batch = await source.poll("")
        assert "12_34" in {one.external_id for one in batch.events if isinstance(one, Posted)}
        await source.poll(batch.checkpoint)

    played(scene)


@pytest.mark.parametrize(
    "checkpoint",
    [
        "",
        "x",
        "[]",
        "[" * 9_000,
        '{"lists": 7, "began": "x", "heard": [], "watch": [7], "said": {"a": 1}}',
        '{"lists": {"feed": 7}, "watch": {"a": "b"}, "said": [[1, 2], ["a", "b", "c", "d"], 7]}',
    ],
    ids=lambda text: text[:12],
)
def test_a_checkpoint_that_is_not_ours_begins_anew(checkpoint: str) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        for edge in ("feed", "tagged"):
            server.on(f"/{PAGE}/{edge}", Reply(body=b'{"data": []}'))
        assert (await asked(server, tools).poll(checkpoint)).events == ()

    played(scene)


@pytest.mark.parametrize(
    ("options", "key"),
    [({"page": ""}, "page"), ({"page": "acme"}, "page"), ({"page": PAGE, "base_url": "graph"}, "base_url")],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, str], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        FacebookOptions(**options)
    assert caught.value.key == key


def test_a_token_is_wanted_and_never_goes_out_in_the_clear() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        options = FacebookOptions(page=PAGE, base_url=server.url(""))
        for secrets, said in (({}, "ACCESS_TOKEN"), (SECRETS, "in the clear")):
            config = SourceConfig(name="page", kind="facebook", options=options, secrets=secrets)
            with pytest.raises(OptionError, match=said):
                Facebook(config, tools)

    played(scene)
