"""What is wrong with a customer, a contact, an agreement, in the reader's words; the words of their codes (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from crm_core.parties import Channel, ConsentKind, Fault, How, Label, Priority, Service, Status, Supply
from workstation.forms import NOT_A_CHOICE, REQUIRED
from workstation.sentences import N_, Translate

FAULTS: Mapping[Fault, str] = {
    Fault.NEEDED: REQUIRED,
    Fault.NOT_A_PHONE: N_("A telephone number is needed here, like +7 912 345-67-89."),
    Fault.NOT_AN_EMAIL: N_("An e-mail address is needed here, like anna@example.org."),
    Fault.NOT_A_LANGUAGE: N_("A language code is needed here, like ru or en."),
    Fault.NOT_IN_LIST: NOT_A_CHOICE,
    Fault.NO_WAY: N_("There is no number or address for this way yet: write it down first."),
    Fault.OPTED_OUT: N_("He does not want to be reached this way: choose another, or take the mark away."),
    Fault.ENDS_BEFORE: N_("It cannot end before it began."),
    Fault.END_NEEDED: N_("An agreement that has ended needs the day of its end."),
    Fault.NOT_IN_WRITING: N_("This consent is given in writing only: at the office or by letter."),
    Fault.TOO_MUCH: N_("Between 0.01 and 999999.99 kW."),
    Fault.NOT_A_BILLING_DAY: N_("A day from 1 to 28: every month has it."),
    Fault.TOO_MANY_RESIDENTS: N_("Between 0 and 999 people."),
    Fault.NOT_AN_AREA: N_("Between 0.1 and 9999999.9 square metres."),
    Fault.NOT_A_PLACE: N_("Latitude and longitude go together, in degrees, like 55.751244 and 37.618423."),
    Fault.SEALED_WHEN: N_("Between the day it was installed and today."),
    Fault.IN_FUTURE: N_("This day has not come yet."),
    Fault.DUE_BEFORE: N_("The next verification comes after the last one."),
    Fault.SHUT_BEFORE: N_("It cannot be shut off before it begins."),
}
STATUSES: Mapping[str, str] = {
    Status.PROSPECT: N_("Prospect"),
    Status.ACTIVE: N_("Active"),
    Status.FORMER: N_("Former"),
    Status.DECEASED: N_("Deceased"),
    Status.BANKRUPT: N_("Bankrupt"),
}
PRIORITIES: Mapping[str, str] = {
    Priority.NORMAL: N_("Normal"),
    Priority.HIGH: N_("High"),
    Priority.CRITICAL: N_("Critical"),
}
CHANNELS: Mapping[str, str] = {
    Channel.PHONE: N_("Call"),
    Channel.SMS: N_("SMS"),
    Channel.EMAIL: N_("E-mail"),
    Channel.MESSENGER: N_("Messenger"),
    Channel.POST: N_("Letter"),
}
LABELS: Mapping[str, str] = {
    Label.MOBILE: N_("Mobile"),
    Label.HOME: N_("At home"),
    Label.WORK: N_("At work"),
    Label.OTHER: N_("Other"),
}
CONSENTS: Mapping[str, str] = {
    ConsentKind.MARKETING: N_("Advertising"),
    ConsentKind.CALLS: N_("Calls"),
    ConsentKind.SMS: N_("SMS"),
    ConsentKind.EMAIL: N_("E-mail"),
    ConsentKind.RECORDING: N_("Recording of calls"),
    ConsentKind.BIOMETRIC: N_("Voice as identity"),
    ConsentKind.THIRD_PARTY: N_("Passing on to others"),
}
HOWS: Mapping[str, str] = {
    How.PHONE: N_("By telephone"),
    How.OFFICE: N_("At the office"),
    How.WEB: N_("On the site"),
    How.LETTER: N_("By letter"),
    How.EMAIL: N_("By e-mail"),
    How.IMPORT: N_("With a file"),
}
SUPPLIES: Mapping[str, str] = {
    Supply.CONNECTED: N_("Connected"),
    Supply.RESTRICTED: N_("Restricted"),
    Supply.CUT_OFF: N_("Cut off"),
    Supply.ENDED: N_("Ended"),
}
SERVICES: Mapping[str, str] = {
    Service.POWER: N_("Electricity"),
    Service.WATER: N_("Water"),
    Service.GAS: N_("Gas"),
    Service.HEAT: N_("Heat"),
}
FLAGS: Mapping[str, str] = {
    "vip": N_("Key customer"),
    "life_support": N_("Life support"),
    "do_not_call": N_("Do not call"),
    "legal": N_("In court"),
    "represented": N_("Has a representative"),
    "moratorium": N_("Moratorium on debt"),
}
FIELDS: Mapping[str, str] = {
    "language": N_("Language"),
    "status": N_("Status"),
    "priority": N_("Priority"),
    "special_need": N_("Special need"),
    "flags": N_("Marks"),
    "name": N_("Name"),
    "role": N_("Role"),
    "phone": N_("Telephone"),
    "email": N_("E-mail"),
    "channel": N_("Best reached by"),
    "opt_out": N_("Does not want"),
    "verified": N_("Verified"),
    "number": N_("Number"),
    "supply": N_("Supply"),
    "started_on": N_("Begins"),
    "ended_on": N_("Ends"),
    "prepay": N_("Paid in advance"),
    "budget_bill": N_("Same amount every month"),
    "service": N_("Service"),
    "phases": N_("Phases"),
    "max_kw": N_("Most power, kW"),
    "node": N_("Network node"),
    "tariff_id": N_("Tariff"),
    "shut_off_on": N_("Shut off on"),
    "billing_day": N_("Billed on day"),
    "bill_by": N_("Bills come by"),
    "residents": N_("Residents"),
    "area": N_("Area, m²"),
    "latitude": N_("Latitude"),
    "longitude": N_("Longitude"),
    "seal": N_("Seal"),
    "sealed_on": N_("Sealed on"),
    "verified_on": N_("Verified on"),
    "verification_due": N_("Verified until"),
    "amr": N_("Reads itself"),
    "virtual": N_("Worked out from others"),
    "point_id": N_("Service point"),
    **CONSENTS,
}
"""Fields as the history names them."""


def sentences(faults: Mapping[str, Fault], translate: Translate) -> dict[str, str]:
    """Return one sentence for each field that is not right."""
    return {field: translate(FAULTS[fault]) for field, fault in faults.items()}


def options(words: Mapping[str, str], translate: Translate) -> list[tuple[str, str]]:
    """Return codes with their words, for a list to choose from."""
    return [(str(code), translate(text)) for code, text in words.items()]
