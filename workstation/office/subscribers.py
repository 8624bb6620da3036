"""Pages of the whole card: a customer with his accounts, people, consents and history (shell)."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import access, parties, phones
from crm_core.access import Field
from crm_core.db import reading, transaction
from crm_core.errors import BadValue, ChangedMeanwhile
from crm_core.parties import ContactFacts, CustomerFacts, Fault
from crm_core.store import customers, places, supply
from crm_core.store import parties as store
from crm_core.store.parties import NewConsent
from workstation import parties as words
from workstation import sight
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.forms import Form
from workstation.office import premises, tariffs
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.office.changing import by, key_of, note, refuse, version_of
from workstation.office.supply import router as supply_pages
from workstation.sentences import N_

router = APIRouter(prefix="/office")
router.routes.extend(supply_pages.routes)
for joined in (premises, tariffs):
    router.routes.extend(joined.router.routes)
PAGE = 50
NOBODY = ContactFacts(name="")
"""A contact of whom nothing is known yet."""
VERSION = N_("Somebody else changed this meanwhile. Open it again and compare before you save.")
done_sentences(
    {
        "contact-added": N_("The contact was added."),
        "contact-ended": N_("The contact was ended."),
        "number-verified": N_("The number is verified."),
        "consent-kept": N_("What was said is kept."),
    }
)


@router.get("/customers/{customer_id}")
async def read_customer(request: Request, parts: PartsDep, who: Who, customer_id: str) -> Response:
    """Show a customer with everything that belongs to him."""
    return await _page(request, parts, who, key_of(customer_id))


@router.post("/customers/{customer_id}")
async def change_customer(request: Request, parts: PartsDep, who: Who, sent: Sent, customer_id: str) -> Response:
    """Change language, status, priority, special need and marks."""
    key = key_of(customer_id)
    form = form_of(request, who, sent)
    async with reading(parts.engine) as db:
        known = (await customers.customer(db, key)).facts
    facts = CustomerFacts(
        language=form.text("language", 8),
        status=form.choice("status", set(parties.Status), required=True),
        priority=form.choice("priority", set(parties.Priority), required=True),
        special_need=form.text("special_need", parties.LONGEST_NOTE),
        flags=sight.with_secret((flag for flag in _flags(known.flags) if form.flag(f"flag_{flag}")), known.flags),
    )
    refuse(form, parties.customer_faults(facts, known.flags), request, who)
    if not form.fine:
        return await _page(request, parts, who, key, form=form)
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            await store.change_customer(db, by(who, form), key, version_of(sent), facts)
            await note(db, request, who, f"customer {key}", form)
    except ChangedMeanwhile:
        form.refuse("form", VERSION)
        return await _page(request, parts, who, key, form=form, status=409)
    return await _done(parts, key, "saved")


@router.get("/customers/{customer_id}/contacts/new")
async def new_contact(request: Request, parts: PartsDep, who: Who, customer_id: str) -> Response:
    """Show an empty form for another contact."""
    key = key_of(customer_id)
    async with reading(parts.engine) as db:
        customer = await customers.customer(db, key)
    return _contact_page(request, who, customer, None, form_of(request, who, {}))


@router.post("/customers/{customer_id}/contacts")
async def add_contact(request: Request, parts: PartsDep, who: Who, sent: Sent, customer_id: str) -> Response:
    """Add a contact."""
    key = key_of(customer_id)
    form = form_of(request, who, sent)
    facts = contact_typed(form, parts, who)
    refuse(form, parties.contact_faults(facts), request, who)
    if not form.fine:
        async with reading(parts.engine) as db:
            customer = await customers.customer(db, key)
        return _contact_page(request, who, customer, None, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        contact = await store.add_contact(db, by(who, form), key, facts)
        await note(db, request, who, f"contact {contact}", form)
    return await _done(parts, key, "contact-added")


@router.get("/customer-contacts/{contact_id}")
async def read_contact(request: Request, parts: PartsDep, who: Who, contact_id: str) -> Response:
    """Show a contact's form."""
    async with reading(parts.engine) as db:
        contact = await customers.contact(db, key_of(contact_id))
        customer = await customers.customer(db, contact.customer_id)
    return _contact_page(request, who, customer, contact, form_of(request, who, contact_values(contact, who)))


