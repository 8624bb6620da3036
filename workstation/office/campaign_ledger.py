"""Pages of campaigns: the ledger, each row down to its attempts, its Excel, the evidence of one debtor (shell)."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from crm_core import clock
from crm_core.access import Action, Field, hidden
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.exporting.writers import Mark, Xlsx
from crm_core.masking import told
from crm_core.store import access_log, law_texts, outbound_attempts, outbound_campaigns, outbound_ledger, outbound_lists
from crm_core.store.outbound_ledger import LedgerRow
from crm_core.text import one_line
from outbound.law import text as law
from outbound.terms import Klass, Outcome
from workstation import campaign_words, evidence_pack
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.errors import Missing
from workstation.evidence_pack import Pack
from workstation.facts import name_shown, number_shown
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show, words
from workstation.office.campaigns import key_of, ledger_of
from workstation.sentences import N_, Translate

router = APIRouter(prefix="/office")
PAGE = 50
BATCH = 5_000
MOST_ROWS = 1_000_000
"""Of a spreadsheet, whose own end is 1,048,576."""
HEADS = (
    N_("Account"), N_("Class"), N_("There since"), N_("Tries"), N_("Tried last"), N_("Ended as"), N_("Result"),
    N_("Next try"), N_("Why not"), N_("Allowed by"), N_("Note"),
)  # fmt: skip
CODES = {
    **campaign_words.KLASSES, **campaign_words.OUTCOMES, **campaign_words.REASONS, **campaign_words.SHORT_MODES,
}  # fmt: skip
DECIDED = (Outcome.NO_ANSWER, Outcome.TALKED, Outcome.MACHINE, Outcome.FAILED)
"""What an attempt whose end nobody knew may turn out to have been."""
done_sentences({"removed": N_("Taken off the list; an open call is called off.")})
_making = asyncio.Semaphore(1)
"""One spreadsheet at a time: it is work for minutes when the list is large."""


@router.get("/campaigns/{campaign_id}/ledger")
async def ledger(  # noqa: PLR0913, PLR0917 -- what can be asked
    request: Request, parts: PartsDep, who: Who, campaign_id: str, klass: str = "", account: str = "", after: str = ""
) -> Response:
    """List the rows of a campaign, of one class or of one account."""
    key, wanted = key_of(campaign_id), klass if klass in set(Klass) else ""
    async with reading(parts.engine) as db:
        one = await outbound_campaigns.one(db, key)
        counts = await outbound_ledger.counts(db, key)
        rows = await outbound_ledger.rows(
            db, key, klass=wanted, account=one_line(account, 12), after=number(after) or 0, limit=PAGE + 1
        )
    shown, more = cut(rows, PAGE, lambda row: row.row_id)
    here = f"/office/campaigns/{key}/ledger"
    kept = {name: value for name, value in (("klass", wanted), ("account", account)) if value}
    return show(
        request, who, "campaigns_ledger.html", one=one, ledger=ledger_of(counts), klass=wanted, account=account,
        rows=[(_covered(row, who), name_shown(row.customer, who.role, own=False)) for row in shown], klasses=Klass,
        more=f"{here}?{urlencode({**kept, 'after': more})}" if more else "", words=campaign_words,
        first=f"{here}?{urlencode(kept)}" if after else "", exports=role_may(who.role, Action.EXPORT),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerMark(Mark):
    """Who took a ledger, when, of which campaign."""

    @property
    def line(self) -> str:
        """All of it in one line."""
        return one_line(f"{self.utility}: {self.reason}, taken by {self.user} on {self.at:%Y-%m-%d %H:%M} UTC", 400)


@router.get("/campaigns/{campaign_id}/ledger.xlsx")
async def spreadsheet(request: Request, parts: PartsDep, who: Who, campaign_id: str, klass: str = "") -> Response:
    """Give the ledger as a spreadsheet: account numbers and what became of each, no names and no telephones."""
    key = key_of(campaign_id)
    async with transaction(parts.engine) as db:
        one = await outbound_campaigns.one(db, key)
        said = f"ledger as a spreadsheet {klass}".strip()
        await access_log.record(db, who.user_id, Action.EXPORT, f"campaign {key}", said, address(request))
    mark = LedgerMark(
        export_id=key, user=who.name, at=clock.now(), reason=f"ledger of campaign {one.name}",
        utility=parts.settings.utility,
    )  # fmt: skip
    async with _making:
        place = await _written(
            parts, key, klass if klass in set(Klass) else "", mark, words(request, who), hidden(who.role)
        )
    return FileResponse(
        place, filename=f"campaign-{key}.xlsx", headers={"Cache-Control": "no-store"},
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        background=BackgroundTask(place.unlink, missing_ok=True),
    )  # fmt: skip


async def _written(  # noqa: PLR0913, PLR0917 -- what of which campaign, for whom
    parts: Parts, key: int, klass: str, mark: Mark, say: Translate, hide: frozenset[Field]
) -> Path:
    """Write the rows to a file of our own, a batch at a time."""
    folder = parts.settings.run_dir / "campaigns"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = Path(await asyncio.to_thread(tempfile.mktemp, ".xlsx", "ledger-", folder))
    book = await asyncio.to_thread(Xlsx, place, [say(head) for head in HEADS], mark)
    after = done = 0
    while done < MOST_ROWS:
        async with reading(parts.engine) as db:
            rows = await outbound_ledger.rows(db, key, klass=klass, after=after, limit=BATCH)
        if not rows:
            break
        await asyncio.to_thread(_add, book, rows, say, hide)
        after, done = rows[-1].row_id, done + len(rows)
    await asyncio.to_thread(book.close)
    return place


def _add(book: Xlsx, rows: list[LedgerRow], say: Translate, hide: frozenset[Field]) -> None:
    for row in rows:
        book.add([
            row.account, say(campaign_words.KLASSES[row.klass]), row.classed_at, row.tries, row.last_at,
            say(campaign_words.OUTCOMES[row.last_outcome]) if row.last_at else "", row.last_disposition,
            row.next_at if row.klass == Klass.WAITING else None, campaign_words.reasons(row.reasons, say), row.policy,
            told(row.note, hide),
        ])  # fmt: skip


@router.get("/campaigns/{campaign_id}/accounts/{account_id}")
async def row_page(request: Request, parts: PartsDep, who: Who, campaign_id: str, account_id: str) -> Response:
    """Show a row: where it stands and why, down to its attempts, recordings and the law's answers."""
    return await _row(request, parts, who, key_of(campaign_id), _account(account_id), form_of(request, who, {}))


