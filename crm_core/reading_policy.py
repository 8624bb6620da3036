"""What a utility decides about readings, as data: read, checked, turned into a `Policy` (pure).

A version lies in `reading_policies` and is valid from a day on; operator, IVR, web and import all read it there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from crm_core.reading_types import Source
from crm_core.strict import Strict

Factor = Annotated[Decimal, Field(ge=0, le=1000, max_digits=8, decimal_places=3)]
MOST_REPEATS = 6
"""So many readings of a register the store lays before the rules."""


class Factors(Strict):
    """What is far from the usual for one service, one register or one way of giving readings (rule 6)."""

    service: Literal["", "power", "water", "gas", "heat"] = ""
    """A value of `crm_core.parties.Service`; "" fits every one."""
    code: Annotated[str, Field(max_length=8, pattern=r"^[a-z0-9_]*$")] = ""
    """Code of a register; "" fits every one."""
    source: Source | Literal[""] = ""
    """Who gave the reading; "" fits everybody."""
    low: Factor
    high: Annotated[Decimal, Field(ge=1, le=1000, max_digits=8, decimal_places=3)]
    """Times the usual consumption."""
    high_least: Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 9, decimal_places=3)]
    """Consumption in the service's unit that is never too high."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.low >= self.high:
            raise ValueError("low: it must be less than high")
        return self

    def fits(self, service: str, code: str, source: str) -> bool:
        """Whether they are about such a reading."""
        return self.service in {"", service} and self.code in {"", code} and self.source in {"", source}


DELIVERED = (
    Factors(service="water", low=Decimal("0.1"), high=Decimal(3), high_least=Decimal(10)),
    Factors(service="gas", low=Decimal("0.1"), high=Decimal(3), high_least=Decimal(50)),
    Factors(service="heat", low=Decimal("0.1"), high=Decimal(3), high_least=Decimal(1)),
)
"""A cubic metre is not a kilowatt-hour: what is never too high differs by unit (m3, m3, Gcal)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a utility decided, and the day it is there."""

    today: date
    window_first: int = 15
    window_last: int = 26
    """Days of the month in which readings count for that month."""
    outside: str = "next"
    """On other days a reading counts for the month billed `next`, or the policy says `hold` or `refuse`."""
    low: Decimal = Decimal("0.1")
    high: Decimal = Decimal(3)
    """Times the usual consumption; beyond it a reading is held."""
    high_least: Decimal = Decimal(100)
    """Consumption that is never too high: three times nearly nothing is still nearly nothing."""
    factors: tuple[Factors, ...] = DELIVERED
    """Instead of the three above, where the first that fits is found here."""
    low_days: int = 20
    """A shorter time may pass without any use."""
    rollover_from: Decimal = Decimal("0.9")
    repeats: int = 3
    """So many equal readings in a row are held: the dial may be stuck."""
    verified_days: int = 31
    """How long a held reading waits for being given a second time."""
    expired: str = "accept"
    """Readings of a meter whose verification ran out: `accept`, or take as `estimate`."""
    source: str = "operator"
    """A key of `reading_types.QUALITY`."""
    confirmed: bool = False
    """Somebody looked again and gave a reason."""

    def factors_for(self, service: str, code: str) -> Factors:
        """Return what is far from the usual for a register of a service, given by this source."""
        found = next((one for one in self.factors if one.fits(service, code, self.source)), None)
        return found or Factors.model_construct(low=self.low, high=self.high, high_least=self.high_least)


class ReadingRules(Strict):
    """One version; the defaults are those of DOMAIN D2."""

    window_first: Annotated[int, Field(ge=1, le=31)] = 15
    """First day of the month on which readings are taken for it."""
    window_last: Annotated[int, Field(ge=1, le=31)] = 26
    """Last one; later readings count for the next month."""
    outside: Literal["next", "hold", "refuse"] = "next"
    """What happens outside those days: counts for the month billed next, is held, is refused."""
    low: Factor = Decimal("0.1")
    high: Annotated[Decimal, Field(ge=1, le=1000, max_digits=8, decimal_places=3)] = Decimal(3)
    """Times the usual consumption; beyond it a reading is held."""
    high_least: Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 9, decimal_places=3)] = Decimal(100)
    """Consumption, in the meter's unit, that is never too high."""
    factors: Annotated[tuple[Factors, ...], Field(max_length=40)] = DELIVERED
    """Instead of these three for a service, a register or a source: the first that fits counts."""
    low_days: Annotated[int, Field(ge=0, le=366)] = 20
    """A shorter time may pass without any use."""
    rollover_from: Annotated[Decimal, Field(ge=Decimal("0.5"), lt=1, max_digits=8, decimal_places=3)] = Decimal("0.9")
    """Share of the dial from which it may go over its end."""
    repeats: Annotated[int, Field(ge=2, le=MOST_REPEATS)] = 3
    """So many equal readings in a row are held."""
    verified_days: Annotated[int, Field(ge=1, le=366)] = 31
    """How long a held reading waits for being given a second time."""
    expired: Literal["accept", "estimate"] = "accept"
    """Readings of a meter whose verification ran out."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.window_last < self.window_first:
            raise ValueError("window_last: the window must not end before it begins")
        if self.low >= self.high:
            raise ValueError("low: it must be less than high")
        return self

    def policy(self, today: date, source: str = "operator", *, confirmed: bool = False) -> Policy:
        """Return it as `crm_core.readings.judge` takes it."""
        return Policy(today=today, source=source, confirmed=confirmed, **dict(self))
