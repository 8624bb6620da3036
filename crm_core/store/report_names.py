"""What codes in reports are called: operators, queues, teams, campaigns, kinds of work, results of contacts (shell)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import LiteralString

from sqlalchemy.ext.asyncio import AsyncConnection

Names = Mapping[str, Mapping[str | None, str]]
"""By dimension, what its codes are called; a code that has no name is left out."""

_NAMED: Mapping[str, LiteralString] = {
    "operator": "select id::text as code, name from users where id = any(%(codes)s::int[])",
    "queue": "select code, title as name from queues where code = any(%(codes)s)",
    "team": "select code, coalesce(titles ->> %(language)s, titles ->> 'en') as name from teams"
    " where code = any(%(codes)s)",
    "campaign": "select id::text as code, name from campaigns where id = any(%(codes)s::int[])",
    "disposition": "select code, coalesce(titles ->> %(language)s, title) as name from dispositions"
    " where code = any(%(codes)s)",
    "applications.kind": "select code, coalesce(titles ->> %(language)s, titles ->> 'en') as name"
    " from application_kinds where current and code = any(%(codes)s)",
}
"""By dimension, or by subject and dimension where a word means different things."""


async def of(
    db: AsyncConnection, subject: str, codes: Mapping[str, Collection[str | None]], language: str = "en"
) -> Names:
    """Return what codes are called, one look for each dimension that has names.

    Args:
        db: a connection.
        subject: of the report.
        codes: by dimension, those that stand in it.
        language: of the reader; English stands in where the house has no words in it.

    """
    found: dict[str, dict[str | None, str]] = {}
    for dimension, seen in codes.items():
        text = _NAMED.get(f"{subject}.{dimension}") or _NAMED.get(dimension)
        wanted = sorted({code for code in seen if code})
        if text is None or not wanted:
            continue
        rows = await db.exec_driver_sql(text, {"codes": wanted, "language": language})
        found[dimension] = {row.code: row.name for row in rows if row.name}
    return found
