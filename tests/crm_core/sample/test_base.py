"""What the sample base holds: consistent money and meters, every oddity where the list says."""

# ruff: noqa: S608, RUF001 -- names of tables come from lists in the code.
from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from crm_core import accounts, names, phones
from crm_core.duplicates.scoring import judge
from crm_core.duplicates.traits import Subscriber
from crm_core.fields import Entity
from crm_core.held import HeldState
from crm_core.ledger.disputes import DisputeState
from crm_core.ledger.kinds import Kind
from crm_core.ledger.notices import NoticeKind
from crm_core.ledger.promises import PromiseState
from crm_core.parties import Label
from crm_core.sample import notes, store
from crm_core.sample.oddities import oddities, oddity
from crm_core.sample.session import Connection
from crm_core.store import ledger_verify
from crm_core.work.lives import TRANSITIONS, Stage
from tests.crm_core.sample.conftest import TODAY, plan

pytestmark = pytest.mark.integration


def ask(db: Connection, query: str, *values: Any) -> list[tuple[Any, ...]]:
    return db.execute(query, values).fetchall()


def account_of(name: str) -> int:
    return oddity(name).accounts[0]


def allocated(bills: list[tuple[date, Decimal, bool]], paid: Decimal) -> dict[date, Decimal]:
    """Allocate payments oldest first, a disputed bill left out: the rule written down a second time."""
    still = {}
    for period, amount, disputed in sorted(bills):
        used = Decimal(0) if disputed else min(paid, amount)
        paid -= used
        still[period] = amount - used
    return still


def test_balance_is_what_was_billed_and_adjusted_less_what_was_paid(base: Connection) -> None:
    checked = list(ledger_verify.check(base))
    assert sum(one.accounts for one in checked) == 300
    assert [one.first for one in checked if one.faults] == []
    assert ask(base, "select count(*) from accounts where balance > 0")[0][0] > 50


def test_payments_pay_the_oldest_bill_first(base: Connection) -> None:
    paid = dict(ask(base, "select account_id, sum(amount) from payments group by 1"))
    bills: dict[int, list[tuple[date, Decimal, bool]]] = {}
    still = {}
    for account, period, amount, disputed, left in ask(
        base, "select account_id, period, amount, disputed, open_amount from invoices"
    ):
        bills.setdefault(account, []).append((period, amount, disputed))
        still[account, period] = left
    expected = {
        (account, period): left
        for account, rows in bills.items()
        for period, left in allocated(rows, paid.get(account, Decimal(0))).items()
    }
    assert still == expected


def test_lines_add_up_to_the_bill(base: Connection) -> None:
    assert ask(base, "select count(*) from invoice_lines")[0][0] > 7000
    wrong = ask(
        base,
        "select account_id, period from invoices i where amount <>"
        " (select sum(amount) from invoice_lines l where l.account_id = i.account_id and l.period = i.period)",
    )
    assert wrong == []


def test_lines_bear_the_price_of_their_month(base: Connection) -> None:
    prices = ask(base, "select distinct price from invoice_lines where what = 'Energy' and account_id = 14")
    assert len(prices) >= 3
    assert len(ask(base, "select from tariffs where code = 'HOME-1' and valid_to is null")) == 1


def test_consumption_is_the_difference_of_readings(base: Connection) -> None:
    wrong = ask(
        base,
        "select account_id, taken_on from (select r.*, digits, multiplier,"
        " lag(value) over (partition by r.account_id, register_id order by taken_on) as before"
        " from readings r join registers g on g.id = register_id join meters m on m.id = meter_id) t"
        " where before is not null and consumption <>"
        " multiplier * (case when value >= before then value - before else 10 ^ digits - before + value end)",
    )
    assert wrong == []
    assert ask(base, "select count(*) from readings where consumption < 0 or value < 0") == [(0,)]


def test_winter_takes_more_than_summer(base: Connection) -> None:
    winter, summer = (
        ask(base, "select avg(consumption) from readings where extract(month from taken_on) = any(%s)", months)[0][0]
        for months in ([12, 1, 2], [6, 7, 8])
    )
    assert winter > summer * Decimal("1.3")


def test_numbers_are_valid_and_unique_unless_an_oddity(base: Connection) -> None:
    for (number,) in ask(base, "select number from accounts"):
        assert accounts.is_account_number(number)
    for (phone,) in ask(base, "select phone from contacts"):
        assert phones.e164(phone, "RU") == phone
    numbers = ask(base, "select phone, customer_id from contacts union all select number, customer_id"
                        " from contact_numbers n join contacts c on c.id = contact_id")  # fmt: skip
    owners: dict[str, set[int]] = {}
    for phone, customer in numbers:
        owners.setdefault(phone, set()).add(customer)
    shared = {tuple(sorted(both)) for both in owners.values() if len(both) > 1}
    assert shared == {(15, 16), *store.twins(base, plan())}


def test_search_keys_are_those_the_house_searches_with(base: Connection) -> None:
    for name, key in ask(base, "select name, name_key from customers"):
        assert names.key(name) == key
    for address, key in ask(base, "select address, address_key from premises"):
        assert names.address_key(address) == key


