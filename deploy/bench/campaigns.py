"""`busbar bench campaigns`: a large list of debtors: its preview, and who is due while calls are placed (shell).

Everything happens in one transaction that is taken back, on the base that is there, so that nothing of it is left. A
call is placed as the dialler places it: asked who is due, put on record, ended. Analysed in between, as a running base
is.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import func, insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.db import engine as open_engine
from crm_core.settings import Settings
from crm_core.store import outbound_attempts, outbound_due, outbound_ledger, outbound_preview
from crm_core.store.outbound_attempts import EndedAttempt, NewAttempt
from crm_core.store.outbound_due import DueDebtor
from crm_core.tables import accounts, campaign_lists, campaign_rows, campaigns
from deploy.figures import Figure, at_most
from outbound import facts, preview
from outbound.gate import Campaigning
from outbound.law.text import shipped
from outbound.terms import Channel, Mode

CALLS: Final = 300
ASKED_FOR: Final = 20
"""Debtors asked for at once."""
DUE_MS, PREVIEW_SECONDS = 20.0, 20.0
HISTORY: Final = """
insert into attempts (campaign_id, row_id, account_id, customer_id, mode, number, state, call_id, planned_at, ended_at,
    outcome)
select r.campaign_id, r.id, a.id, a.customer_id, 'progressive', '+79160000000', 'ended',
    'bench-' || r.id || '-' || n, %(now)s - n * interval '17 hours', %(now)s - n * interval '17 hours', 'no_answer'
