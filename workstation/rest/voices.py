"""REST: sentences and recordings of the IVR by language (shell)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.errors import NoSuchPrompt
from crm_core.store import voices as store
from crm_core.store.voices import LONGEST_SENTENCE, Place, PromptVersion
from ivr import converting
from ivr.recording import Unfit
from workstation import prompts
from workstation.deps import parts_of
from workstation.errors import Refused
from workstation.prompts import PromptRow, Shown
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk

router = APIRouter(tags=["voices"])
Manager = Annotated[Caller, allowed(Action.MANAGE_VOICES)]
Language = Annotated[str, Path(pattern="^[a-z]{2}$")]
Prompt = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,39}$")]
Key = Annotated[int, Field(ge=0, lt=2**31)]


class PromptOut(BaseModel):
    """A prompt in a language."""

    language: str
    prompt: str
    sentence: str
    changed: bool
    """The office's own words."""
    recorded: int
    """Parts that are recorded, of `parts` that can be."""
    parts: int

    @classmethod
    def of(cls, one: PromptRow) -> PromptOut:
        """Show a row."""
        return cls(
            language=one.language,
            prompt=one.prompt,
            sentence=one.sentence,
            changed=one.changed,
            recorded=one.recorded,
            parts=one.parts,
        )


class PartOut(BaseModel):
    """Something that can be recorded: the sentence, a piece of it between values, a digit."""

    part: str
    """"" for the whole sentence."""
    text: str
    recorded: bool


class WholeOut(BaseModel):
    """A prompt with everything there is to change in it."""

    language: str
    prompt: str
    sentence: str
    shipped: str
    """As files say it."""
    changed: bool
    places: list[str]
    """Values that stand in it, each as {name}; a sentence of your own must name the same."""
    parts: list[PartOut]
    newest: int
    """Send it with a change: one that somebody made meanwhile refuses yours."""

    @classmethod
    def of(cls, one: Shown) -> WholeOut:
        """Show a prompt."""
        return cls(
            language=one.language,
            prompt=one.prompt,
            sentence=one.sentence,
            shipped=one.shipped,
            changed=one.changed,
            places=list(one.places),
            parts=[PartOut(part=part.part, text=part.text, recorded=part.recorded) for part in one.parts],
            newest=one.newest,
        )


class VersionOut(BaseModel):
    """A version of a prompt: a sentence, a recording, or that one of them was taken back."""

    version_id: int
    kind: Literal["sentence", "recording"]
    part: str
    sentence: str | None
    seconds: float | None
    loudness: float | None
    """dBFS as it came, before it was levelled."""
    peak: float | None
    taken_back: bool
    made_by: str
    made_at: datetime

    @classmethod
    def of(cls, one: PromptVersion) -> VersionOut:
        """Show a version."""
        return cls(
            version_id=one.version_id,
            kind=one.kind.value,
            part=one.place.part,
            sentence=one.sentence,
            seconds=one.seconds,
            loudness=one.loudness,
            peak=one.peak,
            taken_back=one.taken_back,
            made_by=one.made_by,
            made_at=one.made_at,
        )


class Rewording(BaseModel):
    """Other words for a prompt; none: those that came with the software."""

    model_config = ConfigDict(extra="forbid")

    sentence: Annotated[str, Field(min_length=1, max_length=LONGEST_SENTENCE)] | None
    newest: Key = 0


