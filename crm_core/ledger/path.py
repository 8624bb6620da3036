"""What is done next about a debt: steps by its age as data, and what makes them wait (pure; DOMAIN D3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from crm_core.strict import Strict


class Step(StrEnum):
    """The path of a debt; a promise or a plan lets it rest."""

    REMINDER = "reminder"
    """A message or a call of the telephone menu."""
    CALL = "call"
    """A person calls, softly."""
    NOTICE = "notice"
    WARNING = "warning"
    """Of restriction."""
    FIELD_ORDER = "field_order"
    """Supply is restricted by somebody who goes there."""
    COURT = "court"
    """Court, or writing the debt off."""


class PathStep(Strict):
    """When a step is due."""

    step: Step
    from_day: Annotated[int, Field(ge=1, le=36_500)]
    """Days past due of the oldest bill."""
    least: Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 9, max_digits=12, decimal_places=2)] = Decimal(0)
    """Not for less overdue than this."""


DELIVERED = tuple(
    PathStep(step=step, from_day=day, least=Decimal(least))
    for step, day, least in (
        (Step.REMINDER, 1, 100), (Step.CALL, 11, 300), (Step.NOTICE, 31, 300), (Step.WARNING, 61, 500),
        (Step.FIELD_ORDER, 91, 500), (Step.COURT, 181, 3000),
    )
)  # fmt: skip
RESTS: Sequence[str] = ("deceased", "bankrupt", "dispute", "moratorium", "legal", "represented")
"""Flags that let the path rest; the first one that is there says why."""
SPARED = {"life_support": frozenset({Step.WARNING, Step.FIELD_ORDER})}
"""Steps that a flag passes over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a debt is on the path."""

    step: Step | None
    """What is due, None when nothing is yet, or when the path rests."""
    since: date | None = None
    """From which day on."""
    rests: str = ""
    """Why the path rests: a flag, `plan` or `promise`."""


def stage(  # noqa: PLR0913 -- everything a debt's path depends on
    overdue: Decimal,
    oldest_due_on: date | None,
    today: date,
    path: Sequence[PathStep],
    *,
    flags: Collection[str] = (),
    agreed: str = "",
) -> Stage:
    """Return the furthest step that a debt has reached.

    Args:
        overdue: and not in dispute.
        oldest_due_on: of the oldest of it; None when nothing is overdue.
        today: the day of asking.
        path: the steps in force.
        flags: of the account and its customer.
        agreed: `plan` or `promise` while one stands.
    """
    if oldest_due_on is None or overdue <= 0:
        return Stage(step=None)
    rests = next((flag for flag in RESTS if flag in flags), "") or agreed
    if rests:
        return Stage(step=None, rests=rests)
    spared = {step for flag, steps in SPARED.items() if flag in flags for step in steps}
    days = (today - oldest_due_on).days
    reached = [one for one in path if one.from_day <= days and one.least <= overdue and one.step not in spared]
    if not reached:
        return Stage(step=None)
    last = max(reached, key=lambda one: one.from_day)
    return Stage(step=last.step, since=oldest_due_on + timedelta(last.from_day))
