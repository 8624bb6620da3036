"""What the floor wants done: orders to the switch, news to screens, facts to remember (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm_core.callbacks import Ending
from routing.calls import Call
from routing.dials import ByHand, DialNews
from routing.news import News
from routing.views import OperatorId, OperatorState
from telephony.commands import AnyCommand


@dataclass(frozen=True, slots=True)
class Order:
    """Commands to the switch, in this order; the first that fails ends it and comes back to `Floor.failed`."""

    commands: tuple[AnyCommand, ...]


@dataclass(frozen=True, slots=True)
class Tell:
    """News, to these desks (supervisors see it anyway) or to all."""

    news: News
    desks: tuple[OperatorId, ...] = ()
    everyone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact:
    """How a call stands; a later one replaces an earlier one of the same call."""

    call: Call


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHappened:
    """One line of a call's history."""

    call_id: str
    at: datetime
    what: str
    """arrived, served, waiting, offered, ringing, missed, answered, held, resumed, parted, fallback, ended …"""
    operator_id: OperatorId | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorFact:
    """An operator's state from a moment on."""

    operator_id: OperatorId
    state: OperatorState
    reason: str
    call_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisposed:
    """Nobody wrote the contact up in time; never overwrites what somebody wrote after all."""

    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSpoke:
    """Somebody who called us was answered: what we promised to call him back for is done."""

    number: str
    call_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRefused:
    """An operator wanted a number outside more often than is allowed; stands in the access log."""

    operator_id: OperatorId
    call_id: str
    number: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFact:
    """An alert was raised, or is over; told outside of the floor where the house wants that."""

    kind: str
    """`routing.alerts.Kind`."""
    subject: str
    over: bool
    at: datetime


Fact = CallFact | CallHappened | OperatorFact | Undisposed | CallerSpoke | OutsideRefused | AlertFact


@dataclass(frozen=True, slots=True)
class Record:
    """A fact that must last."""

    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class BackDialled:
    """A call-back is to be dialled, once this is on record; the answer comes back as `routing.callbacks.Booked`."""

    callback_id: int
    attempt: int
    operator_id: OperatorId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackEnded:
    """An attempt to call somebody back ended."""

    callback_id: int
    attempt: int
    ending: Ending


Entry = BackDialled | BackEnded


@dataclass(frozen=True, slots=True)
class Book:
    """What must stand in the book of call-backs before anything else follows from it."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a call to a debtor, for the book of attempts."""

    news: DialNews | ByHand


Effect = Order | Tell | Record | Book | Report
