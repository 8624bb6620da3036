"""A proposal of shifts: who works when, so that as few half hours as can be are short, never against a rule (pure).

First the shift that helps most is given, again and again, to whoever may take it and works least; then each shift is
tried at every other place of its owner's, and moved where that helps. The same input gives the same proposal. What
stays short is told with the reason why nobody else comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from crm_core.workforce.forecast import INTERVALS
from crm_core.workforce.rest import WEEK, Breach, RestRules, broken
from crm_core.workforce.shifts import Pattern, Shift, planned, share

OVER = 0.2
"""Cost of one operator too many for half an hour, where one too few costs 1, two cost 4."""
PASSES = 2
WORTH = 0.05
"""A move that saves less is left undone: people like to keep their days."""
TRIED = 12
"""Better places that are looked at for one shift."""
Slot = tuple[date, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can be given shifts."""

    operator_id: int
    leave: frozenset[date] = frozenset()
    patterns: frozenset[str] = frozenset()
    """Codes he works by; empty: by all."""
    known: tuple[Shift, ...] = ()
    """Shifts that stand already, in the time or around it: they are kept, and rest is owed to them too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A day that stays short."""

    day: date
    half_hours: float
    """Operators times half hours that are short."""
    because: tuple[tuple[Breach | None, int], ...]
    """Why people do not come who are not planned on it, and how many; None: it would make more idle than it helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is proposed."""

    shifts: tuple[Shift, ...]
    """New ones alone."""
    short_before: float
    short_after: float
    """Operators times half hours, over the whole time."""
    moved: int
    """Shifts that found a better place on second thought."""
    lacks: tuple[Lack, ...]


def propose(
    need: Mapping[date, Sequence[float]], people: Sequence[Person], patterns: Sequence[Pattern], rules: RestRules
) -> Proposal:
    """Propose shifts.

    Args:
        need: operators in each half hour of every day to be planned.
        people: who can be given shifts.
        patterns: kinds of shifts.
        rules: what is owed to everybody.

    """
    table = _Table(need, people, patterns, rules)
    before = table.short()
    table.fill()
    moved = sum(table.improve() for _ in range(PASSES))
    new = tuple(sorted(table.new, key=lambda one: (one.day, one.begins, one.operator_id)))
    return Proposal(shifts=new, short_before=before, short_after=table.short(), moved=moved, lacks=tuple(table.lacks()))


@dataclass(slots=True)
class _Place:
    """One pattern on one day."""

    day: date
    pattern: Pattern
    there: dict[Slot, float] = field(default_factory=dict)


