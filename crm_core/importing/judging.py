"""Readings of a file judged by the fifteen rules of `crm_core.readings`, account by account (shell; `Bench` is pure).

A file may hold years: an account's readings are judged in the order of their days, each with those before it known.
What is asked of the base is asked for many accounts at once; memory holds one such batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, islice
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from crm_core.importing.store import Connection
from crm_core.reading_policy import Policy
from crm_core.readings import Decision, Known, RegisterState, Verdict, judge

ACCOUNTS = 1_000
"""Accounts in a batch."""
RECENT = 6
"""Readings of a register that the rules look at."""

WAITING = """
select account_id, taken_on, row, register_id, value, source, known from import_rows
where rule is null and account_id in (select account_id from import_rows where rule is null and not known)
order by account_id, taken_on, row
"""
ACCOUNTS_WAITING = "select count(distinct account_id) from import_rows where rule is null and not known"
STATES = """
select m.account_id, r.id, m.id, m.serial, r.code, m.digits, m.decimals, m.multiplier, m.installed_on, m.removed_on,
       m.verification_due, m.sealed_on, a.closed_on,
       a.status = 'cut_off' or coalesce((select g.supply = 'cut_off' from agreements g
           where g.account_id = m.account_id and g.ended_on is null
           order by g.started_on desc, g.id desc limit 1), false), r.estimate,
       coalesce((select min(s.service) from service_points s where s.account_id = m.account_id
                  having count(distinct s.service) = 1), ''), p.time_zone,
       (select json_agg(json_build_array(x.taken_on, x.value::text, x.quality) order by x.taken_on desc) from (
           select distinct on (taken_on) taken_on, value, quality from readings
            where account_id = m.account_id and register_id = r.id and quality in ('actual', 'estimate', 'exchange')
            order by taken_on desc, revision desc limit %(recent)s) x)::text,
       -- A long run of estimates must not hide the last actual reading.
       (select json_build_array(x.taken_on, x.value::text, x.quality) from readings x
         where x.account_id = m.account_id and x.register_id = r.id and x.quality in ('actual', 'exchange')
           and not exists (select from readings n where n.account_id = x.account_id and n.register_id = x.register_id
                              and n.taken_on = x.taken_on and n.revision > x.revision
                              and n.quality in ('actual', 'estimate', 'exchange'))
         order by x.taken_on desc limit 1)::text,
       (select json_build_array(x.taken_on, x.value::text, x.quality) from (
           select taken_on, value, quality from readings
            where account_id = m.account_id and register_id = r.id and quality <> 'refused'
            order by taken_on desc, revision desc limit 1) x where x.quality = 'held')::text,
       coalesce((select g.consumption from meters om join registers o on o.meter_id = om.id and o.code = r.code
                   join readings g on g.account_id = om.account_id and g.register_id = o.id and g.quality = 'exchange'
                  where om.account_id = m.account_id and om.id <> m.id and om.removed_on = m.installed_on
                    and g.taken_on = om.removed_on
                    and not exists (select from readings n where n.account_id = m.account_id and n.register_id = r.id
                                       and n.quality in ('actual', 'estimate'))
                  order by g.revision desc limit 1), 0)
  from meters m join registers r on r.meter_id = m.id join accounts a on a.id = m.account_id
       join premises p on p.id = a.premises_id
 where m.account_id = any(%(accounts)s)
 order by m.account_id, m.id, r.id
"""


@dataclass(frozen=True, slots=True)
class Given:
    """A reading of the file, as it waits."""

    account_id: int
    taken_on: date
    row: int
    register_id: int
    value: Decimal
    source: str
    known: bool
    """The base has it already."""


@dataclass(slots=True)
class Bench:
    """An account's registers, learning from each submission that is stored."""

    registers: dict[int, RegisterState]
    zone: str

    def submit(self, given: Sequence[Given], policy: Policy) -> Iterator[tuple[Given, Verdict]]:
        """Judge what was read on one day, meter by meter: one refused register keeps its meter's others out.

        Yields:
            Every reading that is new, with what becomes of it.
        """
        for meter_id in {self.registers[one.register_id].meter_id for one in given}:
            of_meter = [one for one in given if self.registers[one.register_id].meter_id == meter_id]
            states = [state for state in self.registers.values() if state.meter_id == meter_id]
            day = of_meter[0].taken_on
            verdicts = {
                verdict.register_id: verdict
                for verdict in judge(states, {one.register_id: one.value for one in of_meter}, day, policy)
            }
            refused = next((one for one in verdicts.values() if one.decision is Decision.REFUSED), None)
            for one in of_meter:
                own = verdicts[one.register_id]
                if one.known:
                    continue
                if refused is None:
                    self._learn(own, day)
                elif own.decision is not Decision.REFUSED:
                    own = replace(own, decision=Decision.REFUSED, rule=_shared(refused))
                yield one, own

    def _learn(self, verdict: Verdict, day: date) -> None:
        state = self.registers[verdict.register_id]
        if verdict.value is None:
            return
        told = Known(taken_on=day, value=verdict.value, quality=verdict.quality)
        if verdict.decision is Decision.HELD:
            self.registers[verdict.register_id] = replace(state, held=told)
            return
        others = tuple(one for one in state.recent if one.taken_on != day)
        actual = next((one for one in (told, *others) if one.quality != "estimate"), None)
        recent = _with_actual((told, *others)[:RECENT], actual)
        self.registers[verdict.register_id] = replace(state, recent=recent, held=None, carried=Decimal(0))


