"""Pages of access and audit: the matrix, the access log, alerts (shell)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core import access, clock
from crm_core.access import SIGHTS, Action, Field, Role
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchAlert
from crm_core.store import access_log, chain, openings, retention, users, watching
from crm_core.store.access_log import Filter
from workstation import guard_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.errors import Missing
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 100
ALERTS_PAGE = 50
NO_ACCOUNT = N_("There is no account of this number.")
done_sentences({"acknowledged": N_("Acknowledged.")})


@router.get("/access")
async def matrix(request: Request, who: Who) -> Response:
    """Show who may do what and who sees what: the same matrix that decides."""
    return show(
        request,
        who,
        "guard_access.html",
        roles=list(Role),
        actions=list(Action),
        fields=list(Field),
        may=access.may,
        sights=SIGHTS,
        words=guard_words,
    )


@router.get("/audit")
async def audit(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the access log; that somebody read it is in it too."""
    asked = {name: value for name, value in request.query_params.items() if value and name != "done"}
    form = form_of(request, who, asked)
    before = number(asked.get("before"))
    async with reading(parts.engine) as db:
        people = await users.everyone(db)
        actions = await access_log.actions(db)
        wanted = await _filter(db, form, parts.settings.time_zone, {str(one.user_id) for one in people}, actions)
        rows = await access_log.page(db, wanted, before=before, limit=PAGE + 1) if form.fine else []
        numbers = await access_log.numbers(db, (row.object for row in rows))
        titles = {one.code: one.title for one in await openings.reasons(db)}
        tip = await chain.last(db)
    parts.access.note(who.user_id, Action.SEE_ACCESS_LOG, _said(wanted))
    shown, more = cut(rows, PAGE, lambda one: one.access_id)
    further = urlencode({**asked, "before": str(more)}) if more else ""
    return show(
        request,
        who,
        "guard_audit.html",
        status=200 if form.fine else 422,
        form=form,
        rows=shown,
        numbers=numbers,
        names={f"user {one.user_id}": one.name for one in people},
        why={one.access_id: guard_words.why(one.reason, titles, translate(request, who)) for one in shown},
        more=f"/office/audit?{further}" if further else "",
        first="/office/audit?" + urlencode({k: v for k, v in asked.items() if k != "before"}) if before else "",
        people=people,
        actions=actions,
        tip=tip,
        words=guard_words,
    )


@router.get("/alerts")
async def alerts(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show what the rules found, with the form to say what it was."""
    return await _alerts(request, parts, who)


@router.post("/alerts/{alert_id}")
async def acknowledge(request: Request, parts: PartsDep, who: Who, sent: Sent, alert_id: str) -> Response:
    """Say of an alert what it was."""
    key = number(alert_id)
    if key is None:
        raise Missing("no-such-alert")
    form = form_of(request, who, sent)
    finding = form.text("finding", watching.LONGEST_FINDING, required=True)
    if not form.fine:
        return await _alerts(request, parts, who, form=form, at=key)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        alert = await watching.acknowledge(db, key, who.user_id, finding, clock.now())
        said = f"{alert.rule}: {finding}"
        await access_log.record(db, who.user_id, Action.ACKNOWLEDGE_ALERT, f"user {alert.user_id}", said)
    return go("/office/alerts", "acknowledged")


async def _alerts(
    request: Request, parts: Parts, who: Person, *, form: Form | None = None, at: int | None = None
) -> Response:
    everything = request.query_params.get("all") == "1"
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        found = await watching.listing(db, everything=everything, before=before, limit=ALERTS_PAGE + 1)
        numbers = await access_log.numbers(db, (one.detail for one in found))
    shown, more = cut(found, ALERTS_PAGE, lambda one: one.alert_id)
    if at is not None and at not in {one.alert_id for one in shown}:
        raise NoSuchAlert(f"there is no open alert {at}")
    return show(
        request,
        who,
        "guard_alerts.html",
        status=200 if form is None else 422,
        alerts=shown,
        numbers=numbers,
        more=f"/office/alerts?{urlencode({'before': str(more), **({'all': '1'} if everything else {})})}"
        if more
        else "",
        everything=everything,
        may_say=access.may(who.role, Action.ACKNOWLEDGE_ALERT),
        at=at,
        words=guard_words,
        **({"form": form} if form else {}),
    )


async def _filter(db: AsyncConnection, form: Form, zone: str, people: set[str], actions: list[str]) -> Filter:
    """Read what is asked for; days are those of the utility."""
    user = form.choice("user", people)
    account = form.text("account", 20)
    account_id = await retention.account_of(db, account) if account else None
    if account and account_id is None:
        form.refuse("account", NO_ACCOUNT)
    since, until = form.day("since"), form.day("until")
    return Filter(
        user_id=number(user),
        account_id=account_id,
        action=form.choice("action", actions),
        since=_midnight(since, zone),
        until=_midnight(until + timedelta(days=1) if until else None, zone),
    )


def _midnight(day: date | None, zone: str) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), ZoneInfo(zone))


def _said(wanted: Filter) -> str:
    """Return in a few words what of the log was read, for the log."""
    parts = (
        f"user {wanted.user_id}" if wanted.user_id else "",
        f"account {wanted.account_id}" if wanted.account_id else "",
        wanted.action,
        f"from {wanted.since:%Y-%m-%d}" if wanted.since else "",
    )
    return " ".join(filter(None, parts)) or "everything"
