"""Pages of how an account is billed, of its premises and of its meters (shell)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import parties
from crm_core import supply as rules
from crm_core.db import Writing, reading, transaction
from crm_core.errors import BadValue, ChangedMeanwhile
from crm_core.store import phone_service, places
from crm_core.supply import AccountFacts, MeterFacts, PremisesFacts
from workstation import parties as words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, translate
from workstation.forms import NOT_A_CHOICE, Form
from workstation.office.base import form_of, go, once, show
from workstation.office.changing import by, key_of, note, refuse, version_of
from workstation.sentences import N_, SENTENCES

router = APIRouter(prefix="/office")
DEGREES = Decimal(180)
WRONG_PIN = N_("A PIN has four to eight digits, not all the same.")
Work = Callable[[Writing], Awaitable[object]]


@router.get("/accounts/{account_id}/billing")
async def read_billing(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show how an account is billed."""
    key = key_of(account_id)
    async with reading(parts.engine) as db:
        known, pinned = await places.billed(db, key), await phone_service.pinned(db, [key])
    return _billing_page(request, who, known, form_of(request, who, typed(known.facts)), has_pin=bool(pinned))


@router.post("/accounts/{account_id}/billing")
async def change_billing(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Change how an account is billed."""
    key = key_of(account_id)
    form = form_of(request, who, sent)
    facts = AccountFacts(
        billing_day=form.whole("billing_day", most=99), bill_by=form.choice("bill_by", set(parties.Channel))
    )
    refuse(form, rules.account_faults(facts), request, who)
    async with reading(parts.engine) as db:
        known = await places.billed(db, key)

    async def work(db: Writing) -> object:
        return await places.change_billed(db, by(who, form), key, version_of(sent), facts)

    done = await _carried_out(request, parts, who, form, f"account {key}", work)
    if not done:
        return _billing_page(request, who, known, form)
    return _changed(parts, (key,), known.customer_id)


@router.post("/accounts/{account_id}/pin")
async def change_pin(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Give an account a PIN for the telephone, or take it away; it is shown to nobody, not even to who typed it."""
    key = key_of(account_id)
    async with reading(parts.engine) as db:
        known = await places.billed(db, key)
    try:
        async with transaction(parts.engine) as db:
            if "take" in sent:
                await phone_service.forget_pin(db, key, who.user_id)
            else:
                await phone_service.set_pin(db, key, sent.get("pin", "").strip(), who.user_id)
    except BadValue:
        form = form_of(request, who, typed(known.facts))
        form.errors["pin"] = translate(request, who)(WRONG_PIN)
        return _billing_page(request, who, known, form)
    return go(f"/office/accounts/{key}/billing", "saved")


@router.get("/premises/{premises_id}")
async def read_premises(request: Request, parts: PartsDep, who: Who, premises_id: str) -> Response:
    """Show premises."""
    async with reading(parts.engine) as db:
        known = await places.find_premises(db, key_of(premises_id))
    return _premises_page(request, who, known, form_of(request, who, typed(known.facts)))


@router.post("/premises/{premises_id}")
async def change_premises(request: Request, parts: PartsDep, who: Who, sent: Sent, premises_id: str) -> Response:
    """Change residents, area and place of premises."""
    form = form_of(request, who, sent)
    facts = PremisesFacts(
        residents=form.whole("residents"),
        area=form.amount("area", Decimal("0.1"), rules.LARGEST_AREA, places=1),
        latitude=form.amount("latitude", -DEGREES, DEGREES, places=6),
        longitude=form.amount("longitude", -DEGREES, DEGREES, places=6),
    )
    refuse(form, rules.premises_faults(facts), request, who)
    async with reading(parts.engine) as db:
        known = await places.find_premises(db, key_of(premises_id))

    async def work(db: Writing) -> object:
        return await places.change_premises(db, by(who, form), known.premises_id, version_of(sent), facts)

    if not await _carried_out(request, parts, who, form, f"premises {known.premises_id}", work):
        return _premises_page(request, who, known, form)
    return _changed(parts, known.account_ids, known.customer_ids[0] if known.customer_ids else None)


@router.get("/meters/{meter_id}")
async def read_meter(request: Request, parts: PartsDep, who: Who, meter_id: str) -> Response:
    """Show a meter."""
    async with reading(parts.engine) as db:
        known = await places.meter(db, key_of(meter_id))
        points = await places.points_at(db, known.account_id)
    return _meter_page(request, who, known, points, form_of(request, who, typed(known.facts)))


@router.post("/meters/{meter_id}")
async def change_meter(request: Request, parts: PartsDep, who: Who, sent: Sent, meter_id: str) -> Response:
    """Change a meter's seal, verification, reading by itself and point."""
    form = form_of(request, who, sent)
    async with reading(parts.engine) as db:
        known = await places.meter(db, key_of(meter_id))
        points = await places.points_at(db, known.account_id)
    facts = MeterFacts(
        seal=form.text("seal", rules.LONGEST_SEAL),
        sealed_on=form.day("sealed_on"),
        verified_on=form.day("verified_on"),
        verification_due=form.day("verification_due"),
        amr=form.flag("amr"),
        virtual=form.flag("virtual"),
        point_id=form.whole("point_id", least=1),
    )
    refuse(form, rules.meter_faults(facts, known.installed_on, known.today), request, who)

    async def work(db: Writing) -> object:
        return await places.change_meter(db, by(who, form), known.meter_id, version_of(sent), facts)

    if not await _carried_out(request, parts, who, form, f"meter {known.meter_id}", work):
        return _meter_page(request, who, known, points, form)
    return _changed(parts, (known.account_id,), known.customer_id)


def typed(facts: Any) -> dict[str, str]:
    """Return facts as a form holds them."""
    values = {one.name: getattr(facts, one.name) for one in fields(facts)}
    return {
        name: "1" if value is True else str(value)
        for name, value in values.items()
        if value is not None and value is not False
    }


async def _carried_out(  # noqa: PLR0913, PLR0917 -- one form, from its faults to its end
    request: Request, parts: Parts, who: Person, form: Form, object_: str, work: Work
) -> bool:
    """Do what a form asks for once, with its line in the access log; False when it is to be shown again."""
    if not form.fine:
        return False
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, form.values)
            await work(db)
            await note(db, request, who, object_, form)
    except ChangedMeanwhile as error:
        form.refuse("form", SENTENCES[error.code])
    except BadValue:
        form.refuse("point_id", NOT_A_CHOICE)
    return form.fine


