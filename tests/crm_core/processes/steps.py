"""A process for tests: a check that leads by the amount to the boss or to the desk, which is its end."""

from __future__ import annotations

from typing import Any

from crm_core.processes.process import Process, read


def data(**changes: dict[str, Any]) -> dict[str, Any]:
    """The process as it is kept; `changes` by the code of a step, None takes a step out."""
    steps: list[dict[str, Any]] = [
        {
            "code": "check", "titles": {"en": "Check", "ru": "Проверка"}, "owner": {"kind": "team", "name": "billing"},
            "limit": {"amount": 2, "unit": "working_hours"}, "tell": [["soon", "owner"]], "needs": ["amount"],
            "ways": [
                {"to": "boss", "when": "if", "condition": {"field": "amount", "op": ">", "values": ["1000"]}},
                {"to": "desk", "when": "else"},
            ],
        },
        {
            "code": "boss", "titles": {"en": "Decision"}, "owner": {"kind": "role", "name": "supervisor"},
            "ways": [{"to": "desk", "titles": {"en": "Agreed"}}, {"to": "check", "titles": {"en": "Once more"}}],
        },
        {"code": "desk", "titles": {"en": "Tell the customer"}, "owner": {"kind": "filer"}, "last": True},
    ]  # fmt: skip
    return {"steps": [one | changes.get(one["code"], {}) for one in steps]}


def made(**changes: dict[str, Any]) -> Process:
    """The process itself."""
    found, defects = read(data(**changes))
    assert found is not None, defects
    return found
