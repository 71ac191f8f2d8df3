"""What the page of webhooks says of each vendor whom we know by name: its row of the table, in words."""

from bot.sources.kinds.webhook.presets import PRESETS, Preset, Vendor
from bot.sources.kit.signatures import Scheme
from bot.sources.registry import secret_variables
from tests.harness.documents.tables import table


def vendors() -> str:
    """Return a section for each vendor."""
    return "\n\n".join(_section(name, preset) for name, preset in PRESETS.items())


def _section(name: Vendor, preset: Preset) -> str:
    variable = secret_variables("webhook", str(name))["secret"]
    parts = [
        f"### {preset.vendor}",
        f"{preset.known}",
        f"- **At {preset.vendor}:** {preset.setup}\n- **How it proves who it is:** {_proof(name, preset, variable)}"
        + "".join(f"\n- **{title}:** {said}" for title, said in _told(preset)),
        f'```toml\n[[sources]]\nname = "{name}"\nkind = "webhook"\npreset = "{name}"\n```',
        table(("Field", f"Where it stands at {preset.vendor}"), _places(preset)),
    ]
    return "\n\n".join(parts)


def _proof(name: Vendor, preset: Preset, variable: str) -> str:
    if preset.scheme is Scheme.PATH:
        return (
            f"by the secret in the address, `/hooks/{name}/<secret>`, with what stands in `{variable}`. Nothing else "
            "is to be had, and it is weaker than a signature."
        )
    return f"by `Authorization: Bearer` and the secret, which stands in `{variable}`."


def _told(preset: Preset) -> list[tuple[str, str]]:
    """Return what else there is to say, where there is."""
    told = []
    if preset.verb:
        gone = f" `{'`, `'.join(preset.gone)}` a deletion." if preset.gone else ""
        posts = "`, `".join(preset.posts)
        told.append(("What happened", f"stands at `{preset.verb}`: `{posts}` is a post.{gone} All else is skipped."))
    if preset.items is not None:
        told.append(("Many in one", f"the list stands at `{preset.items}`."))
    needed = [f"`{one}`" for one in preset.needed]
    words = "words (`text` or `title`)"
    told.append(
        ("Without it a delivery is kept", ", ".join([*needed, words] if "stars" not in preset.needed else needed))
    )
    return [(title, said if said.endswith(".") else f"{said}.") for title, said in told]


def _places(preset: Preset) -> list[tuple[str, str]]:
    return [(f"`{name}`", " or ".join(f"`{one}`" for one in pointers)) for name, pointers in preset.map.items()]
