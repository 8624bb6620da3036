"""How meters and readings of a file become facts (SQL text, no I/O).

Readings are placed, judged by `crm_core.readings` (`judging` does it between the two halves), and stored.
"""

# ruff: noqa: S608 -- statements are put together of our own text only.
from __future__ import annotations

from crm_core.importing.billing import KNOW_ACCOUNTS, PLACED
from crm_core.importing.journal import before, made, marked

UNKNOWN = "least(a.opened_on, date '2000-01-01')"
"""Installation of a meter when nobody says: no reading may be refused because of a day that was made up."""
_CHANGED = """
from import_rows w join meters t on t.account_id = w.account_id and t.serial = w.data->>'serial',
    jsonb_to_record(w.data) d (removed_on date, verification_due date)
where w.known and (coalesce(d.removed_on, t.removed_on), coalesce(d.verification_due, t.verification_due))
        is distinct from (t.removed_on, t.verification_due)
"""

_NEW_AND = "from import_rows w join meters t on t.account_id = w.account_id and t.serial = w.data->>'serial',"
_NEW = _NEW_AND.rstrip(",") + " where w.rule is null and not w.known"
_NEW_REGISTERS = """
from import_rows w join meters m on m.account_id = w.account_id and m.serial = w.data->>'serial'
    join registers t on t.meter_id = m.id
where w.rule is null and not w.known
"""

METERS = (
    ("", KNOW_ACCOUNTS),
    *PLACED,
    (
        "reject",
        """
update import_rows w set rule = 'meter-twice', detail = f.row
from (select account, data->>'serial' as serial, min(row) as row from import_rows group by 1, 2) f
where f.account = w.account and f.serial = w.data->>'serial' and f.row < w.row and w.rule is null
""",
    ),
    (
        "known",
        """
update import_rows w set known = true from meters m
where m.account_id = w.account_id and m.serial = w.data->>'serial' and w.rule is null
""",
    ),
    ("", before("meters", ("removed_on", "verification_due"), _CHANGED)),
    (
        "meters changed",
        """
update meters m set removed_on = coalesce(d.removed_on, m.removed_on),
    verification_due = coalesce(d.verification_due, m.verification_due)
from import_rows w, jsonb_to_record(w.data) d (removed_on date, verification_due date)
where w.known and m.account_id = w.account_id and m.serial = w.data->>'serial'
    and (coalesce(d.removed_on, m.removed_on), coalesce(d.verification_due, m.verification_due))
        is distinct from (m.removed_on, m.verification_due)
""",
    ),
    ("", marked("meters")),
    (
        "meters",
        f"""
insert into meters (account_id, serial, model, digits, decimals, multiplier, installed_on, removed_on, verification_due)
select a.id, d.serial, d.model, d.digits, d.decimals, d.multiplier, coalesce(d.installed_on, {UNKNOWN}), d.removed_on,
    d.verification_due
from import_rows w join accounts a on a.id = w.account_id, jsonb_to_record(w.data) d (serial text, model text,
    digits int, decimals int, multiplier int, installed_on date, removed_on date, verification_due date)
where w.rule is null and not w.known order by w.row
""",
    ),
    ("", made("meters", _NEW)),
    (
        "registers",
        f"""
insert into registers (meter_id, code)
select t.id, code {_NEW_AND}
    unnest(case when (w.data->>'two')::boolean then array['day', 'night'] else array['single'] end) code
where w.rule is null and not w.known order by w.row, code
""",
    ),
    ("", made("registers", _NEW_REGISTERS)),
)

