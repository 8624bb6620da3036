"""Panels of what goes out: a document shown, made, sent; a message by SMS or e-mail (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from crm_core import masking, segment_jobs
from crm_core.access import Action, Field, hidden
from crm_core.db import Writing, reading
from crm_core.documents import making, page
from crm_core.documents.blocks import Block, Heading, Paragraph, TableBlock
from crm_core.documents.making import Order
from crm_core.errors import CrmError
from crm_core.store import customers, guides, owners, phone_service, templates
from crm_core.store.customers import Contact, Customer
from crm_core.store.phone_service import NewLetter
from crm_core.work.guides import GuideKind, filled
from workstation import segment_words
from workstation.deps import PartsDep, Sent, Who, translate
from workstation.errors import Refused
from workstation.forms import Form
from workstation.office.documents import FIRST_IN_DAYS, order_typed, press
from workstation.office.templates import maker
from workstation.panels import base
from workstation.panels.base import Asked, Done, ask, carry_out, paper, receive, show
from workstation.panels.notes import facts_of
from workstation.sentences import N_, sentence

router = APIRouter(prefix="/api/panels")
LONGEST = 2000
"""Characters of a message, as the outbox takes it."""
LONGEST_SMS = 480
"""Seven parts of 67 signs; longer ones are an e-mail's."""
MADE = N_("The document is made and lies on the account.")
MADE_AND_SENT = N_("The document is made, and its text is on its way.")
QUEUED = N_("The message is on its way.")
NO_ADDRESS = N_("This person has no such number or address.")
NOT_WANTED = N_("This person does not want to be reached this way.")
WITHDRAWN = N_("The consent to this way was withdrawn.")
TOO_LONG_TO_SEND = N_("Its text is too long for a message. Make it, and send it by post.")


async def _people(asked: Asked) -> tuple[Customer, frozenset[str]]:
    """Return the customer in full, and the ways for which a consent was withdrawn."""
    async with reading(asked.parts.engine) as db:
        theirs = await owners.of_account(db, asked.account_id)
        found = await customers.customer(db, theirs.customer_id)
        now = await customers.consents_now(db, theirs.customer_id)
    return found, frozenset(one.kind for one in now if not one.given)


def _address(one: Contact, channel: str) -> str:
    return one.facts.phone if channel == "sms" else one.facts.email


def _reachable(found: Customer, asked: Asked, channel: str) -> list[tuple[int, str]]:
    """Return who can be written to this way, each with his address as this person may see it."""
    field = Field.PHONE if channel == "sms" else Field.EMAIL
    hides = hidden(asked.who.role, reason=True)
    return [
        (one.contact_id, f"{one.facts.name} · {_seen(field, _address(one, channel), hides)}")
        for one in found.contacts
        if _address(one, channel) and channel not in one.facts.opt_out
    ]


def _seen(field: Field, value: str, hides: frozenset[Field]) -> str:
    return masking.masked(field, value) if field in hides else value


def _addressee(form: Form, found: Customer, withdrawn: frozenset[str], channel: str) -> str:
    """Return the address to write to; "" when something forbids it, which the form then says."""
    key = form.whole("contact_id", least=1, required=True)
    one = next((one for one in found.contacts if one.contact_id == key), None)
    if key is None:
        return ""
    if one is None or not _address(one, channel):
        form.refuse("contact_id", NO_ADDRESS)
    elif channel in one.facts.opt_out:
        form.refuse("contact_id", NOT_WANTED)
    elif channel in withdrawn:
        form.refuse("contact_id", WITHDRAWN)
    else:
        return _address(one, channel)
    return ""


