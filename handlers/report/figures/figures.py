"""Figures: what is counted of a period, each by one function; what it means stands in ``definitions``.

All are functions of the material. Departments are ids, and may be groups of departments.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

from handlers.report.counting.days import begins, microseconds
from handlers.report.figures.material import Material
from handlers.report.figures.statistics import Breadth, Gap, Rate, Times, breadth, gap, rate, times
from storage.report.shapes import PersonFirstRow, StayedRow
from storage.tables.judgements import Ending
from storage.tables.states import Verdict

FOR_TIERS = 20
Matrix = Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of the mentions that arrived; ``answered`` is of those that wanted an answer."""

    arrived: int
    dismissed: int
    answered: Rate
    resolved_silent: int
    open: int
    acted: int


@dataclass(frozen=True, slots=True)
class Speed:
    """How soon mentions were claimed, answered and resolved, from their arrival on."""

    claim: Times
    reply: Times
    resolution: Times


@dataclass(frozen=True, slots=True)
class DepartmentSpeed:
    """How soon a department claimed and answered what came to it, from when it came; what it passed on unclaimed, and
    how often anything came.
    """

    claim: Times
    passed_on: int
    reply: Times
    came: int


NO_SPEED = DepartmentSpeed(times([]), 0, times([]), 0)


@dataclass(frozen=True, slots=True)
class Taking:
    """How many people did something, in all and by the department for which they did."""

    people: int
    by: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Bounce:
    """How many mentions went to another department, how often, and how many came back to one that they had left."""

    handed_on: int
    hops: int
    bounced: int


@dataclass(frozen=True, slots=True)
class Talk:
    """How many answered mentions their author came back on, and how many turns there were after the first."""

    answered: int
    talked_back: int
    exchanges: int


@dataclass(frozen=True, slots=True)
class Turnaround:
    """How many verdicts there were, how many approved, and how soon they came after somebody asked."""

    approved: Rate
    waited: Times


@dataclass(frozen=True, slots=True)
class Fairness:
    """How many were answered of each tier, and by how much the best and the worst differ."""

    tiers: Mapping[str, Rate]
    gap: Gap | None


def coverage(material: Material) -> Coverage:
    """Return what became of what arrived."""
    facts = material.facts
    unanswered = [one for one in facts if one.reply is None]
    return Coverage(
        arrived=len(facts),
        dismissed=sum(not one.counts for one in facts),
        answered=rate(len(facts) - len(unanswered), len(material.counted)),
        resolved_silent=sum(one.last == "resolved" for one in unanswered),
        open=sum(one.last == "" for one in unanswered),
        acted=sum(one.acted for one in facts),
    )


def by_part(material: Material) -> Mapping[date, tuple[int, int]]:
    """Return how many arrived in each part of the period, and how many of those were answered."""
    period = material.period
    parts = period.parts(period.end)
    begun = [begins(part, period.zone) for part in parts]
    in_order = [(parts[bisect(begun, one.arrived) - 1], one.reply is not None) for one in material.facts]
    arrived, answered = Counter(part for part, _ in in_order), Counter(part for part, said in in_order if said)
    return {part: (arrived[part], answered[part]) for part in period.parts(material.now)}


def speed(material: Material) -> Speed:
    """Return how soon the company acted."""
    facts = material.counted
    return Speed(
        claim=until_claimed(material),
        reply=times([one.reply for one in facts]),
        resolution=times([one.done if one.last == "resolved" else None for one in facts]),
    )


def until_claimed(material: Material) -> Times:
    """Return how soon mentions were claimed, from their arrival on."""
    return times([one.claim for one in material.counted])


def came_there(material: Material) -> Iterable[StayedRow]:
    """Return all stays."""
    return chain.from_iterable(material.stays.values())


def claims_waited_for(material: Material) -> list[StayedRow]:
    """Return the stays in which a claim was waited for: those that got one, and those that still may."""
    return [
        stay
        for fact in material.counted
        for stay in material.stays.get(fact.mention_id, ())
        if stay.claim is not None or (not stay.left and fact.last == "")
    ]


def passed_on(material: Material) -> list[StayedRow]:
    """Return the stays that ended unclaimed, in another department."""
    stays = (stay for fact in material.counted for stay in material.stays.get(fact.mention_id, ()))
    return [stay for stay in stays if stay.claim is None and stay.left]


def replies_waited_for(material: Material) -> list[StayedRow]:
    """Return of each mention the stay in which it was first answered, else the one that it is in."""
    found = []
    for fact in material.counted:
        if stays := material.stays.get(fact.mention_id):
            found.append(next((one for one in stays if one.reply is not None), stays[-1]))
    return found