PLACE_READINGS = (
    # An account may be left out where the serial number says which one it is.
    (
        "",
        """
create temporary table import_placed on commit drop as
with hanging as (
    select serial, min(account_id) as account_id, count(distinct account_id) as many from meters
    where removed_on is null and serial in (select serial from import_rows where account = '') group by 1
)
select w.*, coalesce(a.id, case when h.many = 1 then h.account_id end) as account_id,
    case when a.id is not null or h.many = 1 then null when w.account = '' then 'no-such-meter'
        else 'no-such-account' end as rule,
    null::text as detail, false as known
from import_rows w left join accounts a on a.number = w.account left join hanging h
    on w.account = '' and h.serial = w.serial
""",
    ),
    *PLACED,
    # The meter named; else the only one there is, or the only one that hung there on that day.
    (
        "",
        """
create temporary table import_placed on commit drop as
with found as (
    select w.row, w.register, count(*) as every, min(r.id) as one,
        count(*) filter (where w.taken_on between m.installed_on and coalesce(m.removed_on, 'infinity')) as dated,
        min(r.id) filter (where w.taken_on between m.installed_on and coalesce(m.removed_on, 'infinity')) as dated_one
    from import_rows w join meters m on m.account_id = w.account_id
        join registers r on r.meter_id = m.id and r.code = w.register
    where w.rule is null and w.serial in ('', m.serial)
    group by 1, 2
)
select w.row, w.account, w.cells, w.register, w.serial, w.taken_on, w.value, w.source, w.account_id,
    case when f.every = 1 then f.one when f.dated = 1 then f.dated_one end as register_id,
    coalesce(w.rule, case when f.every = 1 or f.dated = 1 then null else 'no-register' end) as rule, w.detail, w.known
from import_rows w left join found f using (row, register)
""",
    ),
    *PLACED,
    (
        "reject",
        """
update import_rows w set rule = 'day-twice', detail = f.row
from (
    select register_id, taken_on, min(row) as row from import_rows where rule is null group by 1, 2 having count(*) > 1
) f
where f.register_id = w.register_id and f.taken_on = w.taken_on and f.row < w.row and w.rule is null
""",
    ),
    (
        "known",
        """
update import_rows w set known = true from (
    select distinct on (r.account_id, r.register_id, r.taken_on) r.account_id, r.register_id, r.taken_on, r.value
    from import_rows i join readings r using (account_id, register_id, taken_on)
    where i.rule is null and r.quality <> 'refused'
    order by r.account_id, r.register_id, r.taken_on, r.revision desc
) r
where r.account_id = w.account_id and r.register_id = w.register_id and r.taken_on = w.taken_on and r.value = w.value
    and w.rule is null
""",
    ),
)

_ANSWERED = """
from (
    select account_id, register_id, max(taken_on) as taken_on, max(row) as row from import_stored
    where quality <> 'held' group by 1, 2
) w join held_readings t on t.account_id = w.account_id and t.register_id = w.register_id
    and t.taken_on <= w.taken_on and t.status = 'waiting'
"""
"""Held readings that a later one, which was accepted, makes pointless."""

STORE_READINGS = (
    (
        "reject",
        """
update import_rows w set rule = v.rule, detail = v.detail from import_verdicts v
where v.row = w.row and v.register_id = w.register_id and v.quality is null and w.rule is null
""",
    ),
    # Registers of one row go in together or not at all.
    (
        "reject",
        """
update import_rows w set rule = 'row-together' from import_rows f
where f.row = w.row and f.rule is not null and w.rule is null and not w.known
""",
    ),
    # Another value for the same day is a correction: a new revision, the old one stays.
    (
        "",
        """
create temporary table import_stored on commit drop as
select w.row, w.account_id, w.register_id, w.taken_on, w.value, w.source, v.quality, v.consumption, v.rule, v.least,
    v.most, coalesce((select max(revision) + 1 from readings r where r.account_id = w.account_id
        and r.register_id = w.register_id and r.taken_on = w.taken_on), 0) as revision
from import_rows w join import_verdicts v on v.row = w.row and v.register_id = w.register_id
where w.rule is null and not w.known
""",
    ),
    ("", "analyze import_stored"),
    (
        "readings",
        """
insert into readings (account_id, register_id, taken_on, revision, value, consumption, source, quality, doubt, by_user,
    created_at)
select account_id, register_id, taken_on, revision, value, consumption, source, quality, rule, %(by)s, now()
from import_stored order by account_id, register_id, taken_on
""",
    ),
    ("", made("readings", "from import_stored t, lateral (select t.row) w")),
    # The work list of what waits for a person: what came is put on it, what was answered by it is taken off.
    (
        "",
        """
insert into held_readings (account_id, register_id, taken_on, value, rule, least, most, source)
select account_id, register_id, taken_on, value, rule, least, most, source from import_stored where quality = 'held'
on conflict (account_id, register_id, taken_on) where status = 'waiting' do nothing
""",
    ),
    (
        "",
        made(
            "held_readings",
            "from import_stored w join held_readings t using (account_id, register_id, taken_on)"
            " where w.quality = 'held' and t.status = 'waiting' and t.held_at = now()",
        ),
    ),
    ("", before("held_readings", ("status", "decided_at"), _ANSWERED)),
    (
        "",
        """
update held_readings h set status = 'overtaken', decided_at = now() from (select t.id """
        + _ANSWERED
        + """) o where o.id = h.id
""",
    ),
    ("", marked("held_readings")),
)
