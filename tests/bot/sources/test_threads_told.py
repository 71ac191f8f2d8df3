"""What networks tell of the public thread to which something belongs, and where they do not tell it."""

from typing import Any

import pytest

from bot.sources.kinds.bluesky.posts import read_record, read_view
from bot.sources.kinds.bluesky.posts import writer as writer_on_bluesky
from bot.sources.kinds.discourse.posts import read_post as read_on_discourse
from bot.sources.kinds.github.posts import read_thing as read_on_github
from bot.sources.kinds.lemmy.posts import read_event as read_on_lemmy
from bot.sources.kinds.reddit.posts import read_post as read_on_reddit
from bot.sources.kinds.stack_exchange.posts import read_post as read_on_stack_exchange
from bot.sources.kinds.x.posts import Me, Shown
from bot.sources.kinds.x.posts import read_post as read_on_x
from handlers.base.events import Posted

ROOT = "at://did:plc:root/app.bsky.feed.post/3aaa"
OURS = Me(id="7", username="acme")


def record(**reply: Any) -> dict[str, Any]:
    return {
        "text": "Me too.",
        "reply": {"root": {"uri": ROOT}, "parent": {"uri": ROOT.replace("3aaa", "3bbb")}, **reply},
    }


def test_reddit_tells_the_submission() -> None:
    comment = {"name": "t1_a", "parent_id": "t1_b", "link_id": "t3_c", "body": "Me too."}
    assert read_on_reddit(comment).thread == "t3_c"
    assert read_on_reddit({"name": "t3_c", "title": "Refund", "selftext": ""}).thread == ""
    assert read_on_reddit({"name": "t1_a", "parent_id": "t1_b", "body": "It came in the inbox."}).thread == ""


def test_bluesky_tells_the_first_post_but_of_what_answers_us() -> None:
    uri, by = "at://did:plc:kim/app.bsky.feed.post/3ccc", writer_on_bluesky("did:plc:kim")
    heard = read_record(uri, record(), by)
    assert heard is not None
    assert heard.thread == ROOT
    view = {"uri": uri, "record": record(), "author": {"did": "did:plc:kim"}}
    for reason, thread in (("mention", ROOT), ("reply", "")):
        told = read_view({**view, "reason": reason})
        assert told is not None
        assert told.thread == thread


def test_discourse_tells_the_topic_of_its_first_post_too() -> None:
    for number in (1, 2):
        told = {"id": number, "topic_id": 9, "post_number": number, "cooked": "<p>Hello</p>"}
        assert read_on_discourse(told, "https://forum.example").thread == "topic:9"


def test_lemmy_tells_the_post_below_which_a_comment_stands() -> None:
    top = {"id": 1, "ap_id": "https://lemmy.example/post/1", "name": "Refund"}
    comment = {"id": 2, "ap_id": "https://lemmy.example/comment/2", "content": "Me too."}
    for shown, thread in (({"post": top, "comment": comment}, "https://lemmy.example/post/1"), ({"post": top}, "")):
        told = read_on_lemmy({**shown, "community": {"visibility": "public"}}, "lemmy.example")
        assert isinstance(told, Posted)
        assert told.thread == thread


def test_github_tells_the_issue() -> None:
    comment = {"html_url": "https://github.com/acme/rocket/issues/5#issuecomment-77", "body": "Me too.", "user": {}}
    heard = read_on_github(comment, "acme")
    assert heard is not None
    issue = read_on_github(
        {"html_url": "https://github.com/acme/rocket/issues/5", "body": "It fails.", "user": {}}, "acme"
    )
    assert issue is not None
    assert (heard.thread, issue.thread) == (issue.external_id, "")


def test_stack_exchange_tells_the_question() -> None:
    answer = {"post_id": 2, "post_type": "answer", "body": "So."}
    question = {"post_id": 1, "post_type": "question", "body": "How?"}
    assert read_on_stack_exchange(answer, {"question_id": 1}, "stackoverflow").thread == "stackoverflow:1"
    assert read_on_stack_exchange(question, {"question_id": 1}, "stackoverflow").thread == ""


@pytest.mark.parametrize(("to", "thread"), [("8", "1"), ("7", "")])
def test_x_tells_the_first_post_but_of_what_answers_us(to: str, thread: str) -> None:
    shown = Shown(posts=(), users={}, files={}, following="")
    said = {"id": "3", "text": "Me too.", "conversation_id": "1", "in_reply_to_user_id": to}
    assert read_on_x(said, shown, OURS).thread == thread
    assert read_on_x({"id": "1", "text": "A refund?", "conversation_id": "1"}, shown, OURS).thread == ""
