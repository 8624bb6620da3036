"""Evaluation forms as data: sections with weights, items, fatal ones; whether a definition makes sense (pure).

Kept as JSON, a version for each time it was published; an evaluation stays with the version it was scored on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from crm_core.work.fields import CODE, Defect, words

MOST_SECTIONS, MOST_ITEMS = 12, 60
MOST_WEIGHT = 100
LEAST_SCALE, MOST_SCALE = 2, 10


class FormState(StrEnum):
    """Where a version of a form is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"
    """Nothing new is scored on it; what was scored stays."""


class FormStep(StrEnum):
    """What is done with it."""

    PUBLISH = "publish"
    RETIRE = "retire"
    """By hand, or because a later version was published."""
    DISCARD = "discard"
    """A draft that nobody wants: it is retired unused."""


TRANSITIONS: Final[dict[tuple[FormState, FormStep], FormState]] = {
    (FormState.DRAFT, FormStep.PUBLISH): FormState.PUBLISHED,
    (FormState.DRAFT, FormStep.DISCARD): FormState.RETIRED,
    (FormState.PUBLISHED, FormStep.RETIRE): FormState.RETIRED,
}


class ItemKind(StrEnum):
    """How an item is answered."""

    YES_NO = "yes_no"
    SCALE = "scale"
    """A whole number from 0 to the item's `most`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that is listened for."""

    code: str
    kind: ItemKind
    titles: Mapping[str, str]
    most: int = 1
    """Points of the best answer; 1 of yes or no."""
    weight: int = 1
    """Among the items of its section."""
    fatal: bool = False
    """Answered no, the whole call has 0."""
    optional: bool = False
    """It may be not applicable to a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a form."""

    code: str
    titles: Mapping[str, str]
    weight: int
    """Among the sections of the form."""
    items: tuple[Item, ...]


def items(sections: Sequence[Section]) -> dict[str, Item]:
    """Return the items of all sections, by code, in the form's order."""
    return {item.code: item for section in sections for item in section.items}


def read(data: object) -> tuple[tuple[Section, ...], tuple[Defect, ...]]:
    """Read sections as they came from a page or the database.

    Returns:
        The sections that make sense, and what is wrong with the others.

    """
    if not isinstance(data, Sequence) or isinstance(data, str | bytes) or not 0 < len(data) <= MOST_SECTIONS:
        return (), (Defect(code="quality-sections", place=""),)
    sections: list[Section] = []
    defects: list[Defect] = []
    taken: set[str] = set()
    for one in data:
        found = _section(one if isinstance(one, Mapping) else {}, taken, defects)
        if found is not None:
            sections.append(found)
    if len(items(sections)) > MOST_ITEMS:
        defects.append(Defect(code="quality-items", place=""))
    return tuple(sections), tuple(defects)


def _section(data: Mapping[str, Any], taken: set[str], defects: list[Defect]) -> Section | None:
    head = _head(data, taken, defects)
    rows = data.get("items")
    rows = rows if isinstance(rows, Sequence) and not isinstance(rows, str | bytes) else ()
    found = [_item(row if isinstance(row, Mapping) else {}, taken, defects) for row in rows]
    if head is None:
        return None
    code, titles, weight = head
    if not found:
        defects.append(Defect(code="quality-no-items", place=code))
    return Section(code=code, titles=titles, weight=weight, items=tuple(one for one in found if one is not None))


def _item(data: Mapping[str, Any], taken: set[str], defects: list[Defect]) -> Item | None:
    head = _head(data, taken, defects)
    if head is None:
        return None
    code, titles, weight = head
    kind, most = data.get("kind"), data.get("most", 1)
    scale = kind == ItemKind.SCALE and isinstance(most, int) and LEAST_SCALE <= most <= MOST_SCALE
    if not scale and (kind != ItemKind.YES_NO or most != 1):
        defects.append(Defect(code="quality-bad-kind", place=code))
        return None
    if data.get("fatal") and scale:
        defects.append(Defect(code="quality-fatal-scale", place=code))
        return None
    return Item(
        code=code,
        kind=ItemKind.SCALE if scale else ItemKind.YES_NO,
        titles=titles,
        most=most,
        weight=weight,
        fatal=bool(data.get("fatal")),
        optional=bool(data.get("optional")),
    )


def _head(data: Mapping[str, Any], taken: set[str], defects: list[Defect]) -> tuple[str, Mapping[str, str], int] | None:
    code, titles, weight = data.get("code"), words(data.get("titles")), data.get("weight")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        defects.append(Defect(code="form-bad-code", place=str(code or "")[:30]))
    elif code in taken:
        defects.append(Defect(code="form-code-twice", place=code))
    elif not titles.get("en"):
        defects.append(Defect(code="form-no-title", place=code))
    elif not isinstance(weight, int) or isinstance(weight, bool) or not 1 <= weight <= MOST_WEIGHT:
        defects.append(Defect(code="quality-bad-weight", place=code))
    else:
        taken.add(code)
        return code, titles, weight
    return None


def written(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """Return sections as they are kept."""
    return [
        {
            "code": section.code, "titles": dict(section.titles), "weight": section.weight,
            "items": [
                {
                    "code": item.code, "kind": item.kind.value, "titles": dict(item.titles), "most": item.most,
                    "weight": item.weight, "fatal": item.fatal, "optional": item.optional,
                }
                for item in section.items
            ],
        }
        for section in sections
    ]  # fmt: skip
