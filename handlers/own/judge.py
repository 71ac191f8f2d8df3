"""Judge: what a colleague makes of an author and of what may come of it, on any mention, by anybody, at any time.

It moves nobody's mention: that stands before others in lists, goes on by the targets and under the charter's care for
what is at risk, and the form of a reply says so. It is undone by judging again, and the log keeps each judgement.

A form says both at once, so it holds only for the judgement that it was drawn from: where a colleague judged meanwhile,
theirs is shown first, and nothing of it is lost by a press.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from handlers.base.cards import Choice, Field, Form, Rank, one_line
from handlers.base.command import Answer, Asking, Context, MentionCommand
from handlers.base.errors import WrongInput
from handlers.base.situation import Step, always
from handlers.base.standing import (
    RISK_LABELS,
    VERDICT_LABELS,
    Hint,
    hint_of_risk,
    hint_of_verdict,
    priority_of,
    write_hints,
)
from handlers.base.verb import Verb
from handlers.own.transition import record
from storage.own import marks, mentions, ownership
from storage.own.mentions import MentionRow
from storage.people import people
from storage.report import hints
from storage.tables.judgements import AuthorVerdict, Risk
from storage.tables.states import Action

NONE = "none"
_NOTHING = Choice(value=NONE, label="nothing to say")
_VERDICTS = {str(value): label for value, label in VERDICT_LABELS.items()}
_RISKS = {str(value): label for value, label in RISK_LABELS.items()}
_FIELDS = (
    Field(
        name="verdict",
        label="The author",
        kind="choice",
        required=False,
        choices=(_NOTHING, *(Choice(value=value, label=label) for value, label in _VERDICTS.items())),
        hint="For colleagues alone. It keeps nobody from an answer.",
        example="unhappy",
    ),
    Field(
        name="risk",
        label="What may come of it",
        kind="choice",
        required=False,
        choices=(_NOTHING, *(Choice(value=value, label=label) for value, label in _RISKS.items())),
        hint="Risk and cancel stand first in lists.",
        example="cancel",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeMention(MentionCommand):
    """Ask to write down a judgement.

    Attributes:
        verdict: An ``AuthorVerdict`` or "none"; empty leaves what there is. A risk that was typed in its place counts.
        risk: A ``Risk`` or "none"; empty leaves what there is.
    """

    verdict: str = ""
    risk: str = ""


def judge_mention(command: JudgeMention, context: Context) -> Answer:
    """Write the judgement down; neither owner nor status nor version change, and clocks go on by what is promised now.

    Raises:
        WrongInput: It is neither a verdict nor a risk, or says nothing at all.
    """
    verdict, risk = _read(command)
    seen = mentions.hold(context.session, context.mention.id)
    left = write_hints(None if risk else hint_of_risk(seen.hints), None if verdict else hint_of_verdict(seen.hints))
    values = {"verdict": _becomes(verdict, seen.verdict), "risk": _becomes(risk, seen.risk), "hints": left}
    priority = priority_of(seen.tier, values["risk"], left)
    said = [one for one in (values["verdict"], values["risk"]) if one]
    if (seen.verdict, seen.risk, seen.hints) == (values["verdict"], values["risk"], left):
        return Answer(text=f"#{seen.token} is judged so already: {', '.join(said) or 'nothing to say'}.")
    if command.shown and command.shown != _digest(seen):
        return _look_again(context, seen, {"verdict": verdict, "risk": risk})
    changed = marks.mark(context.session, seen.id, **values, priority=priority)
    record(context, seen, changed, Action.JUDGED, ", ".join(said) or "nothing to say")
    _count(context, seen, "risk", risk, hint_of_risk(seen.hints))
    _count(context, seen, "verdict", verdict, hint_of_verdict(seen.hints))
    context.found = changed
    return Answer(text=f"#{seen.token} is judged: {', '.join(said) or 'nothing to say'}.")


def _count(context: Context, seen: MentionRow, axis: str, said: str, hint: Hint | None) -> None:
    """Let a judgement count for or against the word of the hint, also where it is judged once more."""
    if not said:
        return
    judged_so = "" if said == NONE else said
    if hint is None:
        hints.judged(context.session, seen.id, axis, judged_so)
    else:
        hints.judge(context.session, seen.id, axis, seen.department_id, hint.kind, hint.word, judged_so)


def _digest(row: MentionRow) -> str:
    """Return what a form carries that was drawn from this judgement."""
    return sha256(f"{row.verdict}\0{row.risk}".encode()).hexdigest()[:16]


def _look_again(context: Context, seen: MentionRow, wanted: dict[str, str]) -> Answer:
    """Show the judgement that there is now, in the form with what was wanted."""
    found = ownership.last_action(context.session, seen.id, [Action.JUDGED])
    by = found[1] if found is not None else None
    name = people.names(context.session, [by])[by] if by is not None else "Somebody"
    is_now = ", ".join(one for one in (seen.verdict, seen.risk) if one) or "nothing to say"
    given = {key: value for key, value in wanted.items() if value not in ("", NONE)}
    return Answer(
        text=f"{name} judged #{seen.token} meanwhile: {is_now}. Press Judge once more if you see it otherwise.",
        form=draw_judge(replace(context.asking, found=seen, given=given)),
    )


def _read(command: JudgeMention) -> tuple[str, str]:
    """Return the verdict and the risk; of what is typed in one go, each word finds its own place."""
    verdict, risk = command.verdict.strip().lower(), command.risk.strip().lower()
    if verdict in _RISKS and risk in ("", NONE, *_VERDICTS):
        verdict, risk = risk, verdict
    wrong = {
        name: f"It is one of {', '.join(known)}, or none."
        for name, value, known in (("verdict", verdict, _VERDICTS), ("risk", risk, _RISKS))
        if value not in ("", NONE, *known)
    }
    if wrong:
        raise WrongInput(" ".join(dict.fromkeys(wrong.values())), wrong)
    if not verdict and not risk:
        sentence = f"Say what you make of it: {', '.join((*_VERDICTS, *_RISKS))}, or none."
        raise WrongInput(sentence, {"verdict": sentence})
    return verdict, risk


def _becomes(said: str, before: str) -> str:
    if not said:
        return before
    return "" if said == NONE else said


def draw_judge(asking: Asking) -> Form:
    """Draw the form: it begins with what was said last, else with what is supposed, and says by which word."""
    row = asking.mention
    post = mentions.original(asking.session, row.id)
    verdict, risk = _FIELDS
    fields = (
        _begun(asking, verdict, row.verdict, hint_of_verdict(row.hints)),
        _begun(asking, risk, row.risk, hint_of_risk(row.hints)),
    )
    return Form(
        verb=VERB.name,
        value=f"{row.token}.{row.version}",
        title=f"Judge #{row.token}",
        submit="Judge",
        fields=fields,
        about=one_line(post.title or post.text),
        shown=_digest(row),
    )


def _begun(asking: Asking, field: Field, said: str, hint: Hint | None) -> Field:
    said = asking.given.get(field.name) or said
    if hint is None:
        return replace(field, initial=said or NONE)
    known = hints.record_of(asking.session, asking.mention.department_id, hint.kind, hint.word)
    so_far = f", right in {known.right} of {known.of} so far" if known.of else ""
    return replace(field, initial=said or hint.kind, hint=f"{hint.sentence}{so_far}. {field.hint}")


def judged(row: MentionRow) -> bool:
    """Say whether somebody judged it."""
    return row.verdict != AuthorVerdict.UNSAID or row.risk != Risk.UNSAID


VERB = Verb(
    name="judge",
    label="Judge",
    help="say what you make of its author, and what may come of it",
    command=JudgeMention,
    handler=judge_mention,
    when=always,
    elsewhere=Rank.MORE,
    ranks={Step.CLOSED: Rank.MORE},
    form=True,
    draw=draw_judge,
    fields=_FIELDS,
    key="u",
)