@router.get("/prompts", operation_id="list_prompts")
async def list_prompts(  # noqa: PLR0913, PLR0917 -- the filters of a list
    request: Request,
    caller: Manager,  # noqa: ARG001 -- the right
    ask: PageAsk,
    language: Annotated[str, Query(max_length=8)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
    state: Literal["", "changed", "recorded", "synthesised"] = "",
) -> Page[PromptOut]:
    """List what callers hear, by language."""
    parts = parts_of(request)
    files = await prompts.books(parts.settings)
    async with reading(parts.engine) as db:
        own = await store.own(db)
    found = prompts.rows(files, own, language=language, words=q, state=state)
    key = (str(ask.after[0]), str(ask.after[1])) if ask.after else None
    return ask.page(prompts.after(found, key, ask.more), PromptOut.of, lambda row: row.key)


@router.get("/prompts/{language}/{prompt}", operation_id="read_prompt")
async def read_prompt(request: Request, language: Language, prompt: Prompt, caller: Manager) -> WholeOut:  # noqa: ARG001
    """Read a prompt."""
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        return WholeOut.of(await prompts.one(db, parts.settings, language, prompt))


@router.get("/prompts/{language}/{prompt}/versions", operation_id="list_prompt_versions")
async def list_prompt_versions(
    request: Request,
    language: Language,
    prompt: Prompt,
    caller: Manager,  # noqa: ARG001 -- the right
    ask: PageAsk,
) -> Page[VersionOut]:
    """List versions of a prompt, newest first."""
    parts = parts_of(request)
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        await prompts.one(db, parts.settings, language, prompt)
        found = await store.history(db, language, prompt, before=before, limit=ask.more)
    return ask.page(found, VersionOut.of, lambda one: (one.version_id,))


@router.put("/prompts/{language}/{prompt}", operation_id="reword_prompt", response_model=WholeOut)
async def reword_prompt(  # noqa: PLR0913, PLR0917 -- FastAPI passes by name
    request: Request, language: Language, prompt: Prompt, body: Rewording, caller: Manager, once: OnceDep
) -> Response:
    """Say a prompt in other words from the next call on; its recordings, which say the former, are taken back."""
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        shown = await prompts.one(db, parts.settings, language, prompt)
    if not shown.sentence:
        raise NoSuchPrompt("digits have no words of their own")
    if body.sentence is not None:
        say = parts.templates.translation(caller.language)
        faults = await prompts.unsayable(parts.settings, language, prompt, body.sentence, say)
        if faults:
            raise Refused({"sentence": faults[0]})

    async def work(db: Writing) -> WholeOut:
        place = Place(language=language, prompt=prompt)
        await store.say(db, place, body.sentence, caller.user_id, instead_of=body.newest)
        return WholeOut.of(await prompts.one(db, parts.settings, language, prompt))

    return await once.run(caller, work)


@router.post(
    "/prompts/{language}/{prompt}/recordings", operation_id="record_prompt", status_code=201, response_model=WholeOut
)
async def record_prompt(  # noqa: PLR0913, PLR0917 -- FastAPI passes by name
    request: Request,
    language: Language,
    prompt: Prompt,
    body: Annotated[bytes, Body(media_type="application/octet-stream", max_length=converting.LARGEST + 1)],
    caller: Manager,
    once: OnceDep,
    part: Annotated[str, Query(max_length=4, pattern="^[0-9]*$")] = "",
    newest: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> Response:
    """Let callers hear a recording: WAV, MP3, OGG or FLAC as the body; refused with what was measured."""
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        shown = await prompts.one(db, parts.settings, language, prompt)
    if part not in {one.part for one in shown.parts}:
        raise NoSuchPrompt(f"{language} {prompt} has no part {part}")
    found = await prompts.converted(parts.settings, body)
    if isinstance(found, Unfit):
        raise Refused({"body": prompts.refusal(found, parts.templates.translation(caller.language))})
    kept = prompts.kept(found, f"by program, {clock.now():%Y-%m-%d}")

    async def work(db: Writing) -> WholeOut:
        place = Place(language=language, prompt=prompt, part=part)
        await store.record(db, place, kept, caller.user_id, instead_of=newest)
        return WholeOut.of(await prompts.one(db, parts.settings, language, prompt))

    return await once.run(caller, work, 201)


@router.delete("/prompts/{language}/{prompt}/recordings", operation_id="take_recording_back", response_model=WholeOut)
async def take_recording_back(  # noqa: PLR0913, PLR0917 -- FastAPI passes by name
    request: Request,
    language: Language,
    prompt: Prompt,
    caller: Manager,
    once: OnceDep,
    part: Annotated[str, Query(max_length=4, pattern="^[0-9]*$")] = "",
    newest: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> Response:
    """Return to the synthesised voice; the recording stays among the versions."""
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        shown = await prompts.one(db, parts.settings, language, prompt)
    if part not in {one.part for one in shown.parts if one.recorded}:
        raise NoSuchPrompt(f"{language} {prompt} has no recording of part {part}")

    async def work(db: Writing) -> WholeOut:
        place = Place(language=language, prompt=prompt, part=part)
        await store.record(db, place, None, caller.user_id, instead_of=newest)
        return WholeOut.of(await prompts.one(db, parts.settings, language, prompt))

    return await once.run(caller, work)
