"""What strangers write pings nobody, links to nothing under a false name, and breaks no card, form or digest."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.bot_process import mentioned
from tests.end_to_end.feed_server import Item
from tests.end_to_end.office import RunningOnSlack, running_on_slack, words
from tests.fakes.slack.records import Message

HOSTILE = {
    "channel": "<!channel> <!here> <!everyone> refund",
    "person": "<@U1> <@U000000006> <!subteam^S1> refund",
    "spoofed link": "<https://evil.example|https://acme.example/login> [acme.example](https://evil.example) refund",
    "markdown": "*bold* _italic_ ~gone~ `code` ```block``` > quote\n# title\n- list refund",
    "entities": "&lt;!channel&gt; &amp;lt;!channel&amp;gt; &#60;!channel&#62; refund",
    "long": "refund " + "x" * 40_000,
    "long lines": "refund\n" * 6_000,
    "right to left": "\u202e\u2066refund\u202e evil \u200f\u061c مرحبا بالعالم",
    "zero width": "re\u200bfund \u200b\u200c\u200d\ufeff" * 500 + " refund",
    "combining": "refund " + "Z" + "\u0301" * 3_000,
    "emoji": "refund :smile: :+1: 👩‍👩‍👧‍👦" + "🔥" * 3_000,
    "controls": "refund \x00\x01\x1b[31m\x7f\u2028\u2029 \ud83d".encode("utf-8", "surrogatepass").decode(
        "utf-8", "replace"
    ),
    "json": '{"blocks": [{"type": "section"}]} "}]} refund',
}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[RunningOnSlack]:
    """A bot that was pushed every hostile text, as text, title and author, and was shown each in a feed too."""
    items = [Item(id=f"item-{number}", text=text, title=text[:500]) for number, text in enumerate(_clean())]
    with running_on_slack(tmp_path, items) as found:
        found.bot.start()
        posts = [
            mentioned(number, text, title=text[:2_000], author=text[:300])
            for number, text in enumerate(HOSTILE.values())
        ]
        assert found.bot.push(*posts) == 200
        found.settle([item.id for item in items] + [post["id"] for post in posts])
        yield found


def _clean() -> list[str]:
    """Return the texts that an XML document can hold."""
    return ["".join(one for one in text if one in "\n\t" or one >= " ") for text in HOSTILE.values()]


def refuse_harm(scene: RunningOnSlack, *things: Any) -> None:
    """Fail when something pings, or leads elsewhere than it says."""
    for thing in things:
        assert not scene.slack.pings(thing), f"{scene.slack.pings(thing)}: {words(thing)[:300]}"


def every_message(scene: RunningOnSlack) -> list[Message]:
    """Return all that stands in the channels and in direct messages."""
    office = scene.office
    return [
        message
        for room in (office.support, office.finance, office.ana, office.ben)
        for message in scene.slack.messages(room)
    ]


def test_hostile_mentions_hurt_nobody_anywhere(scene: RunningOnSlack) -> None:
    office, slack, bot = scene.office, scene.slack, scene.bot
    cards = [card for room in (office.finance, office.support) for card in office.cards(room)]
    assert len(cards) == 2 * len(HOSTILE)
    for number, card in enumerate(cards):
        assert slack.press(office.ana, card, "More…").status == 200
        refuse_harm(scene, *slack.views(office.ana))
        assert slack.submit(office.ana, {"verb": "note"}).status == 200
        refuse_harm(scene, *slack.views(office.ana))
        assert slack.submit(office.ana, {"text": f"<!channel> <@U1> {card.text[:500]}"}).status == 200
        assert slack.press(office.ana, card, "Assign").status == 200
        assert slack.submit(office.ana, {"person": office.ben.id}).status == 200
        assert slack.press(office.ana, card, "dibs:claim", stale=True).status == 200
        if number % 5 == 0:
            ref = next(row["token"] for row in bot.reader.mentions() if card.key.startswith(f"card:{row['id']}:"))
            for typed in (f"log #{ref}", "list", "mine", "<!channel> <@U1>"):
                assert slack.slash(office.ben, office.finance, typed).status == 200
    for person in (office.ana, office.ben):
        assert slack.open_home(person).status == 200
        bot.wait_for(lambda: slack.home(person))  # noqa: B023
        refuse_harm(scene, slack.home(person))
    bot.settle(len(cards))
    bot.wait_for(lambda: len(slack.messages(office.ben)) >= 1)
    bot.wait_for(lambda: len(slack.ephemerals(office.ana)) >= len(cards))
    _restart_with_digests(scene)
    refuse_harm(scene, *every_message(scene), *slack.ephemerals(office.ana), *slack.ephemerals(office.ben))
    # <@U1> is nobody here, and was asked for; nothing that was sent is refused.
    assert [refusal for refusal in slack.refusals if refusal != ("users.info", "user_not_found")] == []
    assert not bot.reader.rows("SELECT * FROM message WHERE state = 'parked' OR plain")
    assert "Traceback" not in bot.log


def _restart_with_digests(scene: RunningOnSlack) -> None:
    """Let the digests of today be late: they come at the start."""
    scene.bot.term()
    scene.bot.digest = '"00:00"'
    scene.bot.configure()
    scene.bot.start()
    scene.bot.wait_for(lambda: sum(one.key.startswith("digest:") for one in every_message(scene)) == 2)
