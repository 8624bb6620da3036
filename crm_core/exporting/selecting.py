"""What an export has on record, turned into a selection; segments are worked out anew each time (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.exporting.selection import Connection, Selection, read
from crm_core.exporting.subjects import CHOSEN
from crm_core.store import exports


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a segment, as they are when the rows are read, or of a list that stands still."""

    statement: str
    """SELECT of their account ids, values bound."""
    values: Mapping[str, Any] = field(default_factory=dict)
    everybody: bool = False

    def choose(self, db: Connection) -> None:
        """Work them out in the database, in the transaction of the rows."""
        db.execute(f"insert into {CHOSEN} {self.statement}".encode(), self.values)


async def selected(db: AsyncConnection, told: Mapping[str, Any], today: date) -> Selection:
    """Return the selection that an export's record holds.

    Raises:
        BadValue: it is none.
        NoSuchSegment: its segment or list is gone.
        SegmentBroken: its segment asks what is not known any more.
    """
    match told.get("scope"):
        case "segment":
            return Members(*await exports.members_of(db, int(told.get("segment_id", 0)), today))
        case "list":
            return Members(*await exports.listed(db, int(told.get("list_id", 0))))
        case _:
            return read(told)
