"""Whose rows are taken out (port `Selection`, and what implements it)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg

from crm_core.errors import BadValue
from crm_core.exporting.subjects import CHOSEN

Connection = psycopg.Connection[tuple[Any, ...]]
MOST_NUMBERS = 1_000
"""Accounts that can be named one by one."""


class Selection(Protocol):
    """Accounts whose rows are taken out (port)."""

    @property
    def everybody(self) -> bool:
        """No account is left out: nothing has to be chosen."""

    def choose(self, db: Connection) -> None:
        """Put the ids of the accounts into the empty temporary table `export_accounts (account_id)`."""


@dataclass(frozen=True, slots=True)
class Everybody:
    """All accounts."""

    everybody: bool = True

    def choose(self, db: Connection) -> None:
        """There is nothing to choose."""


@dataclass(frozen=True, slots=True)
class Named:
    """Accounts named by their numbers; the fake of the port too."""

    numbers: Sequence[str]
    everybody: bool = False

    def choose(self, db: Connection) -> None:
        """Look the numbers up; one that is none is passed over."""
        db.execute(
            f"insert into {CHOSEN} select id from accounts where number = any(%s)".encode(),  # noqa: S608 -- our table
            [list(self.numbers)],
        )


def prepare(db: Connection, selection: Selection) -> None:
    """Choose the accounts, inside a transaction; the temporary table ends with it."""
    if selection.everybody:
        return
    db.execute(f"create temporary table {CHOSEN} (account_id int primary key) on commit drop".encode())
    selection.choose(db)
    db.execute(f"analyze {CHOSEN}".encode())


def read(told: Mapping[str, Any]) -> Selection:
    """Return the selection that an export's record holds.

    Raises:
        BadValue: it is none.
    """
    if not told or told.get("scope") == "all":
        return Everybody()
    if told.get("scope") == "accounts" and isinstance(told.get("numbers"), list):
        return Named([str(number) for number in told["numbers"][:MOST_NUMBERS]])
    raise BadValue("the selection of the export is none that is known: everybody, or numbers of accounts")
