"""Who gave a reading, what that makes it worth, and why none could be taken (pure; DOMAIN D2 rules 10 and 11)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Source(StrEnum):
    """Where a reading comes from; the list of DOMAIN D2 rule 10."""

    IVR = "ivr"
    OPERATOR = "operator"
    WEB = "web"
    BOT = "bot"
    INSPECTOR = "inspector"
    VERIFIED = "verified"
    """Read by the customer and proved: a picture, a second person."""
    AMR = "amr"
    """By a remote meter."""
    OFFICE = "office"
    """Estimated by a person."""
    SYSTEM = "system"
    """Estimated by the house, from usual use."""
    PRORATED = "prorated"
    """Worked out between two readings."""
    FORCED = "forced"
    """Put in the place of one that cannot be right."""
    AGREED = "agreed"
    """What both sides settled on."""
    EXCHANGE = "exchange"
    """Final or initial one of a meter's exchange."""


class Flag(StrEnum):
    """How much a reading is worth to whoever bills it (quality of readings in IEC 61968-9)."""

    ACTUAL = "ACTUAL"
    ESTIMATE = "ESTIMATE"
    CALCULATED = "CALCULATED"
    SUBSTITUTED = "SUBSTITUTED"
    AGREED = "AGREED"


QUALITY: Mapping[str, str] = {
    Source.IVR: "actual",
    Source.OPERATOR: "actual",
    Source.WEB: "actual",
    Source.BOT: "actual",
    Source.INSPECTOR: "actual",
    Source.VERIFIED: "actual",
    Source.AMR: "actual",
    Source.AGREED: "actual",
    Source.OFFICE: "estimate",
    Source.SYSTEM: "estimate",
    Source.PRORATED: "estimate",
    Source.FORCED: "estimate",
    Source.EXCHANGE: "exchange",
}
"""What the rules take a reading for: `actual` ones may not go down, an `estimate` is superseded by them."""
TRUSTED = frozenset({
    Source.INSPECTOR, Source.VERIFIED, Source.AMR, Source.AGREED, Source.SYSTEM, Source.PRORATED, Source.FORCED,
    Source.EXCHANGE,
})  # fmt: skip
"""Not asked whether they are sure."""
BY_HAND = (Source.OPERATOR, Source.INSPECTOR, Source.VERIFIED, Source.OFFICE, Source.AGREED, Source.FORCED)
"""What a person in the office may enter."""
_FLAGS: Mapping[str, Flag] = {
    Source.OFFICE: Flag.ESTIMATE,
    Source.SYSTEM: Flag.ESTIMATE,
    Source.PRORATED: Flag.CALCULATED,
    Source.FORCED: Flag.SUBSTITUTED,
    Source.AGREED: Flag.AGREED,
}


class NoRead(StrEnum):
    """Why no reading could be taken."""

    NO_ACCESS = "no_access"
    REFUSED = "refused"
    DAMAGED = "damaged"
    BLANK = "blank"
    """The display shows nothing."""
    NOT_FOUND = "not_found"
    DANGER = "danger"
    OTHER = "other"


def flag(source: str, quality: str) -> Flag:
    """Return a stored reading's flag for exchange with others and for the card.

    Args:
        source: key of `QUALITY`.
        quality: as stored; `estimate` of a customer's own reading is one whose meter's verification ran out.
    """
    known = _FLAGS.get(source)
    if known is not None:
        return known
    return Flag.ESTIMATE if quality == "estimate" else Flag.ACTUAL
