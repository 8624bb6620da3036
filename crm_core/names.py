"""Names and addresses folded to search keys: one script, one case, no marks (pure).

`key` is what columns `name_key` and `address_key` hold and what a query is folded with, so that `Юрий`, `YURIY` and
`Yuri` meet. It is no transliteration for people: `latin` and `cyrillic` are.

For any Cyrillic word a beginning of the word folds to a beginning of its key: typing on never loses the person.
"""

# ruff: noqa: RUF001 -- telling Cyrillic from Latin letters is what this module is about.
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# One letter at a time, so that a beginning stays a beginning. й, ы and и meet in `i`; ь and ъ say nothing.
CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "і": "i", "ї": "i", "є": "e", "ґ": "g", "ў": "u", "ј": "i", "љ": "l", "њ": "n", "ћ": "ch", "ђ": "dzh", "џ": "dzh",
}  # fmt: skip
# What Unicode does not take apart.
LATIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ŋ": "n"})
# Spellings of the same sound in Latin, longest first.
SPELLINGS = (
    ("shch", "sh"), ("sch", "sh"), ("kh", "h"), ("ph", "f"), ("ck", "k"), ("x", "ks"), ("w", "v"), ("q", "k"),
    ("y", "i"), ("j", "i"),
)  # fmt: skip
FIRST_YE = re.compile(r"\bye")
LONE_C = re.compile(r"c(?!h)")
WORD = re.compile(r"\w+")
REPEATED = re.compile(r"([^\W\d_])\1+")
SOUNDS = str.maketrans(CYRILLIC)
LONGEST = 200
"""Characters of a key; a longer name is cut, its beginning finds it."""
STREET_WORDS = frozenset(
    [
        "ul",
        "ulitsa",
        "g",
        "gorod",
        "d",
        "dom",
        "kv",
        "kvartira",
        "pr",
        "prospekt",
        "prt",
        "per",
        "pereulok",
        "sh",
        "shose",
        "pl",
        "ploshad",
        "proezd",
        "mkr",
        "mikroraion",
        "nab",
        "naberezhnaia",
        "bulvar",
        "bul",
        "obl",
        "oblast",
        "raion",
        "rn",
        "str",
        "stroenie",
        "korp",
        "k",
        "stret",
        "st",
        "avenue",
        "ave",
        "road",
        "rd",
        "apt",
        "apartment",
        "flat",
        "house",
        "building",
        "bld",
    ]
)
"""Words of an address that some write and some leave out; as `key` folds them."""

TO_LATIN = {
    **CYRILLIC,
    "й": "y", "х": "kh", "щ": "shch", "ы": "y", "ю": "yu", "я": "ya", "є": "ye", "ї": "yi",
}  # fmt: skip
TO_CYRILLIC = (
    ("shch", "щ"), ("yo", "ё"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"), ("yu", "ю"),
    ("ya", "я"), ("a", "а"), ("b", "б"), ("c", "к"), ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г"), ("h", "х"),
    ("i", "и"), ("j", "й"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"), ("q", "к"),
    ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("w", "в"), ("x", "кс"), ("y", "й"), ("z", "з"),
)  # fmt: skip


def key(text: str) -> str:
    """Fold a name to its search key: words of small letters and digits, one space between them.

    Cyrillic becomes Latin, marks and punctuation go, doubled letters become one; other scripts stay as they are.
    """
    letters = "".join(_folded(letter) for letter in _spelled(_bare(text)))
    return " ".join(REPEATED.sub(r"\1", word) for word in letters.split())[:LONGEST].rstrip()


def plain_words(text: str) -> list[str]:
    """Return the words of a text in small letters without marks, in the script they were written in."""
    kept = (letter if letter.isalnum() else _folded(letter) for letter in _bare(text))
    return "".join(kept).split()


def keys_of(words: Iterable[str]) -> frozenset[str]:
    """Return the keys of many words at once, each as `plain_words` returns it: hundreds of spellings in a moment."""
    return frozenset(REPEATED.sub(r"\1", _spelled(" ".join(words)).translate(SOUNDS)).split())


def address_key(text: str) -> str:
    """Fold an address to its search key: as `key`, without `street`, `house`, `flat` and their abbreviations."""
    folded = key(text)
    return " ".join(word for word in folded.split() if word not in STREET_WORDS) or folded


def _bare(text: str) -> str:
    # й and ё are letters of their own: taken apart they would lose more than a mark.
    kept = unicodedata.normalize("NFC", text[: LONGEST * 2]).casefold().translate(LATIN)
    return "".join(
        letter
        if letter in CYRILLIC
        else "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
        for letter in kept
    ).casefold()


def _spelled(text: str) -> str:
    text = FIRST_YE.sub("e", text)
    for spelling, sound in SPELLINGS:
        text = text.replace(spelling, sound)
    return LONE_C.sub("k", text)


def _folded(letter: str) -> str:
    if letter in CYRILLIC:
        return CYRILLIC[letter]
    if letter.isalnum():
        return letter
    # An apostrophe is inside a word (O'Brien, Д'Артаньян), any other sign ends it.
    return "" if letter in "'\u2019\u02bc`" or unicodedata.combining(letter) else " "


def latin(text: str) -> str:
    """Write Cyrillic in Latin letters for people and for systems that know no other; the rest stays.

    Near to what passports have (ё is e); a word in capitals stays in capitals.
    """
    return WORD.sub(lambda word: _latin(word[0]), text)


def _latin(word: str) -> str:
    written = "".join(_cased(letter, TO_LATIN.get(letter.lower(), letter)) for letter in word)
    return written.upper() if len(word) > 1 and word.isupper() else written


def cyrillic(text: str) -> str:
    """Write Latin in Russian letters, roughly as it sounds; the rest stays."""
    written, at = [], 0
    while at < len(text):
        for spelling, letter in TO_CYRILLIC:
            if text[at : at + len(spelling)].lower() == spelling:
                written.append(_cased(text[at], letter))
                at += len(spelling)
                break
        else:
            written.append(text[at])
            at += 1
    return "".join(written)


def _cased(original: str, written: str) -> str:
    return written[:1].upper() + written[1:] if original.isupper() and not written.isupper() else written
