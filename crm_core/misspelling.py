"""Typing errors undone: every word that one wrong, missing, extra or swapped letter could have been (pure).

Errors happen to the letters a person types, so they are undone there, in the typed script, and folded afterwards:
`ч` missing is one error, though its key loses two letters (`ch`). What comes out is looked up in the dictionary of
words that the base holds (`store.search_words`); a word of ten letters has about six hundred such keys.
The four kinds of error are those of Damerau, "A technique for computer detection and correction of spelling errors",
CACM 7(3), 1964: they were found to be over 80 % of all misspellings.
"""

# ruff: noqa: RUF003 -- both scripts are what this module is about.
from __future__ import annotations

from collections.abc import Iterator

from crm_core import names

SHORTEST = 4
"""Letters of a word in which an error is undone: a shorter one would be any word."""
LONGEST = 24
"""Letters of a word in which an error is undone: the work grows with the length."""
# Of letters that fold alike one is enough (е for ё and э, и for й and ы, ш for щ); none of those that fold to nothing.
CYRILLIC = "абвгдежзиклмнопрстуфхцчшюя"
LATIN = "abcdefghijklmnopqrstuvxz"
OTHER_SPELLINGS = (("yo", "e"), ("io", "e"), ("jo", "e"))
"""`Fyodor` and `Pyotr` are written with the letter ё, which folds to `e`."""


def one_error_away(word: str) -> frozenset[str]:
    """Return the keys of all words that become `word` by one typing error, its own key left out.

    Wrong and missing letters are undone in Cyrillic and Latin; in other scripts only extra and swapped ones.

    Args:
        word: one word as `names.plain_words` returns it; shorter than four letters or very long gives nothing.
    """
    if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
        return frozenset()
    return names.keys_of(_spellings(word)) - names.keys_of([word])


def _spellings(word: str) -> Iterator[str]:
    alphabet = _alphabet(word)
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in alphabet)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        yield from (before + letter + after for letter in alphabet)
    yield from (word.replace(spelling, letter, 1) for spelling, letter in OTHER_SPELLINGS if spelling in word)


def _alphabet(word: str) -> str:
    if any(letter in names.CYRILLIC for letter in word):
        return CYRILLIC
    return LATIN if word.isascii() else ""
