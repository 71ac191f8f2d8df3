"""Replies that we gave before to posts like this one."""

from datetime import timedelta

from sqlmodel import Session

from handlers.base.events import Deleted
from handlers.reply.reading.past_replies import SimilarReply, similar
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.people import people
from storage.reply import past_replies
from storage.tables.replies import Draft, Publication
from storage.tables.states import DraftState, PublicationState
from tests.harness.scene import Scene


def arrived(scene: Scene, text: str) -> MentionRow:
    """Let a post arrive; returns its mention."""
    token = scene.ingest(scene.posted(text)).tokens[0]
    found = scene.database.read(lambda session: mentions.by_token(session, token))
    assert found
    return found


def answered(scene: Scene, text: str, reply: str, state: PublicationState = PublicationState.PUBLISHED) -> MentionRow:
    """Let a post arrive and a reply to it stand (or not) where the post stands."""
    mention = arrived(scene, text)
    replied(scene, mention, reply, state)
    return mention


def replied(scene: Scene, mention: MentionRow, reply: str, state: PublicationState) -> None:
    number = next(scene.numbers)
    scene.now += timedelta(minutes=1)

    def work(session: Session) -> None:
        person = people.by_email(session, "ana@acme.example") or people.add_person(session, "Ana", "ana@acme.example")
        draft = Draft(
            token=f"draft{number}",
            mention_id=mention.id,
            person_id=person.id,
            state=DraftState.PUBLISHED,
            text=reply,
            created_at=scene.now,
            changed_at=scene.now,
        )
        session.add(draft)
        session.flush()
        assert draft.id is not None
        row = Publication(
            send_id=f"send{number}",
            draft_id=draft.id,
            draft_version=1,
            mention_id=mention.id,
            person_id=person.id,
            source=mention.source,
            text=reply,
            state=state,
            url=f"https://blog.example/reply/{number}",
            created_at=scene.now,
            settled_at=scene.now,
        )
        session.add(row)

    scene.database.write(work)


def found(scene: Scene, text: str, limit: int = 3) -> list[SimilarReply]:
    mention = arrived(scene, text)
    return scene.database.read(lambda session: similar(session, mention, limit))


def test_a_post_about_the_same_thing_is_shown_with_our_answer(scene: Scene) -> None:
    asked = "The Acme app crashes when I open the camera"
    answered(scene, "Love the new Acme shop, so fast", "Thanks!")
    known = answered(scene, asked, "Update to 2.1, it is mended there. Ana")
    [one] = found(scene, "Acme app keeps crashing on my phone, camera too")
    assert (one.mention_token, one.asked, one.answered) == (
        known.token,
        asked,
        "Update to 2.1, it is mended there. Ana",
    )
    assert one.url.startswith("https://blog.example/reply/")
    assert one.at == scene.now


def test_what_reads_alike_goes_before_what_has_the_same_topic_and_each_the_newest_first(scene: Scene) -> None:
    alike_old = answered(scene, "The refund of my broken kettle never came", "One")
    alike_new = answered(scene, "Where is the refund for a broken kettle", "Two")
    topic_old = answered(scene, "Your invoice names the wrong street", "Three")
    topic_new = answered(scene, "Invoice without tax number again", "Four")
    tokens = [one.mention_token for one in found(scene, "Still no refund for this broken kettle", limit=9)]
    assert tokens == [one.token for one in (alike_new, alike_old, topic_new, topic_old)]
    assert len(found(scene, "Still no refund for that broken kettle", limit=3)) == 3


def test_our_own_name_makes_no_two_posts_alike(scene: Scene) -> None:
    for text in ("Acme Rocket Co: camera broken", "Acme Rocket Co: parcel lost", "Acme Rocket Co: shop closed"):
        answered(scene, text, "Sorry. Ana")
        answered(scene, f"{text}, once more", "Sorry again. Ana")
    assert found(scene, "Acme Rocket Co hires welders") == []


def test_only_what_stands_there_is_shown_once_a_mention_and_never_itself(scene: Scene) -> None:
    for state in (PublicationState.FAILED, PublicationState.UNCLEAR, PublicationState.SENDING):
        answered(scene, "Kettle broken, kettle leaks", "No", state)
    mention = answered(scene, "Kettle broken, it leaks", "At first")
    replied(scene, mention, "Yes", PublicationState.PUBLISHED)
    assert [one.answered for one in found(scene, "My kettle is broken, it leaks")] == ["Yes"]
    assert scene.database.read(lambda session: similar(session, mention)) == []


def test_a_post_that_its_author_deleted_is_shown_no_more(scene: Scene) -> None:
    answered(scene, "The invoice of my kettle is wrong", "Mended. Ana")
    assert len(found(scene, "An invoice without tax number")) == 1
    scene.ingest(Deleted(external_id="post-1"))
    assert found(scene, "Again an invoice without tax number") == []


def test_recent_texts_are_those_of_one_source_the_newest_first(scene: Scene) -> None:
    for number in range(4):
        answered(scene, f"Kettle {number}", f"Reply {number}")
    answered(scene, "Kettle 5", "Not there", PublicationState.FAILED)
    read = scene.database.read
    assert read(lambda session: past_replies.recent_texts(session, "blog", 3)) == ("Reply 3", "Reply 2", "Reply 1")
    assert read(lambda session: past_replies.recent_texts(session, "elsewhere")) == ()
