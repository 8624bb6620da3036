"""The bench of the IVR measures real calls, and notices a house that is not there."""

from __future__ import annotations

import pytest

from crm_core.settings import Settings
from deploy.bench import ivr as bench
from tests.ivr.house import IvrProcess
from tests.support.servers import AsteriskServer

pytestmark = pytest.mark.timeout(90)


@pytest.mark.integration
def test_callers_at_once_are_all_served(house: Settings, ivr: IvrProcess) -> None:
    figures = {figure.name: figure for figure in bench.run(house, calls=4)}
    assert figures["failures"].held, figures
    assert figures["most at once"].value == 4
    assert 0 < figures["key to next prompt, p50"].value < 3000
    assert figures["Asterisk"].value > 0
    assert figures["dialplan alone: failures"].value == 0
    assert figures["Asterisk with us / dialplan alone"].value > 0
    assert figures["our process / Asterisk, same calls"].value > 0


@pytest.mark.integration
def test_keys_that_were_not_taken_are_a_failure(
    house: Settings, asterisk: AsteriskServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "PATIENCE_SECONDS", 2.0)
    figures = {figure.name: figure for figure in bench.run(house, calls=1, compare=False)}
    assert figures["failures"].value == 1, "without an IVR the caller hears music and is not hung up on"


@pytest.mark.integration
def test_without_a_house_it_says_what_to_start(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"ami_port": 9})
    with pytest.raises(bench.HouseNotRunning, match="busbar"):
        bench.run(nowhere, calls=1)


@pytest.mark.unit
def test_each_ratio_is_taken_of_what_it_says_and_the_first_two_have_a_bar() -> None:
    one = bench.Spent(asterisk=3.0, ours=4.5, synthesiser=1.5)
    spent = bench.Spent(asterisk=6.0, ours=9.0, synthesiser=3.0).less(one)
    figures = bench.ratios(spent, 2.5)
    assert [(figure.value, figure.held) for figure in figures] == [(1.2, True), (1.5, False), (3.6, None)]
    assert all(figure.value == 0 for figure in bench.ratios(bench.Spent(asterisk=0, ours=0, synthesiser=0), 0))
