"""The router as one would write it who need not hurry: it looks at everybody, each time.

What `Router` decides is what this decides: the property tests hold the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.pairs import Caller, Fit, Free, fit
from routing.policy import Policy, Wanted
from routing.views import OperatorId
from telephony.events import CallId


@dataclass
class Waiting:
    caller: Caller
    kept: bool = False


@dataclass
class Worker:
    free: Free
    ready: bool


class Reference:
    """Two plain lists."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.callers: dict[CallId, Waiting] = {}
        self.workers: dict[OperatorId, Worker] = {}

    def wait(self, caller: Caller, now: datetime) -> None:
        one = self.callers[caller.call_id] = Waiting(caller)
        worker = self.workers.get(caller.last_operator) if caller.last_operator is not None else None
        one.kept = worker is not None and not self._over(one, now) and self._fit(one, worker, now) is not None

    def leave(self, call_id: CallId) -> None:
        self.callers.pop(call_id, None)

    def ready(self, free: Free, now: datetime) -> None:
        self._worker(free, now, ready=True)

    def busy(self, free: Free, now: datetime) -> None:
        self._worker(free, now, ready=False)

    def away(self, operator_id: OperatorId) -> None:
        self.workers.pop(operator_id, None)
        for one in self.callers.values():
            if one.caller.last_operator == operator_id:
                one.kept = False

    def decide(self, now: datetime) -> list[tuple[CallId, OperatorId]]:
        offers = []
        for one in self.callers.values():
            one.kept = one.kept and not self._over(one, now)
        while (
            first := min(filter(None, (self._place(one, now) for one in self.callers.values())), default=None)
        ) is not None:
            one = self.callers.pop(first[1])
            operator_id = self._best(one, now)
            self.workers[operator_id].ready = False
            offers.append((one.caller.call_id, operator_id))
        return offers

    def wanted(self, caller: Caller, now: datetime) -> Wanted:
        stages = [stage for stage in caller.ticket.stages if caller.since + stage.after <= now]
        return (stages or caller.ticket.stages)[-1 if stages else 0].wanted

    def _worker(self, free: Free, now: datetime, *, ready: bool) -> None:
        worker = self.workers[free.operator_id] = Worker(free, ready)
        for one in self.callers.values():
            if one.kept and one.caller.last_operator == free.operator_id and self._fit(one, worker, now) is None:
                one.kept = False

    def _over(self, one: Waiting, now: datetime) -> bool:
        return now >= one.caller.since + one.caller.ticket.last_operator

    def _fit(self, one: Waiting, worker: Worker, now: datetime) -> Fit | None:
        if one.caller.node not in worker.free.nodes:
            return None
        profile = worker.free.profile.asked(self.policy.highest)
        return fit(profile, self.wanted(one.caller, now), self.policy)

    def _able(self, one: Waiting, now: datetime) -> list[tuple[Free, Fit]]:
        found = []
        for worker in self.workers.values():
            suits = self._fit(one, worker, now)
            mine = not one.kept or worker.free.operator_id == one.caller.last_operator
            if worker.ready and mine and suits is not None:
                found.append((worker.free, suits))
        return found

    def _place(self, one: Waiting, now: datetime) -> tuple[datetime, CallId] | None:
        able = self._able(one, now)
        if not able:
            return None
        preference = timedelta() if one.kept else min(suits.preference for _, suits in able)
        return one.caller.place + preference, one.caller.call_id

    def _best(self, one: Waiting, now: datetime) -> OperatorId:
        able = self._able(one, now)
        if one.caller.last_operator in {free.operator_id for free, _ in able}:
            assert one.caller.last_operator is not None
            return one.caller.last_operator
        call = timedelta(seconds=self.policy.weights.each_call_today)
        return min((free.since + free.calls * call + suits.cost, free.operator_id) for free, suits in able)[1]
