"""What screens were told already, and the news that brings them up to date (pure).

Whoever changes something in the hall names it here; `drain` compares only what was named with what was told last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from routing.calls import AT_DESK, Call
from routing.effects import Effect, Tell
from routing.figures import Figures
from routing.news import CallChanged, CallGone, OperatorChanged, QueueChanged
from routing.operator import Operator
from routing.views import CallView, FloorView, HelpView, OperatorId, OperatorView, QueueView
from routing.watching import Watch
from telephony.events import CallId, Node


@dataclass(slots=True)
class Queue:
    """One queue: its figures and who stands in it."""

    figures: Figures
    standing: list[tuple[datetime, CallId]] = field(default_factory=list)

    def view(self, name: str) -> QueueView:
        """Return what screens show of it."""
        figures = self.figures
        return QueueView(
            queue=name,
            waiting=len(self.standing),
            longest_since=self.standing[0][0] if self.standing else None,
            offered=figures.offered,
            answered=figures.answered,
            answered_in_threshold=figures.answered_in_threshold,
            abandoned=figures.abandoned,
            abandoned_short=figures.abandoned_short,
            kept=figures.kept,
        )


class Telling:
    """Between the hall, whose collections it looks at, and the screens.

    Args:
        calls: all calls.
        operators: all operators.
        beside: what desks have of calls that are elsewhere.
        queues: all queues.

    """

    def __init__(
        self,
        calls: Mapping[CallId, Call],
        operators: Mapping[OperatorId, Operator],
        beside: Mapping[OperatorId, Call],
        queues: Mapping[str, Queue],
    ) -> None:
        self.out: list[Effect] = []
        """Effects in their order, to be followed by the news of what changed."""
        self._calls, self._operators, self._beside, self._queues = calls, operators, beside, queues
        self._told_calls: dict[CallId, CallView] = {}
        self._told_beside: dict[OperatorId, CallView] = {}
        self._told_operators: dict[OperatorId, OperatorView] = {}
        self._told_queues: dict[str, QueueView] = {}
        self._dirty_calls: dict[CallId, str] = {}
        self._dirty_beside: dict[OperatorId, None] = {}
        self._dirty_operators: dict[OperatorId, None] = {}
        self._dirty_queues: dict[str, None] = {}

    # --- what changed -------------------------------------------------------------------------------------------

    def call(self, call_id: CallId, gone: str = "") -> None:
        """Say that a call changed; `gone` says why it left a desk, if it did."""
        self._dirty_calls[call_id] = gone or self._dirty_calls.get(call_id, "")

    def operator(self, operator_id: OperatorId) -> None:
        """Say that an operator changed."""
        self._dirty_operators[operator_id] = None

    def at_beside(self, operator_id: OperatorId) -> None:
        """Say that a desk has another part of a call that is elsewhere."""
        self._dirty_beside[operator_id] = None

    def queue(self, name: str) -> None:
        """Say that a queue's figures may have changed."""
        self._dirty_queues[name] = None

    def changed_operators(self) -> list[OperatorId]:
        """Return the operators who may have changed since screens were told last."""
        return list(self._dirty_operators)

    # --- what is shown ------------------------------------------------------------------------------------------

    def queue_views(self) -> tuple[QueueView, ...]:
        """Return all queues, by name."""
        return tuple(self._queues[name].view(name) for name in sorted(self._queues))

    def floor(self, nodes: Mapping[Node, bool], helps: tuple[HelpView, ...], watch: Watch) -> FloorView:
        """Return everything as it is."""
        operators = [one.view for one in self._operators.values()]
        return self._floor(operators, [one.view for one in self._calls.values()], nodes, helps, watch)

    def told_floor(self, nodes: Mapping[Node, bool], helps: tuple[HelpView, ...], watch: Watch) -> FloorView:
        """Return everything as it was told last."""
        return self._floor(self._told_operators.values(), self._told_calls.values(), nodes, helps, watch)

    def _floor(
        self,
        operators: Iterable[OperatorView],
        calls: Iterable[CallView],
        nodes: Mapping[Node, bool],
        helps: tuple[HelpView, ...],
        watch: Watch,
    ) -> FloorView:
        return FloorView(
            operators=tuple(sorted(operators, key=lambda one: one.operator_id)),
            calls=tuple(sorted(calls, key=lambda one: (one.arrived_at, one.call_id))),
            queues=self.queue_views(),
            nodes={str(node): up for node, up in nodes.items()},
            helps=helps,
            alerts=watch.views(),
            trunks=watch.trunks(),
        )

    # --- telling ------------------------------------------------------------------------------------------------

    def drain(self) -> list[Effect]:
        """Return orders and facts in their order, then the news that brings every screen up to date."""
        out, self.out = self.out, []
        for operator_id in self._dirty_operators:
            out.extend(self._operator_news(operator_id))
        for call_id, reason in self._dirty_calls.items():
            out.extend(self._call_news(call_id, reason))
        for operator_id in self._dirty_beside:
            out.extend(self._beside_news(operator_id))
        for name in self._dirty_queues:
            out.extend(self._queue_news(name))
        self._dirty_operators, self._dirty_calls, self._dirty_queues, self._dirty_beside = {}, {}, {}, {}
        return out

    def _operator_news(self, operator_id: OperatorId) -> Iterable[Effect]:
        view = self._operators[operator_id].view
        if self._told_operators.get(operator_id) != view:
            self._told_operators[operator_id] = view
            yield Tell(OperatorChanged(operator=view), (operator_id,))

    def _call_news(self, call_id: CallId, reason: str) -> Iterable[Effect]:
        told, call = self._told_calls.get(call_id), self._calls.get(call_id)
        view = call.view if call is not None else None
        if told == view:
            return
        was_at = _desk_of(told)
        if told is not None and (view is None or (was_at is not None and was_at != _desk_of(view))):
            # Who keeps a part of it is told of that, and his screen is not emptied in between.
            part = self._beside.get(was_at) if was_at is not None else None
            keeps = part is not None and part.call_id == call_id
            if not keeps or view is None:
                desks = () if was_at is None or keeps else (was_at,)
                yield Tell(CallGone(call_id=call_id, reason=reason or "moved"), desks)
        if view is None:
            self._told_calls.pop(call_id, None)
            return
        self._told_calls[call_id] = view
        desk = _desk_of(view)
        yield Tell(CallChanged(call=view), () if desk is None else (desk,))

    def _beside_news(self, operator_id: OperatorId) -> Iterable[Effect]:
        told, call = self._told_beside.get(operator_id), self._beside.get(operator_id)
        view = call.view if call is not None else None
        if told == view:
            return
        if view is not None:
            self._told_beside[operator_id] = view
            yield Tell(CallChanged(call=view, beside=True), (operator_id,))
            return
        del self._told_beside[operator_id]
        there = self._calls.get(CallId(told.call_id)) if told is not None else None
        if told is not None and (there is None or there.desk != operator_id):
            yield Tell(CallGone(call_id=told.call_id, reason="closed", beside=True), (operator_id,))

    def _queue_news(self, name: str) -> Iterable[Effect]:
        view = self._queues[name].view(name)
        if self._told_queues.get(name) != view:
            self._told_queues[name] = view
            yield Tell(QueueChanged(queue=view), everyone=True)


def _desk_of(view: CallView | None) -> OperatorId | None:
    return view.operator_id if view is not None and view.phase in AT_DESK else None
