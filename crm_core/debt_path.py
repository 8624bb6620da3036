"""How far the collection of a debt has come, from what is on a card (pure). The path of DOMAIN D3.

Reminder, notice, promise or plan, warning of a restriction, order, restricted supply, court: the farthest that stands
is what an operator is told; a promise or a plan that is open comes before what it keeps away.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from crm_core.card_money import NoticeRow, OrderRow, PlanRow, Promise
from crm_core.ledger.notices import NoticeKind, NoticeState
from crm_core.ledger.promises import PromiseState
from crm_core.plans import PlanState
from crm_core.restrictions import OrderState


class Stage(StrEnum):
    """Where the collection stands."""

    NONE = ""
    NEW = "new"
    """Overdue, and nothing was said of it yet."""
    REMINDED = "reminded"
    NOTICED = "noticed"
    PROMISED = "promised"
    PLANNED = "planned"
    WARNED = "warned"
    ORDERED = "ordered"
    RESTRICTED = "restricted"
    COURT = "court"


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What is on record about a debt."""

    overdue: Decimal
    flags: Collection[str]
    notices: Sequence[NoticeRow]
    promises: Sequence[Promise]
    plans: Sequence[PlanRow]
    orders: Sequence[OrderRow]


def stage(path: Path) -> Stage:
    """Return where the collection of an account's debt stands; nothing is collected where nothing is overdue.

    A restricted supply stays so until it flows again, whatever was paid meanwhile.
    """
    orders = {one.status for one in path.orders}
    sent = {one.kind for one in path.notices if one.status != NoticeState.FAILED}
    if OrderState.DONE in orders:
        return Stage.RESTRICTED
    if path.overdue <= 0:
        return Stage.NONE
    reached = {
        Stage.COURT: "legal" in path.flags or NoticeKind.COURT in sent,
        Stage.ORDERED: OrderState.ORDERED in orders,
        Stage.PLANNED: any(one.status == PlanState.OPEN for one in path.plans),
        Stage.PROMISED: any(one.status == PromiseState.OPEN for one in path.promises),
        Stage.WARNED: NoticeKind.RESTRICTION_WARNING in sent,
        Stage.NOTICED: NoticeKind.DEBT in sent,
        Stage.REMINDED: NoticeKind.REMINDER in sent,
    }
    return next((found for found, is_so in reached.items() if is_so), Stage.NEW)
