"""Whether a person may open a card now, because of what; reasons given, single values revealed (shell)."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from crm_core import access, clock
from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.errors import BadValue
from crm_core.masking import masked
from crm_core.reasons import Contact, Reason, Viewer, Wanted, reason_needed
from crm_core.store import access_log, reveals
from crm_core.store import openings as store
from crm_core.store.whose import Whose
from crm_core.store.whose import whose as find
from routing.views import CallPhase, CallView, OperatorId
from workstation import whose
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number, parts_of, signed_in, translate
from workstation.errors import Forbidden, Missing, Refused, TooMany, WebError
from workstation.floorline import FloorAway
from workstation.headers import SAFE_METHODS
from workstation.screenpop import guarded
from workstation.sentences import N_
from workstation.throttle import CARD, REVEAL

router = APIRouter(prefix="/api")
LISTED = "list.viewed"
"""What the access log calls a look at a list that shows subscribers."""
NOBODY = "nobody"
"""Why a key leads nowhere, as the access log says it."""
MOST_CONTACTS = 30
"""Contacts on a card."""
NO_REASON = N_("Choose why you open this card.")
NO_WORDS = N_("Say in a sentence why, at most 300 characters.")
TITLES = (
    N_("Calling back"),
    N_("Working on an application"),
    N_("Looking into a complaint"),
    N_("Correcting data"),
    N_("Supervisor's check"),
    N_("Something else"),
)
"""The first reasons of the base, marked for translation; those a utility adds are shown as they are."""


class ReasonNeeded(WebError):
    """Nothing stands behind this opening: say why first (`POST /api/reasons`, the form of `/office/reasons`)."""

    status = 428

    def __init__(self, whose: Whose) -> None:
        super().__init__("reason-needed")
        self.whose = whose


class Unverified(WebError):
    """A called debtor is on the line, and nobody has made sure yet who he is."""

    status = 403

    def __init__(self) -> None:
        super().__init__("debtor-unverified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Because of what a card is opened; goes into the access log."""

    reason: str
    contact_id: str = ""


async def opening(parts: Parts, who: Person, account_id: int, call: CallView | None) -> Opening | None:
    """Return because of what a person opens a card, None when he must say so first.

    Raises:
        Missing: there is no such account.
        TooMany: an alert about him stands, and nobody has looked at it yet.

    """
    if call is not None and call.account_id == account_id:
        return Opening(reason=f"call {call.call_id}", contact_id=call.call_id)
    async with reading(parts.engine) as db:
        behind = await store.standing(db, who.user_id, account_id, clock.now())
    if behind is None:
        raise Missing("no-such-account")
    return _judged(who, behind, call)


async def opened(parts: Parts, who: Person, account_id: int) -> Opening:
    """As `opening`, for what lies inside a card: older contacts, readings, one value.

    Raises:
        ReasonNeeded: he must say why first.
        Missing: there is no such account.
        TooMany: an alert about him stands.
        Unverified: what opens it is a call to a debtor, and it is not known yet who answered.

    """
    call = await call_of(parts, who)
    found = await opening(parts, who, account_id, call)
    if found is None:
        raise ReasonNeeded(Whose(account_id=account_id))
    _not_yet(call)
    return found


async def opened_customer(parts: Parts, who: Person, customer_id: int) -> Opening:
    """As `opened`, for all of a customer: what opens one of his accounts opens him.

    Raises:
        ReasonNeeded: as in `opened`; it names an account of his where he has one.
        Missing: there is no such customer.
        TooMany: as in `opened`.
        Unverified: as in `opened`.

    """
    call = await call_of(parts, who)
    async with reading(parts.engine) as db:
        behind = await store.standing_of_customer(db, who.user_id, customer_id, clock.now())
    if behind is None:
        raise Missing("no-such-customer")
    found = _judged(who, behind, call)
    if found is None:
        raise ReasonNeeded(Whose(account_id=behind.accounts[0]) if behind.accounts else Whose(customer_id=customer_id))
    _not_yet(call)
    return found


def _not_yet(call: CallView | None) -> None:
    """Refuse what lies inside any card while a called debtor on the line has not said who he is."""
    if guarded(call):
        raise Unverified


def _judged(who: Person, behind: store.Standing, call: CallView | None) -> Opening | None:
    """Return because of what he opens it, None when he must say so first."""
    his = frozenset(behind.accounts)
    if call is not None and call.account_id in his:
        return Opening(reason=f"call {call.call_id}", contact_id=call.call_id)
    if behind.blocked:
        raise TooMany("too-many-cards")
    contact = Contact(call_id=call.call_id, account_id=call.account_id) if call else None
    viewer = Viewer(
        user_id=who.user_id,
        own_work=behind.own_work,
        own_contact=bool(behind.own_contact),
        gave_reason=bool(behind.reason),
    )
    if reason_needed(viewer, Wanted(accounts=his, flags=behind.flags), contact):
        return None
    if contact is not None:
        return Opening(reason=f"call {contact.call_id}", contact_id=contact.call_id)
    if behind.reason or not behind.own_contact:
        return Opening(reason=f"reason {behind.reason}" if behind.reason else "own work")
    return Opening(reason=f"call {behind.own_contact}", contact_id=behind.own_contact)


