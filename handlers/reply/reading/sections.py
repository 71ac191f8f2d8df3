"""Beside: what stands next to the fields of a form about a reply, so that whoever decides has the whole before them.

The talk, the charter's line, a draft with its signature, what changed since somebody read it, what the checks say,
and what we answered before. Texts are shown whole: nobody consents to what was cut off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.base.cards import Line, Link, Preview, Section, one_line
from handlers.base.charter import length, links_of
from handlers.base.standing import said_of, watch_of
from handlers.base.talk import Speaker, Turn, in_its_place, read_others
from handlers.reply import rights
from handlers.reply.preconditions import Ground, names_of
from handlers.reply.reading.checks import Advice, Circumstances, advise, fill, signed, speaking_to
from handlers.reply.reading.past_replies import similar
from handlers.text.addresses import read_web_address
from handlers.text.diff import difference
from handlers.text.unseen import unseen_marks
from storage.people import people
from storage.reply import drafts, past_replies
from storage.reply.drafts import DraftRow

STANDS = "As it will stand there"
BEFORE = "Before it goes out"
_OUR_MARK = "A mark of ours, by which Dibs finds it again."
_LINE = 500
# So many turns of a talk stand in a form beside what is answered, and so many posts of others.
_TURNS, _OTHERS = 8, 3


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, or wrote, a draft, as its text needs it."""

    name: str
    department: str


def writer_of(ground: Ground, person_id: int | None) -> Writer:
    """Return the writer; their department is their first one, else the one that owns the mention."""
    if person_id is None:
        return Writer("", ground.owning.name)
    own = people.memberships(ground.session, [person_id]).get(person_id, [])
    named = {one.key: one.name for one in ground.organisation.departments}
    department = named.get(own[0][0], ground.owning.name) if own else ground.owning.name
    return Writer(people.names(ground.session, [person_id]).get(person_id, ""), department)


def whole(ground: Ground, text: str, person_id: int) -> str:
    """Return a reply as it would stand there: to whom it speaks, the words, the signature."""
    writer = writer_of(ground, person_id)
    said = signed(text, ground.charter, writer.name, writer.department)
    return speaking_to(said, ground.rules, ground.author.handle if ground.author else "")


def preview(ground: Ground, text: str, person_id: int, title: str = STANDS) -> Section:
    """Return the reply that a person's text will be, exactly as it will stand in public."""
    return standing(ground, whole(ground, text, person_id), title)


def standing(ground: Ground, stands: str, title: str) -> Section:
    """Return a whole reply as it stands in public, with its length there, and what of it nobody sees."""
    reply = ground.rules.reply
    counted = length(stands, reply) if reply.limit else 0
    drawn = Preview(
        name=ground.rules.account or ground.organisation.name,
        text=stands,
        count=f"{counted:,} of {reply.limit:,} {reply.unit}" if reply.limit else "",
        over=counted > reply.limit,
        card=_card_below(stands) if reply.link_card else "",
        unseen=(*unseen_marks(stands), *([_OUR_MARK] if reply.marked else [])),
    )
    return Section(title=title, lines=paragraphs(stands), quote=True, preview=drawn)


def _card_below(text: str) -> str:
    address = next((address for one in links_of(text) if (address := read_web_address(one))), None)
    return address.host if address else ""


def advice_on(ground: Ground, text: str, person_id: int) -> tuple[Advice, ...]:
    """Return what the checks say of a text."""
    writer = writer_of(ground, person_id)
    return advise(
        Circumstances(
            text=text,
            mention_text=ground.post.words,
            mention_lang=ground.post.lang,
            rules=ground.rules,
            person_name=writer.name,
            author_name=_author_of(ground),
            author_handle=ground.author.handle if ground.author else "",
            department=writer.department,
            recent=past_replies.recent_texts(ground.session, ground.rules.name),
            desk_url=ground.organisation.desk_url,
        )
    )


def _author_of(ground: Ground) -> str:
    return (ground.author.name or ground.author.handle) if ground.author else ""


def saved_text(ground: Ground, name: str, person_id: int) -> str | None:
    """Return a saved reply with its fields filled in, or None when there is none of this name."""
    template = dict(ground.charter.saved).get(name)
    return filled(ground, template, person_id) if template is not None else None


def filled(ground: Ground, template: str, person_id: int) -> str:
    """Return what is meant for several with the fields of this author, of who writes, and of the house filled in."""
    name_of_writer = writer_of(ground, person_id).name
    values = {"author": _author_of(ground), "name": name_of_writer, "organisation": ground.organisation.name}
    return fill(template, values)


