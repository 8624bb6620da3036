"""Page of readings that a rule held: confirmed with a reason, or refused (shell)."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.readings import storable
from crm_core.store import access_log, held
from crm_core.store import readings as reading_store
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.errors import Missing
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show, words
from workstation.reading_words import explained, said
from workstation.reading_words import shown as dial
from workstation.sentences import N_, RULES

router = APIRouter(prefix="/office")
PAGE = 50
DOUBTS = ("too-high", "too-low", "unchanged", "disconnected", "outside-window")
"""Rules that hold a reading."""
done_sentences({
    "confirmed": N_("The reading is confirmed."),
    "not-confirmed": N_("The reading is refused."),
})  # fmt: skip


@router.get("/readings/held")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List what waits, oldest first."""
    return await _page(request, parts, who)


@router.post("/readings/held/{held_id}")
async def decide(request: Request, parts: PartsDep, who: Who, sent: Sent, held_id: str) -> Response:
    """Confirm a held reading, or refuse it."""
    key = number(held_id)
    if key is None:
        raise Missing("no-such-held-reading")
    form = form_of(request, who, sent)
    decision = form.choice("decision", {"confirm", "refuse"}, required=True)
    reason = form.text("reason", held.REASON)
    if not reason:
        form.refuse("form", N_("Give a reason: it stands with the reading."))
    if not form.fine:
        return await _page(request, parts, who, form=form, at=key)
    stored = True
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        one = await held.find(db, key)
        if decision == "confirm":
            verdicts = await reading_store.confirm(db, key, who.user_id, reason)
            stored = storable(verdicts)
            objections = [said(verdict, words(request, who)) for verdict in verdicts if verdict.rule]
        else:
            await held.refuse(db, key, who.user_id, reason)
        note = f"{decision} held {one.rule} {'done' if stored else 'not possible'}: {reason}"
        await access_log.record(
            db, who.user_id, Action.CONFIRM_READING, f"account {one.account_id}", note, address(request)
        )
    if not stored:
        form.errors["form"] = " ".join(objections)
        return await _page(request, parts, who, form=form, at=key)
    parts.hub.ahead.changed(one.account_id)
    return go("/office/readings/held", "confirmed" if decision == "confirm" else "not-confirmed")


async def _page(request: Request, parts: Parts, who: Person, *, form: Form | None = None, at: int = 0) -> Response:
    """Show what waits; a form that was refused stands in the row it came from."""
    after = number(request.query_params.get("after")) or 0
    rule = request.query_params.get("rule", "")
    rule = rule if rule in DOUBTS else ""
    async with reading(parts.engine) as db:
        found = await held.waiting(db, after=after, limit=PAGE + 1, rule=rule)
    shown, more = cut(found, PAGE, lambda one: one.held_id)
    translate = words(request, who)
    sentences: Mapping[int, str] = {
        one.held_id: explained(one.rule, one.least, one.most, None, translate) for one in shown
    }
    return show(
        request,
        who,
        "held.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, {"rule": rule}),
        held=shown,
        at=at,
        sentences=sentences,
        values={one.held_id: dial(one.value) for one in shown},
        more=more,
        first=not after,
        rule=rule,
        rules=[(name, translate(RULES[name])) for name in DOUBTS],
    )
