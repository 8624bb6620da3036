"""Files that go out: marked, harmless, masked by right, from one snapshot, and fit to come in again."""

# ruff: noqa: RUF001 -- both scripts are what this is about.
from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from defusedxml import ElementTree

from crm_core.errors import BadValue, ExportTooLarge
from crm_core.exporting import making
from crm_core.exporting.making import Wish
from crm_core.exporting.selection import Everybody, Named, read
from crm_core.exporting.subjects import SUBJECTS
from crm_core.exporting.writers import WRITERS, Mark, told
from crm_core.importing import engine, sheet
from tests.crm_core.importing.desk import Desk

pytestmark = pytest.mark.integration
MARK = Mark(
    export_id=17,
    user="Marta <Manager>",
    at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    reason="=cmd|' /C calc'!A0",
    utility="Sample Energy & Co",
)
FILES = {
    "subscribers": 'account,name,address,phone,inn\n1,=HYPERLINK("x"),@SUM(1) street,+79001112201,7700000001\n'
    '2,"Петров <b>&","Мира, 2",+79001112202,\n3,Third,Street 3,,\n',
    "meters": "account,serial,digits,zones\n1,M1,5,2\n2,M2,5,1\n",
    "readings": "account,date,day,night,value\n1,2026-01-31,100,50,\n1,2026-02-28,130,60,\n2,2026-02-28,,,7\n",
    "invoices": "account,month,amount\n1,2026-01,1000.50\n2,2026-02,5\n",
    "payments": "account,date,amount,reference\n1,2026-02-01,600,=1+1\n2,2026-03-01,1.50,R\n",
}


def fill(desk: Desk) -> Desk:
    """Put into a base what is hostile."""
    for content in FILES.values():
        assert desk.take("a.csv", content).rejected == 0
    return desk


@pytest.fixture(scope="module")
def filled(shared_desk: Desk) -> Desk:
    """A base whose texts are hostile."""
    return fill(shared_desk)


@pytest.fixture
def base(filled: Desk, tmp_path: Path) -> Desk:
    """A desk at that base; who sits at it leaves the base as it is."""
    return Desk(filled.settings, tmp_path)


def export(
    base: Desk, subject: str, form: str = "csv", role: str = "operator", **more: Any
) -> tuple[Path, making.Made]:
    wish = Wish(**({"subject": subject, "form": form, "selection": Everybody(), "role": role} | more))
    made = making.make(base.settings, wish, MARK, lambda rows: None)
    return making.folder(base.settings) / made.name, made


def lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_table_is_marked_at_both_ends_and_no_cell_is_a_formula(base: Desk) -> None:
    path, made = export(base, "subscribers")
    rows = lines(path)
    assert made.rows == 3
    assert rows[0] == rows[-1] == [MARK.line]
    assert "export 17, taken by Marta <Manager> on 2026-11-22 12:00 UTC" in MARK.line
    assert rows[2][:3] == ["1", '\'=HYPERLINK("x")', "'@SUM(1) street"]
    assert not any(cell.startswith(("=", "@", "\t", "\r")) for row in rows for cell in row)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_spreadsheet_says_who_took_it_and_holds_text_not_formulas(base: Desk) -> None:
    path, _ = export(base, "payments", "xlsx")
    book = openpyxl.load_workbook(path)
    page = book.active
    assert page is not None
    assert book.properties.creator == "Marta <Manager>"
    assert book.properties.description == MARK.line
    assert page["A1"].value == page["A5"].value == MARK.line
    assert [cell.value for cell in page[3]] == ["1", datetime(2026, 2, 1), 600, "bank", "=1+1", '=HYPERLINK("x")']  # noqa: DTZ001
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n", "d"}
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize(("subject", "kind"), [("payments", "payments"), ("readings", "readings")])
def test_what_went_out_comes_in_again_and_changes_nothing(base: Desk, subject: str, kind: str) -> None:
    before = base.everything()
    for form, name in (("csv", "out.csv"), ("xlsx", "out.xlsx")):
        path, _ = export(base, subject, form)
        (base.folder / name).write_bytes(path.read_bytes())
        source = sheet.look_at(base.folder / name)
        outcome = engine.bring_in(base.settings, engine.Order(source=source, kind=kind))
        assert outcome.rejected == 0, outcome.examples
        assert outcome.nothing_new
    assert base.everything() == before


