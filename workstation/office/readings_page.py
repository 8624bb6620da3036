"""Page of an account's readings: every row, one more by hand, a meter exchanged, a visit without a reading (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import access
from crm_core.access import Action
from crm_core.db import Writing, reading, transaction
from crm_core.meter_exchange import NewMeter
from crm_core.reading_types import BY_HAND, NoRead, flag
from crm_core.readings import LARGEST, RegisterState, Verdict, estimated, storable
from crm_core.store import access_log, exchanges, ledger_statement, policies, readings_history
from crm_core.store import readings as reading_store
from crm_core.store.readings_history import Place
from workstation import openings
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.errors import Missing
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show, words
from workstation.reading_words import said
from workstation.reading_words import shown as dial
from workstation.sentences import N_

router = APIRouter(prefix="/office")
ROWS = 60
DECIMALS = 3
done_sentences({
    "taken": N_("The readings are stored."),
    "held": N_("Stored and held back: a rule doubts a value."),
    "exchanged": N_("The meter is exchanged."),
    "not-read": N_("The visit is recorded."),
})  # fmt: skip


@router.get("/accounts/{account_id}/readings")
async def listing(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show every reading of an account, and its meters."""
    key = await _opened(parts, who, account_id)
    parts.access.note(who.user_id, Action.SEE_LEDGER.value, f"account {key}", reason="readings", ip=address(request))
    return await _page(request, parts, who, key)


