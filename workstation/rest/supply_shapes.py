"""What the API says of supply and hears about it: shapes and their bounds (pure)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from crm_core import parties
from crm_core.parties import AgreementFacts, PointFacts
from crm_core.store import places
from crm_core.store import supply as store
from crm_core.supply import AccountFacts, MeterFacts, PremisesFacts
from workstation.rest.subscribers_shapes import In, Reason, Version

Id = Annotated[int, Field(ge=1, lt=2**31)]
Kilowatts = Annotated[Decimal, Field(gt=0, le=parties.LARGEST_KW, max_digits=8, decimal_places=2)]
Degrees = Annotated[Decimal, Field(ge=-180, le=180, max_digits=9, decimal_places=6)]
Area = Annotated[Decimal, Field(gt=0, max_digits=8, decimal_places=1)]


class AgreementIn(In):
    """An agreement of an account."""

    number: Annotated[str, Field(max_length=24)] = ""
    supply: parties.Supply = parties.Supply.CONNECTED
    started_on: date
    ended_on: date | None = None
    prepay: bool = False
    budget_bill: Annotated[bool, Field(description="The same amount every month.")] = False
    tariff_id: Annotated[Id | None, Field(description="When it is another one than the account's.")] = None
    shut_off_on: date | None = None
    reason: Reason = ""

    @property
    def facts(self) -> AgreementFacts:
        """As the base keeps it."""
        return AgreementFacts(
            number=self.number.strip(),
            supply=self.supply.value,
            started_on=self.started_on,
            ended_on=self.ended_on,
            prepay=self.prepay,
            budget_bill=self.budget_bill,
            tariff_id=self.tariff_id,
            shut_off_on=self.shut_off_on,
        )


class AgreementChange(AgreementIn):
    """An agreement as it shall be."""

    version: Version


class AgreementOut(BaseModel):
    """An agreement on record."""

    agreement_id: int
    account_id: int
    version: int
    number: str
    supply: str
    started_on: date
    ended_on: date | None
    prepay: bool
    budget_bill: bool
    tariff_id: int | None
    shut_off_on: date | None

    @classmethod
    def of(cls, one: store.Agreement) -> AgreementOut:
        """Show an agreement."""
        return cls(
            agreement_id=one.agreement_id,
            account_id=one.account_id,
            version=one.version,
            number=one.facts.number,
            supply=one.facts.supply,
            started_on=one.facts.started_on,
            ended_on=one.facts.ended_on,
            prepay=one.facts.prepay,
            budget_bill=one.facts.budget_bill,
            tariff_id=one.facts.tariff_id,
            shut_off_on=one.facts.shut_off_on,
        )


class AgreementList(BaseModel):
    """An account's agreements; few enough for one answer."""

    items: list[AgreementOut]


class PointIn(In):
    """A service point of an account."""

    service: parties.Service = parties.Service.POWER
    phases: Annotated[int, Field(ge=1, le=3)] = 1
    max_kw: Kilowatts | None = None
    node: Annotated[str, Field(max_length=40, description="Of the network that feeds it.")] = ""
    reason: Reason = ""

    @property
    def facts(self) -> PointFacts:
        """As the base keeps it."""
        return PointFacts(service=self.service.value, phases=self.phases, max_kw=self.max_kw, node=self.node.strip())


class PointChange(PointIn):
    """A service point as it shall be."""

    version: Version


class PointOut(BaseModel):
    """A service point on record."""

    point_id: int
    account_id: int
    version: int
    service: str
    phases: int
    max_kw: Decimal | None
    node: str

    @classmethod
    def of(cls, one: store.Point) -> PointOut:
        """Show a service point."""
        facts = one.facts
        return cls(
            point_id=one.point_id,
            account_id=one.account_id,
            version=one.version,
            service=facts.service,
            phases=facts.phases,
            max_kw=facts.max_kw,
            node=facts.node,
        )


class PointList(BaseModel):
    """An account's service points; few enough for one answer."""

    items: list[PointOut]


