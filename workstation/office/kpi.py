"""Pages of schemes: teams with their scores, one team with its people, the scheme changed (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core.access import Action
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchReport
from crm_core.reports import kpi
from crm_core.reports.kpi import Figure, Part, Scheme, Score, Step
from crm_core.reports.terms import Cell, Filter, Period, Query, Sight
from crm_core.store import kpi_schemes, reports, teams
from crm_core.store.kpi_schemes import Kept
from crm_core.store.report_sources import ANSWERED
from crm_core.store.teams import Team
from workstation import report_asks, report_words, reporting
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import Form
from workstation.office.base import form_of, go, once, show
from workstation.office.reports_base import rights, words_of
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PARTS, STEPS = 8, 5
TEAM, OPERATOR = "team", "operator"
FINDINGS: Mapping[str, str] = {
    "kpi-empty": N_("A scheme needs at least one measure."),
    "kpi-unknown-measure": N_("Choose one of the list."),
    "kpi-twice": N_("This measure stands in the scheme already."),
    "kpi-steps": N_("A better value must bring more points; the target brings 100."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A team or a person with the score."""

    code: str
    name: str
    score: Score | None


def measures() -> dict[str, str]:
    """Return the measures that can be judged: those of subjects told apart by team; by what they are called."""
    return {
        f"{subject.name}.{one.name}": f"{subject.title}: {one.title}"
        for subject in ANSWERED.values()
        if TEAM in subject.dimensions
        for one in subject.measures.values()
    }


def known(subject: str, measure: str) -> bool:
    """Whether there is such a measure to judge a team by."""
    return f"{subject}.{measure}" in measures()


@router.get("/kpi")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the teams somebody leads with their scores over a period."""
    asked = _asked(request, parts)
    async with reading(parts.engine) as db:
        seen = await _teams(db, who)
        schemes = await kpi_schemes.on(db, asked.query.period.last)
        sight = await reporting.sight_of(db, who)
        judged = [
            Judged(code=one.code, name=_title(one, who), score=await _score(db, one.code, schemes, asked.query, sight))
            for one in seen
        ]
    return show(request, who, "kpi.html", teams=judged, **_values(request, parts, who, asked))


@router.get("/kpi/{code}")
async def one(request: Request, parts: PartsDep, who: Who, code: str) -> Response:
    """Show a team's score measure by measure, and that of its people."""
    return await _page(request, parts, who, code, None)


@router.post("/kpi/{code}")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent, code: str) -> Response:
    """Store the next version of a team's scheme."""
    form = form_of(request, who, sent)
    since = form.day("since", required=True)
    scheme = _scheme(form)
    if scheme is None or since is None or not form.fine:
        return await _page(request, parts, who, code, form)
    async with transaction(parts.engine) as db:
        await _team(db, who, code)
        await once(db, who, sent)
        await kpi_schemes.save(db, code, kpi.write(scheme), since, number(sent.get("version")) or 0, who.user_id)
    return go(f"/office/kpi/{code}", "saved")


async def of_person(db: AsyncConnection, code: str, operator_id: int, period: Period) -> Score | None:
    """Return one person's score by his team's scheme; for his own page, so that he sees what his lead sees."""
    schemes = await kpi_schemes.on(db, period.last)
    scheme = kpi.read(schemes[code].scheme) if code in schemes else None
    if scheme is None:
        return None
    base = Query(subject="", measures=(), period=period, filters=(Filter(OPERATOR, "is", (str(operator_id),)),))
    return kpi.score(scheme, (await _figures(db, scheme, base, Sight(only=operator_id))).get("", {}))


def _asked(request: Request, parts: Parts) -> report_asks.Asked:
    """Return the period that an address asks for, as the frame of a question."""
    day, zone = reporting.today(parts.settings), parts.settings.time_zone
    values = {"period": "this_month", **request.query_params}
    return report_asks.whole({"subject": "contacts", **values}, day, zone)


async def _teams(db: AsyncConnection, who: Person) -> list[Team]:
    """Return the teams somebody sees: those he is in or leads; who leads none on the floor, all."""
    everyone = await teams.everyone(db)
    if not role_may(who.role, Action.LEAD):
        return everyone
    own = set(await teams.of_user(db, who.user_id))
    return [one for one in everyone if one.code in own]


async def _team(db: AsyncConnection, who: Person, code: str) -> Team:
    found = next((one for one in await _teams(db, who) if one.code == code), None)
    if found is None:
        raise NoSuchReport(f"there is no team {code[:40]} for this person")
    return found


def _title(team: Team, who: Person) -> str:
    return team.titles.get(who.language) or team.titles.get("en", team.code)


async def _score(
    db: AsyncConnection, code: str, schemes: Mapping[str, Kept], asked: Query, sight: Sight
) -> Score | None:
    scheme = kpi.read(schemes[code].scheme) if code in schemes else None
    if scheme is None:
        return None
    base = replace(asked, filters=(Filter(TEAM, "is", (code,)),))
    return kpi.score(scheme, (await _figures(db, scheme, base, sight)).get("", {}))


