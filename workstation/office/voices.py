"""Pages: sentences and recordings of the IVR by language (shell)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchPrompt
from crm_core.store import voices as store
from crm_core.store.voices import LONGEST_SENTENCE, Kind, Place
from ivr import converting
from ivr.recording import Unfit
from ivr.speech import SpeechFailed
from ivr.spoken import TONGUES
from workstation import prompts
from workstation.deps import PartsDep, Sent, Who, address, number, upload
from workstation.errors import Missing
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show, words
from workstation.prompts import PromptRow
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 50
HISTORY = 30
STATES = {
    "changed": N_("Own words"),
    "recorded": N_("Own recording"),
    "synthesised": N_("Not recorded yet"),
}
done_sentences(
    {
        "worded": N_("Saved: callers hear it from the next call on."),
        "voice-back": N_("Taken back: callers hear the synthesised voice from the next call on."),
        "recorded": N_("Taken: callers hear it from the next call on."),
        "again": N_("This version counts again from the next call on."),
    }
)
NOTHING = N_("Choose a file first.")
CAUTIONS = {
    "th": N_(
        "The synthesiser reads Thai letter by letter, which nobody can follow: "
        "record the Thai prompts before callers may choose it."
    ),
}


def _place(language: str, prompt: str) -> Place:
    return Place(language=language, prompt=prompt)


@router.get("/voices")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List what callers hear, by language, words and state."""
    asked = request.query_params
    files = await prompts.books(parts.settings)
    async with reading(parts.engine) as db:
        own = await store.own(db)
    language = asked.get("language", "") if asked.get("language", "") in files.languages else ""
    state = asked.get("state", "") if asked.get("state", "") in STATES else ""
    query = asked.get("q", "")[:100]
    found = prompts.rows(files, own, language=language, words=query, state=state)
    after_language, _, after_prompt = asked.get("after", "").partition(".")
    shown, more = cut(prompts.after(found, (after_language, after_prompt), PAGE + 1), PAGE, _key)
    say = words(request, who)
    return show(
        request,
        who,
        "voices_list.html",
        rows=shown,
        more=more,
        count=len(found),
        languages=[(code, TONGUES[code].name) for code in files.languages],
        names={code: TONGUES[code].name for code in files.languages},
        cautions={code: say(CAUTIONS[code]) for code in files.languages if code in CAUTIONS},
        states=[(code, say(title)) for code, title in STATES.items()],
        chosen=language,
        state=state,
        query=query,
    )


def _key(row: PromptRow) -> str:
    return f"{row.language}.{row.prompt}"


@router.get("/voices/{language}/{prompt}")
async def one(request: Request, parts: PartsDep, who: Who, place: Annotated[Place, Depends(_place)]) -> Response:
    """Show a prompt: its words, what can be recorded of it, its versions."""
    return await _page(request, parts, who, place, form_of(request, who, {}))


async def _page(request: Request, parts: PartsDep, who: Who, place: Place, form: Form) -> Response:
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        shown = await prompts.one(db, parts.settings, place.language, place.prompt)
        history = await store.history(db, place.language, place.prompt, before=before, limit=HISTORY + 1)
    versions, more = cut(history, HISTORY, lambda version: version.version_id)
    # The first of each kind and part is the one that counts; on later pages none is.
    first = {(one.kind, one.place.part): one.version_id for one in reversed(versions)} if before is None else {}
    form.values.setdefault("sentence", shown.sentence)
    caution = CAUTIONS.get(place.language)
    return show(
        request,
        who,
        "voices_one.html",
        status=200 if form.fine else 422,
        shown=shown,
        versions=versions,
        counts=set(first.values()),
        more=more,
        form=form,
        spoken_name=TONGUES[place.language].name,
        caution=words(request, who)(caution) if caution else "",
        most=LONGEST_SENTENCE,
        megabytes=converting.LARGEST // 2**20,
        sentences=Kind.SENTENCE,
    )


