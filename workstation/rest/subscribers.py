"""REST of the whole card: the card itself, customers, their people, consents and changes (shell)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from fastapi.requests import Request
from starlette.responses import Response

from crm_core import access, clock, parties, phones
from crm_core.access import Action, Field
from crm_core.db import Writing, reading
from crm_core.errors import NoSuchAccount
from crm_core.masking import mask_card
from crm_core.parties import ContactFacts, CustomerFacts, Fault
from crm_core.store import access_log, customers
from crm_core.store import parties as store
from crm_core.store.parties import By, NewConsent
from crm_core.text import one_line
from workstation import parties as words
from workstation import sight
from workstation.deps import Parts, parts_of
from workstation.errors import Refused
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.rest.subscribers_shapes import (
    CardOut,
    ChangeOut,
    ConsentIn,
    ConsentOut,
    ContactChange,
    ContactIn,
    ContactOut,
    CustomerChange,
    CustomerOut,
    NewContact,
    NumberIn,
    VersionIn,
    change_out,
    consent_out,
)

router = APIRouter(tags=["customers"])
KEY = Path(ge=1, lt=2**31)
Reader = Annotated[Caller, allowed(Action.SEE_CARD)]
Changer = Annotated[Caller, allowed(Action.CHANGE_CUSTOMER)]


@router.get("/accounts/{account_id}", operation_id="read_card", response_model=CardOut)
async def read_card(request: Request, account_id: Annotated[int, KEY], caller: Reader) -> Response:
    """Return the card of an account, read in one round trip."""
    parts = parts_of(request)
    card = await parts.cards.read(account_id)
    if card is None:
        raise NoSuchAccount(f"there is no account {account_id}")
    shown = mask_card(card, _hidden(caller))
    return Response(msgspec.json.encode(shown), media_type="application/json")


@router.get("/customers/{customer_id}", operation_id="read_customer")
async def read_customer(request: Request, customer_id: Annotated[int, KEY], caller: Reader) -> CustomerOut:
    """Return a customer with his accounts and people."""
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        found = await customers.customer(db, customer_id)
    return CustomerOut.of(found, _hidden(caller))


@router.patch("/customers/{customer_id}", operation_id="change_customer", response_model=CustomerOut)
async def change_customer(
    request: Request, customer_id: Annotated[int, KEY], body: CustomerChange, caller: Changer, once: OnceDep
) -> Response:
    """Change a customer."""

    async def work(db: Writing) -> CustomerOut:
        known = (await customers.customer(db, customer_id)).facts
        facts = CustomerFacts(
            language=known.language if body.language is None else body.language,
            status=known.status if body.status is None else body.status.value,
            priority=known.priority if body.priority is None else body.priority.value,
            special_need=known.special_need if body.special_need is None else body.special_need,
            flags=known.flags if body.flags is None else sight.with_secret(dict.fromkeys(body.flags), known.flags),
        )
        _refuse(parts_of(request), caller, parties.customer_faults(facts, known.flags))
        await store.change_customer(db, _by(caller, body.reason), customer_id, body.version, facts)
        await _note(db, caller, f"customer {customer_id}", body.reason)
        return CustomerOut.of(await customers.customer(db, customer_id), _hidden(caller))

    return await _changed(request, await once.run(caller, work), customer_id)


@router.post(
    "/customers/{customer_id}/contacts", operation_id="add_contact", status_code=201, response_model=ContactOut
)
async def add_contact(
    request: Request, customer_id: Annotated[int, KEY], body: NewContact, caller: Changer, once: OnceDep
) -> Response:
    """Add a contact to a customer."""
    parts = parts_of(request)

    async def work(db: Writing) -> ContactOut:
        facts = _contact(parts, caller, body, ContactFacts(name=""))
        key = await store.add_contact(db, _by(caller, body.reason), customer_id, facts)
        await _note(db, caller, f"contact {key}", body.reason)
        return ContactOut.of(await customers.contact(db, key), _hidden(caller))

    return await _changed(request, await once.run(caller, work, 201), customer_id)


@router.get("/contacts/{contact_id}", operation_id="read_contact")
async def read_contact(request: Request, contact_id: Annotated[int, KEY], caller: Reader) -> ContactOut:
    """Return a contact."""
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        found = await customers.contact(db, contact_id)
    return ContactOut.of(found, _hidden(caller))


@router.put("/contacts/{contact_id}", operation_id="change_contact", response_model=ContactOut)
async def change_contact(
    request: Request, contact_id: Annotated[int, KEY], body: ContactChange, caller: Changer, once: OnceDep
) -> Response:
    """Change a contact; a number that is another one is not verified any more."""
    parts = parts_of(request)

    async def work(db: Writing) -> ContactOut:
        facts = _contact(parts, caller, body, (await customers.contact(db, contact_id)).facts)
        await store.change_contact(db, _by(caller, body.reason), contact_id, body.version, facts)
        await _note(db, caller, f"contact {contact_id}", body.reason)
        return ContactOut.of(await customers.contact(db, contact_id), _hidden(caller))

    return await _of_contact(request, await once.run(caller, work), contact_id)


@router.post("/contacts/{contact_id}/end", operation_id="end_contact", response_model=CustomerOut)
async def end_contact(
    request: Request, contact_id: Annotated[int, KEY], body: VersionIn, caller: Changer, once: OnceDep
) -> Response:
    """End a contact: kept, and neither shown nor recognised any more."""
    of: list[int] = []

    async def work(db: Writing) -> CustomerOut:
        of.append(await store.end_contact(db, _by(caller, body.reason), contact_id, body.version))
        await _note(db, caller, f"contact {contact_id}", body.reason)
        return CustomerOut.of(await customers.customer(db, of[0]), _hidden(caller))

    answer = await once.run(caller, work)
    return await _changed(request, answer, of[0]) if of else answer


@router.post("/contacts/{contact_id}/verify", operation_id="verify_contact", response_model=ContactOut)
async def verify_contact(
    request: Request, contact_id: Annotated[int, KEY], body: VersionIn, caller: Changer, once: OnceDep
) -> Response:
    """Note that the contact's own number was tried and is his."""

    async def work(db: Writing) -> ContactOut:
        await store.verify_contact(db, _by(caller, body.reason), contact_id, body.version)
        await _note(db, caller, f"contact {contact_id}", body.reason)
        return ContactOut.of(await customers.contact(db, contact_id), _hidden(caller))

    return await _of_contact(request, await once.run(caller, work), contact_id)


