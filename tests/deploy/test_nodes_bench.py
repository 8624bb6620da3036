"""The bench of ringing takes its figures on real parts, leaves nothing behind, and reckons them rightly."""

from __future__ import annotations

import pytest

from crm_core.settings import Settings
from deploy.bench import ringing
from tests.support.servers import node_settings, short_folder


@pytest.mark.unit
def test_figures_are_medians_and_their_ratio() -> None:
    found = {one.name: one for one in ringing.figures([0.010, 0.011, 0.030], [0.2, 0.5, 0.9])}
    assert found["ours: free to ringing, p50"].value == pytest.approx(11)
    assert found["app_queue: free to ringing, p99"].value == pytest.approx(900)
    assert found["app_queue / ours, p50"].value == pytest.approx(0.5 / 0.011)
    assert found["app_queue / ours, p50"].held
    assert ringing.figures([0.05], [0.9])[4].held is False


@pytest.fixture
def settings() -> Settings:
    with short_folder() as folder:
        return node_settings(folder, "postgresql+psycopg://nobody@/none", "unix:///nowhere")


@pytest.mark.integration
@pytest.mark.timeout(120)
def test_both_sides_ring_in_turns(settings: Settings) -> None:
    figures = {one.name: one.value for one in ringing.run(settings, turns=5)}
    assert figures["turns of each"] == 5
    assert 0 < figures["ours: free to ringing, p50"] < figures["app_queue: free to ringing, p50"] <= 2_000
