"""Text from the network made harmless to show, log and send back (pure)."""

from __future__ import annotations

from telephony.errors import HostileValue

JOINERS = frozenset("\u200c\u200d")
"""Zero-width (non-)joiners: invisible, but Persian and Indic names are misspelt without them."""
WITHHELD = frozenset({"", "<unknown>", "unknown", "anonymous", "restricted", "unavailable", "private", "withheld"})
"""What networks put where a number or a name should be."""
NAME_LIMIT = 80
"""Characters of a display name that are kept; longer ones are an attack or a mistake."""
NUMBER_LIMIT = 40
"""Characters of a number that are kept; E.164 has 15 digits, a SIP user part may be longer."""


def tame(text: str, limit: int = 400) -> str:
    """Return `text` without control characters, bidi overrides, lone surrogates and other invisible signs.

    Line breaks, tabs and exotic spaces become plain spaces; letters of every script stay.
    """
    if text.isprintable():  # of all separators only the plain space counts as printable
        return text.strip() if len(text) <= limit else text[:limit].strip()
    return "".join(map(_harmless, text[: 4 * limit]))[:limit].strip()


def _harmless(character: str) -> str:
    if character.isprintable() or character in JOINERS:
        return character
    return " " if character.isspace() else ""


def number(text: str) -> str:
    """Return a caller's number as the network gave it, tamed; "" when withheld."""
    tamed = tame(text, NUMBER_LIMIT)
    return "" if tamed.casefold() in WITHHELD else tamed


def name(text: str) -> str:
    """Return a caller's display name, tamed; "" when withheld."""
    tamed = tame(text, NAME_LIMIT)
    return "" if tamed.casefold() in WITHHELD else tamed


def checked(value: str, what: str) -> str:
    """Return `value` when it may be written to a line protocol.

    Raises:
        HostileValue: it holds CR, LF, NUL, another control character, a Unicode line separator or a lone
            surrogate. Said of `what`, without repeating the value: it would end up in a log.

    """
    if value.isprintable() or not any(map(_breaks_lines, value)):
        return value
    raise HostileValue(f"{what} holds a line break or a control character")


def _breaks_lines(character: str) -> bool:
    code = ord(character)
    return code < 0x20 or 0x7F <= code <= 0x9F or code in {0x2028, 0x2029} or 0xD800 <= code <= 0xDFFF
