"""Evaluations on record: chosen by rule once, closed when nobody answers, counted without calibrations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import quality_jobs
from crm_core.db import open_pools, reading, transaction
from crm_core.errors import EvaluationOutOfTurn, NoSuchEvaluation
from crm_core.quality import choosing, forms, shipped
from crm_core.quality.choosing import Basis, Candidate, ChoiceRule, Source
from crm_core.quality.forms import FormStep
from crm_core.quality.life import EvaluationState, EvaluationStep
from crm_core.quality.scoring import score
from crm_core.store import (
    calibrations,
    evaluation_forms,
    evaluation_means,
    evaluation_rules,
    evaluations,
    retention,
    training,
)
from crm_core.store import recordings as heard
from crm_core.store.evaluations import Comment, Filter, New, Sheet
from crm_core.tables import (
    accounts,
    applications,
    customers,
    evaluation_steps,
    premises,
    recordings,
    tariffs,
    team_members,
    teams,
    users,
)
from crm_core.work.forms import Site

pytestmark = pytest.mark.integration
SITE = Site(country="RU", time_zone="Europe/Moscow")
WEEK = date(2026, 11, 16)
MONDAY = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SECTIONS = forms.read(shipped.SECTIONS)[0]
numbers = count(1)


@pytest.fixture
async def base(database: str) -> AsyncIterator[AsyncEngine]:
    engine = open_pools(database)
    yield engine
    await engine.dispose()


async def hired(base: AsyncEngine, role: str, *logins: str) -> list[int]:
    async with transaction(base) as db:
        rows = [{"login": one, "name": one.title(), "password": "!", "role": role} for one in logins]
        return list((await db.execute(insert(users).returning(users.c.id).values(rows))).scalars())


async def taped(base: AsyncEngine, operator_id: int, days: float = 1, **more: Any) -> int:
    """A recorded call of an operator, so many days after the week began."""
    at = SITE.midnight(WEEK) + timedelta(days=days)
    values = {
        "call_id": f"main-{next(numbers)}", "leg": "a", "operator_id": operator_id, "queue": "main", "state": "kept",
        "began_at": at, "seconds": 120.0, "keep_until": at + timedelta(days=90), "sealed_key": b"k", "file": "f",
        **more,
    }  # fmt: skip
    async with transaction(base) as db:
        return int((await db.execute(insert(recordings).values(values).returning(recordings.c.id))).scalar_one())


async def known(base: AsyncEngine) -> None:
    """A subscriber, account 1."""
    async with transaction(base) as db:
        await db.execute(insert(customers).values(kind="person", name="A", name_key="a"))
        priced = {"code": "T", "name": "T", "valid_from": date(2020, 1, 1), "prices": {"single": "5"}}
        await db.execute(insert(tariffs).values(priced))
        await db.execute(insert(premises).values(address="L", address_key="l", time_zone="Europe/Moscow"))
        opened = {"currency": "RUB", "opened_on": date(2020, 1, 1), "customer_id": 1, "premises_id": 1, "tariff_id": 1}
        await db.execute(insert(accounts).values(number="0000001", **opened))


async def ruled(base: AsyncEngine, by: int, **more: Any) -> int:
    rule = ChoiceRule.model_validate({"title": "Two", "form": "calls", "graders": (by,), **more})
    async with transaction(base) as db:
        return await evaluation_rules.add(db, rule, by, MONDAY - timedelta(days=30))


async def assigned(base: AsyncEngine, operator_id: int, grader_id: int, **more: Any) -> int:
    """Somebody scores a call of an operator; returns the evaluation's key."""
    recording_id = more.pop("recording_id", None) or await taped(base, operator_id)
    async with transaction(base) as db:
        form = await evaluation_forms.published(db, "calls")
        assert form
        new = New(
            recording_id=recording_id, operator_id=operator_id, grader_id=grader_id, form_id=form.form_id,
            source=Source.HAND, due_on=WEEK, **more,
        )  # fmt: skip
        return (await evaluations.assign(db, [new], MONDAY))[0]


