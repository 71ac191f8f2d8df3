"""Rules of an account that is not let in any more: who keeps its source hears once, and it is looked at each minute."""

import json

import pytest
from sqlmodel import Session, select

from bot.net.errors import SignedOut
from handlers.base.charter import Charter
from storage.tables.messages import Lane, Message
from storage.tables.states import MessageKind
from tests.bot.sources.runner.running import SourcesInstallation, at_work, feed
from tests.bot.sources.runner.test_runner import Played, batch, played
from tests.harness.scene import Scene

WHY = "Sample does not let the account in any more. Sign in again by `dibs source login news`."


def told(scene: Scene) -> list[tuple[str, str]]:
    """Return what was told, and in which lane."""

    def read(session: Session) -> list[tuple[str, str]]:
        found = session.exec(select(Message, Lane).join(Lane).where(Message.kind == MessageKind.NOTICE))
        return [(lane.channel, json.loads(one.body or "")["title"]) for one, lane in found]

    return scene.database.read(read)


@pytest.mark.parametrize(
    ("owner", "channel"),
    [
        ("chloe@acme.example", "@UCHLOE"),
        ("finance", "C-FINANCE"),
        ("", "@UANA"),
        ("nobody@acme.example", "@UANA"),
        ("nowhere", "@UANA"),
    ],
)
def test_who_keeps_the_charter_is_told_once_else_the_admins(scene: Scene, owner: str, channel: str) -> None:
    for name in ("Ana", "Chloe"):
        scene.person(name, f"{name.lower()}@acme.example")

    async def story(house: SourcesInstallation) -> None:
        source = feed("news", house.server.url("/feed"), charter=Charter(written=True, owner=owner))
        runner = house.runner(source)
        played(runner, Played(SignedOut(WHY), SignedOut(WHY), SignedOut(WHY), batch("p1")))
        polled = await house.poll(runner)
        assert polled.next_at is not None
        assert 60 <= (polled.next_at - scene.now).total_seconds() <= 66
        await house.poll(runner, minutes=2)
        assert house.troubles() == [f"Nothing is heard at news, and replies there wait: {WHY}"]
        await house.poll(runner, minutes=2)
        await house.poll(runner, minutes=2)
        assert house.troubles() == []

    at_work(scene, story)
    assert told(scene) == [
        (channel, f"Nothing is heard at news, and replies there wait: {WHY}"),
        (channel, "The source news works again."),
    ]
