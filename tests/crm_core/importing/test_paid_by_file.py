"""Who pays by a file of the bank leaves the lists of debtors in that very import; taken back, he is on them again."""

from __future__ import annotations

from datetime import date

import pytest

from crm_core import accounts
from tests.crm_core.importing.desk import Desk

pytestmark = pytest.mark.integration
NUMBERS = [accounts.with_check_digit(at) for at in (1, 2)]


def filled(desk: Desk) -> None:
    """Put two debtors on the list of a campaign; the second one is being called."""
    place = "insert into premises (address, address_key, time_zone) values ('Lenina 5', 'lenina 5', 'Europe/Moscow')"
    desk.do(place)
    desk.do("insert into tariffs (code, name, valid_from, prices) values ('T', 'T', '2020-01-01', '{}')")
    desk.do("insert into campaigns (name, mode, profile, state) values ('Debts', 'progressive', 'none', 'running')")
    desk.do("insert into campaign_lists (campaign_id, source) values (1, 'hand')")
    for number in NUMBERS:
        desk.do("insert into customers (kind, name, name_key) values ('person', 'A', 'a')")
        desk.do(
            "insert into accounts (number, customer_id, premises_id, tariff_id, currency, opened_on)"
            " values (%s, (select max(id) from customers), 1, 1, 'RUB', '2020-01-01')",
            number,
        )
        account = desk.ask("select max(id) from accounts")[0][0]
        desk.do(
            "insert into invoices (account_id, period, issued_on, due_on, amount, open_amount)"
            " values (%s, %s, %s, %s, 500, 500)",
            account, date(2026, 8, 1), date(2026, 8, 5), date(2026, 8, 25),
        )  # fmt: skip
        desk.do("insert into campaign_rows (campaign_id, account_id, list_id) values (1, %s, 1)", account)
    desk.do("update campaign_rows set klass = 'in_work' where id = 2")


def stands(desk: Desk) -> list[tuple[str, bool]]:
    return [
        (klass, paid) for klass, paid in desk.ask("select klass, paid_at is not null from campaign_rows order by id")
    ]


def test_a_file_of_payments_empties_the_lists_in_its_own_transaction(desk: Desk) -> None:
    filled(desk)
    rows = "".join(f"{number},2026-09-01,500\n" for number in NUMBERS)
    assert desk.bring("payments.csv", "account,payment date,amount\n" + rows) == 0
    assert stands(desk) == [("paid", True), ("in_work", True)], "an open call is marked, and named to the floor"
    desk.undo(1)
    assert stands(desk) == [("waiting", False), ("in_work", False)]


def test_who_pays_a_part_is_called_on(desk: Desk) -> None:
    filled(desk)
    assert desk.bring("payments.csv", f"account,payment date,amount\n{NUMBERS[0]},2026-09-01,499.98\n") == 0
    assert stands(desk)[0] == ("waiting", False)