async def _row(  # noqa: PLR0913, PLR0917 -- what a page is made of
    request: Request, parts: Parts, who: Person, key: int, account: int, form: Form
) -> Response:
    async with reading(parts.engine) as db:
        row = _covered(await outbound_ledger.one_row(db, key, account), who)
        events = await outbound_ledger.events(db, row.row_id)
        attempts = await outbound_ledger.attempts_of(db, account_id=account)
    away = hidden(who.role, reason=True)
    return show(
        request, who, "campaigns_row.html", status=200 if form.fine else 422, form=form, row=row, events=events,
        attempts=[(one, number_shown(one.number, who.role, own=True)) for one in attempts], words=campaign_words,
        customer=name_shown(row.customer, who.role, own=True), local=_clock_of(row), hides=away,
        decided=DECIDED, decides=role_may(who.role, Action.RUN_CAMPAIGN),
        said=campaign_words.reasons(row.reasons, words(request, who)), removable=row.removed_at is None,
        manages=role_may(who.role, Action.MANAGE_CAMPAIGNS), hears=role_may(who.role, Action.HEAR_RECORDING),
    )  # fmt: skip


def _covered(row: LedgerRow, who: Person) -> LedgerRow:
    """Return a row whose note tells no more of him than its reader sees elsewhere."""
    return replace(row, note=told(row.note, hidden(who.role)))


