"""The card: everything about one account in one round trip (shell).

PostgreSQL puts the card together as JSON, from a handful of index ranges; numbers travel as text, so that money
stays exact. psycopg prepares the statement once per connection.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.json import Decoder
from psycopg.types.numeric import Int8
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import debt
from crm_core.card import (
    AgreementRow,
    ApplicationRow,
    Candidate,
    Card,
    ConsentRow,
    InteractionRow,
    InvoiceRow,
    LineRow,
    Meter,
    PaymentRow,
    Person,
    PointRow,
    Promise,
    ReadingRow,
)
from crm_core.db import read_value, value
from crm_core.hotline import HotLines

TIMELINE = 50
"""Interactions on a card; older ones page in (`store.interactions.timeline`)."""

# Of what registers there are is asked once: joined row by row, a year of readings cost two look-ups each.
CARD = """
with dials as materialized (
  select r.id, r.code, r.meter_id, m.serial
    from meters m join registers r on r.meter_id = m.id where m.account_id = %(account_id)s
)
select json_build_object(
  'account_id', a.id, 'account_number', a.number, 'customer_id', c.id, 'customer', c.name, 'kind', c.kind,
  'language', c.language, 'status', c.status, 'priority', c.priority, 'special_need', c.special_need,
  'customer_flags', c.flags, 'account_flags', a.flags, 'account_status', a.status,
  'opened_on', a.opened_on, 'closed_on', a.closed_on, 'address', p.address, 'time_zone', p.time_zone,
  'tariff', t.name, 'tariff_from', t.valid_from, 'tariff_to', t.valid_to, 'prices', t.prices,
  'currency', a.currency, 'balance', a.balance::text,
  'contacts', coalesce((select json_agg(x) from (
      select k.id as contact_id, name, role, phone, email, verified, verified_at, language, channel, opt_out,
             coalesce((select json_agg(y) from (
                 select number, label, verified_at is not null as verified from contact_numbers
                  where contact_id = k.id and ended_at is null order by id limit 10) y), '[]') as numbers
        from contacts k where customer_id = c.id and ended_at is null order by id limit 30) x), '[]'),
  'consents', coalesce((select json_agg(x) from (
      select distinct on (kind) kind, given, at, how
        from consents where customer_id = c.id order by kind, id desc) x), '[]'),
  'agreements', coalesce((select json_agg(x) from (
      select id as agreement_id, number, supply, started_on, ended_on, prepay, budget_bill
        from agreements where account_id = a.id order by started_on desc, id desc limit 6) x), '[]'),
  'points', coalesce((select json_agg(x) from (
      select id as point_id, service, phases, max_kw::text as max_kw, node
        from service_points where account_id = a.id order by id limit 12) x), '[]'),
  'other_accounts', coalesce((select json_agg(x) from (
      select o.id as account_id, o.number as account_number, c.name as customer, c.kind as kind, op.address as address,
             o.balance::text as balance, 'customer' as why
        from accounts o join premises op on op.id = o.premises_id
       where o.customer_id = c.id and o.id <> a.id order by o.closed_on is not null, o.id limit 30) x), '[]'),
  'meters', coalesce((select json_agg(x) from (
      select m.id as meter_id, m.serial, m.model, m.digits, m.decimals, m.multiplier, m.installed_on, m.removed_on,
             m.verified_on, m.verification_due, m.seal, m.amr,
             coalesce((select json_agg(y) from (
                 select r.id as register_id, r.code, l.value::text as last_value, l.taken_on as last_on
                   from dials r left join lateral (
                        select value, taken_on from readings
                         where account_id = a.id and register_id = r.id
                           and quality in ('actual', 'estimate', 'exchange')
                         order by taken_on desc, revision desc limit 1) l on true
                  where r.meter_id = m.id order by r.id) y), '[]') as registers
        from meters m where m.account_id = a.id order by m.removed_on is not null, m.installed_on desc, m.id) x), '[]'),
  'readings', coalesce((select json_agg(x) from (
      select g.taken_on, r.code as register_code, r.serial as meter_serial, g.value::text as value,
             g.consumption::text as consumption, g.source, g.quality, coalesce(g.doubt, '') as doubt
        from (select distinct on (taken_on, register_id) * from readings
               where account_id = a.id and taken_on > %(today)s::date - interval '24 months' and quality <> 'refused'
               order by taken_on desc, register_id, revision desc) g
        join dials r on r.id = g.register_id
       order by g.taken_on desc, g.register_id) x), '[]'),
  'invoices', coalesce((select json_agg(x) from (
      select period, issued_on, due_on, amount::text as amount, open_amount::text as open_amount, disputed
        from invoices
       where account_id = a.id and (period > %(today)s::date - interval '25 months' or open_amount <> 0)
       order by period desc) x), '[]'),
  'lines', coalesce((select json_agg(x) from (
      select period, what, quantity::text as quantity, price::text as price, amount::text as amount
        from invoice_lines where account_id = a.id and period > %(today)s::date - interval '13 months'
       order by period desc, line limit 60) x), '[]'),
  'payments', coalesce((select json_agg(x) from (
      select paid_on, amount::text as amount, channel, coalesce(reference, '') as reference
        from payments where account_id = a.id order by paid_on desc, seq desc limit 36) x), '[]'),
  'promises', coalesce((select json_agg(x) from (
      select amount::text as amount, due_on, status
        from promises where account_id = a.id order by id desc limit 12) x), '[]'),
  'applications', coalesce((select json_agg(x) from (
      select number, kind, title, stage, filed_on, due_on,
             coalesce(due_on < %(today)s::date and stage not in ('done', 'refused'), false) as late
        from applications where account_id = a.id order by filed_on desc, id desc limit 20) x), '[]'),
  'interactions', coalesce((select json_agg(x) from (
      select i.id as interaction_id, coalesce(i.call_id, '') as call_id, i.began_at as at, i.channel, i.direction,
             i.number,
             coalesce(u.name, '') as operator, coalesce(i.disposition, case i.outcome
                 when 'abandoned' then 'ABANDON' when 'served' then 'SERVED' when 'failed' then 'TECH_ERROR' else '' end
             ) as disposition, i.note,
             greatest(coalesce(extract(epoch from i.ended_at - i.answered_at), 0), 0)::int as seconds, i.path
        from interactions i left join users u on u.id = i.operator_id
       where i.account_id = a.id and (i.phase = 'ended' or i.ended_at is not null or i.closed_at is not null)
       order by i.began_at desc, i.id desc limit %(timeline)s) x), '[]')
)::text
from accounts a
join customers c on c.id = a.customer_id
join premises p on p.id = a.premises_id
join tariffs t on t.id = a.tariff_id
where a.id = %(account_id)s
"""
HURRIED = (
    CARD.replace("%(account_id)s", "$1::bigint").replace("%(today)s", "$2::date").replace("%(timeline)s", "$3::bigint")
)
"""The same statement as a hot line prepares it."""


class InvoiceFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An invoice as the database says it; its state depends on the day, its number on the account."""

    period: date
    issued_on: date
    due_on: date
    amount: Decimal
    open_amount: Decimal
    disputed: bool


