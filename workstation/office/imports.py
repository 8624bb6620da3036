"""Pages of imports: a file is sent in, its findings looked at, committed, taken back (shell)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.responses import FileResponse, Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.errors import BadValue
from crm_core.importing import columns, rules
from crm_core.importing.limits import Unreadable
from crm_core.importing.report import Example
from crm_core.importing.work import kept_file, rejected_file
from crm_core.store import access_log, fields, imports, jobs
from crm_core.store.imports import Import
from crm_core.store.jobs import Job
from workstation import taking_in, uploads
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, in_session, number
from workstation.errors import Forbidden, Missing
from workstation.forms import Form
from workstation.handing import Asker, hand_over
from workstation.office.base import cut, form_of, go, once, show, words
from workstation.sentences import N_, Translate

router = APIRouter(prefix="/office")
PAGE = 50
MOST_SEEN = 3
_ORDER = (
    *("tariffs", "customers", "customers changed", "premises", "premises changed", "accounts", "contacts", "meters"),
    *("meters changed", "registers", "readings", "held_readings", "invoices", "payments", "custom values"),
    *("custom_values", "known"),
)
COLUMN = "column_"
"""Fields of the mapping are named `column_<field>`; their value is a column's place, counted from 1."""


@router.get("/imports")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List imports, newest first, with the form that takes another file."""
    return await _listing(request, parts, who)


@router.post("/imports")
async def receive(request: Request, parts: PartsDep) -> Response:
    """Take a file in; it is streamed to the disk after the form's token was judged."""
    who = await in_session(request)

    def judged(fields: Mapping[str, str]) -> None:
        sent = request.headers.get("x-csrf-token") or fields.get("csrf", "")
        if not parts.sessions.same(sent, who.csrf):
            raise Forbidden("foreign-origin")

    try:
        upload = await uploads.receive(request, parts.settings, judged)
    except uploads.NoFile:
        form = form_of(request, who, {})
        form.refuse("file", N_("Choose a file first."))
        return await _listing(request, parts, who, form=form)
    try:
        import_id = await taking_in.take_in(parts, upload, _asker(request, who))
    except Unreadable as refusal:
        form = form_of(request, who, upload.fields)
        form.errors["file"] = refused(refusal, words(request, who))
        return await _listing(request, parts, who, form=form)
    return go(f"/office/imports/{import_id}")


@router.get("/imports/{import_id}")
async def one(request: Request, parts: PartsDep, who: Who, import_id: str, kind: str = "") -> Response:
    """Show an import: how far it is, what was found, what can be done with it; with the columns of another kind."""
    found = await _found(parts.engine, import_id)
    return await _page(request, parts, who, found, kind=kind if kind in columns.KINDS else "")


@router.post("/imports/{import_id}/judge")
async def judge(request: Request, parts: PartsDep, who: Who, sent: Sent, import_id: str) -> Response:
    """Judge a file again with columns that somebody named."""
    found = await _found(parts.engine, import_id)
    form = form_of(request, who, sent)
    kind = form.choice("kind", columns.KINDS, required=True)
    async with reading(parts.engine) as seen:
        own = await fields.definitions(seen)
    mapping = {} if not kind else _mapping(form, columns.fields_of(kind, own), len(found.header))
    if not form.fine:
        return await _page(request, parts, who, found, form=form)
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            job = await taking_in.judge(db, found.import_id, kind, mapping, _asker(request, who))
    except BadValue:
        form.refuse("form", N_("Name a column for every field that is needed, each column once."))
        return await _page(request, parts, who, found, form=form)
    return await _gone(parts, job, found.import_id)


@router.post("/imports/{import_id}/commit")
async def commit(request: Request, parts: PartsDep, who: Who, sent: Sent, import_id: str) -> Response:
    """Bring a judged file in."""
    key = _key(import_id)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        job = await taking_in.commit(db, key, _asker(request, who))
    return await _gone(parts, job, key)


@router.post("/imports/{import_id}/undo")
async def undo(request: Request, parts: PartsDep, who: Who, sent: Sent, import_id: str) -> Response:
    """Take a committed import back."""
    key = _key(import_id)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        job = await taking_in.undo(db, key, _asker(request, who))
    return await _gone(parts, job, key)


@router.post("/imports/{import_id}/cancel")
async def cancel(request: Request, parts: PartsDep, who: Who, import_id: str) -> Response:
    """Cancel an import; what is half done is taken back."""
    key = _key(import_id)
    async with transaction(parts.engine) as db:
        await taking_in.cancel(db, key, _asker(request, who))
    return go(f"/office/imports/{key}", "cancelled")


@router.get("/imports/{import_id}/rejected")
async def rejected(request: Request, parts: PartsDep, who: Who, import_id: str) -> Response:
    """Send the rows that were not taken, harmless to open in a spreadsheet."""
    found = await _found(parts.engine, import_id)
    return await _file(request, parts, who, found, rejected_file(parts.settings, found.import_id), "rejected")


@router.get("/imports/{import_id}/kept")
async def kept(request: Request, parts: PartsDep, who: Who, import_id: str) -> Response:
    """Send the rows that an undo left as they are."""
    found = await _found(parts.engine, import_id)
    return await _file(request, parts, who, found, kept_file(parts.settings, found.import_id), "kept")


