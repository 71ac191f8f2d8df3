"""Options of a hook: how its deliveries are signed, and where in them the fields of a post stand; or whose they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sources.kinds.webhook.presets import GENERIC, PRESETS, Preset, Vendor
from bot.sources.kit.options import OptionError, unknown_key
from bot.sources.kit.pictures import Hosts, check_hosts
from bot.sources.kit.signatures import Algorithm, Encoding, Scheme

FIELDS = frozenset(
    {"id", "text", "title", "url", "author", "handle", "author_url", "author_id", "published", "lang", "stars"}
    | {"avatar", "picture", "picture_alt", "followers", "low"},
)
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """Options: what a delivery is; of a ``preset``, what the operator says goes before what its table says.

    Attributes:
        preset: Whose deliveries these are, where it is a vendor that we know.
        map: JSON pointers by field (``FIELDS``), each within one post; ``text`` or ``title`` is needed.
        items: JSON pointer to the list of posts in a delivery; without it, a list is many posts and an object is one.
        header: For ``hmac``, the header with the signature, and with it ``algorithm``, ``encoding``, ``prefix``.
        timestamp_header: For ``hmac``, the header with the time in seconds, when it is signed as ``<time>.<body>``.
        picture_hosts: From where pictures are shown; without it, from nowhere, for a sender may name any address.
    """

    preset: Vendor | None = None
    scheme: Scheme | None = None
    map: dict[str, str] = field(default_factory=dict)
    items: str | None = None
    header: str = "X-Signature"
    algorithm: Algorithm = Algorithm.SHA256
    encoding: Encoding = Encoding.HEX
    prefix: str = ""
    timestamp_header: str = ""
    picture_hosts: Hosts = ()

    def __post_init__(self) -> None:
        if self.preset is None and self.scheme is None:
            raise OptionError("scheme", "is missing.")
        check_hosts("picture_hosts", self.picture_hosts)
        for name, pointer in self.map.items():
            if name not in FIELDS:
                raise OptionError("map", unknown_key(name, FIELDS).args[0])
            if not _POINTER.fullmatch(pointer):
                raise OptionError("map", f'{name} is a JSON pointer, such as "/author/name".')
        if not {"text", "title"} & self.pointers.keys():
            raise OptionError("map", "names no text." if self.map else "is missing.")
        if self.items is not None and not _POINTER.fullmatch(self.items):
            raise OptionError("items", 'is a JSON pointer, such as "/data/items".')

    @property
    def chosen(self) -> Preset:
        """The vendor's table; of nobody in particular, an empty one."""
        return GENERIC if self.preset is None else PRESETS[self.preset]

    @property
    def pointers(self) -> Mapping[str, tuple[str, ...]]:
        """Where each field may stand: where the operator says, else where the vendor is known to have it.

        The first place with something in it counts, so that what a vendor sends in two forms is read in both.
        """
        known = self.chosen.map
        return {**known, **{name: (pointer, *known.get(name, ())) for name, pointer in self.map.items()}}

    @property
    def signed(self) -> Scheme:
        """How deliveries are signed."""
        return self.scheme or self.chosen.scheme

    @property
    def via(self) -> str:
        """What people call the vendor; empty where it is none that we know."""
        return self.chosen.vendor

    @property
    def secret_in_path(self) -> bool:
        """Whether the secret stands in the address of the hook."""
        return self.signed is Scheme.PATH

    @property
    def caution(self) -> str:
        """What somebody should know of how it is protected; empty where there is nothing to say."""
        if not self.secret_in_path:
            return ""
        whose = f"{self.via} signs nothing" if self.via else "Nothing is signed"
        return f"{whose}: whoever knows the address of this hook may post to it, which is weaker than a signature."
