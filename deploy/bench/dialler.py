"""`busbar bench dialler`: SIP debtors of a known mixture called by the real dialler over a real Asterisk (shell).

Two campaigns at once: one that tells machines from people, with every kind of debtor, and one that does not, with
people alone, by which it is measured how soon who answered hears an operator. The debtors are telephones that note what
they did; the record of the house is held against their notes. Some may not be called at all. Everything is the bench's
own, in a folder of its own; no house need run, none is disturbed.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import accounts as numbers
from crm_core import db, lines, migrate, names, tables
from crm_core.settings import Settings
from crm_core.store import lines as trunks_store
from crm_core.trunks import Trunk
from deploy import composition, pbx, ports
from deploy.bench.ringing import own_settings
from deploy.bench.town import Behaviour, Town
from deploy.figures import Figure, at_least, at_most
from deploy.postgres import Postgres
from deploy.supervisor import Part, Supervisor
from outbound.terms import Outcome
from routing import bus, valkey
from routing.views import OperatorId, OperatorState
from routing.wishes import SetState, SignIn

SOON_MS = 300.0
"""Who answered hears an operator within it, 95 of 100 (issue 6)."""
OURS = "+74951110000"
MIXTURE: Mapping[Behaviour, int] = {
    Behaviour.HUMAN: 30,
    Behaviour.MACHINE: 15,
    Behaviour.BUSY: 10,
    Behaviour.NO_ANSWER: 20,
    Behaviour.BAD_NUMBER: 10,
    Behaviour.REJECTED: 5,
    Behaviour.UNREACHABLE: 5,
    Behaviour.CONGESTION: 5,
}
"""Of a hundred debtors."""
EXPECTED: Mapping[Behaviour, Outcome] = {
    Behaviour.HUMAN: Outcome.TALKED,
    Behaviour.MACHINE: Outcome.MACHINE,
    Behaviour.BUSY: Outcome.BUSY,
    Behaviour.NO_ANSWER: Outcome.NO_ANSWER,
    Behaviour.BAD_NUMBER: Outcome.BAD_NUMBER,
    Behaviour.REJECTED: Outcome.REJECTED,
    Behaviour.UNREACHABLE: Outcome.UNREACHABLE,
    Behaviour.CONGESTION: Outcome.CONGESTION,
}
FORBIDDEN = 5
"""Debtors on the list who may not be called: they dispute, or want no calls."""
FIRST = 101
RING_SECONDS = 8
LIMIT_SECONDS = 240.0


class DiallerFailed(RuntimeError):
    """Something did not come up, or calls did not end; the message says which."""


@dataclass
class Debtors:
    """Who is on the lists."""

    told: dict[str, Behaviour] = field(default_factory=dict)
    """What each number does."""
    plain: set[str] = field(default_factory=set)
    """Numbers of the campaign that tells no machines."""
    forbidden: set[str] = field(default_factory=set)


def run(settings: Settings, debtors: int = 60, operators: int = 60) -> list[Figure]:
    """Measure.

    Args:
        settings: of this checkout; only its folder of unpacked parts is used.
        debtors: on the list of each of the two campaigns together.
        operators: who stand ready.

    Raises:
        DiallerFailed: something did not come up, or calls did not end.

    """
    return asyncio.run(_run(settings, debtors, operators))


async def _run(settings: Settings, count: int, operators: int) -> list[Figure]:
    async with AsyncExitStack() as stack:
        trunk = Trunk(
            name="city", host="127.0.0.1", port=ports.free_port(udp=True), number=OURS, lines=200, reserved=10,
            direction="out", codecs=("ulaw",),
        )  # fmt: skip
        house = await stack.enter_async_context(_house(settings, trunk, operators))
        town = await stack.enter_async_context(Town((house.sip_host, house.sip_port), port=trunk.port))
        # Asterisk was there before the town was: it shall look at once whether anybody is where the trunk leads.
        await pbx.Pbx(house, pbx.find()).ask(f"pjsip qualify {trunk.endpoint}")
        engine = db.engine(house, name="busbar bench", size=3)
        stack.push_async_callback(engine.dispose)
        await _operators(house, engine, town, operators)
        lists = await _lists(engine, town, count)
        print(f"  {len(lists.told)} debtors, {operators} operators stand ready: begun", flush=True)
        await _go(engine)
        attempts = await _finished(engine, len(lists.told))
        return figures(lists, attempts, town) + await _stages(engine, lists)


# --- what came of it --------------------------------------------------------------------------------------------


def figures(lists: Debtors, attempts: Sequence[Mapping[str, Any]], town: Town) -> list[Figure]:
    """Hold the record against what the telephones noted."""
    by_number = {one["number"]: one for one in attempts}
    right = sum(by_number[number]["outcome"] == EXPECTED[said] for number, said in lists.told.items())
    rung = [one for one in town.rung if one.number.startswith("+")]
    calls = Counter(one.number for one in rung)
    soon = sorted(
        (one.heard_at - one.answered_at) * 1e3
        for one in rung
        if one.number in lists.plain and one.behaviour is Behaviour.HUMAN and one.heard_at
    )
    wrong = [f"{said}: {by_number[number]['outcome']}" for number, said in lists.told.items()
             if by_number[number]["outcome"] != EXPECTED[said]]  # fmt: skip
    if wrong:
        print(f"  not as they were: {'; '.join(sorted(wrong))}", flush=True)
    record = [
        (one["talking_at"] - one["answered_at"]).total_seconds() * 1e3
        for one in attempts
        if one["talking_at"] and one["answered_at"] and one["number"] in lists.plain
    ]
    return [
        at_least("outcomes classified right", 100.0 * right / len(lists.told), "%", 100),
        at_most("answered to the operator's first sound, p95", _part(soon, 95), "ms", SOON_MS),
        Figure(name="answered to the operator's first sound, p50", value=_part(soon, 50), unit="ms"),
        Figure(name="answered to joined, by the record, p95", value=_part(sorted(record), 95), unit="ms"),
        at_most("attempts outside policy", sum(one.number in lists.forbidden for one in rung), "calls", 0),
        at_most("numbers dialled twice", sum(many > 1 for many in calls.values()), "numbers", 0),
        at_most("calls not on record", sum(one.number not in by_number for one in rung), "calls", 0),
        at_most("shown another number than ours", sum(one.shown != OURS for one in rung), "calls", 0),
        Figure(name="at once, most", value=_most_at_once(rung), unit="calls"),
        Figure(name="debtors called", value=len(lists.told), unit=""),
    ]


async def _stages(engine: AsyncEngine, lists: Debtors) -> list[Figure]:
    """Where the time went, by the history of the calls: until an operator was there, and until the two were joined."""
    query = text(
        "select a.number, e.what, e.at from attempts a join call_events e on e.call_id = a.call_id"
        " where e.what in ('reached', 'offered', 'answered') order by e.id"
    )
    moments: dict[str, dict[str, datetime]] = {}
    async with db.reading(engine) as reading:
        for row in await reading.execute(query):
            if row.number in lists.plain:
                moments.setdefault(row.number, {}).setdefault(row.what, row.at)
    found = []
    for name, first, second in (("an operator was free", "reached", "offered"), ("joined", "offered", "answered")):
        waits = sorted(
            (one[second] - one[first]).total_seconds() * 1e3 for one in moments.values() if {first, second} <= set(one)
        )
        found.append(Figure(name=f"answered, then {name}: p50", value=_part(waits, 50), unit="ms"))
        found.append(Figure(name=f"answered, then {name}: longest", value=_part(waits, 100), unit="ms"))
    return found


def _part(ordered: Sequence[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else math.inf


def _most_at_once(rung: Sequence[Any]) -> int:
    moments = sorted([(one.rang_at, 1) for one in rung] + [(one.ended_at or math.inf, -1) for one in rung])
    now = most = 0
    for _, step in moments:
        now += step
        most = max(most, now)
    return most


# --- the house --------------------------------------------------------------------------------------------------


async def _operators(house: Settings, engine: AsyncEngine, town: Town, count: int) -> None:
    """Sign operators in whose telephones, of the town, answer by themselves, and have them ready."""
    async with valkey.connect(house.redis_url) as redis:
        for extension in range(FIRST, FIRST + count):
            values = {"login": f"bench{extension}", "name": f"Bench {extension}", "password": "!", "role": "operator",
                      "extension": str(extension)}  # fmt: skip
            who = OperatorId(await _add(engine, tables.users, values))
            await town.register(f"desk{extension}", lines.sip_password(house.sip_secret, str(extension)))
            name, at = str(values["name"]), datetime.now(UTC)
            wish = SignIn(wish_id=f"i{extension}", operator_id=who, at=at, name=name, extension=str(extension))
            await bus.send_wish(redis, wish)
            ready = SetState(wish_id=f"r{extension}", operator_id=who, at=at, state=OperatorState.READY)
            await bus.send_wish(redis, ready)


async def _add(engine: AsyncEngine, table: Table, values: Mapping[str, object]) -> int:
    async with db.transaction(engine) as writing:
        return int((await writing.execute(insert(table).values(values).returning(table.c.id))).scalar_one())


async def _lists(engine: AsyncEngine, town: Town, count: int) -> Debtors:
    """Put debtors on record and on the lists of two campaigns, and tell their telephones what to do."""
    found, chance = Debtors(), random.Random(7)  # noqa: S311 - the same town each time
    tariff = {"code": "S", "name": "Household", "valid_from": date(2020, 1, 1), "prices": {"single": "5"}}
    shared = await _add(engine, tables.tariffs, tariff)
    both = [await _campaign(engine, name, detect=detect) for name, detect in (("mixture", True), ("people", False))]
    people = max(1, count // 2)
    kinds = _kinds(count - people)
    for place, behaviour in enumerate([*kinds, *[Behaviour.HUMAN] * (people + FORBIDDEN)]):
        number = f"+7916555{place:04}"
        town.behave(number, behaviour, rings=round(chance.uniform(0.5, 2.5), 2), stays=4.0 if place % 2 else 9.0)
        campaign, lst = both[place >= len(kinds)]
        account = await _debtor(engine, place, number, shared)
        row = {"campaign_id": campaign, "account_id": account, "list_id": lst}
        await _add(engine, tables.campaign_rows, row)
        if place >= len(kinds) + people:
            found.forbidden.add(number)
            kind = "dispute" if place % 2 else "do_not_call"
            await _mark(engine, account, kind)
            continue
        found.told[number] = behaviour
        if place >= len(kinds):
            found.plain.add(number)
    return found


def _kinds(count: int) -> list[Behaviour]:
    """Return so many behaviours in the shares of the mixture, each kind at least once."""
    kinds = [kind for kind, share in MIXTURE.items() for _ in range(max(1, count * share // 100))]
    return (kinds + [Behaviour.HUMAN] * count)[:count] if len(kinds) < count else kinds[:count]


async def _campaign(engine: AsyncEngine, name: str, *, detect: bool) -> tuple[int, int]:
    values = {"name": name, "mode": "progressive", "profile": "none", "state": "draft", "ring_seconds": RING_SECONDS,
              "detects_machines": detect}  # fmt: skip
    key = await _add(engine, tables.campaigns, values)
    return key, await _add(engine, tables.campaign_lists, {"campaign_id": key, "source": "hand"})


async def _debtor(engine: AsyncEngine, place: int, number: str, tariff: int) -> int:
    name, address = f"Debtor {place}", f"Tver, Lenina {place}"
    customer = await _add(engine, tables.customers, {"kind": "person", "name": name, "name_key": names.key(name)})
    await _add(engine, tables.contacts, {"customer_id": customer, "name": name, "phone": number})
    home = {"address": address, "address_key": names.address_key(address), "time_zone": "Europe/Moscow"}
    values = {"number": numbers.with_check_digit(place + 1), "tariff_id": tariff, "currency": "RUB", "balance": 0,
              "opened_on": date(2026, 1, 1), "customer_id": customer,
              "premises_id": await _add(engine, tables.premises, home)}  # fmt: skip
    account = await _add(engine, tables.accounts, values)
    due = date(2026, 9, 10)
    bill = {"account_id": account, "period": due.replace(day=1), "issued_on": due, "due_on": due,
            "amount": Decimal(500), "open_amount": Decimal(500), "disputed": False}  # fmt: skip
    async with db.transaction(engine) as writing:
        await writing.execute(insert(tables.invoices).values(bill))
    return account


async def _mark(engine: AsyncEngine, account: int, flag: str) -> None:
    """Have something stand against calling: on the account, or on its customer."""
    if flag == "dispute":
        statement = "update accounts set flags = flags || '[\"dispute\"]'::jsonb where id = :key"
    else:
        statement = (
            "update customers set flags = flags || '[\"do_not_call\"]'::jsonb where id ="
            " (select customer_id from accounts where id = :key)"
        )
    async with db.transaction(engine) as writing:
        await writing.execute(text(statement), {"key": account})


async def _go(engine: AsyncEngine) -> None:
    async with db.transaction(engine) as writing:
        await writing.execute(text("update campaigns set state = 'running'"))
        await writing.execute(text("select pg_notify('busbar_outbound', 'campaigns')"))


async def _finished(engine: AsyncEngine, count: int) -> list[Mapping[str, Any]]:
    """Wait until so many attempts have ended; none of these debtors is tried again within minutes.

    Raises:
        DiallerFailed: they have not within the limit.

    """
    query = select(tables.attempts).order_by(tables.attempts.c.id)
    found: list[Mapping[str, Any]] = []
    for _ in range(int(LIMIT_SECONDS * 2)):
        async with db.reading(engine) as reading:
            found = [dict(one) for one in (await reading.execute(query)).mappings()]
        if len(found) >= count and all(one["ended_at"] for one in found):
            return found
        await asyncio.sleep(0.5)
    over = sum(one["ended_at"] is not None for one in found)
    raise DiallerFailed(f"of {count} calls {len(found)} were begun and {over} ended within {LIMIT_SECONDS:g} s")


@asynccontextmanager
async def _house(settings: Settings, trunk: Trunk, operators: int) -> AsyncIterator[Settings]:
    """Run the bench's own servers and floor."""
    with tempfile.TemporaryDirectory(prefix="bb-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chmod(folder, 0o711)  # noqa: PTH101, S103 - at once; PostgreSQL's own user passes through
        house = own_settings(settings, folder, lines=operators)
        supervisor = Supervisor(folder / "log", folder / "state", lambda line: print(line, flush=True))
        try:
            servers = [composition.postgres_part(house), composition.valkey_part(house), _asterisk(house, trunk)]
            await supervisor.start(servers)
            await asyncio.to_thread(Postgres(folder).provide)
            await asyncio.to_thread(migrate.upgrade, house.database_url)
            engine = db.engine(house, name="busbar bench", size=1)
            async with db.transaction(engine) as writing:
                await trunks_store.save(writing, trunk, None, datetime.now(UTC))
            await engine.dispose()
            floor = [one for one in composition.own_processes(house, only=frozenset({"floor"})) if one.name == "floor"]
            await supervisor.start(floor)
            yield house
        finally:
            await supervisor.end()


def _asterisk(house: Settings, trunk: Trunk) -> Part:
    """Return an Asterisk that has the trunk from its start."""
    plan = pbx.Pbx(house, pbx.find())

    def prepare() -> None:
        plan.initialise()
        mine = plan.of_settings()
        plan.write_lines(type(mine)(telephones=mine.telephones, trunks=(trunk,)))

    return Part(name="asterisk", argv=plan.argv, ready=plan.is_ready, prepare=prepare)
