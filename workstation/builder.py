"""The builder of segments as a plain form: fields to a tree of conditions and back, and what its buttons do (pure).

A part of the tree is known by its path: the numbers of the parts from the root on, joined by `-`; the root's path is
empty. Its fields are `how_<path>` of a group, and of a condition `fact_`, `op_`, `v_` and `w_` (values), `days_` and
one `pick_<path>_<number>` for each choice that is ticked. A button's value is what to do and where: `condition 0-1`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from crm_core.segments.conditions import DEEPEST, LONGEST_VALUE, MOST_CONDITIONS, MOST_DAYS, Condition, Group, How
from crm_core.segments.facts import Catalogue
from crm_core.segments.kinds import Fact, Kind, Op

PATH = re.compile(r"(?:\d{1,2}(?:-\d{1,2}){0,7})?")
TWO = frozenset({Op.BETWEEN})
NONE = frozenset({Op.YES, Op.NO, Op.KNOWN, Op.UNKNOWN})
PERIOD_DAYS = 90
"""Days of a period until somebody says otherwise."""
FIRST = "balance"
"""Fact of a condition that was just added."""
Part = Group | Condition
Change = Callable[[Group], Iterable[Part]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A part of the tree as the page shows it."""

    path: str
    depth: int
    part: Part
    inner: tuple[Shown, ...] = ()
    fact: Fact | None = None
    """Of a condition; None for one that is not known any more."""

    @property
    def is_group(self) -> bool:
        """Whether it is a group."""
        return isinstance(self.part, Group)


def shown(tree: Group, catalogue: Catalogue) -> Shown:
    """Return the tree with paths and facts."""
    return _shown(tree, (), catalogue)


def _shown(part: Part, path: tuple[int, ...], catalogue: Catalogue) -> Shown:
    name = "-".join(map(str, path))
    if isinstance(part, Condition):
        return Shown(path=name, depth=len(path), part=part, fact=catalogue.get(part.fact))
    inner = tuple(_shown(one, (*path, number), catalogue) for number, one in enumerate(part.parts))
    return Shown(path=name, depth=len(path), part=part, inner=inner)


def tree_of(sent: Mapping[str, str], catalogue: Catalogue) -> Group:
    """Read the tree from the fields of a form; what is no field of it is left out."""
    named: dict[tuple[int, ...], Part] = {}
    picked: dict[str, list[str]] = {}
    for name, value in sent.items():
        if name.startswith("pick_"):
            picked.setdefault(name.removeprefix("pick_").rpartition("_")[0], []).append(value)
    for name, value in sent.items():
        kind, _, path = name.partition("_")
        if kind not in {"how", "fact"} or not PATH.fullmatch(path):
            continue
        place = tuple(map(int, path.split("-"))) if path else ()
        if kind == "how":
            named[place] = Group(how=How(value) if value in set(How) else How.ALL)
        elif place:
            named[place] = _condition(sent, path, value, picked.get(path, []), catalogue)
    return _joined(named)


def _joined(named: Mapping[tuple[int, ...], Part]) -> Group:
    """Put parts into the groups whose path theirs begins with; a part without its group is left out."""

    def whole(place: tuple[int, ...], part: Part) -> Part:
        if isinstance(part, Condition):
            return part
        inner = sorted(one for one in named if len(one) == len(place) + 1 and one[: len(place)] == place)
        kept = tuple(whole(one, named[one]) for one in inner)
        return part.model_copy(update={"parts": kept[:MOST_CONDITIONS]})

    root = named.get((), Group())
    made = whole((), root if isinstance(root, Group) else Group())
    return made if isinstance(made, Group) else Group()


def _condition(
    sent: Mapping[str, str], path: str, fact_name: str, picked: Sequence[str], catalogue: Catalogue
) -> Condition:
    fact = catalogue.get(fact_name)
    operators = fact.operators if fact else (Op.YES,)
    wanted = sent.get(f"op_{path}", "")
    op = Op(wanted) if wanted in operators else operators[0]
    days = sent.get(f"days_{path}", "").strip()
    whole = int(days) if days.isascii() and days.isdecimal() and len(days) <= 5 else 0
    return Condition(
        fact=fact_name[:60],
        op=op,
        values=_values(sent, path, op, picked, fact),
        days=min(whole, MOST_DAYS) if fact and fact.period else 0,
    )


def _values(sent: Mapping[str, str], path: str, op: Op, picked: Sequence[str], fact: Fact | None) -> tuple[str, ...]:
    first, second = (sent.get(f"{name}_{path}", "").strip()[:LONGEST_VALUE] for name in ("v", "w"))
    if op in NONE:
        return ()
    if op in TWO:
        return (first, second)
    if op in {Op.ONE_OF, Op.NONE_OF}:
        typed = [text.strip()[:LONGEST_VALUE] for text in sent.get(f"v_{path}", "")[:2_000].split(",")]
        return tuple(dict.fromkeys(text for text in (*[one[:LONGEST_VALUE] for one in picked], *typed) if text))[:50]
    return (first,) if fact else ()


def edited(tree: Group, doing: str, catalogue: Catalogue) -> Group:
    """Return the tree after a button was pressed: `condition`, `group` or `remove`, and the path of a group or part."""
    what, _, path = doing.partition(" ")
    if not PATH.fullmatch(path):
        return tree
    place = tuple(map(int, path.split("-"))) if path else ()
    match what:
        case "condition":
            return _changed(tree, place, lambda group: (*group.parts, new_condition(catalogue)))
        case "group" if len(place) + 1 < DEEPEST:
            fresh = Group(how=How.ANY, parts=(new_condition(catalogue),))
            return _changed(tree, place, lambda group: (*group.parts, fresh))
        case "remove" if place:
            number = place[-1]
            return _changed(tree, place[:-1], lambda group: group.parts[:number] + group.parts[number + 1 :])
        case _:
            return tree


def new_condition(catalogue: Catalogue) -> Condition:
    """Return the condition that a button adds."""
    fact = catalogue.get(FIRST)
    return Condition(fact=FIRST, op=fact.operators[0] if fact else Op.AT_LEAST, values=("",))


def _changed(tree: Group, place: tuple[int, ...], change: Change) -> Group:
    """Return the tree with other parts in one of its groups; a path to no group changes nothing."""
    if not place:
        return tree.model_copy(update={"parts": tuple(change(tree))[:MOST_CONDITIONS]})
    number, rest = place[0], place[1:]
    if number >= len(tree.parts):
        return tree
    inner = tree.parts[number]
    if not isinstance(inner, Group):
        return tree
    parts = (*tree.parts[:number], _changed(inner, rest, change), *tree.parts[number + 1 :])
    return tree.model_copy(update={"parts": parts})


def kind_of_input(fact: Fact | None, op: Op, catalogue: Catalogue) -> str:
    """Return how values are asked for: `none`, `picks`, `list`, `days`, `day`, `amount` or `text`."""
    if fact is None or op in NONE:
        return "none"
    if op in {Op.LAST_DAYS, Op.NOT_LAST_DAYS, Op.NEXT_DAYS}:
        return "days"
    if op in {Op.ONE_OF, Op.NONE_OF}:
        return "picks" if fact.kind is Kind.SEGMENT or catalogue.choices(fact) else "list"
    if fact.kind is Kind.DAY:
        return "day"
    return "amount" if fact.kind in {Kind.MONEY, Kind.NUMBER} else "text"
