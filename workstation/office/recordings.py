"""Pages: recordings of calls: found, heard, looked at; rules of what is recorded (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, hidden, may
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchRecording, RecordingOutOfTurn
from crm_core.recordings import (
    HEARD,
    LEAST_DAYS,
    LEAST_PAUSE,
    MOST_DAYS,
    MOST_PAUSE,
    AfterPause,
    Fault,
    Mode,
    Rule,
    State,
    unfit,
)
from crm_core.store import dispositions, recording_rules, users
from crm_core.store import recordings as store
from crm_core.store.recordings import Filter, Recording
from workstation import recorded, sight
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.facts import name_shown
from workstation.formats import length
from workstation.forms import Form
from workstation.office import quality_list
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.office.work_base import site
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 30
DAY, DAYS, MOST_DAYS_SHOWN = timedelta(days=1), timedelta(days=7), timedelta(days=92)
MINUTES = 60
LONGEST_MINUTES = 600
FAULTS: Mapping[Fault, str] = {
    Fault.MISSING: N_("There is no recording, and there should be one."),
    Fault.SHORT: N_("Far shorter than the talk."),
    Fault.SILENT: N_("One of the two is not to be heard."),
    Fault.UNANNOUNCED: N_("It is not on record that the caller was told. Nobody hears it until you have looked."),
}
MODES: Mapping[Mode, str] = {
    Mode.ALWAYS: N_("Every call"),
    Mode.NEVER: N_("Not recorded"),
    Mode.SHARE: N_("A share of calls"),
    Mode.CONSENT: N_("Who says yes by a key"),
}
AFTER: Mapping[AfterPause, str] = {
    AfterPause.RESUME: N_("Recording goes on"),
    AfterPause.STOP: N_("The rest is not recorded"),
}
NOT_A_CODE = N_("Letters, digits, - and _ only, as the menus and routing rules name it.")
SAME_CALLS = N_("Another rule speaks of the same calls. Change that one.")
CHANGED = N_("Somebody else changed this rule meanwhile. Look at it again.")
done_sentences({
    "looked": N_("Written down."),
    "released": N_("It can be heard now."),
    "rule": N_("This holds from the next call on."),
    "rule-ended": N_("The rule is gone. Calls that only it spoke of are not recorded any more."),
})  # fmt: skip


# --- found and heard -----------------------------------------------------------------------------


@router.get("/recordings")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List recordings of some days, the newest first."""
    form = form_of(request, who, dict(request.query_params))
    place, now = site(parts), clock.now()
    today = place.today(now)
    until = form.day("until", most=today) or today
    since = form.day("since", least=until - MOST_DAYS_SHOWN, most=until) or until - DAYS
    least = form.whole("least", most=LONGEST_MINUTES)
    most = form.whole("most", most=LONGEST_MINUTES)
    faulty = form.flag("faulty")
    wanted = Filter(
        since=None if faulty else place.midnight(since), until=place.midnight(until + DAY),
        operator_id=number(form.values.get("operator")), queue=form.text("queue", 40),
        disposition=form.text("result", 24), faulty=faulty,
        least_seconds=None if least is None else least * MINUTES, most_seconds=None if most is None else most * MINUTES,
    )  # fmt: skip
    async with reading(parts.engine) as db:
        rows = await store.listing(db, wanted, number(form.values.get("before")), PAGE + 1)
        titles = await dispositions.titles(db)
        people = {user.user_id: user.name for user in await users.everyone(db)}
        faults = await store.faults(db)
    shown, more = cut(rows, PAGE, lambda one: one.recording_id)
    say = translate(request, who)
    kept = {name: value for name, value in form.values.items() if value and name not in {"before", "done"}}
    form.values = {"since": since.isoformat(), "until": until.isoformat(), **form.values}
    return show(
        request, who, "recordings.html", status=200 if form.fine else 422, form=form, faults=faults,
        rows=[(one, name_shown(one.customer, who.role, own=one.operator_id == who.user_id)) for one in shown],
        more=f"/office/recordings?{urlencode({**kept, 'before': more})}" if more else "",
        titles={code: say(title) for code, title in titles.items()}, people=sorted(people.items(), key=_by_name),
        fault_words=_said(FAULTS, request, who), length=length,
    )  # fmt: skip


def _by_name(item: tuple[int, str]) -> str:
    return item[1].casefold()


def _said(words: Mapping[Fault, str], request: Request, who: Person) -> dict[str, str]:
    say = translate(request, who)
    return {fault.value: say(text) for fault, text in words.items()}


@router.get("/recordings/{recording_id}")
async def one(request: Request, parts: PartsDep, who: Who, recording_id: str) -> Response:
    """Show a recording with its player."""
    return await _page(request, parts, who, await _found(parts, recording_id), form_of(request, who, {}))


async def _found(parts: Parts, text: str) -> Recording:
    key = number(text)
    if key is None:
        raise NoSuchRecording(f"there is no recording {text[:20]}")
    async with reading(parts.engine) as db:
        return await store.one(db, key)


