"""Words of what is advised: rules, forms, reasons, kinds of offers (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from crm_core.advice import OFFER, OfferKind, Rule
from workstation.sentences import N_

RULES: Mapping[str, str] = {
    Rule.OUTAGE: N_("Tell of the outage"),
    Rule.LATE_APPLICATION: N_("Look after the late application"),
    Rule.BROKEN_PROMISE: N_("Speak of the broken promise"),
    Rule.MISSED_PART: N_("Speak of the missed part of the plan"),
    Rule.PROMISE_DUE: N_("Remind of the promise"),
    Rule.OFFER_PLAN: N_("Offer to pay in parts"),
    Rule.HELD_READING: N_("Ask for the held reading again"),
    Rule.READING: N_("Take this month's reading"),
    Rule.ESTIMATED: N_("Ask for a true reading"),
    Rule.VERIFICATION: N_("Offer to have the meter verified"),
    Rule.NO_PHONE: N_("Ask for a telephone number"),
    Rule.NO_EMAIL: N_("Ask for an e-mail address"),
    Rule.NO_CONSENT: N_("Ask whether offers are welcome"),
    OFFER: N_("Offer"),
}
WHEN: Mapping[str, str] = {
    Rule.OUTAGE: N_("An outage of the place is announced in the menus."),
    Rule.LATE_APPLICATION: N_("An application is past its deadline."),
    Rule.BROKEN_PROMISE: N_("The last promise was broken lately, and something is overdue."),
    Rule.MISSED_PART: N_("A part of the plan was not paid."),
    Rule.PROMISE_DUE: N_("The day of the promise is near."),
    Rule.OFFER_PLAN: N_("Much is overdue, and nothing was promised."),
    Rule.HELD_READING: N_("A rule holds a reading back."),
    Rule.READING: N_("The reading window is open, and no reading of this month is there."),
    Rule.ESTIMATED: N_("The last readings were estimated."),
    Rule.VERIFICATION: N_("The verification of a meter has run out or will soon."),
    Rule.NO_PHONE: N_("No telephone number is known."),
    Rule.NO_EMAIL: N_("No e-mail address is known."),
    Rule.NO_CONSENT: N_("Nobody asked yet whether offers are welcome."),
}
REASONS: Mapping[str, str] = {
    "done": N_("It is done already"),
    "unwilling": N_("The caller does not want it"),
    "untimely": N_("It was not the moment"),
    "untrue": N_("It is not so"),
}
"""Why something was put aside or refused."""
KINDS: Mapping[str, str] = {
    OfferKind.TARIFF: N_("Tariff"),
    OfferKind.SERVICE: N_("Service"),
    OfferKind.CHANNEL: N_("Bills and channels"),
    OfferKind.PAYMENT: N_("Way to pay"),
}
