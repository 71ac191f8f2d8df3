"""What an entry is called: sites change their ways, and there is one card for each entry, with what it says now."""

import json
from hashlib import sha256
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from bot.sources.kinds.feed.reader import read
from bot.sources.kit.build import post, stable_id
from handlers.base.events import Posted
from storage.listen import entries
from tests.harness import days
from tests.harness.looks import ADDRESS, Looks
from tests.harness.scene import Scene

BING = "http://www.bing.com/news/apiclick.aspx?ref=FexRss&amp;tid=%s&amp;url=https%%3a%%2f%%2fdaily.example%%2f%s"
LONG = "Two weeks have passed, and still nobody at Acme answers their telephone."


def item(guid: str | None, link: str, title: str, text: str = "", date: str = "", attribute: str = "") -> str:
    """Write one item of RSS; a part that is empty is left out."""
    parts = (("link", link), ("title", title), ("description", text), ("pubDate", date))
    named = f"<guid{attribute}>{guid}</guid>" if guid is not None else ""
    return "<item>" + named + "".join(f"<{tag}>{value}</{tag}>" for tag, value in parts if value) + "</item>"


def rss(*items: str) -> bytes:
    """Write a document, its items as they stand."""
    return f'<rss version="2.0"><channel><title>F</title>{"".join(items)}</channel></rss>'.encode()


def guids_of(build: str, *items: tuple[str, str, str]) -> bytes:
    return rss(*(item(f"{build}-{link}", link, title, text) for link, title, text in items))


SAME = {
    "a site gets its certificate": [
        rss(*(item(f"http://m.example/?p={n}", f"http://m.example/{n}/", f"acme {n}") for n in range(30))),
        rss(*(item(f"https://m.example/?p={n}", f"https://m.example/{n}/", f"acme {n}") for n in range(30))),
    ],
    "a site loses www. and its certificate": [
        rss(item("https://www.m.example/?p=1", "https://www.m.example/1/", "acme")),
        rss(item("http://m.example/?p=1", "http://m.example/1/", "acme fined")),
    ],
    "a counter of clicks": [rss(*(item(None, BING % (look, n), f"acme {n}") for n in range(9))) for look in "ABC"],
    "an unknown counter of clicks": [
        rss(item(None, f"https://click.example/r?t={t}&amp;to=https%3A%2F%2Fdaily.example%2F1", "acme", "x"))
        for t in ("A1", "B2", "C3")
    ],
    "a session in the link": [
        rss(*(item(None, f"https://p.example/read?id={n}&amp;s={t}{n}", f"acme {n}") for n in range(3)))
        for t in ("0a1b2c", "9f8e7d", "5c5c5c")
    ],
    "guids made anew": [
        guids_of(build, ("https://d.example/1", "acme 1", "x"), ("https://d.example/2", "acme 2", "y"))
        for build in "abc"
    ],
    "guids made anew, and an edit between": [
        rss(item("a", "https://d.example/1", "acme", "x", "Mon, 02 Mar 2026 05:00:00 GMT")),
        rss(item("b", "https://d.example/1", "acme", "x, and more", "Mon, 02 Mar 2026 05:00:00 GMT")),
        rss(item("c", "https://d.example/1", "acme fined", "x, and more", "Mon, 02 Mar 2026 05:00:00 GMT")),
    ],
    "guids made anew, and a headline": [
        rss(item("a", "https://d.example/1", "acme", LONG)),
        rss(item("b", "https://d.example/1", "acme is late", LONG)),
    ],
    "guids made anew where all link the home page": [
        rss(
            *(
                item(f"{b}{n}", "https://shop.example/", f"acme {n}", "x", "Mon, 02 Mar 2026 05:00:00 GMT")
                for n in range(3)
            )
        )
        for b in "abc"
    ],
    "guids made anew without links": [rss(item(b, "", "acme", "x"), item(f"{b}2", "", "acme 2", "y")) for b in "abc"],
    "a headline without a guid": [
        rss(item(None, "https://paper.example/2", title), item(None, "https://paper.example/3", "acme"))
        for title in ("acme fined", "acme fined five million", "acme is free again")
    ],
    "a headline, then the scheme, then a campaign": [
        rss(item(None, "http://paper.example/2", "acme fined")),
        rss(item(None, "http://paper.example/2", "acme fined twice")),
        rss(item(None, "https://paper.example/2/", "acme fined twice")),
        rss(item(None, "https://www.paper.example/2?utm_source=rss&amp;at_medium=RSS", "acme fined thrice")),
    ],
    "guids begin": [
        rss(item(None, "https://d.example/1", "acme"), item(None, "https://d.example/2", "beta")),
        rss(item("x1", "https://d.example/1", "acme"), item("x2", "https://d.example/2", "beta")),
        rss(item("x1", "https://d.example/9", "acme"), item("x2", "https://d.example/8", "beta")),
    ],
    "guids end": [
        rss(item("x1", "https://d.example/1", "acme"), item("x2", "https://d.example/2", "beta")),
        rss(item(None, "https://d.example/1", "acme"), item(None, "https://d.example/2", "beta late")),
    ],
    "guids become links": [
        rss(item("tag:1", "https://d.example/1", "acme")),
        rss(item("https://d.example/1", "https://d.example/1", "acme late")),
    ],
    "guids come to say nothing": [
        rss(item("x1", "https://d.example/1", "acme"), item("x2", "https://d.example/2", "beta")),
        rss(item("N/A", "https://d.example/1", "acme"), item("N/A", "https://d.example/2", "beta")),
    ],
    "the link moves, then the guid": [
        rss(item("x1", "https://d.example/?p=1", "acme")),
        rss(item("x1", "https://d.example/acme", "acme")),
        rss(item("y1", "https://d.example/acme", "acme")),
        rss(item("y1", "https://e.example/acme", "acme")),
    ],
    "two versions by turns": [guids_of(build, ("https://d.example/1", "acme", "x")) for build in "ababab"],
    "one entry and its older state": [
        rss(item("x1", "https://d.example/1", "acme late", "y"), item("x1", "https://d.example/1", "acme", "x")),
        rss(item("x1", "https://d.example/1", "acme late", "y")),
    ],
    "dates that change at every look": [
        rss(item(None, "https://d.example/1", "acme", "x", f"Mon, 0{n} Mar 2026 05:00:00 GMT")) for n in range(1, 5)
    ],
    "a shop that links its home page": [
        rss(item(None, "https://shop.example/", "acme"), item(None, "https://shop.example/", "beta")),
        rss(item(None, "https://shop.example/", "beta"), item(None, "https://shop.example/", "acme")),
        rss(item(None, "https://shop.example/", "beta")),
    ],
    "a page for all, its scheme, its texts and its dates": [
        rss(
            item(None, f"{scheme}://shop.example/all", "acme", f"{n} left", f"Mon, 0{n} Mar 2026 05:00:00 GMT"),
            item(None, f"{scheme}://shop.example/all", "beta", f"{n} left", f"Mon, 0{n} Mar 2026 06:00:00 GMT"),
        )
        for n, scheme in enumerate(["http", "https", "https"], start=2)
    ],
    "a comment count in the title": [rss(item("x1", "https://d.example/1", f"acme ({n})")) for n in range(3)],
}


