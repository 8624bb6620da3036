"""The lives of an application and of a task: two tables, who may move them, what a move needs (pure).

Everything that moves one of them stands here, and nothing else does; a pair that is not in a table changes nothing.
docs/lives/application.md and docs/lives/task.md are drawn from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crm_core.access import Action, Role, may


class Stage(StrEnum):
    """Where an application is in its life."""

    FILED = "filed"
    ACCEPTED = "accepted"
    IN_WORK = "in_work"
    WAITING = "waiting"
    """For the customer: the clock of its deadline stands."""
    DONE = "done"
    REFUSED = "refused"
    REOPENED = "reopened"


class Step(StrEnum):
    """What somebody does with an application."""

    ACCEPT = "accept"
    START = "start"
    ASK = "ask"
    """Wait for the customer."""
    RESUME = "resume"
    FINISH = "finish"
    REFUSE = "refuse"
    REOPEN = "reopen"


class By(StrEnum):
    """Whose move it is."""

    WORKER = "worker"
    """Everybody who works on applications."""
    OWNER = "owner"
    """Who has it, or a supervisor or manager."""


class Needs(StrEnum):
    """What has to be said with a move."""

    NOTHING = ""
    REASON = "reason"
    RESULT = "result"


OPEN: Final = frozenset({Stage.FILED, Stage.ACCEPTED, Stage.IN_WORK, Stage.WAITING, Stage.REOPENED})
CLOSED: Final = frozenset(Stage) - OPEN
LEADS: Final = frozenset({Role.SUPERVISOR, Role.MANAGER})

TRANSITIONS: Final[dict[tuple[Stage, Step], Stage]] = {
    (Stage.FILED, Step.ACCEPT): Stage.ACCEPTED,
    (Stage.FILED, Step.START): Stage.IN_WORK,
    (Stage.FILED, Step.ASK): Stage.WAITING,
    (Stage.FILED, Step.REFUSE): Stage.REFUSED,
    (Stage.ACCEPTED, Step.START): Stage.IN_WORK,
    (Stage.ACCEPTED, Step.ASK): Stage.WAITING,
    (Stage.ACCEPTED, Step.REFUSE): Stage.REFUSED,
    (Stage.IN_WORK, Step.ASK): Stage.WAITING,
    (Stage.IN_WORK, Step.FINISH): Stage.DONE,
    (Stage.IN_WORK, Step.REFUSE): Stage.REFUSED,
    (Stage.WAITING, Step.RESUME): Stage.IN_WORK,
    (Stage.WAITING, Step.FINISH): Stage.DONE,
    (Stage.WAITING, Step.REFUSE): Stage.REFUSED,
    (Stage.DONE, Step.REOPEN): Stage.REOPENED,
    (Stage.REFUSED, Step.REOPEN): Stage.REOPENED,
    (Stage.REOPENED, Step.START): Stage.IN_WORK,
    (Stage.REOPENED, Step.ASK): Stage.WAITING,
    (Stage.REOPENED, Step.REFUSE): Stage.REFUSED,
}

RULES: Final[Mapping[Step, tuple[By, Needs]]] = {
    Step.ACCEPT: (By.WORKER, Needs.NOTHING),
    Step.START: (By.WORKER, Needs.NOTHING),
    Step.ASK: (By.WORKER, Needs.REASON),
    Step.RESUME: (By.WORKER, Needs.NOTHING),
    Step.FINISH: (By.OWNER, Needs.RESULT),
    Step.REFUSE: (By.OWNER, Needs.REASON),
    Step.REOPEN: (By.WORKER, Needs.REASON),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """Who wants to move it."""

    user_id: int
    role: Role

    @property
    def leads(self) -> bool:
        """Whether the work of others is his to move."""
        return self.role in LEADS


@dataclass(frozen=True, slots=True)
class Moved:
    """The move is allowed, and leads here."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class Barred:
    """The move is not allowed; `code` says why."""

    code: str


