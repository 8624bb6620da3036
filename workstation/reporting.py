"""Reports as pages and jobs ask for them: found by their code, within what the reader leads, answered (shell)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import clock
from crm_core.access import Action
from crm_core.access import may as role_may
from crm_core.errors import NoSuchReport
from crm_core.reports import terms
from crm_core.reports.library import LIBRARY
from crm_core.reports.query import check, read_json
from crm_core.reports.terms import Answer, Finding, Query, Sight
from crm_core.settings import Settings
from crm_core.store import reports, saved_reports, teams
from crm_core.store.report_sources import ANSWERED, can_answer
from crm_core.store.saved_reports import Reader, Saved
from workstation import report_asks
from workstation.access import Person
from workstation.deps import number
from workstation.reach import reach

ASKED = "asked"
"""Code of a question that nobody keeps: its fields stand in the address."""
OWN = "own-"
MOST_OFFERED = 200
OFFERED = tuple(one for one in LIBRARY if can_answer(one.query))
"""Reports of the library whose every figure is on record."""
BY_CODE = {one.code: one for one in OFFERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A report as it is looked at: what is kept, with what the address changes."""

    code: str
    title: str
    """Of the library in English; of somebody's own as he named it."""
    doc: str
    query: Query
    chart: str
    findings: tuple[Finding, ...] = ()
    saved: Saved | None = None
    threshold: int = 20
    """Seconds within which an answer is in time, where a queue says nothing of its own."""

    @property
    def fields(self) -> dict[str, str]:
        """What an address says besides the code."""
        if self.code == ASKED:
            return report_asks.fields_of(self.query, self.chart)
        return report_asks.frame_of(self.query)


def today(settings: Settings) -> date:
    """Return the date at the utility."""
    return clock.now().astimezone(ZoneInfo(settings.time_zone)).date()


async def reader_of(db: AsyncConnection, who: Person) -> Reader:
    """Return who looks, with the teams he is in or leads."""
    return Reader(user_id=who.user_id, role=who.role.value, teams=tuple(await teams.of_user(db, who.user_id)))


async def sight_of(db: AsyncConnection, who: Person) -> Sight:
    """Return what of the facts somebody sees: as on the floor, his own teams and queues."""
    found = await reach(db, who)
    return Sight(others=found.others, queues=found.queues)


async def found(
    db: AsyncConnection, settings: Settings, who: Person, code: str, values: Mapping[str, str] | None = None
) -> Shown:
    """Return a report that somebody may look at.

    Args:
        db: a connection.
        settings: of the house.
        who: looks.
        code: of the library, of a kept one, or `asked`.
        values: fields of the address.

    Raises:
        NoSuchReport: there is none of this code for him.

    """
    told, zone, day = values or {}, settings.time_zone, today(settings)
    if code == ASKED:
        if not role_may(who.role, Action.DESIGN_REPORTS):
            raise NoSuchReport("who puts no reports together has none of his own asking")
        asked = report_asks.whole(told, day, zone)
        return _judged(
            Shown(
                code=code, title="", doc="", query=asked.query, chart=asked.chart, findings=asked.findings,
                threshold=settings.service_level_seconds,
            )
        )  # fmt: skip
    if code in BY_CODE:
        kept = BY_CODE[code]
        base = Shown(code=code, title=kept.title, doc=kept.doc, query=kept.query, chart=kept.chart)
    else:
        base = await _own(db, who, code)
    asked = report_asks.adjusted(base.query, told, day, zone)
    threshold = settings.service_level_seconds
    return _judged(replace(base, query=asked.query, findings=asked.findings, threshold=threshold))


async def _own(db: AsyncConnection, who: Person, code: str) -> Shown:
    key = number(code.removeprefix(OWN)) if code.startswith(OWN) else None
    if key is None:
        raise NoSuchReport(f"there is no report {code[:40]}")
    saved = await saved_reports.one(db, key, await reader_of(db, who))
    return _kept(saved)


def _kept(saved: Saved) -> Shown:
    """Return a kept report.

    Raises:
        NoSuchReport: it asks in words that are not known any more.

    """
    try:
        query = read_json(json.dumps(saved.query))
    except ValueError as error:
        raise NoSuchReport(f"report {saved.code} asks what is not known any more") from error
    return Shown(code=saved.code, title=saved.title, doc="", query=query, chart=saved.chart, saved=saved)


def _judged(shown: Shown) -> Shown:
    if shown.query.subject not in ANSWERED:
        raise NoSuchReport(f"there is no subject {shown.query.subject[:40]}")
    said = {finding.field for finding in shown.findings}
    more = tuple(finding for finding in check(shown.query) if finding.field not in said)
    if not shown.findings and not more and not can_answer(shown.query):
        raise NoSuchReport(f"not every word of {shown.code[:40]} is on record")
    return replace(shown, findings=(*shown.findings, *more))


async def answered(db: AsyncConnection, shown: Shown, who: Person) -> Answer | None:
    """Return the answer within what somebody leads; None when the question makes no sense yet."""
    if shown.findings:
        return None
    sight = await sight_of(db, who)
    return await reports.answer(db, shown.query, sight, shown.threshold, language=who.language)


def nothing(answer: Answer) -> bool:
    """Whether there is not one row."""
    return not answer.rows


def named_periods() -> tuple[str, ...]:
    """Return what a period can be called, and days of one's own at last."""
    return (*terms.NAMED, report_asks.DAYS)


async def everything(db: AsyncConnection, who: Person) -> list[Shown]:
    """Return all reports that somebody may look at: his own, those shared with him, the library."""
    kept = await saved_reports.listing(db, await reader_of(db, who), limit=MOST_OFFERED)
    return [_kept(one) for one in kept] + [
        Shown(code=one.code, title=one.title, doc=one.doc, query=one.query, chart=one.chart) for one in OFFERED
    ]