class Facts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What `CARD` answers: the parts of a card, before anything is worked out."""

    account_id: int
    account_number: str
    customer_id: int
    customer: str
    kind: str
    language: str
    status: str
    priority: str
    special_need: str
    customer_flags: tuple[str, ...]
    account_flags: tuple[str, ...]
    account_status: str
    opened_on: date
    closed_on: date | None
    contacts: tuple[Person, ...]
    consents: tuple[ConsentRow, ...]
    agreements: tuple[AgreementRow, ...]
    points: tuple[PointRow, ...]
    address: str
    time_zone: str
    tariff: str
    tariff_from: date
    tariff_to: date | None
    prices: dict[str, str]
    currency: str
    balance: Decimal
    other_accounts: tuple[Candidate, ...]
    meters: tuple[Meter, ...]
    readings: tuple[ReadingRow, ...]
    invoices: tuple[InvoiceFacts, ...]
    lines: tuple[LineRow, ...]
    payments: tuple[PaymentRow, ...]
    promises: tuple[Promise, ...]
    applications: tuple[ApplicationRow, ...]
    interactions: tuple[InteractionRow, ...]


FACTS: Final = Decoder(Facts)


async def load_card(db: AsyncConnection, account_id: int, today: date) -> Card | None:
    """Return the whole card, None when there is no such account.

    Args:
        db: a connection, `reading` will do.
        account_id: key of the account.
        today: the date at the utility; decides what is overdue and late.
    """
    found = await value(db, CARD, _parameters(account_id, today))
    return None if found is None else card_from(found, today)


def hot_lines(url: URL, today: Callable[[], date], *, name: str) -> HotLines[Card | None]:
    """Return lines on which `ask_card` asks; nothing is connected yet.

    Args:
        url: of the customer base.
        today: the date at the utility.
        name: `application_name`, what `pg_stat_activity` shows.

    """

    def make(answer: bytes | None) -> Card | None:
        return None if answer is None else card_from(answer, today())

    return HotLines(url, HURRIED, make, name=name)


def ask_card(lines: HotLines[Card | None], account_id: int, today: date) -> Future[Card | None] | None:
    """Ask for what `load_card` returns, at once: for a telephone that rings; None when no line is free.

    The future raises what `read_card` does.
    """
    return lines.ask((str(account_id).encode(), today.isoformat().encode(), str(TIMELINE).encode()))


async def read_card(engine: AsyncEngine, account_id: int, today: date) -> Card | None:
    """Return what `load_card` does over a connection of its own: where no hot line is free.

    Raises:
        DatabaseUnavailable: the server is away.
        DatabaseTooSlow: it took too long.

    """
    found = await read_value(engine, CARD, _parameters(account_id, today))
    return None if found is None else card_from(found, today)


def _parameters(account_id: int, today: date) -> dict[str, object]:
    # psycopg takes the type of a number from its size, and each type would be another statement to plan.
    return {"account_id": Int8(account_id), "today": today, "timeline": TIMELINE}


def card_from(answer: bytes | str, today: date) -> Card:
    """Check what the database said and build the card from it."""
    return card_of(FACTS.decode(answer), today)


def card_of(facts: Facts, today: date) -> Card:
    """Build the card from what the database said; works out debt, invoice states, flags and the price in words."""
    owed = debt.count([_opened(one) for one in facts.invoices if one.open_amount], today)
    invoices = tuple(_invoice(one, facts.account_number, today) for one in facts.invoices)
    disputed = any(one.status == "disputed" for one in invoices)
    states = ("debt", owed.overdue > 0), ("dispute", disputed), ("cut_off", facts.account_status == "cut_off")
    raised = [name for name, is_so in states if is_so]
    return Card(
        account_id=facts.account_id,
        account_number=facts.account_number,
        customer_id=facts.customer_id,
        customer=facts.customer,
        kind=facts.kind,
        language=facts.language,
        status=facts.status,
        priority=facts.priority,
        special_need=facts.special_need,
        flags=_once([*facts.customer_flags, *facts.account_flags, *raised]),
        account_status=facts.account_status,
        opened_on=facts.opened_on,
        closed_on=facts.closed_on,
        contacts=facts.contacts,
        consents=facts.consents,
        agreements=facts.agreements,
        points=facts.points,
        address=facts.address,
        time_zone=facts.time_zone,
        tariff=facts.tariff,
        tariff_price=price(facts.prices),
        tariff_from=facts.tariff_from,
        tariff_to=facts.tariff_to,
        currency=facts.currency,
        balance=facts.balance,
        overdue=owed.overdue,
        debt=owed.buckets,
        next_due_on=owed.next_due_on,
        other_accounts=facts.other_accounts,
        meters=facts.meters,
        readings=facts.readings,
        invoices=invoices,
        lines=facts.lines,
        payments=facts.payments,
        promises=facts.promises,
        applications=facts.applications,
        interactions=facts.interactions,
    )


def price(prices: Mapping[str, str]) -> str:
    """Return a tariff's price in words: `5.43`, or `day 6.24 / night 3.10`."""
    if set(prices) == {"single"}:
        return prices["single"]
    return " / ".join(f"{code} {amount}" for code, amount in sorted(prices.items()))


def _invoice(facts: InvoiceFacts, account_number: str, today: date) -> InvoiceRow:
    return InvoiceRow(
        number=f"{account_number}-{facts.period.year}{facts.period.month:02}",
        period=facts.period,
        issued_on=facts.issued_on,
        due_on=facts.due_on,
        amount=facts.amount,
        open_amount=facts.open_amount,
        status=debt.invoice_status(_opened(facts), today) if facts.open_amount else "paid",
    )


def _opened(facts: InvoiceFacts) -> debt.OpenInvoice:
    return debt.OpenInvoice(due_on=facts.due_on, amount=facts.open_amount, disputed=facts.disputed)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
