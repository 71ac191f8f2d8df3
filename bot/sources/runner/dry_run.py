"""Trying a source: `dibs source test NAME` polls it once, stores nothing, and says what would have become of it.

It needs no database, so it can be run while dibs.toml is being written and beside a running Dibs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.net.errors import SourceError
from bot.sources.base import PollingSource, SourceSettings
from bot.sources.kit.options import OptionError
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import build, load, secret_variables
from handlers.base.cards import one_line
from handlers.base.events import Author, Event, Posted
from handlers.base.organisation import Organisation, SourceRules
from handlers.listen.follow_ups import is_ours
from handlers.listen.route import decide, match_post
from handlers.text.match import Matcher

LAST = 25
_PREVIEW = 70


class NoSuchSource(Exception):
    """dibs.toml has no source of this name; the sentence names those that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Lines for a terminal, free of control characters; ``ok`` is False when the source could not be tried."""

    ok: bool
    lines: tuple[str, ...]


def find_source(sources: Sequence[SourceSettings], name: str) -> SourceSettings:
    """Return the source ``name``.

    Raises:
        NoSuchSource: There is none of this name.
    """
    found = next((one for one in sources if one.rules.name == name), None)
    if found is None:
        known = ", ".join(sorted(one.rules.name for one in sources)) or "none"
        raise NoSuchSource(f"There is no source {one_line(name, 60)}; dibs.toml has {known}.")
    return found


async def try_source(
    sources: Sequence[SourceSettings],
    organisation: Organisation,
    tools: SourceTools,
    name: str,
    *,
    public_url: str | None = None,
) -> Report:
    """Poll the source ``name`` once and tell what its last 25 posts would have become; of a hook, how to call it.

    Raises:
        NoSuchSource: There is none of this name.
    """
    found = find_source(sources, name)
    if not load(found.config.kind).capabilities.polls:
        return _of_hook(found, public_url)
    head = f"{found.rules.name} ({found.rules.kind})"
    try:
        source = build(found.config, tools)
        if not isinstance(source, PollingSource):
            raise TypeError(f"The kind {found.rules.kind} says that it polls, and does not.")
        batch = await source.poll("")
    except OptionError as error:
        return Report(ok=False, lines=(f"{head}: {error}",))
    except SourceError as error:
        return Report(ok=False, lines=(f"{head} could not be asked: {_plain(error.reason, 300)}",))
    return Report(ok=True, lines=(*_of_posts(found.rules, organisation, batch.events, head), *_next(found)))


def _of_hook(found: SourceSettings, public_url: str | None) -> Report:
    rules = found.rules
    address = f"{public_url or 'http://<DIBS_HOST>:<DIBS_PORT>'}/hooks/{rules.name}"
    variables = secret_variables(rules.kind, rules.name)
    if getattr(found.config.options, "secret_in_path", False):  # which is never shown
        address += "".join(f"/<{variable}>" for variable in variables.values())
    lines = [f"{rules.name} ({rules.kind}) is not asked: it calls us.", f"Send deliveries by POST to {address}"]
    if not public_url:
        lines.append("Set DIBS_PUBLIC_URL to the address under which others reach Dibs.")
    for field, variable in variables.items():
        state = "set" if found.config.secrets.get(field) else "not set, and it is needed"
        lines.append(f"Its {field} stands in {variable}: {state}.")
    return Report(ok=all(found.config.secrets.get(field) for field in variables), lines=tuple(lines))


def _of_posts(rules: SourceRules, organisation: Organisation, events: Sequence[Event], head: str) -> list[str]:
    posted = list({event.external_id: event for event in events if isinstance(event, Posted)}.values())
    if not posted:
        return [f"{head} answered, and shows no posts."]
    matcher, names = Matcher(organisation.topics), {one.key: one.name for one in organisation.departments}
    matching = sum(match_post(matcher, one.title, one.text, one, rules.name) is not None for one in posted)
    shown = posted[-LAST:]
    lines = [f"{head}: {len(posted)} seen, {matching} would match."]
    if len(shown) < len(posted):
        lines.append(f"The last {len(shown)}:")
    return [*lines, *(f"  {_fate(rules, organisation, matcher, names, one)}" for one in shown)]


def _fate(
    rules: SourceRules, organisation: Organisation, matcher: Matcher, names: Mapping[str, str], post: Posted
) -> str:
    """Say what would become of one post, and why."""
    text = _plain(post.title or post.text, _PREVIEW)
    decision = decide(matcher, organisation, rules, post)
    if is_ours(rules, post.author):
        return f"our own     {_signed(text, post.author)}"
    if decision is None:
        return f"dropped     {_signed(text, post.author)}"
    where = names.get(decision.department, decision.department)
    kind = "matched " if decision.topic else "fallback"
    why = f" ({_plain(decision.reason, 200)})" if decision.topic else ""
    return f"{kind}    {_signed(text, post.author)} -> {where}{why}"


def _signed(text: str, author: Author) -> str:
    name = _plain(author.name or author.handle, 30)
    return f"“{text}”, {name}" if name else f"“{text}”"


def _next(found: SourceSettings) -> list[str]:
    """Say what the first poll of a running Dibs will do with these."""
    backfill = found.rules.backfill
    if not found.rules.baseline or backfill is None:
        return []
    kept = f"the newest {backfill} become cards" if backfill else "none of these becomes a card"
    return [f"At the first start {kept}: what stood there before is no news (backfill in dibs.toml)."]


def _plain(text: str, limit: int) -> str:
    """Return foreign text as a terminal may have it: one line, without escape sequences or changes of direction."""
    return one_line("".join(one if one.isprintable() else " " for one in text), limit)
