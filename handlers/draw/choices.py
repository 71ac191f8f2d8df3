"""Choices: what there is to filter by, and how a view is called."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handlers.base.cards import one_line
from handlers.base.organisation import Organisation
from handlers.base.standing import RISK_LABELS, TIER_LABELS
from handlers.draw.wanted import AGE_LABELS, DUE_LABELS, KIND, LABELS, OWNER_LABELS, STATE_LABELS, Wanted
from handlers.own.clocks import promises
from handlers.text.language_names import name_of
from storage.engine.database import Session
from storage.own import heard
from storage.people import people
from storage.tables.states import Tab

_SHORT = 61
_RISKS = {str(risk): f"Judged: {label}" for risk, label in RISK_LABELS.items()}


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow the board; an empty key does not narrow it."""

    key: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """All ways to narrow it; of each kind the first one is not to."""

    sources: tuple[Choice, ...]
    products: tuple[Choice, ...]
    tiers: tuple[Choice, ...]
    risks: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    ages: tuple[Choice, ...]
    states: tuple[Choice, ...]
    owners: tuple[Choice, ...]
    dues: tuple[Choice, ...]


def read_choices(session: Session, organisation: Organisation, wanted: Wanted) -> Choices:
    """Read from what there is to choose: what came by now, what is configured, and what is chosen."""
    spoken = {tag.partition("-")[0] for tags in heard.languages(session) for tag in tags.lower().split()}
    languages = {tag: name_of(tag) for tag in spoken | {wanted.lang} if tag}
    return Choices(
        sources=_choices("All sources", _sources(session, organisation, wanted), wanted.source),
        products=_choices("All products", _products(session, organisation, wanted), wanted.product),
        tiers=_choices("Anybody", TIER_LABELS, wanted.tier),
        risks=_choices("Any risk", _RISKS, wanted.risk),
        languages=_choices("All languages", _by_label(languages), wanted.lang),
        ages=_choices("Any time", AGE_LABELS, wanted.age),
        states=_choices("Any state", STATE_LABELS, wanted.state),
        owners=_choices("Anybody's", OWNER_LABELS, wanted.owner),
        # Where nothing is promised, nothing is due.
        dues=_choices("Any time", DUE_LABELS if promises(organisation) or wanted.due else {}, wanted.due),
    )


def _choices(nothing: str, labels: Mapping[str, str], chosen: str) -> tuple[Choice, ...]:
    found = (Choice(str(key), label, str(key) == chosen) for key, label in labels.items())
    return (Choice("", nothing, not chosen), *found)


def _by_label(labels: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(labels.items(), key=lambda one: (one[1].casefold(), one[0])))


def _sources(session: Session, organisation: Organisation, wanted: Wanted) -> dict[str, str]:
    configured = [one.name for one in organisation.sources]
    chosen = [wanted.source] if wanted.source and not wanted.source.startswith(KIND) else []
    names = dict.fromkeys([*configured, *heard.sources(session), *chosen])
    kinds = [one.kind for one in organisation.sources]
    several = dict.fromkeys(one for one in kinds if kinds.count(one) > 1)
    return {
        **{f"{KIND}{kind}": f"All of {_network(organisation, kind)}" for kind in several},
        **_by_label({name: source_label(organisation, name) for name in names}),
    }


def _products(session: Session, organisation: Organisation, wanted: Wanted) -> dict[str, str]:
    named = {one.product for one in organisation.topics} | {*heard.products(session), wanted.product}
    return _by_label({name: name for name in named if name})


def _network(organisation: Organisation, kind: str) -> str:
    networks = (one.network for one in organisation.sources if one.kind == kind and one.network)
    return next(networks, kind.replace("_", " "))


def source_label(organisation: Organisation, name: str) -> str:
    """Return what people call a source: by its network, where it is of one, and by its name, as others may be too."""
    rules = organisation.source(name)
    return f"{rules.network} ({name})" if rules.network and rules.network.casefold() != name.casefold() else name


def title(session: Session, organisation: Organisation, wanted: Wanted) -> str:
    """Say in words what a view shows, such as "Refund, Bluesky, German, nobody's"."""
    department = people.department(session, wanted.department) if wanted.department else None
    parts = [
        one_line(wanted.q, _SHORT),
        _source_in_short(organisation, wanted.source),
        wanted.product,
        TIER_LABELS.get(wanted.tier, "").lower(),
        _RISKS.get(wanted.risk, "").lower(),
        name_of(wanted.lang),
        AGE_LABELS.get(wanted.age, "").lower(),
        STATE_LABELS.get(wanted.state, "").lower(),
        OWNER_LABELS.get(wanted.owner, "").lower(),
        DUE_LABELS.get(wanted.due, "").lower(),
    ]
    named = department.name if department else ""
    return _joined(wanted.tab, [one for one in (*parts, named) if one], narrowed=wanted.narrowed)


def _joined(tab: Tab, parts: list[str], *, narrowed: bool) -> str:
    words = ", ".join(parts)
    if tab == Tab.ALL and narrowed:
        return words[:1].upper() + words[1:]
    return f"{LABELS[tab]}: {words}" if words else LABELS[tab]


def _source_in_short(organisation: Organisation, source: str) -> str:
    if source.startswith(KIND):
        return _network(organisation, source.removeprefix(KIND))
    return (organisation.source(source).network or source) if source else ""


def sentence_of(parts: Iterable[str]) -> str:
    """Say which parts of an address were not understood."""
    return f"Not understood, and left out of this view: {', '.join(parts)}."