async def submitted(base: AsyncEngine, evaluation_id: int, by: int, at: datetime = MONDAY, **answers: int) -> None:
    whole = {code: item.most for code, item in forms.items(SECTIONS).items()} | answers
    async with transaction(base) as db:
        was = await evaluations.one(db, evaluation_id)
        filled = Sheet(answers=whole, comments=(Comment(second=3, text="nul\x00"),)), score(SECTIONS, whole)
        assert await evaluations.step(db, was, EvaluationStep.SUBMIT, by, "", at, filled) is None


async def test_a_week_is_drawn_once_however_often_the_job_runs(base: AsyncEngine) -> None:
    anna, boris, gone = await hired(base, "operator", "anna", "boris", "gone")
    (sofia,) = await hired(base, "supervisor", "sofia")
    fit = {who: [await taped(base, who, day) for day in range(5)] for who in (anna, boris, gone)}
    for wrong in ({"seconds": 30.0}, {"state": "apart"}, {"queue": "gas"}):
        await taped(base, boris, 1, **wrong)
    for outside in (7, -0.1):
        await taped(base, anna, outside)
    async with transaction(base) as db:
        await db.execute(update(users).where(users.c.id == gone).values(active=False))
    rule_id = await ruled(base, sofia, queue="main", count=2)
    assert await quality_jobs.chosen(base, SITE, MONDAY) == 4
    assert await quality_jobs.chosen(base, SITE, MONDAY + timedelta(hours=5)) == 0
    async with reading(base) as db:
        rows = await evaluations.listing(db, Filter(states={EvaluationState.ASSIGNED}))
        assert await evaluation_rules.already(db, rule_id, WEEK) == {anna: 2, boris: 2}
        assert (await evaluation_rules.listing(db))[0].waiting == 4
    assert all(one.source is Source.CHANCE and one.seconds == 120 and one.queue == "main" for one in rows)
    whole = [Candidate(recording_id=one, operator_id=who) for who in (anna, boris) for one in fit[who]]
    rule = ChoiceRule(title="Two", form="calls", graders=(sofia,), count=2)
    by_hand = choosing.drawn(rule_id, rule, WEEK, whole, {})
    assert {one.recording_id for one in rows} == {one.recording_id for one in by_hand}, "the base draws as we do"
    drawn = f"operator {rows[0].operator_id}, recording {rows[0].recording_id}"
    assert rows[0].cause == f"rule {rule_id}, week 2026-11-16, {drawn}"
    assert {one.due_on for one in rows} == {date(2026, 11, 30)}
    async with transaction(base) as db:
        await evaluation_rules.end(db, rule_id, sofia, MONDAY)
    with pytest.raises(NoSuchEvaluation):
        async with transaction(base) as db:
            await evaluation_rules.end(db, rule_id, sofia, MONDAY)
    assert await quality_jobs.chosen(base, SITE, MONDAY + timedelta(days=7)) == 0


async def test_a_rule_of_a_team_chooses_its_members_alone(base: AsyncEngine) -> None:
    anna, boris = await hired(base, "operator", "anna", "boris")
    (sofia,) = await hired(base, "supervisor", "sofia")
    async with transaction(base) as db:
        await db.execute(insert(teams).values(code="debts", titles={"en": "Debts"}))
        await db.execute(insert(team_members).values(team="debts", user_id=anna))
    for operator_id in (anna, boris):
        await taped(base, operator_id)
    await ruled(base, sofia, team="debts")
    assert await quality_jobs.chosen(base, SITE, MONDAY) == 1


async def test_who_may_not_score_any_more_is_given_nothing(base: AsyncEngine) -> None:
    anna, boris = await hired(base, "operator", "anna", "boris")
    await taped(base, anna)
    await ruled(base, boris)
    assert await quality_jobs.chosen(base, SITE, MONDAY) == 0


async def test_the_last_calls_before_a_complaint_are_chosen(base: AsyncEngine) -> None:
    (anna,) = await hired(base, "operator", "anna")
    (sofia,) = await hired(base, "supervisor", "sofia")
    await known(base)
    calls = [await taped(base, anna, day, account_id=1) for day in (1, 2, 3)]
    await taped(base, anna, 4)
    filed = SITE.midnight(WEEK) + timedelta(days=5)
    async with transaction(base) as db:
        for number, kind in (("C-1", "complaint"), ("C-2", "certificate")):
            await db.execute(
                insert(applications).values(
                    number=number, account_id=1, kind=kind, title="T", stage="filed", filed_on=filed.date(),
                    filed_at=filed,
                )
            )  # fmt: skip
    await ruled(base, sofia, basis=Basis.COMPLAINT, count=2)
    assert await quality_jobs.chosen(base, SITE, filed + timedelta(hours=9)) == 2
    assert await quality_jobs.chosen(base, SITE, filed + timedelta(hours=33)) == 0
    async with reading(base) as db:
        rows = await evaluations.listing(db, Filter())
    assert {one.recording_id for one in rows} == set(calls[1:])
    assert {(one.source, one.cause) for one in rows} == {(Source.COMPLAINT, "C-1")}


