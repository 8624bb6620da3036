"""One turn of the dialler: whom to call now, through which trunk, and who is put off (pure).

There is no other way to a call that goes out to a debtor: whatever the mode, a person's hand included, it comes from
here with a yes of the gate that is as old as the transaction in which the attempt is written. docs/dialler.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from crm_core.recordings import OUTWARD, Notice, Rule, notice, rule_for
from crm_core.store.outbound_due import DebtorFacts, DueDebtor
from outbound import gate, ledger
from outbound.caps import DAY, Cap, Caps, Sent, judge
from outbound.facts import debtor
from outbound.gate import Campaigning, House, Wanted
from outbound.law.profile import Profile
from outbound.pace import Lot, Placing
from outbound.retry import Rules
from outbound.room import Lines, Way
from outbound.terms import Allowed, Blocked, Contacted, Klass, Mode, Reason
from routing.dials import UNANSWERED, Going, Progress
from routing.outlook import Outlook, Seat
from routing.views import OperatorId, OperatorState

SOON: Final = timedelta(minutes=1)
"""What the house itself stands in the way of is asked again so much later."""
OURS: Final = frozenset({Reason.BUSY_NOW, Reason.CAPS, Reason.CALLER_ID, Reason.CAMPAIGN})
"""Reasons that say nothing of the debtor: he stays on the list."""
STAFFED: Final = frozenset({Mode.MANUAL, Mode.PREVIEW, Mode.PROGRESSIVE, Mode.PREDICTIVE})
OUT: Final = UNANSWERED | {Progress.ANSWERED, Progress.REACHED}
"""Calls that want an operator, or may."""
PACED: Final = frozenset({Mode.PROGRESSIVE, Mode.PREDICTIVE})
NOTICES: Final = 5
"""Calls of a voice notice that are placed in one turn at most; the lines are the bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A campaign that runs, as the dialler goes by it."""

    campaign_id: int
    name: str
    mode: Mode
    priority: int
    profile: Profile
    campaigning: Campaigning
    skills: tuple[str, ...] = ()
    lines: int = 0
    caller_id: str = ""
    language: str = ""
    cap: float = 0.03
    grace: timedelta = timedelta(seconds=2)
    ring: timedelta = timedelta(seconds=25)
    read: timedelta = timedelta(seconds=30)
    detect: bool = False
    retries: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Call this debtor: the gate said yes."""

    campaign: Running | None
    """None: by hand, of no campaign."""
    row_id: int | None
    debtor: DebtorFacts
    number: str
    way: Way
    shown: str
    policy: str
    until: datetime | None
    operator_id: OperatorId | None = None
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Put this row off: the gate said no."""

    row_id: int
    klass: Klass
    reasons: tuple[Reason, ...]
    next_at: datetime | None
    policy: str


Wish = Call | Later


# --- what is recorded ---------------------------------------------------------------------------------------------


def tells(rules: Iterable[Rule], one: Running, leg: str) -> bool:
    """Whether who answers a call is to be told that it is recorded, or asked.

    A rule names a campaign by its number. The last word is the voice's, which knows what he agreed to
    (`ivr.announcing`).
    """
    rule = rule_for(rules, queue="", campaign=str(one.campaign_id or ""), direction=OUTWARD)
    return one.mode is not Mode.NOTICE and notice(rule, leg, None) is not Notice.NOTHING


# --- who works for what -----------------------------------------------------------------------------------------


def staff(seats: Iterable[Seat], running: Sequence[Running]) -> dict[OperatorId, frozenset[int]]:
    """Return which campaigns each operator at work serves: those whose skills he has all of."""
    needs = [(one.campaign_id, frozenset((skill, 1) for skill in one.skills)) for one in running if one.mode in STAFFED]
    served = {seat.operator_id: frozenset(key for key, skills in needs if seat.profile.can(skills)) for seat in seats}
    return {who: campaigns for who, campaigns in served.items() if campaigns}


def lot(  # noqa: PLR0913, PLR0917 - who is there, and what is promised of them
    one: Running, floor: Outlook, serves: Mapping[OperatorId, frozenset[int]], promised: int, lines: int, now: datetime
) -> Lot:
    """Return what the pacing goes by: operators of the campaign, less those whom others are ahead of.

    Args:
        one: the campaign.
        floor: at this moment.
        serves: as `staff` returns it.
        promised: operators whom callers who wait, and campaigns that come first, will take.
        lines: that may still be taken.
        now: UTC.

    """
    seats = [seat for seat in floor.seats if one.campaign_id in serves.get(seat.operator_id, frozenset())]
    mine = [going for going in floor.going if going.dial.campaign_id == one.campaign_id]
    idle = sum(seat.state is OperatorState.READY and seat.stays and seat.stands is not None for seat in seats)
    return Lot(
        campaign_id=one.campaign_id,
        mode=one.mode,
        cap=min(one.cap, float(one.profile.abandonment.cap)),
        days=max(1, one.profile.abandonment.window.days),
        left=_left(one, now),
        idle=max(0, idle - promised),
        talking=_ages(seats, OperatorState.TALKING, now),
        wrapping=_ages(seats, OperatorState.WRAP_UP, now),
        ringing=tuple(_since(going, now) for going in mine if going.stage in UNANSWERED),
        waiting=sum(going.stage in {Progress.ANSWERED, Progress.REACHED} for going in mine),
        lines=lines,
    )


def readers(one: Running, floor: Outlook, serves: Mapping[OperatorId, frozenset[int]], promised: int) -> list[Seat]:
    """Return who of a preview campaign gets a card now, who has been free longest first."""
    free = [
        seat
        for seat in floor.seats
        if one.campaign_id in serves.get(seat.operator_id, frozenset())
        and seat.state is OperatorState.READY
        and seat.stays
        and seat.stands in floor.nodes
    ]
    return sorted(free, key=lambda seat: (seat.since, seat.operator_id))[: max(0, len(free) - promised)]


def _left(one: Running, now: datetime) -> float | None:
    """Return for how many seconds the campaign still calls today; None where no day is bound, or a window has many."""
    hours = one.campaigning.schedule
    if hours is None or one.profile.abandonment.window.days > 1:
        return None
    ends = one.campaigning.ends_at or datetime.max.replace(tzinfo=UTC)
    spans = hours.spans(hours.local(now))
    return sum(max(0.0, (min(closes, ends) - max(opens, now)).total_seconds()) for opens, closes in spans)


def notices(lot: Lot) -> Placing:
    """Return how many calls a voice notice places: nobody waits for an operator, so only lines bound it."""
    return Placing(calls=min(lot.lines, NOTICES), why={"code": "notice", "lines": lot.lines})


def _ages(seats: Iterable[Seat], state: OperatorState, now: datetime) -> tuple[float, ...]:
    return tuple((now - seat.since).total_seconds() for seat in seats if seat.state is state and seat.stays)


def _since(going: Going, now: datetime) -> float:
    return max(0.0, (now - going.since).total_seconds())


def promised(one: Running, floor: Outlook) -> int:
    """Return how many operators others will take: callers who wait, and who may answer calls of other campaigns.

    Each of those calls counts one operator: that they will not all be answered is for their own pacing.
    """
    out = sum(
        going.dial.campaign_id != one.campaign_id and not going.dial.notice and going.stage in OUT
        for going in floor.going
    )
    return floor.waiting + out


# --- whom to call -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the answers of one turn rest on."""

    house: House
    contacts: Mapping[int, Sequence[Contacted]]
    """Earlier contacts by customer."""
    now: datetime
    to_number: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    """When numbers were dialled within the last day."""
    by_operator: Sequence[datetime] = ()
    """When calls went out by the hand of the operator who wishes one."""
    house_since: datetime | None = None
    """Since when the house has placed as many calls as it may in a day; None: it has not."""

    def brakes(self, number: str) -> tuple[Cap, ...]:
        """Return what keeps too much from going out, whatever the law says."""
        caps, full = Caps(), self.house_since
        sent = Sent(
            by_operator=self.by_operator,
            to_number=self.to_number.get(number, ()),
            house_today=0 if full is None else caps.house_day,
            house_free_at=None if full is None else full + DAY,
        )
        return judge(caps, sent, self.now)


