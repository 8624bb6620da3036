"""REST of what is supplied where: agreements, points, billing, premises, meters; numbers verified and ended (shell)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.requests import Request
from starlette.responses import Response

from crm_core import clock, parties
from crm_core import supply as rules
from crm_core.access import Action
from crm_core.db import Writing, reading, transaction
from crm_core.parties import Fault
from crm_core.store import access_log, customers, phone_service, places
from crm_core.store import parties as people
from crm_core.store import supply as store
from crm_core.store.parties import By
from crm_core.text import one_line
from workstation import parties as words
from workstation.deps import Parts, parts_of
from workstation.errors import Refused
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.supply_shapes import (
    AgreementChange,
    AgreementIn,
    AgreementList,
    AgreementOut,
    BillingChange,
    BillingOut,
    DoneOut,
    MeterChange,
    MeterList,
    MeterOut,
    PinIn,
    PointChange,
    PointIn,
    PointList,
    PointOut,
    PremisesChange,
    PremisesOut,
    ReasonIn,
)

router = APIRouter(tags=["supply"])
KEY = Path(ge=1, lt=2**31)
Key = Annotated[int, KEY]
Reader = Annotated[Caller, allowed(Action.SEE_CARD)]
Changer = Annotated[Caller, allowed(Action.CHANGE_CUSTOMER)]


@router.get("/accounts/{account_id}/agreements", operation_id="list_agreements")
async def list_agreements(request: Request, account_id: Key, _caller: Reader) -> AgreementList:
    """Return an account's agreements, the newest first."""
    async with reading(parts_of(request).engine) as db:
        customer_id = await store.owner(db, account_id)
        found = await store.agreements_of(db, customer_id, account_id)
    return AgreementList(items=[AgreementOut.of(one) for one in found])


@router.post(
    "/accounts/{account_id}/agreements", operation_id="add_agreement", status_code=201, response_model=AgreementOut
)
async def add_agreement(
    request: Request, account_id: Key, body: AgreementIn, caller: Changer, once: OnceDep
) -> Response:
    """Add an agreement to an account."""
    _refuse(request, caller, parties.agreement_faults(body.facts))

    async def work(db: Writing) -> AgreementOut:
        key = await store.add_agreement(db, _by(caller, body.reason), account_id, body.facts)
        await _note(db, caller, f"agreement {key}", body.reason)
        return AgreementOut.of(await store.agreement(db, key))

    return _told(request, await once.run(caller, work, 201), account_id)


@router.get("/agreements/{agreement_id}", operation_id="read_agreement")
async def read_agreement(request: Request, agreement_id: Key, _caller: Reader) -> AgreementOut:
    """Return an agreement."""
    async with reading(parts_of(request).engine) as db:
        return AgreementOut.of(await store.agreement(db, agreement_id))


@router.put("/agreements/{agreement_id}", operation_id="change_agreement", response_model=AgreementOut)
async def change_agreement(
    request: Request, agreement_id: Key, body: AgreementChange, caller: Changer, once: OnceDep
) -> Response:
    """Change an agreement."""
    _refuse(request, caller, parties.agreement_faults(body.facts))

    async def work(db: Writing) -> AgreementOut:
        await store.change_agreement(db, _by(caller, body.reason), agreement_id, body.version, body.facts)
        await _note(db, caller, f"agreement {agreement_id}", body.reason)
        return AgreementOut.of(await store.agreement(db, agreement_id))

    return await _of(request, await once.run(caller, work), store.agreement, agreement_id)


@router.get("/accounts/{account_id}/points", operation_id="list_points")
async def list_points(request: Request, account_id: Key, _caller: Reader) -> PointList:
    """Return an account's service points."""
    async with reading(parts_of(request).engine) as db:
        customer_id = await store.owner(db, account_id)
        found = await store.points_of(db, customer_id, account_id)
    return PointList(items=[PointOut.of(one) for one in found])


