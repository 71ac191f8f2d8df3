"""The main job on GitHub, by its hook: an issue, its card, a reply that stands once, and the answer on that card."""

import hmac
from pathlib import Path

import pytest

from tests.end_to_end.answering import running_with_sites
from tests.end_to_end.office import words
from tests.fakes.github_things import SECRET
from tests.fakes.sites.github import OnGitHub

HOOK = "/hooks/github"


def test_an_issue_is_answered_once_and_its_authors_answer_stands_on_the_same_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OnGitHub, "every", "1h")  # what comes in time comes by the hook
    with running_with_sites(tmp_path, ["github"]) as scene:
        bot, site = scene.bot, scene.sites["github"]
        assert isinstance(site, OnGitHub)
        bot.start()
        bot.wait_for(lambda: any(row["last_ok_at"] for row in bot.reader.rows("SELECT * FROM source_state")))
        (story,) = scene.begin("github")
        headers, raw = site.delivery("opened", story.parent)
        assert bot.deliver(HOOK, raw, {**headers, "X-Hub-Signature-256": "sha256=00"}) == 401
        assert [bot.deliver(HOOK, raw, headers) for _ in range(2)] == [200, 200]
        star = b'{"action": "created", "starred_at": "2026-03-04T05:06:07Z"}'
        signed = {"X-Hub-Signature-256": f"sha256={hmac.digest(SECRET.encode(), star, 'sha256').hex()}"}
        assert bot.deliver(HOOK, star, signed) == 200
        scene.arrive()
        scene.draft([story])
        scene.publish([story])
        tally = scene.finish()
        assert not tally, str(tally)
        (ours,) = site.replies()
        for one in (ours.name, site.answer("#acme refund: thank you!", ours.name)):
            headers, raw = site.delivery("created", one)
            assert bot.deliver(HOOK, raw, headers) == 200
        bot.wait_for(lambda: [row["action"] for row in bot.reader.log()].count("author_answered") == 1)
        bot.settle(1)
        (card,) = scene.cards()
        assert "thank you!" in words(card)
        assert "dibs:" not in words(card)
        assert len(site.replies()) == 1
        assert "Traceback" not in bot.log
