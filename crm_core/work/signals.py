"""Rules that make contacts recur and notice falling activity, as data (pure).

A rule says whom it looks at, what it looks for, how often, and what follows: a task, a status, or both. What it finds
is found once for each account and period, however often and by how many workers it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from crm_core.parties import Status
from crm_core.work.fields import CODE, Defect

MOST_PERIODS, MOST_LIMIT, MOST_FLAGS, MOST_DUE_DAYS = 24, 200_000, 12, 90
MOST_KEY = 2**31 - 1
FLAG = re.compile(r"[a-z][a-z_]{1,29}")
PROTECTED = frozenset({
    "vip", "life_support", "dispute", "do_not_call", "debt", "legal", "moratorium", "deceased", "bankrupt",
    "represented", "cease_contact", "minor", "canary", "honey", "colleague", "relative", "erased",
})  # fmt: skip
"""Marks that law, money or a person's word stand behind: no rule sets or takes them."""
SECRET = frozenset({"honey"})
"""Marks no rule may look for: whom it finds would say who has them."""
STATUSES = ("active", "closed", "cut_off")
"""Of an account, see `crm_core.tables.supply`."""
CUSTOMERS = tuple(status.value for status in Status)
TURNS = (Status.PROSPECT.value, Status.ACTIVE.value, Status.FORMER.value)
"""What a rule may make of a customer; death and bankruptcy are for a person to write down and to take back."""


class What(StrEnum):
    """What a rule looks for."""

    CYCLE = "cycle"
    """Nothing: everybody it looks at, once a period."""
    NO_READING = "no_reading"
    """No reading that counts for so many months."""
    CONSUMPTION_DOWN = "consumption_down"
    """Used less by so many percent than in the same time before."""
    PAYMENTS_STOPPED = "payments_stopped"
    """Paid before, and not for so many months."""


class Against(StrEnum):
    """What consumption is compared with."""

    BEFORE = "before"
    """As many months just before."""
    YEAR = "year"
    """The same months a year ago."""


