"""Lives drawn from their tables, as pages for docs/lives (pure). `python -m telephony.lives` prints the call's."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum

from telephony.call import TRANSITIONS, Phase


def page(title: str, source: str, table: Mapping[tuple[StrEnum, StrEnum], StrEnum], start: StrEnum) -> str:
    """Return a Markdown page with a Mermaid state diagram of `table`, in the table's own order."""
    states = sorted({state for (state, _), after in table.items() for state in (state, after)} - {start})
    steps = [f"    {before} --> {after}: {trigger}" for (before, trigger), after in table.items()]
    befores = {before for before, _ in table}
    ends = [f"    {state} --> [*]" for state in states if state not in befores]
    lines = [
        f"# {title}",
        "",
        f"Drawn from `TRANSITIONS` in `{source}`; a test keeps the two together. What is not drawn changes nothing.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {start}",
        *steps,
        *ends,
        "```",
    ]
    return "\n".join(lines) + "\n"


def call_page() -> str:
    """Return docs/lives/call.md."""
    table: dict[tuple[StrEnum, StrEnum], StrEnum] = {(before, by): after for (before, by), after in TRANSITIONS.items()}
    return page("The life of a call", "telephony/call.py", table, Phase.IVR)


if __name__ == "__main__":
    sys.stdout.write(call_page())
