"""Chartered: how much of what is heard and said is at sources that have a charter and somebody who keeps it.

Charters are those of today: what dibs.toml said in the period is not kept.
"""

from collections.abc import Iterator

from handlers.base.organisation import Organisation
from handlers.report.figures.material import Material
from handlers.report.figures.shown import Figure, number, share
from handlers.report.figures.statistics import rate
from storage.report.shapes import FactRow

SAID = ("replies", "by_hand")


def kept_sources(organisation: Organisation) -> frozenset[str]:
    """Return the sources with a charter of their own and an owner."""
    return frozenset(one.name for one in organisation.sources if one.charter.written and one.charter.owner)


def arrived_there(material: Material, sources: frozenset[str]) -> list[FactRow]:
    """Return the mentions of the period at some sources."""
    return [one for one in material.facts if material.standing[one.mention_id].source in sources]


def charter_figures(organisation: Organisation, material: Material) -> Iterator[Figure]:
    """Yield how far charters reach, where anything is listened to, and how often they stopped a reply."""
    if not organisation.sources:
        return
    sources = kept_sources(organisation)
    there, heard = len(arrived_there(material, sources)), len(material.facts)
    replies = [(b, n) for what in SAID for (_, b), n in material.counts.get(what, {}).items()]
    said, said_there = sum(n for _, n in replies), sum(n for source, n in replies if source in sources)
    yield Figure(
        name="charters",
        label="Sources with a charter and an owner",
        value=len(sources),
        shown=f"{len(sources)} of {len(organisation.sources)}",
    )
    yield number("chartered", "Arrived there", there, rows="chartered")
    yield share("chartered_share", "Arrived there, of all", rate(there, heard), rows="arrived")
    yield number("chartered_replies", "Replies there", said_there, rows="chartered_replies")
    yield share("chartered_replies_share", "Replies there, of all", rate(said_there, said), rows="said")
    yield number("refused", "Replies that a charter stopped", material.refused, rows="refused")