@router.post("/contacts/{contact_id}/numbers", operation_id="add_number", status_code=201, response_model=ContactOut)
async def add_number(
    request: Request, contact_id: Annotated[int, KEY], body: NumberIn, caller: Changer, once: OnceDep
) -> Response:
    """Add another number to a contact: he is recognised by it."""
    parts = parts_of(request)

    async def work(db: Writing) -> ContactOut:
        found = phones.e164(body.number, parts.settings.country)
        if found is None:
            _refuse(parts, caller, {"number": Fault.NOT_A_PHONE})
        await store.add_number(db, _by(caller, body.reason), contact_id, found or "", str(body.label))
        await _note(db, caller, f"contact {contact_id}", body.reason)
        return ContactOut.of(await customers.contact(db, contact_id), _hidden(caller))

    return await _of_contact(request, await once.run(caller, work, 201), contact_id)


@router.get("/customers/{customer_id}/consents", operation_id="list_consents")
async def list_consents(
    request: Request, customer_id: Annotated[int, KEY], caller: Reader, ask: PageAsk
) -> Page[ConsentOut]:
    """Return every word about consents, the newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts_of(request).engine) as db:
        rows = await customers.consent_history(db, customer_id, before, ask.more)
    hidden = _hidden(caller)
    return ask.page(rows, lambda one: consent_out(sight.consent(one, hidden)), lambda one: (one.consent_id,))


@router.post(
    "/customers/{customer_id}/consents", operation_id="record_consent", status_code=201, response_model=ConsentOut
)
async def record_consent(
    request: Request, customer_id: Annotated[int, KEY], body: ConsentIn, caller: Changer, once: OnceDep
) -> Response:
    """Keep that a consent was given or withdrawn."""

    async def work(db: Writing) -> ConsentOut:
        _refuse(parts_of(request), caller, parties.consent_faults(body.kind, body.how, given=body.given))
        consent = NewConsent(
            kind=body.kind.value, given=body.given, how=body.how.value, contact_id=body.contact_id, note=body.note
        )
        await store.record_consent(db, _by(caller, ""), customer_id, consent)
        await _note(db, caller, f"customer {customer_id}", f"consent {body.kind.value}")
        (newest,) = await customers.consent_history(db, customer_id, limit=1)
        return consent_out(sight.consent(newest, _hidden(caller)))

    return await _changed(request, await once.run(caller, work, 201), customer_id)


@router.get("/customers/{customer_id}/changes", operation_id="list_changes")
async def list_changes(
    request: Request, customer_id: Annotated[int, KEY], caller: Reader, ask: PageAsk
) -> Page[ChangeOut]:
    """Return what was changed of a customer, the newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts_of(request).engine) as db:
        rows = await customers.history(db, customer_id, before, ask.more)
    hidden = _hidden(caller)
    return ask.page(rows, lambda one: change_out(sight.changed(one, hidden)), lambda one: (one.change_id,))


