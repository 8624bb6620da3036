"""Asterisk's own queues, which serve while the floor is silent: which operator's telephones are in which (pure).

Everybody at work is in one of them; beside it each queue with a queue of last resort, and that one, has one with its
operators (`crm_core.resorts`). Members are kept by the floor and stay when it dies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crm_core.resorts import needed
from routing.terms import Terms
from routing.views import OperatorId, OperatorState
from telephony.commands import AddQueueMember, RemoveQueueMember, SetVariable
from telephony.events import Node

if TYPE_CHECKING:
    from routing.calls import Call
    from routing.hall import Hall
    from routing.operator import Operator

ALARM = "fallback"
STANDS = "BUSBAR_STANDS"
AGAIN = timedelta(seconds=15)
"""A node has taken in by then what is on record."""


def names(everybody: str, terms: Mapping[str, Terms], operator: Operator) -> tuple[str, ...]:
    """Return the queues that an operator is in.

    Args:
        everybody: the one that all are in.
        terms: of the house's queues.
        operator: with what he can do.

    """
    serves = operator.profile.choice
    own = sorted(needed({name: one.resort for name, one in terms.items()}))
    return everybody, *(f"{everybody}-{one}" for one in own if serves(frozenset({one})) is not None)


def join(hall: Hall, operator: Operator, nodes: Iterable[Node]) -> None:
    """Make the operator's telephones members."""
    paused = not operator.serves_fallback
    for node in nodes:
        for device in operator.devices:
            for queue in hall.fallbacks(operator):
                hall.order(AddQueueMember(node=node, queue=queue, device=device, paused=paused))


def leave(hall: Hall, operator: Operator, nodes: Iterable[Node]) -> None:
    """Take the operator's telephones out."""
    _leave(hall, operator, nodes, hall.fallbacks(operator))


def _leave(hall: Hall, operator: Operator, nodes: Iterable[Node], queues: Iterable[str]) -> None:
    for node in nodes:
        for device in operator.devices:
            for queue in queues:
                hall.order(RemoveQueueMember(node=node, queue=queue, device=device))


def stands(hall: Hall, call: Call) -> None:
    """Write the queue that a caller waits in on his channel: the dialplan knows nothing of rules.

    Only in a house with queues of last resort; elsewhere nobody reads it.
    """
    if call.channel and any(one.resort for one in hall.terms.values()):
        hall.order(SetVariable(node=call.node, channel=call.channel, name=STANDS, value=call.queue))


def standing(hall: Hall) -> dict[OperatorId, tuple[str, ...]]:
    """Return in which queues each operator at work is."""
    return {key: hall.fallbacks(one) for key, one in hall.operators.items() if one.state is not OperatorState.OFFLINE}


def move(hall: Hall, before: Mapping[OperatorId, tuple[str, ...]], now: datetime) -> None:
    """Let operators join and leave once what is set has changed.

    Args:
        hall: the floor's present.
        before: in which queues each was (`standing`).
        now: UTC.

    """
    moved = False
    for operator_id, were in before.items():
        operator = hall.operators[operator_id]
        are = hall.fallbacks(operator)
        if are != were:
            moved = True
            _leave(hall, operator, hall.linked(), [one for one in were if one not in are])
            join(hall, operator, hall.linked())
    if moved:
        # An Asterisk that takes new queues in after this has refused their members: once more then.
        hall.alarm(now + AGAIN, ALARM, "")


def rejoin(hall: Hall) -> None:
    """Make everybody at work a member again; who is one stays one."""
    for operator_id in standing(hall):
        join(hall, hall.operators[operator_id], hall.linked())
