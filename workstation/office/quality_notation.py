"""Evaluation forms written as lines, one a section or an item, for people who make forms; and back (pure).

    [opening] 15 | Opening | ru:Начало
    greeting | yes_no | 1 | Names the utility and the own name | ru:Называет организацию и своё имя
    verified | yes_no fatal | 2 | Tells nothing before the caller is verified
    clear | scale_4 na | 1 | Clear, without words of the trade

A section has its code in brackets and its weight, an item its code, how it is answered, its weight; both end in their
titles. Lines that begin with # are left out. What makes no sense is told by `crm_core.quality.forms`, with its code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from crm_core.quality.forms import Item, ItemKind, Section
from workstation.office.notation import lines, spelled, titles_of

SECTION = re.compile(r"\[([^\]]*)\]\s*(\S*)")
FATAL, OPTIONAL = "fatal", "na"


def sections_of(text: str) -> list[dict[str, Any]]:
    """Read lines as the data that `crm_core.quality.forms.read` takes; items above the first section are one's own."""
    found: list[dict[str, Any]] = []
    for parts in lines(text):
        if (head := SECTION.fullmatch(parts[0])) is not None:
            found.append({"code": head[1], "weight": _whole(head[2]), "titles": titles_of(parts[1:]), "items": []})
            continue
        if not found:
            # Said as what it is: an item without a section, by a section without a code.
            found.append({"code": "", "weight": None, "titles": {}, "items": []})
        found[-1]["items"].append(_item(parts))
    return found


def _item(parts: Sequence[str]) -> dict[str, Any]:
    words = parts[1].casefold().split() if len(parts) > 1 else [""]
    kind, _, most = words[0].partition("scale_")
    return {
        "code": parts[0], "kind": kind or ItemKind.SCALE.value, "most": 1 if kind else _whole(most),
        "weight": _whole(parts[2]) if len(parts) > 2 else None, "titles": titles_of(parts[3:]),
        "fatal": FATAL in words[1:], "optional": OPTIONAL in words[1:],
    }  # fmt: skip


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def lines_of(sections: Sequence[Section]) -> str:
    """Write sections as `sections_of` reads them."""
    return "\n\n".join(
        "\n".join(
            [
                " | ".join([f"[{section.code}] {section.weight}", *spelled(section.titles)]),
                *(" | ".join(_parts(item)) for item in section.items),
            ]
        )
        for section in sections
    )


def _parts(item: Item) -> list[str]:
    kind = item.kind.value if item.kind is ItemKind.YES_NO else f"scale_{item.most}"
    marks = [*([FATAL] if item.fatal else []), *([OPTIONAL] if item.optional else [])]
    return [item.code, " ".join([kind, *marks]), str(item.weight), *spelled(item.titles)]
