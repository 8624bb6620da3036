"""Weighs a pair: evidence by feature, the sum, and what forbids it (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crm_core.duplicates.comparing import compare
from crm_core.duplicates.traits import Subscriber, Traits, traits
from crm_core.duplicates.weights import SURE, THRESHOLD, WEIGHTS, Feature, Level


class Veto(StrEnum):
    """Why two records are never one customer, whatever else agrees."""

    KIND = "kind"
    """A legal entity and a person: its people are contacts of it, never the same customer."""
    TAX_NUMBER = "tax_number"
    BORN_ON = "born_on"
    SAME_RECORD = "same_record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one feature says."""

    feature: Feature
    level: Level
    weight: float
    """Bits; below zero it speaks against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What all features together say."""

    score: float
    evidence: tuple[Evidence, ...]
    """The heaviest first."""
    veto: Veto | None = None

    @property
    def is_candidate(self) -> bool:
        """Whether a person should look at the pair."""
        return self.veto is None and self.score >= THRESHOLD

    @property
    def is_sure(self) -> bool:
        """Whether there is hardly a doubt."""
        return self.veto is None and self.score >= SURE


def forbidden(left: Subscriber, right: Subscriber) -> Veto | None:
    """Return what forbids to merge two customers, None when nothing does."""
    if left.customer_id == right.customer_id:
        return Veto.SAME_RECORD
    if left.kind != right.kind:
        return Veto.KIND
    if left.tax_number and right.tax_number and left.tax_number != right.tax_number:
        return Veto.TAX_NUMBER
    if left.born_on and right.born_on and left.born_on != right.born_on:
        return Veto.BORN_ON
    return None


def judge(left: Subscriber, right: Subscriber) -> Verdict:
    """Weigh two customers."""
    return weigh(traits(left), traits(right))


def weigh(left: Traits, right: Traits) -> Verdict:
    """As `judge`, for customers that were taken apart before."""
    veto = forbidden(left.subscriber, right.subscriber)
    if veto is not None:
        return Verdict(score=0.0, evidence=(), veto=veto)
    evidence = [
        Evidence(feature=feature, level=level, weight=round(WEIGHTS[feature, level], 3))
        for feature, level in compare(left, right).items()
    ]
    evidence.sort(key=lambda one: (-abs(one.weight), one.feature))
    return Verdict(score=round(sum(one.weight for one in evidence), 3), evidence=tuple(evidence))
