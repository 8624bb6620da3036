"""Search keys of a file's names and addresses, word by word: a base has few words and says them often (pure).

What comes out is what `crm_core.names` makes of the whole text; a test holds the two together.
"""

from __future__ import annotations

from functools import lru_cache

from crm_core import names

WORDS = 1 << 15
"""Words that are remembered: towns, streets, first names and the numbers of houses are soon all there."""


@lru_cache(maxsize=WORDS)
def _word(word: str) -> str:
    return names.key(word)


def key(text: str) -> str:
    """Fold a name, as `names.key`."""
    return " ".join(filter(None, map(_word, text.split(" "))))[: names.LONGEST].rstrip()


def address_key(text: str) -> str:
    """Fold an address, as `names.address_key`."""
    folded = key(text)
    return " ".join(word for word in folded.split() if word not in names.STREET_WORDS) or folded
