"""The known base of `tests/crm_core` is here too; makers of customers to be compared."""

# ruff: noqa: RUF001 -- addresses are Russian.
from __future__ import annotations

from datetime import date

from crm_core import names
from crm_core.duplicates.traits import Subscriber

LENINA = "г. Тверь, ул. Ленина, д. 5, кв. 12"
PHONE = "+79161234567"


def subscriber(name: str = "Иванов Иван Петрович", number: int = 1, **known: object) -> Subscriber:
    """A person at Lenina 5 reached under one telephone; `phones`, `addresses` … say otherwise."""
    addresses = known.pop("addresses", (LENINA,))
    values: dict[str, object] = {"kind": "person", "phones": frozenset({PHONE})}
    assert isinstance(addresses, tuple)
    return Subscriber(
        customer_id=number,
        name_key=names.key(name),
        address_keys=frozenset(names.address_key(one) for one in addresses),
        **(values | known),  # type: ignore[arg-type]
    )


def born(year: int) -> date:
    return date(year, 5, 17)
