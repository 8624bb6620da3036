"""Properties of imports: twice is once, halves are the whole, undone is as before; and what an undo leaves alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from crm_core.importing.limits import Unreadable
from tests.crm_core.importing.desk import TABLES, Desk

pytestmark = pytest.mark.integration

HEADERS = {
    "subscribers": "account,name,address,phone,inn,tariff",
    "meters": "account,serial,digits,zones",
    "readings": "account,serial,date,value,source",
    "invoices": "account,month,amount",
    "payments": "account,date,amount,reference",
}
ACCOUNTS = st.sampled_from(["1", "2", "3", "4"])
DAYS = st.integers(0, 300).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
CENTS = st.integers(1, 99_999).map(lambda n: f"{n / 100:.2f}")
OWNERS = {"1": ("Firm", "7700000001"), "2": ("Second", ""), "3": ("Firm", "7700000001"), "4": ("Firm", "7700000001")}
ROWS = {
    "subscribers": st.builds(
        lambda account, phone: f"{account},{OWNERS[account][0]},Street {account},{phone},{OWNERS[account][1]},T",
        ACCOUNTS,
        st.sampled_from(["", "+79001112201", "+79001112202"]),
    ),
    "meters": st.builds(lambda account, n: f"{account},M{account}{n},5,1", ACCOUNTS, st.integers(0, 2)),
    "readings": st.builds(
        lambda account, day, value: f"{account},M{account},{day},{value},amr", ACCOUNTS, DAYS, st.integers(0, 99_999)
    ),
    "invoices": st.builds(lambda account, day, amount: f"{account},{day:%Y-%m},{amount}", ACCOUNTS, DAYS, CENTS),
    "payments": st.builds(
        lambda account, day, amount, ref: f"{account},{day},{amount},{ref}",
        ACCOUNTS,
        DAYS,
        CENTS,
        st.sampled_from(["", "R1", "R2"]),
    ),
}
FILES = st.sampled_from(list(ROWS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.lists(ROWS[kind], min_size=2, max_size=10))
)
BASE = {
    "subscribers": ["3,Three,Street 3,,,", "2,Two,Street 2,+79001112299,,"],
    "meters": ["2,M2,5,1", "3,M3,5,1"],
    "readings": ["2,M2,2025-12-01,50,amr"],
    "invoices": ["2,2025-12,100.00"],
    "payments": ["2,2025-12-05,40.00,R0"],
}
FEW = hypothesis_settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def text(kind: str, rows: list[str]) -> str:
    return "\n".join([HEADERS[kind], *rows]) + "\n"


@pytest.fixture
def base(desk: Desk) -> Desk:
    """A desk at a base with a little of everything."""
    for kind, rows in BASE.items():
        assert desk.take("base.csv", text(kind, rows)).rejected == 0
    return desk


def empty(desk: Desk) -> None:
    """Take the base back to where the fixture left it."""
    for (number,) in desk.ask(
        "select id from imports where state = 'committed' and id > %s order by id desc", len(BASE)
    ):
        desk.undo(number)


def in_order(kind: str, rows: list[str]) -> list[str]:
    """Readings come in the order of their days: a later one would forbid an earlier one."""
    return sorted(rows, key=lambda row: row.split(",")[2]) if kind == "readings" else rows


@FEW
@given(file=FILES)
def test_twice_is_once_and_undone_is_as_before(base: Desk, file: tuple[str, list[str]]) -> None:
    empty(base)
    kind, rows = file
    before = base.everything()
    outcome = base.take("a.csv", text(kind, rows), kind=kind)
    assert outcome.import_id is not None
    once = base.everything()
    base.take("a.csv", text(kind, rows), kind=kind)
    again = base.take("b.csv", text(kind, rows) + "\n", kind=kind)
    assert base.everything() == once
    assert again.import_id is not None
    assert not base.undo(again.import_id).taken
    assert not base.undo(outcome.import_id).kept
    assert base.everything() == before


@FEW
@given(file=FILES, at=st.integers(0, 10))
def test_two_halves_are_the_whole_also_when_they_overlap(base: Desk, file: tuple[str, list[str]], at: int) -> None:
    empty(base)
    kind, rows = file
    if kind == "invoices":
        # A bill that comes with two amounts is taken with the first of them, and which is first differs in halves.
        rows = list({row.rpartition(",")[0]: row for row in rows}.values())
    if kind == "payments":
        # Two equal payments without a reference are two in one file, and the same one in two.
        rows = list(dict.fromkeys(rows))
    if kind == "readings":
        rows = list({row.rsplit(",", 2)[0]: row for row in in_order(kind, rows)}.values())
    base.take("whole.csv", text(kind, rows), kind=kind)
    whole = base.everything(numbers=False)
    empty(base)
    base.take("first.csv", text(kind, rows[:at]) + "\n", kind=kind)
    base.take("second.csv", text(kind, rows[max(0, at - 1) :]) + "\n", kind=kind)
    assert base.everything(numbers=False) == whole


def test_a_file_broken_off_and_sent_again_whole_is_in_once(base: Desk) -> None:
    rows = [f"2,2026-01-{day:02},10.00,P{day}" for day in range(1, 20)]
    base.take("a.csv", text("payments", rows[:7]))
    outcome = base.take("a.csv", text("payments", rows))
    assert outcome.counted == {"known": 7, "payments": 12}


def test_what_somebody_changed_since_stays_and_is_told_row_by_row(base: Desk) -> None:
    number = base.take(
        "a.csv", text("subscribers", ["3,Renamed,Moved 3,,,", "8,New,Street 8,+79001112288,,"])
    ).import_id
    assert number is not None
    base.do("update customers set name = 'By hand' where name = 'Renamed'")
    base.do("update contacts set verified = true where phone = '+79001112288'")
    undone = base.undo(number)
    assert dict(undone.kept) == {"changed-since": 2, "in-use": 1}
    assert dict(undone.taken) == {"accounts": 1, "premises": 2}
    assert base.ask("select name from customers where name in ('By hand', 'New', 'Renamed') order by 1") == [
        ("By hand",),
        ("New",),
    ]
    assert [(row[0], row[1], row[3]) for row in base.rows_of("kept.csv")] == [
        ("2", "somebody changed it after the import", "customers"),
        ("3", "somebody changed it after the import", "contacts"),
        ("3", "something that came later refers to it", "customers"),
    ]


def test_what_others_built_upon_stays(base: Desk) -> None:
    people = base.take("a.csv", text("subscribers", ["8,New,Street 8,,,"])).import_id
    base.take("b.csv", text("payments", ["8,2026-02-01,5.00,X"]))
    states = base.take("c.csv", text("readings", ["3,M3,2026-01-01,100,amr", "2,M2,2026-01-01,70,amr"])).import_id
    base.take("d.csv", text("readings", ["3,M3,2026-02-01,200,amr"]))
    assert people is not None
    assert states is not None
    assert dict(base.undo(people).kept) == {"in-use": 3}
    undone = base.undo(states)
    assert dict(undone.kept) == {"built-upon": 1}
    assert dict(undone.taken) == {"readings": 1}


def test_after_its_time_an_import_stays(base: Desk) -> None:
    number = base.take("a.csv", text("payments", ["2,2026-02-01,5.00,X"])).import_id
    assert number is not None
    base.do("update imports set undo_until = now() - interval '1 second'")
    before = base.everything()
    with pytest.raises(Unreadable, match="is over"):
        base.undo(number)
    assert base.everything() == before


def test_every_table_that_imports_fill_can_be_taken_back() -> None:
    from crm_core.importing import journal, undo  # noqa: PLC0415

    assert set(TABLES) == set(undo.ORDER) == set(journal.KEYS)


def test_pairs_that_nobody_looked_at_go_with_the_customer_they_are_about(base: Desk) -> None:
    number = base.take("a.csv", text("subscribers", ["8,New,Street 8,,,", "9,New,Street 9,,,"])).import_id
    assert number is not None
    made = "insert into duplicate_pairs (left_id, right_id, score, state)"
    pairs = f"{made} select min(id), max(id), 9, %s from customers"  # noqa: S608 -- texts of ours
    base.do(f"{pairs} where name = 'New'", "open")
    base.do(f"{pairs}", "different")
    undone = base.undo(number)
    assert dict(undone.kept) == {"in-use": 1}
    assert base.ask("select state from duplicate_pairs") == [("different",)]
