"""Writes the sample base: sessions, chunks, progress, indexes set aside (shell)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from crm_core.sample import history, ledger, money, notes, numbers, staging, supply, work
from crm_core.sample.calendar import Calendar, calendar
from crm_core.sample.plan import Impossible, Plan
from crm_core.sample.session import Connection, prepare, script, values
from crm_core.store import search_words

TASK = "sample"
LOCK = 0x5A3B1E
"""Advisory lock: one load at a time."""
TABLES = (
    *("customers", "contacts", "tariffs", "premises", "accounts", "meters", "registers", "readings", "invoices"),
    *("agreements", "service_points", "consents", "contact_numbers", "contact_names"),
    *("invoice_lines", "payments", "adjustments", "disputes", "notices", "promises", "promise_steps"),
    *("held_readings", "no_reads", "custom_values", "applications", "work_history", "tasks"),
    *("interactions", "interaction_entries"),
)
WORKED = (
    "application_files",
    "documents",
    "signal_hits",
    "signal_runs",
    "customer_changes",
    "approvals",
    "allocations",
)
"""Tables that people's work on a sample fills; what refers to its rows by keys of the database goes by itself."""
KEPT_WHOLE = frozenset({"tariffs", "tasks", "held_readings", "no_reads", "interaction_entries"})
"""Of them so small that their keys and indexes stay during a large load."""
STEPS = (
    *staging.STEPS, *money.BEFORE, *ledger.STEPS, *supply.STEPS, *money.STEPS, *work.STEPS, *history.STEPS,
)  # fmt: skip
"""How one chunk comes about."""
TRUNCATE_GUARDS = """
    select n.nspname, c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
      join pg_namespace n on n.oid = c.relnamespace
     where not t.tgisinternal and t.tgenabled = 'O' and t.tgtype & 32 <> 0
"""
"""Triggers that refuse TRUNCATE: bit 5 of `tgtype` (src/include/catalog/pg_trigger.h)."""
IDS = {
    "customers": 1, "contacts": 4, "premises": 1, "accounts": 1, "meters": 2, "registers": 4, "promises": 2,
    "applications": 2, "interactions": 8, "agreements": 1, "service_points": 1, "consents": 1, "contact_numbers": 1,
    "adjustments": 2, "disputes": 1, "notices": 2, "promise_steps": 2, "held_readings": 1, "no_reads": 1,
    "work_history": 16, "tasks": 2, "interaction_entries": 16,
}  # fmt: skip
"""How many ids of each table one account may use; the sequences start behind them."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a load has come."""

    plan: Plan
    done: frozenset[int]
    """Chunks that are committed."""
    aside: tuple[str, ...]
    """Statements that bring back indexes and constraints."""


def keep_others_out(db: Connection) -> None:
    """Hold the load's lock until the connection is closed; Impossible when another load runs.

    A load that has just ended keeps the lock until its server process has gone, so a moment is waited.
    """
    db.execute("set lock_timeout = '3s'")
    try:
        db.execute("select pg_advisory_lock(%s)", [LOCK])
    except psycopg.errors.LockNotAvailable:
        raise Impossible("another `busbar sample` is running on this database; wait for it or stop it") from None
    finally:
        db.execute("set lock_timeout = 0")


def state(db: Connection) -> State | None:
    """Read how far a load has come, None when there is no sample."""
    row = db.execute("select detail from progress where task = %s", [TASK]).fetchone()
    if row is None:
        return None
    detail: dict[str, Any] = row[0]
    plan = Plan(
        subscribers=detail["subscribers"],
        months=detail["months"],
        seed=detail["seed"],
        currency=detail["currency"],
        today=date.fromisoformat(detail["today"]),
        chunk=detail["chunk"],
        aside_from=detail["aside_from"],
    )
    return State(plan, frozenset(detail["chunks"]), tuple(detail["aside"]))


