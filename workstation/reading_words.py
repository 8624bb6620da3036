"""What the rules say of a reading, in words: which rule, and what would be accepted (pure)."""

from __future__ import annotations

from decimal import Decimal

from crm_core.readings import Verdict
from workstation.sentences import N_, Translate, rule_sentence

BETWEEN = N_("From {least} to {most} is accepted without a question.")
PERHAPS = N_("Perhaps {value} is meant.")
BOUNDED = frozenset({"went-down", "too-high", "too-low", "disconnected", "too-many-digits", "negative"})
"""Rules that object to the value itself: for the others no value would do."""


def said(verdict: Verdict, translate: Translate) -> str:
    """Say which rule objects and what would be accepted; "" when none objects."""
    if not verdict.rule:
        return ""
    return explained(verdict.rule, verdict.least, verdict.most, verdict.perhaps, translate)


def explained(
    rule: str, least: Decimal | None, most: Decimal | None, perhaps: Decimal | None, translate: Translate
) -> str:
    """Say it of a rule's name and bounds, as they stand with a held reading."""
    sentences = [rule_sentence(rule, translate)]
    if rule in BOUNDED and least is not None and most is not None and least <= most:
        sentences.append(translate(BETWEEN).format(least=shown(least), most=shown(most)))
    if perhaps is not None:
        sentences.append(translate(PERHAPS).format(value=shown(perhaps)))
    return " ".join(sentences)


def shown(value: Decimal) -> str:
    """Write a reading as the dial shows it: no groups, no exponent, no zeros behind."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
