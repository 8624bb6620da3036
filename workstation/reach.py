"""Whom a supervisor leads: his own teams, and the queues that they serve (shell: asks the base; the rest is pure).

Who is in no team is everybody's, so that nobody new is without a supervisor, and a house without teams is one team. Who
watches the floor without leading anybody (who runs the system) sees all of it, masked, and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import access
from crm_core.access import Action
from crm_core.store import teams
from routing.alerts import Kind
from routing.news import AlertRaised, CallChanged, HelpChanged, News, OperatorChanged, QueueChanged
from routing.skills import profile
from routing.views import CallView, FloorView
from workstation.access import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What of the floor is one supervisor's."""

    others: frozenset[int] = frozenset()
    """Operators who are in teams of others only."""
    queues: frozenset[str] | None = None
    """None: all."""

    def leads(self, operator_id: int | None) -> bool:
        """Whether an operator is in a team of his, or in none."""
        return operator_id not in self.others

    def serves(self, queue: str) -> bool:
        """Whether people of his serve a queue."""
        return self.queues is None or queue in self.queues

    def sees(self, call: CallView) -> bool:
        """Whether a call is at one of his people's desks, or came to a queue of his and is at nobody's."""
        if call.operator_id is not None:
            return self.leads(call.operator_id)
        return self.serves(call.queue)

    def minds(self, kind: str, subject: str) -> bool:
        """Whether an alert is of his people or queues; one of the whole line is everybody's."""
        if kind == Kind.WRAP_UP:
            return self.leads(int(subject))
        return kind in {Kind.NODE, Kind.TRUNK, Kind.RECORDING, Kind.IMPORT} or self.serves(subject)

    def hears(self, news: News) -> bool:
        """Whether news is for him; what names nobody and no queue is for all."""
        match news:
            case OperatorChanged(operator=one):
                return self.leads(one.operator_id)
            case CallChanged(call=call):
                return self.sees(call)
            case QueueChanged(queue=queue):
                return self.serves(queue.queue)
            case AlertRaised(alert=alert):
                return self.minds(alert.kind, alert.subject)
            case HelpChanged(help=one):
                return self.leads(one.operator_id)
            case _:
                return True

    def of(self, floor: FloorView) -> FloorView:
        """Return as much of the floor as is his."""
        if self == EVERYTHING:
            return floor
        return floor.model_copy(
            update={
                "operators": tuple(one for one in floor.operators if self.leads(one.operator_id)),
                "calls": tuple(one for one in floor.calls if self.sees(one)),
                "queues": tuple(one for one in floor.queues if self.serves(one.queue)),
                "alerts": tuple(one for one in floor.alerts if self.minds(one.kind, one.subject)),
                "helps": tuple(one for one in floor.helps if self.leads(one.operator_id)),
            }
        )


EVERYTHING = Reach()


async def reach(db: AsyncConnection, who: Person) -> Reach:
    """Return whom somebody leads at this moment."""
    if not access.may(who.role, Action.LEAD):
        return EVERYTHING
    people = await teams.led_by(db, who.user_id)
    others = frozenset(one.user_id for one in people if not one.led)
    if not others:
        return EVERYTHING
    served: set[str] = set()
    for one in people:
        mine = profile(one.skills).queues
        if one.led and not mine:
            return Reach(others=others)
        served |= {queue for queue, _ in mine} if one.led else set()
    return Reach(others=others, queues=frozenset(served))
