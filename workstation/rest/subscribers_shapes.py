"""What the API says of customers and hears about them: shapes and their bounds (pure)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_core import parties, phones
from crm_core.store import customers
from workstation import sight

Version = Annotated[int, Field(ge=1, lt=2**31, description="As it was read: another one is refused with 409.")]
Reason = Annotated[str, Field(max_length=parties.LONGEST_NOTE, description="Kept in the history.")]
Phone = Annotated[str, Field(max_length=phones.LONGEST, description='In any spelling; "" takes it away.')]
Flag = Annotated[str, Field(max_length=30)]


class In(BaseModel):
    """What a program sends."""

    model_config = ConfigDict(extra="forbid")


class CardOut(BaseModel):
    """The card of an account, as an operator sees it; its lists are described in docs/card.md."""

    model_config = ConfigDict(extra="allow")

    account_id: int
    account_number: str
    customer_id: int
    customer: str
    balance: Decimal
    overdue: Decimal


class NumberOut(BaseModel):
    """Another number of a contact."""

    number_id: int
    number: str
    label: str
    verified_at: datetime | None


class ContactOut(BaseModel):
    """A person who may speak for a customer."""

    contact_id: int
    customer_id: int
    version: int
    name: str
    role: str
    phone: str
    verified: bool
    verified_at: datetime | None
    email: str
    language: str
    channel: str
    opt_out: list[str]
    numbers: list[NumberOut]

    @classmethod
    def of(cls, found: customers.Contact, hidden: sight.Hidden) -> ContactOut:
        """Show a contact to somebody who may not see some fields."""
        one = sight.contact(found, hidden)
        return cls(
            contact_id=one.contact_id,
            customer_id=one.customer_id,
            version=one.version,
            name=one.facts.name,
            role=one.facts.role,
            phone=one.facts.phone,
            verified=one.verified,
            verified_at=one.verified_at,
            email=one.facts.email,
            language=one.facts.language,
            channel=one.facts.channel,
            opt_out=list(one.facts.opt_out),
            numbers=[
                NumberOut(number_id=it.number_id, number=it.number, label=it.label, verified_at=it.verified_at)
                for it in one.numbers
            ],
        )


class AccountOut(BaseModel):
    """An account of a customer."""

    account_id: int
    number: str
    address: str
    status: str


class CustomerOut(BaseModel):
    """A customer with his accounts and people."""

    customer_id: int
    version: int
    kind: str
    name: str
    language: str
    status: str
    priority: str
    special_need: str
    flags: list[str]
    accounts: list[AccountOut]
    contacts: list[ContactOut]

    @classmethod
    def of(cls, found: customers.Customer, hidden: sight.Hidden) -> CustomerOut:
        """Show a customer to somebody who may not see some fields."""
        one = sight.customer(found, hidden)
        return cls(
            customer_id=one.customer_id,
            version=one.version,
            kind=one.kind,
            name=one.name,
            language=one.facts.language,
            status=one.facts.status,
            priority=one.facts.priority,
            special_need=one.facts.special_need,
            flags=list(one.facts.flags),
            accounts=[
                AccountOut(account_id=it.account_id, number=it.number, address=it.address, status=it.status)
                for it in one.accounts
            ],
            contacts=[ContactOut.of(it, hidden) for it in found.contacts],
        )


class CustomerChange(In):
    """What is to be different; a field that is left out stays."""

    version: Version
    language: Annotated[str, Field(max_length=8)] | None = None
    status: parties.Status | None = None
    priority: parties.Priority | None = None
    special_need: Annotated[str, Field(max_length=parties.LONGEST_NOTE)] | None = None
    flags: Annotated[list[Flag], Field(max_length=20)] | None = None
    reason: Reason = ""


class ContactIn(In):
    """A person who may speak for a customer; a field that is left out, or comes back as its mask, stays as it is."""

    name: Annotated[str, Field(min_length=1, max_length=parties.LONGEST_NAME)] | None = None
    role: Annotated[str, Field(max_length=parties.LONGEST_ROLE)] | None = None
    phone: Annotated[str, Field(max_length=phones.LONGEST, description='In any spelling; "" takes it away.')] | None = (
        None
    )
    email: Annotated[str, Field(max_length=parties.LONGEST_EMAIL)] | None = None
    language: Annotated[str, Field(max_length=8)] | None = None
    channel: parties.Channel | Literal[""] | None = None
    opt_out: Annotated[list[parties.Channel], Field(max_length=5)] | None = None
    reason: Reason = ""


class NewContact(ContactIn):
    """Another person who may speak for a customer."""

    name: Annotated[str, Field(min_length=1, max_length=parties.LONGEST_NAME)]


class ContactChange(ContactIn):
    """A contact as he shall be."""

    version: Version


class NumberIn(In):
    """Another number."""

    number: Annotated[str, Field(min_length=1, max_length=phones.LONGEST, description="In any spelling.")]
    label: parties.Label | Literal[""] = ""
    reason: Reason = ""


class VersionIn(In):
    """Which version is meant."""

    version: Version
    reason: Reason = ""


class ConsentIn(In):
    """A consent given or withdrawn."""

    kind: parties.ConsentKind
    given: bool
    how: parties.How
    contact_id: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    note: Annotated[str, Field(max_length=parties.LONGEST_NOTE)] = ""


class ConsentOut(BaseModel):
    """One word about a consent; the newest of a kind is what holds."""

    consent_id: int
    kind: str
    given: bool
    at: datetime
    how: str
    by_user: str
    contact: str
    note: str


class ChangeOut(BaseModel):
    """One line of a customer's history."""

    change_id: int
    at: datetime
    by_user: str
    object: str
    what: str
    before: str
    after: str
    reason: str


def consent_out(one: customers.Consent) -> ConsentOut:
    """Show a word about a consent."""
    return ConsentOut(**_fields(one))


def change_out(one: customers.Changed) -> ChangeOut:
    """Show a line of the history."""
    return ChangeOut(**_fields(one))


def _fields(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}