@router.post("/accounts/{account_id}/points", operation_id="add_point", status_code=201, response_model=PointOut)
async def add_point(request: Request, account_id: Key, body: PointIn, caller: Changer, once: OnceDep) -> Response:
    """Add a service point to an account."""
    _refuse(request, caller, parties.point_faults(body.facts))

    async def work(db: Writing) -> PointOut:
        key = await store.add_point(db, _by(caller, body.reason), account_id, body.facts)
        await _note(db, caller, f"service point {key}", body.reason)
        return PointOut.of(await store.point(db, key))

    return _told(request, await once.run(caller, work, 201), account_id)


@router.get("/points/{point_id}", operation_id="read_point")
async def read_point(request: Request, point_id: Key, _caller: Reader) -> PointOut:
    """Return a service point."""
    async with reading(parts_of(request).engine) as db:
        return PointOut.of(await store.point(db, point_id))


@router.put("/points/{point_id}", operation_id="change_point", response_model=PointOut)
async def change_point(request: Request, point_id: Key, body: PointChange, caller: Changer, once: OnceDep) -> Response:
    """Change a service point."""
    _refuse(request, caller, parties.point_faults(body.facts))

    async def work(db: Writing) -> PointOut:
        await store.change_point(db, _by(caller, body.reason), point_id, body.version, body.facts)
        await _note(db, caller, f"service point {point_id}", body.reason)
        return PointOut.of(await store.point(db, point_id))

    return await _of(request, await once.run(caller, work), store.point, point_id)


@router.get("/accounts/{account_id}/billing", operation_id="read_billing")
async def read_billing(request: Request, account_id: Key, _caller: Reader) -> BillingOut:
    """Return how an account is billed."""
    async with reading(parts_of(request).engine) as db:
        return BillingOut.of(await places.billed(db, account_id))


@router.put("/accounts/{account_id}/billing", operation_id="change_billing", response_model=BillingOut)
async def change_billing(
    request: Request, account_id: Key, body: BillingChange, caller: Changer, once: OnceDep
) -> Response:
    """Change how an account is billed."""
    _refuse(request, caller, rules.account_faults(body.facts))

    async def work(db: Writing) -> BillingOut:
        await places.change_billed(db, _by(caller, body.reason), account_id, body.version, body.facts)
        await _note(db, caller, f"account {account_id}", body.reason)
        return BillingOut.of(await places.billed(db, account_id))

    return _told(request, await once.run(caller, work), account_id)


@router.put("/accounts/{account_id}/pin", operation_id="set_pin", status_code=204)
async def set_pin(request: Request, account_id: Key, body: PinIn, caller: Changer) -> None:
    """Give an account a PIN for the telephone, or another one; nothing ever returns it."""
    async with transaction(parts_of(request).engine) as db:
        await places.billed(db, account_id)
        await phone_service.set_pin(db, account_id, body.pin, caller.user_id)


@router.delete("/accounts/{account_id}/pin", operation_id="forget_pin", status_code=204)
async def forget_pin(request: Request, account_id: Key, caller: Changer) -> None:
    """Take an account's PIN away; without one, what asks for it is not told by telephone."""
    async with transaction(parts_of(request).engine) as db:
        await places.billed(db, account_id)
        await phone_service.forget_pin(db, account_id, caller.user_id)


@router.get("/premises/{premises_id}", operation_id="read_premises")
async def read_premises(request: Request, premises_id: Key, _caller: Reader) -> PremisesOut:
    """Return premises."""
    async with reading(parts_of(request).engine) as db:
        return PremisesOut.of(await places.find_premises(db, premises_id))


@router.put("/premises/{premises_id}", operation_id="change_premises", response_model=PremisesOut)
async def change_premises(
    request: Request, premises_id: Key, body: PremisesChange, caller: Changer, once: OnceDep
) -> Response:
    """Change residents, area and place of premises."""
    _refuse(request, caller, rules.premises_faults(body.facts))
    there: list[int] = []

    async def work(db: Writing) -> PremisesOut:
        await places.change_premises(db, _by(caller, body.reason), premises_id, body.version, body.facts)
        await _note(db, caller, f"premises {premises_id}", body.reason)
        found = await places.find_premises(db, premises_id)
        there.extend(found.account_ids)
        return PremisesOut.of(found)

    return _told(request, await once.run(caller, work), *there)