class Every(StrEnum):
    """How often one account can be found again."""

    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Whom a rule looks at; an empty part looks at everybody."""

    status: tuple[str, ...] = ("active",)
    kind: str = ""
    """`person` or `organisation`."""
    flags_any: tuple[str, ...] = ()
    """Flags of account or customer, one of which must be there."""
    flags_none: tuple[str, ...] = ()
    balance_least: Decimal | None = None
    """Owes at least so much."""
    balance_most: Decimal | None = None
    tariff: str = ""
    segment: int | None = None
    """Key of a saved segment: only its members (docs/segments.md)."""
    customer: tuple[str, ...] = ()
    """Status of the customer, one of `CUSTOMERS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """What follows a hit."""

    task: bool = True
    title: str = ""
    team: str = ""
    owner_id: int | None = None
    share: bool = False
    """Each task is one of the team's people's; the same account is the same person's each time."""
    due_days: int = 3
    """Working days until the task is due."""
    set_flag: str = ""
    drop_flag: str = ""
    turn: str = ""
    """Status that the customer gets, one of `TURNS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule."""

    title: str
    what: What
    every: Every = Every.MONTH
    periods: int = 3
    """Months."""
    percent: int = 30
    against: Against = Against.BEFORE
    who: Who = Who()
    then: Then = Then()
    limit: int = 5000
    """Accounts found in one period at most: more tasks than people can do help nobody."""


def read(data: object) -> tuple[Rule | None, tuple[Defect, ...]]:
    """Read a rule as it came from a page, a token or the database: the rule, or what is wrong with it."""
    if not isinstance(data, Mapping):
        return None, (Defect(code="rule-not-rule", place=""),)
    wrong: list[Defect] = []
    title = str(data.get("title", "")).strip()[:200]
    if not title:
        wrong.append(Defect(code="form-no-title", place="title"))
    what = _enum(What, data.get("what"), "what", wrong)
    every = _enum(Every, data.get("every", "month"), "every", wrong)
    against = _enum(Against, data.get("against", "before"), "against", wrong)
    periods = _whole(data.get("periods", 3), "periods", 1, MOST_PERIODS, wrong)
    percent = _whole(data.get("percent", 30), "percent", 1, 100, wrong)
    limit = _whole(data.get("limit", 5000), "limit", 1, MOST_LIMIT, wrong)
    who, then = _who(data.get("who", {}), wrong), _then(data.get("then", {}), wrong)
    if wrong:
        return None, tuple(wrong)
    return Rule(
        title=title, what=What(what), every=Every(every), periods=periods, percent=percent, against=Against(against),
        who=who, then=then, limit=limit,
    ), ()  # fmt: skip


def _enum(kind: type[StrEnum], value: object, place: str, wrong: list[Defect]) -> str:
    if not isinstance(value, str) or value not in list(kind):
        wrong.append(Defect(code="form-bad-kind", place=place))
    return str(value)


def _whole(value: object, place: str, least: int, most: int, wrong: list[Defect]) -> int:
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
        wrong.append(Defect(code="form-bad-limit", place=place))
        return least
    return number


def _who(data: object, wrong: list[Defect]) -> Who:
    given: Mapping[str, object] = data if isinstance(data, Mapping) else {}
    status = _names(given.get("status", ["active"]), "status", wrong)
    customer = _names(given.get("customer", []), "customer", wrong)
    if any(one not in CUSTOMERS for one in customer):
        wrong.append(Defect(code="form-bad-kind", place="customer"))
    kind, tariff = str(given.get("kind", "")), str(given.get("tariff", ""))[:20]
    if any(one not in STATUSES for one in status):
        wrong.append(Defect(code="form-bad-kind", place="status"))
    if kind not in {"", "person", "organisation"}:
        wrong.append(Defect(code="form-bad-kind", place="kind"))
    return Who(
        status=status, kind=kind, tariff=tariff, customer=customer,
        flags_any=_marks(given.get("flags_any", []), "flags_any", wrong),
        flags_none=_marks(given.get("flags_none", []), "flags_none", wrong),
        balance_least=_money(given.get("balance_least"), "balance_least", wrong),
        balance_most=_money(given.get("balance_most"), "balance_most", wrong),
        segment=_key(given.get("segment"), "segment", wrong),
    )  # fmt: skip


def _key(value: object, place: str, wrong: list[Defect]) -> int | None:
    if value is None or value == "":
        return None
    return _whole(value, place, 1, MOST_KEY, wrong)


def _names(data: object, place: str, wrong: list[Defect]) -> tuple[str, ...]:
    names = data.replace(",", " ").split() if isinstance(data, str) else data
    if not isinstance(names, Sequence) or len(names) > MOST_FLAGS:
        wrong.append(Defect(code="rule-flag", place=place))
        return ()
    if any(not isinstance(one, str) or not FLAG.fullmatch(one) for one in names):
        wrong.append(Defect(code="rule-flag", place=place))
        return ()
    return tuple(dict.fromkeys(str(one) for one in names))


def _marks(data: object, place: str, wrong: list[Defect]) -> tuple[str, ...]:
    found = _names(data, place, wrong)
    if not SECRET.isdisjoint(found):
        wrong.append(Defect(code="rule-protected", place=place))
    return found


def _money(value: object, place: str, wrong: list[Defect]) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number) >= 10**12:
        wrong.append(Defect(code="form-bad-limit", place=place))
        return None
    return number


def _then(data: object, wrong: list[Defect]) -> Then:
    given: Mapping[str, object] = data if isinstance(data, Mapping) else {}
    team, owner = str(given.get("team", "")), given.get("owner_id")
    flags = {name: str(given.get(name, "")) for name in ("set_flag", "drop_flag")}
    for name, flag in flags.items():
        if flag and (not FLAG.fullmatch(flag) or flag in PROTECTED):
            wrong.append(Defect(code="rule-protected" if flag in PROTECTED else "rule-flag", place=name))
    if team and not CODE.fullmatch(team):
        wrong.append(Defect(code="form-bad-code", place="team"))
    if owner is not None and (not isinstance(owner, int) or owner <= 0):
        wrong.append(Defect(code="form-bad-limit", place="owner_id"))
        owner = None
    turn = str(given.get("turn", ""))
    if turn and turn not in TURNS:
        wrong.append(Defect(code="form-bad-kind", place="turn"))
    task, share = bool(given.get("task", True)), bool(given.get("share", False))
    if not task and not turn and not any(flags.values()):
        wrong.append(Defect(code="rule-does-nothing", place="then"))
    if task and not team and (share or owner is None):
        wrong.append(Defect(code="rule-no-owner", place="team"))
    return Then(
        task=task, title=str(given.get("title", "")).strip()[:200], team=team,
        owner_id=owner if isinstance(owner, int) else None, share=share,
        due_days=_whole(given.get("due_days", 3), "due_days", 0, MOST_DUE_DAYS, wrong), turn=turn, **flags,
    )  # fmt: skip


def dump(rule: Rule) -> dict[str, Any]:
    """Write what `read` takes."""
    who, then = rule.who, rule.then
    return {
        "title": rule.title, "what": rule.what.value, "every": rule.every.value, "periods": rule.periods,
        "percent": rule.percent, "against": rule.against.value, "limit": rule.limit,
        "who": {
            "status": list(who.status), "kind": who.kind, "flags_any": list(who.flags_any),
            "flags_none": list(who.flags_none), "tariff": who.tariff,
            "balance_least": None if who.balance_least is None else str(who.balance_least),
            "balance_most": None if who.balance_most is None else str(who.balance_most), "segment": who.segment,
            "customer": list(who.customer),
        },
        "then": {
            "task": then.task, "title": then.title, "team": then.team, "owner_id": then.owner_id,
            "share": then.share, "due_days": then.due_days, "set_flag": then.set_flag, "drop_flag": then.drop_flag,
            "turn": then.turn,
        },
    }  # fmt: skip


def period(day: date, every: Every) -> date:
    """Return the first day of the period a day lies in."""
    month = day.month if every is Every.MONTH else day.month - (day.month - 1) % 3
    return date(day.year, month, 1)


def months_back(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months before that of `day`."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The months a rule compares, each `[from, to)`."""

    since: date
    until: date
    before_since: date
    before_until: date


def window(rule: Rule, day: date) -> Window:
    """Return the whole months before `day` that a rule looks at, and those it compares them with.

    Whole months only: a month that still runs would look like a fall to everybody.
    """
    until = months_back(day, 0)
    since = months_back(day, rule.periods)
    back = rule.periods if rule.against is Against.BEFORE else 12
    return Window(
        since=since, until=until, before_since=months_back(since, back), before_until=months_back(until, back)
    )
