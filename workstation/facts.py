"""Why a rule found somebody, and what a reminder is about, as one sentence (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from crm_core.access import Field, hidden
from crm_core.masking import masked
from workstation.formats import Formats
from workstation.sentences import N_, Translate

WHY: Mapping[str, str] = {
    "cycle": N_("It is time again; the account is {status}."),
    "no_reading": N_("No reading since {since}; the last one was on {last_on}."),
    "no_reading.never": N_("There has never been a reading."),
    "consumption_down": N_("Used {used} since {since}, {percent} % less than {before} before."),
    "payments_stopped": N_("The last payment was on {last_on}; {balance} is owed."),
    "accept": N_("Nobody has accepted {number} in time."),
    "soon": N_("The deadline of {number} is near."),
    "due": N_("{number} is due now."),
    "late": N_("{number} is late."),
    "step_entry": N_("{number} has come to a step of its process."),
    "step_soon": N_("The limit of the step of {number} is near."),
    "step_late": N_("{number} is late at its step."),
    "contact": N_("A contact ended so: {result}."),
}
NEXT: Mapping[str, str] = {
    "call_back": N_("Call back"),
    "check_payment": N_("Look for the payment"),
    "open_dispute": N_("Open a dispute"),
    "open_application": N_("File an application"),
    "fix_number": N_("Put the number right"),
    "check_person": N_("Look at the person's card"),
    "review": N_("Look at it again"),
}
"""What is to be done after a contact, `crm_core.work.results.Next`."""
INSIDE = N_("The account belongs to the segment {segment}.")
STATUS: Mapping[str, str] = {"active": N_("served"), "closed": N_("closed"), "cut_off": N_("cut off")}


DAYS, AMOUNTS, NUMBERS = frozenset({"since", "last_on"}), frozenset({"balance"}), frozenset({"used", "before"})


def facts_told(facts: Mapping[str, Any], translate: Translate, written: Formats) -> str:
    """Return the sentence for the facts of a hit or of a task; "" when they say nothing we know."""
    what = str(facts.get("what") or facts.get("why") or ("contact" if facts.get("result") else ""))
    if what == "no_reading" and not facts.get("last_on"):
        what = "no_reading.never"
    if what not in WHY:
        return ""
    known = {name: _said(name, str(value), written) for name, value in facts.items()}
    if "status" in known and known["status"] in STATUS:
        known["status"] = translate(STATUS[known["status"]])
    if what == "contact":
        known["result"] = translate(known.get("title") or known["result"])
    said = translate(WHY[what])
    if known.get("next") in NEXT:
        said = f"{said} {translate(NEXT[known['next']])}."
    if "segment" in known:
        said = f"{said} {translate(INSIDE)}"
    for name, value in known.items():
        said = said.replace("{" + name + "}", value)
    return said


def _said(name: str, value: str, written: Formats) -> str:
    """Write a fact as the reader does; what somebody put there by hand stays as it is."""
    try:
        if name in DAYS:
            return written.day(date.fromisoformat(value))
        if name in AMOUNTS:
            return written.money(Decimal(value))
        return written.number(Decimal(value)) if name in NUMBERS else value
    except (ValueError, InvalidOperation):
        return value


def number_shown(number: str, role: str, *, own: bool) -> str:
    """Return the telephone number or address of a contact as a role may see it; one's own contact is a reason."""
    field = Field.EMAIL if "@" in number else Field.PHONE
    return masked(field, number) if field in hidden(role, reason=own) else number


def name_shown(name: str, role: str, *, own: bool) -> str:
    """Return a customer's name as a role may see it; one's own contact is a reason."""
    return masked(Field.NAME, name) if Field.NAME in hidden(role, reason=own) else name
