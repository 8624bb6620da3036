"""What workers do for the quality of calls: choosing by rule, closing what nobody answered in time (shell).

Runs each night. A week is drawn once it is over; whoever runs it again draws the same, and nothing is doubled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import clock
from crm_core.access import ALLOWED, Action
from crm_core.db import engine as open_engine
from crm_core.db import reading, transaction
from crm_core.quality.choosing import Basis, ChoiceRule, Chosen, Source, drawn, grader_of, week_of
from crm_core.quality.life import EvaluationStep
from crm_core.settings import Settings
from crm_core.store import evaluation_forms, evaluation_rules, evaluations
from crm_core.store.evaluation_rules import Kept
from crm_core.store.evaluations import New
from crm_core.work.forms import Site

GRADERS: Final = tuple(role.value for role, actions in ALLOWED.items() if Action.EVALUATE in actions)
"""Roles that score calls."""
LATE_COMPLAINTS = timedelta(days=7)
"""Complaints so old are looked at, in case no worker was there."""
log = structlog.get_logger(__name__)


def refresh() -> int:
    """Choose by the rules, and close what is over, every night (`crm_core.schedule`); returns how many were chosen."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them

    async def run() -> int:
        engine = open_engine(settings, name="busbar-quality", size=1)
        try:
            now = clock.now()
            site = Site(country=settings.country, time_zone=settings.time_zone)
            await closed(engine, now)
            return await chosen(engine, site, now)
        finally:
            await engine.dispose()

    return asyncio.run(run())


async def chosen(engine: AsyncEngine, site: Site, now: datetime) -> int:
    """Put on the list what the rules choose; returns how many."""
    async with reading(engine) as db:
        rules = [one for one in await evaluation_rules.listing(db) if one.active]
    return sum([await _chosen(engine, site, now, one) for one in rules])


async def _chosen(engine: AsyncEngine, site: Site, now: datetime, kept: Kept) -> int:
    today = site.today(now)
    week = week_of(today) - timedelta(days=7)
    async with transaction(engine) as db:
        form = await evaluation_forms.published(db, kept.rule.form)
        graders = await evaluation_rules.fit_graders(db, kept.rule.graders, GRADERS)
        if form is None or not graders:
            await log.awarning("quality.rule_rests", rule=kept.rule_id, form=form is not None, graders=len(graders))
            return 0
        rule = kept.rule.model_copy(update={"graders": graders})
        by_chance = rule.basis is Basis.CHANCE
        rows = await (
            _by_chance(db, kept.rule_id, rule, site, week) if by_chance else _by_complaint(db, kept, rule, now)
        )
        new = [
            New(
                recording_id=one.recording_id, operator_id=one.operator_id, grader_id=one.grader_id,
                form_id=form.form_id, source=Source.CHANCE if by_chance else Source.COMPLAINT, cause=one.cause,
                rule_id=kept.rule_id, week=week if by_chance else None, due_on=today + timedelta(days=rule.due_days),
            )
            for one in rows
        ]  # fmt: skip
        return len(await evaluations.assign(db, new, now))


async def _by_chance(db: AsyncConnection, rule_id: int, rule: ChoiceRule, site: Site, week: date) -> Sequence[Chosen]:
    until = site.midnight(week + timedelta(days=7))
    found = await evaluation_rules.candidates(db, rule_id, rule, week, site.midnight(week), until)
    return drawn(rule_id, rule, week, found, await evaluation_rules.already(db, rule_id, week))


async def _by_complaint(db: AsyncConnection, kept: Kept, rule: ChoiceRule, now: datetime) -> Sequence[Chosen]:
    # Complaints from before the rule was made are nobody's surprise.
    since = max(kept.changed_at, now - LATE_COMPLAINTS)
    found = await evaluation_rules.complained(db, rule, since, now)
    counts = await evaluation_rules.of_complaint(db, kept.rule_id, sorted({one.number for one in found}))
    rows: list[Chosen] = []
    for one in found:
        grader = grader_of(rule.graders, one.candidate.operator_id, len(rows))
        if grader is None or counts.get(one.number, 0) >= rule.count:
            continue
        counts[one.number] = counts.get(one.number, 0) + 1
        rows.append(
            Chosen(
                recording_id=one.candidate.recording_id, operator_id=one.candidate.operator_id, grader_id=grader,
                cause=one.number,
            )
        )  # fmt: skip
    return rows


async def closed(engine: AsyncEngine, now: datetime) -> int:
    """Close what the operator left unanswered, call off what can be heard no more; returns how many."""
    done = 0
    while True:
        async with transaction(engine) as db:
            over = [(one, EvaluationStep.CLOSE) for one in await evaluations.lapsed(db, now)]
            gone = [(one, EvaluationStep.CANCEL) for one in await evaluations.unheard(db)]
            for one, step in [*over, *gone]:
                await evaluations.step(db, one, step, None, "", now)
        if not over and not gone:
            return done
        done += len(over) + len(gone)
