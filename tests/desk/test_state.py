"""The browser's `apply` and the floor's are one: the same news on the same snapshot gives the same view."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from routing.figures import Figures
from routing.news import (
    CallChanged,
    CallGone,
    CampaignChanged,
    CampaignGone,
    News,
    NodeChanged,
    OperatorChanged,
    QueueChanged,
)
from routing.screen import apply
from routing.views import CallPhase, DeskView, FloorView, OperatorId, OperatorState, QueueView
from tests.desk import samples
from tests.desk.stage import ROOT

pytestmark = pytest.mark.unit
ASSETS = ROOT / "workstation" / "assets"

RUNNER = """
import { readFileSync } from "node:fs";
import { apply, applyFloor, NO_DESK, NO_FLOOR, serviceLevel } from "./state.mjs";
const { desk, floor, news, queues, now } = JSON.parse(readFileSync(0, "utf8"));
let ours = { ...NO_DESK, epoch: "e", number: 0, desk };
let theirs = { ...NO_FLOOR, epoch: "e", number: 0, floor };
const seen = [];
news.forEach((one, index) => {
  ours = apply(ours, { ...one, epoch: "e", number: index + 1 });
  theirs = applyFloor(theirs, { ...one, epoch: "e", number: index + 1 });
  seen.push([ours.desk, theirs.floor]);
});
const gone = { type: "call_gone", call_id: ours.desk.call?.call_id ?? "", reason: "", epoch: "e", number: 1 };
const again = apply(ours, gone);
const levels = queues.map((some) => serviceLevel(some, Date.parse(now), 20_000));
console.log(JSON.stringify({ seen, repeated: again === ours, levels }));
"""


def _news() -> list[News]:
    call = samples.call()
    return [
        QueueChanged(queue=samples.queue(queue="early", waiting=1)),
        QueueChanged(queue=samples.queue(waiting=7)),
        OperatorChanged(operator=samples.operator(OperatorState.RESERVED, call_id=call.call_id)),
        OperatorChanged(operator=samples.operator(OperatorState.TALKING, operator_id=OperatorId(3))),
        OperatorChanged(operator=samples.operator(OperatorState.READY, operator_id=OperatorId(99))),
        CallChanged(call=call),
        CallChanged(call=samples.call(CallPhase.TALKING)),
        CallGone(call_id="another", reason="served"),
        NodeChanged(node="north", up=False),
        CallChanged(call=samples.call(CallPhase.WRAP_UP, call_id="main-0")),
        CallGone(call_id="main-0", reason="closed"),
        NodeChanged(node="north", up=True),
        CampaignChanged(campaign=samples.campaign()),
        CampaignChanged(campaign=samples.campaign(campaign_id=3)),
        CampaignChanged(campaign=samples.campaign(ringing=6)),
        CampaignGone(campaign_id=7),
    ]


NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
THRESHOLD = timedelta(seconds=20)
Stay = tuple[int, int | None, int | None]
"""Seconds before now when a caller came, was answered and gave up."""


def _queue(stays: list[Stay]) -> QueueView:
    """Let the floor's own figures count a queue's callers."""
    figures, waiting = Figures(THRESHOLD), []
    for number, (came, answered, left) in enumerate(stays):
        call_id, entered = str(number), NOW - timedelta(seconds=came)
        figures.enter(call_id, entered)
        if answered is not None:
            figures.answer(call_id, NOW - timedelta(seconds=answered))
        elif left is not None:
            figures.leave(call_id, NOW - timedelta(seconds=left))
        else:
            waiting.append(entered)
    return samples.queue(
        waiting=len(waiting),
        longest_since=min(waiting, default=None),
        offered=figures.offered,
        answered=figures.answered,
        answered_in_threshold=figures.answered_in_threshold,
        abandoned=figures.abandoned,
        abandoned_short=figures.abandoned_short,
    )


def _run(tmp_path: Path, given: dict[str, object]) -> dict[str, Any]:
    node, esbuild = shutil.which("node"), ASSETS / "node_modules" / "esbuild" / "bin" / "esbuild"
    if node is None or not esbuild.exists():
        pytest.fail("node or esbuild is not there: deploy/test brings both")
    out = tmp_path / "state.mjs"
    subprocess.run(
        [esbuild, "src/state.ts", "--format=esm", f"--outfile={out}", "--log-level=error"], cwd=ASSETS, check=True
    )
    (tmp_path / "run.mjs").write_text(RUNNER, encoding="utf-8")
    ran = subprocess.run(
        [node, "run.mjs"], cwd=tmp_path, input=json.dumps(given), capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def _given(**more: object) -> dict[str, object]:
    return {
        "desk": samples.desk().model_dump(mode="json"),
        "floor": samples.floor().model_dump(mode="json"),
        "news": [],
        "queues": [],
        "now": NOW.isoformat(),
    } | more


def test_who_still_waits_within_the_threshold_does_not_count_against_the_level(tmp_path: Path) -> None:
    in_time: Stay = (60, 50, None)
    too_late: Stay = (90, 50, None)
    gave_up: Stay = (90, None, 60)
    changed_his_mind: Stay = (90, None, 87)
    just_came: Stay = (10, None, None)
    waits_too_long: Stay = (30, None, None)
    cases: list[tuple[list[list[Stay]], int, float | None]] = [
        ([[]], 0, None),
        ([[just_came, just_came]], 0, None),
        ([[changed_his_mind]], 0, None),
        ([[in_time, just_came, just_came]], 1, 1.0),
        ([[in_time, waits_too_long, just_came]], 2, 0.5),
        ([[in_time, too_late, gave_up, changed_his_mind, just_came]], 3, 1 / 3),
        ([[in_time, in_time], [gave_up, waits_too_long]], 4, 0.5),
    ]
    queues = [[_queue(stays).model_dump(mode="json") for stays in some] for some, _, _ in cases]
    levels = _run(tmp_path, _given(queues=queues))["levels"]
    for (some, counted, share), level in zip(cases, levels, strict=True):
        assert level == {"counted": counted, "share": pytest.approx(share) if share is not None else None}, some


def test_the_browser_applies_news_as_the_floor_does(tmp_path: Path) -> None:
    desk, floor, news = samples.desk(), samples.floor(), _news()
    answer = _run(
        tmp_path,
        _given(
            desk=desk.model_dump(mode="json"),
            floor=floor.model_dump(mode="json"),
            news=[one.model_dump(mode="json") for one in news],
        ),
    )
    for one, (seen_desk, seen_floor) in zip(news, answer["seen"], strict=True):
        desk, floor = apply(desk, one), apply(floor, one)
        assert DeskView.model_validate(seen_desk) == desk, one
        assert FloorView.model_validate(seen_floor) == floor, one
    assert answer["repeated"]
