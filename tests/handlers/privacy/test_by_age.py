"""By age: the first night tells, the next removes what is done with, and what waits for somebody stays."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session

from handlers.base.events import Author
from handlers.base.organisation import Retention
from handlers.base.stored import from_json
from handlers.channels.notify import tell_about
from handlers.dispatch.dispatch import Dispatcher
from handlers.dispatch.ticks import TICKS
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from handlers.privacy import by_age
from handlers.privacy.by_age import prepare_removal
from handlers.report.digest import build_digest
from storage.channels import lanes, messages
from storage.channels.lanes import Outcome
from storage.channels.messages import MessageRow
from storage.listen import retention
from storage.own import mentions, ownership
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import Action, MessageState, Status
from tests.handlers.privacy.everywhere import found_in
from tests.harness.scene import ORGANISATION, Scene, at

DAYS = 30
WORDS = ("quetzalwort", "quillfeather", "zoequill", "zid-9917")
ZOE = Author(name="Zoe Quillfeather", handle="zoequill", external_id="zid-9917")
RETENTION = next(one for one in TICKS if one.name == "retention")


@pytest.fixture
def kept(scene: Scene) -> Scene:
    """A scene of which thirty days are kept."""
    return keep(scene, Retention(days=DAYS))


def keep(scene: Scene, how: Retention) -> Scene:
    scene.organisation = replace(ORGANISATION, retention=how)
    scene.dispatcher = Dispatcher(scene.organisation, scene.dispatcher.random)
    return scene


def night(scene: Scene, most: int = 100) -> int:
    """Let the tick run at this moment, in at most so many steps; returns how many there were."""
    done = 0
    for step in RETENTION.steps(scene.organisation).values():
        while done < most:
            command = scene.database.read(partial(scene.dispatcher.prepare, prepare=step, now=scene.now))
            if command is None or not scene.do(command).ok:
                break
            done += 1
    return done


def old(scene: Scene, text: str = "The refund of my quetzalwort never came", *, done: bool = True) -> MentionRow:
    """Let a mention be there for longer than it is kept."""
    ana = scene.person("Ana", "ana@acme.example")
    row = scene.arrive(text, author=ZOE)
    if done:
        scene.do(ClaimMention(reference=at(row), who=ana))
        scene.do(ResolveMention(reference=at(scene.look(row)), who=ana))
    scene.pass_time(days=DAYS + 1)
    return row


def direct(scene: Scene) -> list[str]:
    """Return what Ana was told directly of what goes by age."""

    def look(session: Session) -> list[str]:
        found = (messages.get(session, one) for one in range(1, 200) if _exists(session, one))
        return [from_json(one.body or "").text for one in found if one.key.startswith("retention:")]

    return scene.database.read(look)


def _exists(session: Session, message_id: int) -> bool:
    return bool(messages.several(session, [message_id]))


def test_nothing_goes_by_age_unless_dibs_toml_says_so(scene: Scene) -> None:
    old(scene)
    assert (night(scene), scene.database.read(retention.rows)) == (0, {})
    assert found_in(scene.database, *WORDS) != set()


def test_the_first_night_tells_and_the_next_removes(kept: Scene) -> None:
    row = old(kept)
    rows, head = kept.database.read(ownership.head)
    assert night(kept) == 1
    said = "blog: 1 mentions and 0 other posts, older than 30 days"
    assert direct(kept) == [
        f"From tomorrow night on, [retention] in dibs.toml removes what is done with or kept back: {said}."
    ]
    assert "Removed by age from tonight on" in repr(digest(kept, "support"))
    assert "Removed by age from tonight on" not in repr(digest(kept, "finance"))
    assert found_in(kept.database, *WORDS) != set()
    kept.pass_time(days=1)
    assert night(kept) == 3  # the mention, its author, and that nothing is left
    assert found_in(kept.database, *WORDS) == set()
    assert kept.database.read(lambda session: ownership.verify(session, head)).trouble == ""
    assert (kept.database.read(ownership.head)[0], kept.look(row).status) == (rows, Status.RESOLVED)
    assert kept.database.read(retention.rows)["blog"].mentions == 1
    assert "Removed by age" not in repr(digest(kept, "support"))
    assert night(kept) == 0


def digest(scene: Scene, key: str) -> object:
    def build(session: Session) -> object:
        department = people.department(session, key)
        assert department is not None
        return build_digest(session, scene.organisation, department.id, scene.now)

    return scene.database.read(build)


def removed(scene: Scene) -> None:
    """Let the night that tells and the one that removes be over."""
    night(scene)
    scene.pass_time(days=1)
    night(scene)


def test_what_waits_for_somebody_stays_and_what_was_kept_back_does_not(kept: Scene) -> None:
    waits = old(kept, "A refund that waits", done=False)
    held = kept.arrive("A refund of quetzalwort", author=ZOE)
    kept.database.write(lambda session: hold(session, held.id))
    kept.pass_time(days=DAYS + 1)
    removed(kept)
    assert (kept.look(waits).status, kept.look(held).status) == (Status.NEW, Status.DISMISSED)
    assert kept.log(held)[-1] == Action.DISMISSED
    assert found_in(kept.database, "quetzalwort") == set()
    assert found_in(kept.database, "a refund that waits") != set()


def hold(session: Session, mention_id: int) -> None:
    row = mentions.get(session, mention_id)
    mentions.swap(session, row, row.changed_at, held="below")


def test_what_its_source_shows_again_is_not_stored_and_what_is_new_is(kept: Scene) -> None:
    old(kept)
    first = "post-1"
    removed(kept)
    again = kept.ingest(kept.posted("The refund of my quetzalwort never came", author=ZOE, external_id=first))
    news = kept.ingest(kept.posted("Another refund, again of Zoe", author=ZOE, reply_to=first))
    assert (again.matched, news.matched) == (0, 1)
    assert found_in(kept.database, "quetzalwort") == set()


def test_what_was_reopened_since_it_was_found_stays(kept: Scene) -> None:
    row = old(kept)
    night(kept)
    kept.pass_time(days=1)
    command = kept.database.read(lambda session: kept.dispatcher.prepare(session, prepare_removal, kept.now))
    assert command is not None
    seen = kept.look(row)
    kept.database.write(lambda session: mentions.swap(session, seen, kept.now, status=str(Status.NEW), owner_id=None))
    assert kept.do(command).ok
    assert found_in(kept.database, "quetzalwort") != set()
    assert not kept.do(command).ok  # another replica, which found the same


def test_each_source_has_its_own_age_and_a_new_one_is_told_first(kept: Scene) -> None:
    keep(kept, Retention(days=DAYS, sources={"blog": None}))
    old(kept)
    removed(kept)
    assert found_in(kept.database, "quetzalwort") != set()
    keep(kept, Retention(days=None, sources={"blog": DAYS}))
    night(kept)
    assert found_in(kept.database, "quetzalwort") != set()
    keep(kept, Retention(days=None, sources={"blog": DAYS - 1}))
    kept.pass_time(days=1)
    night(kept)
    assert (len(direct(kept)), found_in(kept.database, "quetzalwort") != set()) == (2, True)
    kept.pass_time(days=1)
    night(kept)
    assert found_in(kept.database, "quetzalwort") == set()


def test_a_night_that_is_cut_short_goes_on_where_it_was(kept: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_age, "AT_ONCE", 1)
    rows = [old(kept, f"The refund of quetzalwort {number}") for number in range(3)]
    night(kept)
    kept.pass_time(days=1)
    assert night(kept, most=1) == 1
    assert kept.database.read(retention.rows)["blog"].after == rows[0].id
    assert found_in(kept.database, "quetzalwort") != set()
    night(kept)
    assert found_in(kept.database, *WORDS) == set()
    assert kept.database.read(retention.rows)["blog"].mentions == 3


def test_a_notice_that_names_it_loses_the_line(kept: Scene) -> None:
    row = old(kept)
    night(kept)
    kept.pass_time(days=1)
    kept.database.write(lambda session: tell_about(session, 1, row, "Look at this", "look", kept.now))
    night(kept)
    assert found_in(kept.database, "quetzalwort") == set()


def test_a_card_that_is_gone_is_not_posted_anew_only_to_say_less(kept: Scene) -> None:
    row = old(kept)
    key = f"card:{row.id}:C-FINANCE"

    def card(session: Session) -> MessageRow:
        found = messages.by_key(session, key)
        assert found is not None
        return found

    def settled(state: MessageState, **how: Any) -> MessageRow:
        message = kept.database.read(card)
        outcome = Outcome(message_id=message.id, state=state, **how)
        kept.database.write(lambda session: lanes.settle(session, [outcome]))
        return kept.database.read(card)

    settled(MessageState.SHOWN, shown=kept.database.read(card).version, reference="1.1")
    removed(kept)
    assert kept.database.read(card).state == MessageState.DUE
    gone = settled(MessageState.DUE, forget_reference=True)
    assert (gone.state, gone.reference) == (MessageState.SHOWN, None)
    kept.database.write(lambda session: messages.touch(session, row.id, by_person=True))
    assert kept.database.read(card).state == MessageState.DUE
    settled(MessageState.SHOWN, shown=kept.database.read(card).version, reference="1.2")
    kept.database.write(lambda session: messages.touch(session, row.id, by_person=False))
    assert settled(MessageState.DUE, forget_reference=True).state == MessageState.DUE
