"""REST: routing as data: rules, queues, opening hours, what operators can do (shell)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.store import dispatch, working_time
from crm_core.store.dispatch import LONGEST, LONGEST_NOTE, Queue
from workstation.deps import parts_of
from workstation.errors import Refused
from workstation.forms import Form
from workstation.office import dispatch_queues, dispatch_skills
from workstation.office.dispatch import judged
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.rest.versions import Publishing, TextOut, VersionOut

router = APIRouter(tags=["dispatch"])
KEY = Path(ge=1, lt=2**31)
CODE = Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
Manager = Annotated[Caller, allowed(Action.MANAGE_ROUTING)]
Seconds = Annotated[int, Field(ge=1, le=7200)]
Exit = Annotated[str, Field(max_length=60)]


class NewRules(BaseModel):
    """Rules to be kept as a draft; they are checked first."""

    model_config = ConfigDict(extra="forbid")

    body: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


class QueueHours(BaseModel):
    """Hours of one day of the week."""

    model_config = ConfigDict(extra="forbid")

    weekday: Annotated[int, Field(ge=0, le=6)]
    """Monday is 0."""
    opens: Annotated[str, Field(pattern=r"^\d\d:\d\d$")]
    closes: Annotated[str, Field(pattern=r"^\d\d:\d\d$")]


class QueueTerms(BaseModel):
    """What is set of a queue; an exit is `callback`, `voicemail`, `closed` or `queue/<name>`."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=120)] = ""
    opening: Literal["always", "utility", "own"] = "always"
    hours: Annotated[list[QueueHours], Field(max_length=70)] = []
    threshold: Annotated[int, Field(ge=1, le=3600)] | None = None
    most_waiting: Annotated[int, Field(ge=0, le=10_000)] | None = None
    overflow_after: Seconds | None = None
    when_closed: Exit = ""
    when_full: Exit = ""
    when_nobody: Exit = ""
    when_late: Exit = ""
    last_resort: Annotated[str, Field(max_length=40)] = ""
    """Queue whose operators serve its callers when nobody of its own can."""


class QueueOut(QueueTerms):
    """A queue."""

    code: str

    @classmethod
    def of(cls, one: Queue) -> QueueOut:
        """Show a queue."""
        hours = [QueueHours(weekday=day, opens=opens, closes=closes) for day, opens, closes in one.hours]
        return cls(code=one.code, hours=hours, **{name: getattr(one, name) for name in dispatch.FIELDS})


class QueuesOut(BaseModel):
    """All queues of which something is set."""

    items: list[QueueOut]


class Skills(BaseModel):
    """What an operator can do: `payments:3`, `queue/debts:2`."""

    model_config = ConfigDict(extra="forbid")

    skills: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=80)] = []
    languages: Annotated[list[Annotated[str, Field(max_length=8)]], Field(max_length=40)] = []


class SkillsOut(Skills):
    """An operator with what he can do."""

    user_id: int
    name: str
    extension: str


