"""How waiting rows become facts: SQL by kind of file, in the order in which it runs (SQL text, no I/O).

Steps named `reject` give rows a reason, `known` marks what the base holds already, the others write.
"""

from __future__ import annotations

from crm_core.importing.billing import INVOICES, KNOW_ACCOUNTS, PAYMENTS, REJECT_STRANGERS

# --- subscribers -----------------------------------------------------------------------------------------------------

_SUBSCRIBERS = (
    ("", KNOW_ACCOUNTS),
    (
        "reject",
        """
update import_rows w set reason = 'another name or address in row ' || f.row || ' of the same account'
from (select distinct on (account) row, account, data from import_rows order by account, row) f
where f.account = w.account
    and (f.data->>'name_key', f.data->>'address_key') is distinct from (w.data->>'name_key', w.data->>'address_key')
""",
    ),
    # One customer for every tax number; without one every account has its own.
    (
        "",
        """
create temporary table import_customers on commit drop as
select distinct on (owner) owner, data, known_id, coalesce(known_id, nextval(pg_get_serial_sequence('customers',
    'id'))::int)
    as id
from (
    select coalesce(nullif(w.data->>'tax_number', ''), '#' || w.account) as owner, w.row, w.data,
        coalesce(a.customer_id, c.id) as known_id
    from import_rows w left join accounts a on a.id = w.account_id
        left join (select tax_number, min(id) as id from customers where tax_number <> '' group by 1) c
            on c.tax_number = w.data->>'tax_number'
    where w.reason is null
) o
order by owner, known_id nulls last, row
""",
    ),
    (
        "customers",
        """
insert into customers (id, kind, name, name_key, language, tax_number)
select id, data->>'kind', data->>'name', data->>'name_key', data->>'language', data->>'tax_number'
from import_customers where known_id is null order by id
""",
    ),
    (
        "customers changed",
        """
update customers c set name = i.data->>'name', name_key = i.data->>'name_key'
from import_customers i where i.known_id = c.id and c.name is distinct from i.data->>'name'
""",
    ),
    (
        "",
        """
insert into tariffs (code, name, valid_from, prices)
select left(tariff, 20), case when tariff = '' then 'Not given' else tariff end, date '2000-01-01', '{}'
from (select distinct data->>'tariff' as tariff from import_rows where reason is null and account_id is null) t
where not exists (select from tariffs where tariff in (code, name) or tariff = '' and code = '')
""",
    ),
    (
        "",
        """
create temporary table import_accounts on commit drop as
select distinct on (w.account) w.account, w.row, w.data, c.id as customer_id,
    nextval(pg_get_serial_sequence('premises', 'id'))::int as premises_id
from import_rows w join import_customers c on c.owner = coalesce(nullif(w.data->>'tax_number', ''), '#' || w.account)
where w.reason is null and w.account_id is null
order by w.account, w.row
""",
    ),
    (
        "premises",
        """
insert into premises (id, address, address_key, time_zone)
select premises_id, data->>'address', data->>'address_key', data->>'time_zone' from import_accounts order by row
""",
    ),
    (
        "accounts",
        """
insert into accounts (number, customer_id, premises_id, tariff_id, currency, opened_on)
select account, customer_id, premises_id,
    (select id from tariffs t where data->>'tariff' in (t.code, t.name) order by valid_to is null desc, valid_from desc
        limit 1),
    %(currency)s, (data->>'opened_on')::date
from import_accounts order by row
""",
    ),
    (
        "premises changed",
        """
update premises p set address = w.data->>'address', address_key = w.data->>'address_key'
from import_rows w join accounts a on a.id = w.account_id
where p.id = a.premises_id and w.reason is null and p.address is distinct from w.data->>'address'
""",
    ),
    ("", KNOW_ACCOUNTS),
    (
        "contacts",
        """
insert into contacts (customer_id, name, role, phone, email)
select customer_id, name, role, phone, email from (
    select distinct on (a.customer_id, w.data->>'contact', w.data->>'phone') a.customer_id, w.row,
        w.data->>'contact' as name,
        w.data->>'role' as role, w.data->>'phone' as phone, w.data->>'email' as email
    from import_rows w join accounts a on a.id = w.account_id where w.reason is null
    order by a.customer_id, w.data->>'contact', w.data->>'phone', w.row
) n
where (phone <> '' or email <> '') and not exists (
    select from contacts c where c.customer_id = n.customer_id and c.name = n.name and c.phone = n.phone)
order by row
""",
    ),
)

# --- meters ----------------------------------------------------------------------------------------------------------

_METERS = (
    ("", KNOW_ACCOUNTS),
    ("reject", REJECT_STRANGERS),
    (
        "reject",
        """
update import_rows w set reason = 'the meter is in row ' || f.row || ' already'
from (select account, data->>'serial' as serial, min(row) as row from import_rows group by 1, 2) f
where f.account = w.account and f.serial = w.data->>'serial' and f.row < w.row and w.reason is null
""",
    ),
    (
        "known",
        """
update import_rows w set known = true from meters m
where m.account_id = w.account_id and m.serial = w.data->>'serial' and w.reason is null
""",
    ),
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
    (
        "meters",
        """
insert into meters (account_id, serial, model, digits, decimals, multiplier, installed_on, removed_on, verification_due)
select a.id, d.serial, d.model, d.digits, d.decimals, d.multiplier, coalesce(d.installed_on, a.opened_on), d.removed_on,
    d.verification_due
from import_rows w join accounts a on a.id = w.account_id, jsonb_to_record(w.data) d (serial text, model text,
    digits int,
    decimals int, multiplier int, installed_on date, removed_on date, verification_due date)
where w.reason is null and not w.known order by w.row
""",
    ),
    (
        "registers",
        """
insert into registers (meter_id, code)
select m.id, code
from import_rows w join meters m on m.account_id = w.account_id and m.serial = w.data->>'serial',
    unnest(case when (w.data->>'two')::boolean then array['day', 'night'] else array['single'] end) code
where w.reason is null and not w.known order by w.row, code
""",
    ),
)

