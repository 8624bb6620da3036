"""Pages: routing rules by version: edited with a live check, published, rolled back (shell)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchPolicy
from crm_core.store import dispatch as store
from crm_core.store import segments
from crm_core.store.dispatch import LONGEST, LONGEST_NOTE
from crm_core.versions import Text, Version
from routing import policy as policies
from routing import rulebook
from routing.policy import Policy, PolicyError
from routing.ruletext import rich
from workstation import dispatch_words, flow_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import Form
from workstation.office import alert_ways, dispatch_queues, dispatch_rule, dispatch_skills, dispatch_trials
from workstation.office.base import cut, done_sentences, form_of, go, once, show, words
from workstation.sentences import N_, Translate

router = APIRouter(prefix="/office")
# Before `/routing/{version_id}`, which would take "trials" for a version.
router.routes.extend(
    [
        *alert_ways.router.routes,
        *dispatch_queues.router.routes,
        *dispatch_skills.router.routes,
        *dispatch_trials.router.routes,
    ]
)
PAGE = 20
done_sentences({
    "in-force": N_("Published: the rules are in force, for callers who wait already too."),
    "dropped": N_("Discarded."),
    "draft-kept": N_("Kept as a draft."),
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Rules that were looked at: what they are, or the sentence against them."""

    policy: Policy | None
    fault: str = ""
    order: tuple[str, ...] = ()
    """How operators are compared, in words."""
    rules: tuple[dispatch_words.Said, ...] = ()
    moved: str = ""
    """A rule went from its fields into this text, or back: which and where."""


async def judged(body: str, say: Translate) -> Judged:
    """Look at a text as the floor will."""
    if len(body) > LONGEST:
        return Judged(policy=None, fault=say(dispatch_words.TOO_LONG).format(most=LONGEST))
    if not body.strip():
        return Judged(policy=None, fault=say(dispatch_words.EMPTY))
    try:
        policy = await asyncio.to_thread(policies.parse, body)
    except PolicyError as error:
        return Judged(policy=None, fault=say(dispatch_words.UNREADABLE).format(detail=str(error)[:500]))
    return Judged(policy=policy, order=dispatch_words.order(policy, say), rules=dispatch_words.rules(policy, say))


@router.get("/routing")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List versions, with the rules in force in words."""
    await rulebook.ship(parts.engine)
    async with reading(parts.engine) as db:
        rows = await store.versions(db, before=number(request.query_params.get("before")), limit=PAGE + 1)
        served = await store.published(db)
    shown, more = cut(rows, PAGE, _number)
    return show(
        request,
        who,
        "routing_list.html",
        versions=shown,
        more=more,
        judged=await judged(served.body, words(request, who)) if served else None,
        own_file=rulebook.own_file(parts.settings.run_dir / "routing") is not None,
    )


def _number(one: Version) -> int:
    return one.version


@router.get("/routing/new")
async def editor(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the editor, with the rules in force in it or a version that is named."""
    await rulebook.ship(parts.engine)
    origin = number(request.query_params.get("origin"))
    async with reading(parts.engine) as db:
        served = await store.published(db)
        begin = await store.one(db, origin) if origin else served
    values = {
        "body": begin.body if begin is not None else rulebook.shipped(),
        "served": str(served.version_id if served is not None else 0),
    }
    form = form_of(request, who, values)
    return await _editor(request, parts, who, form, await judged(values["body"], words(request, who)))


