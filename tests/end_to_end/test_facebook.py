"""The main job on Facebook, by its hook: a comment, its card, a reply that stands once, and the answer on that card."""

from pathlib import Path

import pytest

from tests.end_to_end.answering import RunningWithSites, running_with_sites
from tests.end_to_end.office import words
from tests.fakes.sites.facebook import OnFacebook

HOOK = "/hooks/facebook"
LARGE = 350_000


def begun(scene: RunningWithSites) -> OnFacebook:
    """Start the bot, and wait until it listens."""
    bot, site = scene.bot, scene.sites["facebook"]
    assert isinstance(site, OnFacebook)
    bot.start()
    bot.wait_for(lambda: any(row["last_ok_at"] for row in bot.reader.rows("SELECT * FROM source_state")))
    return site


def test_a_comment_is_answered_once_and_its_authors_answer_stands_on_the_same_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OnFacebook, "every", "1h")  # what comes in time comes by the hook
    with running_with_sites(tmp_path, ["facebook"]) as scene:
        site, bot = begun(scene), scene.bot
        (story,) = scene.begin("facebook")
        headers, raw = site.padded(story.parent, LARGE)
        assert len(raw) > 300_000
        assert bot.deliver(HOOK, raw, {**headers, "X-Hub-Signature-256": "sha256=00"}) == 401
        assert [bot.deliver(HOOK, raw, headers) for _ in range(2)] == [200, 200]
        scene.arrive()
        scene.draft([story])
        scene.publish([story])
        tally = scene.finish()
        assert not tally, str(tally)
        (ours,) = site.replies()
        for one in (ours.name, site.answer("#acme refund: thank you!", story.parent)):
            headers, raw = site.change(one)
            assert bot.deliver(HOOK, raw, headers) == 200
        bot.wait_for(lambda: [row["action"] for row in bot.reader.log()].count("author_answered") == 1)
        bot.settle(1)
        (card,) = scene.cards()
        assert "thank you!" in words(card)
        assert len(site.replies()) == 1
        assert "Traceback" not in bot.log


def test_a_token_that_dies_on_the_way_lets_the_reply_wait_and_is_told_of_once(tmp_path: Path) -> None:
    with running_with_sites(tmp_path, ["facebook"]) as scene:
        site, bot = begun(scene), scene.bot
        (story,) = scene.begin("facebook")
        scene.arrive()
        scene.draft([story])
        # It lets us look at the comment, and dies before the reply arrives.
        site.gate.hook = ("arrived", site.revoke_now)
        scene.publish([story])
        bot.wait_for(lambda: "its replies wait" in bot.log and scene.rows()[0]["state"] == "due")
        assert site.replies() == []
        site.restore()
        bot.restart()
        tally = scene.finish()
        assert not tally, str(tally)
        assert scene.told("Replies on facebook wait") == scene.told("Replies on facebook go out again") == 1
        assert "DIBS_SOURCE_FACEBOOK_ACCESS_TOKEN" in bot.log
        assert "EAAsample" not in bot.log
