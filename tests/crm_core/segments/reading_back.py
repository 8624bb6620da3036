"""Reads a segment's words back into conditions, by what the words say and nothing else."""

from __future__ import annotations

import re
from datetime import date

from crm_core.segments import words
from crm_core.segments.conditions import Condition, Group, How
from crm_core.segments.facts import Catalogue
from crm_core.segments.kinds import Op

AND, OR, NOT = " && ", " || ", "!({parts})"
SIGNS = {words.JOINTS[How.ALL]: AND, words.JOINTS[How.ANY]: OR, words.NOT_ONE: NOT}
SPOKEN = words.Voice(
    say=lambda text: SIGNS.get(text, text),
    money=lambda amount: f"{amount}",
    number=lambda number: f"{number:f}",
    day=date.isoformat,
)
"""English whose joints are signs: a title may hold the word "or"."""
CONDITION = re.compile(r"(?P<title>[^:]+?)(?: in (?P<days>\d+) days)?: (?P<rest>.*)", re.DOTALL)


def read_back(said: str, catalogue: Catalogue) -> Group:
    """Return the conditions that a sentence tells."""
    titles = {fact.title.casefold(): fact.name for _, facts in catalogue.grouped() for fact in facts}
    return _group(said, titles, catalogue)


def _group(said: str, titles: dict[str, str], catalogue: Catalogue) -> Group:
    for how, sign in ((How.ALL, AND), (How.ANY, OR)):
        parts = _split(said, sign)
        if len(parts) > 1:
            return Group(how=how, parts=tuple(_part(part, titles, catalogue) for part in parts))
    one = _part(said, titles, catalogue)
    return one if isinstance(one, Group) else Group(parts=(one,))


def _part(said: str, titles: dict[str, str], catalogue: Catalogue) -> Group | Condition:
    if said.startswith("!("):
        inner = _group(said[2:-1], titles, catalogue)
        flat = inner.how is How.ANY or (inner.how is How.ALL and len(inner.parts) == 1)
        return Group(how=How.NONE, parts=inner.parts if flat else (inner,))
    if said.startswith("("):
        return _group(said[1:-1], titles, catalogue)
    if said.casefold() in {words.EVERYBODY, words.NOBODY}:
        return Group(how=How.ALL if said.casefold() == words.EVERYBODY else How.ANY)
    return _condition(said, titles, catalogue)


def _split(said: str, sign: str) -> list[str]:
    """Split where a sign stands outside of all brackets."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(said):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0 and said.startswith(sign, place):
            parts.append(said[start:place])
            start = place + len(sign)
    return [*parts, said[start:]]


def _condition(said: str, titles: dict[str, str], catalogue: Catalogue) -> Condition:
    found = CONDITION.fullmatch(said)
    assert found, said
    fact = catalogue.get(titles[found["title"].casefold()])
    assert fact
    op, texts = _operator(found["rest"])
    codes = {choice.title: choice.code for choice in catalogue.choices(fact)}
    unit = f" {fact.unit}" if fact.unit else ""
    values = [codes.get(text, text.removesuffix(unit)) for text in texts]
    return Condition(fact=fact.name, op=op, values=tuple(values), days=int(found["days"] or 0))


def _says(one: tuple[Op, str]) -> int:
    """How much a phrase says by itself, the most first."""
    return -len(re.sub(r"\{\w+\}", "", one[1]))


PHRASES = [
    (op, re.compile(_pattern))
    for op, phrase in [*words.SEVERAL.items(), *sorted(words.PHRASES.items(), key=_says)]
    for _pattern in [re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(phrase.removeprefix("{fact}: ")))]
]
"""The longest first: of two that fit, the one that says more is meant."""


def _operator(rest: str) -> tuple[Op, list[str]]:
    for op, phrase in PHRASES:
        found = phrase.fullmatch(rest)
        if found:
            named = found.groupdict()
            if op in words.SEVERAL:
                return op, named["values"].split(words.COMMA)
            return op, [named[name] for name in ("values", "low", "high") if name in named]
    raise AssertionError(rest)
