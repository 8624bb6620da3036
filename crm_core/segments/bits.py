"""Facts that are a few codes at once, kept as bits of one small number: which code is which bit (pure).

A code's place never changes: what is stored already means it. New codes go to the end, at most fifteen of a fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

WAYS = ("phone", "sms", "email", "messenger", "post")
CONSENTS = ("marketing", "calls", "sms", "email", "recording", "biometric", "third_party")
REACH = ("phone", "verified", "email")
SUPPLIES = ("connected", "restricted", "cut_off", "ended")
SERVICES = ("power", "water", "gas", "heat")
BITS: Mapping[str, tuple[str, ...]] = {
    "reach": REACH,
    "wanted": WAYS,
    "opt_outs": WAYS,
    "consents": CONSENTS,
    "withdrawn": CONSENTS,
    "supply": SUPPLIES,
    "services": SERVICES,
}
"""Codes by fact, the first of them bit 0."""


def mask(fact: str, codes: Iterable[object]) -> int:
    """Return the bits of these codes; a code that a fact does not have is none."""
    places = {code: 1 << place for place, code in enumerate(BITS[fact])}
    return sum({places.get(str(code), 0) for code in codes})
