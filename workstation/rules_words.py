"""Rules of readings and of money in sentences, and tried on an example (pure)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from crm_core import debt
from crm_core.ledger.allocation import AllocationRule, Cover, Order, Owed, allocate
from crm_core.ledger.kinds import INVOICE, Kind
from crm_core.ledger.path import Step
from crm_core.ledger.penalty import Late, penalty, rate_on
from crm_core.ledger.rules import MoneyRules
from crm_core.reading_policy import Factors, ReadingRules
from crm_core.reading_types import Source
from crm_core.readings import Decision, Known, RegisterState, judge
from workstation.reading_words import said, shown
from workstation.sentences import N_, Translate

Cash = Callable[[Decimal], str]
NEXT_MONTH, BY_A_PERSON, NOT_TAKEN = (
    N_("Counted for the next bill"),
    N_("Held for a person"),
    N_("Refused"),
)
OUTSIDE_CHOICES = {"next": NEXT_MONTH, "hold": BY_A_PERSON, "refuse": NOT_TAKEN}
EXPIRED_CHOICES = {"accept": N_("Accepted and noted"), "estimate": N_("Taken as an estimate")}
"""Short, for lists to choose from."""
OUTSIDE = {
    "next": N_("Readings before the window count for this month, later ones for the month billed next."),
    "hold": N_("Readings outside the window are held for a person."),
    "refuse": N_("Readings outside the window are refused."),
}
EXPIRED = {
    "accept": N_("Readings of a meter whose verification ran out are accepted and noted."),
    "estimate": N_("Readings of a meter whose verification ran out are taken as estimates."),
}
SERVICES = {"power": N_("power"), "water": N_("water"), "gas": N_("gas"), "heat": N_("heat")}
SOURCES: dict[str, str] = {
    Source.IVR: N_("telephone menu"), Source.OPERATOR: N_("operator"), Source.WEB: N_("web page"),
    Source.BOT: N_("chat bot"), Source.INSPECTOR: N_("inspector"), Source.VERIFIED: N_("proved by the customer"),
    Source.AMR: N_("remote meter"), Source.OFFICE: N_("office estimate"), Source.SYSTEM: N_("computed estimate"),
    Source.PRORATED: N_("prorated"), Source.FORCED: N_("set by force"), Source.AGREED: N_("agreed"),
    Source.EXCHANGE: N_("meter exchange"),
}  # fmt: skip
ORDERS = {
    Order.OLDEST: N_("Money pays what fell due first; a bill before a charge of the same day."),
    Order.PRIORITY: N_("Money pays by kind in this order: {kinds}; within a kind what fell due first."),
}


def readings(rules: ReadingRules, translate: Translate) -> list[str]:
    """Say the rules of readings in sentences."""
    facts = {name: shown(value) if isinstance(value, Decimal) else value for name, value in rules}
    sentences = [
        translate(sentence).format(**facts)
        for sentence in (
            N_("Readings are taken from day {window_first} to day {window_last} of the month."),
            OUTSIDE[rules.outside],
            N_("Held back: more than {high} times the usual use, unless it is at most {high_least}."),
            N_("Held back: less than {low} times the usual use, when {low_days} days or more have passed."),
            N_("A dial may go over its end from {rollover_from} of its range on."),
            N_("Held back: the same value {repeats} times in a row."),
            N_("A held reading given again within {verified_days} days is taken as right."),
            EXPIRED[rules.expired],
        )
    ]
    return sentences[:4] + [_factors(one, translate) for one in rules.factors] + sentences[4:]


def _factors(one: Factors, translate: Translate) -> str:
    """Say whom a line of factors is about, and what it says."""
    about = [translate(SERVICES[one.service])] if one.service else []
    about += [translate(N_("register {code}")).format(code=one.code)] if one.code else []
    about += [translate(SOURCES[one.source])] if one.source else []
    return translate(
        N_("For {about} held back: more than {high} times the usual use, unless at most {high_least}; less than {low}.")
    ).format(
        about=", ".join(about) or translate(N_("everything")),
        high=shown(one.high),
        high_least=shown(one.high_least),
        low=shown(one.low),
    )


def money(rules: MoneyRules, cash: Cash, translate: Translate) -> list[str]:
    """Say the rules of money in sentences."""
    last = rules.ageing[-1].most
    ages = ", ".join(translate(N_("not due yet")) if one.label == "current" else one.label for one in rules.ageing)
    return [
        translate(N_("Debt is counted by days past due: {ages}, and older than {last} days.")).format(
            ages=ages, last=last
        ),
        translate(ORDERS[rules.allocation.order]).format(kinds=", ".join(rules.allocation.priority)),
        *_penalty(rules, translate),
        translate(
            N_("A promise lies at most {most} days ahead; money counts until {grace} days after; {share} % is enough.")
        ).format(most=rules.promise.most_days, grace=rules.promise.grace_days, share=shown(rules.promise.kept_percent)),
        translate(
            N_("A plan has at most {parts} monthly parts, the first within {first} days; each has {grace} days' grace.")
        ).format(parts=rules.plan.most_parts, first=rules.plan.first_days, grace=rules.plan.grace_days),
        *_restriction(rules, cash, translate),
        *_path(rules, cash, translate),
        translate(N_("One person alone adjusts at most {limit} of an account in a day.")).format(
            limit=cash(rules.limits.adjustment)
        ),
        translate(N_("One person alone dates a payment back at most {days} days.")).format(days=rules.limits.back_days),
    ]


STEPS = {
    Step.REMINDER: N_("From {day} days past due and {least} on: remind by message."),
    Step.CALL: N_("From {day} days past due and {least} on: call and ask."),
    Step.NOTICE: N_("From {day} days past due and {least} on: send a notice of debt."),
    Step.WARNING: N_("From {day} days past due and {least} on: warn of restriction."),
    Step.FIELD_ORDER: N_("From {day} days past due and {least} on: order a restriction."),
    Step.COURT: N_("From {day} days past due and {least} on: go to court, or write off."),
}


def _path(rules: MoneyRules, cash: Cash, translate: Translate) -> list[str]:
    ordered = sorted(rules.path, key=lambda one: one.from_day)
    return [translate(STEPS[one.step]).format(day=one.from_day, least=cash(one.least)) for one in ordered]


def _restriction(rules: MoneyRules, cash: Cash, translate: Translate) -> list[str]:
    rule = rules.restriction
    facts = {"months": shown(rule.months), "days": rule.notice_days}
    charge = translate(N_("the average bill of the last year"))
    if rule.monthly_charge is not None:
        charge = cash(rule.monthly_charge)
    found = [
        translate(
            N_(
                "Supply may be restricted when the debt is above {months} monthly charges ({charge}) and {days} days "
                "have passed since a warning arrived; never with life support, a dispute, a moratorium, a plan that "
                "stands, or after a death."
            )
        ).format(charge=charge, **facts)
    ]
    if rule.reconnection_cap is not None:
        found.append(translate(N_("Reconnecting costs at most {cap}.")).format(cap=cash(rule.reconnection_cap)))
    return found


def _penalty(rules: MoneyRules, translate: Translate) -> list[str]:
    rule = rules.penalty
    if not rule.steps:
        return [translate(N_("There is no penalty for paying late."))]
    found = [
        translate(N_("From day {day} of a delay each day costs 1/{divisor} of the yearly rate.")).format(
            day=step.from_day, divisor=step.divisor
        )
        for step in sorted(rule.steps, key=lambda one: one.from_day)
    ]
    found += [
        translate(N_("The yearly rate is {percent} % from {day} on.")).format(
            percent=shown(rate.percent), day=rate.valid_from.isoformat()
        )
        for rate in sorted(rule.rates, key=lambda one: one.valid_from)
    ]
    if rule.cap_percent is not None:
        found.append(
            translate(N_("A penalty is at most {percent} % of the bill.")).format(percent=shown(rule.cap_percent))
        )
    return [*found, rule.source] if rule.source else found


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingExample:
    """A reading to try the rules on."""

    last: Decimal
    usual: Decimal
    days: int
    value: Decimal
    service: str = ""
    digits: int = 5
    on: date
    """The day the reading is given; the last one was `days` before."""


def try_readings(rules: ReadingRules, example: ReadingExample, translate: Translate) -> list[str]:
    """Say what the rules would make of a reading."""
    state = RegisterState(
        register_id=1,
        meter_id=1,
        serial="",
        code="single",
        service=example.service,
        digits=example.digits,
        decimals=0,
        multiplier=1,
        installed_on=example.on - timedelta(example.days + 1),
        usual=example.usual,
        recent=(Known(taken_on=example.on - timedelta(example.days), value=example.last, quality="actual"),),
    )
    (verdict,) = judge([state], {1: example.value}, example.on, rules.policy(example.on))
    became = {
        Decision.ACCEPTED: N_("Accepted: {used} used, counted for {month}."),
        Decision.HELD: N_("Held for a person."),
        Decision.REFUSED: N_("Refused."),
    }[verdict.decision]
    month = f"{verdict.period:%Y-%m}" if verdict.period else ""
    used = "" if verdict.consumption is None else shown(verdict.consumption)
    sentences = [translate(became).format(used=used, month=month), said(verdict, translate)]
    return [sentence for sentence in sentences if sentence]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyExample:
    """Two bills and a penalty to try the rules on."""

    owed: Decimal
    """Of each bill."""
    late: int
    """Days the older bill is past due; the younger one is a month younger."""
    paid: Decimal
    today: date


def try_money(rules: MoneyRules, example: MoneyExample, cash: Cash, translate: Translate) -> list[str]:
    """Say what the rules would make of a debt and a payment."""
    due = example.today - timedelta(example.late)
    older, younger = (due.replace(day=1), (due + timedelta(31)).replace(day=1))
    late = Late(amount=example.owed, ended_on=example.today)
    cost = penalty(example.owed, due, [late], rules.penalty)
    age = debt.label(due, example.today, rules.buckets)
    owed = [
        Owed(key=older, kind=INVOICE, due_on=due, amount=example.owed),
        Owed(key=younger, kind=INVOICE, due_on=due + timedelta(31), amount=example.owed),
        Owed(key=1, kind=Kind.PENALTY, due_on=example.today, amount=max(cost, Decimal("0.01"))),
    ]
    names = {
        older: translate(N_("the older bill")), younger: translate(N_("the younger bill")),
        1: translate(N_("the penalty")),
    }  # fmt: skip
    covers = [Cover(key=(example.today, 0), on=example.today, amount=example.paid)]
    result = allocate(owed if cost else owed[:2], covers, (), rules.allocation)
    sentences = [
        translate(N_("The older bill stands in the bucket {label}; its penalty so far is {cost} at {rate} %.")).format(
            label=age, cost=cash(cost), rate=shown(rate_on(rules.penalty, example.today))
        )
    ]
    sentences += [
        translate(N_("{amount} pays {what}.")).format(amount=cash(part.amount), what=names[part.target])
        for part in result.parts
    ]
    if result.credit:
        sentences.append(translate(N_("{amount} is left as a credit.")).format(amount=cash(result.credit)))
    return sentences


def allocation(order: str, priority: str) -> AllocationRule:
    """Read the order of payment as a form writes it."""
    kinds = tuple(kind.strip() for kind in priority.split(",") if kind.strip())
    return AllocationRule(order=Order(order), priority=kinds)