@router.get("/{account_id}/notice")
async def notice_form(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show the form of a message, with a text that was chosen filled in."""
    asked = await ask(request, parts, who, account_id)
    channel = asked.known("channel") if asked.known("channel") in {"sms", "email"} else "sms"
    found, _ = await _people(asked)
    async with reading(parts.engine) as db:
        texts = await guides.offered(db, GuideKind.MESSAGE, found.facts.language or who.language)
    chosen = next((one for one in texts if str(one.guide_id) == asked.known("guide")), None)
    known = {"channel": channel, "guide": asked.known("guide")}
    if chosen:
        known |= {"subject": chosen.title, "body": filled(chosen.body, await facts_of(asked))}
    people = _reachable(found, asked, channel)
    known |= {"contact_id": str(people[0][0])} if people else {}
    most = LONGEST_SMS if channel == "sms" else LONGEST
    return show(
        asked, "notice.html", known=known, people=people, channel=channel, most=most,
        texts=[(one.guide_id, one.title) for one in texts],
    )  # fmt: skip


@router.post("/{account_id}/notice")
async def notice(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Put a message into the outbox."""
    asked = await receive(request, parts, who, account_id, sent)
    form = asked.form()
    channel = form.choice("channel", {"sms", "email"}, required=True)
    found, withdrawn = await _people(asked)
    address = _addressee(form, found, withdrawn, channel) if channel else ""
    body = form.prose("body", LONGEST_SMS if channel == "sms" else LONGEST, required=True)
    subject = form.text("subject", 200, required=channel == "email")

    async def work(db: Writing) -> Done:
        await _send(db, asked, found, channel, address, subject, body)
        return Done(said=asked.say(QUEUED), note=f"{channel} to contact {sent.get('contact_id', '')[:12]}")

    return await carry_out(asked, form, Action.SEND_MESSAGE, work)


async def _send(  # noqa: PLR0913, PLR0917 -- one letter
    db: Writing, asked: Asked, found: Customer, channel: str, address: str, subject: str, body: str
) -> None:
    new = NewLetter(
        channel=channel, address=address, subject=subject if channel == "email" else "", body=body,
        language=found.facts.language, account_id=asked.account_id, call_id=asked.call_id,
        once=f"desk {asked.who.user_id} {asked.sent.get('once', '')[:60]}",
    )  # fmt: skip
    await phone_service.send_later(db, new)


@router.get("/{account_id}/document")
async def document_form(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show the form of a document."""
    asked = await ask(request, parts, who, account_id)
    async with reading(parts.engine) as db:
        every = await templates.everyone(db)
    found, _ = await _people(asked)
    first = segment_jobs.today(parts.settings) + timedelta(FIRST_IN_DAYS)
    return show(
        asked, "document.html", people=_reachable(found, asked, "email"),
        known={"template_id": asked.known("template"), "parts": "6", "first_on": first.isoformat()},
        templates=[(one.template_id, f"{one.title} ({one.language})") for one in every],
    )  # fmt: skip


@router.post("/{account_id}/document")
async def document(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Show what a document would say (`do` is `preview`), make it, or make it and send its text (`send`)."""
    asked = await receive(request, parts, who, account_id, sent)
    form, sends = asked.form(), sent.get("do") == "send"
    order = order_typed(form, parts, asked.account_id)
    found, withdrawn = await _people(asked)
    address = _addressee(form, found, withdrawn, "email") if sends else ""
    if order is not None and form.fine and sent.get("do") == "preview":
        return await _preview(asked, order, form)

    async def work(db: Writing) -> Done:
        assert order is not None  # noqa: S101 -- an unfit form never comes here
        made = await making.make(db, press(parts), order, maker(parts, who))
        if isinstance(made, list):
            form.errors["form"] = segment_words.template_sentence(made[0], translate(request, who))
            raise base.Unfit
        more = {"document": f"/office/accounts/{asked.account_id}/documents/{made.document_id}"}
        if sends:
            text = await _text(db, asked, order)
            if not 0 < len(text) <= LONGEST:
                form.refuse("form", TOO_LONG_TO_SEND)
                raise base.Unfit
            await _send(db, asked, found, "email", address, made.title, text)
        said = asked.say(MADE_AND_SENT if sends else MADE)
        return Done(said=said, note=f"document {made.document_id}", more=more)

    return await carry_out(asked, form, Action.MAKE_DOCUMENT, work)


async def _preview(asked: Asked, order: Order, form: Form) -> Response:
    try:
        async with reading(asked.parts.engine) as db:
            template = await templates.one(db, order.template_id)
            drawn = await making.draw(db, template, order, maker(asked.parts, asked.who))
    except CrmError as error:
        if error.status == 404 or error.status >= 500:
            raise
        raise Refused({"form": sentence(error.code, asked.say)}) from error
    if isinstance(drawn, list):
        form.errors["form"] = segment_words.template_sentence(drawn[0], asked.say)
        raise Refused(form.errors)
    return JSONResponse({"stay": True, "html": str(paper(page.fragment(drawn.blocks)))})


async def _text(db: Writing, asked: Asked, order: Order) -> str:
    template = await templates.one(db, order.template_id)
    drawn = await making.draw(db, template, order, maker(asked.parts, asked.who))
    return "" if isinstance(drawn, list) else written(drawn.blocks)


def written(blocks: Sequence[Block]) -> str:
    """Return a document as plain text, a line for each row of its tables."""
    lines: list[str] = []
    for one in blocks:
        if isinstance(one, Heading):
            lines += [one.text, ""]
        elif isinstance(one, Paragraph):
            lines += ["".join(run.text for run in one.runs), ""]
        elif isinstance(one, TableBlock):
            rows = (*one.head, *one.body, *one.foot)
            lines += [*("  ".join(cell.text for cell in row) for row in rows), ""]
    return "\n".join(lines).strip()
