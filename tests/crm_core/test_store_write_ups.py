"""Contacts written up on a real base: what a result needs, lines that only grow, and two pairs of eyes."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from crm_core import db as way
from crm_core import tables
from crm_core.access import Role
from crm_core.errors import BadValue, NoSuchAccount, NoSuchDisposition, NoSuchWork, WorkRefused
from crm_core.store import contact_history, dispositions, interactions, ledger_disputes, tasks, write_ups
from crm_core.store.applications import Filing, file
from crm_core.store.interactions import CallRecord
from crm_core.store.write_ups import ByHand, Corrected, Lacking, WriteUp
from crm_core.work.corrections import Entry
from crm_core.work.forms import Fault, Site
from crm_core.work.lives import Mover
from crm_core.work.results import Group, Next, Retry
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration
SITE = Site(country="RU", time_zone="Europe/Moscow")
NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)
CALL = "main-1.1"


async def called(db: way.Database, operator: int, account: int | None = None, call_id: str = CALL) -> int:
    record = CallRecord(call_id=call_id, phase="wrap_up", began_at=NOW, account_id=account, operator_id=operator)
    async with way.transaction(db) as connection:
        await interactions.call_changed(connection, record)
        return int(
            await connection.scalar(select(tables.interactions.c.id).where(tables.interactions.c.call_id == call_id))
            or 0
        )


async def close(db: way.Database, operator: int, code: str, call_id: str = CALL, **values: Any) -> Lacking | None:
    async with way.transaction(db) as connection:
        how = WriteUp(disposition=code, note="note", values=values)
        return await write_ups.close(connection, call_id, operator, how, SITE, NOW)


async def amend(
    db: way.Database, key: int, mover: Mover, code: str, reason: str = "wrong line", **values: Any
) -> Corrected | Lacking:
    async with way.transaction(db) as connection:
        how = WriteUp(disposition=code, note="better", values=values)
        return await write_ups.amend(connection, key, mover, how, reason, SITE, NOW)


async def decide(db: way.Database, key: int, entry: int, mover: Mover, *, approved: bool = True) -> Entry:
    async with way.transaction(db) as connection:
        return await write_ups.decide(connection, key, entry, mover, approved=approved, reason="heard it", now=NOW)


async def shown(db: way.Database, key: int) -> tuple[str, str, dict[str, Any]]:
    async with way.reading(db) as connection:
        one = await contact_history.contact(connection, key)
    return one.disposition, one.note, dict(one.values)


async def lines(db: way.Database, key: int) -> list[tuple[str, str, str]]:
    async with way.reading(db) as connection:
        return [(one.what, one.disposition, one.reason) for one in await contact_history.entries(connection, key)]


async def people(base: Base) -> tuple[Mover, Mover, Mover]:
    return (
        Mover(user_id=await base.user("olga"), role=Role.OPERATOR),
        Mover(user_id=await base.user("irina", "supervisor"), role=Role.SUPERVISOR),
        Mover(user_id=await base.user("sergey", "supervisor"), role=Role.SUPERVISOR),
    )


async def owing(base: Base, amount: str = "1200") -> int:
    """An account with one bill that is open."""
    account = await base.account(await base.customer("Owes"), balance=Decimal(0))
    bill = {"account_id": account, "period": date(2026, 10, 1), "issued_on": date(2026, 11, 5)}
    bill |= {"due_on": date(2026, 11, 20), "amount": Decimal(amount), "open_amount": Decimal(amount)}
    await base.rows(tables.invoices, bill)
    return account


async def promises_of(db: way.Database, account: int) -> list[tuple[str, str, str | None]]:
    query = select(tables.promises).where(tables.promises.c.account_id == account).order_by(tables.promises.c.id)
    async with way.reading(db) as connection:
        return [(str(row.amount), row.status, row.call_id) for row in await connection.execute(query)]


async def test_a_result_is_stored_with_what_it_needs_or_not_at_all(db: way.Database, base: Base) -> None:
    olga, _, _ = await people(base)
    account = await owing(base)
    key = await called(db, olga.user_id, account)
    lacking = await close(db, olga.user_id, "PTP", amount="-5", date="2026-12-01")
    assert lacking == Lacking(faults={"amount": Fault(code="field-not-amount")})
    assert (await shown(db, key))[0] == ""
    assert await close(db, olga.user_id, "PTP", amount="1 000", date="01.12.2026") is None
    assert await shown(db, key) == ("PTP", "note", {"amount": "1000.00", "date": "2026-12-01"})
    assert await lines(db, key) == [("written", "PTP", "")]
    assert await promises_of(db, account) == [("1000.00", "open", CALL)]
    assert await close(db, olga.user_id, "PTP", amount="1 000", date="01.12.2026") is None, "sent twice"
    assert len(await promises_of(db, account)) == 1


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"amount": "5000", "date": "2026-12-01"}, {"amount": Fault(code="promise-above-debt")}),
        ({"amount": "100", "date": "2027-01-20"}, {"date": Fault(code="promise-too-far")}),
    ],
)
async def test_a_promise_is_written_up_by_the_rules_of_the_ledger_or_not_at_all(
    db: way.Database, base: Base, values: dict[str, str], fault: dict[str, Fault]
) -> None:
    olga, _, _ = await people(base)
    account = await owing(base)
    key = await called(db, olga.user_id, account)
    assert await close(db, olga.user_id, "PTP_PARTIAL", **values) == Lacking(faults=fault)
    assert await promises_of(db, account) == []
    assert (await shown(db, key))[0] == ""
    nobody = await called(db, olga.user_id, None, "main-1.2")
    lacking = await close(db, olga.user_id, "PTP", "main-1.2", **(values | {"date": "2026-12-01"}))
    assert lacking == Lacking(faults={"amount": Fault(code="promise-no-account")})
    assert (await shown(db, nobody))[0] == ""


async def test_what_was_not_done_while_the_caller_was_there_becomes_somebody_s_task(
    db: way.Database, base: Base
) -> None:
    olga, _, _ = await people(base)
    account = await owing(base)
    expected = {}
    for place, (code, values, owner, team) in enumerate((
        ("OUTAGE", {}, olga.user_id, "contact_centre"),
        ("DISPUTE", {"reason": "amount"}, None, "billing"),
        ("ALREADY_PAID", {"date": "2026-11-20", "channel": "bank"}, None, "billing"),
        ("WRONG_NUMBER", {}, None, "contact_centre"),
        ("INFO", {}, None, None),
    )):  # fmt: skip
        await called(db, olga.user_id, account, f"main-2.{place}")
        assert await close(db, olga.user_id, code, f"main-2.{place}", **values) is None
        if team:
            expected[code] = (owner, team)
    async with way.transaction(db) as connection:
        made = await tasks.listing(connection, tasks.Filter(account_id=account), NOW)
        assert {one.facts["result"]: (one.owner_id, one.team) for one in made} == expected
        filing = Filing(account_id=account, kind="outage", values={"whole": "house"}, call_id="main-3")
        await file(connection, filing, SITE, NOW)
        await ledger_disputes.dispute(connection, account, date(2026, 10, 1), Decimal(10), "too much", olga.user_id)
    for place, code in enumerate(("OUTAGE", "DISPUTE")):
        await called(db, olga.user_id, account, f"main-4.{place}")
        data = {"reason": "amount"} if code == "DISPUTE" else {}
        assert await close(db, olga.user_id, code, f"main-4.{place}", **data) is None
    async with way.reading(db) as connection:
        assert len(await tasks.listing(connection, tasks.Filter(account_id=account), NOW)) == len(made)


D4 = {
    Group.SYSTEM: ("", """
        NO_ANSWER BUSY CONGESTION INVALID_NUMBER:F REJECTED MACHINE MACHINE_MSG FAX:F DROP_NO_AGENT:H PRE_ROUTE_DROP
        ABANDON QUEUE_TIMEOUT NO_AGENTS AFTER_HOURS VOICEMAIL SUPPRESSED TECH_ERROR UNKNOWN_RESULT UNDISPOSED
        SERVED"""),
    Group.RIGHT_PARTY: ("HR", """
        PTP:CD(amount,date) PTP_PARTIAL:CD(amount,date) PLAN:CD(instalments,amount,date) PAID_NOW:FD(amount,channel)
        ALREADY_PAID:D(date,channel) PART_PAID DISPUTE:SD(reason) HARDSHIP:D(reason) BENEFIT_PENDING REFUSE
        CALLBACK:D(at) HUNG_UP LANGUAGE:D(language) REPRESENTED:S CEASE_CONTACT:FS BANKRUPT:SD(case) NO_RESOLUTION"""),
    Group.OTHER_PARTY: ("H", """
        TP_MESSAGE TP_NO_MESSAGE TP_REFUSES WRONG_NUMBER:FS MOVED:D(known) DECEASED:SD(told_by) MINOR"""),
    Group.SERVICE: ("H", """
        READING_TAKEN:D(reading) READING_HELD:D(reading) BILL_EXPLAINED BALANCE PAYMENT_INFO PAYMENT_LINK OUTAGE
        METER_FAULT REQUEST_OPENED:D(application) REQUEST_STATUS VISIT_BOOKED:D(at) TARIFF CONTRACT
        RECALCULATION:D(since,reason) RECONNECT:D(paid_on) COMPLAINT:D(about) PERSONAL_DATA TRANSFERRED:D(target) INFO
        NUISANCE SILENT:- CUT_OFF"""),
}  # fmt: skip
"""DOMAIN D4 word by word: flags of a group, then each code with its own and with what must be told. `SERVED` is the
menu's, and of the service codes every one but `SILENT` had a person on the line."""
NOT_COUNTED = {
    "QUEUE_TIMEOUT", "PRE_ROUTE_DROP", "NO_AGENTS", "AFTER_HOURS", "VOICEMAIL", "SUPPRESSED", "TECH_ERROR",
    "UNKNOWN_RESULT", "UNDISPOSED", "NUISANCE", "SILENT", "CUT_OFF",
}  # fmt: skip


