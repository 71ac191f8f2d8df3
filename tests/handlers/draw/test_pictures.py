"""Rules of the names of pictures: each means an address that stands on its mention now, and nothing else."""

from handlers.base.events import Author, AuthorGone
from handlers.base.media import Media, MediaKind
from handlers.draw.pictures import picture_address, picture_name
from tests.harness.scene import Scene

FACE, BILL = "https://cdn.blog.example/kim.png", "https://cdn.blog.example/bill.png"


def means(scene: Scene, token: str, name: str) -> str:
    return scene.database.read(lambda session: picture_address(session, token, name))


def test_a_name_means_what_stands_on_its_mention_and_nothing_beside_it(scene: Scene) -> None:
    kim = Author(name="Kim", external_id="kim", avatar=FACE)
    shown = Media(kind=MediaKind.PICTURE, url=BILL)
    first = scene.arrive(author=kim, media=(Media(kind=MediaKind.VIDEO), shown))
    other, nobody = scene.arrive(author=kim), scene.arrive(author=Author())
    for address in (FACE, BILL):
        assert means(scene, first.token, picture_name(address)) == address
    assert means(scene, other.token, picture_name(FACE)) == FACE
    assert means(scene, other.token, picture_name(BILL)) == ""
    assert means(scene, nobody.token, picture_name(FACE)) == ""
    assert means(scene, nobody.token, picture_name("")) == ""
    for odd in ("", "x", "\x00", "%", "' OR 1=1 --", "\ud800", "y" * 10_000):
        assert means(scene, odd, picture_name(FACE)) == ""
        assert means(scene, first.token, odd) == ""
    scene.ingest(AuthorGone(author_external_id="kim"))
    assert means(scene, first.token, picture_name(BILL)) == ""
    assert means(scene, other.token, picture_name(FACE)) == ""
