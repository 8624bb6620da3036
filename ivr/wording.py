"""Wordings: what each prompt says in each language, as data (pure).

A wording is a YAML mapping of prompt name to sentence. `{name}` stands where a value is spoken; a sentence without
such a place is one sound file, made once and replaceable by a recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from string import Formatter

import yaml

ALWAYS = frozenset({"utility"})
"""Values every prompt may use."""
REQUIRED = ("not_heard", "not_understood", "cannot_speak", "to_operator")
"""Prompts the session says by itself, whatever the flow."""


class WordingError(ValueError):
    """A wording's text cannot be understood; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """All prompts of one language."""

    language: str
    prompts: Mapping[str, str] = field(default_factory=dict)

    def places(self, prompt: str) -> frozenset[str]:
        """Names of the values that stand in a prompt, the universal ones aside."""
        return frozenset(place for _, place in pieces(self.prompts[prompt]) if place) - ALWAYS


def pieces(sentence: str) -> tuple[tuple[str, str], ...]:
    """Split a sentence into (text, name of the value that follows it); the last name is "" when text ends it.

    Raises:
        WordingError: a brace is left open, or a place is not a plain name.
    """
    try:
        parts = [(text, name, spec, conversion) for text, name, spec, conversion in Formatter().parse(sentence)]
    except ValueError as error:
        raise WordingError(f"{sentence!r}: {error}") from error
    for _, name, spec, conversion in parts:
        if name is not None and (not name.isidentifier() or spec or conversion):
            raise WordingError(f"{sentence!r}: a place is a plain name in braces")
    return tuple((text, name or "") for text, name, _, _ in parts)


class Fault(StrEnum):
    """What can be wrong with a sentence that is to stand for another."""

    EMPTY = "empty"
    BRACES = "braces"
    UNKNOWN_PLACE = "unknown-place"
    MISSING_PLACE = "missing-place"


def faults(sentence: str, wording: Wording, prompt: str) -> tuple[tuple[Fault, str], ...]:
    """Return what speaks against saying `sentence` for a prompt, each with the place it is about.

    It must name every value that the prompt names, or callers would not hear it, and no other.
    """
    try:
        parts = pieces(sentence)
    except WordingError:
        return ((Fault.BRACES, ""),)
    wanted = wording.places(prompt)
    named = frozenset(place for _, place in parts if place) - ALWAYS
    if not wanted & {"text"} and not any(char.isalnum() for text, _ in parts for char in text):
        return ((Fault.EMPTY, ""),)
    return (
        *((Fault.UNKNOWN_PLACE, place) for place in sorted(named - wanted)),
        *((Fault.MISSING_PLACE, place) for place in sorted(wanted - named)),
    )


def parse(language: str, text: str) -> Wording:
    """Read a wording from YAML.

    Raises:
        WordingError: in one sentence, where the text is not a wording.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise WordingError(f"{language}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict) or not data:
        raise WordingError(f"{language}: a wording is a mapping of prompt to sentence")
    prompts: dict[str, str] = {}
    for name, sentence in data.items():
        if not isinstance(sentence, str) or not sentence.strip():
            raise WordingError(f"{language}: {name}: a sentence is wanted")
        prompts[str(name)] = " ".join(sentence.split())
        pieces(prompts[str(name)])
    return Wording(language=language, prompts=prompts)
