"""Who works for which campaigns, and the legs on which they stand ready (pure values)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.views import OperatorId
from telephony.events import LegId


@dataclass(slots=True)
class Stands:
    """What the floor knows of standing legs."""

    serves: Mapping[OperatorId, frozenset[int]] = field(default_factory=dict)
    """Operators of campaigns that run, and which."""
    legs: dict[OperatorId, LegId] = field(default_factory=dict)
    """Rung or up, with nobody on it yet."""
    tries: dict[OperatorId, int] = field(default_factory=dict)
    """How often in a row a telephone did not answer by itself."""
    resting: set[OperatorId] = field(default_factory=set)
    """Whose telephone failed a moment ago: it is rung again in a second."""
