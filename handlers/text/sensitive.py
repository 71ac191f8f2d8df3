"""Sensitive: what does not belong into a reply that everybody can read: secrets, personal data, links of our own house.

Each function names what it found in words and never repeats it. Numbers count only where their own checksum says
so: cards by Luhn (ISO/IEC 7812-1, annex B), bank accounts by the remainder of 97 (ISO 13616-1). Everything here is
advice unless the charter binds it, so that a rare false alarm costs a look.
"""

import ipaddress
import re
import unicodedata
from urllib.parse import urlsplit

_TOKENS = re.compile(
    r"xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}|whsec_[\w+/=]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{30,}|[rs]k_(?:live|test)_\w{10,}|sk-[\w-]{20,}|hf_\w{20,}|npm_\w{30,}"
    r"|pypi-[\w-]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|(?<![\w-])eyJ[\w-]{8,2000}\.eyJ[\w-]{8,2000}\."
    r"|-----BEGIN [A-Z ]{0,40}PRIVATE KEY"
    r"|\b[a-z][a-z0-9+.-]{1,20}://[^\s/@:]{1,100}:[^\s/@]{1,200}@"
)
_PASSWORD = re.compile(
    r"\b(?:pass(?:word|wd|phrase|code)|passwort|kennwort|mot de passe|contraseña|wachtwoord|senha|パスワード"
    r"|api[ _-]?key|access[ _-]?token|secret|pin)\s*[:=：]\s*\S{3,}",
    re.IGNORECASE,
)
_RANDOM = re.compile(r"(?<![\w+/.=-])(?=[\w+/-]*\d)(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])[\w+/-]{32,}(?![\w.])", re.ASCII)
_CARD = re.compile(r"(?<![\d.,-])(?=4|5[0-8]|2[2-7]|3[04-9]|6)\d(?:[ -]?\d){12,18}(?!\d)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}+){3,8}+", re.IGNORECASE | re.ASCII)
_EMAIL = re.compile(r"(?<![\w.+@-])([\w.+-]{1,64})@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@])")
_SHARED_MAILBOX = re.compile(
    r"(?:support|help|helpdesk|hello|hallo|info|contact|kontakt|service|care|customer|kundenservice|sales|press|presse|"
    r"jobs|careers|privacy|datenschutz|security|abuse|legal|billing|invoices?|team|office|shop|orders?|feedback"
    r"|no-?reply|social)(?:[.+_-].*)?",
    re.IGNORECASE,
)
_DATE_OR_TIME = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[.:]\d{2}(?!\d)")
_PHONE = re.compile(
    r"(?<![\w+])(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){6,13}(?!\d)"
    r"|(?<![\w+])\(?0\d{1,4}\)?[ ./-]{0,2}\d(?:[ ./-]?\d){5,9}(?!\d)"
    r"|(?<![\w+])\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)"
)
_URL = re.compile(r"(https?://[^\s<>\"]{1,2048})", re.IGNORECASE)
_OUR_ENDS = r"internal|local|localdomain|localhost|lan|corp|intranet|private|home\.arpa"
_OUR_END = re.compile(rf"(?:.+\.)?(?:{_OUR_ENDS})")
_BARE_HOST = re.compile(rf"(?<![\w.@/-])(?:[a-z0-9-]{{1,63}}\.){{1,8}}(?:{_OUR_ENDS})(?![\w-])(?!\.\w)", re.IGNORECASE)
_OUR_LABELS = {"intranet", "extranet", "intern", "internal", "corp", "staging", "vpn"}
_LAST = ".,;:!?'”’)]}»。、」』）"


def secrets(text: str) -> list[str]:
    """Name the secrets and personal data in a text, such as "a card number"; empty when there are none."""
    plain = unicodedata.normalize("NFKC", text)
    without_links = _URL.sub(" ", _TOKENS.sub(" ", plain))
    found = []
    if _TOKENS.search(plain) or _RANDOM.search(without_links):
        found.append("what looks like a key or token")
    if _PASSWORD.search(plain):
        found.append("a password")
    if any(_is_card(one[0]) for one in _CARD.finditer(without_links)):
        found.append("a card number")
    ibans = [one[0] for one in _IBAN.finditer(without_links) if _holds_iban(one[0])]
    if ibans:
        found.append("a bank account")
    if any(not _SHARED_MAILBOX.fullmatch(one[1]) for one in _EMAIL.finditer(without_links)):
        found.append("somebody's e-mail address")
    if _PHONE.search(_DATE_OR_TIME.sub(" ", _without(without_links, ibans))):
        found.append("a phone number")
    return found


def _without(text: str, parts: list[str]) -> str:
    for part in parts:
        text = text.replace(part, " ")
    return text


def _is_card(written: str) -> bool:
    digits = [int(character) for character in written if character.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return len(set(digits)) > 1 and (doubled + sum(digits[-1::-2])) % 10 == 0


def _holds_iban(written: str) -> bool:
    """Say whether an account stands at the beginning: words that follow may look like its last groups."""
    parts = written.upper().split(" ")
    return any(_is_iban("".join(parts[:end])) for end in range(1, len(parts) + 1))


def _is_iban(account: str) -> bool:
    if not 15 <= len(account) <= 34:
        return False
    return int("".join(str(int(character, 36)) for character in account[4:] + account[:4])) % 97 == 1


def internal_links(text: str, own: str = "") -> list[str]:
    """Return the hosts in a text that nobody outside can open.

    Args:
        text: The reply.
        own: An address that is ours alone, such as the desk's; its host counts too.
    """
    addresses = [one.rstrip(_LAST) for one in _URL.findall(text)]
    bare = [one[0] for one in _BARE_HOST.finditer(_URL.sub(" ", text))]
    found = [host for one in addresses if _is_internal(host := _host(one), one, _host(own))]
    return list(dict.fromkeys([*found, *(host.lower() for host in bare)]))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:  # a broken IPv6 address
        return ""


def _is_internal(host: str, url: str, own: str) -> bool:
    if not host:
        return False
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    if "." not in host or host == own or _OUR_END.fullmatch(host):
        return True
    # What these show is for members of a workspace, whoever else may know the address
    if host.endswith(".slack.com") and "/archives/" in url:
        return True
    if host.endswith(".sharepoint.com") or (host == "teams.microsoft.com" and "/l/" in url):
        return True
    return not _OUR_LABELS.isdisjoint(host.split(".")[:-2])
