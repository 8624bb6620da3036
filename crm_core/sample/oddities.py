"""The known oddities of the sample base: where each one lies and what is odd about it (pure).

They lie at fixed places among the first accounts, so that a test, a demonstration or a bench finds them by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from crm_core.sample import numbers
from crm_core.sample.calendar import ISSUE_DAY, Calendar, month_start

RESERVED = 64
"""Accounts 1 to 64 hold the oddities; nothing random makes them stranger than said here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """One thing out of the ordinary, findable by its name."""

    name: str
    accounts: tuple[int, ...]
    """Account ids, `()` where nobody owns the number."""
    phone: str
    """A number that leads there."""
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How one account departs from what the generator would have made; None leaves it alone."""

    n: int
    customer_id: int | None = None
    organisation: bool = False
    day_night: bool = False
    cyrillic: bool | None = None
    unpaid: int = 0
    """How many of the newest bills nobody has paid."""
    shift: int = 0
    """How many months ago the account went quiet."""
    terms: int | None = None
    """Days from issue to due date."""
    exchange: int | None = None
    """Months before the newest bill in which the meter was exchanged."""
    estimates: int | None = None
    """Length of a run of estimated readings."""
    dispute: int | None = None
    """Months before the newest bill of the disputed one."""
    start: int | None = None
    """What the register shows two months before the newest reading."""
    age: int | None = None
    """Months since the account was opened, when shorter than the history."""
    credit: bool = False
    phone: str | None = None
    flags: tuple[str, ...] = ()
    """Flags of the customer."""
    promise: str | None = None
    application: str | None = None
    """Stage of an application that is late (or, when done, was not)."""
    twin: int | None = None
    """The customer who is recorded here a second time."""


_DEBTS = (
    ("debt_current", 31, -10, "owes one bill that is not due yet"),
    ("debt_1_30", 32, 15, "one bill 15 days late"),
    ("debt_31_60", 33, 45, "oldest bill 45 days late"),
    ("debt_61_90", 34, 75, "oldest bill 75 days late"),
    ("debt_91_180", 35, 135, "oldest bill 135 days late"),
    ("debt_181_365", 36, 270, "oldest bill 270 days late"),
    ("debt_over_365", 37, 700, "cut off, oldest bill 700 days late"),
    ("debt_over_1095", 38, 1200, "cut off, oldest bill 1,200 days late: limitation"),
)


def oddities() -> tuple[Oddity, ...]:
    """List every oddity of the sample base."""
    return (*_metering(), *_people(), *_cases(), *_debts())


def oddity(name: str) -> Oddity:
    """Find an oddity by its name; KeyError when there is none."""
    return {found.name: found for found in oddities()}[name]


def _one(name: str, account: int, what: str) -> Oddity:
    return Oddity(name=name, accounts=(account,), phone=numbers.phone(account), what=what)


def _metering() -> Iterator[Oddity]:
    yield _one("rollover", 11, "the register passed 99999 and began again at 0")
    yield _one("meter_exchange", 12, "meter exchanged: a final and an initial reading on one day")
    yield _one("estimated_run", 13, "four months estimated, then an actual reading that makes up for them")
    yield _one("disputed_bill", 14, "one bill disputed and unpaid, later ones paid")
    yield _one("day_night", 41, "two registers, day and night")


def _people() -> Iterator[Oddity]:
    shared = numbers.phone(15)
    yield Oddity(name="two_people", accounts=(15, 16), phone=shared, what="two people, two accounts, one number")
    yield Oddity(
        name="three_accounts", accounts=(17, 18, 19), phone=numbers.phone(17), what="one person with three accounts"
    )
    yield Oddity(name="unknown_number", accounts=(), phone=numbers.UNKNOWN, what="has called before, belongs to nobody")
    yield Oddity(
        name="legal_entity",
        accounts=(25, 26, 27, 28),
        phone=numbers.phone(25, 1),
        what="an organisation's accountant; the director and the energy manager have numbers of their own",
    )
    yield Oddity(
        name="recorded_twice",
        accounts=(47, 48),
        phone=numbers.phone(47),
        what="one person under two spellings of the name: a duplicate to be found and merged",
    )
    yield _one("vip", 20, "flag vip")
    yield _one("life_support", 21, "flag life_support: supply must never be restricted")
    yield _one("do_not_call", 43, "flag do_not_call")


def _cases() -> Iterator[Oddity]:
    yield _one("credit", 39, "paid too much: the balance is negative")
    yield _one("late_application", 40, "an application in work past its deadline")
    yield _one("newcomer", 42, "opened two months ago")
    yield _one("open_promise", 44, "promised to pay in the next days")
    yield _one("broken_promise", 45, "promised to pay and did not")
    yield _one("cyrillic", 46, "name and address in Cyrillic script")


def _debts() -> Iterator[Oddity]:
    for name, account, _, what in _DEBTS:
        yield _one(name, account, what)


def placements(calendar: Calendar) -> tuple[Placement, ...]:
    """Say for each reserved account how it is to be made."""
    special = {
        11: Placement(n=11, start=99_950),
        12: Placement(n=12, exchange=4),
        13: Placement(n=13, estimates=4),
        14: Placement(n=14, dispute=3, terms=10),
        16: Placement(n=16, phone=numbers.phone(15)),
        **{n: Placement(n=n, customer_id=17) for n in (17, 18, 19)},
        20: Placement(n=20, flags=("vip",)),
        21: Placement(n=21, flags=("life_support",)),
        **{n: Placement(n=n, customer_id=25, organisation=True) for n in (25, 26, 27, 28)},
        39: Placement(n=39, credit=True),
        40: Placement(n=40, application="in_work"),
        41: Placement(n=41, day_night=True),
        42: Placement(n=42, age=2),
        43: Placement(n=43, flags=("do_not_call",)),
        44: replace(owing(44, 75, calendar), promise="open"),
        45: replace(owing(45, 75, calendar), promise="broken"),
        46: Placement(n=46, cyrillic=True),
        48: Placement(n=48, twin=47),
        **{n: owing(n, days, calendar) for _, n, days, _ in _DEBTS},
    }
    return tuple(special.get(n, Placement(n=n)) for n in range(1, RESERVED + 1))


def owing(n: int, days: int, calendar: Calendar) -> Placement:
    """Place an account whose oldest unpaid bill fell due `days` ago (negative: falls due in so many days)."""
    due = calendar.today - timedelta(days=days)
    back = next(k for k in range(100) if (due - _issued(calendar.last - k)).days >= 5)
    terms = (due - _issued(calendar.last - back)).days
    if back < min(calendar.months, 12):
        return Placement(n=n, unpaid=back + 1, terms=terms)
    return Placement(n=n, unpaid=3, shift=back - 2, terms=terms)


def _issued(month: int) -> date:
    return month_start(month + 1).replace(day=ISSUE_DAY)
