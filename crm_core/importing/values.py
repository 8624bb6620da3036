"""What one cell says: dates, months, amounts, codes in the spellings people use (pure).

A spreadsheet gives numbers and dates, a text file gives text; both end here. None means: not clearly one.
"""

# ruff: noqa: RUF001, RUF002 -- both scripts are what this module is about.
from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from crm_core import money

Cell = str | int | float | bool | date | datetime | None

EARLIEST, LATEST = date(1950, 1, 1), date(2100, 1, 1)
_ISO = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4}|\d{2})(?: .*)?")
_YEAR_MONTH = re.compile(r"(\d{4})[-./](\d{1,2})")
_MONTH_YEAR = re.compile(r"(\d{1,2})[-./](\d{4})")
_WORD_YEAR = re.compile(r"([a-zа-яё]+)\.? ?(\d{4})(?: ?г\.?)?", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS_RU = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_EPOCH_OF_SHEETS = date(1899, 12, 30)
DISARMED = frozenset("=+-@|%")
YES = frozenset({"yes", "y", "true", "1", "x", "+", "да", "д", "истина"})


def text(cell: Cell) -> str:
    """Return a cell as text: whole numbers without a point, dates in ISO order."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    plain = str(cell).strip()
    # A formula that was disarmed on its way out (`report.harmless`) comes in as the text it is.
    return plain[1:] if plain[:1] == "'" and plain[1:2] in DISARMED else plain


def day(cell: Cell) -> date | None:
    """Read a day of our business: as `date_of`, between 1950 and 2100."""
    found = date_of(cell)
    return found if found is not None and EARLIEST <= found < LATEST else None


def date_of(cell: Cell) -> date | None:
    """Read any day: ISO, day first (`31.12.2026`, `31/12/26`), a spreadsheet's own date or its day number."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _EPOCH_OF_SHEETS + timedelta(days=int(cell)) if 20_000 < cell < 70_000 else None
    plain = text(cell)
    if found := _ISO.fullmatch(plain):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(plain):
        year = int(found[3])
        return _date(year + 2000 if year < 100 else year, int(found[2]), int(found[1]))
    return None


def month(cell: Cell) -> date | None:
    """Read a month, as its first day: a date in it, `2026-03`, `03.2026`, `March 2026`, `март 2026 г.`."""
    whole = day(cell)
    if whole is not None:
        return whole.replace(day=1)
    plain = text(cell)
    if found := _YEAR_MONTH.fullmatch(plain):
        return _month(int(found[1]), int(found[2]))
    if found := _MONTH_YEAR.fullmatch(plain):
        return _month(int(found[2]), int(found[1]))
    if found := _WORD_YEAR.fullmatch(plain):
        return _month(int(found[2]), _month_word(found[1].lower()) or 0)
    return None


def amount(cell: Cell) -> Decimal | None:
    """Read money, exact to the cent."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, (int, float)):
        # A spreadsheet keeps 0.1 + 0.2: what people see there is the cents.
        return money.rounded(Decimal(str(cell))) if abs(cell) < 1e12 else None
    return money.parse(text(cell))


def state(cell: Cell) -> Decimal | None:
    """Read a meter's state: digits with at most three after the point or comma, never negative."""
    if isinstance(cell, bool):
        return None
    plain = str(cell) if isinstance(cell, (int, float)) else text(cell).replace(" ", "").replace("\u00a0", "")
    try:
        value = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None
    if not value.is_finite() or value < 0 or value >= 10**9:
        return None
    whole = value.quantize(Decimal("0.001"))
    return whole if whole == value or isinstance(cell, float) else None


def whole(cell: Cell, lowest: int, highest: int) -> int | None:
    """Read a whole number within bounds."""
    plain = text(cell)
    if not re.fullmatch(r"[0-9]{1,9}", plain):
        return None
    number = int(plain)
    return number if lowest <= number <= highest else None


def yes(cell: Cell) -> bool:
    """Whether a cell says yes."""
    return cell is True or text(cell).lower() in YES


def _month_word(word: str) -> int | None:
    if word in {"май", "мая"}:
        return 5
    for names in (_MONTHS, _MONTHS_RU):
        for number, beginning in enumerate(names, 1):
            if word.startswith(beginning) and beginning != "ма":
                return number
    return None


def _month(year: int, month: int) -> date | None:
    found = _date(year, month, 1)
    return found if found is not None and EARLIEST <= found < LATEST else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
