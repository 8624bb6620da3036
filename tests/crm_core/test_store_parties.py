"""Customers and their people on a real PostgreSQL: every change is kept, and none is written over unseen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from crm_core import db as way
from crm_core import parties, tables
from crm_core.errors import BadValue, ChangedMeanwhile, NoSuchAccount, NoSuchContact, NoSuchCustomer
from crm_core.parties import AgreementFacts, ContactFacts, PointFacts
from crm_core.store import customers, subscribers, supply
from crm_core.store import parties as store
from crm_core.store.cards import load_card
from crm_core.store.parties import By, NewConsent
from tests.crm_core.conftest import TODAY, Base

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OTHER = "+74951234567"


@pytest.fixture
async def by(base: Base) -> By:
    return By(user_id=await base.user("olga"), now=NOW, reason="he said so")


async def seen(db: way.Database, customer_id: int) -> customers.Customer:
    async with way.reading(db) as connection:
        return await customers.customer(connection, customer_id)


async def remembered(db: way.Database, customer_id: int) -> list[tuple[str, str, str, str]]:
    async with way.reading(db) as connection:
        lines = await customers.history(connection, customer_id)
    assert all(line.by_user == "Olga" and line.reason == "he said so" for line in lines)
    return [(line.object.split()[0], line.what, line.before, line.after) for line in lines]


async def reached(db: way.Database, number: str) -> list[str]:
    async with way.reading(db) as connection:
        return [one.customer for one in await subscribers.by_phone(connection, number)]


async def test_a_customer_is_changed_and_the_history_says_from_what_to_what(
    db: way.Database, base: Base, by: By
) -> None:
    await base.subscriber("Anna", "+79161234567")
    before = await seen(db, 1)
    facts = replace(before.facts, language="ru", flags=("vip",), status="former")
    async with way.transaction(db) as connection:
        changed = await store.change_customer(connection, by, 1, before.version, facts)
        assert await store.change_customer(connection, by, 1, before.version + 1, facts) == ()
    assert [one.what for one in changed] == ["language", "status", "flags"]
    after = await seen(db, 1)
    assert (after.facts, after.version) == (facts, before.version + 1)
    assert await remembered(db, 1) == [
        ("customer", "flags", "", "vip"), ("customer", "status", "active", "former"), ("customer", "language", "", "ru")
    ]  # fmt: skip


async def test_two_who_change_one_customer_do_not_write_over_each_other(db: way.Database, base: Base, by: By) -> None:
    await base.subscriber("Anna", "+79161234567")
    before = await seen(db, 1)

    async def change(status: str) -> bool:
        try:
            async with way.transaction(db) as connection:
                await store.change_customer(connection, by, 1, before.version, replace(before.facts, status=status))
        except ChangedMeanwhile:
            return False
        return True

    assert sorted(await asyncio.gather(change("former"), change("deceased"))) == [False, True]
    assert len(await remembered(db, 1)) == 1


async def test_who_is_not_there_cannot_be_changed(db: way.Database, by: By) -> None:
    async with way.transaction(db) as connection:
        with pytest.raises(NoSuchCustomer):
            await store.add_contact(connection, by, 4711, ContactFacts(name="Nobody"))
        with pytest.raises(NoSuchCustomer):
            await store.record_consent(connection, by, 4711, NewConsent(kind="sms", given=True, how="phone"))
        with pytest.raises(NoSuchContact):
            await store.end_contact(connection, by, 4711, 1)
        with pytest.raises(NoSuchContact):
            await store.verify_number(connection, by, 4711)
        with pytest.raises(NoSuchAccount):
            await supply.add_point(connection, by, 4711, PointFacts(service="power", phases=1, max_kw=None, node=""))
    with pytest.raises(NoSuchCustomer):
        await seen(db, 4711)


async def test_a_contact_comes_changes_is_verified_and_goes(db: way.Database, base: Base, by: By) -> None:
    await base.subscriber("Works Ltd", "+79161234567")
    facts = ContactFacts(name="Boris", role="accountant", phone=OTHER, channel="phone")
    async with way.transaction(db) as connection:
        key = await store.add_contact(connection, by, 1, facts)
        await store.verify_contact(connection, by, key, 1)
    assert await reached(db, OTHER) == ["Works Ltd"]
    (_, boris) = (await seen(db, 1)).contacts
    assert (boris.facts, boris.verified, boris.verified_at) == (facts, True, NOW)
    moved = replace(facts, phone="+79990000001", opt_out=("sms",))
    async with way.transaction(db) as connection:
        changed = await store.change_contact(connection, by, key, boris.version, moved)
        with pytest.raises(ChangedMeanwhile):
            await store.change_contact(connection, by, key, boris.version, facts)
    assert [(one.what, one.after) for one in changed] == [
        ("phone", "+79990000001"), ("opt_out", "sms"), ("verified", "no")
    ]  # fmt: skip
    async with way.transaction(db) as connection:
        await store.end_contact(connection, by, key, boris.version + 1)
    assert [one.facts.name for one in (await seen(db, 1)).contacts] == ["Works Ltd"]
    assert await reached(db, "+79990000001") == []
    assert ("contact", "name", "Boris", "") in await remembered(db, 1)


async def test_a_person_is_recognised_by_each_of_his_numbers(db: way.Database, base: Base, by: By) -> None:
    account = await base.subscriber("Anna", "+79161234567")
    async with way.transaction(db) as connection:
        await store.add_number(connection, by, 1, OTHER, "work")
        for known in (OTHER, "+79161234567"):
            with pytest.raises(BadValue):
                await store.add_number(connection, by, 1, known, "home")
    assert await reached(db, OTHER) == ["Anna"]
    (number,) = (await seen(db, 1)).contacts[0].numbers
    async with way.transaction(db) as connection:
        await store.verify_number(connection, by, number.number_id)
    async with way.reading(db) as connection:
        card = await load_card(connection, account, TODAY)
    assert card is not None
    assert [(one.number, one.label, one.verified) for one in card.contacts[0].numbers] == [(OTHER, "work", True)]
    async with way.transaction(db) as connection:
        await store.end_number(connection, by, number.number_id)
    assert await reached(db, OTHER) == []


async def test_numbers_and_contacts_have_a_bound(
    db: way.Database, base: Base, by: By, monkeypatch: pytest.MonkeyPatch
) -> None:
    await base.subscriber("Anna", "+79161234567")
    monkeypatch.setattr(parties, "MOST_NUMBERS", 1)
    monkeypatch.setattr(parties, "MOST_CONTACTS", 1)
    async with way.transaction(db) as connection:
        await store.add_number(connection, by, 1, OTHER, "work")
        with pytest.raises(BadValue):
            await store.add_number(connection, by, 1, "+79990000001", "work")
        with pytest.raises(BadValue):
            await store.add_contact(connection, by, 1, ContactFacts(name="Boris"))
    await base.customer("Without number")
    async with way.transaction(db) as connection:
        with pytest.raises(BadValue):
            await store.verify_contact(connection, by, 2, 1)


async def test_a_consent_is_given_and_withdrawn_and_nothing_of_it_is_lost(db: way.Database, base: Base, by: By) -> None:
    account = await base.subscriber("Anna", "+79161234567")
    await base.subscriber("Boris", OTHER)
    async with way.transaction(db) as connection:
        await store.record_consent(connection, by, 1, NewConsent(kind="sms", given=True, how="web"))
        await store.record_consent(connection, by, 1, NewConsent(kind="email", given=True, how="office", contact_id=1))
        await store.record_consent(connection, by, 1, NewConsent(kind="sms", given=False, how="phone", note="angry"))
        with pytest.raises(NoSuchContact):
            await store.record_consent(connection, by, 1, NewConsent(kind="sms", given=True, how="web", contact_id=2))
    async with way.reading(db) as connection:
        now = await customers.consents_now(connection, 1)
        every = await customers.consent_history(connection, 1)
        older = await customers.consent_history(connection, 1, before=every[0].consent_id, limit=1)
        card = await load_card(connection, account, TODAY)
    assert [(one.kind, one.given, one.contact) for one in now] == [("email", True, "Anna"), ("sms", False, "")]
    assert [(one.kind, one.given, one.note) for one in every] == [
        ("sms", False, "angry"), ("email", True, ""), ("sms", True, "")
    ]  # fmt: skip
    assert [one.kind for one in older] == ["email"]
    assert card is not None
    held = [(one.kind, one.given, one.how) for one in card.consents]
    assert held == [("email", True, "office"), ("sms", False, "phone")]


async def test_agreements_and_service_points_are_on_the_card_and_in_the_history(
    db: way.Database, base: Base, by: By
) -> None:
    account = await base.subscriber("Anna", "+79161234567")
    facts = AgreementFacts(
        number="D-1", supply="connected", started_on=date(2020, 1, 1), ended_on=None, prepay=False, budget_bill=True
    )
    point = PointFacts(service="power", phases=1, max_kw=Decimal("5.50"), node="TP-1")
    async with way.transaction(db) as connection:
        key = await supply.add_agreement(connection, by, account, facts)
        place = await supply.add_point(connection, by, account, point)
        cut = replace(facts, supply="cut_off")
        assert len(await supply.change_agreement(connection, by, key, 1, cut)) == 1
        assert await supply.change_agreement(connection, by, key, 2, cut) == ()
        with pytest.raises(ChangedMeanwhile):
            await supply.change_agreement(connection, by, key, 1, facts)
        await supply.change_point(connection, by, place, 1, replace(point, phases=3, max_kw=None))
        with pytest.raises(ChangedMeanwhile):
            await supply.change_point(connection, by, place, 1, point)
        for missing in (supply.agreement, supply.point):
            with pytest.raises(NoSuchContact):
                await missing(connection, 4711)
    async with way.reading(db) as connection:
        assert (await supply.agreement(connection, key)).facts == cut
        assert [one.version for one in await supply.agreements_of(connection, 1)] == [2]
        assert (await supply.point(connection, place)).facts.phases == 3
        assert len(await supply.points_of(connection, 1)) == 1
        card = await load_card(connection, account, TODAY)
    assert card is not None
    assert [(one.supply, one.budget_bill) for one in card.agreements] == [("cut_off", True)]
    assert [(one.phases, one.max_kw) for one in card.points] == [(3, None)]
    assert ("agreement", "supply", "connected", "cut_off") in await remembered(db, 1)
    assert ("service", "phases", "1", "3") in await remembered(db, 1)


async def test_a_customer_is_shown_with_all_his_accounts(db: way.Database, base: Base) -> None:
    account = await base.subscriber("Anna", "+79161234567")
    await base.account(1, "Tver, Mira 7", closed_on=date(2025, 1, 1))
    shown = await seen(db, 1)
    assert [one.address for one in shown.accounts] == ["Tver, Lenina 5", "Tver, Mira 7"]
    async with way.reading(db) as connection:
        assert account in await customers.accounts_of(connection, 1)
        assert (await customers.contact(connection, 1)).facts.phone == "+79161234567"
        assert tables.customers.c.version.default is None
