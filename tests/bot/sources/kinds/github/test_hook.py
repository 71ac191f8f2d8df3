"""Rules of what GitHub posts to a hook: proven by its body alone, in any order, and again."""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.sources.base import Delivered, HookRefused
from bot.sources.kinds.github.hook import FRESH
from bot.sources.kinds.github.source import OVERLAP, GitHub
from handlers.base.events import Deleted, Event, Posted
from tests.bot.sources.kinds.github.scene import SECRETS, Make, played, walked
from tests.fakes.github import FakeGitHub
from tests.fakes.github_things import BEGIN, SECRET, US

SOON = BEGIN + timedelta(minutes=1)


def received(source: GitHub, delivery: tuple[Mapping[str, str], bytes], now: datetime = SOON) -> Delivered[Event]:
    return source.receive(*delivery, now)


@pytest.mark.parametrize("action", ["opened", "edited"])
def test_what_is_new_of_an_issue_or_a_discussion_is_taken_at_once_and_rings(action: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        for thing in (site.issue("Charged twice", "Acme 😭"), site.discussion("Which?", "Acme 🐙")):
            said = received(make(), site.delivery(action.replace("opened", "created"), thing))
            (one,) = said
            assert isinstance(one, Posted)
            assert (one.external_id, one.title) == (thing["_name"], thing["title"])
            assert said.poll_now
            found, _ = await walked(make())
            assert found[one.external_id] == one

    played(story)


def test_a_comment_rings_since_whom_it_answers_is_known_in_order_alone() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        issue, topic = site.issue("Hello"), site.discussion("Hello")
        for thing in (site.comment(issue, "a"), site.comment(topic, "b")):
            for action in ("created", "edited"):
                said = received(make(), site.delivery(action, thing))
                assert (list(said), said.poll_now) == ([], True)

    played(story)


def test_what_is_gone_is_said_however_old_it_is_and_what_was_moved_stands_in_its_new_place() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        source = make(repositories=("acme/app", "acme/web"))
        issue, topic = site.issue("Hello"), site.discussion("Hello")
        for thing in (issue, topic, site.comment(issue, "a"), site.comment(topic, "b")):
            said = received(source, site.delivery("deleted", thing), SOON + timedelta(days=900))
            assert (list(said), said.poll_now) == ([Deleted(external_id=thing["_name"])], False)
        new = {"html_url": f"{site.base_url}/acme/web/issues/7", "title": "Hello", "user": issue["user"], "body": None}
        to: dict[str, Any] = {"new_issue": new, "new_repository": {"full_name": "Acme/Web", "private": False}}
        gone, there = received(source, site.delivery("transferred", issue, changes=to))
        assert (gone, there.external_id) == (Deleted(external_id="acme/app#1"), "acme/web#7")  # type: ignore[union-attr]
        to["new_repository"] = {"full_name": "others/web", "private": False}
        assert list(received(source, site.delivery("transferred", issue, changes=to))) == [gone]

    played(story)


@pytest.mark.parametrize("action", ["labeled", "locked", "closed", "starred", "answered", "pinned", "", "unknown"])
def test_what_nobody_asked_for_is_taken_and_nothing(action: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        issue = site.issue("Hello")
        said = received(make(), site.delivery(action, issue))
        assert (list(said), said.poll_now) == ([], False)

    played(story)


@pytest.mark.parametrize(
    "payload",
    [
        {"zen": "Design for failure.", "hook_id": 1, "hook": {}},
        {"action": "created", "starred_at": None, "repository": {"full_name": "acme/app", "private": False}},
        {"action": "opened", "issue": None, "repository": {"full_name": "acme/app", "private": False}},
        {"action": "created", "comment": {"html_url": 7}, "issue": [], "repository": "acme/app"},
        {"action": 7, "issue": {"html_url": "https://github.com/acme/app/issues/1"}},
        [],
        7,
        None,
    ],
)
def test_whatever_is_signed_is_taken_and_what_is_no_issue_is_nothing(payload: object) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        headers, raw = signed(json.dumps(payload).encode())
        said = received(make(), (headers, raw))
        assert (list(said), said.poll_now) == ([], False)

    played(story)


def test_other_repositories_private_ones_pull_requests_and_robots_are_not_heard() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        site.visibility |= {"other/tool": "public", "acme/secret": "private"}
        source = make(repositories=("acme/app", "acme/secret"))
        pull = site.issue("A change", kind="pull")
        for thing in (site.issue("a", repository="other/tool"), site.issue("b", repository="acme/secret"), pull):
            for action in ("opened", "deleted"):
                said = received(source, site.delivery(action, thing))
                assert (list(said), said.poll_now) == ([], False)
        assert not list(received(source, site.delivery("opened", site.issue("Bump", "…", "dependabot[bot]"))))
        assert not received(source, site.delivery("created", site.comment(pull, "Looks good"))).poll_now
        assert list(received(make(pull_requests=True), site.delivery("opened", pull)))
        assert not list(received(make(listen="search", query="a"), site.delivery("opened", site.issue("c"))))
        (ours,) = received(source, site.delivery("opened", site.issue("Ours", "…", US)))
        assert isinstance(ours, Posted)  # the house knows our accounts

    played(story)


# --- order, repeats, and time -----------------------------------------------------------------------------------------


def test_the_same_delivery_is_known_by_what_is_signed_whatever_its_headers_say() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        issue = site.issue("Hello")
        headers, raw = site.delivery("opened", issue)
        first = received(make(), (headers, raw))
        other = {**headers, "X-GitHub-Delivery": "another", "X-GitHub-Event": "ping"}
        again = received(make(), (other, raw))
        assert first.known_by
        assert (again.known_by, list(again)) == (first.known_by, list(first))
        site.edit(issue, "Hello again")
        assert received(make(), site.delivery("edited", issue)).known_by != first.known_by

    played(story)


def test_what_was_caught_and_is_played_again_later_neither_rings_nor_brings_old_words_back() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        issue = site.issue("Hello")
        for thing in (issue, site.comment(issue, "a")):
            for now in (BEGIN + FRESH + timedelta(seconds=9), BEGIN - FRESH - timedelta(seconds=9)):
                said = received(make(), site.delivery("edited", thing), now)
                assert (list(said), said.poll_now) == ([], False)
        # What comes late within that time is mended by the poll that it asks for.
        assert FRESH <= OVERLAP

    played(story)


# --- signatures -------------------------------------------------------------------------------------------------------


def signed(raw: bytes, secret: str = SECRET) -> tuple[dict[str, str], bytes]:
    return {"x-hub-signature-256": f"sha256={hmac.digest(secret.encode(), raw, 'sha256').hex()}"}, raw


def test_emoji_as_they_are_and_as_escapes_are_signed_as_they_were_sent() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        bodies = []
        for _ in range(2):
            headers, raw = site.delivery("opened", site.issue("Hello", "Acme 😭"))
            bodies.append(b"\\ud83d\\ude2d" in raw)
            assert list(received(make(), (headers, raw)))
            turned = json.dumps(json.loads(raw), ensure_ascii=b"\\ud83d" not in raw).encode()
            with pytest.raises(HookRefused) as caught:
                received(make(), (headers, turned))
            assert caught.value.status == 401
        assert sorted(bodies) == [False, True]

    played(story)


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=00", "sha1=00", "garbage", "sha256=" + "é" * 64])
def test_what_is_not_signed_with_our_secret_is_refused(signature: str) -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        headers, raw = site.delivery("opened", site.issue("Hello"))
        for given in ({**headers, "X-Hub-Signature-256": signature}, {}, site.delivery("opened", site.issue("x"))[0]):
            with pytest.raises(HookRefused) as caught:
                received(make(), (given, raw))
            assert caught.value.status == 401

    played(story)


def test_without_a_secret_nothing_is_taken_and_while_it_is_changed_either_is() -> None:
    async def story(site: FakeGitHub, make: Make) -> None:
        delivery = site.delivery("opened", site.issue("Hello"))
        for secrets in ({}, {"webhook_secret": " "}):
            with pytest.raises(HookRefused, match="DIBS_SOURCE_CODE_WEBHOOK_SECRET"):
                received(make({"token": SECRETS["token"], **secrets}), delivery)
        assert list(received(make({**SECRETS, "webhook_secret": f"new {SECRET}"}), delivery))

    played(story)


@pytest.mark.parametrize("raw", [b"", b"payload=%7B", b"{", b"[" * 100_000, b"\xff"])
def test_what_is_signed_and_no_json_is_refused(raw: bytes) -> None:
    async def story(_: FakeGitHub, make: Make) -> None:
        with pytest.raises(HookRefused) as caught:
            received(make(), signed(raw))
        assert caught.value.status == 400

    played(story)