# --- readings --------------------------------------------------------------------------------------------------------

_READINGS = (
    ("", KNOW_ACCOUNTS),
    ("reject", REJECT_STRANGERS),
    ("", "alter table import_rows add register_id int, add taken_on date, add value numeric(14, 3)"),
    ("", "update import_rows set taken_on = (data->>'taken_on')::date, value = (data->>'value')::numeric"),
    # The meter named; else the only one there is, or the only one that hung there on that day.
    (
        "",
        """
update import_rows w set register_id = case when f.every = 1 then f.one when f.dated = 1 then f.dated_one end
from (
    select w.row, w.data->>'register' as code, count(*) as every, min(r.id) as one,
        count(*) filter (where w.taken_on between m.installed_on and coalesce(m.removed_on, 'infinity')) as dated,
        min(r.id) filter (where w.taken_on between m.installed_on and coalesce(m.removed_on, 'infinity')) as dated_one
    from import_rows w join meters m on m.account_id = w.account_id join registers r on r.meter_id = m.id
        and r.code = w.data->>'register'
    where w.reason is null and w.data->>'serial' in ('', m.serial)
    group by 1, 2
) f
where f.row = w.row and f.code = w.data->>'register'
""",
    ),
    (
        "reject",
        """
update import_rows set reason = 'the account has no such meter and register, or several: give the serial number'
where reason is null and register_id is null
""",
    ),
    (
        "reject",
        """
update import_rows w set reason = 'the reading has more digits than the meter'
from registers r join meters m on m.id = r.meter_id
where r.id = w.register_id and w.reason is null
    and (w.value >= 10::numeric ^ m.digits or w.value <> round(w.value, m.decimals))
""",
    ),
    (
        "reject",
        """
update import_rows w set reason = 'another reading of this register and day is in row ' || f.row
from (select register_id, taken_on, min(row) as row from import_rows where reason is null group by 1, 2) f
where f.register_id = w.register_id and f.taken_on = w.taken_on and f.row < w.row and w.reason is null
""",
    ),
    # Registers of one row go in together or not at all.
    (
        "reject",
        """
update import_rows w set reason = f.reason from import_rows f
where f.row = w.row and f.reason is not null and w.reason is null
""",
    ),
    (
        "known",
        """
update import_rows w set known = true from (
    select distinct on (account_id, register_id, taken_on) account_id, register_id, taken_on, value from readings
    where account_id in (select account_id from import_rows)
    order by account_id, register_id, taken_on, revision desc
) r
where r.account_id = w.account_id and r.register_id = w.register_id and r.taken_on = w.taken_on and r.value = w.value
    and w.reason is null
""",
    ),
    # Another value for the same day is a correction: a new revision, the old one stays.
    (
        "readings",
        """
insert into readings (account_id, register_id, taken_on, revision, value, source, quality, created_at)
select account_id, register_id, taken_on,
    (select coalesce(max(revision) + 1, 0) from readings r
        where r.account_id = w.account_id and r.register_id = w.register_id and r.taken_on = w.taken_on),
    value, data->>'source', data->>'quality', now()
from import_rows w where reason is null and not known order by account_id, taken_on, register_id
""",
    ),
    # What was used since the reading before; over the top of the counter when it was nearly there.
    (
        "",
        """
with valid as (
    select distinct on (r.account_id, r.register_id, r.taken_on) r.*
    from readings r join (select distinct account_id, register_id from import_rows where reason is null and not known) w
        using (account_id, register_id)
    where r.quality not in ('refused', 'held')
    order by r.account_id, r.register_id, r.taken_on, r.revision desc
), told as (
    select v.*, lag(v.value) over (partition by v.account_id, v.register_id order by v.taken_on) as before,
        10::numeric ^ m.digits
        as wheel, m.multiplier
    from valid v join registers g on g.id = v.register_id join meters m on m.id = g.meter_id
)
update readings r set consumption = multiplier * case
    when t.value >= before then t.value - before when before >= 0.9 * wheel then wheel - before + t.value end
from told t
where (r.account_id, r.register_id, r.taken_on, r.revision) = (t.account_id, t.register_id, t.taken_on, t.revision)
    and r.created_at is not null and before is not null
    and r.consumption is distinct from multiplier * case
        when t.value >= before then t.value - before when before >= 0.9 * wheel then wheel - before + t.value end
""",
    ),
)

STEPS: dict[str, tuple[tuple[str, str], ...]] = {
    "subscribers": _SUBSCRIBERS,
    "meters": _METERS,
    "readings": _READINGS,
    "invoices": INVOICES,
    "payments": PAYMENTS,
}
"""What each kind of file does, step by step: what is counted ("" is not), and the statement."""
