"""What a vendor wants to know of the bot: text that is pasted into its page, or a file that is uploaded there."""

from dataclasses import dataclass

from bot.toml.environment import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a manifest is made for.

    Attributes:
        environment: For who the bot is there; what is missing is complained about to it.
        public_url: The address under which the vendor reaches Dibs, without a slash at its end, or empty.
        http: The vendor calls that address, where it could do otherwise.
    """

    environment: Environment
    public_url: str = ""
    http: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What `dibs manifest` hands over.

    Attributes:
        file: What a file is called; empty for text, which is printed.
        steps: What is to be done with it, a sentence a line.
    """

    content: bytes
    file: str = ""
    steps: tuple[str, ...] = ()
