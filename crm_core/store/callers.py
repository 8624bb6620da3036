"""Who calls: accounts by the number that calls or by what he keys, with all that a menu asks of them (shell).

One statement each: a call is recognised in one round trip, and nothing of what it says is asked a second time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, LiteralString

import msgspec
from psycopg.types.numeric import Int8
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import db as database
from crm_core.store.standing import OPEN, asked
from crm_core.work.forms import Site

# ruff: noqa: S608 -- the parts of these statements are all here.

MOST = 9
"""A keypad has nine digits to choose with."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An account that a call may be about."""

    account_id: int
    number: str
    pinned: bool
    """It has a PIN."""
    place: str
    """Its address as mass events name areas."""
    flags: frozenset[str] = frozenset()
    """Of the account and of its customer; only when it is the only one."""
    open: frozenset[str] | None = None
    """With those that are worked out; None when it is one of several."""


BY_PHONE: Final[LiteralString] = """
select a.id from accounts a
 where a.customer_id in (
    select customer_id from contacts where phone = %(wanted)s and ended_at is null
    union all
    select t.customer_id from contact_numbers n join contacts t on t.id = n.contact_id
     where n.number = %(wanted)s and n.ended_at is null and t.ended_at is null)
 order by a.closed_on is not null, a.id limit %(most)s
"""
BY_ACCOUNT: Final[LiteralString] = "select id from accounts where number = %(wanted)s"
BY_METER: Final[LiteralString] = """
select account_id as id from meters where serial = %(wanted)s and removed_on is null
 union select account_id from meters
        where regexp_replace(serial, '[^0-9]', '', 'g') = %(wanted)s and serial ~ '[^0-9]' and removed_on is null
 order by 1 limit 2
"""
"""A number with letters or dashes in it is keyed without them."""
BY_KEY: Final[LiteralString] = "select id from accounts where id = %(wanted)s"
BEFORE: Final[LiteralString] = "with found as materialized ("
AFTER: Final[LiteralString] = (
    """), many as (select count(*) > 1 as many from found)
select coalesce(json_agg(json_build_object(
    'account_id', a.id, 'number', a.number, 'place', p.address_key,
    'pinned', exists (select from account_pins where account_id = a.id),
    'flags', case when many.many then '[]'::jsonb else c.flags || a.flags end,
    'open', case when many.many then null else to_jsonb(array("""
    + OPEN
    + """)) end)
    order by a.closed_on is not null, a.id), '[]')::text
  from found join accounts a on a.id = found.id join customers c on c.id = a.customer_id
  join premises p on p.id = a.premises_id cross join many
"""
)
_DECODER = msgspec.json.Decoder(list[Known])


async def by_phone(engine: AsyncEngine, e164: str, now: datetime, site: Site, call_id: str = "") -> list[Known]:
    """Return the accounts of everyone reached under a number, open ones first; "" finds nothing.

    Args:
        engine: the base.
        e164: number as `crm_core.phones.e164` returns it.
        now: UTC.
        site: where the utility is.
        call_id: the call that asks, which does not count as one of those made before.

    """
    return await _found(engine, BY_PHONE, e164, asked(now, site, call_id)) if e164 else []


async def by_account(engine: AsyncEngine, digits: str, now: datetime, site: Site, call_id: str = "") -> list[Known]:
    """Return the account of exactly this number, check digit included, as `by_phone` does."""
    return await _found(engine, BY_ACCOUNT, digits, asked(now, site, call_id))


async def by_meter(engine: AsyncEngine, digits: str, now: datetime, site: Site, call_id: str = "") -> list[Known]:
    """Return the accounts with a meter in use of these digits, at most two: then it proves nothing."""
    return await _found(engine, BY_METER, digits, asked(now, site, call_id))


async def by_key(engine: AsyncEngine, account_id: int, now: datetime, site: Site, call_id: str = "") -> list[Known]:
    """Return an account that is known already."""
    return await _found(engine, BY_KEY, Int8(account_id), asked(now, site, call_id))


async def _found(
    engine: AsyncEngine, found: LiteralString, wanted: str | Int8, given: dict[str, object]
) -> list[Known]:
    said = await database.read_value(engine, BEFORE + found + AFTER, {"wanted": wanted, "most": MOST, **given})
    return _DECODER.decode(str(said))
