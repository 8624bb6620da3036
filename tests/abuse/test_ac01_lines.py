"""AC01: CR, LF, NUL, U+2028, `;`, `[`, `#include`, `=>` in any field of a trunk, a telephone or the last queue."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from crm_core.db import reading
from crm_core.store import lines
from crm_core.trunks import LastResort
from deploy import pbx
from tests.support.configuration import read
from tests.workstation.conftest import house
from tests.workstation.house import House
from tests.workstation.test_nodes_pages import TYPED

__all__ = ["house"]
pytestmark = pytest.mark.integration
SIGNS = ("\r\n[evil]\r\ntype=endpoint", "\n#include /etc/passwd", "\0", "\u2028x", ";x", "=>x y", "\rx")
FIELDS = ("name", "host", "login", "number", "numbers", "prefixes", "check_number", "direction", "node", "secret")
QUEUE = {"strategy": "leastrecent", "ring_seconds": "15", "wrap_up_seconds": "5", "most_waiting": "0"}


async def test_nothing_typed_on_a_page_becomes_configuration_or_dialplan(house: House, tmp_path: Path) -> None:
    async with house.signed_in("adam") as client:
        for field, sign in itertools.product(FIELDS, SIGNS):
            answer = await client.post("/office/nodes/trunks/new", data=TYPED | {field: f"x{sign}y"})
            assert answer.status_code == 422, (field, sign)
        for field, sign in itertools.product(QUEUE, SIGNS):
            answer = await client.post("/office/nodes/queue", data=QUEUE | {field: f"5{sign}5"})
            assert answer.status_code == 422, (field, sign)
        for sign in SIGNS:
            answer = await client.post("/office/nodes/telephones", data={"extension": f"101{sign}", "browser": "1"})
            assert answer.status_code == 422, sign
    async with reading(house.parts.engine) as db:
        wanted = await lines.wanted(db)
    assert (wanted.trunks, wanted.queue) == ((), LastResort())
    program = pbx.Program(command=("asterisk",), modules=tmp_path, share=tmp_path, sbin=tmp_path)
    plan = pbx.Pbx(house.settings.model_copy(update={"run_dir": tmp_path}), program)
    names = {one.name for one in read(plan.lines_files(wanted)["pjsip_lines.conf"])}
    assert names == {"op101", "desk101", "op102", "desk102"}
