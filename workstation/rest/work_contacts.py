"""REST of contacts: timelines, contacts recorded by hand, corrections, results (shell)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, hidden
from crm_core.card import InteractionRow
from crm_core.db import Writing, reading
from crm_core.store import access_log, contact_history, dispositions, interactions, tasks, write_ups
from crm_core.store.contact_history import Filter
from crm_core.store.write_ups import ByHand, Lacking, WriteUp
from crm_core.text import storable
from crm_core.work import fields
from crm_core.work.lives import LEADS
from crm_core.work.results import Result
from workstation import sight
from workstation.facts import name_shown, number_shown
from workstation.rest import contact_models as m
from workstation.rest import work_shapes as shapes
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.rest.work_base import KEY, RESULT, PartsOf, SiteDep, after, mover, senseless, unfit

router = APIRouter(tags=["contacts"])
SEEING = allowed(Action.SEE_CARD)
Seeing = Annotated[Caller, SEEING]
CORRECTING = allowed(Action.CORRECT_CONTACT)
Correcting = Annotated[Caller, CORRECTING]
RECORDING = allowed(Action.CORRECT_CONTACT, Action.WORK_APPLICATION)
Recording = Annotated[Caller, RECORDING]
MAKER = allowed(Action.MANAGE_FORMS)
Maker = Annotated[Caller, MAKER]
Key = Annotated[int, KEY]
DAY, WEEK, LONGEST = timedelta(days=1), timedelta(days=7), timedelta(days=92)
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)


@router.get("/accounts/{account_id}/interactions", operation_id="list_interactions")
async def timeline(parts: PartsOf, account_id: Key, caller: Seeing, ask: PageAsk) -> Page[m.TimelineOut]:
    """List an account's contacts on every channel, the newest first."""
    async with reading(parts.engine) as db:
        await tasks.require_account(db, account_id)
        rows = await interactions.timeline(db, account_id, after(ask), ask.more)
    parts.access.note(caller.user_id, "timeline.viewed", f"account {account_id}", ip=caller.ip)

    hides = hidden(caller.role, reason=True)

    def shown(row: InteractionRow) -> m.TimelineOut:
        out = m.TimelineOut.model_validate(row)
        out.number, out.note = number_shown(row.number, caller.role, own=True), sight.told(out.note, hides)
        return out

    return ask.page(rows, shown, lambda row: (row.interaction_id,))


@router.get("/interactions", operation_id="list_all_interactions")
async def listing(  # noqa: PLR0913, PLR0917 -- FastAPI passes by name
    parts: PartsOf,
    caller: Correcting,
    ask: PageAsk,
    site: SiteDep,
    since: Annotated[date | None, Query(ge=FIRST, le=LAST, description="a week before `until` when left out")] = None,
    until: Annotated[date | None, Query(ge=FIRST, le=LAST, description="the last day; today when left out")] = None,
    disposition: Annotated[str, Query(max_length=24)] = "",
    channel: Annotated[str, Query(max_length=10)] = "",
    direction: Annotated[Literal["", "in", "out"], Query()] = "",
) -> Page[m.ListedContactOut]:
    """List one's own contacts that are over, a lead's those of everybody, the newest first; three months at most."""
    mine = caller.role not in LEADS
    last = min(until or LAST, site.today(clock.now()))
    first = max(min(since or last - WEEK, last), last - LONGEST)
    wanted = Filter(
        since=site.midnight(first), until=site.midnight(last + DAY), operator_id=caller.user_id if mine else None,
        disposition=storable(disposition, 24), channel=storable(channel, 10), direction=direction,
    )  # fmt: skip
    async with reading(parts.engine) as db:
        rows = await contact_history.listing(db, wanted, after(ask), ask.more)
    if not mine:
        parts.access.note(caller.user_id, "timeline.viewed", "contacts", reason=f"{first} {last}", ip=caller.ip)

    def shown(row: contact_history.Listed) -> m.ListedContactOut:
        out = m.ListedContactOut.model_validate(row)
        out.customer = name_shown(row.customer, caller.role, own=row.operator_id == caller.user_id)
        return out

    return ask.page(rows, shown, lambda row: (row.interaction_id,))


@router.post("/interactions", operation_id="record_interaction", status_code=201, response_model=shapes.MadeOut)
async def record(parts: PartsOf, site: SiteDep, body: m.ByHandIn, caller: Recording, once: OnceDep) -> Response:
    """Record a contact that no machine saw: an e-mail, a letter, somebody in the office."""

    async def work(db: Writing) -> shapes.MadeOut:
        contact = ByHand(
            channel=body.channel, direction=body.direction, at=body.at, account_id=body.account_id,
            subject=body.subject, number=body.number,
        )  # fmt: skip
        how = WriteUp(disposition=body.disposition, note=body.note, values=body.values)
        made = await write_ups.record(db, contact, caller.user_id, how, site, clock.now())
        if isinstance(made, Lacking):
            raise unfit(parts, caller, made.faults)
        said = f"{body.channel} {body.direction}"
        await access_log.record(db, caller.user_id, "contact.recorded", f"contact {made}", said, caller.ip)
        return shapes.MadeOut(id=made)

    return await once.run(caller, work, 201)


@router.get("/interactions/{interaction_id}", operation_id="read_interaction")
async def one(parts: PartsOf, interaction_id: Key, caller: Seeing) -> m.ContactOut:
    """Show a contact as it is shown now."""
    async with reading(parts.engine) as db:
        found = await contact_history.contact(db, interaction_id)
    parts.access.note(caller.user_id, "contact.viewed", f"contact {interaction_id}", ip=caller.ip)
    out = m.ContactOut.model_validate(found)
    opened = found.account_id is not None or found.operator_id == caller.user_id
    hides = hidden(caller.role, reason=opened)
    out.number = number_shown(found.number, caller.role, own=opened)
    out.values, out.note = sight.filled(out.values, hides), sight.told(out.note, hides)
    return out


