"""The whole line stands: every process is there and says so."""

from __future__ import annotations

import httpx
import pytest

from tests.support.line import Line
from tests.support.waiting import until


def _health(line: Line) -> int:
    return httpx.get(f"{line.url}/health").status_code


@pytest.mark.integration
def test_everything_is_in_its_place(line: Line) -> None:
    answer = httpx.get(f"{line.url}/health")
    assert (answer.status_code, answer.json()["missing"]) == (200, [])


@pytest.mark.fault
def test_the_workstation_says_that_the_floor_is_missing_and_that_it_is_back(line: Line) -> None:
    line.processes["floor"].kill()
    until(lambda: _health(line) == 503, 15, "the workstation misses the floor")
    line.processes["floor"].start()
    until(lambda: _health(line) == 200, 15, "the floor is back")
