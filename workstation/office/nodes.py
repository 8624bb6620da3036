"""Pages: Asterisk nodes, trunks, endpoints, line checks (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchTrunk, TrunkTaken
from crm_core.lines import endpoint
from crm_core.resorts import chain as resorts_of
from crm_core.store import dispatch, lines, linewatch
from crm_core.text import one_line
from crm_core.trunks import CODECS, DIRECTIONS, STRATEGIES, LastResort, Telephone, Trunk, faults, queue_faults
from workstation import line_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 50
CHECKS = 5
done_sentences({"on-its-way": N_("Saved. Each node takes it in within seconds; calls that are up stay up.")})
TAKEN = N_("Another trunk has this name.")
LONG = 2_000


@router.get("/nodes")
async def overview(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show how nodes and trunks stand, what stands against them, and the last checks."""
    async with reading(parts.engine) as db:
        return await _overview(db, request, parts, who)


async def _overview(
    db: AsyncConnection, request: Request, parts: Parts, who: Person, form: Form | None = None
) -> Response:
    told = await linewatch.standings(db, [linewatch.NODE, linewatch.TRUNK, linewatch.REGISTRATION])
    resort = await lines.resort(db)
    resorts = await dispatch.resorts(db)
    return show(
        request,
        who,
        "nodes.html",
        status=200 if form is None else 422,
        form=form or form_of(request, who, {name: str(getattr(resort, name)) for name in _QUEUE}),
        alerts=await linewatch.alerts(db),
        nodes=[one.node for one in parts.settings.nodes],
        applied={one.node: one for one in await lines.everywhere(db)},
        standing={(one.kind, one.node, one.name): one for one in told},
        trunks=await lines.everyone(db),
        checks=await linewatch.checks(db, limit=CHECKS),
        resort=resort,
        resorts=[resorts_of(one, resorts) for one in resorts],
        manages=role_may(who.role, Action.MANAGE_LINES),
        words=line_words,
        settings=parts.settings,
    )


_QUEUE = ("strategy", "ring_seconds", "wrap_up_seconds", "most_waiting")