async def test_what_nobody_answers_is_settled_and_what_is_gone_is_called_off(base: AsyncEngine) -> None:
    (anna,) = await hired(base, "operator", "anna")
    (sofia,) = await hired(base, "supervisor", "sofia")
    scored, waiting = await assigned(base, anna, sofia), await assigned(base, anna, sofia)
    await submitted(base, scored, sofia)
    assert await quality_jobs.closed(base, MONDAY + timedelta(days=9)) == 0
    async with transaction(base) as db:
        lost = (await evaluations.one(db, waiting)).recording_id
        await db.execute(update(recordings).where(recordings.c.id == lost).values(state="shredded"))
    assert await quality_jobs.closed(base, MONDAY + timedelta(days=11)) == 2
    async with reading(base) as db:
        states = [(await evaluations.one(db, key)).state for key in (scored, waiting)]
        assert (await evaluations.history(db, scored))[-1].who == "", "the house did it"
    assert states == [EvaluationState.CLOSED, EvaluationState.CANCELLED]


async def test_two_who_answer_at_once_do_it_once_and_a_late_dispute_is_refused(base: AsyncEngine) -> None:
    (anna,) = await hired(base, "operator", "anna")
    (sofia,) = await hired(base, "supervisor", "sofia")
    key = await assigned(base, anna, sofia)
    await submitted(base, key, sofia)
    async with reading(base) as db:
        was = await evaluations.one(db, key)
        assert was.sheet.comments == (Comment(second=3, text="nul"),)
    late = MONDAY + timedelta(days=10, seconds=1)
    async with transaction(base) as db:
        refusal = await evaluations.step(db, was, EvaluationStep.DISPUTE, anna, "no", late)
        assert refusal is not None
        assert refusal.value == "too_late"
        assert await evaluations.step(db, was, EvaluationStep.DISPUTE, anna, "no", MONDAY) is None
    with pytest.raises(EvaluationOutOfTurn):
        async with transaction(base) as db:
            await evaluations.step(db, was, EvaluationStep.ACKNOWLEDGE, anna, "", MONDAY)


async def test_the_database_lets_nobody_score_himself(base: AsyncEngine) -> None:
    (anna,) = await hired(base, "operator", "anna")
    with pytest.raises(IntegrityError):
        await assigned(base, anna, anna)


async def test_an_evaluation_stays_with_the_version_it_was_scored_on(base: AsyncEngine) -> None:
    (anna,) = await hired(base, "operator", "anna")
    (sofia,) = await hired(base, "supervisor", "sofia")
    key = await assigned(base, anna, sofia)
    async with transaction(base) as db:
        made = await evaluation_forms.draft(db, "calls", {"en": "Shorter"}, SECTIONS[:1], 5, sofia, MONDAY)
        await evaluation_forms.step(db, made, FormStep.PUBLISH, sofia, MONDAY)
    await submitted(base, key, sofia)
    async with reading(base) as db:
        was = await evaluations.one(db, key)
        newest = await evaluation_forms.published(db, "calls")
        old = await evaluation_forms.one(db, was.form_id)
    assert newest
    assert (old.version, len(old.sections), newest.version, len(newest.sections)) == (1, 5, 2, 1)
    assert was.dispute_days == 10