def test_readings_go_out_as_meter_readings_and_come_in_again(base: Desk) -> None:
    path, made = export(base, "readings", "cim")
    root = ElementTree.parse(path).getroot()
    assert root is not None
    names = [element.text for element in root.iter() if element.tag.endswith("Comment")]
    assert names == [MARK.line]
    assert made.rows == 5
    before = base.everything()
    (base.folder / "out.xml").write_bytes(path.read_bytes())
    assert base.take("out.xml", path.read_text(encoding="utf-8")).nothing_new
    assert base.everything() == before


PIPES = '[{"code": "steel", "title": "Steel, new"}, {"code": "wood", "title": "W;d"}]'
DEFINE = "insert into custom_fields (entity, code, title, type, options) values (%s, %s, %s, %s, %s)"
OWN = (
    ("premises", "floors", "=1+1", "whole", "[]"),
    ("customer", "loyal", "Loyal", "flag", "[]"),
    ("account", "since_when", "Since when", "date", "[]"),
    ("account", "due", "Due", "amount", "[]"),
    ("account", "pipes", "Pipes", "several", PIPES),
    ("meter", "cabinet", "Cabinet", "choice", '[{"code": "a", "title": "Шкаф А"}]'),
    ("meter", "gone", "Gone", "text", "[]"),
)  # fmt: skip


def test_custom_fields_go_out_and_come_in_again(desk: Desk) -> None:
    base = fill(desk)
    for one in OWN:
        base.do(DEFINE, *one)
    base.do("update custom_fields set retired = true where code = 'gone'")
    text = "account;serial;premises.floors;loyal;since_when;due;pipes;cabinet\n"
    assert base.take("v.csv", text + "1;M1;5;да;31.12.1935;1 850,20;steel, wood;Шкаф А\n2;;7;;;;;\n").rejected == 0
    people, meters = lines(export(base, "subscribers")[0]), lines(export(base, "meters")[0])
    shown = dict(zip(people[1], people[2], strict=True))
    assert shown["'=1+1"] == "5"
    assert (shown["Loyal"], shown["Since when"], shown["Due"]) == ("yes", "1935-12-31", "1850.20")
    assert shown["Pipes"] == "Steel, new; wood"
    assert meters[1][:3] + meters[1][-1:] == ["account", "serial", "model", "Cabinet"]
    assert [row[-1] for row in meters[2:4]] == ["Шкаф А", ""]
    before = base.ask("select * from custom_values order by 1, 2, 3"), base.everything()
    for subject, form in (("subscribers", "csv"), ("meters", "xlsx"), ("subscribers", "xlsx"), ("meters", "csv")):
        path, _ = export(base, subject, form)
        (base.folder / f"out.{form}").write_bytes(path.read_bytes())
        source = sheet.look_at(base.folder / f"out.{form}")
        outcome = engine.bring_in(base.settings, engine.Order(source=source, kind=subject))
        assert outcome.rejected == 0, outcome.examples
        assert outcome.nothing_new, outcome.counted
    assert (base.ask("select * from custom_values order by 1, 2, 3"), base.everything()) == before


def test_payments_and_bills_go_to_1c(base: Desk) -> None:
    payments, _ = export(base, "payments", "1c")
    text = payments.read_bytes().decode("cp1251")
    assert text.startswith("1CClientBankExchange\r\nВерсияФормата=1.03\r\n")
    assert "Отправитель=" + MARK.line in text
    before = base.everything()
    assert base.take("out.txt", text).counted == {"known": 1, "payments": 0} or base.everything() == before
    bills, _ = export(base, "invoices", "1c")
    assert "СекцияДокумент=Платежное требование\r\nНомер=1/2026-01\r\nСумма=1000.50\r\n" in bills.read_bytes().decode(
        "cp1251"
    )