@router.get("/routing-rules", operation_id="list_routing_rules")
async def list_routing_rules(request: Request, caller: Manager, ask: PageAsk) -> Page[VersionOut]:  # noqa: ARG001 -- the right
    """List versions of the routing rules, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts_of(request).engine) as db:
        rows = await dispatch.versions(db, before=before, limit=ask.more)
    return ask.page(rows, VersionOut.of, lambda one: (one.version,))


@router.get("/routing-rules/{version_id}", operation_id="read_routing_rules")
async def read_routing_rules(request: Request, version_id: Annotated[int, KEY], caller: Manager) -> TextOut:  # noqa: ARG001
    """Read a version."""
    async with reading(parts_of(request).engine) as db:
        return TextOut.of(await dispatch.one(db, version_id))


@router.post("/routing-rules", operation_id="keep_routing_rules", status_code=201, response_model=TextOut)
async def keep_routing_rules(request: Request, body: NewRules, caller: Manager, once: OnceDep) -> Response:
    """Keep a draft; rules that cannot be used are refused by rule and field."""
    await _usable(request, caller, body.body)

    async def work(db: Writing) -> TextOut:
        key = await dispatch.keep(db, body.body, body.note, caller.user_id)
        return TextOut.of(await dispatch.one(db, key))

    return await once.run(caller, work, 201)


@router.post("/routing-rules/{version_id}/publish", operation_id="publish_routing_rules", response_model=TextOut)
async def publish_routing_rules(
    request: Request, version_id: Annotated[int, KEY], body: Publishing, caller: Manager, once: OnceDep
) -> Response:
    """Put a version in force at once."""
    async with reading(parts_of(request).engine) as db:
        wanted = await dispatch.one(db, version_id)
    await _usable(request, caller, wanted.body)

    async def work(db: Writing) -> TextOut:
        await dispatch.publish(db, version_id, caller.user_id, clock.now(), instead_of=body.instead_of)
        return TextOut.of(await dispatch.one(db, version_id))

    return await once.run(caller, work)


async def _usable(request: Request, caller: Caller, body: str) -> None:
    say = parts_of(request).templates.translation(caller.language)
    found = await judged(body, say)
    if found.policy is None:
        raise Refused({"body": found.fault})


@router.get("/queues", operation_id="list_queues")
async def list_queues(request: Request, caller: Manager) -> QueuesOut:  # noqa: ARG001 -- the right
    """List queues."""
    async with reading(parts_of(request).engine) as db:
        return QueuesOut(items=[QueueOut.of(one) for one in await dispatch.every_queue(db)])


@router.put("/queues/{code}", operation_id="set_queue", response_model=QueueOut)
async def set_queue(
    request: Request, code: Annotated[str, CODE], body: QueueTerms, caller: Manager, once: OnceDep
) -> Response:
    """Make a queue or change it; it holds from now on."""
    parts = parts_of(request)
    say = parts.templates.translation(caller.language)
    hours = tuple((one.weekday, one.opens, one.closes) for one in body.hours)
    wanted = Queue(code=code, hours=hours, **body.model_dump(exclude={"hours"}))
    form = Form({}, say)
    async with reading(parts.engine) as db:
        others = await dispatch.every_queue(db)
        utility = await working_time.calendar(db, dispatch_queues.site(parts))
    dispatch_queues.limits(form, wanted)
    dispatch_queues.judge(form, wanted, others, utility, say)
    if not form.fine:
        raise Refused(form.errors)

    async def work(db: Writing) -> QueueOut:
        await dispatch.save_queue(db, wanted, caller.user_id)
        return QueueOut.of(await dispatch.queue(db, code))

    return await once.run(caller, work)


@router.get("/operator-skills", operation_id="list_operator_skills")
async def list_operator_skills(request: Request, caller: Manager, ask: PageAsk) -> Page[SkillsOut]:  # noqa: ARG001 -- the right
    """List operators with what they can do, by telephone."""
    async with reading(parts_of(request).engine) as db:
        rows = await dispatch.operators(db, after=str(ask.after[0]) if ask.after else "", limit=ask.more)
    return ask.page(rows, _skills, lambda one: (one.extension,))


@router.put("/operator-skills/{user_id}", operation_id="set_operator_skills", response_model=Skills)
async def set_operator_skills(
    request: Request, user_id: Annotated[int, KEY], body: Skills, caller: Manager, once: OnceDep
) -> Response:
    """Write down what an operator can do; it counts from now on."""
    form = Form(
        dispatch_skills.fields(0, body.skills, body.languages), parts_of(request).templates.translation(caller.language)
    )
    skills, languages = dispatch_skills.read(form, 0)
    if not form.fine:
        raise Refused({name.removesuffix("_0"): said for name, said in form.errors.items()})

    async def work(db: Writing) -> Skills:
        await dispatch.set_able(db, {user_id: (skills, languages)}, caller.user_id)
        return Skills(skills=list(skills), languages=list(languages))

    return await once.run(caller, work)


def _skills(one: dispatch.Able) -> SkillsOut:
    return SkillsOut(
        user_id=one.operator_id, name=one.name, extension=one.extension, skills=list(one.skills),
        languages=list(one.languages),
    )  # fmt: skip
