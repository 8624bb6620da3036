"""Writes the sample base: sessions, chunks, progress, indexes set aside (shell)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from crm_core import names
from crm_core.sample import extras, history, ledger, notes, numbers, staging, supply, words
from crm_core.sample.calendar import CODES, Calendar, calendar, month_start
from crm_core.sample.oddities import RESERVED, placements
from crm_core.sample.plan import RICH, Impossible, Plan

TASK = "sample"
LOCK = 0x5A3B1E
"""Advisory lock: one load at a time."""
TABLES = (
    *("customers", "contacts", "tariffs", "premises", "accounts", "meters", "registers", "readings", "invoices"),
    *("agreements", "service_points", "consents"),
    *("invoice_lines", "payments", "promises", "applications", "interactions", "documents", "custom_values"),
)
WORKED = ("application_files", "tasks", "signal_hits", "signal_runs")
HISTORIES = ("work_history", "interaction_entries")
"""Tables that people's work on a sample fills; what refers to its rows by keys of the database goes by itself."""
TRUNCATE_GUARDS = """
    select n.nspname, c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
      join pg_namespace n on n.oid = c.relnamespace
     where not t.tgisinternal and t.tgenabled = 'O' and t.tgtype & 32 <> 0
"""
"""Triggers that refuse TRUNCATE: bit 5 of `tgtype` (src/include/catalog/pg_trigger.h)."""
IDS = {
    "customers": 1, "contacts": 4, "premises": 1, "accounts": 1, "meters": 2, "registers": 4, "promises": 2,
    "applications": 2, "interactions": 8, "agreements": 1, "service_points": 1, "consents": 1,
}  # fmt: skip
"""How many ids of each table one account may use; the sequences start behind them."""

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class State:
    """How far a load has come."""

    plan: Plan
    done: frozenset[int]
    """Chunks that are committed."""
    aside: tuple[str, ...]
    """Statements that bring back indexes and constraints."""


def connect(url: str) -> Connection:
    """Open a connection from the settings' SQLAlchemy address."""
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql", 1), autocommit=True)


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
        names = sql.SQL(", ").join(map(sql.Identifier, (*TABLES, *WORKED, *HISTORIES)))
        # What was done to the sample goes with it, histories too: its keys come again and would tell of others.
        guards = db.execute(TRUNCATE_GUARDS).fetchall()
        _switch(db, guards, "disable")
        db.execute(sql.SQL("truncate {} restart identity cascade").format(names))
        _switch(db, guards, "enable")
        for statement in known.aside:
            _script(db, statement)
        db.execute("delete from progress where task = %s", [TASK])


def _switch(db: Connection, guards: list[tuple[str, ...]], how: LiteralString) -> None:
    for schema, table, guard in guards:
        names = sql.Identifier(schema, table), sql.Identifier(guard)
        db.execute(sql.SQL("alter table {} " + how + " trigger {}").format(*names))


def prepare(db: Connection, plan: Plan) -> Calendar:
    """Make the temporary tables and functions of one session and fill what all chunks share."""
    time = calendar(plan.today, plan.months)
    # A crash may lose the newest commits but never tears one: a chunk and its mark in `progress` go together,
    # so what is lost is made again.
    for setting in (
        "synchronous_commit = off", "jit = off", "work_mem = '96MB'", "temp_buffers = '128MB'",
        "maintenance_work_mem = '512MB'", "timezone = 'UTC'", "busbar.facts = 'off'",
    ):  # fmt: skip
        db.execute(sql.SQL("set {}").format(sql.SQL(setting)))
    _script(db, staging.TABLES + history.TABLES)
    functions = sql.SQL(staging.FUNCTIONS).format(
        seed=sql.Literal(plan.seed * 1000), first=sql.Literal(time.first), season=sql.Literal(list(time.season))
    )
    db.execute(functions)
    _script(db, ledger.FUNCTIONS)
    _fill_calendar(db, time)
    _fill_words(db)
    _fill_placements(db, time)
    return time


def fill(db: Connection, plan: Plan, time: Calendar, chunk: tuple[int, int, int], operators: Sequence[int]) -> int:
    """Make one chunk in one transaction and mark it done; return the rows written."""
    number, low, high = chunk
    values = _values(plan, time, low, high, operators)
    rows = 0
    with db.transaction() as transaction:
        # Balances are written with the accounts: the ledger's triggers would count them a second time.
        db.execute("set local busbar.bulk = 'on'")
        # By COPY and not as a value: a slow statement's values end up in the server's log.
        with db.cursor().copy("copy sample_number from stdin") as copy:
            for n in range(low, high + 1):
                copy.write_row((n, numbers.account_number(n)))
        db.execute(staging.ACCOUNTS, values)
        db.execute(staging.MONTHS, values)
        for _, statement in (*ledger.STEPS, *supply.STEPS, *history.STEPS, *extras.STEPS):
            rows += db.execute(statement, values).rowcount
        marked = db.execute(
            "update progress set done = done + %s, updated_at = now(),"
            " detail = jsonb_set(detail, '{chunks}', detail->'chunks' || to_jsonb(%s::int))"
            " where task = %s and not detail->'chunks' @> to_jsonb(%s::int)",
            [high - low + 1, number, TASK, number],
        )
        if not marked.rowcount:
            # A load that was killed had this very chunk's commit under way: it is in.
            rows = 0
            raise psycopg.Rollback(transaction)
    return rows


def finish(db: Connection, aside: Sequence[str]) -> Iterator[str]:
    """Bring back what was set aside, one statement after the other, and refresh statistics; yield what comes next."""
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
    """Bytes of the sample's tables with indexes and all."""
    row = db.execute(
        "select sum(pg_total_relation_size(t::regclass)) from unnest(%s::text[]) t", [list(TABLES)]
    ).fetchone()
    return int(row[0]) if row else 0