@router.post("/customer-contacts/{contact_id}")
async def change_contact(request: Request, parts: PartsDep, who: Who, sent: Sent, contact_id: str) -> Response:
    """Change a contact, or end him."""
    key = key_of(contact_id)
    form = form_of(request, who, sent)
    async with reading(parts.engine) as db:
        contact = await customers.contact(db, key)
        customer = await customers.customer(db, contact.customer_id)
    ends = form.flag("end")
    facts = contact_typed(form, parts, who, contact.facts) if not ends else contact.facts
    if not ends:
        refuse(form, parties.contact_faults(facts), request, who)
    if not form.fine:
        return _contact_page(request, who, customer, contact, form)
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            if ends:
                await store.end_contact(db, by(who, form), key, version_of(sent))
            else:
                await store.change_contact(db, by(who, form), key, version_of(sent), facts)
            await note(db, request, who, f"contact {key}", form)
    except ChangedMeanwhile:
        async with reading(parts.engine) as db:
            contact = await customers.contact(db, key)
        form.refuse("form", VERSION)
        return _contact_page(request, who, customer, contact, form, status=409)
    return await _done(parts, contact.customer_id, "contact-ended" if ends else "saved")


@router.post("/customer-contacts/{contact_id}/verify")
async def verify_contact(request: Request, parts: PartsDep, who: Who, sent: Sent, contact_id: str) -> Response:
    """Note that the contact's number was tried and is his."""
    key = key_of(contact_id)
    form = form_of(request, who, sent)
    async with transaction(parts.engine) as db:
        customer_id = await store.verify_contact(db, by(who, form), key, version_of(sent))
        await note(db, request, who, f"contact {key}", form)
    return await _done(parts, customer_id, "number-verified")


@router.post("/customer-contacts/{contact_id}/numbers")
async def add_number(request: Request, parts: PartsDep, who: Who, sent: Sent, contact_id: str) -> Response:
    """Add another number to a contact."""
    key = key_of(contact_id)
    form = form_of(request, who, sent)
    written = form.text("number", phones.LONGEST, required=True)
    label = form.choice("label", set(parties.Label))
    found = phones.e164(written, parts.settings.country) if written else None
    if written and found is None:
        form.refuse("number", words.FAULTS[Fault.NOT_A_PHONE])
    async with reading(parts.engine) as db:
        contact = await customers.contact(db, key)
        customer = await customers.customer(db, contact.customer_id)
    if form.fine and found is not None:
        try:
            async with transaction(parts.engine) as db:
                await once(db, who, sent)
                await store.add_number(db, by(who, form), key, found, label)
                await note(db, request, who, f"contact {key}", form)
        except BadValue:
            form.refuse("number", N_("This contact has this number already, or has ten of them."))
        else:
            await _tell(parts, contact.customer_id)
            return go(f"/office/customer-contacts/{key}", "saved")
    form.values = {**contact_values(contact, who), **form.values}
    return _contact_page(request, who, customer, contact, form)


@router.post("/numbers/{number_id}")
async def change_number(request: Request, parts: PartsDep, who: Who, sent: Sent, number_id: str) -> Response:
    """Verify or end another number of a contact."""
    key = key_of(number_id)
    form = form_of(request, who, sent)
    ends = form.flag("end")
    async with transaction(parts.engine) as db:
        work = store.end_number if ends else store.verify_number
        customer_id = await work(db, by(who, form), key)
        await note(db, request, who, f"number {key}", form)
    return await _done(parts, customer_id, "ended" if ends else "number-verified")