def _clock_of(row: LedgerRow) -> object:
    def clock_of(at: datetime | None, zones: tuple[str, ...] = ()) -> str:
        return evidence_pack.local(at, zones or ((row.zone,) if row.zone else ()))

    return clock_of


def _account(text: str) -> int:
    found = number(text)
    if found is None:
        raise Missing("no-such-account")
    return found


@router.post("/campaigns/{campaign_id}/accounts/{account_id}/removal")
async def remove(  # noqa: PLR0913, PLR0917 -- what came with the request
    request: Request, parts: PartsDep, who: Who, sent: Sent, campaign_id: str, account_id: str
) -> Response:
    """Take a debtor off the list, with a reason."""
    key, account, form = key_of(campaign_id), _account(account_id), form_of(request, who, sent)
    reason = form.text("reason", outbound_lists.LONGEST_REASON, required=True)
    if not form.fine:
        return await _row(request, parts, who, key, account, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        row = await outbound_ledger.one_row(db, key, account)
        await outbound_lists.remove(db, row.row_id, reason, who.user_id, clock.now())
    return go(f"/office/campaigns/{key}/accounts/{account}", "removed")


@router.post("/campaigns/{campaign_id}/accounts/{account_id}/outcome")
async def outcome(parts: PartsDep, who: Who, sent: Sent, campaign_id: str, account_id: str) -> Response:
    """Say what an attempt was whose end nobody knew; until then he is not called again."""
    key, account = key_of(campaign_id), _account(account_id)
    found = sent.get("outcome", "")
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        shown = {one.attempt_id for one in await outbound_ledger.attempts_of(db, account_id=account)}
        attempt = number(sent.get("attempt"))
        if found in DECIDED and attempt in shown:
            await outbound_attempts.decide(db, attempt, found, who.user_id)
    return go(f"/office/campaigns/{key}/accounts/{account}", "saved")


@router.get("/campaigns/{campaign_id}/accounts/{account_id}/evidence")
async def evidence(request: Request, parts: PartsDep, who: Who, campaign_id: str, account_id: str) -> Response:
    """Give everything that was done about a debtor as a file that proves it; who took it is written down."""
    key, account = key_of(campaign_id), _account(account_id)
    async with transaction(parts.engine) as db:
        row = await outbound_ledger.one_row(db, key, account)
        events = await outbound_ledger.events(db, row.row_id)
        attempts = await outbound_ledger.attempts_of(db, account_id=account)
        policies = {one.policy for one in attempts} | {one.policy for one in events}
        laws = {policy: body for policy in policies if (body := await _law(db, policy))}
        said = f"evidence of {len(attempts)} attempts"
        await access_log.record(db, who.user_id, Action.SEE_CAMPAIGN, f"account {account}", said, address(request))
    attempts = [replace(one, number=number_shown(one.number, who.role, own=True)) for one in attempts]
    pack = Pack(
        row=replace(_covered(row, who), customer=name_shown(row.customer, who.role, own=True)),
        events=events,
        attempts=attempts,
        laws=laws,
        utility=parts.settings.utility,
        made_by=who.name,
        made_at=clock.now(),
    )
    packed = await asyncio.to_thread(evidence_pack.made, pack, words(request, who), CODES)
    name = f"evidence-{key}-{row.account}.zip"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(packed, media_type="application/zip", headers=headers)


async def _law(db: object, policy: str) -> str:
    """Return the text that a policy (`code@version`) names; "" when there is none."""
    code, _, version = policy.partition("@")
    if version == "0":
        return law.texts().get(code, "")
    found = await law_texts.versions(db, code, limit=1000)  # type: ignore[arg-type]
    return next((one.body for one in found if str(one.version) == version), "")
