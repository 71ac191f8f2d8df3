"""Parts: the figures of the company, of a department, and of what goes between departments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from handlers.report.figures import figures
from handlers.report.figures.business import business_figures
from handlers.report.figures.figures import DepartmentSpeed
from handlers.report.figures.headcount import Headcount, of_people
from handlers.report.figures.material import Material
from handlers.report.figures.privacy import OTHERS, Grouping
from handlers.report.figures.shown import Figure, number, per_cent, share, spans, spread
from storage.people.people import DepartmentRow

OTHERS_KEY, NONE_KEY = "others", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The figures of the company, or of one department."""

    key: str
    name: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """How departments, and groups of them, are called."""

    known: Mapping[int, DepartmentRow]
    grouping: Grouping

    @property
    def groups(self) -> tuple[int, ...]:
        """All that have figures, in the order of dibs.toml; the others come last."""
        shown = sorted((one for one in self.grouping.shown if one), key=lambda one: self.known[one].position)
        nobodys = (0,) if 0 in self.grouping.shown else ()
        return (*shown, *nobodys, *((OTHERS,) if self.grouping.others else ()))

    def key(self, group_id: int) -> str:
        """Return the key of a group."""
        if group_id == OTHERS:
            return OTHERS_KEY
        return self.known[group_id].key if group_id in self.known else NONE_KEY

    def name(self, group_id: int) -> str:
        """Return what a group is called."""
        if group_id == OTHERS:
            return "Others"
        return self.known[group_id].name if group_id in self.known else "No department"


def company_part(
    name: str, whole: Material, by_group: Material, grouping: Grouping, waiting: int, heads: Headcount
) -> Part:
    """Return the figures of the company."""
    found = (
        *_arrival(whole, waiting),
        *_speed(whole),
        *(business_figures(whole.clocks) if whole.clocks else ()),
        *_people(whole, heads),
        *(_spreads(by_group) if grouping.has_table else ()),
        *_hands(whole),
        *_talk(whole),
    )
    return Part(key="", name=name, figures=found)


def _arrival(whole: Material, waiting: int) -> tuple[Figure, ...]:
    found = figures.coverage(whole)
    return (
        number("arrived", "Arrived", found.arrived, rows="arrived"),
        number("heard", "Heard", found.arrived + whole.dropped),
        share("coverage", "Answered, of what wanted an answer", found.answered, rows="wanted"),
        number("answered", "Answered", found.answered.k, rows="answered"),
        number("dismissed", "Dismissed", found.dismissed, rows="dismissed"),
        number("resolved_silent", "Resolved without a reply", found.resolved_silent, rows="resolved_silent"),
        number("open", "Still open", found.open, rows="open"),
        number("acted", "Somebody acted", found.acted, rows="acted"),
        number("waiting", "Waiting now", waiting, rows="waiting"),
    )


def _speed(whole: Material) -> tuple[Figure, ...]:
    found = figures.speed(whole)
    return (
        *spans("claim", "Until somebody had it", found.claim, rows="wanted"),
        *spans("reply", "Until the first reply", found.reply, rows="wanted"),
        *spans("resolution", "Until it was resolved", found.resolution, rows="wanted"),
    )


def _rungs(acted: int, owned: int, spoke: int, heads: Headcount, *of: str) -> tuple[Figure, ...]:
    """Return how many people stand on each rung, and which part of all that is."""
    return (
        number("people_acted", "People who acted", acted),
        number("people_owned", "People who took something", owned),
        number("people_spoke", "People who spoke for us", spoke),
        of_people("rate_acted", "Acted, of all people", acted, heads, *of),
        of_people("rate_spoke", "Spoke for us, of all people", spoke, heads, *of),
    )


def _people(whole: Material, heads: Headcount) -> tuple[Figure, ...]:
    acted, owned, spoke = figures.acted(whole), figures.owned(whole), figures.spoke(whole)
    return (
        *_rungs(acted.people, owned.people, spoke.people, heads),
        number("first_time", "Spoke for the first time", len(figures.first_time(whole, "spoke"))),
    )


def _spreads(by_group: Material) -> tuple[Figure, ...]:
    number_of = len(by_group.departments)
    return (
        spread("breadth_replies", "Replies are as broad as", figures.spread_of_replies(by_group), number_of),
        spread("breadth_claims", "Claims are as broad as", figures.spread_of_claims(by_group), number_of),
        spread("breadth_time", "Time in hands is as broad as", figures.spread_of_time(by_group), number_of),
    )


def _hands(whole: Material) -> tuple[Figure, ...]:
    bounced = figures.bounce(whole)
    told = (("taken_over", "Taken over"), ("released", "Put back"), ("released_unworked", "Put back without a draft"))
    return (
        number("claims", "Claims", whole.total("claims"), rows="claims"),
        *(number(name, label, whole.total(name), rows=name) for name, label in told),
        number("returned", "Ran out", whole.total("returned"), rows="returned"),
        number("handed_off", "Passed on by people", whole.total("handed_off"), rows="handed_off"),
        number("handed_on", "Mentions that were passed on", bounced.handed_on, rows="handed_on"),
        number("hops", "Passed on, of what arrived", bounced.hops, rows="hops"),
        number("bounced", "Came back", bounced.bounced, rows="bounced"),
    )


