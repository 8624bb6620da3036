"""AC03: Application, Data, Variable, Codecs and other fields nobody asked for, from a desk, on the bus, in the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from routing.views import OperatorState
from routing.wishes import WISH, Wish
from tests.workstation.conftest import house
from tests.workstation.house import House
from workstation.messages import FROM_BROWSER, Ask

__all__ = ["house"]
UNKNOWN: dict[str, Any] = {
    "Application": "System", "Data": "id", "Variable": "A=1", "Codecs": "ulaw", "PreDialGoSub": "x,1,1",
    "EarlyMedia": "true", "Channel": "PJSIP/x", "channel": "PJSIP/x", "Context": "inbound", "context": "inbound",
    "exten": "100", "priority": 1, "device": "PJSIP/x&PJSIP/y", "caller_number": "+79160000000", "node": "main",
    "ActionID": "x", "operator": 7, "operator_id_": 7, "role": "manager", "is_admin": True, "__class__": "x",
}  # fmt: skip
VALUES: dict[str, Any] = {
    "wish_id": "w", "operator_id": 1, "at": "2026-11-24T09:00:00Z", "call_id": "main-1.1", "account_id": 1,
    "name": "Anna", "to": "number", "extension": "101", "state": OperatorState.READY.value, "what": "complete",
    "up": True, "said_id": "s", "by_name": "Sofia", "target": 1, "targets": [1], "how": "listen", "text": "Hello",
    "queue": "main", "number": "+79160000000",
}  # fmt: skip


def whole(kind: type[BaseModel]) -> dict[str, Any]:
    """Return a wish of a kind as it travels."""
    asked = {name: VALUES[name] for name, one in kind.model_fields.items() if one.is_required()}
    return {"type": kind.model_fields["type"].default, **asked}


@pytest.mark.unit
@pytest.mark.parametrize("kind", get_args(Wish), ids=lambda one: one.__name__)
def test_a_wish_with_anything_more_is_none(kind: type[BaseModel]) -> None:
    values = whole(kind)
    assert isinstance(WISH.validate_json(json.dumps(values)), kind)
    for name, value in UNKNOWN.items():
        if name not in kind.model_fields:
            with pytest.raises(ValidationError, match="extra_forbidden"):
                WISH.validate_json(json.dumps({**values, name: value}))


@pytest.mark.unit
@pytest.mark.parametrize("wish", get_args(Ask.model_fields["wish"].annotation))
def test_a_desk_asks_by_name_and_for_itself(wish: str) -> None:
    asked = {"type": "ask", "wish_id": "w", "wish": wish}
    assert FROM_BROWSER.validate_json(json.dumps(asked))
    for name, value in {**UNKNOWN, "operator_id": 7, "number": "+79161234567", "to": "number", "at": "now"}.items():
        if (wish, name) == ("dial_debtor", "number"):
            continue  # One of his record's, asked of the gate like every other (`routing/test_debtors.py`).
        with pytest.raises(ValidationError, match="extra_forbidden"):
            FROM_BROWSER.validate_json(json.dumps({**asked, name: value}))


@pytest.mark.unit
@pytest.mark.parametrize(
    "wish", ["originate", "Originate", "dial", "redirect", "listen", "sign_in", "pass_on", "", None, 1, ["ready"]]
)
def test_what_is_no_wish_of_a_desk_is_none(wish: object) -> None:
    with pytest.raises(ValidationError):
        FROM_BROWSER.validate_json(json.dumps({"type": "ask", "wish_id": "w", "wish": wish}))
    with pytest.raises(ValidationError):
        WISH.validate_json(json.dumps({**VALUES, "type": wish}))


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return method, path and shape of every body in JSON that the API takes."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            shape = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if shape is not None:
                yield method, path, shape


def loose(document: dict[str, Any], shape: Any) -> Iterator[str]:
    """Return the names of objects within a shape that take fields they do not know."""
    todo, seen = [shape], set[str]()
    while todo:
        match todo.pop():
            case {"$ref": str() as ref}:
                name = ref.rpartition("/")[2]
                if name not in seen:
                    seen.add(name)
                    found = document["components"]["schemas"][name]
                    if found.get("type") == "object" and found.get("additionalProperties") is not False:
                        yield name
                    todo.append(found)
            case dict() as inner:
                todo.extend(inner.values())
            case list() as inner:
                todo.extend(inner)


@pytest.mark.integration
async def test_no_body_of_the_api_takes_a_field_it_does_not_know(house: House) -> None:
    async with house.program("marta") as client:
        document = (await client.get("/openapi.json")).json()
        found = list(bodies(document))
        assert len(found) > 20
        open_ = {f"{method} {path}: {name}" for method, path, shape in found for name in loose(document, shape)}
        assert open_ == set()
        for method, path, _ in found:
            if "{" not in path:
                sent = await client.request(method, path, json=UNKNOWN)
                assert sent.status_code in {403, 422}, (method, path)
