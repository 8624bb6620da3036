"""Compares two customers feature by feature (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from crm_core.duplicates.given_names import GIVEN_NAMES
from crm_core.duplicates.traits import PERSON, Name, Place, Traits, is_initial
from crm_core.duplicates.weights import Feature, Level

SOUNDS = (("zh", "Z"), ("ch", "C"), ("sh", "S"), ("ts", "T"), ("iu", "U"), ("ia", "A"))
CLOSE = 1
"""Typing errors in a word (Damerau's four kinds)."""
CLOSE_LONG = 2
"""In a long word, where two errors still leave little doubt."""
LONG = 8
Comparison = dict[Feature, Level]


def compare(left: Traits, right: Traits) -> Comparison:
    """Return what each feature comes to; features that one of the two does not have are left out."""
    one, other = left.subscriber, right.subscriber
    found: Comparison = {}
    if left.name.words and right.name.words:
        by_kind = _persons if one.kind == PERSON else _firms
        found[Feature.NAME] = by_kind(left.name, right.name)
    if left.places and right.places:
        found[Feature.ADDRESS] = _places(left.places, right.places)
    for feature, ours, theirs in (
        (Feature.PHONE, one.phones, other.phones),
        (Feature.EMAIL, one.emails, other.emails),
        (Feature.TAX_NUMBER, {one.tax_number} - {""}, {other.tax_number} - {""}),
        (Feature.BORN_ON, {one.born_on} - {None}, {other.born_on} - {None}),
    ):
        if ours and theirs:
            found[feature] = Level.DIFFERENT if ours.isdisjoint(theirs) else Level.SAME
    return found


# --- names ---------------------------------------------------------------------------------------


def _persons(left: Name, right: Name) -> Level:
    if left.words == right.words:
        return Level.SAME
    if left.patronymic and right.patronymic:
        return _full_names(left, right)
    return _short_names(left, right)


def _full_names(left: Name, right: Name) -> Level:
    """Compare names whose parts are known."""
    if left.of_a_woman is not right.of_a_woman or not _same_given(left.given, right.given):
        return Level.OTHER_GIVEN
    if not _same_word(left.patronymic, right.patronymic):
        return Level.OTHER_FATHER if _same_word(left.surname, right.surname) else Level.DIFFERENT
    if _same_word(left.surname, right.surname):
        return Level.NEAR
    return Level.NEW_SURNAME if left.of_a_woman else Level.DIFFERENT


def _short_names(left: Name, right: Name) -> Level:
    """Compare names of which one has no patronymic, or initials: each word of the shorter must be in the longer."""
    fewer, more = sorted((left, right), key=_how_much_is_said)
    spelt = [word for word in fewer.words if not is_initial(word)]
    initials = [word for word in fewer.words if is_initial(word)]
    left_over = list(more.words)
    exact = True
    for word in spelt:
        match = _closest(word, left_over)
        if match is None:
            return Level.OTHER_GIVEN if len(left_over) < len(more.words) else Level.DIFFERENT
        exact &= match == word
        left_over.remove(match)
    for initial in initials:
        begun = next((word for word in left_over if word.startswith(initial)), None)
        if begun is None:
            return Level.OTHER_GIVEN
        left_over.remove(begun)
    if not spelt or (len(spelt) == 1 and not initials):
        return Level.DIFFERENT
    if more.surname and not _has(spelt, more.surname):
        # A given name and a patronymic alone: half the town.
        return Level.DIFFERENT
    if len(spelt) == len(more.words):
        return Level.SAME if exact else Level.NEAR
    return Level.SHORTER


def _how_much_is_said(name: Name) -> tuple[int, int, tuple[str, ...]]:
    return sum(not is_initial(word) for word in name.words), len(name.words), name.words


def _has(words: Sequence[str], wanted: str) -> bool:
    return any(_same_word(word, part) for word in words for part in wanted.split())


def _closest(word: str, among: Sequence[str]) -> str | None:
    if word in among:
        return word
    return next((other for other in among if _same_given(word, other)), None)


def _same_given(one: str, other: str) -> bool:
    """Whether two words can be one given name: Maria and Marina are a letter apart, and two people."""
    if one != other and one in GIVEN_NAMES and other in GIVEN_NAMES:
        return False
    if is_initial(one) or is_initial(other):
        return one.startswith(other) or other.startswith(one)
    return _same_word(one, other)


def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    shorter, longer = sorted((len(one), len(other)))
    if shorter < 3 or longer < 4:
        return False
    close = CLOSE_LONG if shorter >= LONG else CLOSE
    if OSA.distance(one, other, score_cutoff=close) <= close:
        return True
    return OSA.distance(_sounds(one), _sounds(other), score_cutoff=close) <= close


@lru_cache(maxsize=100_000)
def _sounds(word: str) -> str:
    """Return a key with one sign for each sound: a letter that folds to two is one letter to the typist."""
    for letters, sign in SOUNDS:
        word = word.replace(letters, sign)
    return word


def _firms(left: Name, right: Name) -> Level:
    """Compare firms: numbers must agree (School 5, School 7), words may have an error."""
    if left.words == right.words:
        return Level.SAME
    ours, theirs = _spelt(left), _spelt(right)
    if ours[1] != theirs[1] or len(ours[0]) != len(theirs[0]):
        return Level.DIFFERENT
    return Level.NEAR if all(map(_same_word, ours[0], theirs[0])) else Level.DIFFERENT


def _spelt(name: Name) -> tuple[list[str], list[str]]:
    return [word for word in name.words if not word.isdigit()], [word for word in name.words if word.isdigit()]


# --- places --------------------------------------------------------------------------------------

_NEAREST = (Level.SAME, Level.NEAR, Level.SHORTER, Level.SAME_HOUSE, Level.DIFFERENT)


def _places(left: Sequence[Place], right: Sequence[Place]) -> Level:
    """Return how near the nearest two places are."""
    found = {_two_places(one, other) for one in left for other in right}
    return next(level for level in _NEAREST if level in found)


def _two_places(left: Place, right: Place) -> Level:
    if left.numbers[:1] != right.numbers[:1] or not left.numbers:
        return Level.DIFFERENT
    agree = _same_streets(left.words, right.words)
    if agree is Level.DIFFERENT:
        return agree
    if left.numbers == right.numbers:
        return agree
    if len(left.numbers) != len(right.numbers):
        return Level.SHORTER
    return Level.SAME_HOUSE


def _same_streets(left: Sequence[str], right: Sequence[str]) -> Level:
    if left == right:
        return Level.SAME
    fewer, more = sorted((left, right), key=lambda words: (len(words), words))
    if not fewer or len(more) - len(fewer) > 1:
        return Level.DIFFERENT
    left_over = list(more)
    for word in fewer:
        match = word if word in left_over else next((one for one in left_over if _same_word(word, one)), None)
        if match is None:
            return Level.DIFFERENT
        left_over.remove(match)
    return Level.NEAR
