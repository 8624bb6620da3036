"""Page of tariffs: every version with its days and prices, and the form for the next one (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.store import access_log
from crm_core.store import tariffs as store
from crm_core.tariffs import LONGEST_NAME, Fault, TariffFacts, Tier, Zone
from workstation import typed
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, once, show, words
from workstation.sentences import N_, SENTENCES

router = APIRouter(prefix="/office")
PAGE = 50
ZONES = {
    Zone.SINGLE: N_("Whole day"),
    Zone.DAY: N_("Day"),
    Zone.NIGHT: N_("Night"),
    Zone.PEAK: N_("Peak"),
    Zone.HALF_PEAK: N_("Half-peak"),
    Zone.EXPORT: N_("Given back"),
}
LINES = N_(
    "Write one tier in a line: up to how many units (left out in the last line), then prices, like 150 single 3.10."
)


@router.get("/tariffs")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show tariffs and the form for the next version."""
    return await _page(request, parts, who)


@router.post("/tariffs")
async def add(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Add a version of a tariff."""
    form = form_of(request, who, sent)
    today = parts.cards.today()
    valid_from = form.day("valid_from", required=True)
    tiers = read_tiers(form)
    facts = TariffFacts(
        code=form.text("code", 20, required=True),
        name=form.text("name", LONGEST_NAME, required=True),
        valid_from=valid_from or today,
        tiers=tiers,
        vat=form.amount("vat", Decimal(0), Decimal("99.99")),
    )
    if not form.fine:
        return await _page(request, parts, who, form)
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            made = _fine(await store.add(db, facts, today))
            said = f"{facts.code} from {facts.valid_from}"
            await access_log.record(
                db, who.user_id, Action.MANAGE_MONEY_RULES, f"tariff {made}", said, address(request)
            )
    except _NotFine as no:
        for name, fault in no.faults.items():
            form.refuse(name, SENTENCES[fault.value])
        return await _page(request, parts, who, form)
    return go("/office/tariffs", "saved")


class _NotFine(Exception):
    """Ends the transaction: the press is not used up, nothing is half written."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        super().__init__(str(faults))
        self.faults = faults


def _fine(made: int | dict[str, Fault]) -> int:
    """Return the new version's id.

    Raises:
        _NotFine: the rules refuse it.

    """
    if isinstance(made, int):
        return made
    raise _NotFine(made)


def read_tiers(form: Form) -> tuple[Tier, ...]:
    """Read the lines of prices; one that is not so is told at the field."""
    found = []
    for line in form.prose("tiers", 2000, required=True).splitlines():
        if line.strip():
            tier = _tier(line.split())
            if tier is None:
                form.refuse("tiers", LINES)
                return ()
            found.append(tier)
    return tuple(found)


def _tier(parts: list[str]) -> Tier | None:
    end = typed.decimal(parts[0]) if len(parts) % 2 else None
    pairs = parts[1:] if len(parts) % 2 else parts
    if (len(parts) % 2 and end is None) or not pairs:
        return None
    try:
        prices = {
            Zone(zone.casefold()): typed.decimal(price) for zone, price in zip(pairs[::2], pairs[1::2], strict=True)
        }
    except ValueError:
        return None
    known = {zone: price for zone, price in prices.items() if price is not None}
    return Tier(up_to=end, prices=known) if len(known) * 2 == len(pairs) else None


async def _page(request: Request, parts: Parts, who: Person, form: Form | None = None) -> Response:
    code, _, key = request.query_params.get("after", "").rpartition("-")
    last = number(key)
    async with reading(parts.engine) as db:
        found = await store.listing(db, after=(code, last) if last else None, limit=PAGE + 1)
    shown, more = cut(found, PAGE, lambda one: f"{one.code}-{one.tariff_id}")
    say = words(request, who)
    return show(
        request,
        who,
        "subscribers_tariffs.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, {}),
        tariffs=shown,
        zones={zone.value: say(text) for zone, text in ZONES.items()},
        today=parts.cards.today(),
        more=more,
        first=not last,
    )