def speed_by_department(material: Material) -> dict[int, DepartmentSpeed]:
    """Return how soon each department acted, from when it came to it."""
    group_of = {one: material.group_of(one) for one in material.came}
    claims, replies = ({group: list[int | None]() for group in group_of.values()} for _ in range(2))
    for stay in claims_waited_for(material):
        claims[group_of[stay.department_id]].append(stay.claim)
    for stay in replies_waited_for(material):
        replies[group_of[stay.department_id]].append(stay.reply)
    on, came = (Counter(group_of[one.department_id] for one in find(material)) for find in (passed_on, came_there))
    return {key: DepartmentSpeed(times(claims[key]), on[key], times(replies[key]), came[key]) for key in sorted(claims)}


def acted(material: Material) -> Taking:
    """Return who did anything."""
    return _taking({(one.person_id, one.department_id) for one in material.days})


def owned(material: Material) -> Taking:
    """Return who made something theirs."""
    return _taking({(one.person_id, one.department_id) for one in material.days if one.owned})


def spoke(material: Material) -> Taking:
    """Return who spoke for us."""
    return _taking({(one.person_id, one.department_id) for one in material.days if one.spoke})


def _taking(found: set[tuple[int, int]]) -> Taking:
    return Taking(len({person for person, _ in found}), Counter(department for _, department in found))


def first_time(material: Material, rung: str) -> set[int]:
    """Return who did something for the first time ever; ``rung`` is acted, owned or spoke."""
    return {one.person_id for one in material.firsts if _is_first(material, one, rung)}


def _is_first(material: Material, one: PersonFirstRow, rung: str) -> bool:
    at = getattr(one, rung)
    return at is not None and material.period.since <= at < material.period.end


def spread_of_replies(material: Material) -> Breadth:
    """Return over how many departments replies are spread."""
    return _spread(material, material.by("replies"))


def spread_of_claims(material: Material) -> Breadth:
    """Return over how many departments claims are spread."""
    return _spread(material, material.by("claims"))


def spread_of_time(material: Material) -> Breadth:
    """Return over how many departments it is spread in whose hands mentions are, in seconds."""
    return _spread(material, {key: span / 1_000_000 for key, span in material.held.items()}, things=False)


def _spread(material: Material, amounts: Mapping[int, float], *, things: bool = True) -> Breadth:
    own = {key: amount for key, amount in amounts.items() if key}
    return breadth(own, len(material.departments), things=things)


def between(material: Material, what: str) -> Matrix:
    """Return how often something was done between departments: ``handed_off`` from one to another, ``helped`` by one
    with what lay at another.
    """
    return {(a, int(b)): number for (a, b), number in material.counts.get(what, {}).items()}


def source_map(material: Material) -> Mapping[tuple[int, str], int]:
    """Return how often each department replied at each source."""
    return dict(material.counts.get("replies", {}))


def bounce(material: Material) -> Bounce:
    """Return how often mentions went from department to department."""
    facts = material.facts
    return Bounce(sum(one.hops > 0 for one in facts), sum(one.hops for one in facts), sum(one.bounced for one in facts))


def talk(material: Material) -> Talk:
    """Return how talks went on."""
    answered = [one for one in material.facts if one.reply is not None]
    return Talk(len(answered), sum(one.back > 0 for one in answered), sum(one.said + one.back for one in answered))


def review(material: Material) -> Turnaround:
    """Return how soon second people read."""
    verdicts = material.reviews
    waited = [microseconds(one.asked, one.at) for one in verdicts if one.asked is not None]
    approved = sum(one.verdict == Verdict.APPROVED for one in verdicts)
    return Turnaround(rate(approved, len(verdicts)), times(waited))


def said(material: Material) -> int:
    """Return how often we replied, whoever did, by hand too."""
    return material.total("replies") + material.total("by_hand")


def engagement(material: Material) -> Rate:
    """Return which part of what our accounts said were replies."""
    replies = said(material)
    return rate(replies, replies + material.own_posts)


def endings(material: Material) -> Mapping[str, int]:
    """Return how what stands resolved ended for its author, where somebody said so."""
    resolved = (one for one in material.facts if one.last == "resolved")
    found = Counter(material.standing[one.mention_id].outcome for one in resolved)
    return {str(ending): found[ending] for ending in Ending if ending}


def fairness(material: Material) -> Fairness:
    """Return how many were answered of each tier."""
    wanted, tier_of = material.counted, {key: one.tier for key, one in material.standing.items()}
    all_of = Counter(tier_of[one.mention_id] for one in wanted)
    answered = Counter(tier_of[one.mention_id] for one in wanted if one.reply is not None)
    rates = {tier: rate(answered[tier], n) for tier, n in sorted(all_of.items())}
    enough = sorted((one for one in rates.values() if one.n >= FOR_TIERS), key=lambda one: one.rate or 0)
    return Fairness(rates, gap(enough[-1], enough[0]) if len(enough) > 1 else None)
