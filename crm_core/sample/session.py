"""What one session of a load needs before its first chunk: temporary tables, functions, lists of words (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from crm_core import names
from crm_core.sample import history, ledger, money, notes, numbers, staging, words, work
from crm_core.sample.calendar import CODES, Calendar, calendar, month_start
from crm_core.sample.oddities import RESERVED, placements
from crm_core.sample.plan import RICH, Plan

Connection = psycopg.Connection[tuple[Any, ...]]


def connect(url: str) -> Connection:
    """Open a connection from the settings' SQLAlchemy address."""
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql", 1), autocommit=True)


def script(db: Connection, text: str) -> None:
    """Run SQL of our own that takes no values."""
    db.execute(sql.SQL(text))


def prepare(db: Connection, plan: Plan, operators: Sequence[int] = ()) -> Calendar:
    """Make the temporary tables and functions of one session and fill what all chunks share.

    Args:
        db: the session.
        plan: of the sample.
        operators: ids of the people who may have done what was done earlier; without any, nobody is named.

    """
    time = calendar(plan.today, plan.months)
    # A crash may lose the newest commits but never tears one: a chunk and its mark in `progress` go together,
    # so what is lost is made again.
    for setting in (
        "synchronous_commit = off", "jit = off", "work_mem = '96MB'", "temp_buffers = '128MB'",
        "maintenance_work_mem = '512MB'", "timezone = 'UTC'", "busbar.facts = 'off'", "default_statistics_target = 10",
    ):  # fmt: skip
        db.execute(sql.SQL("set {}").format(sql.SQL(setting)))
    script(db, staging.TABLES + money.TABLES + work.TABLES + history.TABLES)
    functions = sql.SQL(staging.FUNCTIONS).format(
        seed=sql.Literal(plan.seed * 1000), first=sql.Literal(time.first), season=sql.Literal(list(time.season)),
        operators=sql.Literal(list(operators)),
    )  # fmt: skip
    db.execute(functions)
    _make_words(db)
    script(db, ledger.FUNCTIONS)
    _fill_calendar(db, time)
    _fill_notes(db)
    _fill_placements(db, time)
    return time


def values(plan: Plan, time: Calendar, low: int, high: int) -> dict[str, Any]:
    """Return the values that the statements of one chunk take."""
    return {
        "low": low, "high": high, "first": time.first, "last": time.last, "months": plan.months, "today": plan.today,
        "year": plan.today.year, "season": list(time.season), "tariffs": list(time.current()),
        "towns": len(words.TOWNS), "rich": RICH, "reserved": RESERVED, "currency": plan.currency,
        "phone_places": numbers.PHONE_PLACES, "phone_factor": numbers.PHONE_FACTOR,
        "phone_shift": numbers.PHONE_SHIFT, "phones": numbers.PHONES, "unknown_number": numbers.UNKNOWN,
        "months_ru": list(notes.MONTHS_RU), "contact_kinds": len(notes.CONTACTS),
        "application_kinds": len(notes.APPLICATIONS),
    }  # fmt: skip


def _fill_calendar(db: Connection, time: Calendar) -> None:
    for month in range(time.first, time.last + 1):
        prices = [time.version(code, month).prices for code in CODES]
        db.execute(
            "insert into sample_calendar values (%s, %s, %s, %s, %s)",
            [month, month_start(month), month_start(month + 1), [p[0] for p in prices], [p[-1] for p in prices]],
        )


def _make_words(db: Connection) -> None:
    """Make functions that draw words from the lists: as shown, as search key, and people's also in the other script."""
    for kind, shown, other in words.LISTS:
        spelt = {kind: shown, f"{kind}_other": other}
        for name, spelling in spelt.items():
            if spelling:
                _make_word(db, name, spelling)
                _make_word(db, f"{name}_key", [names.key(word) for word in spelling])
    # What is left of the word in a search key is for crm_core.names to say.
    _make_word(db, "street_form", [" Street"])
    _make_word(db, "street_form_key", [names.address_key("0 Street").removeprefix("0")])
    _make_word(db, "zone", [town[2] for town in words.TOWNS])


def _make_word(db: Connection, name: str, shown: Sequence[str]) -> None:
    body = sql.SQL(ledger.PICK).format(sql.Literal(list(shown)), sql.Literal(len(shown))).as_string(db)
    db.execute(sql.SQL(ledger.WORD).format(sql.Identifier(name), sql.Literal(body)))


def _fill_notes(db: Connection) -> None:
    for number, c in enumerate(notes.CONTACTS):
        db.execute(
            "insert into sample_contact values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [number, c.channel, c.direction, c.disposition, c.topic, c.english, c.russian, c.minutes, c.data],
        )
    for number, a in enumerate(notes.APPLICATIONS):
        db.execute(
            "insert into sample_application values (%s, %s, %s, %s, %s::jsonb, %s, %s)",
            [number, a.kind, a.title, a.days, a.form, a.result, a.team],
        )
    for one in notes.FIELDS:
        db.execute(
            "insert into sample_field select entity, id, %s from custom_fields where entity = %s and code = %s",
            [[code for code, _ in one.choices], one.entity, one.code],
        )


def _fill_placements(db: Connection, time: Calendar) -> None:
    for p in placements(time):
        db.execute(
            "insert into sample_placement values"
            " (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [p.n, p.customer_id, p.organisation, p.day_night, p.cyrillic, p.unpaid, p.shift, p.terms, p.exchange,
             p.estimates, p.dispute, p.start, p.age, p.credit, p.phone, Jsonb(list(p.flags)), p.promise, p.application,
             p.twin],
        )  # fmt: skip
