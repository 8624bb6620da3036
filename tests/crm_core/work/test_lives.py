"""What may happen to an application and a task, and who may make it happen."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.access import Role
from crm_core.work.corrections import Entry, Now, correct, settle
from crm_core.work.diagrams import pages
from crm_core.work.lives import (
    CLOSED,
    OPEN,
    RULES,
    TASK_TRANSITIONS,
    TRANSITIONS,
    Barred,
    Moved,
    Mover,
    Needs,
    Stage,
    Step,
    TaskMoved,
    TaskState,
    TaskStep,
    give,
    move,
    move_task,
    steps,
    task_steps,
)

pytestmark = pytest.mark.unit
OLGA, PAVEL = Mover(user_id=1, role=Role.OPERATOR), Mover(user_id=2, role=Role.OPERATOR)
IRINA, ADMIN = Mover(user_id=3, role=Role.SUPERVISOR), Mover(user_id=4, role=Role.ADMINISTRATOR)
LIVES = Path(__file__).resolve().parents[3] / "docs" / "lives"


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_pages_are_drawn_from_the_tables(name: str) -> None:
    """`python -m crm_core.work.diagrams docs/lives` draws them anew."""
    assert (LIVES / name).read_text(encoding="utf-8") == pages()[name]


def test_every_stage_can_be_reached_and_nothing_is_left_without_an_end() -> None:
    assert set(TRANSITIONS.values()) | {Stage.FILED} == set(Stage)
    assert {before for before, _ in TRANSITIONS} == set(Stage)
    assert set(RULES) == {step for _, step in TRANSITIONS} == set(Step)
    assert set(Stage) == OPEN | CLOSED


@given(st.sampled_from(list(Stage)), st.sampled_from(list(Step)))
def test_only_what_the_table_says_moves_an_application(stage: Stage, step: Step) -> None:
    moved = move(stage, step, IRINA, None, "because")
    expected = TRANSITIONS.get((stage, step))
    assert moved == (Barred("step-not-now") if expected is None else Moved(expected))


@pytest.mark.parametrize(
    ("stage", "step", "mover", "owner", "said", "code"),
    [
        (Stage.FILED, Step.FINISH, IRINA, None, "done", "step-not-now"),
        (Stage.IN_WORK, Step.FINISH, OLGA, 1, "", "result-missing"),
        (Stage.IN_WORK, Step.ASK, OLGA, 1, " ", "reason-missing"),
        (Stage.IN_WORK, Step.FINISH, PAVEL, 1, "done", "step-not-yours"),
        (Stage.IN_WORK, Step.REFUSE, PAVEL, 1, "no", "step-not-yours"),
        (Stage.DONE, Step.REOPEN, OLGA, 2, "", "reason-missing"),
        (Stage.FILED, Step.ACCEPT, ADMIN, None, "", "step-not-yours"),
    ],
)
def test_a_move_that_may_not_be_says_why(  # noqa: PLR0917 -- a case, column by column
    stage: Stage, step: Step, mover: Mover, owner: int | None, said: str, code: str
) -> None:
    assert move(stage, step, mover, owner, said) == Barred(code)


def test_a_lead_moves_what_others_have() -> None:
    assert move(Stage.IN_WORK, Step.FINISH, IRINA, 1, "done") == Moved(Stage.DONE)
    assert [step for step, _ in steps(Stage.IN_WORK, PAVEL, 1)] == [Step.ASK]
    assert (Step.FINISH, Needs.RESULT) in steps(Stage.IN_WORK, OLGA, 1)
    assert steps(Stage.IN_WORK, ADMIN, None) == []


def test_work_is_given_by_who_has_it_or_leads_and_taken_by_anybody_when_nobody_has_it() -> None:
    assert give(OLGA, None, 1) is None
    assert give(OLGA, 1, 2) is None
    assert give(IRINA, 1, 2) is None
    assert give(OLGA, None, 2) == Barred("step-not-yours")
    assert give(PAVEL, 1, 2) == Barred("task-taken")
    assert give(PAVEL, 1, None) == Barred("step-not-yours")


def test_a_task_is_taken_once() -> None:
    assert move_task(TaskState.OPEN, TaskStep.TAKE, OLGA, None, "") == TaskMoved(TaskState.IN_WORK)
    assert move_task(TaskState.IN_WORK, TaskStep.TAKE, PAVEL, 1, "") == Barred("task-taken")
    assert move_task(TaskState.IN_WORK, TaskStep.TAKE, OLGA, 1, "") == Barred("step-not-now")


def test_a_task_moves_as_its_table_says() -> None:
    assert move_task(TaskState.IN_WORK, TaskStep.FINISH, PAVEL, 1, "") == Barred("step-not-yours")
    assert move_task(TaskState.IN_WORK, TaskStep.FINISH, IRINA, 1, "") == TaskMoved(TaskState.DONE)
    assert move_task(TaskState.OPEN, TaskStep.CANCEL, OLGA, None, "") == Barred("reason-missing")
    assert move_task(TaskState.DONE, TaskStep.FINISH, OLGA, 1, "") == Barred("step-not-now")
    assert move_task(TaskState.OPEN, TaskStep.TAKE, ADMIN, None, "") == Barred("step-not-yours")
    assert [step for step, _ in task_steps(TaskState.OPEN, OLGA, None)] == [TaskStep.TAKE, TaskStep.CANCEL]
    assert {step for _, step in TASK_TRANSITIONS} == set(TaskStep)


WRITTEN = Now(disposition="INFO", writer_id=1, operator_id=1)


def test_another_result_of_one_s_own_is_only_proposed_and_a_lead_s_word_counts_at_once() -> None:
    assert correct(WRITTEN, OLGA, "TARIFF", "wrong line") is Entry.PROPOSED
    assert correct(WRITTEN, OLGA, "INFO", "a word was missing") is Entry.CORRECTED
    assert correct(WRITTEN, IRINA, "TARIFF", "heard the recording") is Entry.CORRECTED
    assert correct(WRITTEN, OLGA, "INFO", " ") == Barred("reason-missing")
    assert correct(WRITTEN, PAVEL, "INFO", "helping") == Barred("not-your-contact")
    assert correct(WRITTEN, ADMIN, "INFO", "cleaning up") == Barred("not-your-contact")


def test_nobody_approves_his_own_proposal() -> None:
    assert settle(1, WRITTEN, IRINA) is None
    assert settle(1, WRITTEN, PAVEL) == Barred("step-not-yours")
    assert settle(3, WRITTEN, IRINA) == Barred("four-eyes")
    assert settle(1, Now(disposition="INFO", writer_id=3, operator_id=1), IRINA) == Barred("four-eyes")