def _changed(parts: Parts, account_ids: Iterable[int], customer_id: int | None) -> Response:
    for account_id in account_ids:
        parts.hub.ahead.changed(account_id)
    return go(f"/office/customers/{customer_id}" if customer_id else "/office", "saved")


def _status(form: Form) -> int:
    if form.fine:
        return 200
    return 409 if set(form.errors) == {"form"} else 422


def _billing_page(
    request: Request, who: Person, known: places.Billed, form: Form, *, has_pin: bool | None = None
) -> Response:
    values = {"known": known, "channels": words.options(words.CHANNELS, translate(request, who)), "has_pin": has_pin}
    return show(request, who, "subscribers_billing.html", status=_status(form), form=form, **values)


def _premises_page(request: Request, who: Person, known: places.Premises, form: Form) -> Response:
    return show(request, who, "subscribers_premises.html", status=_status(form), form=form, known=known)


def _meter_page(
    request: Request, who: Person, known: places.Meter, points: dict[int, str], form: Form
) -> Response:  # fmt: skip
    services = dict(words.options(words.SERVICES, translate(request, who)))
    shown = [(key, f"{services.get(service, service)} {key}") for key, service in points.items()]
    return show(request, who, "subscribers_meter.html", status=_status(form), form=form, known=known, points=shown)
