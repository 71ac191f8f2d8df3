"""Facts: what a source notes of a post comes back with it to whoever answers, and is no word of it."""

from dataclasses import replace

from handlers.base.events import Deleted, Posted, content_digest
from handlers.reply.outcome.parent import learn_edit, parent_of
from storage.listen import posts
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.states import PublicationState
from tests.harness.channels import in_channel
from tests.harness.replying import KIM, PublishingInstallation
from tests.harness.scene import Scene

NOTED, LATER = '{"locked":false,"number":7}', '{"locked":true,"number":7}'


def arrived(scene: Scene, asked: Posted) -> MentionRow:
    (token,) = scene.ingest(asked).tokens
    found = scene.database.read(lambda session: mentions.by_token(session, token))
    assert found is not None
    return found


def facts_of(scene: Scene, mention_id: int) -> str:
    return scene.database.read(lambda session: parent_of(session, mention_id).facts)


def test_facts_of_the_post_that_is_answered_come_back_with_it(scene: Scene) -> None:
    desk = PublishingInstallation(scene)
    mention = arrived(scene, scene.posted("My refund", facts=NOTED))
    assert facts_of(scene, mention.id) == NOTED
    desk.work_to(desk.on_its_way(mention), PublicationState.PUBLISHED)
    scene.ingest(scene.posted("It is still wrong", author=KIM, reply_to="reply-1", facts=LATER))
    assert facts_of(scene, mention.id) == LATER


def test_other_facts_are_no_edit_and_a_view_without_any_takes_none_away(scene: Scene) -> None:
    asked = scene.posted("My refund", facts=NOTED)
    mention = arrived(scene, asked)
    drawn = in_channel(scene, "C-FINANCE")
    assert content_digest(replace(asked, facts=LATER)) == content_digest(asked)
    for facts, kept in ((LATER, LATER), ("", LATER)):
        assert scene.ingest(replace(asked, facts=facts)).changed == 0
        assert facts_of(scene, mention.id) == kept
    assert in_channel(scene, "C-FINANCE") == drawn
    assert scene.ingest(replace(asked, text="My refund, please", facts="")).changed == 1
    assert facts_of(scene, mention.id) == LATER
    edited = replace(asked, text="My refund, again", facts=NOTED)
    scene.database.write(lambda session: learn_edit(session, mention.id, edited, scene.now))
    assert facts_of(scene, mention.id) == NOTED


def test_nothing_is_noted_of_what_was_deleted(scene: Scene) -> None:
    asked = scene.posted("My refund", facts=NOTED)
    scene.ingest(asked)
    scene.ingest(Deleted(external_id=asked.external_id))
    known = scene.database.read(lambda session: posts.known(session, "blog", [asked.external_id]))
    assert [one.facts for one in known.values()] == [""]