from campaign_rows r join accounts a on a.id = r.account_id, generate_series(1, 2) n
where r.campaign_id = %(campaign)s and r.id %% 2 = 0
"""
"""Half of the list was tried twice within the last days."""


class TooSmall(RuntimeError):
    """The base holds fewer accounts than the list is to have; the message says what to do."""


def run(settings: Settings, rows: int = 500_000) -> list[Figure]:
    """Measure on the base at `settings.database_url`.

    Raises:
        TooSmall: it holds too few accounts.

    """
    return asyncio.run(_run(settings, rows))


async def _run(settings: Settings, rows: int) -> list[Figure]:
    engine = open_engine(settings, name="busbar-bench", size=1)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("set statement_timeout = 0"))
            await connection.execute(text("set idle_in_transaction_session_timeout = 0"))
            there = int(await connection.scalar(select(func.count()).select_from(accounts)) or 0)
            if there < rows:
                raise TooSmall(f"this base holds {there:,} accounts: ask for --rows {there} or fill a larger one")
            try:
                return await _measured(Writing(connection), settings, rows)
            finally:
                await connection.rollback()
    finally:
        await engine.dispose()


async def _measured(db: Writing, settings: Settings, rows: int) -> list[Figure]:
    now = datetime.now(UTC).replace(hour=9, minute=0)
    campaign, seconds = await _listed(db, rows, now)
    found = [Figure(name="debtors on the list", value=rows, unit="rows")]
    found.append(Figure(name="put on the list", value=seconds, unit="s"))
    await db.exec_driver_sql(HISTORY, {"campaign": campaign, "now": now})
    for table in ("campaign_rows", "attempts", "campaigns"):
        await db.execute(text(f"analyze {table}"))
    for code in ("RU-230", "US"):
        found += await _previewed(db, settings, campaign, code, now)
    found += await _placed(db, campaign, now)
    began = time.perf_counter()
    counts = await outbound_ledger.counts(db, campaign)
    found.append(Figure(name="ledger counted", value=(time.perf_counter() - began) * 1000, unit="ms"))
    wrong = abs(sum(counts.values()) - rows)
    found.append(Figure(name="rows in no class or in two", value=wrong, unit="rows", bar="= 0", held=wrong == 0))
    return found


async def _listed(db: Writing, rows: int, now: datetime) -> tuple[int, float]:
    """Put as many accounts on a list, those with the lowest keys."""
    began = time.perf_counter()
    values = {"name": f"bench {now:%Y%m%d%H%M%S}", "mode": "progressive", "profile": "none", "state": "running"}
    campaign = int((await db.execute(insert(campaigns).values(values).returning(campaigns.c.id))).scalar_one())
    part = insert(campaign_lists).values(campaign_id=campaign, source="hand").returning(campaign_lists.c.id)
    key = int((await db.execute(part)).scalar_one())
    chosen = select(literal(campaign), accounts.c.id, literal(key), literal(now - timedelta(hours=1)))
    columns = ["campaign_id", "account_id", "list_id", "next_at"]
    await db.execute(insert(campaign_rows).from_select(columns, chosen.order_by(accounts.c.id).limit(rows)))
    return campaign, time.perf_counter() - began


async def _previewed(db: Writing, settings: Settings, campaign: int, code: str, now: datetime) -> list[Figure]:
    profile = shipped(code)
    began = time.perf_counter()
    groups = await outbound_preview.alike(
        db, campaign, "overdue", Decimal("0.01"), now - profile.looks_back, by_minute=preview.by_minute(profile)
    )
    read = time.perf_counter() - began
    told = preview.look(
        groups, profile, Campaigning(running=True), Mode.PROGRESSIVE, Channel.CALL, settings.country, now
    )
    seconds = time.perf_counter() - began
    return [
        at_most(f"preview by {code}", seconds, "s", PREVIEW_SECONDS),
        Figure(name=f"{code}: of it in the base", value=read, unit="s"),
        Figure(name=f"{code}: groups asked", value=len(groups), unit=""),
        Figure(name=f"{code}: may be called now", value=told.now, unit="debtors"),
    ]


async def _placed(db: Writing, campaign: int, now: datetime) -> list[Figure]:
    """Place calls one after the other: who is due, taken, settled."""
    asked, placed = list[float](), list[float]()
    for at in range(CALLS):
        began = time.perf_counter()
        due = await outbound_due.due(db, campaign, now, ASKED_FOR)
        asked.append(time.perf_counter() - began)
        began = time.perf_counter()
        await _call(db, campaign, due[0], now, at)
        placed.append(time.perf_counter() - began)
    return [
        at_most(f"due() of {ASKED_FOR}, p99", _at(asked, 0.99) * 1000, "ms", DUE_MS),
        Figure(name=f"due() of {ASKED_FOR}, p50", value=_at(asked, 0.5) * 1000, unit="ms"),
        Figure(name="a call put on record and ended, p99", value=_at(placed, 0.99) * 1000, unit="ms"),
        Figure(name="contacts of 20 customers, p50", value=await _contacts(db, campaign, now) * 1000, unit="ms"),
    ]


async def _call(db: Writing, campaign: int, one: DueDebtor, now: datetime, at: int) -> None:
    new = NewAttempt(
        campaign_id=campaign, account_id=one.debtor.account_id, customer_id=one.debtor.customer_id,
        number=facts.best_number(one.debtor) or "+79160000000", call_id=f"bench-call-{at}", mode="progressive",
        policy="none@0", planned_at=now,
    )  # fmt: skip
    attempt = await outbound_attempts.take(db, one.row_id, new)
    if attempt is not None:
        ended = EndedAttempt(at=now, outcome="no_answer")
        await outbound_attempts.settle(db, attempt, ended, "waiting", now + timedelta(hours=3))


async def _contacts(db: AsyncConnection, campaign: int, now: datetime) -> float:
    due = await outbound_due.due(db, campaign, now, 20)
    customers = [one.debtor.customer_id for one in due]
    seconds = list[float]()
    for _ in range(20):
        began = time.perf_counter()
        await outbound_due.contacts_of(db, customers, now - timedelta(days=33))
        seconds.append(time.perf_counter() - began)
    return _at(seconds, 0.5)


def _at(seconds: list[float], part: float) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * part))]
