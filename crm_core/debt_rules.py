"""The rules of plans and of restrictions as one piece of data: read, checked, written (pure).

A version of them lies in `debt_policies` as JSON and is valid from a day on; what was agreed or ordered under an older
one stays as it was.
"""

from __future__ import annotations

from crm_core.plans import PlanRule
from crm_core.restrictions import RestrictionRule
from crm_core.strict import Strict


class DebtRules(Strict):
    """Everything a utility decides about plans and restrictions."""

    plan: PlanRule = PlanRule()
    restriction: RestrictionRule = RestrictionRule()