def as_written(text: str, flags: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    found = {}
    for word in text.split():
        code, _, more = word.partition(":")
        own, _, data = more.rstrip(")").partition("(")
        all_of = "" if own == "-" else "".join(sign for sign in "HRCFSD" if sign in flags + own)
        found[code] = (all_of, tuple(filter(None, data.split(","))))
    return found


async def test_every_result_has_the_group_the_flags_and_the_data_of_d4(db: way.Database) -> None:
    async with way.reading(db) as connection:
        found = await dispositions.everything(connection)
    there: dict[Group, dict[str, tuple[str, tuple[str, ...]]]] = {group: {} for group in Group}
    for one in found:
        there[one.group][one.code] = (one.flags, tuple(need.code for need in one.needs if need.required))
    for group, (flags, text) in D4.items():
        assert there[group] == as_written(text, flags)
    by_code = {one.code: one for one in found}
    assert all(one.kpi or one.code in NOT_COUNTED for one in found)
    assert by_code["WRONG_NUMBER"].next is Next.FIX_NUMBER
    assert by_code["BUSY"].retry == Retry(after_minutes=15, tries=4)
    why = by_code["SUPPRESSED"].needs[0]
    assert [option.code for option in why.options] == ["window", "frequency", "dnc", "paid", "dispute", "hold"]


async def test_what_the_house_knows_is_not_asked_again(db: way.Database, base: Base) -> None:
    olga, irina, sergey = await people(base)
    account = await base.subscriber()
    (register,) = await base.meter(account, "single")
    await base.rows(
        tables.readings,
        {
            "account_id": account, "register_id": register, "taken_on": date(2026, 11, 25), "value": Decimal(12345),
            "source": "operator", "quality": "actual", "call_id": CALL,
        },
    )  # fmt: skip
    await base.rows(
        tables.promises,
        {"account_id": account, "amount": Decimal(500), "due_on": date(2026, 12, 5), "created_at": NOW},
    )
    async with way.transaction(db) as connection:
        filing = Filing(account_id=account, kind="certificate", values={"purpose": "Bank"}, call_id=CALL)
        filed = await file(connection, filing, SITE, NOW)
    key = await called(db, olga.user_id, account)
    assert await close(db, olga.user_id, "READING_TAKEN") is None
    assert (await shown(db, key))[2] == {"reading": "12345"}
    await amend(db, key, irina, "PTP")
    assert (await shown(db, key))[2] == {"amount": "500.00", "date": "2026-12-05"}
    await amend(db, key, sergey, "REQUEST_OPENED")
    assert (await shown(db, key))[2] == {"application": getattr(filed, "number", "")}


async def test_a_call_back_becomes_a_task_at_its_time_and_once(db: way.Database, base: Base) -> None:
    olga, _, _ = await people(base)
    account = await base.subscriber()
    await called(db, olga.user_id, account)
    for _ in range(2):
        assert await close(db, olga.user_id, "CALLBACK", at="2026-11-26 10:00") is None
    await called(db, olga.user_id, account, "main-2")
    await close(db, olga.user_id, "WRONG_NUMBER", "main-2")
    async with way.reading(db) as connection:
        back, check = await tasks.listing(connection, tasks.Filter(source="contact"), NOW)
    if back.kind != "callback":
        back, check = check, back
    assert (back.kind, back.due_at, back.owner_id) == (
        "callback", datetime(2026, 11, 26, 7, tzinfo=UTC), olga.user_id,
    )  # fmt: skip
    assert (check.kind, check.owner_id, check.team) == ("check", None, "contact_centre")


async def test_another_result_of_one_s_own_waits_for_a_second_pair_of_eyes(db: way.Database, base: Base) -> None:
    olga, irina, sergey = await people(base)
    key = await called(db, olga.user_id)
    with pytest.raises(WorkRefused, match="write-up-first"):
        await amend(db, key, olga, "INFO")
    await close(db, olga.user_id, "INFO")
    proposed = await amend(db, key, olga, "TARIFF")
    assert isinstance(proposed, Corrected)
    assert proposed.what is Entry.PROPOSED
    assert (await shown(db, key))[0] == "INFO", "nothing is shown before it was approved"
    with pytest.raises(WorkRefused, match="step-not-yours"):
        await decide(db, key, proposed.entry_id, olga)
    async with way.reading(db) as connection:
        assert [one[0] for one in await contact_history.proposals(connection)] == [key]
    answers = await asyncio.gather(
        decide(db, key, proposed.entry_id, irina), decide(db, key, proposed.entry_id, sergey), return_exceptions=True
    )
    assert sorted(str(one) for one in answers) == ["approved", "decided-already"]
    assert (await shown(db, key))[:2] == ("TARIFF", "better")
    async with way.reading(db) as connection:
        assert await contact_history.proposals(connection) == []
    assert await lines(db, key) == [
        ("approved", "TARIFF", "heard it"),
        ("proposed", "TARIFF", "wrong line"),
        ("written", "INFO", ""),
    ]


async def test_a_declined_proposal_changes_nothing(db: way.Database, base: Base) -> None:
    olga, irina, _ = await people(base)
    key = await called(db, olga.user_id)
    await close(db, olga.user_id, "INFO")
    proposed = await amend(db, key, olga, "TARIFF")
    assert isinstance(proposed, Corrected)
    assert await decide(db, key, proposed.entry_id, irina, approved=False) is Entry.DECLINED
    assert (await shown(db, key))[0] == "INFO"
    with pytest.raises(NoSuchWork):
        await decide(db, key, 4711, irina)


async def test_a_correction_needs_a_reason_and_is_never_a_stranger_s(db: way.Database, base: Base) -> None:
    olga, irina, _ = await people(base)
    pavel = Mover(user_id=await base.user("pavel"), role=Role.OPERATOR)
    key = await called(db, olga.user_id)
    await close(db, olga.user_id, "INFO")
    for mover, reason, code in ((olga, " ", "reason-missing"), (pavel, "helping", "not-your-contact")):
        with pytest.raises(WorkRefused, match=code):
            await amend(db, key, mover, "INFO", reason)
    assert isinstance(await amend(db, key, irina, "CALLBACK"), Lacking)
    with pytest.raises(NoSuchDisposition):
        await amend(db, key, irina, "UNDISPOSED")
    with pytest.raises(NoSuchWork):
        await amend(db, 4711, irina, "INFO")
    assert isinstance(await amend(db, key, olga, "INFO", "a word was missing"), Corrected)
    assert (await shown(db, key))[1] == "better"
    assert [one[0] for one in await lines(db, key)] == ["corrected", "written"]


async def test_a_letter_is_recorded_by_hand_and_stands_in_the_timeline(db: way.Database, base: Base) -> None:
    olga, _, _ = await people(base)
    account = await base.subscriber()

    async def record(**more: Any) -> int | Lacking:
        code = more.pop("code", "INFO")
        values: dict[str, Any] = {"channel": "email", "direction": "in", "at": NOW, "account_id": account}
        contact = ByHand(**(values | more))
        async with way.transaction(db) as connection:
            how = WriteUp(disposition=code, note="Asked for a copy")
            return await write_ups.record(connection, contact, olga.user_id, how, SITE, NOW)

    key = await record(subject="Copy of the bill\r\nBcc: all")
    assert isinstance(key, int)
    async with way.reading(db) as connection:
        one = await contact_history.contact(connection, key)
        (row,) = await interactions.timeline(connection, account)
    assert (one.subject, one.channel, one.operator) == ("Copy of the bill Bcc: all", "email", "Olga")
    assert (row.interaction_id, row.disposition) == (key, "INFO")
    assert isinstance(await record(code="COMPLAINT"), Lacking)
    for wrong in ({"channel": "pigeon"}, {"direction": "up"}, {"at": NOW + timedelta(days=1)}):
        with pytest.raises(BadValue, match=next(iter(wrong))):
            await record(**wrong)
    with pytest.raises(NoSuchAccount):
        await record(account_id=4711)
    async with way.reading(db) as connection:
        with pytest.raises(NoSuchWork):
            await contact_history.contact(connection, 4711)


async def test_a_result_is_made_changed_and_retired_and_never_deleted(db: way.Database, base: Base) -> None:
    olga, _, _ = await people(base)
    key = await called(db, olga.user_id)
    data = {
        "titles": {"en": "Solar panels", "ru": "Солнечные панели"}, "group": "service", "flags": "H",
        "needs": [{"code": "kw", "kind": "number", "titles": {"en": "kW"}, "required": True}], "role": "operator",
    }  # fmt: skip
    async with way.transaction(db) as connection:
        made, _ = await dispositions.save(connection, "SOLAR", data)
        refused = [
            await dispositions.save(connection, "UNDISPOSED", data),
            await dispositions.save(connection, "NEW_SYSTEM", data | {"group": "system"}),
            await dispositions.save(connection, "SOLAR", data | {"flags": "XX"}),
        ]
        own = await dispositions.own_titles(connection, "ru")
        choices = await dispositions.choices(connection, "operator")
        others = await dispositions.choices(connection, "manager")
    assert made is not None
    assert made.flags == "HD"
    assert [one[0] for one in refused] == [None, None, None]
    assert own == {"SOLAR": "Солнечные панели"}
    assert choices[22].code == "SOLAR"
    assert choices[22].needs[0].code == "kw"
    assert "SOLAR" in {one.code for one in others}, "leads may choose every result"
    assert await close(db, olga.user_id, "SOLAR", kw="5") is None
    async with way.transaction(db) as connection:
        await dispositions.retire(connection, "SOLAR", retired=True)
        with pytest.raises(NoSuchDisposition):
            await dispositions.retire(connection, "UNDISPOSED", retired=True)
        with pytest.raises(NoSuchDisposition):
            await dispositions.choosable(connection, "SOLAR")
        assert (await dispositions.titles(connection))["SOLAR"] == "Solar panels"
    assert (await shown(db, key))[0] == "SOLAR"


async def test_a_result_of_another_role_cannot_be_chosen(db: way.Database) -> None:
    async with way.transaction(db) as connection:
        data = {"titles": {"en": "Written off"}, "group": "right_party", "role": "manager"}
        await dispositions.save(connection, "WRITTEN_OFF", data)
        with pytest.raises(NoSuchDisposition):
            await dispositions.choosable(connection, "WRITTEN_OFF", "operator")
        assert (await dispositions.choosable(connection, "WRITTEN_OFF", "supervisor")).code == "WRITTEN_OFF"
        assert "WRITTEN_OFF" not in {one.code for one in await dispositions.choices(connection, "operator")}
