"""Charts of an answer, worked out where they are shown as a drawing; the table beside says the same (pure)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from crm_core.reports.terms import Answer, Column

WIDTH, HEIGHT = 960, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 28
MOST_POINTS, MOST_SERIES = 120, 6
FEWEST_POINTS = 2
"""One point is no chart."""
FEWEST_PIXELS = 76
"""Between two words of the axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar."""

    x: float
    y: float
    width: float
    height: float
    place: int
    """Which row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line, or the bars of one colour."""

    column: Column
    number: int
    named: int | None = None
    """Of which row the later labels name it; None: its column does."""
    path: str = ""
    dots: tuple[tuple[float, float, int], ...] = ()
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn."""

    series: tuple[Series, ...]
    marks: tuple[tuple[float, Decimal], ...]
    """Lines across: where, and for which value."""
    words: tuple[tuple[float, int], ...]
    """Under the axis: where, and of which row."""
    unit: str
    rows: tuple[int, ...]
    """Which row of the answer gives a place its label."""
    depth: int
    """How many labels of that row: one where later ones name the series."""
    left_out: int = 0
    """Rows for which there is no room."""


def chart(answer: Answer, kind: str) -> Chart | None:
    """Return the drawing of an answer; None when there is nothing to draw, or a table is wanted."""
    laid = _side_by_side(answer) or _as_it_is(answer)
    if kind == "table" or len(laid.rows) < FEWEST_POINTS or not laid.columns:
        return None
    rows, columns, table = laid.rows[:MOST_POINTS], laid.columns, laid.table[:MOST_POINTS]
    top = max(
        (sum(filter(None, line)) if kind == "stacked" else max(filter(None, line), default=0.0)) for line in table
    )
    marks = steps(top)
    high = float(marks[-1]) or 1.0

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / high), 1)

    slot = (WIDTH - LEFT - RIGHT) / len(rows)
    draw = _line if kind == "line" else _bars
    series = tuple(
        replace(
            draw(one, at, [line[at] for line in table], slot, y, _below(table, at, kind), len(columns), kind),
            named=laid.named[at],
        )
        for at, one in enumerate(columns)
    )
    every = max(1, math.ceil(FEWEST_PIXELS / slot))
    return Chart(
        series=series,
        marks=tuple((y(float(mark)), mark) for mark in marks),
        words=tuple((round(LEFT + slot * (place + 0.5), 1), place) for place in range(0, len(rows), every)),
        unit=columns[0].unit,
        rows=tuple(rows),
        depth=laid.depth,
        left_out=len(laid.rows) - len(rows),
    )


def steps(highest: float) -> list[Decimal]:
    """Return round steps for an axis: 1, 2 or 5 times a power of ten, about four of them."""
    rough = (highest or 1) / 4
    power = Decimal(10) ** math.floor(math.log10(rough))
    step = next(one * power for one in (1, 2, 5, 10) if one * float(power) >= rough * 0.999)
    return [step * number for number in range(math.ceil(highest / float(step) - 1e-9) + 1 or 2)]


def _drawn(answer: Answer) -> list[tuple[int, Column]]:
    """Return the columns that share the first one's unit: one axis, one meaning. In a pivot, those of its values."""
    measures = list(enumerate(column for column in answer.columns if column.kind == "measure"))
    parts = [(place, one) for place, one in measures if one.across is not None]
    whole = [(place, one) for place, one in (parts or measures) if one.name == measures[0][1].name]
    alike = whole if parts else [(place, one) for place, one in measures if one.unit == measures[0][1].unit]
    return alike[:MOST_SERIES]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """Values by place and series."""

    rows: list[int]
    columns: list[Column]
    named: list[int | None]
    table: list[list[float | None]]
    depth: int


def _as_it_is(answer: Answer) -> _Laid:
    columns = _drawn(answer)
    return _Laid(
        rows=list(range(len(answer.rows))),
        columns=[column for _, column in columns],
        named=[None] * len(columns),
        table=[[_number(row.cells[place].value) for place, _ in columns] for row in answer.rows],
        depth=len(answer.rows[0].key) if answer.rows else 0,
    )


def _side_by_side(answer: Answer) -> _Laid | None:
    """Return rows told apart twice as a series for each later value: the first measure alone; None when it is none."""
    measures = _drawn(answer)
    if not answer.rows or len(answer.rows[0].key) < 2 or measures[0][1].across is not None:
        return None
    later = list(dict.fromkeys(row.key[1:] for row in answer.rows))
    if len(later) > MOST_SERIES:
        return None
    firsts: dict[str | None, int] = {}
    for place, row in enumerate(answer.rows):
        firsts.setdefault(row.key[0], place)
    at, column = measures[0]
    cells = {row.key: _number(row.cells[at].value) for row in answer.rows}
    names = {row.key[1:]: place for place, row in enumerate(answer.rows)}
    return _Laid(
        rows=list(firsts.values()),
        columns=[column] * len(later),
        named=[names[one] for one in later],
        table=[[cells.get((first, *one)) for one in later] for first in firsts],
        depth=1,
    )


def _number(value: object) -> float | None:
    return max(0.0, float(value)) if isinstance(value, int | Decimal) else None


def _below(table: Sequence[Sequence[float | None]], number: int, kind: str) -> list[float]:
    return [sum(filter(None, line[:number])) if kind == "stacked" else 0.0 for line in table]


def _line(column: Column, number: int, values: Sequence[float | None], slot: float, y: object, *_: object) -> Series:
    path, dots, lifted = "", [], True
    for place, value in enumerate(values):
        if value is None:
            lifted = True
            continue
        x, height = round(LEFT + slot * (place + 0.5), 1), y(value)  # type: ignore[operator]
        path += f"{'M' if lifted else 'L'}{x} {height}"
        dots.append((x, height, place))
        lifted = False
    return Series(column=column, number=number, path=path, dots=tuple(dots))


def _bars(  # noqa: PLR0913, PLR0917 -- a drawing is made of these
    column: Column,
    number: int,
    values: Sequence[float | None],
    slot: float,
    y: object,
    below: Sequence[float],
    many: int,
    kind: str,
) -> Series:
    parts = 1 if kind == "stacked" else many
    width = max(1.0, min(28.0, (slot - 4) / parts))
    first = (slot - width * parts) / 2
    bars = []
    for place, value in enumerate(values):
        if not value:
            continue
        foot, head = y(below[place]), y(below[place] + value)  # type: ignore[operator]
        left = LEFT + slot * place + first + (0 if kind == "stacked" else width * number)
        bars.append(
            Bar(
                x=round(left, 1), y=head, width=round(width - 1, 1), height=round(max(1.0, foot - head), 1), place=place
            )
        )
    return Series(column=column, number=number, bars=tuple(bars))
