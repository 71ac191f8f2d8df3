"""Two hands meet: what a verb looked at may be out of date when it writes, and then it looks again."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from sqlmodel import Session

from handlers.base.command import Answer, ByToken, Context, MentionCommand, Who
from handlers.base.errors import NotYours
from handlers.own.claim import ClaimMention, claim_mention
from handlers.own.hand_off import HandOffMention
from handlers.own.note import NoteMention, note_mention
from handlers.own.release import ReleaseMention
from handlers.own.resolve import ResolveMention, resolve_mention
from handlers.people.people import admit
from storage.own import mentions
from storage.own.mentions import MentionRow
from tests.harness.channels import last
from tests.harness.scene import Scene, at


def late(scene: Scene, handler: Callable[[Any, Context], Answer], command: MentionCommand, seen: MentionRow) -> Answer:
    """Run a handler that looked the mention up before somebody else changed it."""

    def work(session: Session) -> Answer:
        assert isinstance(command.who, Who)
        actor, _ = admit(session, command.who, scene.organisation)
        return handler(
            command,
            Context(
                session=session,
                now=scene.now,
                organisation=scene.organisation,
                actor=actor,
                via=command.via,
                who=command.who,
                found=seen,
                random=Random(1),
            ),
        )

    return scene.database.write(work)


def test_a_change_is_written_only_to_what_was_looked_at(scene: Scene) -> None:
    ana = scene.person("Ana")
    seen = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(seen)))
    assert scene.database.write(lambda session: mentions.swap(session, seen, scene.now, status="resolved")) is None
    assert scene.look(seen).status == "claimed"


def test_the_rule_of_right_is_applied_to_what_is_really_replaced(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    seen = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(seen)))
    with pytest.raises(NotYours, match="Ana has"):
        late(scene, resolve_mention, ResolveMention(who=ben, reference=ByToken(seen.token)), seen)
    assert scene.log(seen) == ["arrived", "claimed"]


def test_a_claim_is_logged_from_what_it_took_not_from_what_was_seen_before(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    seen = scene.look(mention)
    scene.do(ReleaseMention(who=ana, reference=ByToken(mention.token)))
    scene.do(HandOffMention(who=ana, reference=ByToken(mention.token), department="support"))
    late(scene, claim_mention, ClaimMention(who=ben, reference=ByToken(mention.token)), seen)
    row, now = last(scene, mention), scene.look(mention)
    assert (row["from_owner_id"], row["to_owner_id"]) == (None, now.owner_id)
    assert row["from_department_id"] == row["to_department_id"] == now.department_id != seen.department_id


def test_a_note_is_logged_with_who_has_it_by_then(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    seen = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(seen)))
    late(scene, note_mention, NoteMention(who=ben, reference=ByToken(seen.token), text="Look."), seen)
    row, now = last(scene, seen), scene.look(seen)
    assert row["from_owner_id"] == row["to_owner_id"] == now.owner_id
