"""Conditions of a segment as SQL: typed values become bound parameters, nothing else of them reaches the text (shell).

Every condition is true or false and never unknown, so that "not" means what people mean by it. The text depends on the
facts and operators, never on the values or how many there are: a property test holds that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Numeric,
    Text,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from crm_core.segments.bits import BITS, mask
from crm_core.segments.conditions import Asked, How, Inside, Joined, Resolved, Value
from crm_core.segments.kinds import Fact, Kind, Op
from crm_core.store import segment_histories as histories
from crm_core.tables import account_facts, accounts, custom_values, meters

Clause = ColumnElement[bool]
FIRST_DAY, LAST_DAY = date(1, 1, 1), date(9999, 12, 31)
COLUMNS = frozenset({
    "kind", "language", "customer_status", "priority", "special_need", "status", "time_zone", "tariff", "opened_on",
    "closed_on", "agreed_on", "agreement_ends_on", "prepay", "budget_bill", "three_phase", "max_kw", "meters",
    "installed_on", "verification_due", "multi_tariff", "balance", "invoiced_on", "invoiced_amount", "open_invoices",
    "paid_on", "paid_amount", "paid_channel", "overdue", "disputed", "disputed_amount", "promise_due_on",
    "promise_amount", "promise_status", "kept_promises", "broken_promises", "noticed_on", "notice_kind",
    "notice_status", "warned_on", "read_on", "read_source", "read_quality", "amr", "contacted_on", "disposition",
    "contact_channel", "contact_direction", "open_applications", "open_tasks", "task_due_on",
})  # fmt: skip
"""Facts that are a column of `account_facts` of the same name."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """Turns typed trees into clauses over one source of accounts.

    Args:
        today: the date at the utility; what "30 days ago" counts from.
        source: `account_facts`, or a sample of it.

    """

    today: date
    source: FromClause = account_facts

    def clause(self, tree: Resolved) -> Clause:
        """Return the condition that the whole tree is."""
        match tree:
            case Joined():
                return _joined(tree.how, [self.clause(part) for part in tree.parts])
            case Inside():
                inside = or_(false(), *(self.clause(inner) for _, _, inner in tree.segments))
                return inside if tree.op is Op.ONE_OF else not_(inside)
            case Asked():
                return self._asked(tree)

    def _asked(self, asked: Asked) -> Clause:
        name = asked.fact.name
        if asked.fact.field_id:
            return self._field(asked)
        if name in COLUMNS:
            return _compared(self.source.c[name], asked, self.today)
        if special := SPECIAL.get(name):
            return special(self, asked)
        if rows := histories.ROWS.get(name):
            return self._rows(rows, asked)
        return self._counted(asked)

    def _counted(self, asked: Asked) -> Clause:
        """A number over a period."""
        counted = histories.PERIODS[asked.fact.name](self.source.c.account_id, self.today, asked.days)
        if whole := WHOLE.get(asked.op):
            return whole(counted)
        return func.coalesce(_measured(counted, asked.op, asked.values), false())

    def _rows(self, rows: histories.Rows, asked: Asked) -> Clause:
        """Whether a row of a history is there that fits."""
        owner = self.source.c.customer_id if rows.of == "customer" else self.source.c.account_id
        matches = partial(_coded, asked) if rows.code else None
        there = histories.there(rows, owner, self.today, asked.days, matches)
        return not_(there) if asked.op in {Op.NONE_OF, Op.NO} else there

    def _field(self, asked: Asked) -> Clause:
        """A custom field: whether a value of it is there that fits."""
        values = custom_values.alias()
        column = values.c[_column_of(asked.fact)]
        theirs = exists().where(values.c.field_id == asked.fact.field_id, self._owner(asked.fact, values))
        if asked.op in {Op.KNOWN, Op.UNKNOWN}:
            return theirs if asked.op is Op.KNOWN else not_(theirs)
        if asked.op is Op.NONE_OF:
            same = Asked(fact=asked.fact, op=Op.ONE_OF, values=asked.values)
            return not_(theirs.where(_fits(column, same, self.today)))
        if asked.op is Op.NOT_LAST_DAYS:
            return not_(theirs.where(column >= _day(self.today, -_whole(asked))))
        return theirs.where(_fits(column, asked, self.today))

    def _owner(self, fact: Fact, values: FromClause) -> Clause:
        """Whether a value belongs to an account, or to its customer, premises or one of its installed meters."""
        match fact.entity:
            case "customer":
                return values.c.entity_id == self.source.c.customer_id
            case "premises":
                one = accounts.alias()
                place = select(one.c.premises_id).where(one.c.id == self.source.c.account_id)
                # Two levels down: what is not said to be the outer source would be read anew.
                return values.c.entity_id == place.correlate(self.source).scalar_subquery()
            case "meter":
                one = meters.alias()
                installed = select(one.c.id).where(
                    one.c.account_id == self.source.c.account_id, one.c.removed_on.is_(None)
                )
                return values.c.entity_id.in_(installed.correlate(self.source))
            case _:
                return values.c.entity_id == self.source.c.account_id


def _joined(how: How, parts: list[Clause]) -> Clause:
    match how:
        case How.ALL:
            return and_(true(), *parts)
        case How.ANY:
            return or_(false(), *parts)
        case How.NONE:
            return not_(or_(false(), *parts))


def _column_of(fact: Fact) -> str:
    match fact.kind:
        case Kind.DAY:
            return "day"
        case Kind.MONEY | Kind.NUMBER | Kind.YES_NO:
            return "number"
        case _:
            return "text"


def _compared(column: ColumnElement[Any], asked: Asked, today: date) -> Clause:
    """Compare a column; where it may be null the answer is still yes or no."""
    if whole := WHOLE.get(asked.op):
        return whole(column)
    match asked.op:
        case Op.NONE_OF:
            return not_(and_(column.is_not(None), column == func.any(histories.codes(asked.values))))
        case Op.NOT_LAST_DAYS:
            return or_(column.is_(None), column < _day(today, -_whole(asked)))
        case _:
            fits = _fits(column, asked, today)
            return and_(column.is_not(None), fits) if asked.fact.maybe else fits


WHOLE: Mapping[Op, Callable[[ColumnElement[Any]], Clause]] = {
    Op.KNOWN: lambda column: column.is_not(None),
    Op.UNKNOWN: lambda column: column.is_(None),
    Op.YES: lambda column: column.is_(true()),
    Op.NO: lambda column: column.is_(false()),
}
"""Operators that take no value."""


def _fits(column: ColumnElement[Any], asked: Asked, today: date) -> Clause:
    """Compare a value that is there."""
    match asked.op:
        case Op.ONE_OF:
            return column == func.any(histories.codes(asked.values))
        case Op.HAS_WORDS:
            return column.icontains(str(asked.values[0]), autoescape=True)
        case Op.YES | Op.NO:
            # Yes and no of a custom field are numbers.
            return column == literal(int(asked.op is Op.YES), Numeric)
        case Op.LAST_DAYS:
            return and_(column >= _day(today, -_whole(asked)), column <= literal(today, Date))
        case Op.NEXT_DAYS:
            return and_(column >= literal(today, Date), column <= _day(today, _whole(asked)))
        case _:
            return _measured(column, asked.op, asked.values)


def _measured(column: ColumnElement[Any], op: Op, values: tuple[Value, ...]) -> Clause:
    """Compare along an order."""
    low, high = _bound(values[0]), _bound(values[-1])
    match op:
        case Op.AT_LEAST | Op.SINCE:
            return column >= low
        case Op.AT_MOST | Op.UNTIL:
            return column <= high
        case _:
            return and_(column >= low, column <= high)


def _bound(value: Value) -> ColumnElement[Any]:
    return literal(value, Date) if isinstance(value, date) else literal(value, Numeric)


def _whole(asked: Asked) -> int:
    return int(Decimal(str(asked.values[0])))


def _day(today: date, days: int) -> ColumnElement[Any]:
    return literal(today + timedelta(days), Date)


# --- facts that are more than a column ------------------------------------------------------------


def _bits(compiler: Compiler, asked: Asked) -> Clause:
    """Compare codes that are bits of one number."""
    column = compiler.source.c[asked.fact.name]
    if asked.op in {Op.KNOWN, Op.UNKNOWN}:
        return column != 0 if asked.op is Op.KNOWN else column == 0
    common = column.op("&", return_type=Integer())(literal(mask(asked.fact.name, asked.values), Integer))
    return common != 0 if asked.op is Op.ONE_OF else common == 0


def _coded(asked: Asked, column: ColumnElement[Any]) -> Clause:
    """Compare the code of a row with those that are asked for."""
    if asked.op is Op.HAS_WORDS:
        return column.icontains(str(asked.values[0]), autoescape=True)
    wanted = histories.keys(asked.values) if isinstance(column.type, Integer) else histories.codes(asked.values)
    return column == func.any(wanted)


def _flags(compiler: Compiler, asked: Asked) -> Clause:
    flags = compiler.source.c.flags
    # The index leaves out accounts without marks, and the planner has to be told that none of them can match.
    marked = and_(flags != cast([], ARRAY(Text)), flags.op("&&", is_comparison=True)(histories.codes(asked.values)))
    return marked if asked.op is Op.ONE_OF else not_(marked)


def _debt_age(compiler: Compiler, asked: Asked) -> Clause:
    """Days since a day are compared as days, so that the day's index serves."""
    due = compiler.source.c.oldest_due_on
    if asked.op is Op.KNOWN:
        return and_(due.is_not(None), due < literal(compiler.today, Date))
    if asked.op is Op.UNKNOWN:
        return not_(_debt_age(compiler, Asked(fact=asked.fact, op=Op.KNOWN)))
    fewest = max(1, math.ceil(Decimal(str(asked.values[0])))) if asked.op is not Op.AT_MOST else 1
    most = math.floor(Decimal(str(asked.values[-1]))) if asked.op is not Op.AT_LEAST else None
    old = [due.is_not(None), due <= literal(_before(compiler.today, fewest), Date)]
    if most is not None:
        old.append(due >= literal(_before(compiler.today, most), Date))
    return and_(*old)