@router.get("/accounts/{account_id}/meters", operation_id="list_meters")
async def list_meters(request: Request, account_id: Key, _caller: Reader) -> MeterList:
    """Return an account's meters, those that are in place first."""
    async with reading(parts_of(request).engine) as db:
        customer_id = await store.owner(db, account_id)
        found = await places.meters_of(db, customer_id, account_id)
    return MeterList(items=[MeterOut.of(one) for one in found])


@router.get("/meters/{meter_id}", operation_id="read_meter")
async def read_meter(request: Request, meter_id: Key, _caller: Reader) -> MeterOut:
    """Return a meter."""
    async with reading(parts_of(request).engine) as db:
        return MeterOut.of(await places.meter(db, meter_id))


@router.put("/meters/{meter_id}", operation_id="change_meter", response_model=MeterOut)
async def change_meter(request: Request, meter_id: Key, body: MeterChange, caller: Changer, once: OnceDep) -> Response:
    """Change a meter's seal, verification, reading by itself and point; what counts is changed by an exchange."""

    async def work(db: Writing) -> MeterOut:
        known = await places.meter(db, meter_id)
        _refuse(request, caller, rules.meter_faults(body.facts, known.installed_on, known.today))
        await places.change_meter(db, _by(caller, body.reason), meter_id, body.version, body.facts)
        await _note(db, caller, f"meter {meter_id}", body.reason)
        return MeterOut.of(await places.meter(db, meter_id))

    return await _of(request, await once.run(caller, work), places.meter, meter_id)


@router.post("/numbers/{number_id}/verify", operation_id="verify_number", response_model=DoneOut)
async def verify_number(request: Request, number_id: Key, body: ReasonIn, caller: Changer, once: OnceDep) -> Response:
    """Note that another number of a contact was tried and is his."""
    return await _number(request, number_id, body, caller, once, people.verify_number)


@router.post("/numbers/{number_id}/end", operation_id="end_number", response_model=DoneOut)
async def end_number(request: Request, number_id: Key, body: ReasonIn, caller: Changer, once: OnceDep) -> Response:
    """End another number of a contact: he is not recognised by it any more."""
    return await _number(request, number_id, body, caller, once, people.end_number)


async def _number(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request,
    number_id: int,
    body: ReasonIn,
    caller: Caller,
    once: OnceDep,
    change: Callable[[Writing, By, int], Awaitable[int]],
) -> Response:
    whose: list[int] = []

    async def work(db: Writing) -> DoneOut:
        whose.append(await change(db, _by(caller, body.reason), number_id))
        await _note(db, caller, f"number {number_id}", body.reason)
        return DoneOut(customer_id=whose[0])

    answer = await once.run(caller, work)
    if whose:
        async with reading(parts_of(request).engine) as db:
            _told(request, answer, *await customers.accounts_of(db, whose[0]))
    return answer


def _refuse(request: Request, caller: Caller, faults: dict[str, Fault]) -> None:
    if faults:
        parts: Parts = parts_of(request)
        raise Refused(words.sentences(faults, parts.templates.translation(caller.language)))


def _by(caller: Caller, reason: str) -> By:
    return By(user_id=caller.user_id, now=clock.now(), reason=one_line(reason, parties.LONGEST_NOTE))


async def _note(db: Writing, caller: Caller, object_: str, reason: str) -> None:
    said = f"{caller.name}: {reason}" if reason else caller.name
    await access_log.record(db, caller.user_id, Action.CHANGE_CUSTOMER, object_, said, caller.ip)


def _told(request: Request, answer: Response, *account_ids: int) -> Response:
    """Have the accounts' cards made anew."""
    for account_id in account_ids:
        parts_of(request).hub.ahead.changed(account_id)
    return answer


async def _of(
    request: Request,
    answer: Response,
    find: Callable[..., Awaitable[store.Agreement | store.Point | places.Meter]],
    key: int,
) -> Response:
    """As `_told`, for what belongs to one account."""
    async with reading(parts_of(request).engine) as db:
        return _told(request, answer, (await find(db, key)).account_id)