@router.get("/interactions/{interaction_id}/entries", operation_id="list_interaction_entries")
async def entries(parts: PartsOf, interaction_id: Key, caller: Seeing, ask: PageAsk) -> Page[m.EntryOut]:
    """List every line that was written about a contact, the newest first."""
    async with reading(parts.engine) as db:
        found = await contact_history.contact(db, interaction_id)
        rows = await contact_history.entries(db, interaction_id, after(ask), ask.more)
    opened = found.account_id is not None
    return ask.page(
        rows, lambda line: m.EntryOut.shown(line, caller.role, opened=opened), lambda line: (line.entry_id,)
    )


@router.post(
    "/interactions/{interaction_id}/corrections", operation_id="correct_interaction", status_code=201,
    response_model=m.CorrectionOut,
)  # fmt: skip
async def correct(  # noqa: PLR0913, PLR0917 -- FastAPI passes by name
    parts: PartsOf, site: SiteDep, interaction_id: Key, body: m.CorrectionIn, caller: Correcting, once: OnceDep
) -> Response:
    """Correct a contact with a reason: shown at once, or proposed to a second pair of eyes."""

    async def work(db: Writing) -> m.CorrectionOut:
        stored = (await contact_history.contact(db, interaction_id)).values
        values = sight.refilled(body.values, stored, hidden(caller.role, reason=True))
        how = WriteUp(disposition=body.disposition, note=body.note, values=values)
        done = await write_ups.amend(db, interaction_id, mover(caller), how, body.reason, site, clock.now())
        if isinstance(done, Lacking):
            raise unfit(parts, caller, done.faults)
        said = f"{done.what}: {body.reason}"
        what = f"contact {interaction_id}"
        await access_log.record(db, caller.user_id, Action.CORRECT_CONTACT, what, said, caller.ip)
        return m.CorrectionOut(entry_id=done.entry_id, what=done.what)

    return await once.run(caller, work, 201)


@router.post(
    "/interactions/{interaction_id}/corrections/{entry_id}/decision", operation_id="decide_correction",
    response_model=m.CorrectionOut,
)  # fmt: skip
async def decide(interaction_id: Key, entry_id: Key, body: m.Decision, caller: Correcting, once: OnceDep) -> Response:
    """Approve or decline what somebody proposed; never one's own."""

    async def work(db: Writing) -> m.CorrectionOut:
        what = await write_ups.decide(
            db, interaction_id, entry_id, mover(caller), approved=body.approved, reason=body.reason, now=clock.now()
        )
        said = f"{what} {entry_id}: {body.reason}"
        place = f"contact {interaction_id}"
        await access_log.record(db, caller.user_id, Action.CORRECT_CONTACT, place, said, caller.ip)
        return m.CorrectionOut(entry_id=entry_id, what=what)

    return await once.run(caller, work)


@router.get("/corrections", operation_id="list_corrections")
async def proposals(parts: PartsOf, caller: Correcting, ask: PageAsk) -> Page[m.ProposalOut]:
    """List what waits for a second pair of eyes, the newest first."""
    async with reading(parts.engine) as db:
        rows = await contact_history.proposals(db, after(ask), ask.more)

    def shown(row: tuple[int, contact_history.Line]) -> m.ProposalOut:
        out = m.ProposalOut.shown(row[1], caller.role)
        out.interaction_id = row[0]
        return out

    return ask.page(rows, shown, lambda row: (row[1].entry_id,))


@router.get("/dispositions", operation_id="list_dispositions", dependencies=[SEEING])
async def results(parts: PartsOf) -> list[m.ResultOut]:
    """List every result a contact can have, retired ones too."""
    async with reading(parts.engine) as db:
        return [_shown(result) for result in await dispositions.everything(db)]


def _shown(result: Result) -> m.ResultOut:
    return m.ResultOut(
        code=result.code, titles=dict(result.titles), group=result.group, flags=result.flags,
        needs=fields.dump(result.needs), next=result.next, kpi=result.kpi, role=result.role, retired=result.retired,
        position=result.position,
        retry=None if result.retry is None
        else {"after_minutes": result.retry.after_minutes, "tries": result.retry.tries},
    )  # fmt: skip


@router.put("/dispositions/{code}", operation_id="save_disposition", response_model=m.ResultOut)
async def save(
    parts: PartsOf, code: Annotated[str, RESULT], body: m.ResultIn, caller: Maker, once: OnceDep
) -> Response:
    """Make a result or change one; nothing is ever deleted."""

    async def work(db: Writing) -> m.ResultOut:
        result, defects = await dispositions.save(db, code, body.model_dump())
        if result is None:
            raise senseless(parts, caller, defects, "body")
        await access_log.record(db, caller.user_id, Action.MANAGE_FORMS, f"disposition {code}", "saved", caller.ip)
        return _shown(result)

    return await once.run(caller, work)


@router.post("/dispositions/{code}/retirement", operation_id="retire_disposition", response_model=shapes.Done)
async def retire(code: Annotated[str, RESULT], body: shapes.Retirement, caller: Maker, once: OnceDep) -> Response:
    """Take a result from what people choose from, or put it back."""

    async def work(db: Writing) -> shapes.Done:
        await dispositions.retire(db, code, retired=body.retired)
        said = "retired" if body.retired else "back"
        await access_log.record(db, caller.user_id, Action.MANAGE_FORMS, f"disposition {code}", said, caller.ip)
        return shapes.Done()

    return await once.run(caller, work)
