"""AC22: somebody makes by what he is judged easier: schemes of teams are set by who is not judged by them."""

from __future__ import annotations

import pytest

from crm_core.access import ALLOWED, Action, Role
from tests.workstation.conftest import house
from tests.workstation.house import House

__all__ = ["house"]
pytestmark = pytest.mark.integration


async def test_neither_an_operator_nor_his_lead_changes_a_scheme(house: House) -> None:
    judged = {Role.OPERATOR, Role.SUPERVISOR}
    assert not [role for role in judged if Action.MANAGE_KPI in ALLOWED[role]]
    for login in ("olga", "sofia"):
        async with house.signed_in(login) as client:
            answer = await client.post("/office/kpi/day", data={"title": "Easy", "since": "2026-01-01"})
            assert answer.status_code == 403
