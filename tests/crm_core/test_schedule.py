"""What the house does by itself comes again, once each time, whoever lays it out."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from rq.registry import ScheduledJobRegistry

from crm_core import worker
from crm_core.schedule import SCHEDULE, Every, catch_up, lay_out

NOW = datetime(2026, 11, 29, 2, 14, 30, tzinfo=UTC)


@pytest.mark.unit
def test_everything_that_comes_again_is_a_job_of_ours() -> None:
    assert {one.job for one in SCHEDULE} <= set(worker.JOBS)


@pytest.mark.unit
@given(st.integers(1, 86_400), st.integers(0, 4000), st.integers(0, 10**6))
def test_the_next_run_lies_ahead_and_not_too_far(seconds: int, after: int, past: int) -> None:
    every = Every(job="j", seconds=seconds, after=min(after, seconds - 1))
    now = NOW + timedelta(seconds=past)
    assert now < every.next_slot(now) <= now + timedelta(seconds=seconds)


@pytest.mark.unit
def test_runs_stand_on_the_clock() -> None:
    assert Every(job="j", seconds=3600, after=600).next_slot(NOW) == datetime(2026, 11, 29, 3, 10, tzinfo=UTC)


@pytest.mark.integration
def test_two_workers_lay_out_each_run_once(redis_url: str) -> None:
    with Redis.from_url(redis_url) as connection:
        queue = worker.queue(connection)
        assert len(lay_out(queue, NOW)) == len(SCHEDULE)
        assert lay_out(worker.queue(connection), NOW) == []
        assert len(ScheduledJobRegistry(queue=queue)) == len(SCHEDULE)
        later = NOW + timedelta(seconds=60)
        again = [name.rpartition("-")[0] for name in lay_out(queue, later)]
        due = [one.job.replace(".", "-") for one in SCHEDULE if one.next_slot(later) != one.next_slot(NOW)]
        assert again == [f"schedule-{job}" for job in due]
        assert "schedule-crm_core-work-jobs-sweep" in again


def forget_and_die(redis_url: str) -> None:
    """A job that takes what is laid out along as it dies."""
    with Redis.from_url(redis_url) as connection:
        connection.delete(ScheduledJobRegistry(queue=worker.queue(connection)).key)
        connection.delete(*connection.keys("rq:job:schedule-*"))
    os._exit(3)


@pytest.mark.integration
def test_what_a_worker_has_run_is_laid_out_again_even_if_it_broke(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{forget_and_die.__module__}.forget_and_die"
    monkeypatch.setattr(worker, "JOBS", {name: "for this test"})
    with Redis.from_url(redis_url) as connection:
        queue = worker.queue(connection)
        parent = worker.KnownWorker([queue], connection=connection, serializer=queue.serializer)
        parent.work(burst=True, logging_level="CRITICAL")
        assert len(ScheduledJobRegistry(queue=queue)) == len(SCHEDULE), "an idle worker lays out what is missing"
        queue.enqueue(name, redis_url)
        parent.work(burst=True, logging_level="CRITICAL")
        assert len(ScheduledJobRegistry(queue=queue)) == len(SCHEDULE)


@pytest.mark.integration
def test_what_a_dead_worker_left_goes_on_at_once_and_is_not_piled_up(redis_url: str) -> None:
    with Redis.from_url(redis_url) as connection:
        queue = worker.queue(connection)
        jobs = [one.job.replace(".", "-") for one in SCHEDULE if one.at_start]
        names = [f"schedule-{job}-start-20261129T021430" for job in jobs]
        assert "schedule-crm_core-work-jobs-sweep-start-20261129T021430" in names
        assert catch_up(queue, NOW) == names
        assert catch_up(queue, NOW + timedelta(seconds=5)) == [], "it waits already"
        assert queue.get_job_ids() == names
