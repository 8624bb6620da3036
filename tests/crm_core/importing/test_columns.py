"""Headers as people write them."""

# ruff: noqa: RUF001 -- both scripts are what this is about.
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.importing.columns import KINDS, fingerprint, fold, guess, lay_out, missing, recognise
from crm_core.importing.rules import RULES

pytestmark = pytest.mark.unit

EXAMPLES = [
    ("subscribers", "Account number;Name;Address;Phone"),
    ("subscribers", "Лицевой счёт;ФИО;Адрес;Телефон;ИНН"),
    ("meters", "account,serial number,digits,zones"),
    ("meters", "Лицевой счет;Номер счётчика;Разрядность;Тарифность"),
    ("readings", "account,date,value"),
    ("readings", "Лицевой счет;Дата показаний;Т1;Т2"),
    ("invoices", "account,month,amount,due date"),
    ("invoices", "Л/С;Период;Начислено;Срок оплаты"),
    ("payments", "account,payment date,amount,reference"),
    ("payments", "ЛС;Дата платежа;Сумма;Способ оплаты"),
]


@pytest.mark.parametrize(("kind", "header"), EXAMPLES)
def test_a_file_is_told_by_its_header(kind: str, header: str) -> None:
    layout = recognise(header.replace(",", ";").split(";"))
    assert layout is not None
    assert layout.kind == kind
    assert len(layout.columns) == header.count(";") + header.count(",") + 1


def test_no_two_fields_of_a_kind_share_a_name() -> None:
    for fields in KINDS.values():
        names = [name for field in fields for name in field.names]
        assert len(names) == len(set(names))
        assert all(fold(name) == name for name in names)


def test_what_is_missing_is_named() -> None:
    assert recognise(["account", "nonsense"]) is None
    assert missing(["account"], "payments") == ("paid_on", "amount")


@given(st.lists(st.text(max_size=80), max_size=30), st.sampled_from(["auto", *KINDS]))
def test_any_header_is_recognised_or_not(headers: list[str], kind: str) -> None:
    layout = recognise(headers, kind)
    assert layout is None or set(layout.columns.values()) <= set(range(len(headers)))


def test_every_column_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
    for kind, fields in KINDS.items():
        section = page.split(f"\n## {kind.capitalize()}\n", 1)[1].split("\n## ", 1)[0]
        for field in fields:
            assert (
                f"| `{field.name}` | {'yes' if field.required else ''} | {field.what} | {', '.join(field.names)} |"
                in section
            )


def test_every_rule_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
    for code, rule in RULES.items():
        assert f"| `{code}` | {rule.why} | {rule.right} |" in page


def test_headers_of_one_program_have_one_fingerprint() -> None:
    assert fingerprint(["Account", "Name "]) == fingerprint(["ACCOUNT", "name"])
    assert fingerprint(["account", "name"]) != fingerprint(["accountname"]) != fingerprint(["name", "account"])


def test_somebody_names_the_columns_that_nobody_can_guess() -> None:
    assert guess(["account", "Zahlung", "am"], "payments") == {"account": 0}
    layout = lay_out("payments", {"account": 0, "amount": 1, "paid_on": 2})
    assert layout is not None
    assert layout.columns["amount"] == 1
    assert lay_out("payments", {"account": 0, "amount": 1}) is None
    assert lay_out("payments", {"account": 0, "amount": 0, "paid_on": 2}) is None
    assert lay_out("payments", {"account": 0, "amount": 1, "paid_on": 2, "colour": 3}) is None


def test_readings_need_the_account_or_the_serial_number() -> None:
    assert recognise(["serial", "date", "value"], "readings") is not None
    assert recognise(["date", "value"], "readings") is None