def test_both_scripts_are_there(base: Connection) -> None:
    people = [name for (name,) in ask(base, "select name from customers")]
    cyrillic = [name for name in people if any("а" <= letter <= "я" for letter in name)]
    assert 0.25 < len(cyrillic) / len(people) < 0.5
    zones = ask(base, "select count(distinct time_zone) from premises")[0][0]
    assert zones >= 4


def test_every_age_of_debt_is_there(base: Connection) -> None:
    days = {
        "debt_current": (-99, 0), "debt_1_30": (1, 30), "debt_31_60": (31, 60), "debt_61_90": (61, 90),
        "debt_91_180": (91, 180), "debt_181_365": (181, 365), "debt_over_365": (366, 1095),
        "debt_over_1095": (1096, 9999),
    }  # fmt: skip
    for name, (lowest, highest) in days.items():
        age = ask(
            base,
            "select %s - min(due_on) from invoices where account_id = %s and open_amount > 0",
            TODAY,
            account_of(name),
        )[0][0]
        assert lowest <= age <= highest, name


def test_the_rollover_turns_the_register_over(base: Connection) -> None:
    values = [
        v
        for (v,) in ask(
            base, "select value from readings where account_id = %s order by taken_on", account_of("rollover")
        )
    ]
    falls = [(a, b) for a, b in pairwise(values) if b < a]
    assert len(falls) == 1
    assert falls[0][0] >= 90_000


def test_the_exchanged_meter_has_a_final_and_an_initial_reading(base: Connection) -> None:
    account = account_of("meter_exchange")
    rows = ask(
        base,
        "select r.taken_on, m.removed_on is null, value from readings r join registers g on g.id = register_id"
        " join meters m on m.id = meter_id where r.account_id = %s and quality = 'exchange' order by 2",
        account,
    )
    assert [new for _, new, _ in rows] == [False, True]
    assert rows[0][0] == rows[1][0]
    assert rows[1][2] == 0
    assert ask(base, "select count(*) from meters where account_id = %s", account) == [(2,)]


def test_the_run_of_estimates_is_made_up_for(base: Connection) -> None:
    rows = ask(
        base,
        "select quality, consumption from readings where account_id = %s order by taken_on desc",
        account_of("estimated_run"),
    )
    assert [quality for quality, _ in rows[:6]] == ["actual", *["estimate"] * 4, "actual"]
    assert rows[0][1] > rows[1][1]


def test_the_disputed_bill_is_open_while_later_ones_are_paid(base: Connection) -> None:
    rows = ask(
        base,
        "select disputed, open_amount = amount, open_amount from invoices where account_id = %s"
        " order by period desc limit 4",
        account_of("disputed_bill"),
    )
    assert rows[3][:2] == (True, True)
    assert all(left == 0 for _, _, left in rows[:3])


def test_people_and_numbers_are_as_the_list_says(base: Connection) -> None:
    who = "select distinct a.id from accounts a join contacts c using (customer_id) where c.phone = %s order by 1"
    for found in oddities():
        assert tuple(row[0] for row in ask(base, who, found.phone)) == found.accounts, found.name
    roles = ask(base, "select role, count(distinct phone) from contacts where customer_id = 25 group by 1 order by 1")
    assert roles == [("accountant", 1), ("director", 1), ("energy manager", 1)]
    assert ask(base, "select account_id from interactions where number = %s", oddity("unknown_number").phone) == [
        (None,)
    ]
    for flag in ("vip", "life_support", "do_not_call"):
        assert ask(base, "select flags from customers where id = %s", account_of(flag)) == [([flag],)]


def test_cases_are_as_the_list_says(base: Connection) -> None:
    assert ask(base, "select balance from accounts where id = %s", account_of("credit"))[0][0] < 0
    late = ask(base, "select stage, due_on from applications where account_id = %s", account_of("late_application"))
    assert late[0][0] == "in_work"
    assert late[0][1] < TODAY
    assert ask(base, "select count(*) from invoices where account_id = %s", account_of("newcomer")) == [(2,)]
    promise = "select status, due_on > %s from promises where account_id = %s"
    assert ask(base, promise, TODAY, account_of("open_promise")) == [("open", True)]
    assert ask(base, promise, TODAY, account_of("broken_promise")) == [("broken", False)]
    stages = {stage for (stage,) in ask(base, "select distinct stage from applications")}
    assert len(stages) >= 3


def test_earlier_contacts_read_like_real_ones(base: Connection) -> None:
    rows = ask(base, "select channel, direction, disposition, note, began_at, ended_at from interactions")
    assert len(rows) > 500
    assert {channel for channel, *_ in rows} == {"phone", "email", "web", "office", "sms"}
    assert all("{" not in note for _, _, _, note, _, _ in rows)
    assert all(began.date() < TODAY and ended >= began for *_, began, ended in rows)
    known = {code for (code,) in ask(base, "select code from dispositions")}
    assert set(notes.DISPOSITIONS_USED) <= known


