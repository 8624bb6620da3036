"""Panels of people: a contact changed or added, a consent given or withdrawn (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import access, parties
from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.errors import BadValue
from crm_core.store import customers, owners
from crm_core.store import parties as store
from workstation import parties as words
from workstation import sight
from workstation.deps import PartsDep, Sent, Who, translate
from workstation.office.changing import by, refuse, version_of
from workstation.office.subscribers import consent_typed, contact_typed, contact_values
from workstation.panels import base
from workstation.panels.base import Asked, Done, ask, carry_out, receive, show
from workstation.sentences import N_

router = APIRouter(prefix="/api/panels")
NEW = "new"
ADDED = N_("The contact was added.")
CHANGED = N_("The contact was changed.")
KEPT = N_("What was said is kept.")
NOT_HIS = N_("This contact is not of this customer. Open the card again.")


async def _customer(asked: Asked) -> customers.Customer:
    async with reading(asked.parts.engine) as db:
        theirs = await owners.of_account(db, asked.account_id)
        return await customers.customer(db, theirs.customer_id)


def _contacts(found: customers.Customer, asked: Asked) -> list[tuple[int, str]]:
    shown = sight.customer(found, access.hidden(asked.who.role, reason=True))
    return [(one.contact_id, one.facts.name) for one in shown.contacts]


@router.get("/{account_id}/contact")
async def contact_form(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show the form of one of the people, the first one unless another is asked for, or an empty one."""
    asked = await ask(request, parts, who, account_id)
    found = await _customer(asked)
    wanted = asked.known("contact")
    chosen = None if wanted == NEW else next((one for one in found.contacts if str(one.contact_id) == wanted), None)
    if chosen is None and wanted != NEW and found.contacts:
        chosen = found.contacts[0]
    said = translate(request, who)
    return show(
        asked, "contact.html", people=_contacts(found, asked), chosen=chosen,
        channels=words.options(words.CHANNELS, said),
        known=contact_values(chosen, who) if chosen else {"phone": asked.known("phone")},
    )  # fmt: skip


@router.post("/{account_id}/contact")
async def contact(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Change a contact, or add one; a mask that comes back means "as it was"."""
    asked = await receive(request, parts, who, account_id, sent)
    form = asked.form()
    found = await _customer(asked)
    wanted = sent.get("contact", NEW)
    known = next((one for one in found.contacts if str(one.contact_id) == wanted), None)
    if known is None and wanted != NEW:
        form.refuse("form", NOT_HIS)
    facts = contact_typed(form, parts, who, *([known.facts] if known else []))
    refuse(form, parties.contact_faults(facts), request, who)

    async def work(db: Writing) -> Done:
        if known is None:
            key = await store.add_contact(db, by(who, form), found.customer_id, facts)
            return Done(said=asked.say(ADDED), object=f"contact {key}", note=form.text("reason", 200))
        await store.change_contact(db, by(who, form), known.contact_id, version_of(sent), facts)
        return Done(said=asked.say(CHANGED), object=f"contact {known.contact_id}", note=form.text("reason", 200))

    return await carry_out(asked, form, Action.CHANGE_CUSTOMER, work)


@router.get("/{account_id}/consent")
async def consent_form(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show what holds of each consent, and the form for another word."""
    asked = await ask(request, parts, who, account_id)
    found = await _customer(asked)
    async with reading(parts.engine) as db:
        now = await customers.consents_now(db, found.customer_id)
    said = translate(request, who)
    return show(
        asked, "consent.html", people=_contacts(found, asked), consents={one.kind: one for one in now},
        kinds=words.options(words.CONSENTS, said), hows=words.options(words.HOWS, said),
        known={"kind": asked.known("kind"), "how": "phone"},
    )  # fmt: skip


@router.post("/{account_id}/consent")
async def consent(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Keep that a consent was given or withdrawn."""
    asked = await receive(request, parts, who, account_id, sent)
    form = asked.form()
    wanted = consent_typed(form)
    if form.fine:
        refuse(form, parties.consent_faults(wanted.kind, wanted.how, given=wanted.given), request, who)
    found = await _customer(asked)
    if wanted.contact_id is not None and wanted.contact_id not in {one.contact_id for one in found.contacts}:
        form.refuse("contact_id", NOT_HIS)

    async def work(db: Writing) -> Done:
        try:
            await store.record_consent(db, by(who, form), found.customer_id, wanted)
        except BadValue as error:
            form.refuse("form", NOT_HIS)
            raise base.Unfit from error
        word = "given" if wanted.given else "withdrawn"
        return Done(said=asked.say(KEPT), object=f"customer {found.customer_id}", note=f"consent {wanted.kind} {word}")

    return await carry_out(asked, form, Action.CHANGE_CUSTOMER, work)