async def _figures(
    db: AsyncConnection, scheme: Scheme, base: Query, sight: Sight, by: str = ""
) -> dict[str, dict[str, Figure]]:
    """Return the figures of a scheme by person, "" for all together: worked out from sums, subject by subject."""
    found: dict[str, dict[str, Figure]] = {}
    for subject in dict.fromkeys(part.subject for part in scheme.parts):
        names = tuple(part.measure for part in scheme.parts if part.subject == subject)
        if not all(known(subject, name) for name in names):
            continue
        narrow = by if by in ANSWERED[subject].dimensions else ""
        if any(one.dimension not in ANSWERED[subject].dimensions for one in base.filters):
            continue
        query = replace(base, subject=subject, measures=names, by=(narrow,) if narrow else ())
        answer = await reports.answer(db, query, sight)
        rows = [("", answer.totals), *((row.key[0] or "", row) for row in answer.rows if narrow)]
        for key, row in rows:
            told = {f"{subject}.{name}": _figure(cell) for name, cell in zip(names, row.cells, strict=False)}
            found.setdefault(key, {}).update(told)
    return found


def _figure(cell: Cell) -> Figure:
    value = cell.value
    return Figure(value=None if value is None or isinstance(value, str) else Decimal(value), n=cell.n)


def _values(request: Request, parts: Parts, who: Person, asked: report_asks.Asked) -> dict[str, Any]:
    said = words_of(request, parts, who)
    period = asked.query.period
    told = {
        "period": asked.query.named or report_asks.DAYS,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
    }
    return {
        "said": said,
        "period": period,
        "asks": report_asks,
        "filters": form_of(request, who, told),
        "told": told,
        "periods": [(code, said.say(report_words.PERIODS[code])) for code in reporting.named_periods()],
        "subjects": ANSWERED,
        "manages": role_may(who.role, Action.MANAGE_KPI),
        **rights(who),
    }


async def _page(request: Request, parts: Parts, who: Person, code: str, form: Form | None) -> Response:
    asked = _asked(request, parts)
    async with reading(parts.engine) as db:
        team = await _team(db, who, code)
        schemes = await kpi_schemes.on(db, asked.query.period.last)
        versions = await kpi_schemes.versions(db, code)
        sight = await reporting.sight_of(db, who)
        scheme = kpi.read(schemes[code].scheme) if code in schemes else None
        score, people = None, []
        if scheme is not None:
            base = replace(asked.query, filters=(Filter(TEAM, "is", (code,)),))
            found = await _figures(db, scheme, base, sight, OPERATOR)
            score = kpi.score(scheme, found.pop("", {}))
            names = {str(one.user_id): one.name for one in await teams.workers(db)}
            people = [
                Judged(code=key, name=names.get(key, key), score=kpi.score(scheme, figures))
                for key, figures in sorted(found.items(), key=lambda pair: names.get(pair[0], pair[0]))
            ]
    newest = kpi.read(versions[0].scheme) if versions else None
    values = _values(request, parts, who, asked)
    said = values["said"].say
    return show(
        request, who, "kpi_one.html", status=200 if form is None or form.fine else 422,
        form=form or form_of(request, who, _written(newest, versions, reporting.today(parts.settings))),
        team=team, title=_title(team, who), scheme=scheme, score=score, people=people, versions=versions,
        choices=[(name, f"{said(ANSWERED[name.partition('.')[0]].title)}: {said(title.partition(': ')[2])}")
                 for name, title in measures().items()],
        parts=range(1, PARTS + 1), **values,
    )  # fmt: skip


def _scheme(form: Form) -> Scheme | None:
    """Read a scheme as it was typed; None when something is not right, which the form then says."""
    title = form.text("title", 120, required=True)
    read = {place: part for place in range(1, PARTS + 1) if (part := _part(form, place)) is not None}
    if not form.fine:
        return None
    scheme = Scheme(title=title, parts=tuple(read.values()))
    places = list(read)
    findings = kpi.check(scheme, known)
    for finding in findings:
        name = "form" if finding.place < 0 else f"measure_{places[finding.place]}"
        form.refuse(name, FINDINGS[finding.code])
    return None if findings else scheme


def _part(form: Form, place: int) -> Part | None:
    name = form.choice(f"measure_{place}", measures())
    if not name:
        return None
    weight = form.whole(f"weight_{place}", 1, 100, required=True)
    target = form.amount(f"target_{place}", Decimal(0), Decimal(10**9), required=True)
    steps = _steps(form, place)
    if weight is None or target is None or steps is None:
        return None
    subject, _, measure = name.partition(".")
    more = form.choice(f"better_{place}", ("more", "less")) != "less"
    return Part(subject=subject, measure=measure, weight=weight, more=more, target=target, steps=steps)


def _steps(form: Form, place: int) -> tuple[Step, ...] | None:
    """Read steps as they are typed: `70:60 90:120`, a value and the points it brings."""
    told = form.text(f"steps_{place}", 200).split()
    try:
        pairs = [one.split(":") for one in told[:STEPS]]
        return tuple(Step(at=Decimal(at), points=int(points)) for at, points in pairs)
    except (ValueError, ArithmeticError, ValidationError):
        form.refuse(f"steps_{place}", N_("Write steps as value:points, like 70:60 90:120; points up to 150."))
        return None


def _written(scheme: Scheme | None, versions: list[Kept], day: date) -> dict[str, str]:
    told = {"since": day.isoformat(), "version": str(versions[0].version if versions else 0)}
    if scheme is None:
        return told
    told["title"] = scheme.title
    for place, part in enumerate(scheme.parts, 1):
        told |= {
            f"measure_{place}": part.name, f"weight_{place}": str(part.weight),
            f"better_{place}": "more" if part.more else "less", f"target_{place}": f"{part.target.normalize():f}",
            f"steps_{place}": " ".join(f"{step.at.normalize():f}:{step.points}" for step in part.steps),
        }  # fmt: skip
    return told
