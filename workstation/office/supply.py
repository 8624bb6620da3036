"""Pages of agreements and service points, of which a customer's page tells (shell)."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock, parties
from crm_core.db import reading, transaction
from crm_core.errors import BadValue, ChangedMeanwhile
from crm_core.parties import AgreementFacts, PointFacts
from crm_core.store import supply, tariffs
from workstation import parties as words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, translate
from workstation.forms import NOT_A_CHOICE, Form
from workstation.office.base import form_of, go, once, show
from workstation.office.changing import by, key_of, note, refuse, version_of
from workstation.sentences import SENTENCES

router = APIRouter(prefix="/office")
LONGEST_NUMBER, LONGEST_NODE = 24, 40


@router.get("/accounts/{account_id}/agreements/new")
async def new_agreement(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show an empty form for another agreement."""
    key = key_of(account_id)
    async with reading(parts.engine) as db:
        await supply.owner(db, key)
    return await _agreement_page(
        request, parts, who, key, None, form_of(request, who, {"supply": parties.Supply.CONNECTED.value})
    )


@router.post("/accounts/{account_id}/agreements")
async def add_agreement(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Add an agreement to an account."""
    key = key_of(account_id)
    form = form_of(request, who, sent)
    facts = _agreement(form, request, who)
    if facts is None:
        return await _agreement_page(request, parts, who, key, None, form)
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            made = await supply.add_agreement(db, by(who, form), key, facts)
            customer_id = await supply.owner(db, key)
            await note(db, request, who, f"agreement {made}", form)
    except BadValue:
        form.refuse("tariff_id", NOT_A_CHOICE)
        return await _agreement_page(request, parts, who, key, None, form)
    return _done(parts, key, customer_id)


@router.get("/agreements/{agreement_id}")
async def read_agreement(request: Request, parts: PartsDep, who: Who, agreement_id: str) -> Response:
    """Show an agreement's form."""
    async with reading(parts.engine) as db:
        known = await supply.agreement(db, key_of(agreement_id))
    return await _agreement_page(
        request, parts, who, known.account_id, known, form_of(request, who, _typed(known.facts))
    )


@router.post("/agreements/{agreement_id}")
async def change_agreement(request: Request, parts: PartsDep, who: Who, sent: Sent, agreement_id: str) -> Response:
    """Change an agreement."""
    form = form_of(request, who, sent)
    async with reading(parts.engine) as db:
        known = await supply.agreement(db, key_of(agreement_id))
    facts = _agreement(form, request, who)
    if facts is None:
        return await _agreement_page(request, parts, who, known.account_id, known, form)
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            await supply.change_agreement(db, by(who, form), known.agreement_id, version_of(sent), facts)
            await note(db, request, who, f"agreement {known.agreement_id}", form)
    except BadValue:
        form.refuse("tariff_id", NOT_A_CHOICE)
        return await _agreement_page(request, parts, who, known.account_id, known, form)
    except ChangedMeanwhile as error:
        form.refuse("form", SENTENCES[error.code])
        return await _agreement_page(request, parts, who, known.account_id, known, form, status=409)
    return _done(parts, known.account_id, known.customer_id)


@router.get("/accounts/{account_id}/points/new")
async def new_point(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show an empty form for another service point."""
    key = key_of(account_id)
    async with reading(parts.engine) as db:
        await supply.owner(db, key)
    typed = {"service": parties.Service.POWER.value, "phases": "1"}
    return _point_page(request, who, key, None, form_of(request, who, typed))


@router.post("/accounts/{account_id}/points")
async def add_point(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Add a service point to an account."""
    key = key_of(account_id)
    form = form_of(request, who, sent)
    facts = _point(form, request, who)
    if facts is None:
        return _point_page(request, who, key, None, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        made = await supply.add_point(db, by(who, form), key, facts)
        customer_id = await supply.owner(db, key)
        await note(db, request, who, f"service point {made}", form)
    return _done(parts, key, customer_id)


@router.get("/points/{point_id}")
async def read_point(request: Request, parts: PartsDep, who: Who, point_id: str) -> Response:
    """Show a service point's form."""
    async with reading(parts.engine) as db:
        known = await supply.point(db, key_of(point_id))
    return _point_page(request, who, known.account_id, known, form_of(request, who, _typed(known.facts)))


@router.post("/points/{point_id}")
async def change_point(request: Request, parts: PartsDep, who: Who, sent: Sent, point_id: str) -> Response:
    """Change a service point."""
    form = form_of(request, who, sent)
    async with reading(parts.engine) as db:
        known = await supply.point(db, key_of(point_id))
    facts = _point(form, request, who)
    if facts is None:
        return _point_page(request, who, known.account_id, known, form)
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            await supply.change_point(db, by(who, form), known.point_id, version_of(sent), facts)
            await note(db, request, who, f"service point {known.point_id}", form)
    except ChangedMeanwhile as error:
        form.refuse("form", SENTENCES[error.code])
        return _point_page(request, who, known.account_id, known, form, status=409)
    return _done(parts, known.account_id, known.customer_id)


def _agreement(form: Form, request: Request, who: Person) -> AgreementFacts | None:
    """Read an agreement from a form; None when something is not right."""
    started = form.day("started_on", required=True)
    facts = AgreementFacts(
        number=form.text("number", LONGEST_NUMBER),
        supply=form.choice("supply", set(parties.Supply), required=True),
        started_on=started or clock.now().date(),
        ended_on=form.day("ended_on"),
        prepay=form.flag("prepay"),
        budget_bill=form.flag("budget_bill"),
        tariff_id=form.whole("tariff_id", least=1),
        shut_off_on=form.day("shut_off_on"),
    )
    refuse(form, parties.agreement_faults(facts), request, who)
    return facts if form.fine else None


def _point(form: Form, request: Request, who: Person) -> PointFacts | None:
    """Read a service point from a form; None when something is not right."""
    phases = form.whole("phases", least=1, most=3, required=True)
    facts = PointFacts(
        service=form.choice("service", set(parties.Service), required=True),
        phases=phases or 1,
        max_kw=form.amount("max_kw", Decimal("0.01"), parties.LARGEST_KW),
        node=form.text("node", LONGEST_NODE),
    )
    refuse(form, parties.point_faults(facts), request, who)
    return facts if form.fine else None


async def _agreement_page(  # noqa: PLR0913, PLR0917 -- what the page shows
    request: Request,
    parts: Parts,
    who: Person,
    account_id: int,
    known: supply.Agreement | None,
    form: Form,
    status: int = 422,
) -> Response:
    said = translate(request, who)
    async with reading(parts.engine) as db:
        choices = [(one.tariff_id, one.name) for one in await tariffs.valid_on(db, parts.cards.today())]
    return show(
        request,
        who,
        "subscribers_agreement.html",
        status=status if not form.fine else 200,
        form=form,
        account_id=account_id,
        known=known,
        supplies=words.options(words.SUPPLIES, said),
        tariffs=choices,
    )


def _point_page(  # noqa: PLR0913, PLR0917 -- what the page shows
    request: Request, who: Person, account_id: int, known: supply.Point | None, form: Form, status: int = 422
) -> Response:
    said = translate(request, who)
    return show(
        request,
        who,
        "subscribers_point.html",
        status=status if not form.fine else 200,
        form=form,
        account_id=account_id,
        known=known,
        services=words.options(words.SERVICES, said),
    )


def _typed(facts: Any) -> dict[str, str]:
    """Return facts as a form holds them."""
    values = {one.name: getattr(facts, one.name) for one in fields(facts)}
    flags = {name: "1" for name, value in values.items() if value is True}
    texts = {name: str(value) for name, value in values.items() if value is not None and not isinstance(value, bool)}
    return {**texts, **flags}


def _done(parts: Parts, account_id: int, customer_id: int) -> Response:
    parts.hub.ahead.changed(account_id)
    return go(f"/office/customers/{customer_id}", "saved")