class BillingChange(In):
    """How an account shall be billed."""

    version: Version
    billing_day: Annotated[int, Field(ge=1, le=28)] | None = None
    bill_by: parties.Channel | None = None
    reason: Reason = ""

    @property
    def facts(self) -> AccountFacts:
        """As the base keeps it."""
        return AccountFacts(billing_day=self.billing_day, bill_by=self.bill_by.value if self.bill_by else "")


class BillingOut(BaseModel):
    """How an account is billed."""

    account_id: int
    version: int
    billing_day: int | None
    bill_by: str | None

    @classmethod
    def of(cls, one: places.Billed) -> BillingOut:
        """Show it."""
        return cls(
            account_id=one.account_id,
            version=one.version,
            billing_day=one.facts.billing_day,
            bill_by=one.facts.bill_by or None,
        )


class PremisesChange(In):
    """Premises as they shall be."""

    version: Version
    residents: Annotated[int, Field(ge=0, le=999)] | None = None
    area: Annotated[Area | None, Field(description="Square metres that are heated.")] = None
    latitude: Degrees | None = None
    longitude: Degrees | None = None
    reason: Reason = ""

    @property
    def facts(self) -> PremisesFacts:
        """As the base keeps it."""
        return PremisesFacts(residents=self.residents, area=self.area, latitude=self.latitude, longitude=self.longitude)


class PremisesOut(BaseModel):
    """Premises on record; where they are is on the card of an account."""

    premises_id: int
    version: int
    time_zone: str
    residents: int | None
    area: Decimal | None
    latitude: Decimal | None
    longitude: Decimal | None

    @classmethod
    def of(cls, one: places.Premises) -> PremisesOut:
        """Show premises."""
        return cls(
            premises_id=one.premises_id,
            version=one.version,
            time_zone=one.time_zone,
            residents=one.facts.residents,
            area=one.facts.area,
            latitude=one.facts.latitude,
            longitude=one.facts.longitude,
        )


class MeterChange(In):
    """What an inspector found or did at a meter."""

    version: Version
    seal: Annotated[str, Field(max_length=24)] = ""
    sealed_on: date | None = None
    verified_on: date | None = None
    verification_due: date | None = None
    amr: Annotated[bool, Field(description="It reads itself.")] = False
    virtual: Annotated[bool, Field(description="It is worked out from others.")] = False
    point_id: Annotated[Id | None, Field(description="The service point that it measures.")] = None
    reason: Reason = ""

    @property
    def facts(self) -> MeterFacts:
        """As the base keeps it."""
        return MeterFacts(
            seal=self.seal.strip(),
            sealed_on=self.sealed_on,
            verified_on=self.verified_on,
            verification_due=self.verification_due,
            amr=self.amr,
            virtual=self.virtual,
            point_id=self.point_id,
        )


class MeterOut(BaseModel):
    """A meter on record; its registers are on the card of the account."""

    meter_id: int
    account_id: int
    version: int
    serial: str
    model: str
    installed_on: date
    removed_on: date | None
    seal: str
    sealed_on: date | None
    verified_on: date | None
    verification_due: date | None
    amr: bool
    virtual: bool
    point_id: int | None

    @classmethod
    def of(cls, one: places.Meter) -> MeterOut:
        """Show a meter."""
        facts = one.facts
        return cls(
            meter_id=one.meter_id,
            account_id=one.account_id,
            version=one.version,
            serial=one.serial,
            model=one.model,
            installed_on=one.installed_on,
            removed_on=one.removed_on,
            seal=facts.seal,
            sealed_on=facts.sealed_on,
            verified_on=facts.verified_on,
            verification_due=facts.verification_due,
            amr=facts.amr,
            virtual=facts.virtual,
            point_id=facts.point_id,
        )


class MeterList(BaseModel):
    """An account's meters; few enough for one answer."""

    items: list[MeterOut]


class PinIn(In):
    """A PIN for the telephone."""

    pin: Annotated[str, Field(pattern=r"^[0-9]{4,8}$", repr=False)]
    """Four to eight digits, not all the same."""


class ReasonIn(In):
    """Why."""

    reason: Reason = ""


class DoneOut(BaseModel):
    """Whose it was."""

    customer_id: int