class _Table:
    """The plan while it is made."""

    def __init__(
        self,
        need: Mapping[date, Sequence[float]],
        people: Sequence[Person],
        patterns: Sequence[Pattern],
        rules: RestRules,
    ) -> None:
        self.need = {(day, number): float(one) for day, row in need.items() for number, one in enumerate(row)}
        self.days, self.rules = sorted(need), rules
        self.people = {one.operator_id: one for one in sorted(people, key=lambda one: one.operator_id)}
        self.places = [
            _Place(day, one, share(one.shift(0, day))) for day in self.days for one in patterns if one.on(day)
        ]
        self.mine: dict[int, list[Shift]] = {key: list(one.known) for key, one in self.people.items()}
        self.new: list[Shift] = []
        self.there = dict.fromkeys(self.need, 0.0)
        known = planned((one for person in people for one in person.known), self.days)
        for day, row in known.items():
            for number, one in enumerate(row):
                self.there[day, number] = one
        # Whoever comes or goes changes what is gained on his day and on its neighbours, and nowhere else.
        self.gains = [self.gain(place.there) for place in self.places]

    def short(self) -> float:
        """Operators times half hours that are short."""
        return sum(max(0.0, need - self.there[slot]) for slot, need in self.need.items())

    def gain(self, there: Mapping[Slot, float], sign: float = 1.0) -> float:
        """Return how much cost goes when somebody comes, or with -1 leaves."""
        found = 0.0
        for slot, part in there.items():
            if slot in self.need:
                lack = self.need[slot] - self.there[slot]
                found += _cost(lack) - _cost(lack - sign * part)
        return found

    def put(self, shift: Shift, sign: float = 1.0) -> None:
        """Add a shift, or with -1 take it away."""
        if sign > 0:
            self.mine[shift.operator_id].append(shift)
            self.new.append(shift)
        else:
            self.mine[shift.operator_id].remove(shift)
            self.new.remove(shift)
        for slot, part in share(shift).items():
            if slot in self.there:
                self.there[slot] += sign * part
        for number, place in enumerate(self.places):
            if abs((place.day - shift.day).days) <= 1:
                self.gains[number] = self.gain(place.there)

    def fits(self, shift: Shift) -> bool:
        """Whether a person may work a shift besides what he has."""
        # What refuses most is asked first, and is cheap.
        mine = self.mine[shift.operator_id]
        if shift.day in self.people[shift.operator_id].leave or any(one.day == shift.day for one in mine):
            return False
        monday = shift.day - timedelta(days=shift.day.weekday())
        week = sum(one.paid for one in mine if monday <= one.day < monday + WEEK)
        return week + shift.paid <= self.rules.week_hours * 60 and not self.breaches(shift)

    def breaches(self, shift: Shift) -> list[Breach]:
        """Return what a shift would newly break; what known shifts break already is not its fault."""
        person = self.people[shift.operator_id]
        mine = self.mine[shift.operator_id]
        old = {(one.breach, one.day) for one in broken(mine, self.rules, person.leave)}
        now = broken([*mine, shift], self.rules, person.leave)
        return [one.breach for one in now if (one.breach, one.day) not in old]

    def fill(self) -> None:
        """Give shifts while one helps and somebody may take it."""
        left = set(range(len(self.places)))
        while left:
            number = max(left, key=lambda one: (self.gains[one], -one))
            if self.gains[number] <= WORTH:
                return
            place = self.places[number]
            taker = self.taker(place)
            if taker is None:
                # Whoever may not take it now may not later: shifts are only added here.
                left.remove(number)
            else:
                self.put(place.pattern.shift(taker, place.day))

    def taker(self, place: _Place) -> int | None:
        """Return who takes a shift: who works least that week, then in all, and the day before by the same pattern."""
        monday = place.day - timedelta(days=place.day.weekday())

        def order(key: int) -> tuple[int, int, bool, int]:
            mine = self.mine[key]
            week = sum(one.paid for one in mine if monday <= one.day < monday + WEEK)
            other = not any(
                one.day == place.day - timedelta(days=1) and one.pattern == place.pattern.code for one in mine
            )
            return week, sum(one.paid for one in mine), other, key

        for key in sorted((key for key in self.people if self.works(key, place.pattern.code)), key=order):
            if self.fits(place.pattern.shift(key, place.day)):
                return key
        return None

    def works(self, key: int, code: str) -> bool:
        """Whether a person works by a pattern at all."""
        return not self.people[key].patterns or code in self.people[key].patterns

    def improve(self) -> int:
        """Try each new shift at every other place of its owner's; return how many moved."""
        moved = 0
        for shift in sorted(self.new, key=lambda one: (one.day, one.operator_id)):
            self.put(shift, -1.0)
            kept = self.gain(share(shift))
            better = [
                (gain, -number)
                for number, place in enumerate(self.places)
                if self.works(shift.operator_id, place.pattern.code)
                and (gain := self.gains[number]) > max(kept, 0.0) + WORTH
            ]
            places = (self.places[-number] for _, number in sorted(better, reverse=True)[:TRIED])
            wanted = (place.pattern.shift(shift.operator_id, place.day) for place in places)
            found = next((one for one in wanted if self.fits(one)), None)
            if found is not None:
                moved += 1
                self.put(found)
            elif kept > 0.0:
                self.put(shift)
        return moved

    def lacks(self) -> Iterable[Lack]:
        """Tell of each day that stays short why nobody else comes."""
        for day in self.days:
            slots = [(day, number) for number in range(INTERVALS)]
            lack = sum(max(0.0, self.need[slot] - self.there[slot]) for slot in slots)
            if lack >= 1.0:
                yield Lack(day=day, half_hours=round(lack, 2), because=tuple(self.reasons(day)))

    def reasons(self, day: date) -> list[tuple[Breach | None, int]]:
        """Count why those who do not work on a day do not."""
        best = max((one for one in self.places if one.day == day), key=lambda one: self.gain(one.there), default=None)
        if best is None:
            return []
        idle = [key for key, mine in self.mine.items() if all(one.day != day for one in mine)]
        found: Counter[Breach | None] = Counter()
        for key in idle:
            if self.works(key, best.pattern.code):
                found[next(iter(self.breaches(best.pattern.shift(key, day))), None)] += 1
        return sorted(found.items(), key=lambda one: (-one[1], one[0] or ""))


def _cost(lack: float) -> float:
    return lack * lack if lack > 0 else -OVER * lack