def _shared(refused: Verdict) -> str:
    """Name the rule for the other registers of a refused submission."""
    return "incomplete" if refused.rule == "incomplete" else "row-together"


def judge_waiting(db: Connection, policy: Policy, now: datetime, moved: Callable[[int, int], None]) -> None:
    """Judge every reading that waits; verdicts go to the temporary table `import_verdicts`.

    Args:
        db: inside the file's transaction; readings are placed, rule and register are known.
        policy: what the utility decided; its day and source are replaced by the premises' and the row's.
        now: the present moment.
        moved: told how many accounts are done, and of how many; may raise to stop.
    """
    db.execute(
        "create temporary table import_verdicts (row int, register_id int, rule text, detail text, quality text,"
        " consumption numeric(14, 3), least numeric(14, 3), most numeric(14, 3)) on commit drop"
    )
    accounts = sum(row[0] for row in db.execute(ACCOUNTS_WAITING))
    days: dict[str, date] = {}
    with db.cursor("import_waiting") as cursor:
        cursor.itersize = 10_000
        cursor.execute(WAITING)
        by_account = groupby((Given(*row) for row in cursor), lambda one: one.account_id)
        batches = ((account, list(given)) for account, given in by_account)
        done = 0
        while batch := list(islice(batches, ACCOUNTS)):
            moved(done, accounts)
            done += len(batch)
            benches = _benches(db, [account for account, _ in batch])
            _write(
                db,
                (
                    verdict
                    for account, given in batch
                    for verdict in _judged(benches[account], given, policy, now, days)
                ),
            )
    db.execute("analyze import_verdicts")


def _judged(
    bench: Bench, given: Iterable[Given], policy: Policy, now: datetime, days: dict[str, date]
) -> Iterator[tuple[Given, Verdict]]:
    today = days.get(bench.zone)
    if today is None:
        today = days[bench.zone] = now.astimezone(ZoneInfo(bench.zone)).date()
    for _, same_day in groupby(given, lambda one: one.taken_on):
        submission = list(same_day)
        yield from bench.submit(submission, replace(policy, today=today, source=submission[0].source))


def _benches(db: Connection, accounts: list[int]) -> dict[int, Bench]:
    benches: dict[int, Bench] = {}
    registers: dict[int, dict[int, RegisterState]] = defaultdict(dict)
    for account_id, *facts, zone, recent, actual, held, carried in db.execute(
        STATES, {"accounts": accounts, "recent": RECENT}
    ):
        registers[account_id][facts[0]] = _state(facts, _recent(recent, actual), held, carried)
        benches[account_id] = Bench(registers[account_id], zone)
    return benches


def _recent(recent: str | None, actual: str | None) -> tuple[Known, ...]:
    newest = tuple(_known(one) for one in from_json(recent)) if recent else ()
    return _with_actual(newest, _known(from_json(actual)) if actual else None)


def _with_actual(newest: tuple[Known, ...], actual: Known | None) -> tuple[Known, ...]:
    """Put the last actual reading behind a run of estimates that would hide it."""
    return newest if actual is None or actual in newest else (*newest, actual)


def _state(facts: Sequence[Any], recent: tuple[Known, ...], held: str | None, carried: Decimal) -> RegisterState:
    register_id, meter_id, serial, code, digits, decimals, multiplier, installed, removed, due, *more = facts
    sealed, closed, cut_off, usual, service = more
    return RegisterState(
        register_id=register_id,
        meter_id=meter_id,
        serial=serial,
        code=code,
        service=service,
        digits=digits,
        decimals=decimals,
        multiplier=multiplier,
        installed_on=installed,
        removed_on=removed,
        verification_due=due,
        sealed_on=sealed,
        closed_on=closed,
        cut_off=cut_off,
        usual=usual,
        recent=recent,
        held=_known(from_json(held)) if held else None,
        carried=carried,
    )


def _known(told: Sequence[str]) -> Known:
    return Known(taken_on=date.fromisoformat(told[0]), value=Decimal(told[1]), quality=told[2])


def _write(db: Connection, verdicts: Iterable[tuple[Given, Verdict]]) -> None:
    with db.cursor().copy(
        "copy import_verdicts (row, register_id, rule, detail, quality, consumption, least, most) from stdin"
    ) as copy:
        for given, verdict in verdicts:
            stored = verdict.decision is not Decision.REFUSED
            span = "" if verdict.least is None else f"{verdict.least:f} … {verdict.most:f}"
            copy.write_row(
                (
                    *(given.row, given.register_id, verdict.rule or None, span if verdict.rule else None),
                    *(verdict.quality if stored else None, verdict.consumption if stored else None),
                    *(verdict.least, verdict.most),
                )
            )
