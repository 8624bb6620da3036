"""Importing a base of one's own into a real database: whole or not at all, twice without harm."""

# ruff: noqa: RUF001 -- both scripts are what this is about.
from __future__ import annotations

import csv
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from crm_core.importing import command, store
from crm_core.importing.store import connect
from tests.crm_core.importing.desk import Desk

pytestmark = pytest.mark.integration

USUAL = "update registers set estimate = 60"
"""Without a usual consumption no dial is believed to have gone over its end."""
SUBSCRIBERS = """Выгрузка из биллинга
Лицевой счёт;ФИО;Адрес;Телефон;ИНН;Контактное лицо;Должность
700000001;Ёлкин Пётр Ильич;г. Заречный, ул. Мира, д. 1;8 (900) 111-22-33;;;
700000002;ООО «Ромашка»;г. Заречный, ул. Мира, д. 2;+79001112244;7700000001;Иванова А.;бухгалтер
700000002;ООО «Ромашка»;г. Заречный, ул. Мира, д. 2;+79001112245;7700000001;Петров Б.;директор
700000003;ООО «Ромашка»;г. Заречный, ул. Мира, д. 3;+79001112244;7700000001;Иванова А.;бухгалтер
700000004;=HYPERLINK("x");ул. Мира, 4;12;;;
"""
METERS = "account,serial,digits,zones\n700000001,A-1,5,2\n700000002,A-2,5,1\n799999999,A-3,5,1\n"
READINGS = """account,date,day,night,value
700000001,2026-01-31,99990,100,
700000001,2026-02-28,10,150,
700000001,2026-03-31,20,123456,
700000002,2026-02-28,,,1234
"""
INVOICES = "account,month,amount\n700000001,2026-01,1000.50\n700000001,2026-02,500.25\n700000001,2026-03,500\n"
PAYMENTS = "account,payment date,amount\n700000001,2026-02-01,600\n700000001,2026-02-01,600\n"


FILES = (
    ("subscribers", SUBSCRIBERS),
    ("meters", METERS),
    ("readings", READINGS),
    ("invoices", INVOICES),
    ("payments", PAYMENTS),
)


def bring_everything(desk: Desk) -> None:
    assert desk.bring("subscribers.csv", SUBSCRIBERS, "cp1251") == 3
    assert desk.bring("meters.csv", METERS) == 3
    desk.do(USUAL)
    assert desk.bring("readings.csv", READINGS) == 3
    assert desk.bring("invoices.csv", INVOICES) == 0
    assert desk.bring("payments.csv", PAYMENTS) == 0


@pytest.fixture(scope="module")
def filled(shared_desk: Desk) -> Desk:
    """A desk at a base into which everything came; tests that share it change nothing there."""
    bring_everything(shared_desk)
    return shared_desk


def test_a_base_comes_in_and_hangs_together(filled: Desk) -> None:
    assert filled.ask(
        "select a.number, c.name, c.kind, c.name_key <> '' from accounts a"
        " join customers c on c.id = customer_id order by 1"
    ) == [
        ("700000001", "Ёлкин Пётр Ильич", "person", True),
        ("700000002", "ООО «Ромашка»", "organisation", True),
        ("700000003", "ООО «Ромашка»", "organisation", True),
    ]
    assert filled.ask("select count(*) from customers") == [(2,)]
    assert filled.ask("select name, role, phone from contacts order by phone") == [
        ("Ёлкин Пётр Ильич", "", "+79001112233"),
        ("Иванова А.", "бухгалтер", "+79001112244"),
        ("Петров Б.", "директор", "+79001112245"),
    ]


def test_readings_get_their_consumption_also_over_the_top(filled: Desk) -> None:
    rows = filled.ask(
        "select g.code, taken_on::text, value, consumption from readings"
        " join registers g on g.id = register_id order by 1, 2"
    )
    assert [(code, day, int(value), used and int(used)) for code, day, value, used in rows] == [
        ("day", "2026-01-31", 99990, None),
        ("day", "2026-02-28", 10, 20),
        ("night", "2026-01-31", 100, None),
        ("night", "2026-02-28", 150, 50),
        ("single", "2026-02-28", 1234, None),
    ]


