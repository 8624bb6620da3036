"""AC34: files made to break the reader are refused within 256 MB and 10 s, and the refusal is on record."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crm_core.importing import limits
from tests.crm_core.importing.test_spreadsheet import book, climbing, cut, far, large, regular, repeated, wide
from tests.support.waiting import eventually
from tests.workstation.exchange import files, house, logged, open_house, send
from tests.workstation.house import House

__all__ = ["house", "open_house"]
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><MeterReadings>&b;</MeterReadings>'
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><MeterReadings>&x;</MeterReadings>'
)
# A process that does nothing else reads the files, so that its memory and its child's is theirs. What the kernel calls
# its largest memory began before it was itself; the high water mark of its own address space did not.
MEASURE = """
import json, resource, sys, time
from pathlib import Path
from crm_core.importing import sheet
from crm_core.importing.limits import Unreadable
said = {}
for name in sys.argv[1:]:
    began = time.monotonic()
    try:
        with sheet.rows(sheet.look_at(Path(name))) as rows:
            said[name] = sum(1 for _ in rows)
    except Unreadable as refusal:
        said[name] = str(refusal)
    assert time.monotonic() - began < 10, name
status = Path("/proc/self/status").read_text()
own = int(status.split("VmHWM:")[1].split()[0])
print(json.dumps([max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * 1024, said]))
"""


def entity(path: Path) -> Path:
    """An XLSX whose sheet defines entities."""
    rows = [b'<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>']
    return book(path, rows, **{"xl/sharedStrings.xml": LAUGHS.decode()})


@pytest.mark.long
def test_hostile_files_are_refused_within_memory_and_time(tmp_path: Path) -> None:
    made = [
        kind(tmp_path / f"{kind.__name__}.xlsx")
        for kind in (far, wide, repeated, regular, large, climbing, cut, entity)
    ]
    texts = {
        "laughs.xml": LAUGHS,
        "outside.xml": OUTSIDE,
        "deep.xml": b"<MeterReadings>" + b"<a>" * 200_000,
        "wide.csv": b"account,date,value\n" + b"," * 999_999 + b"1\n",
        "line.csv": b"x" * (8 << 20),
        "renamed.csv": (tmp_path / "far.xlsx").read_bytes(),
        "binary.csv": bytes(range(256)) * 100,
    }
    for name, content in texts.items():
        (tmp_path / name).write_bytes(content)
    named = [*map(str, made), *(str(tmp_path / name) for name in texts)]
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, *named], cwd=root, check=True, capture_output=True, timeout=100
    ).stdout
    memory, said = json.loads(told)
    assert memory <= limits.MEMORY
    taken = {Path(name).name: answer for name, answer in said.items() if isinstance(answer, int)}
    assert taken.keys() <= {"entity.xlsx"}, "an entity that is looked past is a text and no bomb"


@pytest.mark.integration
@pytest.mark.asyncio(loop_scope="module")
async def test_a_refused_file_leaves_nothing_and_is_on_record(house: House, tmp_path: Path) -> None:
    before = files(house)
    async with house.signed_in("marta") as client:
        renamed = await send(client, "a.csv", far(tmp_path / "far.xlsx").read_bytes())
        entities = await send(client, "a.xml", LAUGHS)
        script = await send(client, "a.xlsm.exe", b"MZ")
    assert {renamed.status_code, entities.status_code, script.status_code} == {422}
    assert files(house) == before

    async def recorded() -> list[tuple[str, str]]:
        return [one for one in await logged(house, "import.refused") if one[0] == "a.xlsm.exe"]

    assert await eventually(recorded, what="the refusals in the log")
    assert len(await logged(house, "import.refused")) == 3
