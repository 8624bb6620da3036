"""The API against its own document: whatever is sent, the answer is one of those it promises, and never a 5xx.

Requests are made up from the OpenAPI document, right ones and wrong ones, for programs of several roles.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from limits import RateLimitItemPerMinute
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.workstation.house import House
from workstation.rest import caller

pytestmark = pytest.mark.integration
EXAMPLES = 10
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("login", ["marta", "sofia", "audrey"])
async def test_every_route_answers_as_its_document_says(
    house: House, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller, "CALLS", RateLimitItemPerMinute(1_000_000))
    async with house.program(login) as client:
        document = (await client.get("/openapi.json")).json()
        token = client.headers["authorization"]
    sent = await asyncio.to_thread(send_everything, document, f"{house.base}/api/v1", token)
    assert sent == sum(len(operations) for operations in document["paths"].values())


def send_everything(document: dict[str, Any], base: str, token: str) -> int:
    sent = 0
    with requests.Session() as session:
        session.headers.update({"authorization": token, "busbar-reason": "call_back"})
        for operation in schemathesis.openapi.from_dict(document).get_all_operations():
            send_one(operation.ok(), base, session)
            sent += 1
    return sent


def send_one(operation: Any, base: str, session: requests.Session) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        case.validate_response(case.call(base_url=base, session=session), checks=CHECKS)

    send()
