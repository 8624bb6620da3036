"""REST of meter readings: registers, submissions, held ones, exchanges, visits without a reading (shell)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.errors import NoSuchAccount
from crm_core.meter_exchange import NewMeter
from crm_core.reading_types import TRUSTED, Flag, NoRead, flag
from crm_core.readings import Decision, RegisterState, Verdict, estimated, storable
from crm_core.store import access_log, exchanges, held
from crm_core.store import readings as reading_store
from workstation.deps import PartsDep, parts_of
from workstation.errors import Forbidden
from workstation.reading_words import said
from workstation.rest.caller import Caller, allowed
from workstation.rest.ledger_answers import KEY, Body, Text, Value
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.sentences import Translate

router = APIRouter(tags=["readings"])
Id = Annotated[int, Path(**KEY)]
RegisterKey = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")]
Reader = Annotated[Caller, allowed(Action.SEE_CARD)]
Submitter = Annotated[Caller, allowed(Action.SUBMIT_READING)]
Confirmer = Annotated[Caller, allowed(Action.CONFIRM_READING)]


class KnownOut(BaseModel):
    """A reading on record."""

    taken_on: date
    value: Value
    quality: str


class RegisterOut(BaseModel):
    """A register of a meter in place."""

    register_id: int
    meter_id: int
    serial: str
    code: str
    digits: int
    decimals: int
    multiplier: int
    last: KnownOut | None
    expected: str | None
    """What it would show today after usual use; null when nothing is known of what is usual."""


class RegistersOut(BaseModel):
    """All of them."""

    items: list[RegisterOut]


class SubmissionIn(Body):
    """Readings of one day: every register of a meter, or none of it."""

    taken_on: date
    values: Annotated[dict[RegisterKey, Value], Field(min_length=1, max_length=40)]
    """Reading by register id."""
    source: Literal["operator", "web", "bot", "inspector", "verified", "amr", "office", "agreed", "forced"] = "web"
    confirmed: bool = False
    """Somebody looked again and gives a reason."""
    reason: Annotated[str, Field(max_length=500)] = ""


class VerdictOut(BaseModel):
    """What became of one register."""

    register_id: int
    code: str
    decision: Decision
    rule: str
    sentence: str
    """Which rule objects and what would be accepted, in the language of the token's user."""
    notes: list[str]
    consumption: str | None
    flag: Flag | None
    period: date | None
    least: str | None
    most: str | None


class JudgedOut(BaseModel):
    """What became of a submission; refused ones leave nothing behind."""

    stored: bool
    verdicts: list[VerdictOut]


class MeterIn(Body):
    """The meter that is hung."""

    serial: Annotated[str, Field(min_length=1, max_length=24, pattern=r"\S")]
    model: Annotated[str, Field(max_length=80)] = ""
    digits: Annotated[int, Field(ge=1, le=11)]
    decimals: Annotated[int, Field(ge=0, le=3)] = 0
    multiplier: Annotated[int, Field(ge=1, le=100_000)] = 1
    verification_due: date | None = None


class ExchangeIn(Body):
    """One meter for another: what the old one showed at last, what the new one shows."""

    on: date
    finals: Annotated[dict[RegisterKey, Value], Field(min_length=1, max_length=10)]
    meter: MeterIn
    initials: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=8)], Value], Field(min_length=1, max_length=10)
    ]
    """By register code: `single`, or `day` and `night`."""
    reason: Text


class NoReadIn(Body):
    """Why a meter could not be read."""

    on: date
    why: NoRead
    note: Annotated[str, Field(max_length=500)] = ""


class MadeOut(BaseModel):
    """The number of what was made."""

    key: int


class HeldOut(BaseModel):
    """A reading that waits for a person."""

    held_id: int
    account_id: int
    account_number: str
    register_code: str
    serial: str
    taken_on: date
    value: Value
    rule: str
    least: str | None
    most: str | None
    source: str
    held_at: datetime


@router.get("/accounts/{account_id}/registers", operation_id="list_registers")
async def list_registers(account_id: Id, parts: PartsDep, _caller: Reader) -> RegistersOut:
    """List the registers of an account's meters in place, with their last readings."""
    async with reading(parts.engine) as db:
        states = await reading_store.registers(db, account_id)
    if not states:
        raise NoSuchAccount(f"account {account_id} has no meter in place")
    today = parts.cards.today()
    return RegistersOut(items=[_register(state, today) for state in states])


@router.post(
    "/accounts/{account_id}/readings", operation_id="submit_readings", status_code=201, response_model=JudgedOut
)
async def submit_readings(
    request: Request, account_id: Id, body: SubmissionIn, caller: Submitter, once: OnceDep
) -> Response:
    """Submit readings: stored, held or refused by the rules in force, all of them or none."""
    if body.source in TRUSTED and not caller.may(Action.CONFIRM_READING):
        # What is not asked whether it is sure would be a way around being held.
        raise Forbidden("token-without-right")
    values = {int(key): value for key, value in body.values.items()}
    confirmed = body.confirmed and caller.may(Action.CONFIRM_READING) and bool(body.reason.strip())
    words = _words(request, caller)

    async def work(db: Writing) -> JudgedOut:
        verdicts = await reading_store.submit(
            db, account_id, values, body.source, body.taken_on, caller.user_id, confirmed=confirmed, reason=body.reason
        )
        action = Action.CONFIRM_READING if confirmed else Action.SUBMIT_READING
        rules = ", ".join(one.rule for one in verdicts if one.rule) or "accepted"
        await access_log.record(db, caller.user_id, action, f"account {account_id}", rules, caller.ip)
        return _judged(verdicts, body.source, words)

    return await once.run(caller, work, 201)