@pytest.mark.parametrize("name", SAME)
def test_a_site_that_changes_its_ways_floods_nobody(scene: Scene, name: str) -> None:
    looks = Looks(scene)
    documents = SAME[name]
    first = looks.look(documents[0])
    assert first == len({shown.external_id for shown in looks.shown})
    for number, document in enumerate(documents[1:], start=2):
        assert looks.look(document) == 0, f"look {number}"
        assert all(looks.post_of(shown).title == shown.title for shown in looks.shown)


DIFFERENT = {
    "guids that say nothing": rss(
        *(item("N/A", f"https://d.example/{n}", f"acme {n}", attribute=' isPermaLink="false"') for n in range(3))
    ),
    "one guid for all": rss(*(item("latest", f"https://d.example/{n}", "acme") for n in range(3))),
    "one guid and one home page for all": rss(*(item("latest", "https://d.example/", f"acme {n}") for n in range(3))),
    "one link for all": rss(*(item(None, "https://d.example/all", f"acme {n}") for n in range(3))),
    "one link and one title for all": rss(*(item(None, "https://d.example/all", "acme", f"x {n}") for n in range(3))),
    "numbers in the query": rss(*(item(None, f"https://d.example/r?id={n}", "acme", "x") for n in range(3))),
    "names in the query that look like tokens": rss(
        *(item(None, f"https://d.example/r?id={n}a7", "acme", "x") for n in range(3))
    ),
    "words alone": rss(*(item(None, "", "", f"acme {n}") for n in range(3))),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_entries_of_one_document_have_a_card_each_and_no_second_one(scene: Scene, name: str) -> None:
    looks = Looks(scene)
    assert looks.look(DIFFERENT[name]) == 3
    assert looks.look(DIFFERENT[name]) == 0


NEWS = {
    "a guid that says nothing, one at a time": [
        rss(item("N/A", f"https://d.example/{n}", f"acme {n}")) for n in range(3)
    ],
    "one page for all incidents": [
        rss(item(f"g{n}", "https://status.example/all", "acme", f"incident {n}")) for n in range(3)
    ],
    "one page, one title and other dates": [
        rss(item(f"g{n}", "https://status.example/", "acme", "down", f"Mon, 0{n + 2} Mar 2026 05:00:00 GMT"))
        for n in range(3)
    ],
    "another number in the query": [rss(item(None, f"https://d.example/r?id={n}", "acme", "down")) for n in range(3)],
    "another entry with the old words of one that was edited": [
        rss(item("a", "https://d.example/1", "acme", "down")),
        rss(item("a", "https://d.example/1", "acme is up", "up"), item("b", "https://d.example/1", "acme", "down")),
        rss(item("c", "https://d.example/2", "acme", "down"), item("a", "https://d.example/1", "acme is up", "up")),
    ],
    "the words of one that is gone, twice": [
        rss(item("a", "https://d.example/1", "acme", "down")),
        rss(item("b", "https://d.example/1", "acme", "down"), item("c", "https://d.example/1", "acme", "down")),
    ],
    "another one on a page for all": [
        rss(item(None, "https://d.example/all", "acme"), item(None, "https://d.example/all", "beta")),
        rss(item(None, "https://d.example/all", "gamma")),
    ],
    "a guid begins with another entry": [
        rss(item(None, "https://d.example/1", "acme")),
        rss(item("x", "https://d.example/2", "acme")),
        rss(item("y", "https://d.example/3", "acme")),
    ],
}


@pytest.mark.parametrize("name", NEWS)
def test_what_is_new_is_heard_whatever_it_has_in_common_with_what_was_there(scene: Scene, name: str) -> None:
    looks = Looks(scene)
    expected = {"the words of one that is gone, twice": [1, 2], "another one on a page for all": [2, 1]}
    assert [looks.look(document) for document in NEWS[name]] == expected.get(name, [1, 1, 1])


class Site(RuleBasedStateMachine):
    """A site that changes one of its ways at a time, before each look; there is a card for each entry."""

    scene: Scene
    number = count(1)

    @initialize(
        guids=st.sampled_from(["address", "word", "link", "none", "nothing", "anew"]),
        links=st.sampled_from(["page", "redirect", "session", "home"]),
        dated=st.booleans(),
        one_title=st.booleans(),
    )
    def begins(self, guids: str, links: str, dated: bool, one_title: bool) -> None:
        self.name = f"site-{next(self.number)}"  # an address that two sources show would be a sighting
        self.looks = Looks(self.scene, source=self.name)
        if links == "session" and guids in ("anew", "link"):  # all that names it would change at once
            links = "page"
        self.guids, self.links, self.dated, self.one_title = guids, links, dated, one_title and links != "home"
        self.scheme, self.www, self.build, self.campaign = "http", "www.", 0, ""
        self.window: list[int] = []
        self.edits: dict[int, list[int]] = {}
        self.entries = 0
        self.new = 0
        self.adds(2)

    @rule(number=st.integers(1, 3))
    def adds(self, number: int) -> None:
        for _ in range(number):
            self.edits[self.entries] = [0, 0]
            self.window.insert(0, self.entries)
            self.entries += 1
        self.new += number

    @rule()
    def gets_or_loses_its_certificate(self) -> None:
        self.scheme = "http" if self.scheme == "https" else "https"

    @rule()
    def moves_to_another_name(self) -> None:
        self.www = "" if self.www else "www."

    @rule()
    def counts_where_people_come_from(self) -> None:
        self.campaign = "" if self.campaign else "utm_source=rss&amp;at_medium=RSS"

    @rule()
    def is_built_anew(self) -> None:
        self.build += 1

    @rule(data=st.data())
    def sorts_otherwise(self, data: st.DataObject) -> None:
        self.window = data.draw(st.permutations(self.window))

    @rule(data=st.data())
    def deletes_one(self, data: st.DataObject) -> None:
        if len(self.window) > 1:
            self.window.remove(data.draw(st.sampled_from(self.window)))

    @rule(data=st.data(), what=st.sampled_from([0, 1]))
    @precondition(lambda self: self.may_edit())
    def edits_one(self, data: st.DataObject, what: int) -> None:
        chosen = what if self.guids != "anew" or self.dated else 0  # the text is all that is left then
        self.edits[data.draw(st.sampled_from(self.window))][chosen] += 1

    def may_edit(self) -> bool:
        sure = self.guids in ("address", "word")
        return sure or self.links in ("page", "redirect")

    @invariant()
    def there_is_one_card_an_entry_with_what_it_says(self) -> None:
        self.build += self.guids == "anew"
        assert self.looks.look(rss(*map(self.item, self.window))) == self.new
        self.new = 0
        titles = sorted(self.title(one) for one in self.window)
        assert sorted(self.looks.post_of(shown).title for shown in self.looks.shown) == titles
        assert sorted(self.looks.post_of(shown).text for shown in self.looks.shown) == sorted(
            map(self.text, self.window)
        )

    def title(self, one: int) -> str:
        return ("acme" if self.one_title else f"acme {one}") + "!" * self.edits[one][0]

    def text(self, one: int) -> str:
        return f"{LONG} {one}" + "." * self.edits[one][1]

    def link(self, one: int) -> str:
        site = f"{self.scheme}://{self.www}{self.name}.example"
        if self.links == "redirect":
            return BING % (f"{self.build}x{one}", f"{self.name}-{one}")
        if self.links == "session":
            return f"{site}/read?id={one}&amp;s={self.build}a{one}b&amp;{self.campaign}".rstrip("&amp;")
        query = f"?{self.campaign}" if self.campaign else ""
        return f"{site}/{'' if self.links == 'home' else one}{query}"

    def item(self, one: int) -> str:
        guids = {
            "address": f"{self.scheme}://{self.www}{self.name}.example/?p={one}",
            "word": f"entry-{one}",
            "link": self.link(one) if self.links != "home" else None,
            "none": None,
            "nothing": "N/A",
            "anew": f"{self.build}f{one}",
        }
        date = f"Mon, 02 Mar 2026 05:{one % 60:02}:00 GMT" if self.dated else ""
        return item(guids[self.guids], self.link(one), self.title(one), self.text(one), date)


def play(scene: Scene, sites: int, *, same: bool) -> None:
    """Play this many sites of twelve changes each; the ``same`` ones each time, or others."""
    machine = type("Here", (Site,), {"scene": scene})
    days.play(machine, sites, 12, same=same, phases=[Phase.generate])


def test_any_sequence_of_changes_leaves_one_card_an_entry(scene: Scene) -> None:
    play(scene, 30, same=True)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_thousand_sequences_of_changes_leave_one_card_an_entry(scene: Scene) -> None:
    play(scene, 1000, same=False)


FORMERLY = {
    "guids": SAME["a site gets its certificate"][0],
    "links and titles": SAME["a headline without a guid"][0],
    "one home page for all": SAME["a shop that links its home page"][0],
    "a guid that repeats the link": SAME["guids become links"][1],
    "a session in the link": SAME["a session in the link"][0],
    "words alone": DIFFERENT["words alone"],
    "relative links": rss(item(None, "/1", "acme 1"), item(None, "/2", "acme 2")),
    "a long guid": rss(item("x" * 600, "https://d.example/1", "acme")),
}


@pytest.mark.parametrize("name", FORMERLY)
def test_what_the_version_before_named_otherwise_floods_nobody_after_an_upgrade(scene: Scene, name: str) -> None:
    looks, shown = Looks(scene), read(FORMERLY[name], "application/xml", ADDRESS)
    scene.ingest(*map(named_formerly, shown))
    assert [looks.take(shown), looks.take(shown)] == [0, 0]


def named_formerly(entry: dict[str, Any]) -> Posted:
    """Make a post as the version before did: its guid, else link and title, else a hash of all of it."""
    fields = ("id", "title", "text", "url", "author", "author_url", "published", "lang", "links")
    everything = json.dumps({name: entry[name] for name in fields}, sort_keys=True)
    link_and_title = stable_id(f"{entry['url']} {entry['title']}")
    return post(
        external_id=stable_id(entry["id"]) or link_and_title or "sha256:" + sha256(everything.encode()).hexdigest(),
        text=entry["text"],
        title=entry["title"],
        url=entry["url"],
    )


def test_a_guid_that_several_bore_before_an_upgrade_is_one_of_theirs(scene: Scene) -> None:
    document = DIFFERENT["guids that say nothing"]
    scene.ingest(*map(named_formerly, read(document, "application/xml", ADDRESS)))
    assert Looks(scene).look(document) == 2


def test_an_entry_that_changed_its_names_shows_its_new_address(scene: Scene) -> None:
    looks = Looks(scene)
    looks.look(rss(item("x1", "http://old.example/1", "acme")))
    looks.look(rss(item("x1", "https://new.example/acme", "acme")))
    (row,) = scene.database.read(lambda session: entries.by_external_id(session, "blog", ["x1"]))
    assert (row.url, row.canonical_url) == ("https://new.example/acme", "https://new.example/acme")