# --- what they share -----------------------------------------------------------------------------


def _hidden(caller: Caller) -> sight.Hidden:
    """Return what the token's person may not see; that a reason was given is behind us (`workstation.rest.because`)."""
    return access.hidden(caller.role, reason=True)


def _contact(parts: Parts, caller: Caller, body: ContactIn, known: ContactFacts) -> ContactFacts:
    """Read a contact over what is known: what is left out, or came back as its mask, stays.

    A number is repaired, one that cannot be is refused.
    """
    hidden = _hidden(caller)
    phone = sight.kept(Field.PHONE, body.phone, known.phone, hidden)
    email = sight.kept(Field.EMAIL, body.email, known.email, hidden)
    name = sight.kept(Field.CONTACT_NAME, body.name, known.name, hidden)
    found = _number(parts, body.phone or "") if phone is None else phone
    facts = ContactFacts(
        name=one_line(body.name or "", parties.LONGEST_NAME) if name is None else name,
        role=known.role if body.role is None else one_line(body.role, parties.LONGEST_ROLE),
        phone=found or "",
        email=(body.email or "").strip() if email is None else email,
        language=known.language if body.language is None else body.language,
        channel=known.channel if body.channel is None else str(body.channel),
        opt_out=(
            known.opt_out if body.opt_out is None else tuple(channel.value for channel in dict.fromkeys(body.opt_out))
        ),
    )
    faults = parties.contact_faults(facts)
    if found is None:
        faults["phone"] = Fault.NOT_A_PHONE
    _refuse(parts, caller, faults)
    return facts


def _number(parts: Parts, typed: str) -> str | None:
    """Return a number that was typed, "" for none, None for one that cannot be read."""
    return phones.e164(typed, parts.settings.country) if typed.strip() else ""


def _refuse(parts: Parts, caller: Caller, faults: dict[str, Fault]) -> None:
    if faults:
        raise Refused(words.sentences(faults, parts.templates.translation(caller.language)))


def _by(caller: Caller, reason: str) -> By:
    return By(user_id=caller.user_id, now=clock.now(), reason=one_line(reason, parties.LONGEST_NOTE))


async def _note(db: Writing, caller: Caller, object_: str, reason: str) -> None:
    said = f"{caller.name}: {reason}" if reason else caller.name
    await access_log.record(db, caller.user_id, Action.CHANGE_CUSTOMER, object_, said, caller.ip)


async def _changed(request: Request, answer: Response, customer_id: int) -> Response:
    """Have the customer's cards made anew."""
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        for account_id in await customers.accounts_of(db, customer_id):
            parts.hub.ahead.changed(account_id)
    return answer


async def _of_contact(request: Request, answer: Response, contact_id: int) -> Response:
    async with reading(parts_of(request).engine) as db:
        found = await customers.contact(db, contact_id)
    return await _changed(request, answer, found.customer_id)