async def judged(request: Request) -> None:
    """Judge a request whose address names a subscriber's thing before its route is run, and log the view.

    A dependency of every page: which ones it is about, `workstation.whose` says.

    Raises:
        ReasonNeeded: nothing stands behind it; the page that asks why brings him back here.
        TooMany: an alert about him stands.

    """
    route: str = request.scope["route"].path
    name = whose.named(request.method, route, request.path_params)
    if not name and route in whose.LISTED and request.method in SAFE_METHODS:
        person = await signed_in(request)
        parts_of(request).access.note(person.user_id, LISTED, where(request))
    key = number(request.path_params.get(name)) if name else None
    if key is None:
        return
    parts, who = parts_of(request), await signed_in(request)
    # As cards on the desk: a person reads pages, a copier of the base does not.
    if request.method in SAFE_METHODS and not await parts.throttle.allows(CARD, "card", str(who.user_id)):
        raise TooMany
    async with reading(parts.engine) as db:
        found = await find(db, whose.SUBSCRIBERS[name], key)
    if found is None:
        # The route itself says that there is none; who tries keys one by one stands in the log.
        parts.access.note(who.user_id, "refused", f"{request.method} {request.url.path}", reason=NOBODY)
    # What is nobody's has nobody to be protected.
    if found is None or found.nobodys:
        return
    await seen(request, found)


async def seen(request: Request, found: Whose) -> Opening:
    """Open somebody for a page, and log the view; for pages that find out by themselves whose they are.

    Raises:
        ReasonNeeded: as in `judged`.
        TooMany: as in `judged`.

    """
    parts, who = parts_of(request), await signed_in(request)
    if found.account_id is not None:
        because = await opened(parts, who, found.account_id)
    else:
        because = await opened_customer(parts, who, found.customer_id or 0)
    if request.method in SAFE_METHODS:
        parts.access.note(
            who.user_id,
            Action.SEE_CARD,
            found.object,
            reason=f"{because.reason}, {request.url.path}",
            contact_id=because.contact_id,
        )
    return because


OPENED = Depends(judged)


def where(request: Request) -> str:
    """Return what of a list was asked for, as the access log keeps it."""
    return f"{request.url.path}?{request.url.query}".rstrip("?")


async def call_of(parts: Parts, who: Person) -> CallView | None:
    """Return the call on a person's desk; a desk of another process is asked about at the floor."""
    if not who.takes_calls:
        return None
    operator = OperatorId(who.user_id)
    desk = parts.hub.desks.get(operator)
    if desk is not None:
        call = desk.call
    else:
        try:
            snapshot = await parts.line.desk(operator)
        except FloorAway:
            snapshot = None
        call = snapshot.desk.call if snapshot else None
    return None if call is None or call.phase is CallPhase.ENDED else call


async def reasons(parts: Parts) -> list[Reason]:
    """Return the reasons to choose from."""
    async with reading(parts.engine) as db:
        return await store.reasons(db)


@router.post("/reasons")
async def give(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Keep why a card is opened; it opens for half an hour."""
    account_id = number(sent.get("account_id"))
    if account_id is None:
        raise Missing("no-such-account")
    if not await parts.throttle.allows(CARD, "card", str(who.user_id)):
        raise TooMany
    words = translate(request, who)
    code, said = sent.get("reason", ""), sent.get("words", "")
    if not code:
        raise Refused({"reason": words(NO_REASON)})
    try:
        async with transaction(parts.engine) as db:
            await store.give(db, who.user_id, account_id, code, said, clock.now())
    except BadValue as error:
        raise Refused({"words": words(NO_WORDS)}) from error
    return JSONResponse({"done": True})


@router.post("/reveal")
async def reveal(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Show one masked value in full; which one, of whom and why is in the access log before it is shown."""
    account_id, place = number(sent.get("account_id")), number(sent.get("place") or "0")
    field = next((one for one in reveals.REVEALED if one.value == sent.get("field")), None)
    if account_id is None or field is None or place is None or place >= MOST_CONTACTS:
        raise Missing("no-such-value")
    if not access.may_reveal(who.role, field):
        raise Forbidden("forbidden")
    if not await parts.throttle.allows(REVEAL, "reveal", str(who.user_id)):
        raise TooMany("too-many-reveals")
    because = await opened(parts, who, account_id)
    async with transaction(parts.engine) as db:
        found = await reveals.value(db, account_id, field, place)
        # Somebody changed the card meanwhile: what is shown must be what was asked for.
        if found is None or (sent.get("shown") and masked(field, found) != sent["shown"]):
            raise Missing("no-such-value")
        await access_log.record(
            db,
            who.user_id,
            Action.UNMASK,
            f"account {account_id}",
            because.reason,
            address(request),
            fields=[field.value],
            contact_id=because.contact_id,
        )
    return JSONResponse({"value": found})


def card_reason(parts: Parts, who: Person, account_id: int, choices: list[Reason]) -> str:
    """Return the fragment that asks why, in the place of the card."""
    return parts.templates.render("card_reason.html", who.language, account_id=account_id, reasons=choices)