def turn(  # noqa: PLR0913, PLR0917 - all that a turn goes by
    one: Running,
    due: Sequence[DueDebtor],
    calls: int,
    lines: Lines,
    ground: Ground,
    why: Mapping[str, Any],
    readers: Sequence[Seat] = (),
) -> list[Wish]:
    """Return whom to call and whom to put off, at most so many calls, one to a debtor.

    Args:
        one: the campaign.
        due: its rows whose time has come, the most urgent first.
        calls: how many the pacing wants.
        lines: room on trunks; what is wished here is taken of it.
        ground: what the gate goes by.
        why: the pacing's words, kept with each attempt.
        readers: who each call is for, in order, when it is for somebody; it goes out where he stands.

    """
    wishes: list[Wish] = []
    customers: set[int] = set()
    for row in due:
        if len(customers) >= calls:
            break
        if row.debtor.customer_id in customers:
            continue
        reader = readers[len(customers)] if readers else None
        wish = _one(one, row, lines, ground, why, reader)
        if isinstance(wish, Call):
            customers.add(row.debtor.customer_id)
            lines.take(wish.way)
        if wish is not None:
            wishes.append(wish)
    return wishes


def _one(  # noqa: PLR0913, PLR0917 - as `turn`
    one: Running, row: DueDebtor, lines: Lines, ground: Ground, why: Mapping[str, Any], reader: Seat | None
) -> Wish | None:
    blocked: Blocked | None = None
    for number in numbers(row) or ("",):
        way = lines.way(number, None if reader is None else reader.stands) if number else None
        if number and way is None:
            return None  # Every line that leads there is taken: he is asked for again in the next turn.
        shown = one.caller_id or (way.trunk.number if way is not None else "")
        answer = gate.ask(
            Wanted(
                debtor=debtor(row.debtor, number, row.debt),
                mode=one.mode,
                caller_id=shown,
                campaign=one.campaigning,
                caps=ground.brakes(number),
            ),
            ground.contacts.get(row.debtor.customer_id, ()),
            one.profile,
            ground.house,
            ground.now,
        )
        if isinstance(answer, Allowed) and way is not None:
            return Call(
                campaign=one, row_id=row.row_id, debtor=row.debtor, number=number, way=way, shown=shown,
                policy=answer.policy, until=answer.until, why=why,
                operator_id=None if reader is None else reader.operator_id,
            )  # fmt: skip
        if isinstance(answer, Blocked):
            blocked = answer
            if Reason.NUMBER_NOT_ALLOWED not in answer.reasons:
                break
    return None if blocked is None else later(row.row_id, blocked, ground.now)


