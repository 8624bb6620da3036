"""Files that go out, row by row in constant memory: CSV, XLSX, 1C, MeterReadings; every one says who took it (shell).

No text in them is a formula to a spreadsheet, markup to a parser, or a line of its own to 1C.
"""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TextIO
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

from crm_core.importing.report import harmless
from crm_core.text import one_line

Cell = str | int | Decimal | bool | date | datetime | None
LONGEST_CELL = 32_000
"""Characters; a spreadsheet's own limit is 32,767."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Who took it, when, why: the watermark."""

    export_id: int
    user: str
    at: datetime
    reason: str
    utility: str

    @property
    def line(self) -> str:
        """All of it in one line."""
        return one_line(
            f"{self.utility}: export {self.export_id}, taken by {self.user} on {self.at:%Y-%m-%d %H:%M} UTC,"
            f" because: {self.reason}",
            400,
        )


class Writer(Protocol):
    """Takes rows and makes a file of them (port)."""

    def add(self, row: Sequence[Cell]) -> None:
        """Write one row."""

    def close(self) -> None:
        """Finish the file."""


def told(cell: Cell) -> str:
    """Return a cell as text: ISO dates, exact amounts, yes and no."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return (
        one_line(cell, LONGEST_CELL)
        if isinstance(cell, str)
        else f"{cell:f}"
        if isinstance(cell, Decimal)
        else str(cell)
    )


class Csv:
    """Comma-separated, UTF-8 with a mark; text that a spreadsheet would take for a formula is disarmed."""

    def __init__(self, path: Path, header: Sequence[str], mark: Mark) -> None:
        self._file = _private(path, "utf-8-sig")
        self._writer = csv.writer(self._file)
        self._mark = mark
        self._writer.writerow([harmless(mark.line)])
        self._writer.writerow([harmless(name) for name in header])

    def add(self, row: Sequence[Cell]) -> None:
        """Write one row."""
        self._writer.writerow([harmless(told(cell)) if isinstance(cell, str) else told(cell) for cell in row])

    def close(self) -> None:
        """Write the mark a second time, so that a file that was cut shows it."""
        self._writer.writerow([harmless(self._mark.line)])
        self._file.close()


class Xlsx:
    """A spreadsheet: numbers are numbers, dates are dates, everything else is text and never a formula or a link."""

    def __init__(self, path: Path, header: Sequence[str], mark: Mark) -> None:
        _private(path, "utf-8").close()
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": str(path.parent),
                "remove_timezone": True,
            },
        )
        self._book.set_properties(
            {
                "title": f"Export {mark.export_id}",
                "author": mark.user,
                "company": mark.utility,
                "comments": mark.line,
                "created": mark.at.replace(tzinfo=None),
            }
        )
        self._page = self._book.add_worksheet("export")
        self._page.set_footer(f"&L{mark.line[:200].replace('&', '&&')}&R&P / &N")
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._mark = mark
        self._row = 0
        self.add([mark.line])
        self.add(header)
        self._page.freeze_panes(2, 0)

    def add(self, row: Sequence[Cell]) -> None:
        """Write one row."""
        for place, cell in enumerate(row):
            self._write(place, cell)
        self._row += 1

    def _write(self, place: int, cell: Cell) -> None:
        if isinstance(cell, datetime):
            self._page.write_datetime(self._row, place, cell, self._moment)
        elif isinstance(cell, date):
            self._page.write_datetime(self._row, place, cell, self._day)
        elif isinstance(cell, (int, Decimal)) and not isinstance(cell, bool):
            self._page.write_number(self._row, place, cell)
        elif cell is not None and cell != "":
            self._page.write_string(self._row, place, told(cell))

    def close(self) -> None:
        """Write the mark a second time and finish the book."""
        self.add([self._mark.line])
        self._book.close()


class OneC:
    """Payments that came and bills that are due, as 1C's exchange with banks (`1CClientBankExchange` 1.03).

    A bill is a demand for payment (`Платежное требование`); its account stands where 1C looks for it, in the purpose.
    """

    def __init__(self, path: Path, header: Sequence[str], mark: Mark) -> None:
        self._file = _private(path, "cp1251")
        self._place = {name: place for place, name in enumerate(header)}
        lines = ["1CClientBankExchange", "ВерсияФормата=1.03", "Кодировка=Windows", f"Отправитель={mark.line}",
                 f"ДатаСоздания={mark.at:%d.%m.%Y}", f"ВремяСоздания={mark.at:%H:%M:%S}"]  # fmt: skip
        self._file.write("\r\n".join(lines) + "\r\n")

    def add(self, row: Sequence[Cell]) -> None:
        """Write one document."""
        own = {name: row[place] for name, place in self._place.items()}
        account = told(own["account"])
        if "date" in own:
            day = _russian(own["date"])
            kind, number, dates = "Платежное поручение", told(own["reference"]), {"Дата": day, "ДатаПоступило": day}
            purpose = f"Оплата за электроэнергию л/с {account}"
        else:
            kind, number = "Платежное требование", f"{account}/{told(own['period'])[:7]}"
            dates = {"Дата": _russian(own["issued"]), "СрокПлатежа": _russian(own["due"])}
            purpose = f"Начислено за {told(own['period'])[:7]} л/с {account}"
        facts = {"Номер": number, "Сумма": told(own["amount"]), **dates, "Плательщик": told(own["name"]),
                 "ЛицевойСчет": account, "НазначениеПлатежа": purpose}  # fmt: skip
        lines = [f"СекцияДокумент={kind}", *(f"{name}={value}" for name, value in facts.items()), "КонецДокумента"]
        self._file.write("\r\n".join(lines) + "\r\n")

    def close(self) -> None:
        """Finish the file."""
        self._file.write("КонецФайла\r\n")
        self._file.close()


class Cim:
    """Meter readings by IEC 61968-9: an EventMessage whose header says who took it, then meter after meter."""

    REGISTERS: Mapping[str, str] = {"single": "0", "day": "1", "night": "2"}

    def __init__(self, path: Path, header: Sequence[str], mark: Mark) -> None:
        self._file = _private(path, "utf-8")
        self._place = {name: place for place, name in enumerate(header)}
        self._meter: tuple[str, str] | None = None
        self._file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>created</Verb>'
            f"<Noun>MeterReadings</Noun><Timestamp>{mark.at:%Y-%m-%dT%H:%M:%SZ}</Timestamp>"
            f"<Source>{_xml(mark.utility)}</Source><MessageID>export-{mark.export_id}</MessageID>"
            f"<Comment>{_xml(mark.line)}</Comment></Header><Payload>\n"
            '<MeterReadings xmlns="http://iec.ch/TC57/2011/MeterReadings#">\n'
        )

    def add(self, row: Sequence[Cell]) -> None:
        """Write one reading; a new meter begins an element of its own."""
        own = {name: row[place] for name, place in self._place.items()}
        meter = (told(own["account"]), told(own["serial"]))
        if meter != self._meter:
            self._end()
            self._file.write(f"<MeterReading><Meter><Names><name>{_xml(meter[1])}</name></Names></Meter>\n")
            self._meter = meter
        tou = self.REGISTERS.get(told(own["register"]), "0")
        kind = quoteattr(f"0.0.0.1.1.1.12.0.0.0.0.{tou}.0.0.0.3.72.0")
        quality = "2.8.0" if own["quality"] == "estimate" else "1.0.0"
        self._file.write(
            f"<Readings><source>{_xml(told(own['source']))}</source>"
            f"<timeStamp>{_xml(told(own['date']))}T00:00:00</timeStamp><value>{_xml(told(own['value']))}</value>"
            f'<ReadingQualities><ReadingQualityType ref="{quality}"/></ReadingQualities>'
            f"<ReadingType ref={kind}/></Readings>\n"
        )

    def _end(self) -> None:
        if self._meter is not None:
            account = _xml(self._meter[0])
            self._file.write(f"<UsagePoint><Names><name>{account}</name></Names></UsagePoint></MeterReading>\n")

    def close(self) -> None:
        """Finish the message."""
        self._end()
        self._file.write("</MeterReadings></Payload></EventMessage>\n")
        self._file.close()


WRITERS: Mapping[str, Callable[[Path, Sequence[str], Mark], Writer]] = {
    "csv": Csv,
    "xlsx": Xlsx,
    "1c": OneC,
    "cim": Cim,
}
"""By the form of an export."""


def _private(path: Path, encoding: str) -> TextIO:
    """Create a file that only we can read; one that is there already is somebody else's."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    opened: Any = os.fdopen(handle, "w", encoding=encoding, newline="", errors="replace")
    return opened  # type: ignore[no-any-return]


def _russian(cell: Cell) -> str:
    return f"{cell:%d.%m.%Y}" if isinstance(cell, date) else told(cell)


def _xml(text: str) -> str:
    """Escape a text; `one_line` has taken out what XML cannot carry at all."""
    return escape(one_line(text, LONGEST_CELL))
