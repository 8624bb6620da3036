"""Telling a caller what is known of his account and of the supply at his address, one function a verb (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from ivr.answers import FactsRead, StandingRead, Told
from ivr.effects import FetchFacts, FetchStanding
from ivr.levels import Info
from ivr.services import (
    STAGES,
    AnnounceStep,
    ApplicationStatusStep,
    DebtStep,
    LastReadingStep,
    NextDueStep,
    OutageStep,
    TariffStep,
    TellStep,
)
from ivr.spoken import Day, Digits, Hour, Money, Value, Words
from ivr.talk import Steps, Talk

MOST = 3
"""Of one kind told to a caller: more nobody keeps in mind."""
REGISTERS = ("single", "day", "night")
NO_STANDING = StandingRead()


def tell(talk: Talk, step: TellStep) -> Steps[str]:
    """Tell what the step is about to a caller who stands high enough for it."""
    if talk.account is None or not talk.may(Info(step.verb), step.level):
        talk.note("unverified")
        return step.unverified
    if isinstance(step, OutageStep):
        return (yield from _outage(talk, step, talk.account.account_id))
    answer = yield from talk.wish(FetchFacts(talk.account.account_id))
    if not isinstance(answer, FactsRead):
        talk.note("failed")
        return step.failed
    match step:
        case LastReadingStep():
            _readings(talk, step, answer)
        case NextDueStep():
            _due(talk, step, answer)
        case TariffStep():
            _prices(talk, step, answer)
        case DebtStep():
            _debt(talk, step, answer)
        case ApplicationStatusStep():
            _applications(talk, step, answer)
        case _:
            raise TypeError(f"nothing to tell for {type(step).__name__}")
    return step.next


def _say(talk: Talk, step: TellStep, word: str, **values: Value) -> None:
    talk.say(talk.sentence(f"{step.prefix}_{word}", "", **values))


def _nothing(talk: Talk, step: TellStep) -> None:
    talk.note("none")
    _say(talk, step, "none")


def _code(code: str) -> Digits:
    return Digits("".join(char for char in code if char in "0123456789"))


def _readings(talk: Talk, step: LastReadingStep, facts: FactsRead) -> None:
    if not facts.readings:
        return _nothing(talk, step)
    talk.note("told")
    for one in facts.readings[:MOST]:
        digits, day = Digits(str(int(one.value))), Day(one.taken_on, talk.today)
        if one.code in REGISTERS:
            _say(talk, step, one.code, digits=digits, day=day)
        else:
            _say(talk, step, "register", code=_code(one.code), digits=digits, day=day)
    return None


def _due(talk: Talk, step: NextDueStep, facts: FactsRead) -> None:
    if facts.due_on is None or facts.balance <= 0:
        return _nothing(talk, step)
    talk.note("told")
    amount, day = Money(facts.balance, facts.currency), Day(facts.due_on, talk.today)
    _say(talk, step, "known", amount=amount, day=day)
    return None


def _prices(talk: Talk, step: TariffStep, facts: FactsRead) -> None:
    if not facts.prices:
        return _nothing(talk, step)
    talk.note("told")
    for code, price in facts.prices[:MOST]:
        amount = Money(price, facts.currency)
        if code in REGISTERS:
            _say(talk, step, code, amount=amount)
        else:
            _say(talk, step, "register", code=_code(code), amount=amount)
    return None


def _debt(talk: Talk, step: DebtStep, facts: FactsRead) -> None:
    if facts.overdue <= Decimal(0):
        return _nothing(talk, step)
    talk.note("told")
    _say(talk, step, "overdue", amount=Money(facts.overdue, facts.currency))
    _say(talk, step, "how")
    return None


def _applications(talk: Talk, step: ApplicationStatusStep, facts: FactsRead) -> None:
    if not facts.applications:
        return _nothing(talk, step)
    talk.note("told")
    for one in facts.applications[:MOST]:
        stage = one.stage if one.stage in STAGES else "in_work"
        # The last digits are what a person compares with his paper; the year before them is long and the same.
        number = Digits("".join(char for char in one.number.rpartition("-")[2] if char in "0123456789").lstrip("0"))
        _say(talk, step, stage, digits=number, day=Day(one.filed_on, talk.today))
        if one.due_on is not None and stage not in {"done", "refused"}:
            _say(talk, step, "due", day=Day(one.due_on, talk.today))
    return None


# --- events --------------------------------------------------------------------------------------


def _outage(talk: Talk, step: OutageStep, account_id: int) -> Steps[str]:
    answer = yield from talk.wish(FetchStanding(account_id))
    if not isinstance(answer, StandingRead):
        talk.note("failed")
        return step.failed
    if answer.events:
        talk.note("told")
        _events(talk, step.prefix, answer.events)
    else:
        _nothing(talk, step)
    return step.next


def announce(talk: Talk, step: AnnounceStep) -> Steps[str]:
    """Say the events that concern the caller; a base that is away is no reason to keep him waiting."""
    answer = yield from talk.wish(FetchStanding(talk.account.account_id if talk.account else None))
    events = answer.events if isinstance(answer, StandingRead) else ()
    talk.note(str(len(events)) if isinstance(answer, StandingRead) else "failed")
    _events(talk, step.announce, events, interruptible=step.interruptible)
    return step.next


def _events(talk: Talk, prefix: str, events: Iterable[Told], *, interruptible: bool = True) -> None:
    for event in list(events)[:MOST]:
        said = dict(event.texts).get(talk.language)
        if not said:
            continue
        talk.say(talk.sentence(f"{prefix}_known", text=Words(said)), interruptible=interruptible)
        if event.restored_at is not None and event.restored_at > talk.now:
            # A promise is rounded up: nobody minds light that comes early.
            local = (event.restored_at + timedelta(minutes=59)).astimezone(talk.rules.zone)
            day, hour = Day(local.date(), talk.today), Hour(local.hour)
            talk.say(talk.sentence(f"{prefix}_until", day=day, hour=hour), interruptible=interruptible)
