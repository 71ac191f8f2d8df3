"""`dibs export`: a new file that one's own account may read, with all that is kept of one colleague or author."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.export import export_author, export_person
from handlers.base.cards import Notice
from handlers.base.events import Author
from handlers.channels.notify import send_direct
from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from storage.listen import customers, kept, mutes
from tests.handlers.privacy.everywhere import found_in
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import Scene, at

ZOE = Author(name="Zoe Quill", handle="zoequill", external_id="zid-9917", url="https://blog.example/zoequill")


@pytest.fixture
def desk(scene: Scene) -> PublishingInstallation:
    return PublishingInstallation(scene)


def written(path: Path) -> dict[str, Any]:
    assert path.stat().st_mode & 0o777 == 0o600
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_a_colleague_gets_all_that_is_kept_of_them_and_nothing_of_others(
    desk: PublishingInstallation, tmp_path: Path
) -> None:
    scene = desk.scene
    ana = scene.person("Ana", "ana@acme.example")
    ben = scene.person("Ben", "ben@acme.example")
    mention = scene.arrive()
    scene.do(ClaimMention(reference=at(mention), who=ana))
    scene.do(NoteMention(reference=at(mention), who=ana, text="Hers, a note"))
    scene.do(NoteMention(reference=at(mention), who=ben, text="Ben’s, a note"))
    desk.draft(scene.look(mention), "Hers, a draft")
    notice = Notice(title="Hello", text="To Ana alone")
    scene.database.write(lambda session: send_direct(session, desk.ana, "hello", notice, scene.now))
    said = export_person(scene.database, "ana@acme.example", tmp_path / "ana.json", scene.now)
    found = written(tmp_path / "ana.json")
    assert (said.code, said.text.startswith("Wrote ")) == (0, True)
    assert [one["email"] for one in found["person"]] == ["ana@acme.example"]
    assert [one["external_id"] for one in found["accounts"]] == ["UANA"]
    assert [(one["action"], one["you_acted"], one["you_typed"]) for one in found["log"]] == [
        ("claimed", 1, None),
        ("noted", 1, "Hers, a note"),
        ("noted", 0, None),
    ]
    assert [(one["mention"], one["text"]) for one in found["drafts"]] == [(mention.token, "Hers, a draft")]
    assert [one["body"] for one in found["direct_messages_to_you"]] == ["To Ana alone"]
    assert [one["mention"] for one in found["you_have"]] == [mention.token]
    assert "Ben" not in (tmp_path / "ana.json").read_text(encoding="utf-8")


def test_an_author_gets_all_that_is_kept_of_them_wherever_it_stands(
    desk: PublishingInstallation, tmp_path: Path
) -> None:
    scene = desk.scene
    ben = scene.person("Ben", "ben@acme.example")
    mention = scene.arrive("The refund of my quetzalwort", author=ZOE)
    scene.do(NoteMention(reference=at(mention), who=ben, text="A note on quetzalwort"))
    desk.draft(scene.look(mention), "On quetzalwort, a draft")
    raw = json.dumps({"from": "zid-9917", "text": "quetzalwort"}).encode()

    def beside(session: Any) -> None:
        kept.keep(session, kept.packed("blog", raw, "application/json", "unreadable", scene.now))
        listed = customers.begin(session, "digest", 1)
        customers.add(session, listed, [("blog", "zoequill", "Quill Ltd")])
        customers.complete(session, listed)
        values = {"kind": "author", "source": "blog", "author": "zid-9917", "needle": "zoequill"}
        until = scene.now + timedelta(days=1)
        mutes.add(session, token="m1", **values, mention_id=mention.id, by_id=desk.ben, at=scene.now, until=until)

    scene.database.write(beside)
    before = found_in(scene.database, "quetzalwort", "zid-9917", "zoequill", "zoe quill", "quill ltd")
    path = tmp_path / "zoe.json"
    assert export_author(scene.database, scene.organisation, "blog", "@ZoeQuill", path, scene.now).code == 0
    found = written(path)
    assert [one["name"] for one in found["author"]] == ["Zoe Quill"]
    assert [one["label"] for one in found["list_of_customers"]] == ["Quill Ltd"]
    assert [one["text"] for one in found["posts"]] == ["The refund of my quetzalwort"]
    assert [one["token"] for one in found["mentions"]] == [mention.token]
    assert "A note on quetzalwort" in [one["typed"] for one in found["log"]]
    assert [one["text"] for one in found["drafts_of_replies"]] == ["On quetzalwort, a draft"]
    assert [one["needle"] for one in found["mutes"]] == ["zoequill"]
    assert [one["body"] for one in found["deliveries_that_could_not_be_read"]] == [raw.decode()]
    assert "Ben" not in path.read_text(encoding="utf-8")
    assert {one.split(".")[0] for one in before} - {"mention_words", "message", "draft_version", "kept_delivery"} == {
        "author",
        "customer",
        "draft",
        "mute",
        "post",
        "remark",
    }


def test_a_file_that_is_there_stays_and_none_is_left_where_nobody_is_meant(scene: Scene, tmp_path: Path) -> None:
    scene.person("Ana", "ana@acme.example")
    (tmp_path / "there").write_text("mine")
    said = export_person(scene.database, "Ana", tmp_path / "there", scene.now)
    assert (said.code, (tmp_path / "there").read_text()) == (1, "mine")
    assert export_person(scene.database, "Nobody", tmp_path / "new", scene.now).code == 1
    assert not (tmp_path / "new").exists()