def test_fields_are_masked_by_right(base: Desk) -> None:
    shown = lines(export(base, "contacts", role="operator")[0])
    masked = lines(export(base, "contacts", role="manager")[0])
    phone = shown[1].index("phone")
    assert shown[2][phone] == "+79001112201"
    assert masked[2][phone].endswith("01")
    assert "*" in masked[2][phone]


def test_accounts_and_days_are_chosen(base: Desk) -> None:
    _, made = export(base, "readings", selection=Named(["1", "nobody"]))
    assert made.rows == 4
    _, made = export(base, "readings", since=date(2026, 2, 1), until=date(2026, 2, 28))
    assert made.rows == 3
    for subject in SUBJECTS:
        wish = Wish(subject=subject, form="csv", selection=Everybody(), role="operator")
        assert making.count(base.settings, wish, 100) == export(base, subject)[1].rows
        some = Wish(subject=subject, form="csv", selection=Named(["1"]), role="operator", since=date(2026, 2, 1))
        assert making.count(base.settings, some, 100) <= 3
    assert making.count(base.settings, Wish(subject="readings", form="csv", selection=Everybody(), role=""), 2) == 2


def test_no_export_is_larger_than_it_may_be_and_none_is_left_half_made(base: Desk) -> None:
    base.settings = base.settings.model_copy(update={"export_most_rows": 2, "run_dir": base.folder})
    with pytest.raises(ExportTooLarge, match="more than 2 rows"):
        export(base, "readings")
    assert list(making.folder(base.settings).iterdir()) == []


def test_a_stopped_export_leaves_no_file(base: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cancelled(Exception):
        pass

    def stop(rows: int) -> None:
        raise Cancelled

    monkeypatch.setattr(making, "TOLD_EVERY", 1)
    base.settings = base.settings.model_copy(update={"run_dir": base.folder})
    wish = Wish(subject="readings", form="xlsx", selection=Everybody(), role="operator")
    with pytest.raises(Cancelled):
        making.make(base.settings, wish, MARK, stop)
    assert list(making.folder(base.settings).iterdir()) == []


def test_cards_of_nobody_go_along_and_are_counted(base: Desk) -> None:
    base.do("update accounts set flags = '[\"honey\"]' where number = '2'")
    ((key,),) = base.ask("select id from accounts where number = '2'")
    _, made = export(base, "readings")
    base.do("update accounts set flags = '[]'")
    assert (made.baits, made.bait_accounts) == (1, (key,))


def test_a_selection_is_one_that_is_known() -> None:
    assert read({}).everybody
    assert read({"scope": "accounts", "numbers": ["1"]}) == Named(["1"])
    with pytest.raises(BadValue):
        read({"scope": "moon"})


@pytest.mark.parametrize("form", list(WRITERS))
def test_no_text_breaks_a_file(form: str, tmp_path: Path) -> None:
    hostile = [
        "=1",
        "+1|x",
        "\t=1",
        "\r\nКонецФайла",
        "<!DOCTYPE x>",
        "]]>",
        "\x00\x01",
        "\u202e",
        "a" * 100_000,
        "\ud800",
    ]
    subject = "readings" if form == "cim" else "payments"
    header = [column.header for column in SUBJECTS[subject].columns]
    file = tmp_path / f"out.{form}"
    writer = WRITERS[form](file, header, MARK)
    for text in hostile:
        writer.add([text] * len(header))
    writer.close()
    content = file.read_bytes()
    if form == "cim":
        ElementTree.parse(file)
    if form == "1c":
        assert content.decode("cp1251").splitlines().count("КонецФайла") == 1
        assert content.decode("cp1251").splitlines().count("КонецДокумента") == len(hostile)
    if form == "csv":
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
        assert not any(cell.startswith(("=", "@", "\t", "\r")) for cell in cells)
    if form == "xlsx":
        assert openpyxl.load_workbook(file).active is not None


def test_a_file_of_somebody_else_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    for writer in WRITERS.values():
        with pytest.raises(FileExistsError):
            writer(tmp_path / "out", ["account"], MARK)
    assert told(None) == ""
