"""Pages of rules that make contacts recur: the list, one rule with whom it found, its form (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock, money
from crm_core.access import Action
from crm_core.db import Writing, reading, transaction
from crm_core.errors import NoSuchSegment, SegmentBroken
from crm_core.store import access_log, segments, signals
from crm_core.work import signals as rules
from crm_core.work.signals import Against, Every, What
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number, translate
from workstation.facts import facts_told
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, show
from workstation.office.work_base import PAGE, Ask, key, note_defects, people_and_teams, refused, site
from workstation.parties import STATUSES
from workstation.sentences import Translate, sentence

router = APIRouter(prefix="/office/signals")
WHO = ("kind", "flags_any", "flags_none", "balance_least", "balance_most", "tariff", "segment")
MONEY = frozenset({"balance_least", "balance_most"})
PLACES = {
    name: name
    for name in (
        *WHO, "title", "what", "every", "periods", "percent", "against", "limit", "team", "owner_id", "due_days",
        "set_flag", "drop_flag", "turn", "status",
    )
} | {"then": "task"}  # fmt: skip
"""Fields of the page by the places of a rule."""


@router.get("")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the rules with their last runs, the newest first."""
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        found = await signals.rules(db, before=before, limit=PAGE + 1)
        last = await signals.last_runs(db, [kept.rule_id for kept in found])
    shown, more = cut(found, PAGE, lambda kept: kept.rule_id)
    return show(
        request, who, "work_signals.html", rows=[(kept, last.get(kept.rule_id)) for kept in shown],
        more=f"/office/signals?before={more}" if more else "", first="/office/signals" if before else "",
    )  # fmt: skip


@router.get("/form")
async def edit(request: Request, parts: PartsDep, who: Who, rule: str = "") -> Response:
    """Show a rule as data, or an empty one."""
    typed: dict[str, str] = {"what": "no_reading", "every": "month", "periods": "3", "percent": "30", "limit": "5000"}
    typed |= {"status_active": "1", "task": "1", "due_days": "3", "team": "contact_centre"}
    if number(rule):
        async with reading(parts.engine) as db:
            typed = _typed((await signals.by_id(db, key(rule))).rule) | {"rule": rule}
    return await _edit(request, parts, who, form_of(request, who, typed))


def _customers(words: Translate, of: Sequence[str] = rules.CUSTOMERS) -> list[tuple[str, str]]:
    return [(status, words(STATUSES[status])) for status in of]


