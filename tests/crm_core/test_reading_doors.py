"""Operator, telephone menu, web, programs and files are doors to one set of rules, and there is no other way in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from crm_core.importing.judging import Bench, Given
from crm_core.reading_policy import Policy
from crm_core.readings import judge
from tests.crm_core.test_readings import SINGLE, TODAY

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("crm_core", "ivr", "outbound", "routing", "telephony", "workstation", "deploy")
JUDGES = {
    "crm_core/store/readings.py": "the store: operators, telephone menu, web and programs",
    "crm_core/importing/judging.py": "files",
    "crm_core/meter_exchange.py": "exchanges of meters",
    "workstation/rules_words.py": "rules tried on an example, nothing stored",
}
"""Who may ask `crm_core.readings.judge`."""
DOORS = {
    "workstation/readings.py": "an operator at the desk",
    "workstation/office/readings_page.py": "a person in the office",
    "workstation/rest/ledger_readings.py": "web, bots, remote meters and other programs",
    "ivr/base.py": "the telephone menu",
    "deploy/bench/base_ledger.py": "the measurement, which takes everything back",
}
"""Who calls `store.readings.submit`; a new door is added here on purpose."""
WRITERS = {
    "crm_core/store/readings.py", "crm_core/store/held.py", "crm_core/store/exchanges.py",
    "crm_core/importing/metering.py", "crm_core/sample/ledger.py", "crm_core/sample/store.py",
    "crm_core/sample/work.py", "deploy/bench/reports_year.py",
}  # fmt: skip
"""Who writes rows of `readings`: what was judged, the base of the sample, and a bench in a schema of its own."""
WRITES = re.compile(r"insert\(readings\)|insert into readings\b|copy readings\b", re.IGNORECASE)


def sources() -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "node_modules" not in path.parts and "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def imports(text: str, module: str, name: str) -> bool:
    """Whether a source takes a name of a module, or the module itself under some name and that name of it."""
    parent, _, own = module.rpartition(".")
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.module == module and any(one.name == name for one in node.names):
            return True
        for one in node.names if node.module == parent else ():
            if one.name == own and f"{one.asname or one.name}.{name}(" in text:
                return True
    return False


def test_nobody_else_judges_readings() -> None:
    assert {name for name, text in sources() if imports(text, "crm_core.readings", "judge")} == set(JUDGES)


def test_every_door_leads_to_the_same_store() -> None:
    assert {name for name, text in sources() if imports(text, "crm_core.store.readings", "submit")} == set(DOORS)


def test_nobody_else_writes_readings() -> None:
    assert {name for name, text in sources() if WRITES.search(text)} <= WRITERS


@pytest.mark.parametrize("value", ["999", "1200", "1700", "1010", "100000", "1200.5", "0"])
@pytest.mark.parametrize("source", ["ivr", "inspector", "office"])
def test_a_file_is_judged_as_a_person_is(value: str, source: str) -> None:
    policy = Policy(today=TODAY, source=source)
    (expected,) = judge([SINGLE], {1: Decimal(value)}, TODAY, policy)
    given = Given(account_id=1, taken_on=TODAY, row=1, register_id=1, value=Decimal(value), source=source, known=False)
    ((_, verdict),) = Bench({1: SINGLE}, "UTC").submit([given], policy)
    assert verdict == expected
