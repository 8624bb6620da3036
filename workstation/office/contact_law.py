"""Pages: contact law as it is in force, its versions, and numbers that are not to be called (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core.access import Action
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchPolicy
from crm_core.phones import e164
from crm_core.store import do_not_call, law_texts
from crm_core.text import one_line
from outbound import profiles
from outbound.law import text as law
from outbound.law.text import ProfileError
from workstation import flow_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.facts import number_shown
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 50
UNREADABLE = N_("This cannot be used as contact law: {detail}")
OTHER_CODE = N_("The code of a law stays what it is: {code}.")
NOT_A_NUMBER = N_("This is no telephone number.")
done_sentences({
    "law-in-force": N_("In force: whoever is dialled from now on is judged by it."),
    "law-kept": N_("Kept as a draft: nothing is judged by it yet."),
    "silenced": N_("On the list: this number is not called any more."),
    "lifted": N_("Off the list."),
})  # fmt: skip


@router.get("/contact-law")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the laws: what each asks, where it is written, what is doubtful in it."""
    async with reading(parts.engine) as db:
        laws = await profiles.in_force(db)
    return show(request, who, "contact_law.html", laws=[laws[code] for code in sorted(laws)])


@router.get("/contact-law/{code}")
async def one(request: Request, parts: PartsDep, who: Who, code: str) -> Response:
    """Show a law's text in force, and its versions."""
    async with reading(parts.engine) as db:
        return await _page(db, request, parts, who, code, None)


async def _page(  # noqa: PLR0913, PLR0917 -- what a page is made of
    db: AsyncConnection, request: Request, parts: Parts, who: Person, code: str, form: Form | None
) -> Response:
    del parts
    profile = (await profiles.in_force(db)).get(code[:24])
    if profile is None:
        raise NoSuchPolicy(f"there is no contact law {code[:24]}")
    versions = await law_texts.versions(db, profile.code)
    body = next((one.body for one in versions if one.version == profile.version), law.texts().get(profile.code, ""))
    against = next((one for one in versions if str(one.version_id) == request.query_params.get("version")), None)
    shown = form or form_of(request, who, {"body": against.body if against else body})
    return show(
        request, who, "contact_law_one.html", status=200 if shown.fine else 422, form=shown, law=profile,
        versions=versions, body=body, against=against, manages=role_may(who.role, Action.MANAGE_CONTACT_LAW),
        changes=flow_words.compared(body, shown.values.get("body", "")) if against or form else (),
    )  # fmt: skip


@router.post("/contact-law/{code}")
async def keep(request: Request, parts: PartsDep, who: Who, sent: Sent, code: str) -> Response:
    """Check a text and keep it as a draft, or put it in force (`do` is `publish`); nothing typed is lost."""
    form = form_of(request, who, sent)
    note = form.text("note", law_texts.LONGEST_NOTE)
    body = form.values.get("body", "").replace("\r\n", "\n")
    try:
        if law.parse(body).code != code:
            form.refuse("body", OTHER_CODE, code=code[:24])
    except ProfileError as error:
        form.refuse("body", UNREADABLE, detail=str(error))
    async with transaction(parts.engine) as db:
        if not form.fine:
            return await _page(db, request, parts, who, code, form)
        await once(db, who, sent)
        key = await law_texts.keep(db, code, body, note, who.user_id)
        if sent.get("do") == "publish":
            await law_texts.publish(db, key, who.user_id)
            return go(f"/office/contact-law/{code}", "law-in-force")
    return go(f"/office/contact-law/{code}", "law-kept", version=key)


@router.post("/contact-law/{code}/publish")
async def publish(parts: PartsDep, who: Who, sent: Sent, code: str) -> Response:
    """Put a kept version in force; an older one is gone back to."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        wanted = await law_texts.one(db, number(sent.get("version")) or 0)
        try:
            law.parse(wanted.body, wanted.version)
        except ProfileError as error:
            raise NoSuchPolicy(f"version {wanted.version} cannot be read any more: {error}") from error
        await law_texts.publish(db, wanted.version_id, who.user_id)
    return go(f"/office/contact-law/{code}", "law-in-force")


@router.get("/do-not-call")
async def silent(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the numbers that are not to be called; or what is known of one number."""
    return await _silent(request, parts, who, form_of(request, who, {}))


async def _silent(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    asked = one_line(request.query_params.get("number", ""), 40)
    wanted = e164(asked, parts.settings.country) if asked else ""
    async with reading(parts.engine) as db:
        before = number(request.query_params.get("before"))
        found = await do_not_call.listing(db, number=wanted or "", before=before, limit=PAGE + 1)
    if asked and not wanted:
        found = []
    shown, more = cut(found, PAGE, lambda one: one.entry_id)
    manages = role_may(who.role, Action.MANAGE_CONTACT_LAW)
    return show(
        request, who, "do_not_call.html", status=200 if form.fine else 422, form=form, asked=asked, manages=manages,
        rows=[(one, number_shown(one.number, who.role, own=False)) for one in shown],
        more=f"/office/do-not-call?before={more}" if more else "", first="/office/do-not-call" if before else "",
    )  # fmt: skip


@router.post("/do-not-call")
async def silence(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Put a number on the list."""
    form = form_of(request, who, sent)
    typed = form.text("number", 40, required=True)
    reason = form.text("reason", do_not_call.LONGEST_REASON, required=True)
    found = e164(typed, parts.settings.country) if typed else None
    if typed and found is None:
        form.refuse("number", NOT_A_NUMBER)
    if found is None or not form.fine:
        return await _silent(request, parts, who, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await do_not_call.add(db, [found], reason, who.user_id)
    return go("/office/do-not-call", "silenced")


@router.post("/do-not-call/lift")
async def lift(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Take a number off the list, with a reason."""
    form = form_of(request, who, sent)
    reason = form.text("lift_reason", do_not_call.LONGEST_REASON, required=True)
    entry = form.whole("entry", 1, required=True)
    if entry is None or not form.fine:
        return await _silent(request, parts, who, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await do_not_call.lift(db, entry, reason, who.user_id)
    return go("/office/do-not-call", "lifted")