def test_payments_pay_the_oldest_bill_and_the_balance_follows(filled: Desk) -> None:
    assert filled.ask("select open_amount from invoices order by period") == [
        (Decimal("0.00"),),
        (Decimal("300.75"),),
        (Decimal("500.00"),),
    ]
    assert filled.ask("select balance from accounts order by number") == [(Decimal("800.75"),), (0,), (0,)]


def test_rejected_rows_are_told_with_number_and_reason(filled: Desk) -> None:
    assert filled.rejected("subscribers") == [("7", "the telephone number is not one")]
    assert filled.rejected("meters") == [("4", "there is no account with this number: import subscribers first")]
    # Both registers of a row stay out when one of them cannot go in.
    assert filled.rejected("readings") == [("4", "the reading has more digits than the meter")]
    assert [row[2] for row in filled.rows_of("readings.rejected.csv")] == ["a value within 157 … 333"]
    assert "'=HYPERLINK" in (filled.folder / "subscribers.rejected.csv").read_text(encoding="utf-8-sig")


def test_everything_a_second_time_changes_nothing(filled: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    before = filled.everything()
    capsys.readouterr()
    for name, text in FILES:
        filled.bring(f"{name}.csv", text, "cp1251" if name == "subscribers" else "utf-8")
    assert filled.everything() == before
    said = capsys.readouterr().out
    assert said.count("nothing was changed") + said.count("Nothing was changed") == 5


def test_the_same_rows_in_another_file_change_nothing(filled: Desk) -> None:
    before = filled.everything()
    assert filled.bring("again.csv", SUBSCRIBERS) == 3
    assert filled.bring("payments2.csv", PAYMENTS.replace(",", ";")) == 0
    assert filled.bring("invoices2.csv", INVOICES + "\n") == 0
    assert filled.bring("readings2.csv", READINGS.replace(",", ";")) == 3
    assert filled.everything() == before


def test_more_rows_of_the_same_kind_are_added_to_what_is_there(desk: Desk) -> None:
    bring_everything(desk)
    assert desk.bring("more.csv", PAYMENTS + "700000001,2026-02-01,600\n700000001,2026-02-01,200.75\n") == 0
    assert desk.ask("select seq, amount from payments order by 1") == [
        (0, 600),
        (1, 600),
        (2, 600),
        (3, Decimal("200.75")),
    ]
    assert desk.ask("select balance from accounts where number = '700000001'") == [(0,)]
    assert desk.ask("select sum(open_amount) from invoices") == [(0,)]


def test_a_file_mended_after_its_rejections_goes_in(desk: Desk) -> None:
    bring_everything(desk)
    assert desk.bring("new.csv", "account,name,address\n799999999,A. Newcomer,Somewhere 1\n", kind="") == 0
    assert desk.bring("meters.csv", METERS) == 0
    assert desk.ask("select count(*) from meters") == [(3,)]


def test_a_corrected_reading_is_a_new_revision(desk: Desk) -> None:
    bring_everything(desk)
    assert desk.bring("fix.csv", "account,date,value\n700000002,2026-02-28,1240\n") == 0
    rows = desk.ask(
        "select revision, value from readings r join accounts a on a.id = account_id where number = '700000002'"
    )
    assert sorted(rows) == [(0, 1234), (1, 1240)]


def test_a_bill_is_never_overwritten(filled: Desk) -> None:
    assert filled.bring("other.csv", INVOICES.replace("500.25", "9.99")) == 3
    assert filled.rejected("other") == [("3", "this month is billed already with another amount: 500.25")]


def test_a_dry_run_tells_everything_and_changes_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    before = desk.everything()
    assert desk.bring("subscribers.csv", SUBSCRIBERS, dry_run=True) == 3
    assert desk.everything() == before
    assert desk.ask("select count(*) from imports") == [(0,)]
    assert "would be" in capsys.readouterr().out
    assert desk.rejected("subscribers") == [("7", "the telephone number is not one")]


def test_a_spreadsheet_comes_in(desk: Desk) -> None:
    desk.bring("subscribers.csv", SUBSCRIBERS)
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (["Оплаты"], ["Лицевой счет", "Дата платежа", "Сумма"], [700000001, "01.03.2026", 12.3], [1, None, 5]):
        page.append(row)
    book.save(desk.folder / "p.xlsx")
    assert command.run(desk.settings, desk.folder / "p.xlsx") == 3
    assert desk.ask("select amount from payments") == [(Decimal("12.30"),)]
    assert desk.rejected("p") == [("4", "the date of the payment is empty")]


def test_a_file_that_breaks_off_in_the_middle_leaves_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    broken = SUBSCRIBERS + '700000005;"' + "x" * 200_000 + '";a\n'
    before = desk.everything()
    assert desk.bring("broken.csv", broken) == 1
    assert "not CSV" in capsys.readouterr().err
    assert desk.everything() == before
    assert [file.name for file in desk.folder.iterdir()] == ["broken.csv"]


def test_a_connection_lost_while_merging_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    merge = store.merge

    def cut(db: store.Connection, *more: Any) -> dict[str, int]:
        changed = merge(db, *more)
        with connect(desk.settings.database_url) as other:
            other.execute("select pg_terminate_backend(%s)", [db.info.backend_pid])
        return changed

    monkeypatch.setattr(store, "merge", cut)
    assert desk.bring("subscribers.csv", SUBSCRIBERS) == 1
    assert "does not answer" in capsys.readouterr().err
    assert desk.ask("select count(*) from accounts") == [(0,)]
    monkeypatch.undo()
    assert desk.bring("subscribers.csv", SUBSCRIBERS) == 3


def test_two_imports_at_once_are_one(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with connect(desk.settings.database_url) as db, db.transaction():
        assert store.begin(db, "meters")
        assert desk.bring("subscribers.csv", SUBSCRIBERS) == 1
    assert "another file" in " ".join(capsys.readouterr().err.split())


def test_what_cannot_be_imported_is_refused_in_words(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.bring("a.csv", "one,two\n1,2\n") == 1
    assert desk.bring("a.csv", "account,two\n1,2\n", kind="payments") == 1
    assert "paid_on, amount" in capsys.readouterr().err
    assert desk.bring("a.csv", "x", kind="cats") == 1
    assert command.run(desk.settings, desk.folder / "none.csv") == 1
    away = desk.settings.model_copy(update={"database_url": "postgresql+psycopg://u:p@127.0.0.1:1/x"})
    assert command.run(away, desk.folder / "a.csv") == 1


@pytest.mark.parametrize(
    "hostile", ["'; drop table accounts; --", "%s %(x)s {0}", "\\N", "\u202egnp", "\x1b[31m", "\t"]
)
def test_hostile_text_is_only_text(desk: Desk, hostile: str) -> None:
    file = desk.folder / "h.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([["account", "name", "address"], ["77", f"A {hostile}", f"B {hostile}"]])
    assert command.run(desk.settings, file) == 0
    ((name,),) = desk.ask("select name from customers")
    assert name.startswith("A")
    assert not set(name) & {"\x1b", "\u202e", "\t"}


def test_columns_that_nobody_can_guess_are_named_once_and_remembered(desk: Desk) -> None:
    bring_everything(desk)
    text = "Konto;Am;Wieviel\n700000001;2026-03-01;7.50\n"
    assert desk.bring("a.csv", text) == 1
    named = ["account=Konto", "paid_on=2", "amount=wieviel"]
    assert desk.bring("a.csv", text, mapping=named) == 1
    assert desk.bring("a.csv", text, kind="payments", mapping=["colour=1"]) == 1
    assert desk.bring("a.csv", text, kind="payments", mapping=["amount=9"]) == 1
    assert desk.bring("a.csv", text, kind="payments", mapping=named) == 0
    assert desk.bring("b.csv", text.replace("7.50", "8.50")) == 0
    assert desk.ask("select amount from payments where paid_on = '2026-03-01' order by 1") == [
        (Decimal("7.50"),),
        (Decimal("8.50"),),
    ]


def test_an_import_is_taken_back_at_the_terminal(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    bring_everything(desk)
    ((number,),) = desk.ask("select id from imports where kind = 'payments'")
    assert command.take_back(desk.settings, number) == 0
    assert desk.ask("select count(*) from payments") == [(0,)]
    assert command.take_back(desk.settings, number) == 1
    assert command.take_back(desk.settings, 999) == 1
    assert "there is no import 999" in capsys.readouterr().err
    assert desk.bring("payments.csv", PAYMENTS) == 0
    assert desk.ask("select count(*) from payments") == [(2,)]
