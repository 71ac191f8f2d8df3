"""A mention that arrives at the very moment at which homes change has its card, on many writers too."""

import random
import threading
import time
from dataclasses import replace
from random import Random

from sqlmodel import Session

from handlers.base.events import Posted
from handlers.channels.placement import park_lane
from handlers.listen.ingest import ingest
from handlers.own.reconcile import reconcile
from storage.channels import messages
from storage.engine.database import Database
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import ORGANISATION, START, Scene

HOMELESS = replace(ORGANISATION, departments=tuple(replace(one, homes={}) for one in ORGANISATION.departments))


def arrive_slowly(scene: Scene) -> None:
    """Let a mention arrive, and return while its transaction is still open."""
    arrived = threading.Event()

    def work(session: Session) -> None:
        post = Posted(external_id="post-1", text="Where is my refund?", url="https://blog.example/1")
        rules = scene.organisation.sources[0]
        ingest(session, rules, scene.matcher, scene.organisation, [post], START, random.Random(1))
        session.flush()
        arrived.set()
        time.sleep(0.3)

    scene.database.submit(work)
    assert arrived.wait(HANG_SECONDS)


def has_card(scene: Scene, channel: str) -> bool:
    """Say whether the mention is to stand in a channel."""
    return scene.database.read(lambda session: messages.by_key(session, f"card:1:{channel}")) is not None


def test_what_arrives_while_its_home_is_learned_gets_its_card(database: Database) -> None:
    scene = Scene(database, HOMELESS)
    arrive_slowly(scene)
    database.write(lambda session: reconcile(session, ORGANISATION, START, Random(1)))
    assert has_card(scene, "C-FINANCE")


def test_what_arrives_while_its_home_is_parked_stands_in_the_fallback_home(scene: Scene) -> None:
    lane = scene.database.write(lambda session: messages.lane_id(session, "slack", "C-FINANCE"))
    arrive_slowly(scene)
    scene.database.write(lambda session: park_lane(session, ORGANISATION, lane, "It is archived.", START, START))
    assert has_card(scene, "C-SUPPORT")
