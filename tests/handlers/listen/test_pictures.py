"""Rules of faces and media at arrival: they come with the post, change with it, and go with it."""

from dataclasses import replace

from sqlalchemy import select
from sqlmodel import Session

from handlers.base.events import Author, AuthorGone, Deleted
from handlers.base.media import Media, MediaKind, in_words
from handlers.base.organisation import SourceRules
from handlers.own.claim import ClaimMention
from storage.engine.database import Database
from storage.tables.base import table_of
from storage.tables.posts import Author as AuthorTable
from storage.tables.posts import Post
from tests.harness.channels import card, card_key, message
from tests.harness.scene import ORGANISATION, Scene, at

CDN = "https://cdn.blog.example"
BILL = Media(kind=MediaKind.PICTURE, url=f"{CDN}/bill.png", alt="A bill")
MARKED = Media(kind=MediaKind.PICTURE, alt="A bill", hidden=True)
KIM = Author(name="Kim", handle="kim", external_id="kim", url="https://blog.example/kim", avatar=f"{CDN}/kim-1.png")


def kept(scene: Scene) -> list[str]:
    """Return every address of a picture that any row still names."""

    def look(session: Session) -> list[str]:
        connection = session.connection()
        faces = connection.scalars(select(table_of(AuthorTable).c.avatar))
        return [one for one in [*faces, *connection.scalars(select(table_of(Post).c.media))] if CDN in one]

    return scene.database.read(look)


def test_a_card_shows_the_face_and_the_media_that_came_with_the_post(scene: Scene) -> None:
    drawn = card(scene, scene.arrive(author=KIM, media=(BILL, MARKED)), "C-FINANCE")
    assert (drawn.avatar, drawn.media) == (KIM.avatar, (BILL, MARKED))


def test_an_author_is_shown_as_their_last_post_shows_them(scene: Scene) -> None:
    first = scene.arrive(author=KIM)
    before = message(scene, card_key(first, "C-FINANCE")).version
    scene.arrive(author=replace(KIM, name="Kim S.", avatar=f"{CDN}/kim-2.png"))
    drawn = card(scene, first, "C-FINANCE")
    assert (drawn.author, drawn.avatar) == ("Kim S.", f"{CDN}/kim-2.png")
    assert message(scene, card_key(first, "C-FINANCE")).version == before  # shown at its next change
    scene.arrive(author=replace(KIM, avatar=""))
    drawn = card(scene, first, "C-FINANCE")
    assert (drawn.author, drawn.avatar) == ("Kim", "")


def test_who_is_told_by_their_id_alone_is_called_as_before(scene: Scene) -> None:
    first = scene.arrive(author=KIM)
    scene.arrive(author=Author(external_id="kim", url="https://blog.example/elsewhere"))
    drawn = card(scene, first, "C-FINANCE")
    assert (drawn.author, drawn.author_url, drawn.avatar) == ("Kim", KIM.url, KIM.avatar)


def test_a_handle_and_an_address_are_kept_where_a_post_tells_none(scene: Scene) -> None:
    first = scene.arrive(author=replace(KIM, handle="kim.example"))
    scene.arrive(author=replace(KIM, name="Kim S.", handle="", url=""))
    drawn = card(scene, first, "C-FINANCE")
    assert (drawn.author, drawn.handle, drawn.author_url) == ("Kim S.", "@kim.example", KIM.url)


def test_of_a_batch_only_who_changed_is_written(scene: Scene) -> None:
    others = [replace(KIM, external_id=f"a{number}", avatar=f"{CDN}/{number}.png") for number in range(40)]
    scene.ingest(*(scene.posted("refund", author=one) for one in others))
    changed = replace(others[7], avatar=f"{CDN}/new.png")
    scene.ingest(*(scene.posted("refund", author=one) for one in [*others[:7], changed, *others[8:]]))
    assert sorted(kept(scene)) == sorted([one.avatar for one in others if one != others[7]] + [changed.avatar])


def test_an_author_of_another_source_is_another(database: Database) -> None:
    echo = SourceRules(name="echo", kind="feed")
    scene = Scene(database, replace(ORGANISATION, sources=(*ORGANISATION.sources, echo)))
    first = scene.arrive(author=KIM)
    scene.ingest(scene.posted("refund", author=replace(KIM, name="Another")), source="echo")
    assert card(scene, first, "C-FINANCE").author == "Kim"


def test_an_edit_brings_its_own_media(scene: Scene) -> None:
    mention = scene.arrive("My refund", external_id="p", media=(BILL,))
    other = replace(BILL, url=f"{CDN}/other.png")
    scene.ingest(scene.posted("My refund, again", external_id="p", media=(other,)))
    assert card(scene, mention, "C-FINANCE").media == (other,)
    scene.ingest(scene.posted("My refund at last", external_id="p"))
    assert kept(scene) == []


def test_a_new_copy_of_the_same_picture_is_no_edit_and_a_mark_takes_it_off_the_card(scene: Scene) -> None:
    mention = scene.arrive(external_id="p", media=(BILL,))
    before = message(scene, card_key(mention, "C-FINANCE")).version
    again = scene.posted(external_id="p", media=(replace(BILL, url=f"{CDN}/copy.png"),))
    assert scene.ingest(again).changed == 0
    assert scene.ingest(replace(again, media=(MARKED,))).changed == 1
    drawn = card(scene, mention, "C-FINANCE")
    assert in_words(drawn.media) == "With a picture marked as sensitive (“A bill”)."
    assert drawn.details == card(scene, scene.arrive(), "C-FINANCE").details  # it was not edited
    assert message(scene, card_key(mention, "C-FINANCE")).version == before + 1
    assert scene.ingest(replace(again, media=(MARKED,))).changed == 0
    assert kept(scene) == []


def test_with_a_post_its_media_go_also_when_somebody_has_it(scene: Scene) -> None:
    mention = scene.arrive(external_id="p", author=KIM, media=(BILL,))
    scene.do(ClaimMention(who=scene.person("Ana"), reference=at(mention)))
    scene.ingest(Deleted(external_id="p"))
    drawn = card(scene, mention, "C-FINANCE")
    assert (drawn.avatar, drawn.media) == ("", ())
    assert kept(scene) == [KIM.avatar]


def test_with_an_author_face_and_media_go_and_stay_away(scene: Scene) -> None:
    scene.arrive(author=KIM, media=(BILL,))
    scene.ingest(AuthorGone(author_external_id="kim"))
    assert kept(scene) == []
    late = scene.arrive(author=KIM)
    assert card(scene, late, "C-FINANCE").author == ""
    assert kept(scene) == []
