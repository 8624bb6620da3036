"""What a contact's result brings along: a promise on record, a task for what is still to be done (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action
from crm_core.db import Writing
from crm_core.ledger.posting import State
from crm_core.store import access_log, ledger_promises, tasks
from crm_core.tables import applications, disputes
from crm_core.work.fields import Evidence
from crm_core.work.forms import Fault, Stored
from crm_core.work.results import Next, Result, follow_up, promised

FOLLOWED = {
    Next.CALL_BACK: ("callback", "contact_centre"),
    Next.FIX_NUMBER: ("check", "contact_centre"),
    Next.CHECK_PERSON: ("check", "contact_centre"),
    Next.CHECK_PAYMENT: ("check", "billing"),
    Next.REVIEW: ("check", "contact_centre"),
    Next.OPEN_DISPUTE: ("check", "billing"),
    Next.OPEN_APPLICATION: ("other", "contact_centre"),
}
"""What follows by itself as a task, its kind and its team; what was done while the caller was there needs none."""
HIS_OWN = frozenset({Next.CALL_BACK, Next.OPEN_APPLICATION})
"""What whoever had the contact does himself."""
DONE_ALREADY = {Next.OPEN_APPLICATION: applications, Next.OPEN_DISPUTE: disputes}
"""Where it stands when it was done; a promise is recorded with the contact."""
ABOUT_THE_DAY = frozenset({"promise-in-past", "promise-too-far", "promise-open-already"})
"""Refusals of the ledger that stand beside the day; the others stand beside the amount."""
DAY = timedelta(days=1)


async def promise(  # noqa: PLR0913, PLR0917 -- what is promised, by whom, to whom and in which call
    db: Writing, result: Result, values: Mapping[str, Stored], account_id: int | None, by: int, call_id: str | None
) -> dict[str, Fault]:
    """Record what the result promises, by the rules of the ledger (AC40); what it refuses, by the field it is about."""
    wanted = promised(values, result.needs) if result.next is Next.CHECK_PROMISE else None
    if wanted is None:
        return {}
    fields = {one.evidence: one.code for one in result.needs}
    if account_id is None:
        return {fields[Evidence.PROMISED_AMOUNT]: Fault(code="promise-no-account")}
    new = ledger_promises.NewPromise(amount=wanted[0], due_on=wanted[1], by=by, call_id=call_id or "")
    outcome = await ledger_promises.promise(db, account_id, new)
    if outcome.state is State.REFUSED:
        about = Evidence.PROMISED_DATE if outcome.rule in ABOUT_THE_DAY else Evidence.PROMISED_AMOUNT
        return {fields[about]: Fault(code=outcome.rule)}
    if outcome.state is State.POSTED:
        said = f"{wanted[0]} until {wanted[1]}"
        await access_log.record(db, by, Action.RECORD_PROMISE, f"account {account_id}", said)
    return {}


async def follow(  # noqa: PLR0913, PLR0917 -- what follows what, for whom and when
    db: Writing,
    result: Result,
    values: Mapping[str, Stored],
    entry: int,
    by: int | None,
    account_id: int | None,
    now: datetime,
) -> None:
    """Make the task that follows a result, once for each line that is written; none where it was done already."""
    if result.next not in FOLLOWED or await _done_already(db, result.next, account_id, now):
        return
    kind, team = FOLLOWED[result.next]
    at = follow_up(values, result.needs)
    facts = {"result": result.code, "title": result.titles["en"], "next": result.next.value}
    task = tasks.NewTask(
        kind=kind, title=result.titles["en"], account_id=account_id, owner_id=by if result.next in HIS_OWN else None,
        team=team, due_at=at or now + DAY, source="contact", once=f"contact:{entry}",
        facts={**{name: str(one) for name, one in values.items()}, **facts}, made_by=by,
    )  # fmt: skip
    await tasks.add(db, [task], now)


async def _done_already(db: AsyncConnection, follows: Next, account_id: int | None, now: datetime) -> bool:
    """Whether what follows was done in the last day, as a rule during the contact itself."""
    table = DONE_ALREADY.get(follows)
    if table is None or account_id is None:
        return False
    at = table.c.filed_at if table is applications else table.c.raised_at
    query = select(table.c.id).where(table.c.account_id == account_id, at > now - DAY).limit(1)
    return (await db.execute(query)).one_or_none() is not None