def _set_aside(db: Connection) -> tuple[str, ...]:
    """Drop foreign keys, indexes and keys of the sample's tables; return the statements that bring them back.

    The definitions come from the server's own catalogue, so this knows nothing of what `tables.py` declares.
    Largest tables come first, while there is most room for sorting.
    """
    constraints = db.execute(
        "select c.conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(c.oid), contype"
        " from pg_constraint c where contype in ('f', 'p', 'u') and (conrelid = any(%(t)s::regclass[])"
        " or contype = 'f' and confrelid = any(%(t)s::regclass[]))"
        " order by contype = 'f', array_position(%(order)s::text[], conrelid::regclass::text), conname",
        {"t": list(TABLES), "order": ["readings", "payments", "invoices", *TABLES]},
    ).fetchall()
    indexes = db.execute(
        "select quote_ident(relname), pg_get_indexdef(indexrelid) from pg_index join pg_class on oid = indexrelid"
        " where indrelid = any(%s::regclass[]) and not exists (select from pg_constraint where conindid = indexrelid)"
        " order by relname",
        [list(TABLES)],
    ).fetchall()
    for table, name, _, _ in reversed(constraints):
        _script(db, f"alter table {table} drop constraint {name}")
    for name, _ in indexes:
        _script(db, f"drop index {name}")
    keys = [f"alter table {t} add constraint {n} {d}" for t, n, d, kind in constraints if kind != "f"]
    links = [f"alter table {t} add constraint {n} {d}" for t, n, d, kind in constraints if kind == "f"]
    return (*keys, *(definition for _, definition in indexes), *links)


def _script(db: Connection, text: str) -> None:
    """Run SQL of our own that takes no values."""
    db.execute(sql.SQL(text))


def _tariffs(db: Connection, time: Calendar) -> None:
    for version in time.versions:
        db.execute(
            "insert into tariffs (id, code, name, valid_from, valid_to, prices, vat)"
            " values (%s, %s, %s, %s, %s, %s, 20)",
            [version.tariff_id, version.code, version.name, version.valid_from, version.valid_to,
             Jsonb(version.by_register)],
        )  # fmt: skip
    db.execute("select setval(pg_get_serial_sequence('tariffs', 'id'), %s)", [len(time.versions)])


def _fill_calendar(db: Connection, time: Calendar) -> None:
    for month in range(time.first, time.last + 1):
        prices = [time.version(code, month).prices for code in CODES]
        db.execute(
            "insert into sample_calendar values (%s, %s, %s, %s, %s)",
            [month, month_start(month), month_start(month + 1), [p[0] for p in prices], [p[-1] for p in prices]],
        )


def _fill_words(db: Connection) -> None:
    lists: dict[str, Sequence[str]] = {
        "given": words.GIVEN, "surname": words.SURNAME, "male": words.MALE, "female": words.FEMALE,
        "father": words.FATHER, "family": words.FAMILY, "form": words.FORM, "form_ru": words.FORM_RU,
        "firm": words.FIRM, "trade": words.TRADE,
        "firm_ru": words.FIRM_RU, "trade_ru": words.TRADE_RU, "street": words.STREET, "street_ru": words.STREET_RU,
        "town": [town[0] for town in words.TOWNS], "town_ru": [town[1] for town in words.TOWNS],
        "zone": [town[2] for town in words.TOWNS],
    }  # fmt: skip
    for kind, shown in lists.items():
        db.execute(
            "insert into sample_words values (%s, %s, %s)", [kind, list(shown), [names.key(word) for word in shown]]
        )
    # What is left of the word in a search key is for crm_core.names to say.
    street_key = names.address_key("0 Street").removeprefix("0")
    db.execute("insert into sample_words values ('street_form', array[' Street'], array[%s])", [street_key])
    for number, c in enumerate(notes.CONTACTS):
        db.execute(
            "insert into sample_contact values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [number, c.channel, c.direction, c.disposition, c.topic, c.english, c.russian, c.minutes],
        )
    for number, (kind, title) in enumerate(notes.APPLICATIONS):
        db.execute(
            "insert into sample_application values (%s, %s, %s, %s)",
            [number, kind, title, notes.APPLICATION_DAYS[number]],
        )


def _fill_placements(db: Connection, time: Calendar) -> None:
    for p in placements(time):
        db.execute(
            "insert into sample_placement values"
            " (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [p.n, p.customer_id, p.organisation, p.day_night, p.cyrillic, p.unpaid, p.shift, p.terms, p.exchange,
             p.estimates, p.dispute, p.start, p.age, p.credit, p.phone, Jsonb(list(p.flags)), p.promise, p.application],
        )  # fmt: skip


def _values(plan: Plan, time: Calendar, low: int, high: int, operators: Sequence[int]) -> dict[str, Any]:
    return {
        "low": low, "high": high, "first": time.first, "last": time.last, "months": plan.months, "today": plan.today,
        "year": plan.today.year, "season": list(time.season), "tariffs": list(time.current()),
        "towns": len(words.TOWNS), "rich": RICH, "reserved": RESERVED, "currency": plan.currency,
        "phone_places": numbers.PHONE_PLACES, "phone_factor": numbers.PHONE_FACTOR,
        "phone_shift": numbers.PHONE_SHIFT, "phones": numbers.PHONES, "unknown_number": numbers.UNKNOWN,
        "operators": list(operators), "months_ru": list(notes.MONTHS_RU), "contact_kinds": len(notes.CONTACTS),
        "application_kinds": len(notes.APPLICATIONS),
    }  # fmt: skip
