"""The browser's `apply` and the floor's are one: the same news on the same snapshot gives the same view."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from routing.news import CallChanged, CallGone, News, NodeChanged, OperatorChanged, QueueChanged
from routing.screen import apply
from routing.views import CallPhase, DeskView, FloorView, OperatorId, OperatorState
from tests.desk import samples
from tests.desk.stage import ROOT

pytestmark = pytest.mark.unit
ASSETS = ROOT / "workstation" / "assets"

RUNNER = """
import { readFileSync } from "node:fs";
import { apply, applyFloor, NO_DESK, NO_FLOOR } from "./state.mjs";
const { desk, floor, news } = JSON.parse(readFileSync(0, "utf8"));
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
console.log(JSON.stringify({ seen, repeated: again === ours }));
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
    ]


def test_the_browser_applies_news_as_the_floor_does(tmp_path: Path) -> None:
    node, esbuild = shutil.which("node"), ASSETS / "node_modules" / "esbuild" / "bin" / "esbuild"
    if node is None or not esbuild.exists():
        pytest.skip("node or esbuild is not unpacked: run deploy/run --setup")
    out = tmp_path / "state.mjs"
    subprocess.run(
        [esbuild, "src/state.ts", "--format=esm", f"--outfile={out}", "--log-level=error"], cwd=ASSETS, check=True
    )
    (tmp_path / "run.mjs").write_text(RUNNER, encoding="utf-8")
    desk, floor, news = samples.desk(), samples.floor(), _news()
    given = {
        "desk": desk.model_dump(mode="json"),
        "floor": floor.model_dump(mode="json"),
        "news": [one.model_dump(mode="json") for one in news],
    }
    ran = subprocess.run(
        [node, "run.mjs"], cwd=tmp_path, input=json.dumps(given), capture_output=True, text=True, check=True
    )
    answer = json.loads(ran.stdout)
    for one, (seen_desk, seen_floor) in zip(news, answer["seen"], strict=True):
        desk, floor = apply(desk, one), apply(floor, one)
        assert DeskView.model_validate(seen_desk) == desk, one
        assert FloorView.model_validate(seen_floor) == floor, one
    assert answer["repeated"]
