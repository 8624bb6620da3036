"""Which numbers of the public network we ever call: one rule for call-backs, transfers and campaigns alike (pure).

Callers name the number at which they want to be called, operators the one they pass a caller on to: both may be led to
numbers that cost the house money or ring a stranger (SECURITY.md, AC05 and AC12). Kinds of numbers are those of ITU-T
E.164 as libphonenumber knows them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType

from crm_core.phones import e164

ORDINARY = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""Kinds that cost what a call costs; neither premium rate nor shared cost, no pagers, no voicemail boxes."""


class NoCall(StrEnum):
    """Why a number is not called."""

    NOT_A_NUMBER = "not-a-number"
    COUNTRY = "country-not-allowed"
    KIND = "kind-not-allowed"
    OURS = "our-own-number"


@dataclass(frozen=True, slots=True)
class MayCall:
    """It may be called."""

    number: str
    """E.164."""


def judge(text: str, home: str, countries: Collection[str] = (), ours: Collection[str] = ()) -> MayCall | NoCall:
    """Say whether a number may be called.

    Args:
        text: the number in any spelling; hostile.
        home: our country, ISO 3166; a number without a country code is of it.
        countries: countries whose numbers are called; none: `home` alone.
        ours: our own numbers, which would ring back into our own menu.

    """
    number = e164(text, home)
    if number is None:
        return NoCall.NOT_A_NUMBER
    if number in ours:
        return NoCall.OURS
    parsed = phonenumbers.parse(number, None)
    if phonenumbers.region_code_for_number(parsed) not in (countries or (home,)):
        return NoCall.COUNTRY
    if phonenumbers.number_type(parsed) not in ORDINARY:
        return NoCall.KIND
    return MayCall(number)