def _before(today: date, days: int) -> date:
    """Return the day so many days ago, the first or last of all days when there is none."""
    try:
        return today - timedelta(days)
    except OverflowError:
        return FIRST_DAY if days > 0 else LAST_DAY


def _silent_months(compiler: Compiler, asked: Asked) -> Clause:
    read, opened = compiler.source.c.actual_on, compiler.source.c.opened_on

    def at_least(months: int) -> Clause:
        # Whoever was read today has been silent for no month.
        day = literal(months_before(compiler.today, months) if months > 0 else LAST_DAY, Date)
        return or_(and_(read.is_not(None), read <= day), and_(read.is_(None), opened <= day))

    low = at_least(math.ceil(Decimal(str(asked.values[0])))) if asked.op is not Op.AT_MOST else true()
    if asked.op is Op.AT_LEAST:
        return low
    return and_(low, not_(at_least(math.floor(Decimal(str(asked.values[-1]))) + 1)))


def months_before(today: date, months: int) -> date:
    """Return the same day so many months ago, the month's last where it has no such day."""
    number = today.year * 12 + today.month - 1 - min(months, 12 * 5000)
    year, month = divmod(number, 12)
    if year < 1:
        return FIRST_DAY
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1) if year < 9999 else LAST_DAY
    last = (following - timedelta(1)).day
    return date(year, month + 1, min(today.day, last))


