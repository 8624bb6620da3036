"""AC02: a number that names a channel, a context or a function, in a trunk's numbers, beginnings and check number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm_core.trunks import Trunk, faults

pytestmark = pytest.mark.unit
GOOD = Trunk(name="city", host="sip.example.com", number="+74950000001", check_number="100")
NUMBERS = (
    "500&PJSIP/itsp/1416", "Local/x@ctx", "${SHELL(id)}", "1,1,System(id)", "1|2", "1@far", '1"2', "1(2)", "{1}", "$1",
    "1;2", "+7495x", "٠١٢٣٤٥٦٧٨٩", "+0495123456", "_X.", "_!",
)  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
def test_only_numbers_are_numbers(number: str) -> None:
    assert faults(GOOD) == {}
    assert "number" in faults(replace(GOOD, number=number))
    assert "check_number" in faults(replace(GOOD, check_number=number)) or number == "+0495123456"
    assert "prefixes" in faults(replace(GOOD, prefixes=(number,)))
    assert "numbers" in faults(replace(GOOD, numbers=("74950000001", number))) or number == "+0495123456"
