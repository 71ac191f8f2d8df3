"""Forms: what stands before people who write, read or publish a reply. They are drawn without writing anything.

Whoever decides has the whole before their eyes: the post, the draft, the charter's line, what changed since it was
read last, and what the checks say. A choice of a draft carries the version that is shown (``ground.written_as``), and
the form itself what else it shows (``digests``), so that what was read is what is decided on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from handlers.base.cards import Choice, Field, Form, Line, Section, one_line
from handlers.base.command import Asking
from handlers.base.errors import BotError, NotAllowed
from handlers.base.statuses import stage
from handlers.reply import rights
from handlers.reply.preconditions import Ground, label, load, names_of, written_as
from handlers.reply.reading import digests
from handlers.reply.reading import sections as shown
from storage.people import people
from storage.reply import drafts
from storage.reply.drafts import DraftRow
from storage.tables.states import CLOSED, DraftState, Verdict

MAX_DRAFT = 10_000

KEEP, REVIEW, PUBLISH = "keep", "review", "publish"
APPROVE, APPROVE_AND_PUBLISH, CHANGES, REJECT = "approve", "approve_publish", "changes", "reject"
SUPERSEDE = "supersede"

TEXT = Field(
    name="text",
    label="Reply",
    kind="text",
    hint="It becomes public only when somebody who may publishes it.",
    limit=MAX_DRAFT,
)
SAVED = Field(
    name="saved",
    label="Start from a saved reply",
    kind="choice",
    required=False,
    hint="It is filled in, for you to make it your own; what you typed stays.",
    fills=TEXT.name,
)
# What the buttons say: nothing that lets a reply out bears another name than that.
THEN = {KEEP: "Save as a draft", REVIEW: "Ask for a review", PUBLISH: "Publish now"}
VERDICTS = {
    APPROVE_AND_PUBLISH: "Approve and publish",
    APPROVE: "Approve",
    CHANGES: "Ask for changes…",
    REJECT: "Reject",
}
# Where a person posts by hand, a press gives them the text, and nothing goes out by it.
_BY_HAND = {PUBLISH: "Post it by hand", APPROVE_AND_PUBLISH: "Approve, post by hand"}
_REMARK = "The writer is told what you write; whoever asks for changes says which."
OTHERS = {SUPERSEDE: "They give way to this one", KEEP: "They stay"}


def draw_draft(asking: Asking, text: str | None = None) -> Form:
    """Draw the form in which a reply is written.

    It begins with ``text``, else with what the person typed so far or with the saved reply that they chose
    (``asking.given``), else with the draft that they have already.
    """
    ground = load(asking.session, asking.organisation, asking.mention)
    own = ground.own(asking.person_id) if asking.person_id is not None else None
    initial = text if text is not None else _begun(ground, asking, own)
    saved = tuple(Choice(value=name, label=name) for name, _ in ground.charter.saved)
    steps = _next_steps(ground, asking, initial, own)
    wanted = rights.review_wanted(ground, initial, asking.person_id or 0)
    fields = (
        *((replace(SAVED, choices=saved),) * bool(saved)),
        replace(TEXT, required=not saved, initial=initial),
        Field(
            name="then",
            label="And then",
            kind="choice",
            choices=tuple(Choice(value=value, label=said) for value, said in steps.items()),
            initial=REVIEW if wanted else KEEP,
            pressed=True,
        ),
    )
    form = _form(ground, "draft", "Reply to", THEN[KEEP], fields, _beside_draft(ground, asking, own), "")
    return replace(
        form,
        principles=asking.organisation.principles,
        previewed=TEXT.name,
        preview=_preview(ground, asking, initial),
        shown=digests.before_sending(ground, initial, asking.person_id) if asking.person_id is not None else "",
    )


def _begun(ground: Ground, asking: Asking, own: DraftRow | None) -> str:
    if TEXT.name in asking.given:
        return asking.given[TEXT.name]
    chosen = asking.given.get(SAVED.name, "")
    saved = shown.saved_text(ground, chosen, asking.person_id) if chosen and asking.person_id is not None else None
    return saved if saved is not None else own.text if own else ""


def _preview(ground: Ground, asking: Asking, text: str) -> tuple[Section, ...]:
    """Return the reply as it will stand there, and what the checks say of it; of what is too long to keep, only that.

    What nothing was written of yet has no advice: one sees what will stand around it.
    """
    if asking.person_id is None:
        return ()
    if len(text) > MAX_DRAFT:
        return (Section(title=shown.STANDS, lines=(Line(text=too_long(text)),)),)
    hindered = tuple(Line(text=one) for one in _hindrances(ground))
    advice = shown.advice_section(shown.advice_on(ground, text, asking.person_id)) if text.strip() else None
    lines = (*hindered, *(advice.lines if advice else ()))
    drawn = shown.preview(ground, text, asking.person_id)
    return (drawn, Section(title=shown.BEFORE, lines=lines)) if lines else (drawn,)


def _hindrances(ground: Ground) -> Iterator[str]:
    """Say why nothing that is written now could go out."""
    if ground.post.deleted_at is not None:
        yield "The author deleted the post, so there is nothing to answer any more."
    if ground.mention.status in CLOSED:
        yield f"This is {ground.mention.status}: a draft can be kept, and goes out when somebody has reopened it."


def too_long(text: str) -> str:
    """Say that a text is longer than a draft may be, by how much where it came whole, and that it is not lost."""
    counted = f", and this has {len(text):,}" if len(text) > MAX_DRAFT + 1 else ""
    return f"It is too long: a draft has at most {MAX_DRAFT:,} characters{counted}. Nothing was cut: shorten it."


def _next_steps(ground: Ground, asking: Asking, text: str, own: DraftRow | None) -> dict[str, str]:
    """Return what may follow; publishing only for who has the right, where nobody has to read it first."""
    if asking.person_id is None or not rights.may_publish(ground, _who(asking)):
        return {value: said for value, said in THEN.items() if value != PUBLISH}
    agreed = own is not None and own.text == text and digests.approval_holds(ground, own)
    wanted = not agreed and rights.review_wanted(ground, text, asking.person_id)
    return _named(ground, {value: said for value, said in THEN.items() if value != PUBLISH or not wanted})


def _named(ground: Ground, steps: Mapping[str, str]) -> dict[str, str]:
    """Say what the presses do where a person posts by hand."""
    by_hand = {} if ground.rules.reply.by_api else _BY_HAND
    return {value: by_hand.get(value, said) for value, said in steps.items()}


def _who(asking: Asking) -> rights.Publisher:
    return rights.standing(asking.session, asking.organisation, asking.person_id or 0)


def _beside_draft(ground: Ground, asking: Asking, own: DraftRow | None) -> list[Section]:
    beside = [*shown.author(ground), *shown.talk(ground), shown.charter(ground)]
    said = drafts.last_review(ground.session, own.id) if own else None
    if said is not None and said.verdict != Verdict.APPROVED and said.remark:
        name = people.names(ground.session, [said.person_id])[said.person_id]
        beside.append(Section(title=f"{name} asks for changes", lines=shown.paragraphs(said.remark)))
    others = [one for one in ground.living if own is None or one.id != own.id]
    if others:
        names = names_of(ground.session, others)
        lines = tuple(Line(text=f"{names[one.person_id]}: {stage(one)}") for one in others)
        beside.append(Section(title="Also drafting", lines=lines))
    return [*beside, shown.answered_before(ground)]


def draw_review(asking: Asking) -> Form:
    """Draw the form in which a second person reads the drafts that wait, and says what they think.

    Raises:
        BotError: None waits.
        NotAllowed: None of those that wait is this person's to judge.
    """
    ground = load(asking.session, asking.organisation, asking.mention)
    waiting = to_review(ground, asking.person_id)
    may = asking.person_id is not None and rights.may_publish(ground, _who(asking))
    verdicts = _named(ground, {value: said for value, said in VERDICTS.items() if value != APPROVE_AND_PUBLISH or may})
    fields = [
        _which(ground, waiting, waiting[0]),
        Field(
            name="verdict",
            label="Your verdict",
            kind="choice",
            choices=tuple(Choice(value=value, label=said) for value, said in verdicts.items()),
            pressed=True,
        ),
        Field(name="remark", label="Remark", kind="text", required=False, hint=_REMARK),
    ]
    if len(ground.living) > 1:
        options = tuple(Choice(value=value, label=said) for value, said in OTHERS.items())
        label_ = "The other drafts, if you approve"
        fields.append(
            Field(name="others", label=label_, kind="choice", required=False, choices=options, initial=SUPERSEDE)
        )
    beside = [*shown.author(ground), *shown.talk(ground), shown.charter(ground)]
    for one in waiting:
        beside += _reading(ground, one)
    beside.append(shown.answered_before(ground))
    return _form(ground, "review", "Review for", "Give verdict", fields, beside, digests.showing(ground, waiting))


def to_review(ground: Ground, person_id: int | None) -> list[DraftRow]:
    """Return the drafts that wait for this person.

    Raises:
        BotError: None waits.
        NotAllowed: None of those that wait is this person's to judge.
    """
    waiting = ground.among(DraftState.IN_REVIEW)
    if not waiting:
        raise BotError(f"No draft on #{ground.mention.token} waits for a second person.")
    if person_id is None:
        return waiting
    who = rights.standing(ground.session, ground.organisation, person_id)
    refusals = {one.id: rights.may_review(ground, who, one) for one in waiting}
    allowed = [one for one in waiting if not refusals[one.id]]
    if not allowed:
        raise NotAllowed(refusals[waiting[0].id])
    return allowed


def draw_publish(asking: Asking, candidates: Sequence[DraftRow], why: str = "") -> Form:
    """Draw the form in which one draft is chosen and read before it is published; ``why`` says why once more."""
    by_api = asking.organisation.source(asking.mention.source).reply.by_api
    submit = THEN[PUBLISH] if by_api else _BY_HAND[PUBLISH]
    form = _draw_choice(asking, "publish", "Publish for", submit, candidates)
    said = (Section(title="Before you publish it", lines=(Line(text=why),)),) if why else ()
    return replace(form, beside=(*said, *form.beside))


def draw_withdraw(asking: Asking, candidates: Sequence[DraftRow]) -> Form:
    """Draw the form in which one draft is chosen and withdrawn."""
    return _draw_choice(asking, "withdraw", "Withdraw for", "Withdraw", candidates)


def _draw_choice(asking: Asking, verb: str, title: str, submit: str, candidates: Sequence[DraftRow]) -> Form:
    ground = load(asking.session, asking.organisation, asking.mention)
    beside = [*shown.talk(ground), shown.charter(ground)]
    for one in candidates:
        beside += _reading(ground, one)
    which = _which(ground, candidates, candidates[0])
    return _form(ground, verb, title, submit, [which], beside, digests.showing(ground, candidates))


def _reading(ground: Ground, draft: DraftRow) -> list[Section]:
    """Return what a reader of a draft needs, and first of it what changed since somebody approved it."""
    now = digests.of_draft(ground, draft)
    changed = digests.what_changed(ground, draft.approved_digests, now, "it was approved") if draft.approved else ""
    said = [Section(title="Approved before", lines=(Line(text=changed),))] if changed else []
    return [*said, *shown.reading(ground, draft)]


def _form(
    ground: Ground,
    verb: str,
    title: str,
    submit: str,
    fields: Sequence[Field],
    beside: Sequence[Section],
    shows: str,
) -> Form:
    row = ground.mention
    return Form(
        verb=verb,
        value=f"{row.token}.{row.version}",
        title=f"{title} #{row.token}",
        submit=submit,
        fields=tuple(fields),
        about=one_line(ground.post.headline),
        beside=tuple(one for one in beside if one.lines),
        shown=shows,
    )


def _which(ground: Ground, candidates: Sequence[DraftRow], first: DraftRow) -> Field:
    names = names_of(ground.session, candidates)
    choices = tuple(Choice(value=written_as(one), label=label(names[one.person_id], one)) for one in candidates)
    return Field(name="draft", label="Draft", kind="choice", choices=choices, initial=written_as(first))
