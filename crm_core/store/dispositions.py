"""How a contact can end: the list people choose from, what every code is called and needs, and changing it (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, case, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchDisposition
from crm_core.tables import dispositions
from crm_core.text import one_line
from crm_core.work import fields, results
from crm_core.work.fields import Defect, Evidence, Field
from crm_core.work.lives import LEADS
from crm_core.work.results import Group, Next, Result

CHOSEN = ("service", "collections")
"""Categories that people choose from, in the order they are offered; the others the house sets itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """One way a contact can end."""

    code: str
    title: str
    """In English; templates translate it."""
    flags: str
    """H R C F S D as DOMAIN.md D4."""
    category: str
    """`service`, or `collections`: worth offering where there is a debt."""
    titles: Mapping[str, str]
    """The utility's own words by language; they go before ours."""
    needs: tuple[Field, ...]
    """What has to be known to end a contact so."""
    files: bool = False
    """An application belongs to it."""


async def choices(db: AsyncConnection, role: str = "") -> list[Disposition]:
    """Return what an operator may choose, service before collections, the most frequent first; no retired ones.

    Args:
        db: a connection, `reading` will do.
        role: of who chooses; results for another role are left out. "" leaves out none.

    """
    place = case({name: place for place, name in enumerate(CHOSEN)}, value=dispositions.c.category)
    query = (
        select(dispositions)
        .where(dispositions.c.category.in_(CHOSEN), ~dispositions.c.retired)
        .order_by(place, dispositions.c.position)
    )
    if role and role not in LEADS:
        query = query.where(dispositions.c.role.in_(["", role]))
    return [_choice(row) for row in await db.execute(query)]


def _choice(row: Row[*tuple[Any, ...]]) -> Disposition:
    needs = fields.read(row.needs)[0]
    return Disposition(
        code=row.code, title=row.title, flags=row.flags, category=row.category, titles=row.titles, needs=needs,
        files=row.next == Next.OPEN_APPLICATION or any(one.evidence is Evidence.APPLICATION for one in needs),
    )  # fmt: skip


async def titles(db: AsyncConnection) -> dict[str, str]:
    """Return the English title of every code there ever was, for timelines: retired ones and the house's own too."""
    query = select(dispositions.c.code, dispositions.c.title).order_by(dispositions.c.category, dispositions.c.position)
    return {row.code: row.title for row in await db.execute(query)}


async def own_titles(db: AsyncConnection, language: str) -> dict[str, str]:
    """Return what the utility itself calls results in a language, by code."""
    query = select(dispositions.c.code, dispositions.c.titles).where(dispositions.c.titles.has_key(language))
    return {row.code: row.titles[language] for row in await db.execute(query)}


async def everything(db: AsyncConnection) -> list[Result]:
    """Return every result, retired ones too, in the order they are managed in."""
    place = case({name: place for place, name in enumerate((*CHOSEN, "system"))}, value=dispositions.c.category)
    query = select(dispositions).order_by(place, dispositions.c.position, dispositions.c.code).limit(1000)
    return [result(row) for row in await db.execute(query)]


async def choosable(db: AsyncConnection, code: str, role: str = "") -> Result:
    """Return a result that people may choose.

    Raises:
        NoSuchDisposition: there is none, it is retired, the house's own, or another role's.

    """
    query = select(dispositions).where(
        dispositions.c.code == one_line(code, 25), dispositions.c.category.in_(CHOSEN), ~dispositions.c.retired
    )
    row = (await db.execute(query)).one_or_none()
    if row is None or (role and row.role and role != row.role and role not in LEADS):
        raise NoSuchDisposition(f"there is no disposition {one_line(code, 24)} to choose")
    return result(row)


async def one(db: AsyncConnection, code: str) -> Result | None:
    """Return a result by its code, None when there is none."""
    row = (await db.execute(select(dispositions).where(dispositions.c.code == one_line(code, 25)))).one_or_none()
    return None if row is None else result(row)


def result(row: Row[*tuple[Any, ...]]) -> Result:
    """Return a row as what it means.

    Raises:
        BadValue: somebody has changed the row by hand.

    """
    data = {
        "titles": {"en": row.title, **row.titles}, "group": row.grouping or _group(row.category), "flags": row.flags,
        "needs": row.needs, "next": row.next, "retry": row.retry, "kpi": row.kpi, "role": row.role,
        "retired": row.retired, "position": row.position,
    }  # fmt: skip
    found, defects = results.read(row.code, data)
    if found is None:
        raise BadValue(f"disposition {row.code}: {defects[0].code} at {defects[0].place}")
    return found


def _group(category: str) -> str:
    return {"system": Group.SYSTEM.value, "service": Group.SERVICE.value}.get(category, Group.RIGHT_PARTY.value)


async def save(db: Writing, code: str, data: Mapping[str, object]) -> tuple[Result | None, tuple[Defect, ...]]:
    """Make a result or change one; retiring is a change, and nothing is ever deleted.

    What the house sets itself keeps its group: a person could not choose it, and the house would look for it in vain.

    Returns:
        The result as it is now, or what is wrong with what was given; then nothing was stored.

    """
    found, defects = results.read(code, data)
    if found is None:
        return None, defects
    known = await one(db, code)
    if (found.group is Group.SYSTEM) != (known is not None and known.group is Group.SYSTEM):
        return None, (Defect(code="result-system", place="group"),)
    if found.group is Group.SYSTEM and found.retired:
        return None, (Defect(code="result-system", place="retired"),)
    own = {language: title for language, title in found.titles.items() if language != "en"}
    values: dict[str, Any] = {
        "title": found.titles["en"], "titles": own, "grouping": found.group.value, "category": found.category,
        "flags": found.flags, "needs": fields.dump(found.needs), "next": found.next.value, "kpi": found.kpi.value,
        "role": found.role, "retired": found.retired, "position": found.position,
        "retry": None if found.retry is None
        else {"after_minutes": found.retry.after_minutes, "tries": found.retry.tries},
    }  # fmt: skip
    new = upsert(dispositions).values(code=code, **values)
    await db.execute(new.on_conflict_do_update(index_elements=["code"], set_=values))
    return found, ()


async def retire(db: Writing, code: str, *, retired: bool) -> None:
    """Take a result from the list people choose from, or put it back.

    Raises:
        NoSuchDisposition: there is none, or it is the house's own.

    """
    change = update(dispositions).where(dispositions.c.code == code, dispositions.c.category.in_(CHOSEN))
    if (await db.execute(change.values(retired=retired))).rowcount == 0:
        raise NoSuchDisposition(f"there is no disposition {one_line(code, 24)} to choose")