def paragraphs(text: str) -> tuple[Line, ...]:
    """Return a whole text as lines, none of them longer than a platform shows; nothing is left out."""
    lines: list[Line] = []
    for paragraph in text.splitlines():
        rest = " ".join(paragraph.split())
        while len(rest) > _LINE:
            at = rest.rfind(" ", _LINE // 2, _LINE)
            at = at if at > 0 else _LINE
            lines.append(Line(text=rest[:at]))
            rest = rest[at:].lstrip()
        lines += [Line(text=rest)] if rest else []
    return tuple(lines)


def talk(ground: Ground) -> list[Section]:
    """Return the talk as it ran (they, we, they): what is answered whole, and before it a line of each other turn.

    Of a long talk its first post and the newest turns are shown; the rest stands on the mention's page. What others
    wrote around it comes last.
    """
    answered = ground.post
    rest = [one for one in ground.talk.turns if one is not answered]
    if not rest:
        return [_answered(answered, "The post"), *_others(ground)]
    if len(rest) > _TURNS:
        rest = [rest[0], *rest[1 - _TURNS :]]
    until_now = Section(
        title="The talk until now",
        lines=tuple(_line(one) for one in rest),
        more=len(ground.talk.turns) - 1 - len(rest),
        quote=True,
    )
    return [until_now, _answered(answered, "The author’s latest post, which a reply answers"), *_others(ground)]


def _answered(turn: Turn, title: str) -> Section:
    """Return a post whole, with where it stands."""
    if turn.gone:
        return Section(title=title, lines=(Line(text=in_its_place(turn.external_id)),))
    lines = tuple(Line(text=one.text, lang=turn.lang) for one in paragraphs(turn.words))
    there = (Line(text="Where it stands", link=Link(label="the post", url=turn.url)),) if turn.url else ()
    return Section(title=title, lines=(*lines, *there), quote=True)


def _line(turn: Turn) -> Line:
    who = "We" if turn.who == Speaker.WE else turn.name or "The author"
    edited = " (edited)" if turn.edited_at and not turn.gone else ""
    said = "deleted this post." if turn.gone else one_line(turn.words, _LINE - 100)
    return Line(text=f"{who}{edited}{' ' if turn.gone else ': '}{said}", at=turn.at, lang=turn.lang)


def _others(ground: Ground) -> list[Section]:
    others = read_others(ground.session, ground.mention.id, _OTHERS)
    lines = tuple(_line(replace(one, name=one.name or "Somebody")) for one in others)
    return [Section(title="Others wrote there", lines=lines, quote=True)] if lines else []


def author(ground: Ground) -> list[Section]:
    """Return who the author is to us and what colleagues made of them; nothing where there is nothing to say.

    What advises against an answer comes first, and is advice: it takes no button away.
    """
    watch, said = watch_of(ground.mention), said_of(ground.mention, deleted=ground.post.deleted_at is not None)
    lines = tuple(Line(text=one[:1].upper() + one[1:]) for one in (watch, *said) if one)
    return [Section(title="The author", lines=lines)] if lines else []


def charter(ground: Ground) -> Section:
    """Return what the charter asks of a reply, and who may publish it."""
    rules = ground.charter
    lines = [Line(text=rules.line)]
    if rules.disclosure:
        lines.append(Line(text=f"Every reply says: {rules.disclosure}"))
    lines.append(Line(text=f"Publishing is for {rights.publishers(ground)}."))
    return Section(title=f"The charter of {ground.rules.name}", lines=tuple(lines))


def advice_section(advice: Sequence[Advice]) -> Section:
    """Return what the checks say, as lines."""
    return Section(title=BEFORE, lines=tuple(Line(text=one.sentence) for one in advice))


def reading(ground: Ground, draft: DraftRow) -> list[Section]:
    """Return what a reader of a draft needs: it, what changed since it was read last, and what the checks say."""
    name = names_of(ground.session, [draft])[draft.person_id]
    sections = [preview(ground, draft.text, draft.person_id, f"{name}’s reply, as it will stand there")]
    said = drafts.last_review(ground.session, draft.id)
    if said is not None and said.version != draft.version:
        before = drafts.version_text(ground.session, draft.id, said.version) or ""
        lines = tuple(Line(text=one) for one in difference(before, draft.text))
        sections.append(Section(title=f"What {name} changed since it was read", lines=lines))
    return [*sections, advice_section(advice_on(ground, draft.text, draft.person_id))]


def answered_before(ground: Ground) -> Section:
    """Return what we replied to posts like this one."""
    lines = []
    for one in similar(ground.session, ground.mention):
        link = Link(label="reply", url=one.url) if one.url else None
        text = f"#{one.mention_token} {one_line(one.asked)} → {one_line(one.answered, 300)}"
        lines.append(Line(text=text, at=one.at, link=link))
    return Section(title="Answered before", lines=tuple(lines))
