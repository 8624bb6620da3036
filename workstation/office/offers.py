"""Pages of offers: for whom, what is said in which language, how often it was accepted (shell)."""

from __future__ import annotations

import re
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.advice import OFFER, OfferKind
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchOffer
from crm_core.store import advice, offers
from crm_core.store.offers import LONGEST_TEXT, LONGEST_TITLE, Draft, Kept
from crm_core.work.guides import DOES
from workstation.access import Person
from workstation.advice_words import KINDS, REASONS
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
NEW = "new"
PAGE = 50
TOLD_DAYS = 30
OPENS = re.compile(r"[a-z_]{1,20}(:[a-z_]{1,18})?")
CUSTOMERS = {"person": N_("Private persons"), "organisation": N_("Organisations")}
NO_TEXT = N_("Write what is said in at least one language.")
NO_FORM = N_("Write the name of a form of the desk, such as plan or application:tariff_change.")
ENDS_BEFORE = N_("It must not end before it begins.")


@router.get("/offers")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List offers, each with what came of it."""
    asked = request.query_params
    retired = asked.get("retired") == "1"
    since = clock.now() - timedelta(TOLD_DAYS)
    async with reading(parts.engine) as db:
        found = await offers.listing(db, retired=retired, before=number(asked.get("before")), limit=PAGE + 1)
        rates = {one.offer_id: one for one in await advice.rates(db, since) if one.rule == OFFER}
    rows, more = cut(found, PAGE, lambda one: one.offer.offer_id)
    said = translate(request, who)
    return show(
        request, who, "offers.html", rows=rows, rates=rates, days=TOLD_DAYS, today=parts.cards.today(),
        kinds={code: said(title) for code, title in KINDS.items()}, form=form_of(request, who, dict(asked)),
        more=f"/office/offers?before={more}{'&retired=1' if retired else ''}" if more else "",
    )  # fmt: skip


@router.get("/offers/{offer_id}")
async def one(request: Request, parts: PartsDep, who: Who, offer_id: str) -> Response:
    """Show an offer to be changed."""
    if offer_id == NEW:
        today = parts.cards.today()
        values = {
            "kind": OfferKind.SERVICE.value, "valid_from": today.isoformat(), "quiet_days": "90", "priority": "0",
            "without_debt": "1",
        }  # fmt: skip
        return await _page(request, parts, who, None, form_of(request, who, values))
    async with reading(parts.engine) as db:
        known = await offers.one(db, _key(offer_id))
    return await _page(request, parts, who, known, form_of(request, who, _values(known)))


@router.post("/offers/{offer_id}")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent, offer_id: str) -> Response:
    """Store a new offer, or change one."""
    known: Kept | None = None
    if offer_id != NEW:
        async with reading(parts.engine) as db:
            known = await offers.one(db, _key(offer_id))
    form = form_of(request, who, sent)
    draft = _draft(form, known, tuple(parts.templates.languages))
    if draft is None:
        return await _page(request, parts, who, known, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        key = await offers.save(db, draft, who.user_id, clock.now())
    await parts.cards.advisor.look()
    return go(f"/office/offers/{key}", "saved")


def _key(offer_id: str) -> int:
    key = number(offer_id)
    if key is None:
        raise NoSuchOffer(f"there is no offer {offer_id[:20]}")
    return key


def _values(known: Kept) -> dict[str, str]:
    offer = known.offer
    return {
        "kind": known.kind.value, "title": offer.title, "priority": str(offer.priority),
        "valid_from": offer.valid_from.isoformat(), "quiet_days": str(offer.quiet_days),
        "valid_to": offer.valid_to.isoformat() if offer.valid_to else "", "customer_kind": offer.customer_kind,
        "tariff": offer.tariff, "without_debt": str(int(offer.without_debt)),
        "without_email_bills": str(int(offer.without_email_bills)), "opens": offer.opens,
        "retired": str(int(known.retired)), "version": str(known.version),
        **{f"text_{language}": text for language, text in offer.texts.items()},
    }  # fmt: skip


def _draft(form: Form, known: Kept | None, languages: tuple[str, ...]) -> Draft | None:
    """Read what was typed; None when something is not right, which the form then says."""
    kind = form.choice("kind", set(OfferKind), required=True)
    title = form.text("title", LONGEST_TITLE, required=True)
    texts = {code: form.prose(f"text_{code}", LONGEST_TEXT) for code in languages}
    if not any(texts.values()):
        form.refuse("text_en", NO_TEXT)
    valid_from, valid_to = form.day("valid_from", required=True), form.day("valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        form.refuse("valid_to", ENDS_BEFORE)
    quiet, priority = form.whole("quiet_days", 0, 3650, required=True), form.whole("priority", 0, 1000, required=True)
    opens = form.text("opens", 40)
    if opens and (not OPENS.fullmatch(opens) or opens.partition(":")[0] not in DOES):
        form.refuse("opens", NO_FORM)
    customers, tariff = form.choice("customer_kind", set(CUSTOMERS)), form.text("tariff", 120)
    if not form.fine or valid_from is None or quiet is None or priority is None:
        return None
    return Draft(
        offer_id=known.offer.offer_id if known else 0, kind=OfferKind(kind), title=title,
        texts={code: text for code, text in texts.items() if text}, priority=priority, valid_from=valid_from,
        valid_to=valid_to, quiet_days=quiet, customer_kind=customers, tariff=tariff,
        without_debt=form.flag("without_debt"), without_email_bills=form.flag("without_email_bills"), opens=opens,
        retired=form.flag("retired"), version=number(form.values.get("version")) or 0,
    )  # fmt: skip


async def _page(request: Request, parts: Parts, who: Person, known: Kept | None, form: Form) -> Response:
    since = clock.now() - timedelta(TOLD_DAYS)
    rates, why = [], []
    if known is not None:
        key = known.offer.offer_id
        async with reading(parts.engine) as db:
            rates = [one for one in await advice.rates(db, since) if one.offer_id == key]
            why = [row for row in await advice.reasons(db, since, of_offers=True) if row[1] == key]
    said = translate(request, who)
    return show(
        request, who, "offers_one.html", status=200 if form.fine else 422, form=form, known=known, days=TOLD_DAYS,
        kinds=[(code, said(title)) for code, title in KINDS.items()], rate=rates[0] if rates else None,
        why=[(said(REASONS[reason]), times) for _, _, reason, times in why if reason in REASONS],
        customers=[(code, said(title)) for code, title in CUSTOMERS.items()], does=sorted(DOES),
        languages=[(code, one.name) for code, one in parts.templates.languages.items()],
    )  # fmt: skip