@router.post(
    "/accounts/{account_id}/meters/{meter_id}/exchange",
    operation_id="exchange_meter",
    status_code=201,
    response_model=JudgedOut,
)
async def exchange_meter(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request, account_id: Id, meter_id: Id, body: ExchangeIn, caller: Confirmer, once: OnceDep
) -> Response:
    """Exchange a meter as one thing: final and initial readings, the old one removed, the new one in place."""
    done = exchanges.Exchange(
        meter_id=meter_id,
        on=body.on,
        finals={int(key): value for key, value in body.finals.items()},
        meter=NewMeter(**body.meter.model_dump()),
        initials=body.initials,
    )
    words = _words(request, caller)

    async def work(db: Writing) -> JudgedOut:
        verdicts = await exchanges.exchange(db, account_id, done, caller.user_id, body.reason)
        said_ = f"meter {meter_id} for {body.meter.serial}: {body.reason}"
        await access_log.record(db, caller.user_id, Action.CONFIRM_READING, f"account {account_id}", said_, caller.ip)
        return _judged(verdicts, "exchange", words)

    return await once.run(caller, work, 201)


@router.post(
    "/accounts/{account_id}/meters/{meter_id}/no-reads",
    operation_id="record_no_read",
    status_code=201,
    response_model=MadeOut,
)
async def record_no_read(account_id: Id, meter_id: Id, body: NoReadIn, caller: Confirmer, once: OnceDep) -> Response:
    """Write down that a meter could not be read, and why."""

    async def work(db: Writing) -> MadeOut:
        key = await exchanges.not_read(db, account_id, meter_id, body.on, body.why, body.note, caller.user_id)
        return MadeOut(key=key)

    return await once.run(caller, work, 201)


@router.get("/readings/held", operation_id="list_held_readings")
async def list_held(parts: PartsDep, _caller: Confirmer, ask: PageAsk) -> Page[HeldOut]:
    """List readings that a rule held, oldest first."""
    after = int(ask.after[0]) if ask.after else 0
    async with reading(parts.engine) as db:
        rows = await held.waiting(db, after=after, limit=ask.more)
    return ask.page(rows, _held, lambda row: (row.held_id,))


class ReasonIn(Body):
    """Why it is right, or wrong."""

    reason: Text


@router.post("/readings/held/{held_id}/confirmation", operation_id="confirm_held_reading", response_model=JudgedOut)
async def confirm_held(request: Request, held_id: Id, body: ReasonIn, caller: Confirmer, once: OnceDep) -> Response:
    """Accept a held reading after all."""
    words = _words(request, caller)

    async def work(db: Writing) -> JudgedOut:
        one = await held.find(db, held_id)
        verdicts = await reading_store.confirm(db, held_id, caller.user_id, body.reason)
        await access_log.record(
            db, caller.user_id, Action.CONFIRM_READING, f"account {one.account_id}", body.reason, caller.ip
        )
        return _judged(verdicts, one.source, words)

    return await once.run(caller, work)


@router.post("/readings/held/{held_id}/refusal", operation_id="refuse_held_reading", response_model=MadeOut)
async def refuse_held(held_id: Id, body: ReasonIn, caller: Confirmer, once: OnceDep) -> Response:
    """Refuse a held reading."""

    async def work(db: Writing) -> MadeOut:
        one = await held.find(db, held_id)
        await held.refuse(db, held_id, caller.user_id, body.reason)
        said_ = f"refused: {body.reason}"
        await access_log.record(
            db, caller.user_id, Action.CONFIRM_READING, f"account {one.account_id}", said_, caller.ip
        )
        return MadeOut(key=held_id)

    return await once.run(caller, work)


def _words(request: Request, caller: Caller) -> Translate:
    return parts_of(request).templates.translation(caller.language)


def _judged(verdicts: list[Verdict], source: str, words: Translate) -> JudgedOut:
    return JudgedOut(stored=storable(verdicts), verdicts=[_verdict(one, source, words) for one in verdicts])


def _verdict(one: Verdict, source: str, words: Translate) -> VerdictOut:
    return VerdictOut(
        register_id=one.register_id,
        code=one.code,
        decision=one.decision,
        rule=one.rule,
        sentence=said(one, words),
        notes=list(dict.fromkeys(one.notes)),
        consumption=_text(one.consumption),
        flag=flag(source, one.quality) if one.decision is Decision.ACCEPTED else None,
        period=one.period,
        least=_text(one.least),
        most=_text(one.most),
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _register(state: RegisterState, today: date) -> RegisterOut:
    last = state.recent[0] if state.recent else None
    expected = None if last is None or state.usual is None else estimated(last, state.usual, today, state)
    return RegisterOut(
        register_id=state.register_id,
        meter_id=state.meter_id,
        serial=state.serial,
        code=state.code,
        digits=state.digits,
        decimals=state.decimals,
        multiplier=state.multiplier,
        last=KnownOut(taken_on=last.taken_on, value=last.value, quality=last.quality) if last else None,
        expected=_text(expected),
    )


def _held(row: held.Held) -> HeldOut:
    return HeldOut(
        held_id=row.held_id,
        account_id=row.account_id,
        account_number=row.account_number,
        register_code=row.register_code,
        serial=row.serial,
        taken_on=row.taken_on,
        value=row.value,
        rule=row.rule,
        least=_text(row.least),
        most=_text(row.most),
        source=row.source,
        held_at=row.held_at,
    )
