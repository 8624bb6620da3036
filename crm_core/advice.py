"""What is worth doing now with a subscriber: rules that look at his card, explained; at most one offer (pure).

The same card, day and rules bring the same advice. A piece of advice names the form of the desk that carries it out;
its words are the desk's. Rules are a version of `AdviceRules`, offers are rows, both written on pages of the office.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from crm_core.card import Card
from crm_core.names import address_key
from crm_core.strict import Strict


class Rule(StrEnum):
    """What may be advised, the most urgent first; the value is what is stored of it."""

    OUTAGE = "outage"
    LATE_APPLICATION = "late_application"
    BROKEN_PROMISE = "broken_promise"
    MISSED_PART = "missed_part"
    PROMISE_DUE = "promise_due"
    OFFER_PLAN = "offer_plan"
    HELD_READING = "held_reading"
    READING = "reading"
    ESTIMATED = "estimated"
    VERIFICATION = "verification"
    NO_PHONE = "no_phone"
    NO_EMAIL = "no_email"
    NO_CONSENT = "no_consent"


OFFER = "offer"
"""What an offer is stored as, beside the rules."""
OPENS: Mapping[Rule, str] = {
    Rule.OUTAGE: "",
    Rule.LATE_APPLICATION: "task",
    Rule.BROKEN_PROMISE: "promise",
    Rule.MISSED_PART: "notice",
    Rule.PROMISE_DUE: "notice",
    Rule.OFFER_PLAN: "plan",
    Rule.HELD_READING: "reading",
    Rule.READING: "reading",
    Rule.ESTIMATED: "reading",
    Rule.VERIFICATION: "application",
    Rule.NO_PHONE: "contact",
    Rule.NO_EMAIL: "contact",
    Rule.NO_CONSENT: "consent",
}
"""The form of the desk that carries a piece of advice out; "" where it is only to be told."""
MATERIAL = frozenset({"actual", "exchange"})
"""Qualities of a reading that somebody saw on the dial."""
CLOSED = frozenset({"done", "refused"})
MOST_SHOWN = 5


class AdviceRules(Strict):
    """One version of when what is advised; the defaults are those of DESK B2."""

    off: Annotated[tuple[Rule, ...], Field(max_length=len(Rule))] = ()
    """Rules that are not followed."""
    least_debt: Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 9, decimal_places=2)] = Decimal(1000)
    """Overdue from which paying in parts is offered."""
    promise_days: Annotated[int, Field(ge=0, le=30)] = 3
    """So many days before its day a promise is reminded of."""
    broken_days: Annotated[int, Field(ge=1, le=366)] = 60
    """So long a broken promise is spoken of."""
    estimates: Annotated[int, Field(ge=1, le=12)] = 2
    """So many estimates in a row."""
    verification_days: Annotated[int, Field(ge=0, le=366)] = 60
    """So many days before it runs out a meter's verification is spoken of."""
    again_days: Annotated[int, Field(ge=0, le=366)] = 7
    """What was put aside is not shown again for so long."""
    most: Annotated[int, Field(ge=1, le=MOST_SHOWN)] = 3
    """At most so many at a time."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if len(set(self.off)) != len(self.off):
            raise ValueError("off: each rule once")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing worth doing, and the facts that say so."""

    rule: Rule
    opens: str
    amount: Decimal | None = None
    day: date | None = None
    text: str = ""
    """A meter, a number of an application, an outage's title."""
    count: int = 0
    params: Mapping[str, str] = field(default_factory=dict)
    """What its form begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Days of the month on which readings count for it."""

    first: int = 15
    last: int = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Something that is out in an area now."""

    title: str
    words: frozenset[str]
    """Words that every address of it has; none for everywhere."""
    restored_on: date | None = None


class Answer(StrEnum):
    """What became of a piece of advice or an offer."""

    TAKEN = "taken"
    DISMISSED = "dismissed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATER = "later"


ADVICE_ANSWERS = frozenset({Answer.TAKEN, Answer.DISMISSED})
OFFER_ANSWERS = frozenset({Answer.ACCEPTED, Answer.REFUSED, Answer.LATER})


class OfferKind(StrEnum):
    """What is offered."""

    TARIFF = "tariff"
    SERVICE = "service"
    CHANNEL = "channel"
    """Bills by e-mail, the web account."""
    PAYMENT = "payment"
    """Automatic payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One offer as the desk chooses among them."""

    offer_id: int
    title: str
    texts: Mapping[str, str]
    """What is said, by language."""
    priority: int
    """The greatest goes first."""
    valid_from: date
    valid_to: date | None
    quiet_days: int
    """After a refusal it is not made again for so long."""
    customer_kind: str = ""
    """`person` or `organisation`; "" for both."""
    tariff: str = ""
    """Beginning of the name of the tariff; "" for any."""
    without_debt: bool = True
    """Not to who owes what is overdue."""
    without_email_bills: bool = False
    """Only to whose bills do not come by e-mail."""
    opens: str = ""
    """The form that carries it out, `application:tariff_change`."""

    def text(self, language: str) -> str:
        """Return what is said in a language; English where there is none, else whatever there is."""
        return self.texts.get(language) or self.texts.get("en") or next(iter(self.texts.values()), "")


DEFAULTS, USUAL_WINDOW = AdviceRules(), Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counsel:
    """What advice is worked out from beside the card; the same for every subscriber, so it is kept in memory."""

    rules: AdviceRules = DEFAULTS
    window: Window = USUAL_WINDOW
    outages: tuple[Outage, ...] = ()
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What is laid before the operator."""

    advice: tuple[Advice, ...] = ()
    offer: Offer | None = None

    @property
    def codes(self) -> tuple[tuple[str, int | None], ...]:
        """Return what is stored of being shown: rule and offer."""
        shown: list[tuple[str, int | None]] = [(one.rule.value, None) for one in self.advice]
        return (*shown, (OFFER, self.offer.offer_id)) if self.offer else tuple(shown)


