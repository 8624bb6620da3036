"""What pages of processes share: names of codes, who may change a process, a process judged and drawn (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import clock
from crm_core.errors import NoSuchProcess, WorkRefused
from crm_core.processes import suggestions
from crm_core.processes.checking import check
from crm_core.processes.process import Process
from crm_core.store import kinds, processes, processes_moving, processes_running, teams
from crm_core.store.applications import Application
from crm_core.store.work_log import Told
from crm_core.text import one_line
from crm_core.work.fields import named
from crm_core.work.kinds import Kind
from ivr import drawing
from workstation import process_words as said
from workstation.access import Person
from workstation.deps import number, translate
from workstation.office.work_base import mover
from workstation.process_words import Names

ROOT = "/office/processes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A process that was looked at."""

    findings: tuple[str, ...]
    drawn: drawing.Drawing
    verbs: Any
    lines: str


async def kind_of(db: AsyncConnection, code: str) -> Kind:
    """Return the kind of applications an address names.

    Raises:
        NoSuchProcess: there is none.

    """
    found = await kinds.latest(db, one_line(code, 30))
    if found is None:
        raise NoSuchProcess("there is no such kind of application")
    return found


def key(text: str) -> int:
    """Return a key of an address.

    Raises:
        NoSuchProcess: it is none.

    """
    found = number(text)
    if found is None:
        raise NoSuchProcess("this is no key")
    return found


async def names_of(db: AsyncConnection, request: Request, who: Person, kind: Kind) -> Names:
    """Return what codes of a kind's process are called, in the reader's language."""
    return Names(
        language=who.language,
        translate=translate(request, who),
        teams={one.code: named(one.titles, who.language) for one in await teams.everyone(db, retired=True)},
        people={str(one.user_id): one.name for one in await teams.workers(db)},
        fields={one.code: named(one.titles, who.language) for one in kind.fields},
        papers={one.code: named(one.titles, who.language) for one in kind.documents},
    )


async def runs_it(db: AsyncConnection, who: Person, kind: str) -> bool:
    """Whether somebody may change a kind's process."""
    return suggestions.runs(mover(who), [user_id for user_id, _ in await processes.owners(db, kind)])


async def require_runner(db: AsyncConnection, who: Person, kind: str) -> None:
    """Check that somebody may change a kind's process.

    Raises:
        WorkRefused: others run it.

    """
    if not await runs_it(db, who, kind):
        raise WorkRefused("process-not-yours")


async def judged(db: AsyncConnection, kind: Kind, process: Process, names: Names) -> Judged:
    """Look at a process: what speaks against it, drawn, and written out."""
    findings = check(process, await processes.known(db, kind.code))
    shape = said.drawable(process, names)
    return Judged(
        findings=tuple(said.finding(one, process, names) for one in findings),
        drawn=drawing.draw(shape), verbs=shape.verbs, lines=said.lines(process, names),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A step as the strip of an application shows it."""

    title: str
    here: bool
    been: bool
    """It stood there before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """An application's process as its page shows it."""

    strip: tuple[Passed, ...]
    title: str
    """Of the step it is in."""
    owner: str
    due_at: datetime | None
    late: bool
    paused: bool
    over: bool
    """The process has ended."""
    lacking: tuple[str, ...]
    """What is to be filled in or attached before it goes on."""
    ways: tuple[tuple[str, str], ...]
    """Where this person may take it: code of a step, words of the button."""
    titles: Mapping[str, str]
    """Of the steps by code."""
    version: int


async def walked(
    db: AsyncConnection, request: Request, who: Person, one: Application, kind: Kind | None
) -> Walked | None:
    """Return where an application stands in its process, None where it has none."""
    run = await processes_running.of(db, one.application_id)
    if run is None or kind is None:
        return None
    names = await names_of(db, request, who, kind)
    process, now = run.kept.process, clock.now()
    been = await processes_running.been(db, one.application_id)
    papers = await processes_moving.papers(db, one.application_id)
    ways = () if run.ended_at else await processes_moving.ways(db, one.application_id, run, mover(who))
    titles = {step.code: named(step.titles, who.language) for step in process.steps}
    lacks = [names.fields.get(code, code) for code in run.step.needs if one.form.get(code) is None]
    lacks += [names.papers.get(code, code) for code in run.step.papers if code not in papers]
    here = "" if run.ended_at else run.step.code
    return Walked(
        strip=tuple(
            Passed(title=titles[step.code], here=step.code == here, been=step.code in been) for step in process.steps
        ),
        title=titles[run.step.code], owner=said.owner(run.step.owner, names), due_at=run.due_at,
        late=run.due_at is not None and run.due_at < (run.paused_at or now) and run.ended_at is None,
        paused=run.paused_at is not None, over=run.ended_at is not None, lacking=() if run.ended_at else tuple(lacks),
        ways=tuple((way.to, said.way(way, process, names)) for way in ways), titles=titles, version=run.kept.version,
    )  # fmt: skip


def step_named(line: Told, found: Walked | None) -> Told:
    """Return a line of the history with steps of the process called by their titles."""
    if line.what != "step" or found is None:
        return line
    return replace(
        line, before=found.titles.get(line.before, line.before), after=found.titles.get(line.after, line.after)
    )