def _late(compiler: Compiler, asked: Asked) -> Clause:
    due = compiler.source.c.application_due_on
    late = and_(due.is_not(None), due < literal(compiler.today, Date))
    return late if asked.op is Op.YES else not_(late)


def _name(compiler: Compiler, asked: Asked) -> Clause:
    return histories.of_name(compiler.source.c.customer_id, str(asked.values[0]))


def _address(compiler: Compiler, asked: Asked) -> Clause:
    return histories.of_address(compiler.source.c.account_id, str(asked.values[0]))


def _accounts(compiler: Compiler, asked: Asked) -> Clause:
    return _measured(histories.accounts_of(compiler.source.c.customer_id), asked.op, asked.values)


def _duplicate(compiler: Compiler, asked: Asked) -> Clause:
    paired = histories.in_pair(compiler.source.c.customer_id)
    return paired if asked.op is Op.YES else not_(paired)


def _import(compiler: Compiler, asked: Asked) -> Clause:
    wrote = histories.of_imports(compiler.source.c.account_id, asked.values)
    return wrote if asked.op is Op.ONE_OF else not_(wrote)


SPECIAL: Mapping[str, Callable[[Compiler, Asked], Clause]] = {
    **dict.fromkeys(BITS, _bits),
    "flags": _flags,
    "debt_age": _debt_age,
    "silent_months": _silent_months,
    "application_late": _late,
    "name": _name,
    "address": _address,
    "accounts": _accounts,
    "duplicate": _duplicate,
    "import": _import,
}
"""Facts that are more than a column, a history's rows or a count over a period."""
