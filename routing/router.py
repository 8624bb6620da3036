"""Who serves whom: callers who wait and operators who are free in, offers out (pure).

Callers stand in order of their waiting and head start. Operators are compared by how long they are idle; what speaks
against one (contacts he had today, skills to spare, a queue he likes less) counts as so many seconds less. None of this
changes while time passes, so that equals stand in lines: callers who ask for the same in a `Lane`, free operators who
can do the same in a `Crew`. A decision looks at the heads of lanes and crews, never at those behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.lines import Line
from routing.pairs import Caller, Decision, Fit, Free, Offer, Wait, fit
from routing.policy import Policy, Wanted
from routing.skills import Profile
from routing.views import OperatorId
from routing.why import AT_ONCE, KEPT, NO_MATCH, NOBODY_FREE, Choice, Why
from telephony.events import CallId, Node

KINDS = 256
"""So many empty lanes or crews may be remembered; then they are forgotten, and made again when wanted."""


@dataclass(slots=True, eq=False)
class Crew:
    """Free operators who can do the same, the one to be served to first in front."""

    nodes: frozenset[Node]
    profile: Profile
    line: Line[OperatorId] = field(default_factory=Line)


@dataclass(slots=True, eq=False)
class Lane:
    """Callers who ask for the same, the oldest in front."""

    node: Node
    wanted: Wanted
    line: Line[CallId] = field(default_factory=Line)
    fits: dict[Crew, Fit | None] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Place:
    """Where a caller stands."""

    caller: Caller
    held: str
    """Why he was not served as he came."""
    stage: int = 0
    lane: Lane | None = None
    """None while he is kept for his last operator."""

    @property
    def wanted(self) -> Wanted:
        return self.caller.ticket.stages[self.stage].wanted


@dataclass(slots=True, eq=False)
class _Seat:
    """An operator at work."""

    free: Free
    crew: Crew
    """Those who can do what he can."""
    ready: bool
    kept: Line[CallId] = field(default_factory=Line)
    """Callers who are for him alone."""


class Router:
    """Everybody who waits and everybody at work, and who is to be rung for whom.

    It is told of changes and asked to `decide`; between two decisions nobody it could serve waits for somebody free.
    Every change and every offer costs O(log n) of callers and operators, times the kinds of them that there are.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._highest = policy.highest
        self._call = timedelta(seconds=policy.weights.each_call_today)
        self._places: dict[CallId, _Place] = {}
        self._seats: dict[OperatorId, _Seat] = {}
        self._lanes: dict[tuple[Node, Wanted], Lane] = {}
        self._crews: dict[tuple[frozenset[Node], Profile], Crew] = {}
        self._standing: dict[Lane, None] = {}
        """Lanes with somebody in them."""
        self._ready: dict[Crew, None] = {}
        """Crews with somebody in them."""
        self._timers: Line[CallId] = Line()
        """When a caller asks less, or is kept no longer."""
        self._new_lanes: dict[Lane, None] = {}
        self._new_crews: dict[Crew, None] = {}
        self._new_seats: dict[OperatorId, None] = {}
        """What changed since the last decision: only there can anybody be served."""

    # --- changes ------------------------------------------------------------------------------------------------

    def wait(self, caller: Caller, now: datetime, *, held: str = "") -> None:
        """Let a caller wait; one who waits already stands as he is now.

        Args:
            caller: who.
            now: UTC.
            held: why he was not served as he came, if he came before; else it is seen now.

        """
        self.leave(caller.call_id)
        place = _Place(caller, AT_ONCE)
        self._places[caller.call_id] = place
        self._age(place, now)
        seat = self._seats.get(caller.last_operator) if caller.last_operator is not None else None
        if seat is not None and now < caller.since + caller.ticket.last_operator and self._keeps(seat, place):
            place.held = AT_ONCE if seat.ready else KEPT
            seat.kept.put(caller.call_id, caller.place)
            self._new_seats[seat.free.operator_id] = None
        else:
            lane = self._stand(place)
            if not self._ready:
                place.held = NOBODY_FREE
            elif all(self._fit(lane, crew) is None for crew in self._ready):
                place.held = NO_MATCH
        place.held = held or place.held
        self._set_timer(place)

    def leave(self, call_id: CallId) -> None:
        """Let a caller go, if he waits."""
        place = self._places.pop(call_id, None)
        if place is None:
            return
        self._timers.drop(call_id)
        if place.lane is not None:
            self._clear(place.lane, call_id)
        elif place.caller.last_operator is not None:
            self._seats[place.caller.last_operator].kept.drop(call_id)

    def ready(self, free: Free) -> None:
        """Note that an operator can be rung now, or what is new about him."""
        self._seat(free, ready=True)

    def busy(self, operator: Free) -> None:
        """Note that an operator is at work and cannot be rung now: callers may be kept for him."""
        self._seat(operator, ready=False)

    def away(self, operator_id: OperatorId) -> None:
        """Note that an operator is not to be reckoned with; nobody is kept for him any more."""
        seat = self._seats.pop(operator_id, None)
        if seat is not None:
            self._stand_down(seat)
            self._new_seats.pop(operator_id, None)
            for call_id in seat.kept:
                self._stand(self._places[call_id])

    # --- asking -------------------------------------------------------------------------------------------------

    def decide(self, now: datetime) -> list[Offer]:
        """Return who is to be rung for whom by now; the callers wait no more, the operators are busy.

        Callers are taken in the order of their places, of each the operator who suits best: the one who spoke to him
        last, else the one with the most idle seconds when what speaks against him is taken off.
        """
        self._ask_less(now)
        offers: list[Offer] = []
        while self._new_lanes or self._new_crews or self._new_seats:
            found = self._next()
            if found is None:
                self._new_lanes, self._new_crews, self._new_seats = {}, {}, {}
                break
            offers.append(self._offer(found, now))
        return offers

    def next_step(self) -> datetime | None:
        """Return when `decide` is wanted though nobody comes, goes or gets free; None for not at all."""
        first = self._timers.head()
        return first[0] if first is not None else None

    def waiting(self) -> list[Caller]:
        """Return everybody who waits, in order; looks at all of them."""
        callers = (place.caller for place in self._places.values())
        return sorted(callers, key=lambda one: (one.place, one.call_id))

    def held(self, call_id: CallId) -> str:
        """Return why a caller was not served as he came."""
        return self._places[call_id].held

    # --- callers ------------------------------------------------------------------------------------------------

    def _stand(self, place: _Place) -> Lane:
        """Let a caller join the lane of what he asks for now."""
        key = (place.caller.node, place.wanted)
        lane = self._lanes.get(key)
        if lane is None:
            if len(self._lanes) >= 2 * len(self._standing) + KINDS:
                self._lanes = {one: old for one, old in self._lanes.items() if old in self._standing}
            lane = self._lanes[key] = Lane(*key)
        place.lane = lane
        lane.line.put(place.caller.call_id, place.caller.place)
        self._standing[lane] = self._new_lanes[lane] = None
        return lane

    def _clear(self, lane: Lane, call_id: CallId) -> None:
        lane.line.drop(call_id)
        if not lane.line:
            self._standing.pop(lane, None)
            self._new_lanes.pop(lane, None)

    def _age(self, place: _Place, now: datetime) -> None:
        """Let a caller ask for what he asks for by now."""
        stages, waited = place.caller.ticket.stages, now - place.caller.since
        while place.stage + 1 < len(stages) and stages[place.stage + 1].after <= waited:
            place.stage += 1

    def _ask_less(self, now: datetime) -> None:
        """Let those whose time has come stand where more operators can serve them."""
        while (first := self._timers.head()) is not None and first[0] <= now:
            place = self._places[first[1]]
            before = place.wanted
            self._age(place, now)
            if place.lane is None:
                if place.caller.since + place.caller.ticket.last_operator <= now:
                    self._let_go(place)
            elif place.wanted != before:
                self._clear(place.lane, place.caller.call_id)
                self._stand(place)
            self._set_timer(place)

    def _set_timer(self, place: _Place) -> None:
        caller, times = place.caller, []
        if place.stage + 1 < len(caller.ticket.stages):
            times.append(caller.since + caller.ticket.stages[place.stage + 1].after)
        if place.lane is None:
            times.append(caller.since + caller.ticket.last_operator)
        self._timers.drop(caller.call_id)
        if times:
            self._timers.put(caller.call_id, min(times))

    def _keeps(self, seat: _Seat, place: _Place) -> bool:
        at_hand = place.caller.node in seat.free.nodes
        return at_hand and fit(seat.crew.profile, place.wanted, self.policy) is not None

    def _let_go(self, place: _Place) -> None:
        """A caller was kept for his last operator long enough."""
        seat = self._seats[place.caller.last_operator]  # type: ignore[index]  # he was kept for one
        seat.kept.drop(place.caller.call_id)
        self._stand(place)

    # --- operators ----------------------------------------------------------------------------------------------

    def _seat(self, free: Free, *, ready: bool) -> None:
        seat = self._seats.get(free.operator_id)
        if seat is not None and seat.ready is ready and seat.free == free:
            return
        crew = self._crew(free)
        if seat is None:
            seat = self._seats[free.operator_id] = _Seat(free, crew, ready)
        else:
            self._stand_down(seat)
            seat.free, seat.crew, seat.ready = free, crew, ready
            for call_id in seat.kept:
                if not self._keeps(seat, self._places[call_id]):
                    self._let_go(self._places[call_id])
        if ready:
            crew.line.put(free.operator_id, free.since + free.calls * self._call)
            self._ready[crew] = self._new_crews[crew] = None
            self._new_seats[free.operator_id] = None

    def _crew(self, free: Free) -> Crew:
        """Return those who can do the same, of what anybody asks for."""
        key = (free.nodes, free.profile.asked(self._highest))
        crew = self._crews.get(key)
        if crew is None:
            if len(self._crews) >= 2 * len(self._ready) + KINDS:
                self._crews = {one: old for one, old in self._crews.items() if old in self._ready}
                for lane in self._lanes.values():
                    lane.fits.clear()
            crew = self._crews[key] = Crew(*key)
        return crew

    def _stand_down(self, seat: _Seat) -> None:
        seat.ready = False
        seat.crew.line.drop(seat.free.operator_id)
        if not seat.crew.line:
            self._ready.pop(seat.crew, None)
            self._new_crews.pop(seat.crew, None)

    # --- matching -----------------------------------------------------------------------------------------------

    def _fit(self, lane: Lane, crew: Crew) -> Fit | None:
        if crew not in lane.fits:
            here = lane.node in crew.nodes
            lane.fits[crew] = fit(crew.profile, lane.wanted, self.policy) if here else None
        return lane.fits[crew]

    def _next(self) -> _Place | None:
        """Return who of all who can be served stands first."""
        best: tuple[datetime, CallId] | None = None
        for lane in self._standing if self._new_crews else self._new_lanes:
            crews: Iterable[Crew] = self._ready if lane in self._new_lanes else self._new_crews
            found = self._front(lane, crews)
            if found is not None and (best is None or found < best):
                best = found
        for operator_id in self._new_seats:
            seat = self._seats[operator_id]
            first = seat.kept.head() if seat.ready else None
            if first is not None and (best is None or first < best):
                best = first
        return self._places[best[1]] if best is not None else None

    def _front(self, lane: Lane, crews: Iterable[Crew]) -> tuple[datetime, CallId] | None:
        """Return the place of a lane's first before those crews, None when none of them can serve him."""
        fits = [found.preference for crew in crews if (found := self._fit(lane, crew)) is not None]
        first = lane.line.head() if fits else None
        return None if first is None else (first[0] + min(fits), first[1])

    def _offer(self, place: _Place, now: datetime) -> Offer:
        operator_id, choice = self._choose(place)
        caller = place.caller
        why = Why(
            rules=caller.ticket.rules,
            choice=choice,
            held=place.held,
            waited=int((now - caller.since).total_seconds()),
            needs=place.wanted.needs,
            relaxed=place.stage,
        )
        self.leave(caller.call_id)
        self._stand_down(self._seats[operator_id])
        return Offer(caller.call_id, operator_id, why)

    def _choose(self, place: _Place) -> tuple[OperatorId, Choice]:
        """Return the operator who suits best, and what spoke for him."""
        last = place.caller.last_operator
        seat = self._seats.get(last) if last is not None else None
        lane = place.lane
        if seat is not None and seat.ready and (lane is None or self._fit(lane, seat.crew) is not None):
            return seat.free.operator_id, Choice.LAST_OPERATOR
        assert lane is not None  # noqa: S101 - who is kept for somebody was served above
        best: tuple[datetime, OperatorId] | None = None
        idlest: tuple[datetime, OperatorId] | None = None
        able = 0
        for crew in self._ready:
            found = self._fit(lane, crew)
            first = crew.line.head() if found is not None else None
            if found is None or first is None:
                continue
            able += len(crew.line)
            worth = (first[0] + found.cost, first[1])
            best = worth if best is None or worth < best else best
            idlest = first if idlest is None or first < idlest else idlest
        assert best is not None and idlest is not None  # noqa: S101, PT018 - somebody can serve him, or he were not asked for
        return best[1], self._said(best[1], idlest[1], able)

    def _said(self, chosen: OperatorId, idlest: OperatorId, able: int) -> Choice:
        if able == 1:
            return Choice.ONLY_ONE
        if chosen != idlest:
            return Choice.BEST_FIT
        return Choice.LEAST_LOADED if self._call else Choice.LONGEST_IDLE


def decide(waiting: Sequence[Caller], free: Sequence[Free], policy: Policy, now: datetime) -> list[Decision]:
    """Decide a whole situation at once.

    Args:
        waiting: each caller once.
        free: operators who are ready, each once.
        policy: how to route.
        now: UTC.

    Returns:
        An Offer for everybody who can be served, and one Wait for the first who cannot.

    """
    router = Router(policy)
    for operator in free:
        router.ready(operator)
    for caller in waiting:
        router.wait(caller, now)
    decisions: list[Decision] = [*router.decide(now)]
    left = router.waiting()
    if left:
        held = router.held(left[0].call_id)
        decisions.append(Wait(left[0].call_id, NOBODY_FREE if held == AT_ONCE else held))
    return decisions
