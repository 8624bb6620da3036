"""What pages of processes share: names of codes, who may change a process, a process judged and drawn (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.errors import NoSuchProcess, WorkRefused
from crm_core.processes import suggestions
from crm_core.processes.checking import check
from crm_core.processes.process import Process
from crm_core.store import kinds, processes, teams
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
