"""What an export has on record, turned into a selection; segments are worked out anew each time (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.exporting.selection import Connection, Selection, read
from crm_core.exporting.subjects import CHOSEN
from crm_core.store import segments
from crm_core.store.segment_sql import Compiler
from crm_core.tables import account_facts


@dataclass(frozen=True, slots=True)
class Segment:
    """The members of a segment, as they are when the rows are read."""

    statement: str
    """SELECT of their account ids, values bound."""
    values: Mapping[str, Any] = field(default_factory=dict)
    everybody: bool = False

    def choose(self, db: Connection) -> None:
        """Work the segment out in the database, in the transaction of the rows."""
        db.execute(f"insert into {CHOSEN} {self.statement}".encode(), self.values)


async def selected(db: AsyncConnection, told: Mapping[str, Any], today: date) -> Selection:
    """Return the selection that an export's record holds.

    Raises:
        BadValue: it is none.
        NoSuchSegment: its segment is gone.
        SegmentBroken: its segment asks what is not known any more.
    """
    if told.get("scope") != "segment":
        return read(told)
    typed = await segments.resolved(db, int(told.get("segment_id", 0)))
    members = select(account_facts.c.account_id).where(Compiler(today).clause(typed))
    compiled = members.compile(dialect=dialect(), compile_kwargs={"render_postcompile": True})  # type: ignore[no-untyped-call]
    return Segment(str(compiled), dict(compiled.params))
