"""Customers and their people: what may be said of them, and what a change changed (pure).

Words of DOMAIN D1 (CIM 61968-9, ESPI retail customer): customer with status and special need, contacts with roles,
verified numbers and opt-outs, consents that are given and withdrawn, agreements with a supply status, service points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

LONGEST_NAME, LONGEST_ROLE, LONGEST_EMAIL, LONGEST_NOTE = 200, 60, 200, 500
MOST_CONTACTS, MOST_NUMBERS = 100, 10
"""Of a customer, and of a contact."""
_DOMAIN = r"[^\s@.<>\"',;:\\()\[\]]+"
# A mailbox that a person can have; what RFC 5321 allows beyond it (quotes, machines' addresses) is a typing error here.
EMAIL: Final = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_DOMAIN}(\.{_DOMAIN})+")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
FLAG: Final = re.compile(r"[a-z][a-z_]{1,29}")
LARGEST_KW: Final = Decimal("999999.99")


class Status(StrEnum):
    """Where a customer stands with us."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    FORMER = "former"
    DECEASED = "deceased"
    BANKRUPT = "bankrupt"


class Priority(StrEnum):
    """How soon a customer is helped."""

    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Channel(StrEnum):
    """A way to reach a person; also what he may opt out of."""

    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"
    MESSENGER = "messenger"
    POST = "post"


class Label(StrEnum):
    """What kind of number it is."""

    MOBILE = "mobile"
    HOME = "home"
    WORK = "work"
    OTHER = "other"


class ConsentKind(StrEnum):
    """What a consent is about; processing for the contract needs none (152-FZ, art. 6; GDPR, art. 6)."""

    MARKETING = "marketing"
    CALLS = "calls"
    SMS = "sms"
    EMAIL = "email"
    RECORDING = "recording"
    BIOMETRIC = "biometric"
    """The voice as a means to identify: in writing only (152-FZ, art. 11)."""
    THIRD_PARTY = "third_party"


class How(StrEnum):
    """How a consent was given or withdrawn."""

    PHONE = "phone"
    OFFICE = "office"
    WEB = "web"
    LETTER = "letter"
    EMAIL = "email"
    IMPORT = "import"


IN_WRITING: Final = frozenset({How.OFFICE, How.LETTER})


class Supply(StrEnum):
    """Whether an agreement's supply flows."""

    CONNECTED = "connected"
    RESTRICTED = "restricted"
    CUT_OFF = "cut_off"
    ENDED = "ended"


class Service(StrEnum):
    """What is supplied at a point."""

    POWER = "power"
    WATER = "water"
    GAS = "gas"
    HEAT = "heat"


FLAGS: Final = ("vip", "life_support", "do_not_call", "legal", "represented", "moratorium")
"""What people may put on a customer; `debt`, `dispute` and `cut_off` the house raises itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """What can be changed of a customer."""

    language: str
    status: str
    priority: str
    special_need: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """What can be said of a person who may speak for a customer."""

    name: str
    role: str = ""
    phone: str = ""
    """E.164, "" when none is known."""
    email: str = ""
    language: str = ""
    channel: str = ""
    """How he wants to be reached, "" when he did not say."""
    opt_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementFacts:
    """What can be said of an agreement."""

    number: str
    supply: str
    started_on: date
    ended_on: date | None
    prepay: bool
    budget_bill: bool
    tariff_id: int | None = None
    """None: the account's."""
    shut_off_on: date | None = None
    """When the supply will be, or was, shut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointFacts:
    """What can be said of a service point."""

    service: str
    phases: int
    max_kw: Decimal | None
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that is not what it was, in the words that the history shows."""

    what: str
    before: str
    after: str


class Fault(StrEnum):
    """Why something may not be said; the sentences are the page's."""

    NEEDED = "needed"
    NOT_A_PHONE = "not-a-phone"
    NOT_AN_EMAIL = "not-an-email"
    NOT_A_LANGUAGE = "not-a-language"
    NOT_IN_LIST = "not-in-list"
    NO_WAY = "no-way"
    """The wanted channel has no number or address."""
    OPTED_OUT = "opted-out"
    """The wanted channel is one that he does not want."""
    ENDS_BEFORE = "ends-before"
    END_NEEDED = "end-needed"
    NOT_IN_WRITING = "not-in-writing"
    TOO_MUCH = "too-much"
    NOT_A_BILLING_DAY = "not-a-billing-day"
    TOO_MANY_RESIDENTS = "too-many-residents"
    NOT_AN_AREA = "not-an-area"
    NOT_A_PLACE = "not-a-place"
    """Latitude and longitude go together, in degrees."""
    SEALED_WHEN = "sealed-when"
    IN_FUTURE = "in-future"
    DUE_BEFORE = "due-before"
    SHUT_BEFORE = "shut-before"


