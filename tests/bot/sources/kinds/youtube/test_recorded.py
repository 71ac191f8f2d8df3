"""Recorded answers of the real YouTube, where they lie beside the checkout."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.net.errors import SourceRefused
from bot.sources.base import SourceConfig
from bot.sources.kinds.youtube.options import YouTubeOptions
from bot.sources.kinds.youtube.posts import count_of, inline_of, is_public, is_shown, read_replies, read_video
from bot.sources.kinds.youtube.source import YouTube
from bot.sources.kinds.youtube.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.verdicts import Means
from handlers.base.events import Posted
from handlers.base.replying import Published
from tests.bot.sources.scene import parent_of, played, posts_of
from tests.fakes.google import SECRETS, Json
from tests.fakes.http import Reply, ScriptedServer

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "youtube"
THREADS = sorted(RECORDED.glob("comment_threads/comment_thread*.json")) if RECORDED.is_dir() else []
CHANNEL = "UCa-vrCLQHviTOVnEKDOdetQ"
LISTS = "/youtube/v3/commentThreads"
COMMENTS = "/youtube/v3/comments"

pytestmark = pytest.mark.skipif(not THREADS, reason="the recorded answers are not beside the checkout")


def read(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def asking(server: ScriptedServer, tools: SourceTools, **options: Any) -> YouTube:
    server.on("/token", Reply(body=b'{"access_token": "sample", "token_type": "Bearer", "expires_in": 3599}'))
    chosen = {"channel": CHANNEL, "base_url": server.url(""), "token_url": server.url("/token")} | options
    known = YouTubeOptions(**chosen)
    return YouTube(SourceConfig(name="tube", kind="youtube", options=known, secrets=SECRETS, allow_private=True), tools)


@pytest.mark.parametrize("path", THREADS, ids=[path.stem for path in THREADS])
def test_recorded_threads_are_read_oldest_first(path: Path) -> None:
    document = path.read_bytes()
    threads = json.loads(document)["items"]

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on(LISTS, Reply(body=document))
        posts = posts_of(await asking(server, tools).poll(""))
        assert {post.external_id for post in posts} >= {thread["id"] for thread in threads}
        tops = [post for post in posts if not post.reply_to]
        moments = [post.published_at for post in tops]
        assert moments == sorted(moment for moment in moments if moment is not None)
        for post in posts:
            assert post.text
            assert post.author.external_id.startswith("UC")
            assert post.author.avatar
            assert post.external_id in post.url or not post.url
            assert json.loads(post.facts)["open"] is True

    played(scene)
    assert all(is_public(one) and len(inline_of(one)) <= count_of(one) for one in threads)


def test_recorded_answers_of_a_thread_are_read() -> None:
    pages = [json.loads(read(f"comments/comments_by_parent_paged_{number}.json"))["items"] for number in (1, 2)]
    replies = [one for page in pages for one in page]
    thread = {"id": replies[0]["snippet"]["parentId"], "snippet": {"videoId": "JE8xdDp5B8Q", "canReply": True}}
    found = read_replies(thread, replies, CHANNEL)
    moments = [post.published_at for post in found]
    assert len(found) == 3
    assert moments == sorted(moment for moment in moments if moment is not None)
    assert {channel for post in found if (channel := post.author.external_id)} == {"UCNvMBmCASzTNNX8lW3JRMbw"}
    assert found[0].reply_to == thread["id"]
    assert all(map(is_shown, replies))


def test_recorded_videos_of_a_search_are_read() -> None:
    found = [read_video(one) for one in json.loads(read("search_by_keywords_p1.json"))["items"]]
    videos = [one for one in found if one is not None]
    assert len(videos) >= 20
    assert not any("&amp;" in one.title for one in videos)
    assert all(one.media and one.media[0].url.startswith("https://i.ytimg.com/") for one in videos)


def test_the_recorded_reply_is_published() -> None:
    made: Json = json.loads(read("comments/insert_response.json"))
    thread_id = made["snippet"]["parentId"]

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        source = asking(server, tools)
        server.on(COMMENTS, Reply(body=read("comments/insert_response.json")))
        context = json.dumps({"thread": thread_id, "video": "JE8xdDp5B8Q", "known": [], "after": 0.0})
        post = Posted(external_id=thread_id, text="Hello")
        outcome = await source.replies.publish(source.replies.prepare(parent_of(post), "wow", "s", context))
        assert outcome == Published(made["id"], f"https://www.youtube.com/watch?v=JE8xdDp5B8Q&lc={made['id']}")
        sent = server.requests[-1]
        assert (sent.method, sent.path) == ("POST", f"{COMMENTS}?part=snippet")
        assert sent.headers["authorization"] == "Bearer sample"
        assert json.loads(sent.body) == {"snippet": {"parentId": thread_id, "textOriginal": "wow"}}

    played(scene)


def test_recorded_refusals_mean_what_they_say() -> None:
    told = {
        name: VERDICTS.judge(Answer(status, {}, json.loads(read(f"error_{name}.json")))).means
        for name, status in (("response", 400), ("response_simple", 400), ("permission_resp", 403))
    }
    assert set(told.values()) == {Means.LOOK}

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        source = asking(server, tools)
        server.on(LISTS, Reply(403, body=b'{"error": {"errors": [{"reason": "forbidden"}], "code": 403}}'))
        with pytest.raises(SourceRefused):
            await source.poll("")

    played(scene)
