"""Rules as they stand in the text of a policy: which are simple, where each stands, how one is written there (pure).

The text is the one truth. What is put into it is put between lines that stay as they were typed, with their comments;
the text that comes out is read again, and is handed out only when it says exactly what was meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import yaml

from routing.policy import Condition, Policy, PolicyError, Rule, Step, Tongue, parse

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class Rich(StrEnum):
    """Why a rule, or a text, is for the editor and not for a form."""

    CONDITION = "condition"
    """It asks for the number dialled or for steps of the menu."""
    STEPS = "steps"
    """It asks less more than once."""
    COMMENT = "comment"
    """A comment stands within it, which a form would lose."""
    LAYOUT = "layout"
    """Rules do not stand one below the other, each after a dash."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule stands, in characters of the text."""

    dash: int
    """Of the `-` before it."""
    begins: int
    ends: int
    """Behind its last word."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text with a rule put into it."""

    text: str
    line: int
    """Where the rule begins, from 1."""


def wider(one: Condition, other: Condition) -> bool:
    """Whether `one` is true of every caller of whom `other` is."""
    pairs = (
        (one.topics, other.topics), (one.languages, other.languages), (one.flags, other.flags),
        (one.dialled, other.dialled), (one.passed, other.passed),
    )  # fmt: skip
    return all(not wide or (narrow and set(narrow) <= set(wide)) for wide, narrow in pairs)


def stands_before(rules: tuple[Rule, ...], new: Rule) -> int:
    """Return before which rule a new one counts: the first that would take every caller of its to another queue."""
    if new.queue is None:
        return len(rules)
    hides = (at for at, rule in enumerate(rules) if rule.queue is not None and wider(rule.when, new.when))
    return next(hides, len(rules))


def rich(text: str, policy: Policy) -> dict[str, Rich | None]:
    """Return of each rule of a policy, by name, why it is not for a form; None when it is.

    Args:
        text: what `policy` was read from.
        policy: the rules.

    """
    try:
        places = _places(text, len(policy.rules))
    except _OddLayout:
        return {rule.name: Rich.LAYOUT for rule in policy.rules}
    return {rule.name: _rich(rule, text, place) for rule, place in zip(policy.rules, places, strict=True)}


def put(text: str, rule: Rule, *, instead_of: str = "", before: str = "") -> Written | Rich:
    """Put a rule into the text of a policy.

    Args:
        text: of a policy that can be used, its lines ended as on Unix; a rule of this name stands in it only
            when it is the one that is replaced.
        rule: a simple one.
        instead_of: the rule whose place it takes, "" for a new one.
        before: the rule that a new one comes to stand before; "": where it counts.

    Returns:
        The text with the rule, or why it is for the editor.

    """
    policy = parse(text)
    rules = policy.rules
    names = [one.name for one in rules]
    try:
        places = _places(text, len(rules))
        if instead_of in names:
            at = names.index(instead_of)
            found, meant = _replaced(text, rule, places[at]), (*rules[:at], rule, *rules[at + 1 :])
        else:
            at = names.index(before) if before in names else stands_before(rules, rule)
            found, meant = _inserted(text, rule, places, at), (*rules[:at], rule, *rules[at:])
        return found if parse(found.text) == policy.model_copy(update={"rules": meant}) else Rich.LAYOUT
    except (_OddLayout, PolicyError):
        return Rich.LAYOUT


def written(rule: Rule) -> str:
    """Return the lines of a simple rule; all but the first are set in by two."""
    lines = [f"name: {_word(rule.name)}"]
    when = [(name, getattr(rule.when, name)) for name in ("topics", "languages", "flags")]
    if any(words for _, words in when):
        lines += ["when:", *(f"  {name}: {_list(words)}" for name, words in when if words)]
    if rule.queue is not None:
        lines.append(f"queue: {_word(rule.queue)}")
    if rule.head_start:
        lines.append(f"head_start: {rule.head_start}")
    if rule.needs:
        lines.append(f"needs: {_levels(rule.needs)}")
    if rule.language is not Tongue.ANY:
        lines.append(f"language: {rule.language}")
    if rule.last_operator:
        lines.append(f"last_operator: {rule.last_operator}")
    if rule.steps:
        lines += ["steps:", *(f"  - {_step(step)}" for step in rule.steps)]
    return "\n  ".join(lines)


