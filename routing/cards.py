"""A debtor's card before his number is dialled: preview campaigns, and calls that operators make by hand (pure).

The operator has the card and nothing is dialled; when he says so, or when his time to read is over, the book is asked
once more whether it may be. Skipped, withdrawn or refused, he is ready again and the attempt never left. From the
moment of dialling on it is an attempt like any other, but for whose it is (routing/debtors.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from routing import debtors, offers
from routing.calls import RINGING, Call
from routing.dials import ByHand, Dial, DialNews, Going, Progress
from routing.effects import Tell
from routing.hall import Hall
from routing.news import WishAnswered
from routing.operator import READY, RESERVED, Operator, Step
from routing.wishes import DialDebtor
from telephony.events import CallId, LegId

ALARM = "debtor-card"
GONE, SKIPPED = "operator-gone", "skipped"
NOT_FREE = "operator-not-free"


def show(hall: Hall, one: Dial, read: timedelta, now: datetime) -> None:
    """Show a debtor's card to whom he is for; an operator who is not free any more does not get it."""
    operator = hall.operators.get(one.operator_id) if one.operator_id is not None else None
    going = Going(dial=one, since=now, card=True, dial_at=now + read)
    hall.dials.by_leg[one.leg] = going
    free = operator is not None and operator.state is READY and operator.next_reason is None
    if operator is None or not free or one.node not in hall.lineup.synced:
        debtors.drop(hall, one.leg, GONE, now)
        return
    call = replace(debtors.call_of(hall, going, now), phase=RINGING, offered_at=now, operator_id=operator.operator_id)
    hall.step(operator.operator_id, Step.RESERVE, now, call_id=call.call_id)
    hall.dials.cards[operator.operator_id] = call.call_id
    hall.put_call(call)
    hall.alarm(now + read, ALARM, one.leg)


def due(hall: Hall, leg: LegId, now: datetime) -> None:
    """The time to read may be over."""
    going = hall.dials.by_leg.get(leg)
    if going is not None and going.dial_at is not None and going.dial_at <= now:
        ask(hall, going, now)


def read(hall: Hall, call: Call, now: datetime) -> bool:
    """The operator has read the card; False when there is nothing to dial."""
    going = hall.dials.by_leg.get(LegId(call.call_id))
    return going is not None and ask(hall, going, now)


def ask(hall: Hall, going: Going, now: datetime) -> bool:
    """Ask whether the number may be dialled now, once."""
    if not going.card or going.asked:
        return False
    hall.dials.by_leg[going.dial.leg] = replace(going, asked=True)
    hall.report(DialNews(attempt_id=going.dial.attempt_id, what=Progress.ASKED, at=now))
    return True


def go(hall: Hall, attempt_id: int, now: datetime) -> None:
    """It may be dialled: it is."""
    going = next((one for one in hall.dials.by_leg.values() if one.dial.attempt_id == attempt_id), None)
    if going is not None and going.card:
        debtors.originate(hall, replace(going, card=False, since=now), now)


def skip(hall: Hall, call: Call, now: datetime, reason: str = "") -> bool:
    """The operator does not call him, or not any longer; False when it is no call that nobody has answered yet."""
    going = hall.dials.by_leg.get(LegId(call.call_id))
    if going is None or call.answered_at is not None or call.leg is not None:
        return False
    why = f"{SKIPPED}: {reason}" if reason else SKIPPED
    debtors.cancel(hall, frozenset({going.dial.attempt_id}), why, now)
    return True


def release(hall: Hall, call: Call, now: datetime) -> None:
    """The call of a card is over, nobody having answered: its operator is ready again."""
    operator = hall.operators.get(call.operator_id) if call.operator_id is not None else None
    if operator is not None and operator.call_id == call.call_id and operator.state is RESERVED:
        offers.release(hall, operator.operator_id, now)


def by_hand(hall: Hall, operator: Operator, wish: DialDebtor, now: datetime) -> str | None:
    """Ask whether a debtor may be called by hand; None: the answer follows, else why not."""
    if operator.state is not READY:
        return NOT_FREE
    hall.report(
        ByHand(
            operator_id=operator.operator_id, wish_id=wish.wish_id, account_id=wish.account_id, number=wish.number,
            at=now,
        )
    )  # fmt: skip
    return None


def answer(hall: Hall, operator_id: int, wish_id: str, refusal: str) -> None:
    """Tell an operator what became of his wish to call a debtor by hand."""
    hall.tell(Tell(WishAnswered(wish_id=wish_id, done=not refusal, reason=refusal), (operator_id,)))  # type: ignore[arg-type]


def over(hall: Hall, call_id: CallId) -> None:
    """Nobody reads this card any more."""
    for operator_id, shown in list(hall.dials.cards.items()):
        if shown == call_id:
            del hall.dials.cards[operator_id]
