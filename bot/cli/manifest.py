"""The manifests: each made by its platform from the verbs' own table and from the environment, without dibs.toml."""

from collections.abc import Mapping

from bot.chat.kit.manifest import Manifest, Wanted
from bot.chat.registry import PLATFORMS, render_manifest
from bot.settings.settings import public_url_fault
from bot.toml.environment import Environment
from bot.toml.problems import Problems


def make_manifest(platform: str, environ: Mapping[str, str], *, http: bool) -> Manifest:
    """Return what a platform's vendor wants to know of the bot.

    Raises:
        SettingsError: The vendor wants none, or the environment lacks something that stands in it, or has it wrong.
    """
    problems = Problems()
    offered = [name for name, entry in PLATFORMS.items() if entry.manifest]
    if platform not in offered:
        problems.say(f"There is no manifest for {platform!r}. There is one for: {', '.join(offered)}.")
        problems.finish()
    environment = Environment(environ, problems)
    public_url = environment.get("DIBS_PUBLIC_URL").rstrip("/")
    if public_url and (fault := public_url_fault(public_url)):
        problems.say(fault)
    manifest = render_manifest(platform, Wanted(environment=environment, public_url=public_url, http=http))
    problems.finish()
    return manifest