async def _file(  # noqa: PLR0913, PLR0917 -- which file of which import, for whom
    request: Request, parts: Parts, who: Person, found: Import, path: Path, what: str
) -> Response:
    if not taking_in.sees_rows(found, who.user_id, who.role):
        raise Forbidden("forbidden")
    if not await asyncio.to_thread(path.is_file):
        raise Missing("no-such-page")
    async with transaction(parts.engine) as db:
        await access_log.record(
            db, who.user_id, Action.IMPORT, f"import {found.import_id}", f"{what} rows fetched", address(request)
        )
    return FileResponse(path, media_type="text/csv", filename=f"import-{found.import_id}-{what}.csv")


async def _listing(request: Request, parts: Parts, who: Person, *, form: Form | None = None) -> Response:
    async with reading(parts.engine) as db:
        found = await imports.listing(db, before_id=number(request.query_params.get("before")), limit=PAGE + 1)
    shown, more = cut(found, PAGE, lambda one: one.import_id)
    return show(
        request,
        who,
        "exchange_imports.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, {}),
        imports=shown,
        more=more,
        kinds=list(columns.KINDS),
        most=parts.settings.import_megabytes,
    )


async def _page(  # noqa: PLR0913 -- which page, and what is chosen on it
    request: Request, parts: Parts, who: Person, found: Import, *, form: Form | None = None, kind: str = ""
) -> Response:
    said = words(request, who)
    mine = taking_in.sees_rows(found, who.user_id, who.role)
    found = taking_in.as_seen(found, who.user_id, who.role)
    async with reading(parts.engine) as db:
        job = None if found.job_id is None else await jobs.by_id(db, found.job_id)
        own = await fields.definitions(db)
    known = found.kind if found.kind in columns.KINDS else next(iter(columns.KINDS))
    kind = (form.values.get("kind", "") if form else kind) or known
    kind = kind if kind in columns.KINDS else known
    mapping = found.mapping if kind == found.kind and found.mapping else columns.guess(found.header, kind, own)
    return show(
        request,
        who,
        "exchange_import.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, {f"{COLUMN}{name}": str(place + 1) for name, place in mapping.items()}),
        found=found,
        kind=kind,
        fields=columns.fields_of(kind, own),
        spelled=lambda field: spelled(field, who.language),
        about=lambda rule: about(rule, found.examples),
        job=job,
        kinds=list(columns.KINDS),
        in_order=in_order,
        held=rules.HELD,
        why=lambda rule, detail="": rules.why(rule, detail, said) if rule in rules.RULES else rule,
        right=lambda rule, detail="": rules.right(rule, detail, said) if rule in rules.RULES else "",
        refusal=refusal_of(found.refusal, said),
        may_undo=found.may_undo(clock.now()),
        has_rejected=mine and rejected_file(parts.settings, found.import_id).is_file(),
        has_kept=mine and kept_file(parts.settings, found.import_id).is_file(),
    )


def in_order(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return what was made or changed from what others hang on to what hangs on it; JSON keeps no order."""
    return sorted(counts.items(), key=lambda one: _ORDER.index(one[0]) if one[0] in _ORDER else len(_ORDER))


def spelled(field: columns.Field, language: str) -> str:
    """Return some headers that mean a field, in the script of a language."""
    foreign = [name for name in field.names if not name.isascii()]
    return ", ".join((foreign if language == "ru" and foreign else field.names)[:3])


def about(rule: str, examples: Sequence[Example]) -> str:
    """Return what a rule saw in the rows that are shown: columns mostly; `…` when it saw something else in each."""
    seen = list(dict.fromkeys(one.detail for one in examples if one.rule == rule))
    return ", ".join(seen) if seen and len(seen) <= MOST_SEEN else "…"


def refused(refusal: Unreadable, translate: Translate) -> str:
    """Say in the reader's language why a file cannot be taken."""
    said = translate(refusal.text).format(**refusal.values)
    return said[:1].upper() + said[1:] + "."


def refusal_of(kept: str, translate: Translate) -> str:
    """Say it of a refusal that is on record: kept by its parts, or one sentence when a job broke."""
    if not kept.startswith("{"):
        return kept
    told = json.loads(kept)
    return refused(Unreadable(told.pop("text"), **told), translate)


def _mapping(form: Form, known: Sequence[columns.Field], width: int) -> dict[str, int]:
    """Read which column holds which field; none is a choice where a field is not needed."""
    mapping: dict[str, int] = {}
    for one in known:
        place = form.whole(f"{COLUMN}{one.name}", least=1, most=max(width, 1), required=one.required)
        if place is not None and place - 1 in mapping.values():
            form.refuse(f"{COLUMN}{one.name}", N_("This column is chosen for another field already."))
        elif place is not None:
            mapping[one.name] = place - 1
    return mapping


def _asker(request: Request, who: Person) -> Asker:
    return Asker(user_id=who.user_id, role=who.role, ip=address(request), words=words(request, who))


async def _gone(parts: Parts, job: Job, import_id: int) -> Response:
    """Hand the work over; the page of the import follows it, and says by its state what is going on."""
    await hand_over(parts.settings, job)
    return go(f"/office/imports/{import_id}")


def _key(import_id: str) -> int:
    key = number(import_id)
    if key is None:
        raise Missing("no-such-import")
    return key


async def _found(engine: AsyncEngine, import_id: str) -> Import:
    async with reading(engine) as db:
        return await imports.by_id(db, _key(import_id))
