"""Pages of contacts: one with every line written about it, recording by hand, corrections to decide (shell)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, hidden, may
from crm_core.db import Writing, reading
from crm_core.errors import WorkRefused
from crm_core.store import (
    contact_history,
    dispositions,
    interactions,
    phone_service,
    recordings,
    transfers,
    users,
    write_ups,
)
from crm_core.store.contact_history import Filter
from crm_core.store.whose import Whose
from crm_core.store.write_ups import BY_HAND, ByHand, Lacking, WriteUp
from crm_core.work.corrections import Entry
from crm_core.work.forms import Fault
from crm_core.work.lives import LEADS
from workstation import dispatch_words, openings, sight
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number, translate
from workstation.facts import name_shown, number_shown
from workstation.faults import shown_fields
from workstation.formats import length
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, show
from workstation.office.work_base import (
    PAGE,
    Ask,
    account_named,
    key,
    local,
    moment,
    mover,
    note_faults,
    site,
    typed,
)
from workstation.sentences import N_

router = APIRouter(prefix="/office")
NEED = "need_"
DAY, DAYS, MOST_DAYS = timedelta(days=1), timedelta(days=7), timedelta(days=92)
"""A list shows a week when nothing else is asked for, and three months at most."""
NO_ACCOUNT = N_("There is no such account. Type its number.")
NOT_MOMENT = N_("A day and a time are needed here, like 2026-11-30 09:30.")
done_sentences({
    "proposed": N_("Proposed: a supervisor looks at it."),
    "decided": N_("Decided."),
})  # fmt: skip


async def _results(parts: Parts, who: Person, request: Request) -> dict[str, object]:
    """What a contact can end with, and what each of them needs, for a form."""
    async with reading(parts.engine) as db:
        found = await dispositions.choices(db, who.role.value)
        titles = await dispositions.titles(db)
        own = await dispositions.own_titles(db, who.language)
    words = translate(request, who)
    return {
        "results": [(one.code, own.get(one.code) or words(one.title)) for one in found],
        "needs": {one.code: shown_fields(one.needs, who.language) for one in found if one.needs},
        "titles": {code: own.get(code) or words(title) for code, title in titles.items()},
    }


@router.get("/interactions")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List one's own contacts, a lead's those of everybody, of some days, the newest first."""
    form = form_of(request, who, dict(request.query_params))
    today, mine = site(parts).today(clock.now()), who.role not in LEADS or form.values.get("whose") == "mine"
    until = form.day("until", most=today) or today
    since = form.day("since", least=until - MOST_DAYS, most=until) or until - DAYS
    place = site(parts)
    wanted = Filter(
        since=place.midnight(since), until=place.midnight(until + DAY), operator_id=who.user_id if mine else None,
        disposition=form.text("result", 24), channel=form.text("channel", 10), direction=form.text("direction", 8),
    )  # fmt: skip
    async with reading(parts.engine) as db:
        found = await contact_history.listing(db, wanted, number(form.values.get("before")), PAGE + 1)
    if not mine:
        parts.access.note(who.user_id, "timeline.viewed", "contacts", reason=f"{since} {until}", ip=address(request))
    shown, more = cut(found, PAGE, lambda row: row.interaction_id)
    results = await _results(parts, who, request)
    kept = {name: value for name, value in form.values.items() if value and name not in {"before", "done"}}
    form.values = {"since": since.isoformat(), "until": until.isoformat(), **form.values}
    return show(
        request, who, "work_contacts.html", status=200 if form.fine else 422, form=form, leads=who.role in LEADS,
        rows=[(one, name_shown(one.customer, who.role, own=one.operator_id == who.user_id)) for one in shown],
        more=f"/office/interactions?{urlencode({**kept, 'before': more})}" if more else "",
        channels=BY_HAND, **results,
    )  # fmt: skip