@router.post("/voices/{language}/{prompt}")
async def reword(
    request: Request, parts: PartsDep, who: Who, sent: Sent, place: Annotated[Place, Depends(_place)]
) -> Response:
    """Say a prompt in other words (`do` is `save`), or in those that came with the software (`back`)."""
    language, prompt = place.language, place.prompt
    form = form_of(request, who, sent)
    async with reading(parts.engine) as db:
        shown = await prompts.one(db, parts.settings, language, prompt)
    if prompt == prompts.DIGIT:
        raise NoSuchPrompt("digits have no words of their own")
    sentence = None
    if sent.get("do") != "back":
        sentence = form.text("sentence", LONGEST_SENTENCE, required=True)
        if form.fine:
            for fault in await prompts.unsayable(parts.settings, language, prompt, sentence, words(request, who)):
                form.errors.setdefault("sentence", fault)
        if not form.fine:
            return await _page(request, parts, who, place, form)
        sentence = None if sentence == shown.shipped else sentence
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await store.say(db, place, sentence, who.user_id, instead_of=number(sent.get("newest")) or 0)
    return go(f"/office/voices/{language}/{prompt}", "worded")


@router.get("/voices/{language}/{prompt}/sound")
async def sound(request: Request, parts: PartsDep, who: Who, place: Annotated[Place, Depends(_place)]) -> Response:
    """Play a prompt as callers hear it now, or the recording of one of its versions (`version`)."""
    language, prompt = place.language, place.prompt
    version = number(request.query_params.get("version"))
    today = clock.now().astimezone(ZoneInfo(parts.settings.time_zone)).date()
    async with reading(parts.engine) as db:
        shown = await prompts.one(db, parts.settings, language, prompt)
        if version is not None:
            found = await store.history(db, language, prompt, before=version + 1, limit=1)
            if not found or found[0].version_id != version or found[0].sha256 is None:
                raise NoSuchPrompt(f"{language} {prompt} has no recording {version}")
            data = await store.sound(db, found[0].sha256)
        else:
            try:
                data = await prompts.hear(request, db, parts.settings, shown, today)
            except SpeechFailed as failure:
                raise Missing("no-voice") from failure
    parts.access.note(
        who.user_id, Action.MANAGE_VOICES, f"prompt {prompt} in {language}", reason="heard", ip=address(request)
    )
    return Response(data, media_type="audio/wav", headers={"cache-control": "no-store"})


@router.post("/voices/{language}/{prompt}/recordings")
async def record(
    request: Request, parts: PartsDep, who: Who, sent: Sent, place: Annotated[Place, Depends(_place)]
) -> Response:
    """Take a recording of a prompt, or of one part of it, once it was measured and found fit."""
    language, prompt = place.language, place.prompt
    name, data = await upload(request, "file", converting.LARGEST)
    async with reading(parts.engine) as db:
        shown = await prompts.one(db, parts.settings, language, prompt)
    part = sent.get("part", "")
    if part not in {one.part for one in shown.parts}:
        raise NoSuchPrompt(f"{language} {prompt} has no part {part[:10]}")
    say = words(request, who)
    found = await prompts.converted(parts.settings, data) if data else None
    if found is None or isinstance(found, Unfit):
        form = form_of(request, who, {})
        form.errors["file"] = say(NOTHING) if found is None else prompts.refusal(found, say)
        return await _page(request, parts, who, place, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        instead = number(sent.get("newest")) or 0
        await store.record(db, replace(place, part=part), prompts.kept(found, name), who.user_id, instead_of=instead)
    return go(f"/office/voices/{language}/{prompt}", "recorded")


@router.post("/voices/{language}/{prompt}/recordings/back")
async def take_back(parts: PartsDep, who: Who, sent: Sent, place: Annotated[Place, Depends(_place)]) -> Response:
    """Return a part to the synthesised voice; the recording stays among the versions."""
    language, prompt = place.language, place.prompt
    async with reading(parts.engine) as db:
        shown = await prompts.one(db, parts.settings, language, prompt)
    part = sent.get("part", "")
    if part not in {one.part for one in shown.parts if one.recorded}:
        raise NoSuchPrompt(f"{language} {prompt} has no recording of part {part[:10]}")
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await store.record(db, replace(place, part=part), None, who.user_id, instead_of=number(sent.get("newest")) or 0)
    return go(f"/office/voices/{language}/{prompt}", "voice-back")


@router.post("/voices/{language}/{prompt}/versions/{version_id}")
async def again(
    parts: PartsDep, who: Who, sent: Sent, place: Annotated[Place, Depends(_place)], version_id: str
) -> Response:
    """Let an older version count again."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        wanted, instead = number(version_id) or 0, number(sent.get("newest")) or 0
        await store.again(db, place, wanted, who.user_id, instead_of=instead)
    return go(f"/office/voices/{place.language}/{place.prompt}", "again")
