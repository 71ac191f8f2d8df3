"""The same questions find the same mentions on both databases: those that a plain search over their words finds.

Whichever way the database goes, by the index or by looking at one mention after the other, it comes to the same; so
each question is put in several ways.
"""

import itertools
from dataclasses import replace

import pytest
from sqlmodel import Session

from handlers.base.events import Author
from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from handlers.own.resolve import ResolveMention
from storage.own import board, looks, mentions
from storage.own.board import Part
from storage.own.mentions import MentionRow
from storage.tables.states import Tab
from storage.text.cut import cut, needles
from tests.harness.scene import Scene, at
from tests.storage.search.without_facets import forget_facets
from tests.storage.text.test_cut import all_in

SAID = (
    ("Zoë Müller", "zoe.bsky.social", "Charged twice, I want a refund. #Refund @acme_help"),
    ("Łukasz", "lukasz@mastodon.example", "Refunds take ages at acme.example, see https://blog.acme.example/2026/05"),
    ("田中", "tanaka", "返金をお願いします。二重に請求されました #返金"),
    ("鈴木", "suzuki_x", "サーバーが落ちた。アクメ・クラウドの返品"),
    ("김", "kim-h", "환불을 받고 싶어요"),
    ("سارة", "sara", "أريد استرداد بالفاتورة الأخيرة"),
    ("דנה", "dana", "איפה הספר שלי?"),
    ("Милица", "milica", "Стигао је погрешан рачун, ёлка"),
    ("สมชาย", "somchai", "แอปไม่ดี ใช้งานไม่ได้"),
    ("O'Neill", "oneill", "Can’t get Wi-Fi, can't get an answer; AT&T was better"),
    ("Ana-Maria", "ana_maria", "E-mail me: kim@acme.example. Order #12345, v2.1 of Node.js"),
    ("王", "wang", "重复请求了,退款在哪里 acmeが好き"),
    ("Straßer", "strasser", "Die Rückerstattung kostet Straßengebühr, naïve café-owners say"),
    ("Ω", "omega", "Έχασα τα χρήματά μου"),
    ("Robin", "robin", "refund refunded refunding"),
    ("x", "", 're AND or NOT near(2) * " -refund:now'),
)
TABS = (Tab.ALL, Tab.UNCLAIMED, Tab.MINE, Tab.DONE)
QUESTIONS = (
    *("refund", "REFUND", "refun", "refunds", "refund charged", "charged refund twice", "re", "#refund", "#Refund"),
    *("acme", "@acme_help", "@acme", "acme.example", "blog.acme.example", "https://blog.acme.example/2026", "example"),
    *("zoe", "Zoë", "muller", "Müller zoe", "lukasz", "łukasz", "@lukasz", "@zoe.bsky.social", "mastodon.example"),
    *(
        "返金",
        "返",
        "金",
        "請求",
        "返金 請求",
        "#返金",
        "サーバ",
        "サーバー",
        "アクメクラウド",
        "返品",
        "请求",
        "请",
        "田中",
    ),
    *("환불", "받고 환불", "فاتورة", "بالفاتورة", "ספר", "račun", "рачун", "елка", "ไม่", "ดี"),
    *("can't", "cant", "wifi", "wi-fi", "wi fi", "AT&T", "e-mail", "email", "kim@acme.example", "#12345", "12345"),
    *("node.js", "v2.1", "oneill", "o'neill", "ana-maria", "strasse", "straßengebühr", "cafe", "naive", "χρηματα"),
    *(
        "and",
        "NOT",
        "near",
        '"refund" -now',
        "refund AND",
        "phoned",
        "absent",
        "refund absent",
        "acmeが",
        "ｒｅｆｕｎｄ",
    ),
)