def advise(card: Card, counsel: Counsel, today: date) -> Worth:
    """Say what is worth doing with a subscriber today.

    Args:
        card: his, unmasked.
        counsel: rules, window, outages and offers that hold now.
        today: the date at the utility.

    """
    rules = counsel.rules
    quiet = {
        one.rule
        for one in card.said
        if one.answer == Answer.DISMISSED and one.on > today - timedelta(days=rules.again_days)
    }
    found = [
        one
        for one in (*_outage(card, counsel), *_debt(card, rules, today), *_meters(card, counsel, today), *_known(card))
        if one.rule not in rules.off and one.rule.value not in quiet
    ]
    found.sort(key=lambda one: ORDER[one.rule])
    return Worth(advice=tuple(found[: rules.most]), offer=choose(card, counsel.offers, today))


ORDER: Mapping[Rule, int] = {rule: place for place, rule in enumerate(Rule)}


def _told(rule: Rule, **facts: object) -> Advice:
    return Advice(rule=rule, opens=OPENS[rule], **facts)  # type: ignore[arg-type]  # names of Advice's fields


def _outage(card: Card, counsel: Counsel) -> Iterable[Advice]:
    if counsel.outages:
        place = frozenset(address_key(card.address).split())
        for one in counsel.outages:
            if one.words <= place:
                yield _told(Rule.OUTAGE, text=one.title, day=one.restored_on)
                break
    late = next((one for one in card.applications if one.late), None)
    if late is not None:
        yield _told(Rule.LATE_APPLICATION, text=late.number, day=late.due_on, params={"text": late.number})


