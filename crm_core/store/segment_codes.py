"""Codes that facts may have in this base, with what people call them: two statements (shell)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    Text,
    cast,
    false,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.segments.kinds import Choice
from crm_core.tables import (
    account_facts,
    application_kinds,
    dispositions,
    imports,
    segment_snapshots,
    segments,
    signal_rules,
    tariffs,
    teams,
    templates,
)

MOST, NEWEST = 1_000, 100
"""Codes of one fact; of lists and imports the newest are offered, and any may be asked."""
ALIKE = {"application_filed": "application_kind", "result": "disposition"}
"""Facts whose codes are those of another one."""
DAY = "YYYY-MM-DD"
Texts = ColumnElement[str]
Codes = Select[str, str, str, bool, int]
"""Fact, code, title, whether people named it so, place."""


async def known(db: AsyncConnection, language: str) -> dict[str, tuple[Choice, ...]]:
    """Return the codes by fact, in the order they are offered.

    Args:
        db: a connection.
        language: in which what people named is called, where they named it in that language.

    """
    found: dict[str, list[Choice]] = {}
    every = union_all(*_codes(language)).subquery()
    query = select(every).order_by(every.c.fact, every.c.place, every.c.title)
    for row in await db.execute(query):
        found.setdefault(row.fact, []).append(Choice(code=row.code, title=row.title, named=row.named))
    found["time_zone"] = await _zones(db)
    found |= {fact: found[other] for fact, other in ALIKE.items() if other in found}
    return {fact: tuple(choices) for fact, choices in found.items()}


def _codes(language: str) -> list[Codes]:
    """Return a query for each fact."""
    said = dispositions.c.titles[language].astext
    flag = signal_rules.c.spec["then"]["set_flag"].astext
    frozen = segment_snapshots.join(segments, segments.c.id == segment_snapshots.c.segment_id)
    listed = segments.c.name + " · " + segment_snapshots.c.purpose + " · " + _day(segment_snapshots.c.asked_at)
    return [
        _of("tariff", tariffs.c.code, func.min(tariffs.c.name)).group_by(tariffs.c.code),
        _of("application_kind", application_kinds.c.code, _titled(application_kinds.c.titles, language)).where(
            application_kinds.c.current
        ),
        _of("task_team", teams.c.code, _titled(teams.c.titles, language)),
        _of("signal", signal_rules.c.id, signal_rules.c.title),
        _of("flags", flag, flag).where(flag != "").distinct(),
        _of("document", templates.c.id, templates.c.title + " (" + templates.c.language + ")"),
        _of("list", segment_snapshots.c.id, listed, place=-segment_snapshots.c.id)
        .select_from(frozen)
        .where(segment_snapshots.c.status == "made")
        .order_by(segment_snapshots.c.id.desc())
        .limit(NEWEST),
        _of("import", imports.c.id, imports.c.file_name + " · " + _day(imports.c.created_at), place=-imports.c.id)
        .where(imports.c.state == "committed", imports.c.remembered)
        .order_by(imports.c.id.desc())
        .limit(NEWEST),
        _of("disposition", dispositions.c.code, func.coalesce(said, dispositions.c.title), named=said.is_not(None)),
        _of("segment", segments.c.id, segments.c.name).where(~segments.c.retired),
    ]


def _of(
    fact: str,
    code: ColumnElement[Any],
    title: Texts,
    *,
    place: ColumnElement[int] | None = None,
    named: ColumnElement[bool] | None = None,
) -> Codes:
    query = select(
        literal_column(f"'{fact}'", Text).label("fact"),
        cast(code, Text).label("code"),
        title.label("title"),
        (~false() if named is None else named).label("named"),
        (literal(0, Integer) if place is None else place).label("place"),
    )
    return query.limit(MOST)


def _titled(titles: Column[Any], language: str) -> Texts:
    """Return a title in a language, else in English, else whatever there is."""
    return func.coalesce(titles[language].astext, titles["en"].astext, cast(titles, Text))


def _day(moment: Column[Any]) -> Texts:
    return func.to_char(moment, DAY)


async def _zones(db: AsyncConnection) -> list[Choice]:
    """Return the different time zones, from one to the next along the index."""
    column = account_facts.c.time_zone
    step = select(func.min(column).label("value")).cte("step", recursive=True)
    following = select(func.min(column)).where(column > step.c.value).scalar_subquery()
    step = step.union_all(select(following).where(step.c.value.is_not(None)))
    rows = await db.execute(select(step.c.value).where(step.c.value.is_not(None)).limit(500))
    return [Choice(code=value, title=value, named=True) for (value,) in rows]
