"""Segments in a real base: saved, counted, gone through page by page, frozen into lists."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest
from sqlalchemy import insert, text, update

from crm_core import tables
from crm_core.db import Database, reading, transaction
from crm_core.errors import DatabaseUnavailable, NoSuchSegment, SegmentBroken, SegmentChanged
from crm_core.fields import Entity, FieldDefinition, Type
from crm_core.segments.conditions import Condition, Group, Joined, Problem
from crm_core.segments.kinds import Op
from crm_core.store import account_facts, fields, segment_counts
from crm_core.store import segments as store
from crm_core.store.segments import Draft
from tests.crm_core.conftest import TODAY, Base

pytestmark = pytest.mark.integration
OWES = Group(parts=(Condition(fact="balance", op=Op.AT_LEAST, values=("100",)),))


def inside(segment_id: int) -> Group:
    return Group(parts=(Condition(fact="segment", op=Op.ONE_OF, values=(str(segment_id),)),))


async def saved(db: Database, name: str, tree: Group = OWES, segment_id: int = 0, version: int = 1) -> int:
    async with transaction(db) as writing:
        draft = Draft(segment_id=segment_id, name=name, tree=tree, version=version)
        made = await store.save(writing, draft, None)
    assert isinstance(made, int), made
    return made


async def refused(db: Database, name: str, tree: Group, segment_id: int = 0, version: int = 1) -> list[str]:
    async with transaction(db) as writing:
        draft = Draft(segment_id=segment_id, name=name, tree=tree, version=version)
        made = await store.save(writing, draft, None)
    assert isinstance(made, list)
    return [problem.code for problem in made]


@pytest.fixture
async def people(db: Database, base: Base) -> list[int]:
    """Nine accounts that owe 20, 40, … 180."""
    made = [
        await base.account(await base.customer(f"Anna {number}"), balance=Decimal(20 * number))
        for number in range(1, 10)
    ]
    async with transaction(db) as writing:
        await account_facts.refresh(writing, made, TODAY, "Europe/Moscow")
    return made


async def test_a_segment_is_its_conditions_and_never_a_stale_list(db: Database, people: list[int]) -> None:
    debtors = await saved(db, "Debtors")
    async with reading(db) as seen:
        assert await store.members(seen, debtors, 0, 100, today=TODAY) == people[4:]
        assert await store.count(seen, debtors, today=TODAY) == 5
    async with transaction(db) as writing:
        paid = {"account_id": people[8], "paid_on": TODAY, "amount": Decimal(180), "channel": "bank"}
        await writing.execute(insert(tables.payments).values(paid))
        while await account_facts.catch_up(writing, TODAY, "Europe/Moscow"):
            pass
    async with reading(db) as seen:
        assert await store.members(seen, debtors, 0, 100, today=TODAY) == people[4:8]


async def test_members_come_page_by_page_without_gap_or_repetition(db: Database, people: list[int]) -> None:
    debtors = await saved(db, "Debtors")
    async with reading(db) as seen:
        first = await store.members(seen, debtors, 0, 2, today=TODAY)
        second = await store.members(seen, debtors, first[-1], 2, today=TODAY)
        assert [*first, *second] == people[4:8]
        typed = await store.resolved(seen, debtors)
        assert [one async for one in store.every_member(seen, typed, today=TODAY, size=2)] == people[4:]


async def test_a_segment_within_a_segment_follows_it(db: Database, people: list[int]) -> None:
    debtors = await saved(db, "Debtors")
    outer = await saved(db, "Outer", inside(debtors))
    async with reading(db) as seen:
        assert await store.count(seen, outer, today=TODAY) == 5
        assert [one.name for one in await store.used_by(seen, debtors)] == ["Outer"]
    more = Group(parts=(Condition(fact="balance", op=Op.AT_LEAST, values=("160",)),))
    await saved(db, "Debtors", more, debtors)
    async with reading(db) as seen:
        assert await store.members(seen, outer, 0, 100, today=TODAY) == people[7:]


async def test_a_circle_cannot_be_saved_not_even_by_two_at_once(db: Database) -> None:
    one, other = await saved(db, "One"), await saved(db, "Other")
    assert await refused(db, "One", inside(one), one) == ["circle"]

    async def save(segment_id: int, name: str, tree: Group) -> int | list[Problem]:
        async with transaction(db) as writing:
            return await store.save(writing, Draft(segment_id=segment_id, name=name, tree=tree, version=1), None)

    made = await asyncio.gather(save(one, "One", inside(other)), save(other, "Other", inside(one)))
    assert sorted(type(answer).__name__ for answer in made) == ["int", "list"]


async def test_what_is_wrong_is_told_and_nothing_is_stored(db: Database) -> None:
    await saved(db, "Debtors")
    assert await refused(db, "Debtors", OWES) == ["name-taken"]
    assert await refused(db, "  ", Group()) == ["name-missing", "no-conditions"]
    async with reading(db) as seen:
        assert [one.name for one in await store.everyone(seen)] == ["Debtors"]
        with pytest.raises(NoSuchSegment):
            await store.one(seen, 99)


async def test_two_who_change_one_segment_do_not_overwrite_each_other(db: Database) -> None:
    debtors = await saved(db, "Debtors")
    await saved(db, "Renamed", OWES, debtors)
    with pytest.raises(SegmentChanged):
        await saved(db, "Again", OWES, debtors, version=1)
    await saved(db, "Again", OWES, debtors, version=2)


async def test_a_retired_segment_leaves_the_lists_and_still_holds_for_others(db: Database, people: list[int]) -> None:
    debtors = await saved(db, "Debtors")
    outer = await saved(db, "Outer", inside(debtors))
    async with transaction(db) as writing:
        await store.retire(writing, debtors, None)
    async with reading(db) as seen:
        assert [one.name for one in await store.everyone(seen)] == ["Outer"]
        assert await store.count(seen, outer, today=TODAY) == 5


async def test_a_segment_that_asks_what_is_gone_says_so(db: Database) -> None:
    debtors = await saved(db, "Debtors")
    tree = json.dumps({"type": "group", "parts": [{"type": "condition", "fact": "gone", "op": "yes"}]})
    async with transaction(db) as writing:
        await writing.execute(text("update segments set tree = cast(:tree as jsonb)").bindparams(tree=tree))
    async with reading(db) as seen:
        with pytest.raises(SegmentBroken, match="unknown-fact gone"):
            await store.members(seen, debtors, 0, 10, today=TODAY)


async def test_custom_fields_are_facts_like_any_others(db: Database, people: list[int]) -> None:
    async with transaction(db) as writing:
        points = FieldDefinition(entity=Entity.ACCOUNT, code="points", title="Points", type=Type.WHOLE)
        assert not isinstance(await fields.save(writing, points, None), list)
        for account, value in zip(people, range(9), strict=True):
            await fields.set_values(writing, Entity.ACCOUNT, account, {"points": [str(value)]}, None)
    asks = Condition(fact="field.account.points", op=Op.BETWEEN, values=("2", "4"))
    rich = await saved(db, "Rich", Group(parts=(asks,)))
    async with reading(db) as seen:
        assert await store.members(seen, rich, 0, 100, today=TODAY) == people[2:5]
        catalogue = await store.catalogue(seen)
    assert [one.code for one in catalogue.choices(catalogue.get("tariff"))] == ["S"]  # type: ignore[arg-type]
    assert [one.code for one in catalogue.choices(catalogue.get("time_zone"))] == ["Europe/Moscow"]  # type: ignore[arg-type]


async def test_codes_of_the_base_are_offered_by_what_people_call_them(db: Database, people: list[int]) -> None:
    debtors = await saved(db, "Debtors")
    async with transaction(db) as writing:
        asked = await store.ask_snapshot(writing, debtors, "campaign 7", None)
        await store.make_snapshot(writing, asked, today=TODAY)
        rule = {"title": "Silent", "spec": {"then": {"set_flag": "silent"}}}
        await writing.execute(insert(tables.signal_rules).values(rule))
    async with reading(db) as seen:
        known = await store.catalogue(seen, "ru")

    def called(fact: str) -> dict[str, tuple[str, bool]]:
        found = known.get(fact)
        assert found
        return {one.code: (one.title, one.named) for one in known.choices(found)}

    assert called("application_kind")["seal"] == called("application_filed")["seal"] == ("Опломбировать счётчик", True)
    assert called("task_team")["billing"] == ("Расчёты", True)
    assert called("result")["PTP"] == called("disposition")["PTP"] == ("Promised to pay", False)
    assert called("signal") == {"1": ("Silent", True)}
    assert called("flags")["silent"] == ("silent", True)
    assert "honey" not in called("flags")
    assert called("segment") == {str(debtors): ("Debtors", True)}
    ((key, (title, _)),) = called("list").items()
    assert key == str(asked)
    assert title.startswith("Debtors · campaign 7 · 20")
    assert len(called("document")) == 8
    listed = Group(parts=(Condition(fact="list", op=Op.ONE_OF, values=(str(asked),)),))
    async with reading(db) as seen:
        made = await store.judged(seen, listed)
        assert isinstance(made, Joined)
        assert await store.page(seen, made, 0, 100, today=TODAY) == people[4:]


@pytest.mark.parametrize(
    ("fact", "value"), [("list", "7; drop"), ("import", "-1"), ("flags", "honey"), ("signal", "0")]
)
async def test_a_code_that_is_none_is_refused(db: Database, fact: str, value: str) -> None:
    asked = Condition(fact=fact, op=Op.ONE_OF, values=(value,), days=30)
    assert await refused(db, "X", Group(parts=(asked,))) == ["not-a-choice"]


async def typed(db: Database, tree: Group) -> Joined:
    async with reading(db) as seen:
        made = await store.judged(seen, tree)
    assert isinstance(made, Joined)
    return made


async def test_a_small_base_is_always_counted_whatever_is_asked(db: Database, people: list[int]) -> None:
    payments = Condition(fact="payments", op=Op.AT_MOST, values=("0",), days=30)
    for tree in (OWES, Group(parts=(*OWES.parts, payments))):
        found = await segment_counts.find(db, await typed(db, tree), TODAY)
        assert (found.counted.members, found.counted.exact, found.counted.error) == (5, True, 0)
        assert set(found.sample) == set(people[4:])


async def test_what_takes_too_long_is_estimated_and_says_so(
    db: Database, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_counts, "SMALL", 3)
    payments = Condition(fact="payments", op=Op.AT_MOST, values=("0",), days=30)
    async with segment_counts.looking(db) as looking:
        counted = await segment_counts.count(looking, await typed(db, Group(parts=(payments,))), TODAY)
        assert not counted.exact
        assert counted.looked_at == 9
        slow = text("select pg_sleep(0.05)")
        await looking.execute(slow)
        late = await segment_counts.count(looking, await typed(db, inside_of_all()), TODAY, patience_ms=1)
        assert late.exact or late.looked_at == 9


def inside_of_all() -> Group:
    return Group(parts=(Condition(fact="name", op=Op.HAS_WORDS, values=("anna",)),))


async def test_looking_changes_nothing(db: Database) -> None:
    async def write() -> None:
        async with segment_counts.looking(db) as looking:
            await looking.execute(text("delete from segments"))

    with pytest.raises(DatabaseUnavailable, match="read-only"):
        await write()


async def test_a_frozen_list_stands_still(db: Database, people: list[int]) -> None:
    debtors = await saved(db, "Debtors")
    async with transaction(db) as writing:
        asked = await store.ask_snapshot(writing, debtors, "campaign 7", None)
    async with transaction(db) as writing:
        assert await store.make_snapshot(writing, asked, today=TODAY) == 5
    async with transaction(db) as writing:
        await writing.execute(update(tables.account_facts).values(balance=0))
        assert await store.make_snapshot(writing, asked, today=TODAY) == 5
    async with reading(db) as seen:
        assert await store.snapshot_page(seen, asked, people[4], 2) == people[5:7]
        (found,) = await store.snapshots(seen, debtors)
        assert (found.status, found.members, found.purpose) == ("made", 5, "campaign 7")
        assert await store.count(seen, debtors, today=TODAY) == 0


async def test_an_exact_count_is_remembered_for_its_version_only(db: Database) -> None:
    debtors = await saved(db, "Debtors")
    async with transaction(db) as writing:
        await store.note_count(writing, debtors, 1, 17)
    await saved(db, "Debtors", OWES, debtors)
    async with transaction(db) as writing:
        await store.note_count(writing, debtors, 1, 18)
    async with reading(db) as seen:
        assert (await store.one(seen, debtors)).members is None