async def _edit(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    words = translate(request, who)
    async with reading(parts.engine) as db:
        lists = await people_and_teams(db, who)
        known = [(one.segment_id, one.name) for one in await segments.everyone(db)]
    return show(
        request, who, "work_signal_form.html", status=200 if form.fine else 422, form=form,
        whats=[one.value for one in What], everys=[one.value for one in Every], againsts=[one.value for one in Against],
        statuses=rules.STATUSES, segments=known, customers=_customers(words), turns=_customers(words, rules.TURNS),
        **lists,
    )  # fmt: skip


@router.post("/form")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Save a rule; it is off until it was looked at and switched on."""
    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    rule_id, made = number(sent.get("rule")), []

    async def work(db: Writing) -> None:
        made.append(await signals.save(db, rule_id, _spec(sent), who.user_id, clock.now()))

    form = await ask.do(work, Action.MANAGE_SIGNALS, f"rule {rule_id or 'new'}", "saved")
    saved, defects = made[0] if made else (None, ())
    note_defects(form, defects, translate(request, who), lambda one: PLACES.get(one.place, ""))
    if not form.fine or saved is None:
        return await _edit(request, parts, who, form)
    return go(f"/office/signals/{saved}", "saved")


def _spec(sent: dict[str, str]) -> dict[str, Any]:
    return {
        **{name: sent.get(name, "") for name in ("title", "what", "every", "periods", "percent", "against", "limit")},
        "who": {
            **{name: _amount(sent.get(name, "")) if name in MONEY else sent.get(name, "") for name in WHO},
            "status": [status for status in rules.STATUSES if sent.get(f"status_{status}") == "1"],
            "customer": [status for status in rules.CUSTOMERS if sent.get(f"customer_{status}") == "1"],
        },
        "then": {
            "task": sent.get("task") == "1", "title": sent.get("task_title", ""), "team": sent.get("team", ""),
            "owner_id": number(sent.get("owner_id")), "share": sent.get("share") == "1",
            **{name: sent.get(name, "") for name in ("due_days", "set_flag", "drop_flag", "turn")},
        },
    }  # fmt: skip


def _amount(text: str) -> str:
    """Read money as people type it; what is none is left to the rules to refuse."""
    found = money.parse(text)
    return text if found is None else str(found)


def _typed(rule: rules.Rule) -> dict[str, str]:
    data = rules.dump(rule)
    typed = {name: str(data[name]) for name in ("title", "what", "every", "periods", "percent", "against", "limit")}
    for name in WHO:
        value = data["who"][name]
        typed[name] = " ".join(value) if isinstance(value, list) else str(value or "")
    typed |= {f"status_{status}": "1" for status in rule.who.status}
    typed |= {f"customer_{status}": "1" for status in rule.who.customer}
    then = rule.then
    return typed | {
        "task": "1" if then.task else "", "task_title": then.title, "team": then.team, "due_days": str(then.due_days),
        "owner_id": str(then.owner_id or ""), "share": "1" if then.share else "", "set_flag": then.set_flag,
        "drop_flag": then.drop_flag, "turn": then.turn,
    }  # fmt: skip


@router.get("/{rule_id}")
async def one(request: Request, parts: PartsDep, who: Who, rule_id: str) -> Response:
    """Show a rule, its runs, whom it found and why."""
    return await _page(request, parts, who, key(rule_id), form_of(request, who, {}))


async def _page(  # noqa: PLR0913 -- and what was found just now
    request: Request,
    parts: Parts,
    who: Person,
    rule_id: int,
    form: Form,
    *,
    preview: signals.Preview | None = None,
) -> Response:
    words, before = translate(request, who), number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        kept = await signals.by_id(db, rule_id)
        runs = await signals.runs(db, rule_id)
        found = await signals.hits(db, rule_id=rule_id, before=before, limit=PAGE + 1)
        lists = await people_and_teams(db, who)
        inside = await segments.one(db, kept.rule.who.segment) if kept.rule.who.segment else None
    shown, more = cut(found, PAGE, lambda hit: hit.hit_id)
    what, formats = {"what": kept.rule.what.value}, parts.templates.formats(who.language)
    return show(
        request, who, "work_signal.html", status=200 if form.fine else 422, form=form, kept=kept, rule=kept.rule,
        segment=inside, customers=dict(_customers(words)),
        runs=[(run, sentence(run.trouble, words) if run.trouble else "") for run in runs],
        hits=[(hit, facts_told({**hit.facts, **what}, words, formats)) for hit in shown], preview=preview,
        sample=[(one, facts_told({**one["facts"], **what}, words, formats)) for one in preview.sample]
        if preview else [],
        more=f"?before={more}" if more else "", names=dict(lists["people"]), **lists,
    )  # fmt: skip


@router.post("/{rule_id}/preview")
async def preview(request: Request, parts: PartsDep, who: Who, sent: Sent, rule_id: str) -> Response:
    """Say what a rule would find now; nothing but the look is written down."""
    one, now = key(rule_id), clock.now()
    async with reading(parts.engine) as db:
        kept = await signals.by_id(db, one)
        try:
            found = await signals.preview(db, kept.rule, site(parts).today(now))
        except (NoSuchSegment, SegmentBroken) as error:
            form = form_of(request, who, sent)
            refused(request, who, form, error)
            return await _page(request, parts, who, one, form)
    async with transaction(parts.engine) as writing:
        await signals.previewed(writing, one, kept.rule, now)
        said = f"preview: about {found.expected}"
        await access_log.record(writing, who.user_id, Action.MANAGE_SIGNALS, f"rule {one}", said, address(request))
    return await _page(request, parts, who, one, form_of(request, who, sent), preview=found)


@router.post("/{rule_id}/switch")
async def switch(request: Request, parts: PartsDep, who: Who, sent: Sent, rule_id: str) -> Response:
    """Switch a rule on or off."""
    one, active = key(rule_id), sent.get("active") == "1"

    async def work(db: Writing) -> None:
        await signals.switch(db, one, active=active)

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    form = await ask.do(work, Action.MANAGE_SIGNALS, f"rule {one}", "on" if active else "off")
    return go(f"/office/signals/{one}", "saved") if form.fine else await _page(request, parts, who, one, form)