async def _page(request: Request, parts: Parts, who: Person, found: Recording, form: Form) -> Response:
    async with reading(parts.engine) as db:
        others = await store.listing(db, Filter(call_id=found.call_id))
        titles = await dispositions.titles(db)
        to_score = await quality_list.offered(db, who, found)
    say = translate(request, who)
    found = replace(found, finding=sight.told(found.finding, hidden(who.role, reason=True)))
    return show(
        request, who, "recordings_one.html", status=200 if form.fine else 422, one=found, form=form,
        customer=name_shown(found.customer, who.role, own=found.operator_id == who.user_id),
        others=list(reversed(others)), length=length,
        heard=found.state in HEARD and found.sealed is not None, apart=found.state is State.APART,
        titles={code: say(title) for code, title in titles.items()}, fault_words=_said(FAULTS, request, who),
        drawn=recorded.drawn(found),
        manages=may(who.role, Action.MANAGE_RECORDING), to_score=to_score,
        scores_by_others=may(who.role, Action.MANAGE_QUALITY),
    )  # fmt: skip


@router.get("/recordings/{recording_id}/audio")
async def audio(request: Request, parts: PartsDep, who: Who, recording_id: str) -> Response:
    """Answer the player with the part it asks for; each is written down."""
    return await recorded.answer(parts, request, who.user_id, await _found(parts, recording_id))


@router.post("/recordings/{recording_id}/finding")
async def finding(request: Request, parts: PartsDep, who: Who, sent: Sent, recording_id: str) -> Response:
    """Write down what a fault was; `release` lets what was kept apart be heard."""
    found = await _found(parts, recording_id)
    form = form_of(request, who, sent)
    said = form.text("finding", store.LONGEST_FINDING, required=True)
    if not form.fine:
        return await _page(request, parts, who, found, form)
    release = form.flag("release")
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await store.look(db, found.recording_id, said, who.user_id, release=release)
    return go(f"/office/recordings/{found.recording_id}", "released" if release else "looked")


# --- rules ---------------------------------------------------------------------------------------


@router.get("/recording-rules")
async def rules(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the rules, and a form that holds the one to be changed."""
    async with reading(parts.engine) as db:
        standing = await recording_rules.standing(db)
    key = number(request.query_params.get("change"))
    changed = next((one.rule for one in standing if one.rule.rule_id == key), None)
    values = _values(changed or Rule(mode=Mode.ALWAYS)) | {"instead_of": str(changed.rule_id if changed else "")}
    return await _rules(request, parts, who, form_of(request, who, values))


def _values(rule: Rule) -> dict[str, str]:
    return {
        "queue": rule.queue, "campaign": rule.campaign, "direction": rule.direction, "mode": rule.mode.value,
        "share": str(rule.share), "announced": "1" if rule.announced else "", "keep_days": str(rule.keep_days),
        "pause_seconds": str(rule.pause_seconds), "after_pause": rule.after_pause.value,
    }  # fmt: skip


async def _rules(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    async with reading(parts.engine) as db:
        standing = await recording_rules.standing(db)
    say = translate(request, who)
    return show(
        request, who, "recordings_rules.html", status=200 if form.fine else 422, form=form, standing=standing,
        modes=[(mode.value, say(text)) for mode, text in MODES.items()],
        after=[(after.value, say(text)) for after, text in AFTER.items()],
    )  # fmt: skip


@router.post("/recording-rules")
async def put(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Let a rule hold from the next call on, instead of the one that was changed."""
    form = form_of(request, who, sent)
    rule = _typed(form)
    for name, (code, _, _) in unfit(rule).items() if form.fine else ():
        if code == "code":
            form.refuse(name, NOT_A_CODE)
    if form.fine:
        try:
            async with transaction(parts.engine) as db:
                await once(db, who, sent)
                instead = number(sent.get("instead_of"))
                await recording_rules.put(db, rule, who.user_id, clock.now(), instead_of=instead)
            return go("/office/recording-rules", "rule")
        except RecordingOutOfTurn:
            form.refuse("queue", CHANGED if sent.get("instead_of") else SAME_CALLS)
    return await _rules(request, parts, who, form)


def _typed(form: Form) -> Rule:
    usual = Rule()
    mode = form.choice("mode", {mode.value for mode in Mode}, required=True)
    after = form.choice("after_pause", {after.value for after in AfterPause}, required=True)
    share = form.whole("share", 1, 100, required=mode == Mode.SHARE)
    rule = Rule(
        queue=form.text("queue", 40),
        campaign=form.text("campaign", 40),
        direction=form.choice("direction", {"in", "out"}),
        mode=Mode(mode) if mode else usual.mode,
        share=share or usual.share,
        announced=form.flag("announced"),
        after_pause=AfterPause(after) if after else usual.after_pause,
    )
    keep = form.whole("keep_days", LEAST_DAYS, MOST_DAYS, required=True)
    pause = form.whole("pause_seconds", LEAST_PAUSE, MOST_PAUSE, required=True)
    return replace(rule, keep_days=keep or usual.keep_days, pause_seconds=pause or usual.pause_seconds)


@router.post("/recording-rules/{rule_id}/end")
async def end(parts: PartsDep, who: Who, sent: Sent, rule_id: str) -> Response:
    """Take a rule away."""
    key = number(rule_id)
    if key is None:
        raise NoSuchRecording(f"there is no rule {rule_id[:20]}")
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await recording_rules.end(db, key, who.user_id, clock.now())
    return go("/office/recording-rules", "rule-ended")