@router.post("/nodes/queue")
async def last_resort(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Change how Asterisk's own queue serves while the floor is silent."""
    form = form_of(request, who, sent)
    wished = LastResort(
        strategy=form.choice("strategy", STRATEGIES, required=True),
        ring_seconds=form.whole("ring_seconds", required=True) or 0,
        wrap_up_seconds=form.whole("wrap_up_seconds", required=True) or 0,
        most_waiting=form.whole("most_waiting", required=True) or 0,
    )
    for field, code in queue_faults(wished).items():
        form.refuse(field, line_words.FAULTS[code])
    if not form.fine:
        async with reading(parts.engine) as db:
            return await _overview(db, request, parts, who, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await lines.set_resort(db, wished, who.user_id, clock.now())
    return go("/office/nodes", "on-its-way")


# --- trunks ---------------------------------------------------------------------------------------


@router.get("/nodes/trunks/new")
async def new_trunk(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the form of a new trunk."""
    return _trunk_page(request, parts, who, form_of(request, who, _typed(Trunk(name="", host=""))))


@router.post("/nodes/trunks/new")
async def make_trunk(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Make a trunk; what was typed is kept when something of it is not right yet."""
    return await _save(request, parts, who, sent, None)


@router.get("/nodes/trunks/{trunk_id}")
async def one_trunk(request: Request, parts: PartsDep, who: Who, trunk_id: str) -> Response:
    """Show the form of a trunk; its password is never shown."""
    async with reading(parts.engine) as db:
        trunk = await lines.trunk(db, _key(trunk_id))
    return _trunk_page(request, parts, who, form_of(request, who, _typed(trunk)), trunk)


@router.post("/nodes/trunks/{trunk_id}")
async def change_trunk(request: Request, parts: PartsDep, who: Who, sent: Sent, trunk_id: str) -> Response:
    """Change a trunk; an empty password keeps the one on record."""
    async with reading(parts.engine) as db:
        trunk = await lines.trunk(db, _key(trunk_id))
    return await _save(request, parts, who, sent, trunk)


async def _save(request: Request, parts: Parts, who: Person, sent: Mapping[str, str], trunk: Trunk | None) -> Response:
    form = form_of(request, who, sent)
    wished = read_trunk(form, trunk)
    for field, code in faults(wished).items():
        form.refuse(field, line_words.FAULTS[code])
    if wished.node and wished.node not in {one.node for one in parts.settings.nodes}:
        form.refuse("node", line_words.FAULTS["trunk-node"])
    if form.fine:
        try:
            async with transaction(parts.engine) as db:
                await once(db, who, sent)
                await lines.save(db, wished, who.user_id, clock.now())
                await linewatch.forget(db, clock.now())
        except TrunkTaken:
            form.refuse("name", TAKEN)
        else:
            return go("/office/nodes", "on-its-way")
    form.values.pop("secret", None)
    return _trunk_page(request, parts, who, form, trunk)


def read_trunk(form: Form, before: Trunk | None) -> Trunk:
    """Return what was typed as a trunk, right or not; `faults` judges it."""
    registered = form.text("secret", 200) or (before.secret if before else "")
    login = form.text("login", 200)
    return Trunk(
        trunk_id=before.trunk_id if before else 0,
        name=form.text("name", 200, required=True),
        host=form.text("host", 300, required=True),
        port=_whole(form, "port"),
        login=login,
        secret=registered if login else "",
        registers=form.flag("registers"),
        number=form.text("number", 40),
        numbers=_list(form, "numbers"),
        prefixes=_list(form, "prefixes"),
        rank=_whole(form, "rank"),
        lines=_whole(form, "lines"),
        reserved=_whole(form, "reserved"),
        direction=form.choice("direction", DIRECTIONS, required=True) or DIRECTIONS[0],
        codecs=tuple(one for one in CODECS if form.flag(f"codec_{one}")),
        check_number=form.text("check_number", 40),
        node=form.text("node", 40),
        enabled=form.flag("enabled"),
    )


def _whole(form: Form, name: str) -> int:
    """Read a whole number; an empty or wrong one is noted and taken for one that is no trunk's."""
    found = form.whole(name, required=True)
    return -1 if found is None else found


def _list(form: Form, name: str) -> tuple[str, ...]:
    return tuple(one for part in form.text(name, LONG).split(",") if (one := part.strip()))


_PLAIN = (
    "name", "host", "port", "login", "number", "rank", "lines", "reserved", "direction", "check_number", "node",
)  # fmt: skip


def _typed(trunk: Trunk) -> dict[str, str]:
    names = (
        "name",
        "host",
        "port",
        "login",
        "number",
        "rank",
        "lines",
        "reserved",
        "direction",
        "check_number",
        "node",
    )
    values = {name: str(getattr(trunk, name)) for name in names}
    values |= {"numbers": ", ".join(trunk.numbers), "prefixes": ", ".join(trunk.prefixes)}
    flags = {f"codec_{one}": one in trunk.codecs for one in CODECS}
    flags |= {"registers": trunk.registers, "enabled": trunk.enabled}
    return values | {name: "1" if on else "" for name, on in flags.items()}


def _trunk_page(request: Request, parts: Parts, who: Person, form: Form, trunk: Trunk | None = None) -> Response:
    say = translate(request, who)
    return show(
        request,
        who,
        "nodes_trunk.html",
        status=200 if form.fine else 422,
        form=form,
        trunk=trunk,
        codecs=CODECS,
        directions=[(code, say(word)) for code, word in line_words.DIRECTIONS.items()],
        nodes=[(one.node, one.node) for one in parts.settings.nodes],
    )


def _key(text: str) -> int:
    key = number(text)
    if key is None:
        raise NoSuchTrunk(f"there is no trunk {text[:20]}")
    return key


# --- telephones, checks, alerts -------------------------------------------------------------------


@router.get("/nodes/telephones")
async def telephones(request: Request, parts: PartsDep, who: Who) -> Response:
    """List operators' telephones: whose, what may register, and where each stands."""
    async with reading(parts.engine) as db:
        rows = await lines.phones(db, after=one_line(request.query_params.get("after", ""), 20), limit=PAGE + 1)
        shown, more = cut(rows, PAGE, _extension)
        endpoints = [name for one in shown for name in (endpoint(one.extension), f"desk{one.extension}")]
        told = await linewatch.phones(db, endpoints)
    standing: dict[str, list[linewatch.Told]] = {}
    for each in told:
        standing.setdefault(each.name, []).append(each)
    return show(
        request, who, "nodes_telephones.html", phones=shown, more=more, standing=standing, words=line_words,
        manages=role_may(who.role, Action.MANAGE_LINES),
    )  # fmt: skip


def _extension(one: Telephone) -> str:
    return one.extension


@router.post("/nodes/telephones")
async def allow(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Say which telephones of an extension may register."""
    wished = Telephone(
        extension=sent.get("extension", "")[:20], browser=bool(sent.get("browser")), desk=bool(sent.get("desk"))
    )
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await lines.allow(db, wished, who.user_id, clock.now())
    return go("/office/nodes/telephones", "on-its-way")


@router.get("/nodes/checks")
async def checks(request: Request, parts: PartsDep, who: Who) -> Response:
    """List checks of the line with what each leg took."""
    async with reading(parts.engine) as db:
        rows = await linewatch.checks(db, before=number(request.query_params.get("before")), limit=PAGE + 1)
    shown, more = cut(rows, PAGE, lambda one: one.check_id)
    return show(request, who, "nodes_checks.html", checks=shown, more=more, words=line_words)


@router.get("/nodes/alerts")
async def alerts(request: Request, parts: PartsDep, who: Who) -> Response:
    """List alerts of the line, those that are over too."""
    before: Any = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        rows = await linewatch.alerts(db, standing=False, before=before, limit=PAGE + 1)
    shown, more = cut(rows, PAGE, lambda one: one.alert_id)
    return show(request, who, "nodes_alerts.html", alerts=shown, more=more, words=line_words)