STATES = {
    "promises": ("status", PromiseState),
    "disputes": ("status", DisputeState),
    "notices": ("kind", NoticeKind),
    "adjustments": ("kind", set(Kind) - {Kind.OPENING, Kind.RECONNECTION, Kind.WRITE_OFF}),
    "applications": ("stage", Stage),
    "tasks": ("source", {"person", "application", "signal"}),
    "held_readings": ("status", {HeldState.WAITING, HeldState.REFUSED}),
    "custom_values v join custom_fields f on f.id = v.field_id": ("entity", Entity),
    "interaction_entries": ("what", {"written", "corrected"}),
    "consents": ("given", {True, False}),
    "agreements": ("supply", {"connected", "cut_off", "ended"}),
    "contact_numbers": ("label", Label),
    "signal_hits h join signal_rules r on r.id = h.rule_id": ("r.spec->>'what'", {"no_reading", "payments_stopped"}),
}
"""What there is at least of each kind, in three hundred subscribers."""


def test_every_part_of_the_house_has_something_to_show(base: Connection) -> None:
    for table, (column, wanted) in STATES.items():
        found = {one for (one,) in ask(base, f"select distinct {column} from {table}")}
        assert found >= {str(one) if isinstance(one, str) else one for one in wanted}, table
    for table in ("service_points", "no_reads", "promise_steps", "contact_names", "segments"):
        assert ask(base, f"select count(*) > 3 from {table}") == [(True,)], table


def test_an_application_s_history_leads_to_the_stage_it_is_in(base: Connection) -> None:
    lines = ask(base, "select subject_id, what, before, after from work_history order by subject_id, id")
    stages: dict[int, Stage] = {}
    for application, what, before, after in lines:
        if what == "filed":
            stages[application] = Stage.FILED
            continue
        assert stages[application] == before
        assert after in {led for (stage, _), led in TRANSITIONS.items() if stage == before}
        stages[application] = Stage(after)
    assert stages == dict(ask(base, "select id, stage from applications"))


def test_what_was_held_or_refused_lies_beside_a_reading_that_says_so(base: Connection) -> None:
    wrong = ask(
        base,
        "select h.id from held_readings h left join readings r using (account_id, register_id, taken_on)"
        " where r.value is distinct from h.value or r.quality <> case h.status when 'waiting' then 'held'"
        " else 'refused' end or h.value between h.least and h.most",
    )
    assert wrong == []


def test_promises_are_within_what_was_owed_and_settled_when_they_could_be(base: Connection) -> None:
    wrong = ask(
        base,
        "select p.id from promises p join account_facts f using (account_id) where made_on >= due_on or made_on > %s"
        " or p.status = 'open' and (due_on <= %s or amount > f.balance or settled_at is not null)"
        " or p.status <> 'open' and (settled_at is null or paid is null)",
        TODAY,
        TODAY,
    )
    assert wrong == []
    assert ask(base, "select count(*) from promises where instead_of is not null") > [(0,)]


def test_who_is_recorded_twice_is_alike_enough_to_be_shown(base: Connection) -> None:
    known = store.twins(base, plan())
    assert len(known) > 1
    assert oddity("recorded_twice").accounts in known
    for pair in known:
        left, right = (subscriber(base, one) for one in pair)
        assert left.name_key != right.name_key or left.phones == right.phones
        assert judge(left, right).is_candidate, pair


def subscriber(base: Connection, customer_id: int) -> Subscriber:
    (row,) = ask(
        base,
        "select name_key, array(select phone from contacts where customer_id = c.id), array(select address_key"
        " from premises p join accounts a on a.premises_id = p.id where a.customer_id = c.id)"
        " from customers c where id = %s and kind = 'person'",
        customer_id,
    )
    name, phones_, addresses = row
    return Subscriber(
        customer_id=customer_id,
        kind="person",
        name_key=name,
        phones=frozenset(phones_),
        address_keys=frozenset(addresses),
    )


FUTURE = {
    "readings": "taken_on", "payments": "paid_on", "invoices": "issued_on", "adjustments": "posted_on",
    "disputes": "raised_at::date", "notices": "coalesce(told_at, sent_at)::date", "promises": "made_on",
    "applications": "filed_at::date", "work_history": "at::date", "held_readings": "held_at::date",
    "no_reads": "taken_on", "tasks": "coalesce(closed_at, created_at)::date", "consents": "at::date",
}  # fmt: skip


def test_nothing_lies_in_the_future(base: Connection) -> None:
    for table, column in FUTURE.items():
        assert ask(base, f"select max({column}) <= %s from {table}", TODAY) == [(True,)], table


def test_new_rows_get_ids_beside_the_sample(base: Connection) -> None:
    for table in ("customers", "contacts", "accounts", "interactions", "tariffs", "registers"):
        highest, following = ask(
            base, f"select max(id), nextval(pg_get_serial_sequence('{table}', 'id')) from {table}"
        )[0]
        assert following > highest, table