def _step(step: Step) -> str:
    said = [f"after: {step.after}"]
    if step.needs is not None:
        said.append(f"needs: {_levels(step.needs)}")
    if step.language is not None:
        said.append(f"language: {step.language}")
    if step.also:
        said.append(f"also: {_list(step.also)}")
    return f"{{{', '.join(said)}}}"


def _list(words: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_word, words))}]"


def _levels(needs: dict[str, int]) -> str:
    return f"{{{', '.join(f'{_word(skill)}: {level}' for skill, level in needs.items())}}}"


def _word(text: str) -> str:
    """Quote what YAML would take for something else: `no`, `1`, `null`."""
    plain = PLAIN.fullmatch(text) and yaml.safe_load(text) == text
    return text if plain else json.dumps(text)


def _rich(rule: Rule, text: str, place: Place) -> Rich | None:
    if rule.when.dialled or rule.when.passed:
        return Rich.CONDITION
    if len(rule.steps) > 1:
        return Rich.STEPS
    return Rich.COMMENT if "#" in text[place.begins : _next_line(text, place.ends)] else None


class _OddLayout(Exception):
    """The text is not laid out so that lines can be put into it."""


def _rules(text: str) -> yaml.SequenceNode | None:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise _OddLayout
    # Of a key that stands there twice the last counts.
    found = next((value for key, value in reversed(root.value) if key.value == "rules"), None)
    if found is not None and not isinstance(found, yaml.SequenceNode):
        raise _OddLayout
    return found


def _places(text: str, count: int) -> list[Place]:
    """Return where each of so many rules stands."""
    node = _rules(text)
    items = node.value if node is not None else []
    if len(items) != count or (node is not None and items and node.flow_style):
        raise _OddLayout
    return [_place(text, item) for item in items]


def _place(text: str, item: yaml.Node) -> Place:
    begins = item.start_mark.index
    dash = text.rfind("-", 0, begins)
    if dash < 0 or text[_line(text, dash) : dash].strip(" ") or text[dash + 1 : begins].strip(" "):
        raise _OddLayout
    return Place(dash=dash, begins=begins, ends=max(_ends(item)))


def _ends(node: yaml.Node) -> Iterator[int]:
    """Ends of words and brackets: a block itself ends where the next one begins, behind comments that are not its."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        yield node.end_mark.index
        return
    for part in node.value:
        for one in part if isinstance(part, tuple) else (part,):
            yield from _ends(one)


def _line(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _next_line(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _block(rule: Rule, column: int) -> str:
    return "- " + written(rule).replace("\n", "\n" + " " * column)


def _replaced(text: str, rule: Rule, place: Place) -> Written:
    block = _block(rule, place.dash - _line(text, place.dash))
    return _told(text[: place.dash] + block + text[place.ends :], place.dash)


def _inserted(text: str, rule: Rule, places: Sequence[Place], at: int) -> Written:
    if not places:
        return _first(text, rule)
    column = places[0].dash - _line(text, places[0].dash)
    block = " " * column + _block(rule, column) + "\n"
    apart = "\n" * (len(places) > 1 and "\n\n" in text[places[0].ends : places[1].dash])
    if at < len(places):
        begins = _above(text, places[at].dash)
        return _told(text[:begins] + block + apart + text[begins:], begins)
    begins = _next_line(text, places[-1].ends)
    lead = text[:begins] + "\n" * (not text[:begins].endswith("\n")) + apart
    return _told(lead + block + text[begins:], len(lead))


def _above(text: str, dash: int) -> int:
    """Return where a rule begins with the comments right above it."""
    begins = _line(text, dash)
    while begins and text[_line(text, begins - 1) : begins].lstrip(" ").startswith("#"):
        begins = _line(text, begins - 1)
    return begins


def _first(text: str, rule: Rule) -> Written:
    """Write the first rule of a text that has none."""
    node = _rules(text)
    block = "  " + _block(rule, 2) + "\n"
    if node is None:
        lead = text + ("" if text.endswith("\n") else "\n") + "rules:\n"
        return _told(lead + block, len(lead))
    lead = text[: node.start_mark.index].rstrip(" ") + "\n"
    return _told(lead + block + text[node.end_mark.index :].lstrip(" \r\n"), len(lead))


def _told(text: str, begins: int) -> Written:
    return Written(text, text.count("\n", 0, begins) + 1)
