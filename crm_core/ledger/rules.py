"""The rules of money as one piece of data: read, checked, written (pure).

A version of them lies in `money_policies` as JSON and is valid from a day on; what was decided under an older one
stays as it was.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field, field_validator

from crm_core import debt
from crm_core.ledger.allocation import AllocationRule
from crm_core.ledger.approvals import Limits
from crm_core.ledger.kinds import INVOICE, Kind
from crm_core.ledger.path import DELIVERED, PathStep
from crm_core.ledger.penalty import PenaltyRule
from crm_core.ledger.plans import PlanRule
from crm_core.ledger.promises import PromiseRule
from crm_core.ledger.restriction import RestrictionRule
from crm_core.strict import Strict

KINDS = frozenset({INVOICE, *Kind})


class Bucket(Strict):
    """One step of a debt's age."""

    most: Annotated[int, Field(ge=0, le=36_500)]
    """Days past due, at most."""
    label: Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[\w +-]+$")]


class MoneyRules(Strict):
    """Everything a utility decides about money."""

    ageing: Annotated[tuple[Bucket, ...], Field(min_length=1, max_length=20)] = tuple(
        Bucket(most=most, label=label) for most, label in debt.BUCKETS
    )
    allocation: AllocationRule = AllocationRule()
    penalty: PenaltyRule = PenaltyRule()
    promise: PromiseRule = PromiseRule()
    plan: PlanRule = PlanRule()
    restriction: RestrictionRule = RestrictionRule()
    path: Annotated[tuple[PathStep, ...], Field(max_length=12)] = DELIVERED
    limits: Limits = Limits()

    @field_validator("ageing")
    @classmethod
    def _in_order(cls, buckets: tuple[Bucket, ...]) -> tuple[Bucket, ...]:
        if any(after.most <= before.most for before, after in pairwise(buckets)):
            raise ValueError("each bucket must reach further than the one before it")
        labels = [one.label for one in buckets]
        if len(set(labels)) < len(labels) or {debt.DISPUTED, debt.oldest(buckets[-1].most)} & set(labels):
            raise ValueError("each bucket needs a label of its own")
        return buckets

    @field_validator("allocation")
    @classmethod
    def _known_kinds(cls, rule: AllocationRule) -> AllocationRule:
        strangers = [kind for kind in rule.priority if kind not in KINDS]
        if strangers or len(set(rule.priority)) < len(rule.priority):
            raise ValueError(f"priority is made of these, each once: {', '.join(sorted(KINDS))}")
        return rule

    @field_validator("penalty")
    @classmethod
    def _steps_once(cls, rule: PenaltyRule) -> PenaltyRule:
        if len({step.from_day for step in rule.steps}) < len(rule.steps):
            raise ValueError("each step of the penalty begins on a day of its own")
        if rule.steps and not rule.rates:
            raise ValueError("a penalty needs a rate")
        return rule

    @field_validator("path")
    @classmethod
    def _path_goes_on(cls, path: tuple[PathStep, ...]) -> tuple[PathStep, ...]:
        if len({one.step for one in path}) < len(path) or len({one.from_day for one in path}) < len(path):
            raise ValueError("each step of the path is there once and begins on a day of its own")
        return path

    @property
    def buckets(self) -> debt.Ageing:
        """The ageing as `crm_core.debt.count` takes it."""
        return debt.Ageing(steps=tuple((one.most, one.label) for one in self.ageing))
