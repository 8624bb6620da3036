"""A desk at which texts are imported as files into a real base, and the base is looked into."""

# ruff: noqa: S608 -- names of tables come from a list.
from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from crm_core.importing import command, engine, sheet
from crm_core.importing.engine import Order
from crm_core.importing.outcome import Outcome
from crm_core.importing.store import connect
from crm_core.importing.undo import Undone
from crm_core.settings import Settings

TABLES = (
    *("customers", "contacts", "premises", "accounts", "tariffs", "meters", "registers", "readings", "invoices"),
    *("payments", "held_readings"),
)


class Desk:
    """Imports texts as files and looks into the base."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder

    def write(self, name: str, content: str, encoding: str = "utf-8") -> Path:
        file = self.folder / name
        file.write_bytes(content.encode(encoding))
        return file

    def bring(self, name: str, content: str, encoding: str = "utf-8", **how: Any) -> int:
        """As somebody at a terminal does it; return the exit code."""
        return command.run(self.settings, self.write(name, content, encoding), **how)

    def take(self, name: str, content: str, **how: Any) -> Outcome:
        """As a worker does it."""
        return engine.bring_in(self.settings, Order(source=sheet.look_at(self.write(name, content)), **how))

    def undo(self, import_id: int) -> Undone:
        return engine.take_back(self.settings, import_id, None, self.folder / "kept.csv")

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with connect(self.settings.database_url) as db:
            return db.execute(query.encode(), values).fetchall()

    def do(self, statement: str, *values: Any) -> None:
        with connect(self.settings.database_url) as db:
            db.execute(statement.encode(), values)

    def everything(self, *, numbers: bool = True) -> dict[str, list[str]]:
        """Every row as text; without the running numbers and moments that two ways to one base differ in."""
        one = "t::text" if numbers else WITHOUT_NUMBERS
        return {table: [row[0] for row in self.ask(f"select {one} from {table} t order by 1")] for table in TABLES}

    def rows_of(self, name: str) -> list[list[str]]:
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))[1:]

    def rejected(self, name: str) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in self.rows_of(f"{name}.rejected.csv")]


_NUMBERS = "{id,created_at,held_at,customer_id,premises_id,tariff_id,account_id,meter_id,register_id}"
WITHOUT_NUMBERS = f"(to_jsonb(t) - '{_NUMBERS}'::text[])::text"