@router.post("/accounts/{account_id}/readings")
async def submit(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Take readings in by hand: of an inspector, proved, estimated, agreed or forced."""
    key = await _opened(parts, who, account_id)
    form = form_of(request, who, sent)
    source = form.choice("source", set(BY_HAND), required=True)
    on = form.day("taken_on", required=True)
    confirmed = form.flag("confirmed")
    reason = form.text("reason", 500, required=True)
    values = {one: value for one in _typed(sent, "value") if (value := _value(form, f"value_{one}")) is not None}
    if form.fine and not values:
        form.refuse("form", N_("Give the reading of every register of a meter."))
    if not form.fine or on is None:
        return await _page(request, parts, who, key, form=form)
    async with transaction(parts.engine) as db:
        verdicts = await reading_store.submit(
            db, key, values, source, on, who.user_id, confirmed=confirmed, reason=reason
        )  # fmt: skip
        if storable(verdicts):
            await once(db, who, sent)
            rules = ", ".join(one.rule for one in verdicts if one.rule) or "accepted"
            await _log(db, request, who, key, f"{source} {on} {rules}: {reason}")
    if not storable(verdicts):
        _object(request, who, form, verdicts)
        return await _page(request, parts, who, key, form=form)
    parts.hub.ahead.changed(key)
    return go(f"/office/accounts/{key}/readings", "held" if any(one.rule for one in verdicts) else "taken")


@router.post("/accounts/{account_id}/meters/{meter_id}/exchange")
async def exchange(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str, meter_id: str
) -> Response:
    """Exchange a meter as one thing."""
    key, meter = await _opened(parts, who, account_id), number(meter_id)
    form = form_of(request, who, sent)
    on = form.day("ex_on", required=True)
    new = _new_meter(form)
    reason = form.text("ex_reason", 500, required=True)
    finals = {one: value for one in _typed(sent, "final") if (value := _value(form, f"final_{one}")) is not None}
    initials = {
        name.removeprefix("initial_"): value
        for name in sent
        if name.startswith("initial_") and len(name) < 20 and (value := _value(form, name)) is not None
    }
    if not form.fine or on is None or new is None or meter is None:
        return await _page(request, parts, who, key, form=form)
    done = exchanges.Exchange(meter_id=meter, on=on, finals=finals, meter=new, initials=initials)
    async with transaction(parts.engine) as db:
        verdicts = await exchanges.exchange(db, key, done, who.user_id, reason)
        if storable(verdicts):
            await once(db, who, sent)
            await _log(db, request, who, key, f"meter {meter} for {new.serial}: {reason}")
    if not storable(verdicts):
        _object(request, who, form, verdicts, place="ex_form")
        return await _page(request, parts, who, key, form=form)
    parts.hub.ahead.changed(key)
    return go(f"/office/accounts/{key}/readings", "exchanged")


@router.post("/accounts/{account_id}/meters/{meter_id}/no-reads")
async def not_read(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str, meter_id: str
) -> Response:
    """Write down a visit on which a meter could not be read."""
    key, meter = await _opened(parts, who, account_id), number(meter_id)
    form = form_of(request, who, sent)
    on = form.day("no_on", most=parts.cards.today(), required=True)
    why = form.choice("no_why", set(NoRead), required=True)
    note = form.text("no_note", 500)
    if not form.fine or on is None or meter is None:
        return await _page(request, parts, who, key, form=form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await exchanges.not_read(db, key, meter, on, why, note, who.user_id)
        await _log(db, request, who, key, f"meter {meter} not read on {on}: {why} {note}")
    return go(f"/office/accounts/{key}/readings", "not-read")


async def _opened(parts: Parts, who: Person, text: str) -> int:
    key = number(text)
    if key is None:
        raise Missing("no-such-account")
    await openings.opened(parts, who, key)
    return key


def _typed(sent: Mapping[str, str], what: str) -> list[int]:
    """Return the registers that a form has a field for."""
    found = (number(name.removeprefix(f"{what}_")) for name in sent if name.startswith(f"{what}_"))
    return [key for key in found if key is not None][:40]


def _value(form: Form, name: str) -> Decimal | None:
    return form.amount(name, Decimal(0), LARGEST - 1, places=DECIMALS)


def _new_meter(form: Form) -> NewMeter | None:
    serial = form.text("ex_serial", 24, required=True)
    digits = form.whole("ex_digits", 1, 11, required=True)
    decimals = form.whole("ex_decimals", 0, DECIMALS)
    multiplier = form.whole("ex_multiplier", 1, 100_000)
    due = form.day("ex_due")
    if digits is None:
        return None
    return NewMeter(
        serial=serial,
        digits=digits,
        decimals=decimals or 0,
        multiplier=multiplier or 1,
        model=form.text("ex_model", 80),
        verification_due=due,
    )


def _object(request: Request, who: Person, form: Form, verdicts: Sequence[Verdict], place: str = "form") -> None:
    """Say at each field what the rules object to; what has no field of its own stands above the form."""
    translate = words(request, who)
    for one in verdicts:
        if not one.rule:
            continue
        name = f"{'final' if place == 'ex_form' else 'value'}_{one.register_id}"
        if place == "ex_form" and not one.register_id:
            name = f"initial_{one.code}"
        form.errors.setdefault(name if name in form.values else place, said(one, translate))


async def _log(db: Writing, request: Request, who: Person, key: int, what: str) -> None:
    await access_log.record(db, who.user_id, Action.CONFIRM_READING, f"account {key}", what, address(request))


async def _page(request: Request, parts: Parts, who: Person, account_id: int, *, form: Form | None = None) -> Response:
    today = parts.cards.today()
    before = _place_of(request.query_params.get("before", ""))
    async with reading(parts.engine) as db:
        overview = await ledger_statement.overview(db, account_id, await policies.money_on(db, today), today)
        states = await reading_store.registers(db, account_id)
        rows = await readings_history.history(db, account_id, before=before, limit=ROWS + 1)
        visits = await readings_history.not_read(db, account_id)
    shown, more = cut(rows, ROWS, lambda row: row.place)
    return show(
        request,
        who,
        "readings.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, {"taken_on": today.isoformat(), "ex_on": today.isoformat(),
                                            "no_on": today.isoformat()}),
        ledger=overview,
        meters=_by_meter(states),
        expected={one.register_id: _expected(one, today) for one in states},
        rows=shown,
        flags={row.place: flag(row.source, row.quality).value for row in shown},
        more=None if more is None else f"{more[0].isoformat()}_{more[1]}_{more[2]}",
        first=before is None,
        visits=visits,
        sources=list(BY_HAND),
        whys=list(NoRead),
        dial=dial,
        may_enter=access.may(who.role, Action.CONFIRM_READING),
        today=today,
    )  # fmt: skip


def _by_meter(states: Sequence[RegisterState]) -> Mapping[int, list[RegisterState]]:
    found: dict[int, list[RegisterState]] = {}
    for state in states:
        found.setdefault(state.meter_id, []).append(state)
    return found


def _expected(state: RegisterState, today: date) -> str:
    """Return what the dial would show today after usual use, "" when nobody knows."""
    if not state.recent or state.usual is None:
        return ""
    return dial(estimated(state.recent[0], state.usual, today, state))


def _place_of(text: str) -> Place | None:
    parts = text.split("_")
    try:
        return date.fromisoformat(parts[0]), int(parts[1][:10]), int(parts[2][:6])
    except (ValueError, IndexError):
        return None