def by_hand(facts: DebtorFacts, number: str, lines: Lines, ground: Ground, profile: Profile) -> Call | Blocked:
    """Return the call that an operator wishes to make, or why it may not be: the same gate, no campaign.

    Args:
        facts: whom.
        number: at which of his numbers, E.164.
        lines: room on trunks.
        ground: what the gate goes by.
        profile: contact law of the house.

    """
    usable = number in {one.number for one in facts.numbers if one.usable}
    way = lines.way(number) if usable else None
    shown = way.trunk.number if way is not None else ""
    wanted = Wanted(
        debtor=debtor(facts, number if usable else "", facts.owed),
        mode=Mode.MANUAL,
        caller_id=shown,
        caps=ground.brakes(number),
    )
    answer = gate.ask(wanted, ground.contacts.get(facts.customer_id, ()), profile, ground.house, ground.now)
    if isinstance(answer, Blocked):
        return answer
    if way is None:
        return Blocked(reasons=(Reason.CAPS,), next_at=ground.now + SOON, policy=answer.policy)
    return Call(
        campaign=None, row_id=None, debtor=facts, number=number, way=way, shown=shown, policy=answer.policy,
        until=answer.until,
    )  # fmt: skip


def still(one: Running, facts: DebtorFacts, number: str, shown: str, ground: Ground) -> Blocked | None:
    """Return why a debtor whose card was read may not be called any more; None when he may."""
    wanted = Wanted(
        debtor=debtor(facts, number, facts.owed),
        mode=one.mode,
        caller_id=shown,
        campaign=one.campaigning,
        caps=ground.brakes(number),
    )
    answer = gate.ask(wanted, ground.contacts.get(facts.customer_id, ()), one.profile, ground.house, ground.now)
    return answer if isinstance(answer, Blocked) else None


def numbers(row: DueDebtor) -> tuple[str, ...]:
    """Return the numbers to try, that of the retry rule first."""
    usable = [one.number for one in row.debtor.numbers if one.usable]
    wanted = [one for one in usable if one == row.next_number]
    return tuple(wanted + [one for one in usable if one != row.next_number])


def later(row_id: int, answer: Blocked, now: datetime) -> Later:
    """Return where a row stands that the gate refused: what is only in the house's way does not block him."""
    if answer.next_at is None and set(answer.reasons) <= OURS:
        return Later(
            row_id=row_id, klass=Klass.WAITING, reasons=answer.reasons, next_at=now + SOON, policy=answer.policy
        )
    klass = ledger.put_off(answer.reasons, answer.next_at)
    return Later(row_id=row_id, klass=klass, reasons=answer.reasons, next_at=answer.next_at, policy=answer.policy)