@router.post("/customers/{customer_id}/consents")
async def record_consent(request: Request, parts: PartsDep, who: Who, sent: Sent, customer_id: str) -> Response:
    """Keep that a consent was given or withdrawn."""
    key = key_of(customer_id)
    form = form_of(request, who, sent)
    consent = consent_typed(form)
    if form.fine:
        refuse(form, parties.consent_faults(consent.kind, consent.how, given=consent.given), request, who)
    if not form.fine:
        return await _page(request, parts, who, key, form=form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await store.record_consent(db, by(who, form), key, consent)
        await note(db, request, who, f"customer {key}", form)
    return await _done(parts, key, "consent-kept")


def consent_typed(form: Form) -> NewConsent:
    """Read a word about a consent."""
    return NewConsent(
        kind=form.choice("kind", set(parties.ConsentKind), required=True),
        given=form.choice("given", {"yes", "no"}, required=True) == "yes",
        how=form.choice("how", set(parties.How), required=True),
        contact_id=form.whole("contact_id", least=1),
        note=form.text("note", parties.LONGEST_NOTE),
    )


# --- what the pages share ------------------------------------------------------------------------


async def _page(  # noqa: PLR0913 -- what the page shows
    request: Request, parts: Parts, who: Person, customer_id: int, *, form: Form | None = None, status: int = 422
) -> Response:
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        customer = await customers.customer(db, customer_id)
        now = await customers.consents_now(db, customer_id)
        said = await customers.consent_history(db, customer_id, limit=PAGE)
        lines = await customers.history(db, customer_id, before, PAGE + 1)
        agreements = await supply.agreements_of(db, customer_id)
        points = await supply.points_of(db, customer_id)
        meters = await places.meters_of(db, customer_id)
        survivor = await customers.survivor(db, customer_id)
    history, more = cut(lines, PAGE, lambda one: one.change_id)
    hidden = access.hidden(who.role, reason=True)
    said_words = translate(request, who)
    flags = [(flag, said_words(words.FLAGS.get(flag, flag))) for flag in _flags(customer.facts.flags)]
    shown = form or form_of(request, who, _typed_customer(customer))
    return show(
        request,
        who,
        "subscribers_customer.html",
        status=status if not shown.fine else 200,
        form=shown,
        customer=sight.customer(customer, hidden),
        consents=[sight.consent(one, hidden) for one in now],
        consent_lines=[sight.consent(one, hidden) for one in said],
        history=[sight.changed(one, hidden) for one in history],
        more=more,
        agreements=agreements,
        points=points,
        meters=meters,
        survivor=survivor,
        flags=flags,
        words={name: dict(words.options(given, said_words)) for name, given in WORDS.items()},
    )


WORDS = {
    "status": words.STATUSES,
    "priority": words.PRIORITIES,
    "channel": words.CHANNELS,
    "label": words.LABELS,
    "consent": words.CONSENTS,
    "how": words.HOWS,
    "supply": words.SUPPLIES,
    "service": words.SERVICES,
    "field": words.FIELDS,
}
"""Words that the pages have for codes."""


def _flags(known: Iterable[str]) -> tuple[str, ...]:
    """Return the flags that can be ticked: the usual ones, and those that he has and that may be seen."""
    return tuple(dict.fromkeys((*parties.FLAGS, *sight.open_flags(known))))


def _typed_customer(customer: customers.Customer) -> dict[str, str]:
    facts = customer.facts
    values = {
        "language": facts.language,
        "status": facts.status,
        "priority": facts.priority,
        "special_need": facts.special_need,
    }
    return {**values, **{f"flag_{flag}": "1" for flag in facts.flags}}


def contact_values(contact: customers.Contact, who: Person) -> dict[str, str]:
    """Return a contact as its form shows it to this person: what he may not see is masked."""
    facts = sight.facts(contact.facts, access.hidden(who.role, reason=True))
    values = {
        "name": facts.name,
        "role": facts.role,
        "phone": facts.phone,
        "email": facts.email,
        "language": facts.language,
        "channel": facts.channel,
    }
    return {**values, **{f"opt_out_{channel}": "1" for channel in facts.opt_out}}


def contact_typed(form: Form, parts: Parts, who: Person, known: ContactFacts = NOBODY) -> ContactFacts:
    """Read a contact from a form over what is known: a mask that came back means "as it was".

    A number is repaired, one that cannot be is refused.
    """
    hidden = access.hidden(who.role, reason=True)
    written = form.text("phone", phones.LONGEST)
    found = sight.kept(Field.PHONE, written, known.phone, hidden)
    if found is None:
        found = phones.e164(written, parts.settings.country) if written else ""
    if found is None:
        form.refuse("phone", words.FAULTS[Fault.NOT_A_PHONE])
    name, email = form.text("name", parties.LONGEST_NAME, required=True), form.text("email", parties.LONGEST_EMAIL)
    return ContactFacts(
        name=sight.kept(Field.CONTACT_NAME, name, known.name, hidden) or name,
        role=form.text("role", parties.LONGEST_ROLE),
        phone=found or "",
        email=sight.kept(Field.EMAIL, email, known.email, hidden) or email,
        language=form.text("language", 8),
        channel=form.choice("channel", set(parties.Channel)),
        opt_out=tuple(channel.value for channel in parties.Channel if form.flag(f"opt_out_{channel.value}")),
    )


def _contact_page(  # noqa: PLR0913 -- what the page shows
    request: Request,
    who: Person,
    customer: customers.Customer,
    contact: customers.Contact | None,
    form: Form,
    *,
    status: int = 422,
) -> Response:
    said = translate(request, who)
    hidden = access.hidden(who.role, reason=True)
    return show(
        request,
        who,
        "subscribers_contact.html",
        status=status if not form.fine else 200,
        form=form,
        customer=sight.customer(customer, hidden),
        contact=sight.contact(contact, hidden) if contact else None,
        hides={field.value for field in hidden} if contact else set(),
        channels=words.options(words.CHANNELS, said),
        labels=words.options(words.LABELS, said),
    )


async def _tell(parts: Parts, customer_id: int) -> None:
    """Have the customer's cards made anew."""
    async with reading(parts.engine) as db:
        for account_id in await customers.accounts_of(db, customer_id):
            parts.hub.ahead.changed(account_id)


async def _done(parts: Parts, customer_id: int, done: str) -> Response:
    await _tell(parts, customer_id)
    return go(f"/office/customers/{customer_id}", done)
