"""Spreadsheets, read by a process of its own: real ones come in, bombs are refused within their limits."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from crm_core.importing import limits, sheet
from crm_core.importing.limits import Unreadable
from crm_core.importing.sheet import look_at
from crm_core.importing.values import Cell
from tests.support.oldsheet import ole, xls

pytestmark = pytest.mark.long

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="a/xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="a" sheetId="1" r:id="r1"/>'
    "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def book(path: Path, rows: Iterable[bytes], **more: str) -> Path:
    """Write a spreadsheet by hand: what no program writes must be judged too."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (PARTS | more).items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for row in rows:
                part.write(row)
            part.write(b"</sheetData></worksheet>")
    return path


def read(path: Path) -> list[tuple[int, list[Cell]]]:
    with sheet.rows(look_at(path)) as rows:
        return [(number, list(cells)) for number, cells in rows]


def far(path: Path) -> Path:
    return book(path, [b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'])


def wide(path: Path) -> Path:
    return book(path, [b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'])


def repeated(path: Path) -> Path:
    return book(path, (b"<row>" + b"<c><v>1</v></c>" * 2000 + b"</row>" for _ in range(4000)))


def regular(path: Path) -> Path:
    return book(path, [b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + b"x" * (64 << 20) + b"</t></is></c></row>"])


def large(path: Path) -> Path:
    return book(path, (bytes(1 << 20) for _ in range(257)))


def climbing(path: Path) -> Path:
    return book(path, [], **{"../../etc/cron.d/x": "x"})


def not_a_book(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    return path


def cut(path: Path) -> Path:
    whole = book(path, [b"<row><c><v>1</v></c></row>"]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def old_and_broken(path: Path) -> Path:
    path = path.with_suffix(".xls")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))
    return path


@pytest.mark.parametrize(
    ("bomb", "words"),
    [
        (far, "cells"),
        (wide, "more than 200 columns"),
        (repeated, "memory|times what tables do"),
        (regular, "times what tables do"),
        (large, "256 MB|times what tables do"),
        (climbing, "elsewhere"),
        (not_a_book, "not a spreadsheet"),
        (cut, "not a spreadsheet"),
        (old_and_broken, "not a spreadsheet"),
    ],
)
def test_a_bomb_is_refused_in_time(tmp_path: Path, bomb: Callable[[Path], Path], words: str) -> None:
    file = bomb(tmp_path / "bomb.xlsx")
    began = time.monotonic()
    with pytest.raises(Unreadable, match=words):
        read(file)
    assert time.monotonic() - began < limits.SECONDS


def test_rows_of_a_spreadsheet_are_counted_as_on_the_screen(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    page = made.active
    assert page is not None
    page["B3"], page["B5"] = "account", 700000001
    made.save(tmp_path / "a.xlsx")
    assert [number for number, cells in read(tmp_path / "a.xlsx") if any(cells)] == [3, 5]


def test_macros_are_not_looked_at_and_formulas_are_what_they_came_to(tmp_path: Path) -> None:
    rows = [
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>=1+1</t></is></c><c r="B1"><f>HYPERLINK("x")</f><v>2</v></c></row>'
    ]
    file = book(tmp_path / "a.xlsm", rows, **{"xl/vbaProject.bin": "Auto_Open"})
    assert read(file) == [(1, ["=1+1", 2.0])]


def test_dates_of_a_spreadsheet_are_iso(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    page = made.active
    assert page is not None
    page.append([datetime(2026, 10, 31), datetime(2026, 10, 31, 9, 30)])  # noqa: DTZ001 -- a sheet knows no zones
    made.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx") == [(1, ["2026-10-31", "2026-10-31 09:30:00"])]


def test_a_spreadsheet_of_the_old_kind_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.xls"
    file.write_bytes(xls([["Лицевой счёт", "Дата", "Сумма"], [700000001, "01.03.2026", 12.5], [None, "=1+1"]]))
    assert read(file) == [
        (1, ["Лицевой счёт", "Дата", "Сумма"]),
        (2, [700000001, "01.03.2026", 12.5]),
        (3, ["", "=1+1", ""]),
    ]


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls"])
def test_a_spreadsheet_locked_with_a_password_says_so(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(ole("EncryptedPackage", b"x" * 5000))
    with pytest.raises(Unreadable, match="locked with a password"):
        look_at(file)


def test_what_is_read_is_told_as_a_part_of_the_file(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    page = made.active
    assert page is not None
    for number in range(1_000):
        page.append([number])
    made.save(tmp_path / "a.xlsx")
    (tmp_path / "a.csv").write_text("account,date,value\n" + "1,2026-01-01,5\n" * 20_000)
    readings = "<MeterReading><Readings/></MeterReading>" * 20_000
    (tmp_path / "a.xml").write_text(f"<MeterReadings>{readings}</MeterReadings>")
    for name in ("a.xlsx", "a.csv", "a.xml"):
        with sheet.rows(look_at(tmp_path / name)) as rows:
            parts = [rows.part() for _ in rows]
        assert parts == sorted(parts), name
        assert 0 < parts[len(parts) // 3] < 1, name
        assert parts[-1] == 1, name
