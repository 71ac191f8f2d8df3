"""How a verb is typed, for help and for who left something out."""

from handlers.base.verb import On, Verb


def usage(verb: Verb) -> str:
    """Return how a verb is typed: ``snooze REF UNTIL``. A text takes the rest: what stands behind it is for forms."""
    words = [verb.name, "REF"] if verb.on == On.MENTION else [verb.name]
    for one in verb.fields:
        words.append(one.name.upper() if one.required else f"[{one.name}]")
        if one.kind == "text":
            break
    return " ".join(words)


def example(verb: Verb, about: str) -> str:
    """Return how a verb is typed about something that there is: ``snooze #k7f2 2h``, with what it cannot be without."""
    named = [about] if verb.on == On.MENTION else []
    return " ".join([verb.name, *named, *(one.example or one.name.upper() for one in verb.required)])