@router.post("/routing/new")
async def edit(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Do what was asked with what was typed; nothing typed is lost.

    `do` is `check`; `put` (the rule in the fields goes into the text) or `take:` and the name of a rule (it comes into
    the fields); `publish`; or empty: the text is kept as a draft. `enter` is the Enter key in a field: it puts the rule
    when one was typed.
    """
    form = form_of(request, who, sent)
    note = form.text("note", LONGEST_NOTE)
    body = form.values["body"] = form.values.get("body", "").replace("\r\n", "\n")
    found = await judged(body, words(request, who))
    do = sent.get("do", "")
    if do == "enter":
        do = "put" if dispatch_rule.typed(form) else ""
    if do == "put" or do.startswith("take:"):
        return await _moved(request, parts, who, form, found)
    if do == "check":
        return await _editor(request, parts, who, form, found)
    if found.policy is None:
        form.errors["body"] = found.fault
    if dispatch_rule.typed(form):
        form.refuse("rule", dispatch_rule.PUT_FIRST)
    if not form.fine:
        return await _editor(request, parts, who, form, found)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        kept = await store.keep(db, body, note, who.user_id)
        if do == "publish":
            served = number(sent.get("served")) or None
            await store.publish(db, kept, who.user_id, clock.now(), instead_of=served)
    if do == "publish":
        return go("/office/routing", "in-force")
    return go(f"/office/routing/{kept}", "draft-kept")


async def _moved(request: Request, parts: Parts, who: Person, form: Form, found: Judged) -> Response:
    """Carry a rule between its fields and the text, and show both."""
    say, moved = words(request, who), ""
    body, name = form.values["body"], form.values["do"].removeprefix("take:")
    if found.policy is None:
        form.refuse("rule", dispatch_rule.NOT_USABLE)
    elif form.values["do"].startswith("take:"):
        moved = await asyncio.to_thread(dispatch_rule.take, form, body, found.policy, name, say)
    else:
        moved = await asyncio.to_thread(dispatch_rule.change, form, body, found.policy, say)
    return await _editor(request, parts, who, form, replace(await judged(form.values["body"], say), moved=moved))


async def _editor(request: Request, parts: Parts, who: Person, form: Form, found: Judged) -> Response:
    say = words(request, who)
    async with reading(parts.engine) as db:
        queues = [one.code for one in await store.every_queue(db)]
        named = await segments.everyone(db)
    rules = found.policy.rules if found.policy is not None else ()
    why = await asyncio.to_thread(rich, form.values["body"], found.policy) if found.policy is not None else {}
    return show(
        request, who, "routing_edit.html", status=200 if form.fine else 422, form=form, judged=found,
        queues=queues, names=[(rule.name, rule.name) for rule in rules],
        only_text={name: say(dispatch_rule.TOO_RICH[one]) if one else "" for name, one in why.items()},
        segments=[(str(one.segment_id), one.name) for one in named],
        marks=[(flag, say(text)) for flag, text in dispatch_rule.MARKS.items()],
        tongues=[(code, say(text)) for code, text in dispatch_rule.TONGUES.items()],
        lesser=[(code, say(text)) for code, text in dispatch_rule.LESSER.items()],
    )  # fmt: skip


@router.get("/routing/{version_id}")
async def one(request: Request, parts: PartsDep, who: Who, version_id: str) -> Response:
    """Show a version: in words, checked, compared with the rules in force or with another one."""
    async with reading(parts.engine) as db:
        return await _page(db, request, parts, who, await store.one(db, _key(version_id)))


async def _page(db: AsyncConnection, request: Request, parts: Parts, who: Person, shown: Text) -> Response:
    served = await store.published(db)
    against = number(request.query_params.get("against"))
    other = await store.one(db, against) if against else served
    other = other if other is not None and other.version_id != shown.version_id else None
    return show(
        request,
        who,
        "routing_one.html",
        status=422 if request.method == "POST" else 200,
        shown=shown,
        served=served,
        other=other,
        changes=flow_words.compared(other.body, shown.body) if other else (),
        judged=await judged(shown.body, words(request, who)),
        yesterday=dispatch_trials.yesterday(parts),
        others=[one for one in await store.versions(db, limit=PAGE) if one.version_id != shown.version_id],
    )


@router.post("/routing/{version_id}/publish")
async def publish(request: Request, parts: PartsDep, who: Who, sent: Sent, version_id: str) -> Response:
    """Put a version in force, if nothing speaks against it today; a retired one is rolled back to."""
    async with reading(parts.engine) as db:
        shown = await store.one(db, _key(version_id))
        if (await judged(shown.body, words(request, who))).policy is None:
            return await _page(db, request, parts, who, shown)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        served = number(sent.get("served")) or None
        await store.publish(db, shown.version_id, who.user_id, clock.now(), instead_of=served)
    return go("/office/routing", "in-force")


@router.post("/routing/{version_id}/discard")
async def discard(parts: PartsDep, who: Who, sent: Sent, version_id: str) -> Response:
    """Retire a draft; it stays readable."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await store.discard(db, _key(version_id), who.user_id)
    return go("/office/routing", "dropped")


def _key(text: str) -> int:
    key = number(text)
    if key is None:
        raise NoSuchPolicy(f"there is no version {text[:20]}")
    return key
