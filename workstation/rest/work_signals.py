"""REST of rules that make contacts recur (shell)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import Writing, reading, transaction
from crm_core.store import access_log, signals
from crm_core.work.signals import dump
from workstation.facts import facts_told
from workstation.rest import signal_models as m
from workstation.rest import work_shapes as shapes
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.rest.work_base import KEY, PartsOf, SiteDep, after, senseless

router = APIRouter(tags=["signals"])
MAKER = allowed(Action.MANAGE_SIGNALS)
Maker = Annotated[Caller, MAKER]
Key = Annotated[int, KEY]


def _shown(kept: signals.Kept) -> m.RuleOut:
    return m.RuleOut(
        rule_id=kept.rule_id, spec=dump(kept.rule), active=kept.active, previewed_at=kept.previewed_at,
        changed_at=kept.changed_at, by=kept.by,
    )  # fmt: skip


@router.get("/signal-rules", operation_id="list_signal_rules", dependencies=[MAKER])
async def listing(parts: PartsOf, ask: PageAsk) -> Page[m.RuleOut]:
    """List the rules, the newest first."""
    async with reading(parts.engine) as db:
        rows = await signals.rules(db, before=after(ask), limit=ask.more)
    return ask.page(rows, _shown, lambda kept: (kept.rule_id,))


@router.post("/signal-rules", operation_id="make_signal_rule", status_code=201, response_model=m.RuleOut)
async def make(parts: PartsOf, body: m.RuleIn, caller: Maker, once: OnceDep) -> Response:
    """Make a rule; it is off until it was previewed and switched on."""

    async def work(db: Writing) -> m.RuleOut:
        return await _saved(db, parts, caller, None, body)

    return await once.run(caller, work, 201)


@router.get("/signal-rules/{rule_id}", operation_id="read_signal_rule", dependencies=[MAKER])
async def one(parts: PartsOf, rule_id: Key) -> m.RuleOut:
    """Show a rule."""
    async with reading(parts.engine) as db:
        return _shown(await signals.by_id(db, rule_id))


@router.put("/signal-rules/{rule_id}", operation_id="save_signal_rule", response_model=m.RuleOut)
async def save(parts: PartsOf, rule_id: Key, body: m.RuleIn, caller: Maker, once: OnceDep) -> Response:
    """Change a rule; a change switches it off until it was previewed again."""

    async def work(db: Writing) -> m.RuleOut:
        return await _saved(db, parts, caller, rule_id, body)

    return await once.run(caller, work)


async def _saved(db: Writing, parts: PartsOf, caller: Caller, rule_id: int | None, body: m.RuleIn) -> m.RuleOut:
    key, defects = await signals.save(db, rule_id, body.spec, caller.user_id, clock.now())
    if key is None:
        raise senseless(parts, caller, defects, "spec")
    await access_log.record(db, caller.user_id, Action.MANAGE_SIGNALS, f"rule {key}", "saved", caller.ip)
    return _shown(await signals.by_id(db, key))


@router.post("/signal-rules/{rule_id}/preview", operation_id="preview_signal_rule")
async def preview(parts: PartsOf, site: SiteDep, rule_id: Key, caller: Maker) -> m.PreviewOut:
    """Say what a rule would find now, and note that it was looked at."""
    now = clock.now()
    async with reading(parts.engine) as db:
        kept = await signals.by_id(db, rule_id)
        found = await signals.preview(db, kept.rule, site.today(now))
    async with transaction(parts.engine) as writing:
        await signals.previewed(writing, rule_id, kept.rule, now)
        said = f"preview: about {found.expected}"
        await access_log.record(writing, caller.user_id, Action.MANAGE_SIGNALS, f"rule {rule_id}", said, caller.ip)
    return m.PreviewOut.model_validate(found)


@router.post("/signal-rules/{rule_id}/switch", operation_id="switch_signal_rule", response_model=shapes.Done)
async def switch(rule_id: Key, body: m.Switch, caller: Maker, once: OnceDep) -> Response:
    """Switch a rule on or off."""

    async def work(db: Writing) -> shapes.Done:
        await signals.switch(db, rule_id, active=body.active)
        said = "on" if body.active else "off"
        await access_log.record(db, caller.user_id, Action.MANAGE_SIGNALS, f"rule {rule_id}", said, caller.ip)
        return shapes.Done()

    return await once.run(caller, work)


@router.get("/signal-rules/{rule_id}/hits", operation_id="list_signal_hits")
async def hits(parts: PartsOf, rule_id: Key, caller: Maker, ask: PageAsk) -> Page[m.HitOut]:
    """List whom a rule found and why, the newest first."""
    words, formats = parts.templates.translation(caller.language), parts.templates.formats(caller.language)
    async with reading(parts.engine) as db:
        what = (await signals.by_id(db, rule_id)).rule.what
        rows = await signals.hits(db, rule_id=rule_id, before=after(ask), limit=ask.more)

    def shown(hit: signals.Hit) -> m.HitOut:
        out = m.HitOut.model_validate(hit)
        out.words = facts_told({**hit.facts, "what": what.value}, words, formats)
        return out

    return ask.page(rows, shown, lambda row: (row.hit_id,))


@router.get("/signal-rules/{rule_id}/runs", operation_id="list_signal_runs", dependencies=[MAKER])
async def runs(parts: PartsOf, rule_id: Key, ask: PageAsk) -> Page[m.RunOut]:
    """List the runs of a rule, the newest first."""
    before = None if ask.after is None else date.fromisoformat(str(ask.after[0]))
    async with reading(parts.engine) as db:
        await signals.by_id(db, rule_id)
        rows = await signals.runs(db, rule_id, before, ask.more)
    return ask.page(rows, m.RunOut.model_validate, lambda run: (run.period.isoformat(),))
