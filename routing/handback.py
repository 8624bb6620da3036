"""A caller who was passed on and whom nobody took: to whom he comes back (pure)."""

from __future__ import annotations

from dataclasses import replace

from routing.calls import Call
from routing.hall import Hall
from routing.operator import READY, WRAP_UP
from routing.views import OperatorId


def was_for(call: Call, operator_id: OperatorId) -> bool:
    """Whether this operator was rung because another one passed the caller on to him."""
    passed = call.passed
    return passed is not None and not passed.returned and passed.operator_id == operator_id


def returned(hall: Hall, call: Call, reason: str) -> tuple[Call, OperatorId | None]:
    """Return the call with why it came back, and who gets it: who passed it on, if he is free for it, or nobody.

    Free is who is ready, or still writes up this very contact, beside a telephone that can ring. He is rung once.
    """
    passed = call.passed
    if passed is None:
        return call, None
    call = replace(call, passed=passed.model_copy(update={"returned": reason}))
    operator = hall.operators.get(passed.by)
    if operator is None or call.node not in operator.idle_nodes or operator.next_reason is not None:
        return call, None
    writes = operator.state is WRAP_UP and operator.call_id == call.call_id
    return call, passed.by if writes or operator.state is READY else None