def customer_faults(facts: CustomerFacts, known: Iterable[str] = ()) -> dict[str, Fault]:
    """Return what is wrong with a customer, by field.

    Args:
        facts: as they shall be.
        known: flags that he has already; an unknown one may stay, and may not come.

    """
    found: dict[str, Fault] = {}
    if facts.language and not LANGUAGE.fullmatch(facts.language):
        found["language"] = Fault.NOT_A_LANGUAGE
    if facts.status not in set(Status):
        found["status"] = Fault.NOT_IN_LIST
    if facts.priority not in set(Priority):
        found["priority"] = Fault.NOT_IN_LIST
    if not set(facts.flags) <= {*FLAGS, *known}:
        found["flags"] = Fault.NOT_IN_LIST
    return found


def contact_faults(facts: ContactFacts) -> dict[str, Fault]:
    """Return what is wrong with a contact, by field; his number is E.164 or "" by now (`crm_core.phones`)."""
    found: dict[str, Fault] = {}
    if not facts.name:
        found["name"] = Fault.NEEDED
    if facts.email and not is_email(facts.email):
        found["email"] = Fault.NOT_AN_EMAIL
    if facts.language and not LANGUAGE.fullmatch(facts.language):
        found["language"] = Fault.NOT_A_LANGUAGE
    if not set(facts.opt_out) <= set(Channel):
        found["opt_out"] = Fault.NOT_IN_LIST
    fault = _channel_fault(facts)
    if fault is not None:
        found["channel"] = fault
    return found


def _channel_fault(facts: ContactFacts) -> Fault | None:
    if not facts.channel:
        return None
    if facts.channel not in set(Channel):
        return Fault.NOT_IN_LIST
    if facts.channel in facts.opt_out:
        return Fault.OPTED_OUT
    needs = {Channel.PHONE: facts.phone, Channel.SMS: facts.phone, Channel.EMAIL: facts.email}
    return None if needs.get(Channel(facts.channel), "known") else Fault.NO_WAY


def agreement_faults(facts: AgreementFacts) -> dict[str, Fault]:
    """Return what is wrong with an agreement, by field."""
    found: dict[str, Fault] = {}
    if facts.supply not in set(Supply):
        found["supply"] = Fault.NOT_IN_LIST
    if facts.ended_on is not None and facts.ended_on < facts.started_on:
        found["ended_on"] = Fault.ENDS_BEFORE
    elif facts.supply == Supply.ENDED and facts.ended_on is None:
        found["ended_on"] = Fault.END_NEEDED
    if facts.shut_off_on is not None and facts.shut_off_on < facts.started_on:
        found["shut_off_on"] = Fault.SHUT_BEFORE
    return found


def point_faults(facts: PointFacts) -> dict[str, Fault]:
    """Return what is wrong with a service point, by field."""
    found: dict[str, Fault] = {}
    if facts.service not in set(Service):
        found["service"] = Fault.NOT_IN_LIST
    if facts.phases not in {1, 3}:
        found["phases"] = Fault.NOT_IN_LIST
    if facts.max_kw is not None and not 0 < facts.max_kw <= LARGEST_KW:
        found["max_kw"] = Fault.TOO_MUCH
    return found


def consent_faults(kind: str, how: str, *, given: bool) -> dict[str, Fault]:
    """Return what is wrong with a consent, by field; withdrawing one is free of form."""
    found: dict[str, Fault] = {}
    if kind not in set(ConsentKind):
        found["kind"] = Fault.NOT_IN_LIST
    if how not in set(How):
        found["how"] = Fault.NOT_IN_LIST
    elif given and kind == ConsentKind.BIOMETRIC and how not in IN_WRITING:
        found["how"] = Fault.NOT_IN_WRITING
    return found


def is_email(text: str) -> bool:
    """Tell whether a text can be a person's e-mail address."""
    return len(text) <= LONGEST_EMAIL and EMAIL.fullmatch(text) is not None and ".." not in text


def changes(before: Any, after: Any) -> tuple[Change, ...]:
    """Return the fields of two values of one kind that differ, in the order of the fields; nothing for the same."""
    return tuple(
        Change(what=one.name, before=written(getattr(before, one.name)), after=written(getattr(after, one.name)))
        for one in fields(before)
        if getattr(before, one.name) != getattr(after, one.name)
    )


def beginnings(facts: Any) -> tuple[Change, ...]:
    """Return the fields of a value that was not there before, where they say something."""
    texts: Mapping[str, str] = {one.name: written(getattr(facts, one.name)) for one in fields(facts)}
    return tuple(Change(what=name, before="", after=text) for name, text in texts.items() if text)


def written(value: object) -> str:
    """Return a value as the history keeps it: plain text, the same in every language."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return str(value)
