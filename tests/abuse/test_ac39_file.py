"""AC39: a reading of a file that cannot be right is refused or held with its reason, as at every other door."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.crm_core.importing.conftest import desk
from tests.crm_core.importing.desk import Desk

pytestmark = pytest.mark.integration
__all__ = ["desk"]
HEADER = "account,serial,register,date,value,unit\n"
FUTURE = date.today() + timedelta(days=400)  # noqa: DTZ011 -- any day that has not come
WRONG = (
    ("1,M1,,2026-03-31,1100,", "went-down"),
    ("1,M1,,2026-04-30,123456,", "too-many-digits"),
    (f"1,M1,,{FUTURE},1900,", "future-date"),
    ("1,M2,day,2026-03-31,1300,", "no-register"),
    ("2,M2,day,2026-03-31,100,", "incomplete"),
    ("1,M1,,2026-03-31,1.3,MWh", "unit"),
    ("1,M1,,2019-03-31,1300,", "before-installation"),
    (",M9,,2026-03-31,1300,", "no-such-meter"),
)
HELD = (
    ("1,M1,,2026-03-31,13000,", "too-high"),
    ("3,M3,,2026-03-31,1250,", "disconnected"),
)


@pytest.fixture
def base(desk: Desk) -> Desk:
    """Two accounts with their readings, one of them day and night, and a third whose supply is cut off."""
    people = "".join(f"{n},Name {n},Street {n}\n" for n in (1, 2, 3))
    assert desk.take("p.csv", f"account,name,address\n{people}").rejected == 0
    meters = "1,M1,5,1,2020-01-01\n2,M2,5,2,2020-01-01\n3,M3,5,1,2020-01-01\n"
    assert desk.take("m.csv", f"account,serial,digits,zones,installed\n{meters}").rejected == 0
    desk.do("update registers set estimate = 60")
    known = "1,M1,,2026-01-31,1140,\n1,M1,,2026-02-28,1200,\n3,M3,,2026-02-28,1200,\n"
    assert desk.take("r.csv", HEADER + known).rejected == 0
    desk.do("update accounts set status = 'cut_off' where number = '3'")
    return desk


def test_no_reading_of_a_file_that_cannot_be_right_counts(base: Desk) -> None:
    before = base.ask("select * from readings order by register_id, taken_on, revision")
    for row, rule in WRONG:
        outcome = base.take("w.csv", HEADER + row + "\n")
        assert dict(outcome.findings) == {rule: 1}, row
        assert outcome.rejected == 1
    twice = base.take("t.csv", HEADER + "1,M1,,2026-03-31,1260,\n1,M1,,2026-03-31,1270,\n")
    assert dict(twice.findings) == {"day-twice": 1}
    assert twice.import_id is not None
    base.undo(twice.import_id)
    assert base.ask("select * from readings order by register_id, taken_on, revision") == before
    for row, rule in HELD:
        assert dict(base.take("h.csv", HEADER + row + "\n").findings) == {rule: 1}, row
    assert base.ask("select quality, count(*) from readings where taken_on = '2026-03-31' group by 1") == [("held", 2)]
    assert base.ask("select rule from held_readings order by 1") == [("disconnected",), ("too-high",)]