def begin(db: Connection, plan: Plan) -> State:
    """Lay the ground of a new sample in one transaction; Impossible when the base holds other subscribers."""
    with db.transaction():
        if db.execute("select exists (select from accounts) or exists (select from customers)").fetchone() == (True,):
            raise Impossible("this base holds subscribers of its own; a sample goes only into an empty base")
        aside = _set_aside(db) if plan.large else ()
        for table, share in IDS.items():
            db.execute("select setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, plan.subscribers * share])
        _tariffs(db, calendar(plan.today, plan.months))
        _fields(db)
        detail = {
            "subscribers": plan.subscribers, "months": plan.months, "seed": plan.seed,
            "currency": plan.currency, "today": plan.today.isoformat(),
            "chunks": [], "aside": list(aside), "chunk": plan.chunk, "aside_from": plan.aside_from,
        }  # fmt: skip
        db.execute(
            "insert into progress (task, done, total, detail) values (%s, 0, %s, %s)",
            [TASK, plan.subscribers, Jsonb(detail)],
        )
    return State(plan, frozenset(), aside)


def wipe(db: Connection) -> None:
    """Take a sample away whole; Impossible when imported subscribers would go with it."""
    known = state(db)
    if known is None:
        return
    with db.transaction():
        limit = known.plan.subscribers
        if db.execute("select exists (select from accounts where id > %s)", [limit]).fetchone() == (True,):
            raise Impossible("subscribers were added beside the sample; it is not thrown away with them in it")
        names = sql.SQL(", ").join(map(sql.Identifier, (*TABLES, *WORKED)))
        # What was done to the sample goes with it, histories too: its keys come again and would tell of others.
        guards = db.execute(TRUNCATE_GUARDS).fetchall()
        _switch(db, guards, "disable")
        db.execute(sql.SQL("truncate {} restart identity cascade").format(names))
        _switch(db, guards, "enable")
        for statement in known.aside:
            script(db, statement)
        db.execute("delete from progress where task = %s", [TASK])


def _switch(db: Connection, guards: list[tuple[str, ...]], how: LiteralString) -> None:
    for schema, table, guard in guards:
        names = sql.Identifier(schema, table), sql.Identifier(guard)
        db.execute(sql.SQL("alter table {} " + how + " trigger {}").format(*names))


def fill(db: Connection, plan: Plan, time: Calendar, chunk: tuple[int, int, int]) -> int:
    """Make one chunk in one transaction and mark it done; return the rows written, 0 when it is in already."""
    try:
        return _fill(db, plan, time, chunk)
    except psycopg.errors.UniqueViolation:
        # A load that was killed had this very chunk's commit under way: small tables have their keys and say so.
        known = state(db)
        if known is None or chunk[0] not in known.done:
            raise
        return 0


def _fill(db: Connection, plan: Plan, time: Calendar, chunk: tuple[int, int, int]) -> int:
    number, low, high = chunk
    given = values(plan, time, low, high)
    rows = 0
    with db.transaction() as transaction:
        # Balances are written with the accounts: the ledger's triggers would count them a second time.
        db.execute("set local busbar.bulk = 'on'")
        # By COPY and not as a value: a slow statement's values end up in the server's log.
        with db.cursor().copy("copy sample_number from stdin") as copy:
            for n in range(low, high + 1):
                copy.write_row((n, numbers.account_number(n)))
        for table, statement in STEPS:
            written = db.execute(statement, given).rowcount
            rows += 0 if table.startswith("sample_") else written
        marked = db.execute(
            "update progress set done = done + %s, updated_at = now(),"
            " detail = jsonb_set(detail, '{chunks}', detail->'chunks' || to_jsonb(%s::int))"
            " where task = %s and not detail->'chunks' @> to_jsonb(%s::int)",
            [high - low + 1, number, TASK, number],
        )
        if not marked.rowcount:
            rows = 0
            raise psycopg.Rollback(transaction)
    return rows


def twins(db: Connection, plan: Plan) -> set[tuple[int, int]]:
    """Return the customers of a sample who are recorded twice, each as the first and the second of their ids.

    They follow from the plan alone: the chunks are decided anew, nothing that is stored is read, nothing is changed.
    """
    found: set[tuple[int, int]] = set()
    with db.transaction(force_rollback=True):
        time = prepare(db, plan)
        for _, low, high in plan.chunks():
            db.execute("truncate sample_account")
            db.execute(staging.ACCOUNTS, values(plan, time, low, high))
            found.update(db.execute("select twin, n from sample_account where twin is not null").fetchall())
    return found


def finish(db: Connection, aside: Sequence[str]) -> Iterator[str]:
    """Bring back what was set aside, one statement after the other, and refresh statistics; yield what comes next."""
    yield "dictionary of the search"
    with db.transaction():
        db.execute("truncate search_words")
        for kind, table, column in search_words.SOURCES:
            script(db, search_words.FILL.format(kind=kind, table=table, column=column))
    for statement in aside:
        yield statement
        with db.transaction():
            db.execute(sql.SQL(statement))
            db.execute(
                "update progress set detail = jsonb_set(detail, '{aside}', (detail->'aside') - 0) where task = %s",
                [TASK],
            )
    for table in TABLES:
        yield f"analyze {table}"
        db.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))


