"""Whoever may write to Valkey still cannot make the worker run what is not on its list."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from redis import Redis
from rq.job import Job
from rq.serializers import JSONSerializer

from crm_core import jobs, worker
from crm_core.settings import Settings

RAN: list[str] = []


def note(text: str) -> None:
    RAN.append(text)


@pytest.mark.integration
def test_a_job_on_the_list_is_done(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{note.__module__}.note"
    monkeypatch.setattr(worker, "JOBS", {name: "for this test"})
    with Redis.from_url(redis_url) as connection:
        worker.queue(connection).enqueue(name, "done")
        worker.work_off(connection)
    assert RAN == ["done"]


@pytest.mark.integration
def test_a_job_that_is_not_on_the_list_is_never_run(redis_url: str, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    with Redis.from_url(redis_url) as connection:
        job: Job = worker.queue(connection).enqueue("os.mkdir", str(proof))
        worker.work_off(connection)
        assert job.get_status(refresh=True) == "failed"
    assert not proof.exists()


@pytest.mark.integration
def test_the_worker_reads_jobs_as_json_only(settings: Settings) -> None:
    with Redis.from_url(settings.redis_url) as connection:
        job = worker.queue(connection).enqueue("os.getcwd")
        data = connection.hget(job.key, "data")
    assert data is not None
    assert b"pickle" not in data
    assert job.serializer is JSONSerializer


@pytest.mark.unit
def test_every_kind_of_job_has_a_function_that_workers_may_run() -> None:
    for kind, name in jobs.FUNCTIONS.items():
        assert name in worker.JOBS, kind
        module, _, function = name.rpartition(".")
        assert callable(getattr(importlib.import_module(module), function)), kind
