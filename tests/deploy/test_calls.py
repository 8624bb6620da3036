"""Subscribers who call: real phones, a real Asterisk, numbers of a real base."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from crm_core.settings import Settings
from deploy import callers, calls
from deploy.callers import Doing, Plan, Step
from telephony import rtp
from tests.support.servers import AsteriskServer


@pytest.mark.unit
def test_plans_are_possible_and_end() -> None:
    chance = random.Random(1)
    plans = [callers.draw(chance) for _ in range(500)]
    assert len(Counter(plan.name for plan in plans)) == len(callers.BEHAVIOURS)
    for plan in plans:
        assert plan.steps[-1].doing is Doing.HANG_UP
        assert 0 < sum(step.after for step in plan.steps) < calls.LONGEST
        assert all(set(step.what) <= set(rtp.KEYS) for step in plan.steps if step.doing is Doing.PRESS)


@pytest.mark.integration
def test_calls_are_made_and_each_is_told(
    asterisk: AsteriskServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    short = Plan("is short", (Step(0.3, Doing.PRESS, "1"), Step(0.3, Doing.TALK, "Hello."), Step(0.5, Doing.HANG_UP)))
    monkeypatch.setattr(callers, "draw", lambda _: short)
    assert calls.run(settings, "2") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "calls: 2 of 2 answered"
    assert len([line for line in said if "is short" in line and "hung up" in line]) == 2, said


@pytest.mark.integration
def test_off_is_noted_and_taken_back(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert calls.run(settings, "off") == 0
    assert (settings.run_dir / "state" / "calls.off").exists()
    assert calls.run(settings, "on") == 0
    assert not (settings.run_dir / "state" / "calls.off").exists()
    assert calls.run(settings, "1000") == 2
    assert "from 1 to" in capsys.readouterr().out
