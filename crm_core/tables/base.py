"""What every table is made of: the metadata with its naming rules, the types of columns, the key (no I/O).

Text columns that hold a code say their values beside them; money is NUMERIC(14,2), never float.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Identity, Integer, MetaData, Numeric, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
MONEY = Numeric(14, 2)
AMOUNT = Numeric(14, 3)
MOMENT = DateTime(timezone=True)
EMPTY = text("''")
NOW = text("now()")
ONE = text("1")
EMPTY_LIST = text("'[]'::jsonb")


def key(kind: type[Integer] = Integer) -> Column[int]:
    """Return the running number that a row is known by."""
    return Column("id", kind, Identity(), primary_key=True)