def _debt(card: Card, rules: AdviceRules, today: date) -> Iterable[Advice]:
    if card.overdue <= 0 or "dispute" in card.flags:
        return
    plan = next((one for one in card.plans if one.status == "open"), None)
    waiting = next((one for one in card.promises if one.status == "open"), None)
    if plan is not None:
        missed = next((one for one in plan.parts if one.state == "missed"), None)
        if missed is not None:
            yield _told(Rule.MISSED_PART, amount=missed.amount - missed.paid, day=missed.due_on)
    elif waiting is not None:
        if waiting.due_on <= today + timedelta(days=rules.promise_days):
            yield _told(Rule.PROMISE_DUE, amount=waiting.amount, day=waiting.due_on)
    elif card.promises and _is_broken(card.promises[0].status, card.promises[0].due_on, rules, today):
        broken = card.promises[0]
        yield _told(Rule.BROKEN_PROMISE, amount=card.overdue, day=broken.due_on)
    elif card.overdue >= rules.least_debt:
        yield _told(Rule.OFFER_PLAN, amount=card.overdue)


def _is_broken(status: str, due_on: date, rules: AdviceRules, today: date) -> bool:
    return status == "broken" and due_on > today - timedelta(days=rules.broken_days)


def _meters(card: Card, counsel: Counsel, today: date) -> Iterable[Advice]:
    read = [one for one in card.meters if not (one.removed_on or one.amr or one.virtual)]
    if not read:
        return
    if card.held:
        yield _told(Rule.HELD_READING, text=card.held[0].meter_serial, day=card.held[0].taken_on)
    else:
        yield from _readings(card, counsel, today)
    until = today + timedelta(days=counsel.rules.verification_days)
    due = next((one for one in read if one.verification_due is not None and one.verification_due <= until), None)
    if due is not None:
        params = {"kind": "verification"}
        yield _told(Rule.VERIFICATION, text=due.serial, day=due.verification_due, params=params)


def _readings(card: Card, counsel: Counsel, today: date) -> Iterable[Advice]:
    """One of the two at most: who gives the reading of the window gives what an estimate lacks."""
    last = card.readings[0] if card.readings else None
    code = last.register_code if last else ""
    guesses = 0
    for one in card.readings:
        if one.register_code != code:
            continue
        if one.quality != "estimate":
            break
        guesses += 1
    window = counsel.window
    given = last is not None and last.quality in MATERIAL and last.taken_on >= today.replace(day=1)
    if guesses >= counsel.rules.estimates and last is not None:
        yield _told(Rule.ESTIMATED, count=guesses, day=last.taken_on)
    elif window.first <= today.day <= window.last and not given:
        yield _told(Rule.READING, day=_day(today, window.last))


def _day(today: date, day: int) -> date:
    """Return a day of this month, its last one where it is shorter."""
    following = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
    return min(today.replace(day=1) + timedelta(days=day - 1), following - timedelta(days=1))


def _known(card: Card) -> Iterable[Advice]:
    if not any(one.phone or one.numbers for one in card.contacts):
        yield _told(Rule.NO_PHONE)
    if card.contacts and not any(one.email for one in card.contacts):
        yield _told(Rule.NO_EMAIL)
    if not any(one.kind == "marketing" for one in card.consents):
        yield _told(Rule.NO_CONSENT)


def choose(card: Card, offers: Sequence[Offer], today: date) -> Offer | None:
    """Return the offer that is made, None for none: to whom it is for, who wants offers, and who did not refuse it."""
    agreed = any(one.kind == "marketing" and one.given for one in card.consents)
    if not offers or not agreed or card.closed_on is not None:
        return None
    fitting = [one for one in offers if _fits(one, card, today)]
    return max(fitting, key=lambda one: (one.priority, -one.offer_id), default=None)


def _fits(offer: Offer, card: Card, today: date) -> bool:
    answered = [one for one in card.said if one.offer_id == offer.offer_id]
    quiet = today - timedelta(days=offer.quiet_days)
    return (
        offer.valid_from <= today
        and (offer.valid_to is None or today <= offer.valid_to)
        and offer.customer_kind in {"", card.kind}
        and card.tariff.lower().startswith(offer.tariff.lower())
        and not (offer.without_debt and card.overdue > 0)
        and not (offer.without_email_bills and card.bill_by == "email")
        and not any(one.answer == Answer.ACCEPTED for one in answered)
        and not any(one.answer == Answer.REFUSED and one.on > quiet for one in answered)
        and not any(one.answer == Answer.LATER and one.on >= today for one in answered)
    )
