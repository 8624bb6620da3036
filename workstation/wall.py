"""Wallboards: queues, operators by their telephones, nodes and alerts; nobody's name, number or call (shell)."""

from __future__ import annotations

from routing.news import (
    AlertGone,
    AlertRaised,
    Envelope,
    News,
    NodeChanged,
    OperatorChanged,
    QueueChanged,
    TrunkChanged,
)
from routing.views import FloorView, OperatorView
from workstation.gallery import Gallery

SEEN = OperatorChanged | QueueChanged | NodeChanged | AlertRaised | AlertGone | TrunkChanged


class Wall(Gallery):
    """Every wallboard; what is there may be read by whoever walks past (DESK.md B4)."""

    def sees(self, envelope: Envelope) -> bool:
        """Whether a wall hears this: no call, no help, nobody's words."""
        return isinstance(envelope.news, SEEN)

    def shown(self, news: News) -> News:
        """Return news without what is personal."""
        return OperatorChanged(operator=_nameless(news.operator)) if isinstance(news, OperatorChanged) else news

    def whole(self, floor: FloorView) -> FloorView:
        """Return the floor without what is personal."""
        return FloorView(
            operators=tuple(_nameless(one) for one in floor.operators), calls=(), queues=floor.queues,
            nodes=floor.nodes, alerts=floor.alerts, trunks=floor.trunks,
        )  # fmt: skip


def _nameless(one: OperatorView) -> OperatorView:
    return one.model_copy(update={"name": "", "call_id": None, "reason": ""})
