"""The page of one account's ledger: everything it shows, read in one connection (shell)."""

from __future__ import annotations

from datetime import date

from fastapi import Request
from starlette.responses import Response

from crm_core import access
from crm_core.access import Action
from crm_core.db import reading
from crm_core.ledger.kinds import BY_HAND
from crm_core.ledger.notices import NoticeChannel, NoticeKind
from crm_core.ledger.orders import OrderKind
from crm_core.ledger.posting import Channel
from crm_core.store import (
    ledger,
    ledger_debtors,
    ledger_disputes,
    ledger_notices,
    ledger_orders,
    ledger_plans,
    ledger_promises,
    ledger_statement,
    ledger_wishes,
    policies,
)
from crm_core.store.ledger_statement import Place
from workstation.access import Person
from workstation.deps import Parts
from workstation.forms import Form
from workstation.office.base import cut, form_of, show, words
from workstation.sentences import sentence

LINES = 40
BILLS = 13
"""A year of bills and the newest."""
CASES = 20


async def page(request: Request, parts: Parts, who: Person, account_id: int, *, form: Form | None = None) -> Response:
    """Show the ledger of an account; with a refused form as it was typed, and 422.

    Raises:
        NoSuchAccount: there is no such account.

    """
    today = parts.cards.today()
    before = place_of(request.query_params.get("before", ""))
    async with reading(parts.engine) as db:
        rules = await policies.money_on(db, today)
        book = await ledger.load(db, account_id)
        overview = await ledger_statement.overview(db, account_id, rules, today, book=book)
        outlook = ledger_debtors.outlook(await ledger_debtors.who(db, account_id, today), book, rules, today)
        lines = await ledger_statement.entries(db, account_id, before=before, limit=LINES + 1)
        bills = await ledger_statement.bills(db, account_id, rules, today, limit=BILLS, book=book)
        plans = await ledger_plans.of_account(db, account_id, limit=CASES)
        disputes = await ledger_disputes.disputes_of(db, account_id, limit=CASES)
        promises = await ledger_promises.of_account(db, account_id, limit=CASES)
        notices = await ledger_notices.notices_of(db, account_id, limit=CASES)
        orders = await ledger_orders.of_account(db, account_id, limit=CASES)
        waiting = await ledger_wishes.waiting(db, account_id=account_id, limit=CASES)
    shown, more = cut(lines, LINES, lambda line: line.place)
    return show(
        request,
        who,
        "ledger.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, {"pay_day": today.isoformat(), "plan_parts": "3"}),
        ledger=overview,
        lines=shown,
        more=None if more is None else place_text(more),
        first=before is None,
        bills=bills,
        paid=ledger_statement.parts_by_source(book, rules),
        plans=plans,
        outlook=outlook,
        disputes=disputes,
        promises=promises,
        notices=notices,
        orders=orders,
        order_kinds=list(OrderKind),
        waiting=waiting,
        may={action.name: access.may(who.role, action) for action in Action},
        channels=list(Channel),
        kinds=[kind for kind in BY_HAND if kind != "penalty"],
        notice_kinds=list(NoticeKind),
        notice_channels=list(NoticeChannel),
        rules=rules,
        limits=rules.limits,
        restriction_sentence=sentence(outlook.restriction.rule, words(request, who))
        if outlook.restriction.rule
        else "",
        today=today,
    )


def place_of(text: str) -> Place | None:
    """Read where a page of the statement begins, None for the first page."""
    parts = text.split("_")
    try:
        day, rank, key = date.fromisoformat(parts[0]), int(parts[1]), int(parts[2])
    except (ValueError, IndexError):
        return None
    return (day, rank, key) if 0 <= rank <= 2 and 0 <= key < 2**31 else None


def place_text(place: Place) -> str:
    """Write where the next page begins."""
    return f"{place[0].isoformat()}_{place[1]}_{place[2]}"