def _talk(whole: Material) -> tuple[Figure, ...]:
    talk, review = figures.talk(whole), figures.review(whole)
    return (
        number("said", "Replies", figures.said(whole), rows="said"),
        number("by_hand", "Of these posted by hand", whole.total("by_hand"), rows="by_hand"),
        number("asked", "To posts that named us", whole.total("asked"), rows="asked"),
        number("unasked", "To posts that did not", whole.total("unasked"), rows="unasked"),
        number("talked_back", "Authors who wrote again", talk.talked_back, rows="talked_back"),
        number("exchanges", "Turns", talk.exchanges, rows="exchanges"),
        share("review_approved", "Drafts approved", review.approved, rows="reviews"),
        *_endings(whole),
        *_tiers(whole),
        *spans("review", "Until a verdict", review.waited, rows="reviews_asked"),
        *_engagement(whole),
    )


def _engagement(whole: Material) -> Iterator[Figure]:
    """Yield it where sources show any other post of ours: else it would be said that we never do but answer."""
    if whole.own_posts:
        yield share("engagement", "Replies, of all that we said", figures.engagement(whole))


def _endings(whole: Material) -> Iterator[Figure]:
    for ending, found in figures.endings(whole).items():
        yield number("ending", f"Ended {ending}", found, ending, rows="ending")


def _tiers(whole: Material) -> Iterator[Figure]:
    fair = figures.fairness(whole)
    for tier, found in fair.tiers.items():
        yield share("fairness", f"Answered, tier {tier}", found, tier, rows="tier")
    if fair.gap is not None:
        gap = fair.gap
        told = f"{per_cent(gap.difference)} ({per_cent(gap.low)} to {per_cent(gap.high)})"
        shown = told if gap.real else "no difference that is one"
        yield Figure(
            name="fairness", label="Between them", value=gap.difference, shown=shown, low=gap.low, high=gap.high
        )


def department_part(names: Names, group_id: int, by_group: Material, heads: Headcount, speed: DepartmentSpeed) -> Part:
    """Return the figures of a department, or of the others as one."""
    key = names.key(group_id)
    rungs = (figures.acted, figures.owned, figures.spoke)
    acted, owned, spoke = (one(by_group).by.get(group_id, 0) for one in rungs)
    helped = figures.between(by_group, "helped")
    given = sum(count for (a, b), count in helped.items() if a == group_id)
    got = sum(count for (a, b), count in helped.items() if b == group_id)
    clocks = [one for one in by_group.clocks if one.department_id == group_id]
    held, all_held = by_group.held.get(group_id, 0), sum(by_group.held.values())
    return Part(
        key=key,
        name=names.name(group_id),
        figures=(
            *_rungs(acted, owned, spoke, heads, key),
            number("came", "Came to it", speed.came, key, rows="came"),
            number("claims", "Claims", by_group.by("claims")[group_id], key, rows="claims"),
            _replies(by_group, group_id, key),
            *spans("claim", "Until somebody had it", speed.claim, key, rows="claims_waited_for"),
            number("passed_on", "Passed on unclaimed", speed.passed_on, key, rows="passed_on"),
            *spans("reply", "Until the first reply", speed.reply, key, rows="replies_waited_for"),
            *(business_figures(clocks, key) if by_group.clocks else ()),
            number("helped", "Helped others", given, key, "", rows="helped"),
            number("helped", "Got help", got, "", key, rows="helped"),
            Figure(
                name="held",
                label="Share of the time in hands",
                value=held / all_held if all_held else None,
                shown=per_cent(held / all_held) if all_held else "–",
            ),
        ),
    )


def days(whole: Material) -> tuple[Figure, ...]:
    """Return what arrived on each day, or in each week, and what of it was answered."""
    found = figures.by_part(whole)
    told = (("arrived_on", "Arrived", 0), ("answered_on", "Answered of it", 1))
    return tuple(
        number(name, label, counts[place], part.isoformat(), rows=name)
        for name, label, place in told
        for part, counts in found.items()
    )


def _replies(by_group: Material, group_id: int, key: str) -> Figure:
    return number("replies", "Replies", by_group.by("replies")[group_id], key, rows="replies")


def replies_by(by_group: Material, names: Names) -> Iterator[Figure]:
    """Yield how often each department replied; of the others, as one, where there was anything to do for them."""
    concerned = {*by_group.held, *map(by_group.group_of, by_group.came), *(one.department_id for one in by_group.days)}
    concerned |= {a for numbers in by_group.counts.values() for a, _ in numbers}
    groups = (one for one in names.groups if one != OTHERS or one in concerned)
    yield from (_replies(by_group, one, names.key(one)) for one in groups)


def matrices(by_group: Material, names: Names) -> tuple[Figure, ...]:
    """Return who passed on to whom, who helped whom, and who replied where."""
    found = [
        number(what, label, count, names.key(a), names.key(b), rows=what)
        for what, label in (("handed_off", "Passed on"), ("helped", "Helped"))
        for (a, b), count in sorted(figures.between(by_group, what).items())
    ]
    where = sorted(figures.source_map(by_group).items(), key=lambda one: (one[0][1], one[0][0]))
    return (
        *found,
        *(number("map", "Replied", count, names.key(a), source, rows="map") for (a, source), count in where),
    )