async def test_means_leave_calibrations_out_and_small_teams_are_not_told(base: AsyncEngine) -> None:
    anna, *others = await hired(base, "operator", "anna", "boris", "vera", "gleb")
    sofia, marta = await hired(base, "supervisor", "sofia", "marta")
    for operator_id, greeting in ((anna, 1), (anna, 0), *((one, 1) for one in others)):
        await submitted(base, await assigned(base, operator_id, sofia), sofia, greeting=greeting)
    recording_id = await taped(base, anna)
    async with transaction(base) as db:
        form = await evaluation_forms.published(db, "calls")
        assert form
        found = await heard.one(db, recording_id)
        made = await calibrations.begin(db, found, form, "Greeting", [sofia, marta, anna], WEEK, sofia, MONDAY)
    async with reading(base) as db:
        one = await calibrations.one(db, made)
    assert {grade.grader_id for grade in one.grades} == {sofia, marta}, "never the operator"
    await submitted(base, one.grades[0].evaluation_id, one.grades[0].grader_id, respect=0)
    since = MONDAY - timedelta(days=7)
    async with reading(base) as db:
        (mean,) = (await evaluation_means.by_week(db, anna, since, "Europe/Moscow")).values()
        sections = await evaluation_means.by_section(db, anna, since)
        assert len(await evaluation_means.scored(db, since, MONDAY + timedelta(days=1))) == 5
    # 100 and 95: the greeting is a third of a section of fifteen.
    assert (mean.own, mean.own_calls, mean.team, mean.colleagues) == (Decimal("97.5"), 2, 100, 3)
    assert sections["calls", "opening"].own == pytest.approx(Decimal("83.335"))
    async with transaction(base) as db:
        await calibrations.close(db, made, sofia, MONDAY)
    async with reading(base) as db:
        closed = await calibrations.one(db, made)
    assert [grade.submitted for grade in closed.grades] == [True], "who was not ready is left out"
    with pytest.raises(EvaluationOutOfTurn):
        async with transaction(base) as db:
            await calibrations.close(db, made, sofia, MONDAY)


async def test_a_collection_is_open_to_those_it_names(base: AsyncEngine) -> None:
    anna, boris, vera = await hired(base, "operator", "anna", "boris", "vera")
    (sofia,) = await hired(base, "supervisor", "sofia")
    recording_id = await taped(base, boris)
    async with transaction(base) as db:
        await db.execute(insert(teams).values(code="debts", titles={"en": "Debts"}))
        await db.execute(insert(team_members).values(team="debts", user_id=anna))
        key = await training.save(db, None, "Calm", "", ["debts"], [vera], sofia, MONDAY)
        await training.put(db, key, recording_id, 80, "how he waits", sofia, MONDAY)
        await training.put(db, key, recording_id, 90, "how she waits", sofia, MONDAY)
    async with reading(base) as db:
        assert [len(await training.listing(db, who)) for who in (anna, vera, boris)] == [1, 1, 0]
        (call,) = await training.calls(db, key)
        assert (call.from_second, call.note) == (90, "how she waits")
        with pytest.raises(NoSuchEvaluation):
            await training.one(db, key, boris)
    async with transaction(base) as db:
        await training.take(db, key, call.entry_id, sofia)
        await training.retire(db, key, sofia, MONDAY)
        assert await training.listing(db) == []


async def test_what_was_written_of_a_subscribers_calls_is_forgotten_with_him(base: AsyncEngine) -> None:
    (anna,) = await hired(base, "operator", "anna")
    (sofia,) = await hired(base, "supervisor", "sofia")
    await known(base)
    his, others = await taped(base, anna, account_id=1), await taped(base, anna)
    keys = [await assigned(base, anna, sofia, recording_id=one) for one in (his, others)]
    for evaluation_id in keys:
        await submitted(base, evaluation_id, sofia)
    async with transaction(base) as db:
        await evaluations.forget(db, [1])
    async with reading(base) as db:
        forgotten, kept = [await evaluations.one(db, evaluation_id) for evaluation_id in keys]
    assert (forgotten.sheet.comments, forgotten.score) == ((), 100)
    assert kept.sheet.comments


async def test_old_evaluations_go_with_their_history(base: AsyncEngine) -> None:
    (anna,) = await hired(base, "operator", "anna")
    (sofia,) = await hired(base, "supervisor", "sofia")
    await submitted(base, await assigned(base, anna, sofia), sofia)
    async with transaction(base) as db:
        assert await retention.sweep(db, "evaluations", MONDAY, MONDAY) == 0
        assert await retention.sweep(db, "evaluations", MONDAY + timedelta(days=1), MONDAY) == 1
        assert (await db.execute(select(func.count()).select_from(evaluation_steps))).scalar_one() == 0