@pytest.fixture
def said(scene: Scene) -> dict[int, list[str]]:
    """The mentions, some of them claimed, done and noted, with all that is said in each."""
    ana = scene.person("Ana")
    posts = []
    for number, (name, handle, text) in enumerate(itertools.chain(SAID, SAID)):
        author = Author(name=name, handle=handle, external_id=str(number))
        posts.append(scene.posted(text, author=author, title="Again" if number >= len(SAID) else ""))
    scene.ingest(*posts)
    rows = scene.database.read(lambda session: mentions.listed(session, mentions.Filter(), limit=99))
    texts = {}
    for row, post in zip(rows, posts, strict=True):
        texts[row.id] = [f"#{row.token}", post.title, post.text, post.author.name, f"@{post.author.handle}"]
    for row in rows[::3]:
        scene.do(ResolveMention(who=ana, reference=at(row)))
    for row in rows[1::3]:
        scene.do(ClaimMention(who=ana, reference=at(row)))
    noted = scene.look(rows[4])
    scene.do(NoteMention(who=ana, reference=at(noted), text="She phoned about it"))
    texts[noted.id].append("She phoned about it")
    return texts


WAYS = pytest.mark.parametrize(("few", "walked"), [(4_000, 1_000), (0, 1_000), (0, 1), (4_000, 1), (3, 2), (0, 4)])


@pytest.mark.turns
@WAYS
def test_both_find_what_a_plain_search_finds(
    scene: Scene, said: dict[int, list[str]], few: int, walked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "FEW", few)
    monkeypatch.setattr(looks, "WALKED", walked)
    words = {one: set(itertools.chain.from_iterable(map(cut, texts))) for one, texts in said.items()}

    def compare(session: Session) -> None:
        references = [f"#{token}" for token in board.tokens(session, [*said][:3]).values()]
        for number, question in enumerate((*QUESTIONS, *references)):
            wanted = needles(question)
            expected = [one for one in said if all_in(wanted, words[one])]
            parts = [Part(tab=tab, person_id=1, needles=wanted) for tab in TABS]
            total = board.counts(session, parts)
            assert total[0] == len(expected) == sum(total[1:]), question
            narrowed = [replace(parts[0], sources=frozenset([name])) for name in ("blog", "elsewhere")]
            assert board.counts(session, narrowed) == [total[0], 0]
            assert board.page(session, narrowed[1], newest=True, after=None, limit=9) == []
            newest = bool(number % 2)
            rows = board.page(session, parts[0], newest=newest, after=None, limit=50)
            assert [row.id for row in rows] == sorted(expected, reverse=newest), question
            part, many = parts[1 + number % 3], total[1 + number % 3]
            here = [row.id for row in paged(session, part, newest=newest)]
            assert here == [one for one in sorted(expected, reverse=newest) if board.holds(session, part, one)]
            assert len(here) == many

    scene.database.read(compare)


@pytest.mark.turns
@WAYS
@pytest.mark.parametrize("filled", [True, False])
def test_a_source_and_a_department_narrow_to_the_same(
    scene: Scene, said: dict[int, list[str]], few: int, walked: int, filled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "FEW", few)
    monkeypatch.setattr(looks, "WALKED", walked)
    if not filled:
        scene.database.write(forget_facets)
    words = {one: set(itertools.chain.from_iterable(map(cut, texts))) for one, texts in said.items()}

    def compare(session: Session) -> None:
        of = {row.id: row.department_id for row in mentions.several(session, [*said])}
        assert len({*of.values()}) == 2
        for question, number in itertools.product(("", "refund", "acme", "re", "返金", "absent"), {*of.values()}):
            wanted = needles(question)
            expected = [one for one in said if all_in(wanted, words[one]) and of[one] == number]
            here = Part(tab=Tab.ALL, person_id=1, needles=wanted, department_id=number)
            for sources, fit in ((None, True), (["blog"], True), (["blog", "a-b.C"], True), (["elsewhere"], False)):
                part = replace(here, sources=frozenset(sources) if sources else None)
                rows = paged(session, part, newest=True)
                assert [row.id for row in rows] == (expected[::-1] if fit else []), (question, sources)
                total = board.counts(session, [replace(part, tab=tab) for tab in TABS])
                assert total[0] == len(rows) == sum(total[1:]), (question, sources)

    scene.database.read(compare)


def paged(session: Session, part: Part, *, newest: bool) -> list[MentionRow]:
    """Return all of a part, a few at a time."""
    found: list[MentionRow] = []
    while rows := board.page(
        session,
        part,
        newest=newest,
        after=found[-1].id if found else None,
        limit=4,
    ):
        found += rows
    return found
