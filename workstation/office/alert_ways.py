"""Pages: where alerts of the floor are told outside of it, by mail or webhook, and what became of each (shell)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.alerting import KINDS, LONGEST_URL, Channel, Delivery, address_fault
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchAlertWay
from crm_core.store import alerting as store
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 50
KIND = "kind_"
"""Fields of kinds are named `kind_<kind>`."""
SUBJECTS: Mapping[str, str] = {
    "longest_wait": N_("Longest wait in a queue"),
    "service_level": N_("Answered in time too seldom"),
    "abandonment": N_("Too many gave up"),
    "wrap_up": N_("An operator writes up for long"),
    "node": N_("A telephone exchange is away"),
    "trunk": N_("A trunk is away"),
    "recording": N_("Recordings failed"),
    "import": N_("The last import failed"),
}
CHANNELS: Mapping[str, str] = {Channel.EMAIL: N_("By mail"), Channel.WEBHOOK: N_("To a program (webhook)")}
STATES: Mapping[str, tuple[str, str, str]] = {
    Delivery.WAITING: (N_("On its way"), "accent", "clock"),
    Delivery.SENT: (N_("Taken"), "good", "check"),
    Delivery.FAILED: (N_("Not taken"), "bad", "alert"),
}
WRONG: Mapping[str, str] = {
    "email": N_("This is no address of mail, like name@example.com."),
    "url": N_("This is no address of a program, like https://example.com/alerts, at most 300 characters."),
    "host": N_("Without TLS only programs of the house's own network are told, as the settings name them."),
}
NO_KIND = N_("Choose at least one alert.")
TOO_MANY = N_("There are {most} of them already, the most there can be.")
done_sentences({"told": N_("From now on alerts are told there."), "told-no-more": N_("Taken away.")})


@router.get("/alert-ways")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List where alerts are told, with what was told last."""
    return await _page(request, parts, who, form_of(request, who, {"channel": Channel.EMAIL}))


@router.post("/alert-ways")
async def make(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Tell alerts somewhere from now on; a webhook's secret is shown once."""
    form = form_of(request, who, sent)
    channel = form.choice("channel", CHANNELS, required=True)
    address = form.text("address", LONGEST_URL, required=True)
    kinds = [kind for kind in KINDS if form.flag(KIND + kind)]
    if not kinds:
        form.refuse("kinds", NO_KIND)
    if channel and address:
        wrong = address_fault(Channel(channel), address, parts.settings.alert_hosts)
        if wrong:
            form.refuse("address", WRONG[wrong])
    async with reading(parts.engine) as db:
        if len(await store.ways(db)) >= store.MOST_WAYS:
            form.refuse("form", TOO_MANY, most=store.MOST_WAYS)
    if not form.fine:
        return await _page(request, parts, who, form)
    secret = secrets.token_hex(32) if channel == Channel.WEBHOOK else ""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        new = store.NewWay(channel=Channel(channel), address=address, kinds=tuple(kinds), secret=secret)
        await store.add(db, new, who.user_id)
    if secret:
        return await _page(request, parts, who, form_of(request, who, {}), secret=secret)
    return go("/office/alert-ways", "told")


@router.post("/alert-ways/{way_id}")
async def change(parts: PartsDep, who: Who, sent: Sent, way_id: str) -> Response:
    """Turn a way on or off, or take it away (`do`: `on`, `off`, `drop`)."""
    key = number(way_id)
    if key is None:
        raise NoSuchAlertWay(f"there is no way {way_id[:20]}")
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        if sent.get("do") == "drop":
            await store.drop(db, key, who.user_id)
        else:
            await store.turn(db, key, who.user_id, enabled=sent.get("do") == "on")
    return go("/office/alert-ways", "told-no-more" if sent.get("do") == "drop" else "saved")


async def _page(request: Request, parts: Parts, who: Person, form: Form, *, secret: str = "") -> Response:
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        found = await store.ways(db)
        told = await store.log(db, before=before, limit=PAGE + 1)
    shown, more = cut(told, PAGE, lambda one: one.delivery_id)
    return show(
        request, who, "alert_ways.html", status=200 if form.fine else 422, form=form, ways=found, told=shown,
        more=more, before=before, secret=secret, subjects=SUBJECTS, channels=list(CHANNELS.items()), states=STATES,
        kind=KIND,
    )  # fmt: skip
