"""A language nobody speaks, for finding text that is not marked and text that does not fit (pure).

Every marked string comes in brackets, with accents and two fifths longer: what stands on a page without brackets was
written into it, what loses its closing bracket was cut off.
"""

from __future__ import annotations

import gettext
import re

CODE = "xx"
NAME = "[Ƥšéüðö]"
OPENS, CLOSES = "[", "]"
GROWTH = 0.4
"""Most languages are longer than English by so much."""
ACCENTS = str.maketrans("AEIOUYCNSZaeiouycnsz", "ÀÉÎÕÛÝÇÑŠŽàéîõûýçñšž")
KEPT = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}|<[^>]*>|&\w+;")
"""Places for values and marks: they stay as they are."""


class PseudoWords(gettext.NullTranslations):
    """gettext of the language nobody speaks."""

    def gettext(self, message: str) -> str:
        """Return a string in brackets, with accents, longer."""
        return written(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for a number, as English has it."""
        return written(msgid1 if n == 1 else msgid2)


def written(text: str) -> str:
    """Write a string in the language nobody speaks.

    Args:
        text: in English, with places for values.

    """
    if not text.strip():
        return text
    said, at = "", 0
    for kept in KEPT.finditer(text):
        said += text[at : kept.start()].translate(ACCENTS) + kept[0]
        at = kept.end()
    said += text[at:].translate(ACCENTS)
    more = "~" * round(len(KEPT.sub("", text)) * GROWTH)
    # Broken like words, so that a long sentence wraps where a translation of its length would.
    return OPENS + said + re.sub(r"(~{6})(?=~)", r"\1 ", f" {more}" if len(more) > 3 else more) + CLOSES
