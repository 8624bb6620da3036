"""Files as programs export them, and files made to hurt."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from crm_core.importing import sheet
from crm_core.importing.sheet import Unreadable, delimiter, look_at
from crm_core.importing.values import Cell

pytestmark = pytest.mark.unit

TEXT = "Лицевой счёт;ФИО\n700000001;Иванова Анна, дочь\n"


def read(path: Path) -> list[list[Cell]]:
    with sheet.rows(look_at(path)) as rows:
        return [list(cells) for cells in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "cp866"])
def test_every_usual_encoding_is_told(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(TEXT.encode(encoding))
    assert read(file) == [["Лицевой счёт", "ФИО"], ["700000001", "Иванова Анна, дочь"]]


@pytest.mark.parametrize(("line", "found"), [("a;b,c;d", ";"), ("a\tb", "\t"), ('"a;b;c",d', ","), ("a|b", "|")])
def test_the_delimiter_is_told_by_the_header(line: str, found: str) -> None:
    assert delimiter(line) == found


def test_a_letter_cut_in_two_by_a_block_is_still_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"a" * (sheet.PIECE - 1) + "ё".encode() * 4)
    assert look_at(file).encoding == "utf-8-sig"


def test_rows_of_a_spreadsheet_are_counted_as_on_the_screen(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page["B3"], page["B5"] = "account", 700000001
    book.save(tmp_path / "a.xlsx")
    rows = read(tmp_path / "a.xlsx")
    assert [any(row) for row in rows] == [False, False, True, False, True]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sheet1.xml", "w") as part:
        for _ in range(257):
            part.write(bytes(1 << 20))
    assert file.stat().st_size < 1 << 20
    with pytest.raises(Unreadable, match="256 MB"):
        read(file)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "empty"),
        ("a.xls", b"x", "save it as"),
        ("a.xlsx", b"PK nothing", "not a spreadsheet"),
        ("a.csv", b'a,b\n1,"' + b"x" * 200_000 + b'"\n', "not CSV"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=words):
        read(tmp_path / name)


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be opened"):
        look_at(tmp_path / "none.csv")


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.one_of(st.binary(min_size=1, max_size=400), st.binary(max_size=100).map(lambda b: codecs.BOM_UTF16_LE + b)))
def test_any_bytes_are_rows_or_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("a.csv", "a.xlsx"):
        (tmp_path / name).write_bytes(content)
        try:
            rows = read(tmp_path / name)
        except Unreadable:
            continue
        assert all(len(row) <= sheet.MOST_COLUMNS for row in rows)
