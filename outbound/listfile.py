"""A file of debtors: which column holds account numbers, and what each row says (pure).

All a campaign takes from a file is account numbers; names, sums and telephone numbers in it are not looked at: they
would be older than the base. Spreadsheets lose leading zeros, so short numbers are filled up; the check digit then
says whether that was right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from crm_core.accounts import ASCII_DIGITS, DIGITS, is_account_number
from crm_core.importing.columns import KINDS, fold
from crm_core.importing.values import Cell

FIRST_ROWS: Final = 20
"""A header stands in one of the first rows, or there is none."""
NAMES: Final = frozenset(next(one for one in KINDS["payments"] if one.name == "account").names)
LONGEST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One row of a file."""

    row: int
    """As people's programs number it."""
    number: str
    """The account's number; "" when the row names none."""
    fault: str = ""
    """`empty`, `no-number`, `check-digit`."""
    said: str = ""
    """What stood there."""


def named(rows: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[Named]:
    """Return what each row below the header says; rows without any cell are passed over."""
    source = iter(rows)
    first = list(islice(source, FIRST_ROWS))
    place, below = _column(first)
    for row, cells in chain(first[below:], source):
        if any(cell not in {None, ""} for cell in cells):
            yield judged(row, cells[place] if place < len(cells) else None)


def _column(first: Sequence[tuple[int, Sequence[Cell]]]) -> tuple[int, int]:
    """Return the column of account numbers and how many rows stand above the first of them."""
    for above, (_, cells) in enumerate(first, 1):
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and fold(cell) in NAMES:
                return place, above
    for _, cells in first:
        found = next((place for place, cell in enumerate(cells) if is_account_number(digits(cell))), None)
        if found is not None:
            return found, 0
    return 0, 0


def judged(row: int, cell: Cell) -> Named:
    """Return what a cell of the column of account numbers says."""
    said = "" if cell is None else str(cell).strip()[:LONGEST]
    number = digits(cell)
    if not number:
        return Named(row=row, number="", fault="no-number" if said else "empty", said=said)
    if not is_account_number(number):
        return Named(row=row, number="", fault="check-digit", said=said)
    return Named(row=row, number=number)


def digits(cell: Cell) -> str:
    """Return a cell as digits of an account number, with the zeros that a spreadsheet lost; "" for none."""
    if isinstance(cell, bool) or cell is None:
        return ""
    if isinstance(cell, float):
        if not cell.is_integer() or not 0 < cell < 10**DIGITS:
            return ""
        cell = int(cell)
    text = str(cell).strip().replace("\u00a0", "").replace(" ", "").lstrip("'")
    if not text or len(text) > DIGITS or not ASCII_DIGITS.issuperset(text):
        return ""
    return text.rjust(DIGITS, "0")
