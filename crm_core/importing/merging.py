"""How waiting rows become facts: SQL by kind of file, in the order in which it runs (SQL text, no I/O).

Steps named `reject` give rows a rule, `known` marks what the base holds already, the others write and note what they
wrote (`journal`). One step is no SQL: `JUDGE`, where `crm_core.readings` decides.
"""

# ruff: noqa: S608 -- statements are put together of our own text only.
from __future__ import annotations

from collections.abc import Mapping

from crm_core.importing import own
from crm_core.importing.billing import INVOICES, KNOW_ACCOUNTS, PAYMENTS, PLACED
from crm_core.importing.journal import before, made, marked
from crm_core.importing.metering import METERS, PLACE_READINGS, STORE_READINGS

STAGING: Mapping[str, str] = {
    "subscribers": "data jsonb",
    "meters": "data jsonb",
    "readings": "register text, serial text, taken_on date, value numeric(14, 3), source text",
    "invoices": "period date, amount numeric(14, 2), issued_on date, due_on date, disputed boolean",
    "payments": "paid_on date, amount numeric(14, 2), channel text, reference text",
    "fields": "data jsonb",
}
"""Columns in which rows wait, besides row, account and cells."""
JUDGE = "judge"

_RENAMED = """
from (
    select distinct on (known_id) row, known_id, data->>'name' as name, data->>'name_key' as name_key
    from import_customers where known_id is not null order by known_id, row desc
) w join customers t on t.id = w.known_id where t.name is distinct from w.name
"""
"""Customers whose name the file knows otherwise; of several rows the last one says it."""
_MOVED = """
from (
    select distinct on (a.premises_id) i.row, a.premises_id, i.data->>'address' as address,
        i.data->>'address_key' as address_key
    from import_rows i join accounts a on a.id = i.account_id where i.rule is null
    order by a.premises_id, i.row desc
) w join premises t on t.id = w.premises_id where t.address is distinct from w.address
"""

_SUBSCRIBERS = (
    (
        "",
        """
create temporary table import_placed on commit drop as
select w.*, a.id as account_id, null::text as rule, null::text as detail, false as known
from import_rows w left join accounts a on a.number = w.account
""",
    ),
    *PLACED,
    (
        "reject",
        """
update import_rows w set rule = 'other-name', detail = f.row
from (select distinct on (account) row, account, data from import_rows order by account, row) f
where f.account = w.account
    and (f.data->>'name_key', f.data->>'address_key') is distinct from (w.data->>'name_key', w.data->>'address_key')
""",
    ),
    # A known account keeps its customer. New ones with one tax number belong to one, without one each has its own.
    (
        "",
        """
create temporary table import_customers on commit drop as
select distinct on (owner) owner, row, data, known_id, coalesce(known_id, nextval(pg_get_serial_sequence('customers',
    'id'))::int)
    as id
from (
    select coalesce('@' || a.customer_id, nullif(w.data->>'tax_number', ''), '#' || w.account) as owner, w.row, w.data,
        coalesce(a.customer_id, c.id) as known_id
    from import_rows w left join accounts a on a.id = w.account_id
        left join (select tax_number, min(id) as id from customers where tax_number <> '' group by 1) c
            on c.tax_number = w.data->>'tax_number'
    where w.rule is null
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
    ("", made("customers", "from import_customers w join customers t on t.id = w.id where w.known_id is null")),
    ("", before("customers", ("name", "name_key"), _RENAMED)),
    (
        "customers changed",
        """
update customers c set name = n.name, name_key = n.name_key
from (select t.id, w.name, w.name_key"""
        + _RENAMED
        + """) n where n.id = c.id
""",
    ),
    ("", marked("customers")),
    (
        "tariffs",
        """
with added as (
    insert into tariffs (code, name, valid_from, prices)
    select left(tariff, 20), case when tariff = '' then 'Not given' else tariff end, date '2000-01-01', '{}'
    from (select distinct data->>'tariff' as tariff from import_rows where rule is null and account_id is null) t
    where not exists (select from tariffs where tariff in (code, name) or tariff = '' and code = '')
    returning *
)"""
        + made("tariffs", "from added t, (select 0 as row) w"),
    ),
    (
        "",
        """
create temporary table import_accounts on commit drop as
select distinct on (w.account) w.account, w.row, w.data, c.id as customer_id,
    nextval(pg_get_serial_sequence('premises', 'id'))::int as premises_id
from import_rows w join import_customers c on c.owner = coalesce(nullif(w.data->>'tax_number', ''), '#' || w.account)
where w.rule is null and w.account_id is null
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
    ("", made("premises", "from import_accounts w join premises t on t.id = w.premises_id")),
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
    ("", made("accounts", "from import_accounts w join accounts t on t.number = w.account")),
    ("", before("premises", ("address", "address_key"), _MOVED)),
    (
        "premises changed",
        """
update premises p set address = n.address, address_key = n.address_key
from (select t.id, w.address, w.address_key"""
        + _MOVED
        + """) n where n.id = p.id
""",
    ),
    ("", marked("premises")),
    (
        "",
        """
update import_rows w set account_id = a.id from accounts a
where a.number = w.account and w.account_id is null and w.rule is null
""",
    ),
    (
        "",
        """
create temporary table import_contacts on commit drop as
select nextval(pg_get_serial_sequence('contacts', 'id'))::int as id, n.* from (
    select distinct on (a.customer_id, w.data->>'contact', w.data->>'phone') a.customer_id, w.row,
        w.data->>'contact' as name, w.data->>'role' as role, w.data->>'phone' as phone, w.data->>'email' as email
    from import_rows w join accounts a on a.id = w.account_id
    where w.rule is null and (w.data->>'phone' <> '' or w.data->>'email' <> '') and not exists (
        select from contacts c
        where c.customer_id = a.customer_id and c.name = w.data->>'contact' and c.phone = w.data->>'phone')
    order by a.customer_id, w.data->>'contact', w.data->>'phone', w.row
) n order by n.row
""",
    ),
    (
        "contacts",
        """
insert into contacts (id, customer_id, name, role, phone, email)
select id, customer_id, name, role, phone, email from import_contacts order by row
""",
    ),
    ("", made("contacts", "from import_contacts w join contacts t on t.id = w.id")),
)

_FIELDS = (
    ("", KNOW_ACCOUNTS),
    *PLACED,
    (
        "reject",
        """
update import_rows w set rule = 'no-meter' where w.rule is null and w.data->>'serial' <> '' and not exists (
    select from meters m where m.account_id = w.account_id and m.serial = w.data->>'serial')
""",
    ),
    *own.STEPS,
    # `not in` would look the rows up one after the other once they no longer fit into memory.
    (
        "known",
        """
update import_rows w set known = true where w.rule is null and not exists (
    select from import_own o where o.row = w.row)
""",
    ),
)

STEPS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "subscribers": _SUBSCRIBERS,
    "meters": METERS,
    "readings": (*PLACE_READINGS, (JUDGE, ""), *STORE_READINGS),
    "invoices": INVOICES,
    "payments": PAYMENTS,
    "fields": _FIELDS,
}
"""What each kind of file does, step by step: what is counted ("" is not), and the statement."""


def steps(kind: str, *, with_fields: bool) -> tuple[tuple[str, str], ...]:
    """Return what a file does: `STEPS`, and what brings custom fields in where it has columns of them."""
    return (*STEPS[kind], *own.STEPS) if with_fields and kind != "fields" else STEPS[kind]
