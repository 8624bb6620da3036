"""Figures of benches and checks: what was measured, its bar, and whether it held, for people and programs (shell)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value; `held` is None where there is no bar to hold."""

    name: str
    value: float
    unit: str
    bar: str = ""
    """The promise in words a reader can check: `>= 8`, `<= 2`, `= 0`."""
    held: bool | None = None


def at_most(name: str, value: float, unit: str, limit: float) -> Figure:
    """Figure that holds when it does not exceed `limit`."""
    return Figure(name=name, value=value, unit=unit, bar=f"<= {limit:g}", held=value <= limit)


def at_least(name: str, value: float, unit: str, limit: float) -> Figure:
    """Figure that holds when it reaches `limit`."""
    return Figure(name=name, value=value, unit=unit, bar=f">= {limit:g}", held=value >= limit)


def report(title: str, figures: Sequence[Figure]) -> int:
    """Print a table, then one JSON line with every figure; return the exit code, 1 when a bar is not held."""
    table = Table(title=title)
    for heading in ("figure", "value", "unit", "bar", ""):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    for figure in figures:
        verdict = {True: "held", False: "NOT HELD", None: ""}[figure.held]
        table.add_row(figure.name, f"{figure.value:,.3f}".rstrip("0").rstrip("."), figure.unit, figure.bar, verdict)
    Console().print(table)
    print(json.dumps({"title": title, "figures": [asdict(figure) for figure in figures]}))
    return int(any(figure.held is False for figure in figures))