def move(stage: Stage, step: Step, mover: Mover, owner_id: int | None, said: str) -> Moved | Barred:
    """Say where a step leads, or why it does not.

    Args:
        stage: of the application now.
        step: what is wanted.
        mover: who wants it.
        owner_id: who has the application; what nobody has is everybody's.
        said: reason or result.

    """
    after = TRANSITIONS.get((stage, step))
    if after is None:
        return Barred("step-not-now")
    by, needs = RULES[step]
    if not may(mover.role, Action.WORK_APPLICATION):
        return Barred("step-not-yours")
    if by is By.OWNER and owner_id not in {None, mover.user_id} and not mover.leads:
        return Barred("step-not-yours")
    if needs is not Needs.NOTHING and not said.strip():
        return Barred("result-missing" if needs is Needs.RESULT else "reason-missing")
    return Moved(after)


def give(mover: Mover, owner_id: int | None, to: int | None, *, away: int | None = None) -> Barred | None:
    """Say why somebody may not give an application or a task to somebody; None when he may.

    What nobody has, or who is away, anybody may take; one's own one may pass on or put back; a lead gives everything.

    Args:
        mover: who gives.
        owner_id: who has it.
        to: who shall have it.
        away: somebody of whom it is known that he is not here today.

    """
    if mover.leads or owner_id == mover.user_id or (owner_id in {None, away} and to == mover.user_id):
        return None
    return Barred("task-taken" if to == mover.user_id else "step-not-yours")


def steps(stage: Stage, mover: Mover, owner_id: int | None) -> list[tuple[Step, Needs]]:
    """Return what this person may do with an application now, in the table's order."""
    return [
        (step, RULES[step][1])
        for before, step in TRANSITIONS
        if before is stage and isinstance(move(stage, step, mover, owner_id, "said"), Moved)
    ]


class TaskState(StrEnum):
    """Where a task is in its life."""

    OPEN = "open"
    IN_WORK = "in_work"
    DONE = "done"
    CANCELLED = "cancelled"


class TaskStep(StrEnum):
    """What somebody does with a task."""

    TAKE = "take"
    RELEASE = "release"
    FINISH = "finish"
    CANCEL = "cancel"
    REOPEN = "reopen"


TASK_TRANSITIONS: Final[dict[tuple[TaskState, TaskStep], TaskState]] = {
    (TaskState.OPEN, TaskStep.TAKE): TaskState.IN_WORK,
    (TaskState.OPEN, TaskStep.CANCEL): TaskState.CANCELLED,
    (TaskState.IN_WORK, TaskStep.RELEASE): TaskState.OPEN,
    (TaskState.IN_WORK, TaskStep.FINISH): TaskState.DONE,
    (TaskState.IN_WORK, TaskStep.CANCEL): TaskState.CANCELLED,
    (TaskState.DONE, TaskStep.REOPEN): TaskState.OPEN,
    (TaskState.CANCELLED, TaskStep.REOPEN): TaskState.OPEN,
}
TASK_NEEDS: Final[Mapping[TaskStep, Needs]] = {
    TaskStep.TAKE: Needs.NOTHING,
    TaskStep.RELEASE: Needs.NOTHING,
    TaskStep.FINISH: Needs.NOTHING,
    TaskStep.CANCEL: Needs.REASON,
    TaskStep.REOPEN: Needs.REASON,
}


@dataclass(frozen=True, slots=True)
class TaskMoved:
    """The move is allowed, and leads here."""

    state: TaskState


def move_task(state: TaskState, step: TaskStep, mover: Mover, owner_id: int | None, said: str) -> TaskMoved | Barred:
    """Say where a step leads a task, or why it does not.

    What another person has taken is his; supervisors and managers move it all the same. Taking has one winner: the
    second finds it taken.
    """
    foreign = owner_id not in {None, mover.user_id}
    if step is TaskStep.TAKE and foreign and state in {TaskState.OPEN, TaskState.IN_WORK}:
        return Barred("task-taken")
    after = TASK_TRANSITIONS.get((state, step))
    if after is None:
        return Barred("step-not-now")
    if not may(mover.role, Action.WORK_TASK) or (foreign and not mover.leads):
        return Barred("step-not-yours")
    if TASK_NEEDS[step] is Needs.REASON and not said.strip():
        return Barred("reason-missing")
    return TaskMoved(after)


def task_steps(state: TaskState, mover: Mover, owner_id: int | None) -> list[tuple[TaskStep, Needs]]:
    """Return what this person may do with a task now."""
    return [
        (step, TASK_NEEDS[step])
        for before, step in TASK_TRANSITIONS
        if before is state and isinstance(move_task(state, step, mover, owner_id, "said"), TaskMoved)
    ]
