"""Files as programs export them, and files made to hurt."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from crm_core.importing import limits, sheet
from crm_core.importing.limits import Unreadable
from crm_core.importing.sheet import delimiter, look_at
from crm_core.importing.values import Cell

pytestmark = pytest.mark.unit

TEXT = "Лицевой счёт;ФИО\n700000001;Иванова Анна, дочь\n"


def read(path: Path) -> list[list[Cell]]:
    with sheet.rows(look_at(path)) as rows:
        return [list(cells) for _, cells in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "cp866"])
def test_every_usual_encoding_is_told(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(TEXT.encode(encoding))
    assert read(file) == [["Лицевой счёт", "ФИО"], ["700000001", "Иванова Анна, дочь"]]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["a;b,c;d"], ";"),
        (["a\tb"], "\t"),
        (['"a;b;c",d'], ","),
        (["a|b"], "|"),
        (["Payments of October", "a,b"], ","),
        (["Export, of payments, by us", "account;date;amount"], ";"),
        (['"account"|"date"|"amount, with tax"', "1|2|3,4"], "|"),
        (["one column"], ";"),
        ([], ";"),
    ],
)
def test_the_delimiter_is_told_by_the_header(lines: list[str], found: str) -> None:
    assert delimiter(lines) == found


def test_a_letter_cut_in_two_by_a_block_is_still_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"a" * (sheet.PIECE - 1) + "ё".encode() * 4)
    assert look_at(file).encoding == "utf-8-sig"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "empty"),
        ("a.pdf", b"%PDF-1.7", "save it as"),
        ("a.xls", b"x", "right ending"),
        ("a.xlsx", b"PK nothing", "right ending"),
        ("a.csv", b"PK\x03\x04", "right ending"),
        ("a.csv", b"<MeterReadings/>", "right ending"),
        ("a.xml", b"<html/>", "XML of a kind"),
        ("a.csv", b"account\x00\x01\x02", "neither text nor"),
        ("a.csv", b'a,b\n1,"' + b"x" * 200_000 + b'"\n', "not CSV"),
        ("a.csv", b"x" * (1 << 20), "a line has more"),
        ("a.csv", b"account,date,value\n" + b"1," * 300 + b"1\n", "more than 200 columns"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=words):
        read(tmp_path / name)


def test_a_row_that_is_long_only_with_emptiness_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"account,name" + b"," * 1000 + b"\n")
    assert read(tmp_path / "a.csv")[0][:2] == ["account", "name"]


def test_a_file_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MOST_ROWS", 2)
    (tmp_path / "a.csv").write_bytes(b"a,b\n" * 3)
    with pytest.raises(Unreadable, match="more than 2 rows"):
        read(tmp_path / "a.csv")


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be opened"):
        look_at(tmp_path / "none.csv")


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.one_of(st.binary(min_size=1, max_size=400), st.binary(max_size=100).map(lambda b: codecs.BOM_UTF16_LE + b)))
def test_any_bytes_are_rows_or_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    try:
        rows = read(tmp_path / "a.csv")
    except Unreadable:
        return
    assert all(len(row) <= limits.MOST_COLUMNS for row in rows)
