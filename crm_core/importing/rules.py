"""Why a row of a file is not taken, and what would be right: every rule has a code, counted and told by it (pure).

Sentences are English here; pages translate them (`workstation/locale/…/exchange.po`). `{detail}` is what the rule saw.
Rules of readings are those of `crm_core.readings`, by the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason."""

    why: str
    """What is wrong with the row."""
    right: str
    """What would be taken."""


RULES: Mapping[str, Rule] = {
    # --- one row by itself
    "account-empty": Rule("the account number is empty", "the number of the account, in every row"),
    "account-spelling": Rule(
        "the account number has more than 12 characters, or other ones than letters and digits",
        "up to 12 letters and digits",
    ),
    "name-empty": Rule("the name is empty", "the name of the person or organisation"),
    "address-empty": Rule("the address is empty", "the address of the premises"),
    "not-a-phone": Rule("the telephone number is not one", "a whole number with its area code, such as +79001112233"),
    "time-zone": Rule("the time zone is not known; write it like Europe/Moscow", "a name such as Europe/Moscow"),
    "not-an-email": Rule("the e-mail address is not one", "an address such as name@example.org"),
    "not-a-date": Rule(
        "{detail} is not a date; write it like 2026-03-31 or 31.03.2026", "a day such as 2026-03-31 or 31.03.2026"
    ),
    "future-date": Rule("{detail} lies in the future", "today or an earlier day"),
    "serial-empty": Rule("the serial number is empty", "the serial number of the meter"),
    "serial-long": Rule("the serial number has more than 24 characters", "up to 24 letters and digits"),
    "whole-number": Rule("a whole number is needed: {detail}", "a whole number within these bounds"),
    "removed-early": Rule(
        "the meter was removed before it was installed", "a day of removal after that of installation"
    ),
    "reading-day-empty": Rule("the date of the reading is empty", "the day the meter was read"),
    "register-unknown": Rule("the register must be single, day or night", "single, day or night"),
    "not-a-number": Rule(
        "a reading must be a number with at most three decimals", "digits, and at most three after the point"
    ),
    "no-reading": Rule("the row holds no reading", "a value, or day and night"),
    "register-twice": Rule("the row gives one register twice", "one value for each register"),
    "unit": Rule(
        "{detail} is not energy that this meter counts", "kilowatt hours or watt hours, as a state of the dial"
    ),
    "month": Rule("the month billed is not one; write it like 2026-03", "a month such as 2026-03"),
    "month-future": Rule("the month billed lies in the future", "this month or an earlier one"),
    "due-early": Rule("the bill is due before it is issued", "a day of payment after that of issue"),
    "payment-day-empty": Rule("the date of the payment is empty", "the day the money came"),
    "amount": Rule("the amount is not clearly one; write it like 1234.50", "an amount such as 1234.50"),
    "amount-positive": Rule("the amount must be positive", "an amount above zero"),
    "outgoing": Rule("this payment went out, it did not come in", "payments from subscribers only"),
    # --- custom fields
    "nothing-said": Rule("the row gives no value", "a value in one of the columns of custom fields"),
    "meter-unnamed": Rule("{detail} belongs to a meter, and the row names none", "the serial number of the meter"),
    "no-meter": Rule(
        "the account has no meter with this serial number", "the serial number of a meter of this account"
    ),
    "value-required": Rule("{detail} is empty, and the field must have a value", "a value in every row"),
    "value-whole": Rule("{detail}: this is not a whole number", "digits without a point, such as 12"),
    "value-number": Rule("{detail}: this is not a number", "a number such as 12.5"),
    "value-amount": Rule("{detail}: this is not clearly an amount", "an amount such as 1234.50"),
    "value-date": Rule("{detail}: this is not a date", "a day such as 2026-03-31 or 31.03.2026"),
    "value-flag": Rule("{detail}: this is neither yes nor no", "yes or no"),
    "value-choice": Rule("{detail}: this is none of its choices", "a choice of the field, by its name or code"),
    "value-too-small": Rule("less than the field takes: {detail}", "a value within this limit"),
    "value-too-large": Rule("more than the field takes: {detail}", "a value within this limit"),
    # --- beside the other rows of the file, and in the base
    "no-such-account": Rule(
        "there is no account with this number: import subscribers first", "the number of an account that is in the base"
    ),
    "no-such-meter": Rule(
        "no meter with this serial number hangs anywhere, or several do: give the account",
        "a serial number that is in the base once, or the account beside it",
    ),
    "other-name": Rule(
        "another name or address in row {detail} of the same account", "one name and address for all rows of an account"
    ),
    "meter-twice": Rule("the meter is in row {detail} already", "one row for each meter"),
    "no-register": Rule(
        "the account has no such meter and register, or several: give the serial number",
        "the serial number and the register of a meter of this account",
    ),
    "day-twice": Rule(
        "another reading of this register and day is in row {detail}", "one reading for each register and day"
    ),
    "month-twice": Rule("this month was billed in row {detail} already", "one bill for an account and month"),
    "other-bill": Rule(
        "this month is billed already with another amount: {detail}", "the amount that is in the base, or an adjustment"
    ),
    "row-together": Rule(
        "another register of this row cannot go in", "all registers of a meter, each within its rules"
    ),
    # --- rules of readings (crm_core.readings); what would be accepted is told as a range
    "incomplete": Rule("a register of the meter is missing on this day", "readings of all registers of the meter"),
    "went-down": Rule("the reading is lower than the last one", "a value within {detail}"),
    "too-many-digits": Rule("the reading has more digits than the meter", "a value within {detail}"),
    "too-many-decimals": Rule(
        "the reading has more decimals than the meter shows", "as many decimals as the meter has"
    ),
    "negative": Rule("a meter never shows less than zero", "a value within {detail}"),
    "in-future": Rule("this day has not come yet at the premises", "today or an earlier day"),
    "before-last-reading": Rule("there is a later reading already", "a day after the last reading"),
    "before-installation": Rule("the meter was not installed on that day", "a day on which the meter hung there"),
    "before-seal": Rule("the meter was sealed later than that day", "a day after the seal was put on"),
    "account-closed": Rule("the account was closed before that day", "a day on which the account was open"),
    "outside-window": Rule(
        "given outside the days in which readings are taken", "a day within the window of the reading rules"
    ),
    "meter-removed": Rule("the meter was taken away before that day", "a day on which the meter hung there"),
    "unknown-register": Rule("this register belongs to another meter", "a register of the account's meter"),
    # --- held: stored, not billed, until somebody confirms them
    "too-high": Rule("far more than usual; stored as held until it is confirmed", "a value within {detail}"),
    "too-low": Rule("far less than usual; stored as held until it is confirmed", "a value within {detail}"),
    "unchanged": Rule(
        "the same value again and again; stored as held until it is confirmed", "a value within {detail}"
    ),
    "outside-window-held": Rule(
        "given outside the days in which readings are taken; stored as held until it is confirmed",
        "a day within the window of the reading rules",
    ),
    "disconnected": Rule("used while supply is cut off; stored as held until it is confirmed", "no use at all"),
    # --- rows that an undo leaves as they are
    "changed-since": Rule("somebody changed it after the import", "what stands there now stays"),
    "in-use": Rule("something that came later refers to it", "take that back first"),
    "built-upon": Rule("a later reading of this register builds on it", "take the later reading back first"),
}
"""By code. docs/import.md names them all."""
HELD = frozenset({"too-high", "too-low", "unchanged", "disconnected", "outside-window-held"})
"""Rows that go in, but wait for a second look."""


def same(text: str) -> str:
    """Return a text untranslated."""
    return text


def why(rule: str, detail: str, translate: Callable[[str], str] = same) -> str:
    """Say why a row was not taken."""
    return translate(RULES[rule].why).format(detail=detail)


def right(rule: str, detail: str, translate: Callable[[str], str] = same) -> str:
    """Say what would have been taken."""
    return translate(RULES[rule].right).format(detail=detail)