def operators(db: Connection) -> list[int]:
    """Ids of the people who may have spoken with subscribers earlier."""
    return [row[0] for row in db.execute("select id from users where role = 'operator' and active order by id")]


def size(db: Connection) -> int:
    """Bytes of the whole database on disk, without the server's log (the embedded one keeps at most 512 MiB of it)."""
    row = db.execute("select pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def _set_aside(db: Connection) -> tuple[str, ...]:
    """Drop keys and indexes of the sample's tables and still their triggers; return what brings them back.

    The definitions come from the server's own catalogue, so this knows nothing of what `tables.py` declares.
    Largest tables come first, while there is most room for sorting. A trigger costs even where it does nothing: the
    server keeps every new row for it a second time.
    """
    large = [table for table in TABLES if table not in KEPT_WHOLE]
    constraints = db.execute(
        "select c.conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(c.oid), contype"
        " from pg_constraint c where contype in ('f', 'p', 'u') and (conrelid = any(%(t)s::regclass[])"
        " or contype = 'f' and confrelid = any(%(t)s::regclass[]))"
        " order by contype = 'f', array_position(%(order)s::text[], conrelid::regclass::text), conname",
        {"t": large, "order": ["readings", "payments", "invoices", *TABLES]},
    ).fetchall()
    indexes = db.execute(
        "select quote_ident(relname), pg_get_indexdef(indexrelid) from pg_index join pg_class on oid = indexrelid"
        " where indrelid = any(%s::regclass[]) and not exists (select from pg_constraint where conindid = indexrelid)"
        " order by relname",
        [large],
    ).fetchall()
    triggers = db.execute(
        "select tgrelid::regclass::text, quote_ident(tgname) from pg_trigger where not tgisinternal"
        " and tgenabled = 'O' and tgtype & 4 <> 0 and tgrelid = any(%s::regclass[]) order by 1, 2",
        [list(TABLES)],
    ).fetchall()
    for table, name in triggers:
        script(db, f"alter table {table} disable trigger {name}")
    for table, name, _, _ in reversed(constraints):
        script(db, f"alter table {table} drop constraint {name}")
    for name, _ in indexes:
        script(db, f"drop index {name}")
    keys = [f"alter table {t} add constraint {n} {_packed(d)}" for t, n, d, kind in constraints if kind != "f"]
    links = [f"alter table {t} add constraint {n} {d}" for t, n, d, kind in constraints if kind == "f"]
    again = [f"alter table {table} enable trigger {name}" for table, name in triggers]
    again += [f"alter index {n} reset (fillfactor)" for _, n, _, kind in constraints if kind != "f"]
    return (*keys, *(definition for _, definition in indexes), *links, *again)


def _packed(definition: str) -> str:
    """Return a key's definition with full pages: history that is loaded at once never grows in the middle.

    Ten in a hundred of a page are left free otherwise, 0.7 GB of the reference base. A new row splits its page, as it
    would a month later; the definition is put back at the end, so that pages which come then are the usual ones.
    https://www.postgresql.org/docs/current/sql-createindex.html#INDEX-RELOPTION-FILLFACTOR
    """
    return definition if "DEFERRABLE" in definition else f"{definition} with (fillfactor = 100)"


def _tariffs(db: Connection, time: Calendar) -> None:
    for version in time.versions:
        db.execute(
            "insert into tariffs (id, code, name, valid_from, valid_to, prices, vat)"
            " values (%s, %s, %s, %s, %s, %s, 20)",
            [version.tariff_id, version.code, version.name, version.valid_from, version.valid_to,
             Jsonb(version.by_register)],
        )  # fmt: skip
    db.execute("select setval(pg_get_serial_sequence('tariffs', 'id'), %s)", [len(time.versions)])


def _fields(db: Connection) -> None:
    """Define the custom fields of the sample; what the utility has defined itself stays as it is."""
    for place, one in enumerate(notes.FIELDS):
        options = [{"code": code, "title": title, "retired": False} for code, title in one.choices]
        db.execute(
            "insert into custom_fields (entity, code, title, type, options, position)"
            " values (%s, %s, %s, 'choice', %s, %s) on conflict (entity, code) do nothing",
            [one.entity, one.code, one.title, Jsonb(options), place],
        )