@router.get("/interactions/new")
async def ask(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the form of a contact that no machine saw."""
    form = form_of(request, who, {"at": local(clock.now(), parts), **dict(request.query_params)})
    return await _new(request, parts, who, form)


async def _new(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    async with reading(parts.engine) as db:
        account = await account_named(db, form.values.get("account", ""))
    if account is not None:
        await openings.seen(request, Whose(account_id=account.account_id))
    results = await _results(parts, who, request)
    return show(
        request, who, "work_contact_new.html", status=200 if form.fine else 422, form=form, account=account,
        channels=BY_HAND, prefix=NEED, chosen=form.values.get("disposition", ""), **results,
    )  # fmt: skip


@router.post("/interactions/new")
async def record(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Record a contact by hand; a result that needs more asks for it first."""
    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    form, now = ask.form, clock.now()
    async with reading(parts.engine) as db:
        account = await account_named(db, sent.get("account", ""))
    at = moment(sent.get("at", ""), parts, now)
    if account is None:
        form.refuse("account", NO_ACCOUNT)
    if at is None:
        form.refuse("at", NOT_MOMENT)
    if account is None or at is None or sent.get("what") == "draw":
        return await _new(request, parts, who, form)
    contact = ByHand(
        channel=sent.get("channel", ""), direction=sent.get("direction", ""), at=at, account_id=account.account_id,
        subject=sent.get("subject", ""), number=sent.get("number", ""),
    )  # fmt: skip
    how = WriteUp(disposition=sent.get("disposition", ""), note=sent.get("note", ""), values=typed(sent, NEED))
    made: list[int] = []
    faults: dict[str, Fault] = {}

    async def work(db: Writing) -> None:
        found = await write_ups.record(db, contact, who.user_id, how, site(parts), now)
        if isinstance(found, Lacking):
            faults.update(found.faults)
            raise WorkRefused("fields-missing")
        made.append(found)

    form = await ask.do(work, "contact.recorded", f"account {account.account_id}", contact.channel[:10])
    note_faults(request, who, form, faults, NEED)
    if not form.fine or not made:
        return await _new(request, parts, who, form)
    parts.hub.ahead.changed(account.account_id)
    return go(f"/office/interactions/{made[0]}", "saved")


@router.get("/interactions/{interaction_id}")
async def one(request: Request, parts: PartsDep, who: Who, interaction_id: str) -> Response:
    """Show a contact as it is shown now, and every line that was written about it."""
    return await _page(request, parts, who, key(interaction_id), form_of(request, who, {}))


async def _page(request: Request, parts: Parts, who: Person, interaction_id: int, form: Form) -> Response:
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        found = await contact_history.contact(db, interaction_id)
        lines = await contact_history.entries(db, interaction_id, before, PAGE + 1)
        events = await interactions.history(db, found.call_id) if found.call_id else []
        written = await transfers.parts(db, found.call_id) if found.call_id else []
        people = {one.user_id: one.name for one in await users.everyone(db)} if events or written else {}
        heard = may(who.role, Action.HEAR_RECORDING) and found.call_id
        taped = await recordings.listing(db, recordings.Filter(call_id=found.call_id)) if heard else []
        marks = await phone_service.mark(db, found.call_id) if found.call_id else {}
    results = await _results(parts, who, request)
    parts.access.note(who.user_id, "contact.viewed", f"contact {interaction_id}", ip=address(request))
    own = who.user_id in {found.operator_id, *(line.user_id for line in lines if line.what == "written")}
    hides = hidden(who.role, reason=own or found.account_id is not None)
    found = replace(found, values=sight.filled(found.values, hides), note=sight.told(found.note, hides))
    lines = [replace(one, note=sight.told(one.note, hides), reason=sight.told(one.reason, hides)) for one in lines]
    written = [replace(one, note=sight.told(one.note, hides)) for one in written]
    form.values = {
        "disposition": found.disposition, "note": found.note,
        **{f"{NEED}{name}": str(value) for name, value in found.values.items()}, **form.values,
    }  # fmt: skip
    shown, more = cut(lines, PAGE, lambda line: line.entry_id)
    return show(
        request, who, "work_contact.html", status=200 if form.fine else 422, form=form, one=found, lines=shown,
        more=f"?before={more}" if more else "",
        taped=list(reversed(taped)), length=length,
        chosen=form.values["disposition"], prefix=NEED, leads=who.role in LEADS, own=own,
        number=number_shown(found.number, who.role, own=own or found.account_id is not None), events=events,
        people=people, written=written, marks=marks, because=dispatch_words.because(events, translate(request, who)),
        **results,
    )  # fmt: skip


@router.post("/interactions/{interaction_id}/corrections")
async def correct(request: Request, parts: PartsDep, who: Who, sent: Sent, interaction_id: str) -> Response:
    """Correct a contact with a reason: shown at once, or proposed to a second pair of eyes."""
    one, reason = key(interaction_id), sent.get("reason", "")
    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    if sent.get("what") == "draw":
        return await _page(request, parts, who, one, ask.form)
    faults: dict[str, Fault] = {}
    became = Entry.CORRECTED

    async def work(db: Writing) -> None:
        nonlocal became
        known, hides = await contact_history.contact(db, one), hidden(who.role, reason=True)
        note = sent.get("note", "")
        how = WriteUp(
            disposition=sent.get("disposition", ""),
            note=known.note if note == sight.told(known.note, hides) else note,
            values=sight.refilled(typed(sent, NEED), known.values, hides),
        )
        done = await write_ups.amend(db, one, mover(who), how, reason, site(parts), clock.now())
        if isinstance(done, Lacking):
            faults.update(done.faults)
            raise WorkRefused("fields-missing")
        became = done.what

    form = await ask.do(work, Action.CORRECT_CONTACT, f"contact {one}", reason)
    note_faults(request, who, form, faults, NEED)
    if not form.fine:
        return await _page(request, parts, who, one, form)
    return go(f"/office/interactions/{one}", "proposed" if became is Entry.PROPOSED else "saved")


@router.post("/interactions/{interaction_id}/corrections/{entry_id}")
async def decide(  # noqa: PLR0913, PLR0917 -- FastAPI passes by name
    request: Request, parts: PartsDep, who: Who, sent: Sent, interaction_id: str, entry_id: str
) -> Response:
    """Approve or decline what somebody proposed."""
    one, entry, approved = key(interaction_id), key(entry_id), sent.get("approved") == "1"

    async def work(db: Writing) -> None:
        await write_ups.decide(
            db, one, entry, mover(who), approved=approved, reason=sent.get("reason", ""), now=clock.now()
        )

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    said = "approved" if approved else "declined"
    form = await ask.do(work, Action.CORRECT_CONTACT, f"contact {one}", f"{said} {entry}")
    return go(f"/office/interactions/{one}", "decided") if form.fine else await _page(request, parts, who, one, form)


@router.get("/corrections")
async def proposals(request: Request, parts: PartsDep, who: Who) -> Response:
    """List what waits for a second pair of eyes."""
    async with reading(parts.engine) as db:
        found = await contact_history.proposals(db, number(request.query_params.get("before")), PAGE + 1)
    shown, more = cut(found, PAGE, lambda row: row[1].entry_id)
    titles = (await _results(parts, who, request))["titles"]
    return show(
        request, who, "work_corrections.html", rows=shown, titles=titles,
        more=f"/office/corrections?before={more}" if more else "",
    )  # fmt: skip
