"""What the evidence about a pair says, and what a merge moves, in words (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crm_core.access import Field, Role, hidden
from crm_core.duplicates.pairlife import PairState
from crm_core.duplicates.scoring import Veto
from crm_core.duplicates.weights import Feature, Level
from crm_core.masking import SECRET_FLAGS, masked
from workstation.parties import FLAGS, PRIORITIES
from workstation.parties import STATUSES as STATUSES_OF_CUSTOMERS
from workstation.sentences import N_

FEATURES: Mapping[Feature, str] = {
    Feature.NAME: N_("Name"),
    Feature.PHONE: N_("Telephone"),
    Feature.ADDRESS: N_("Address"),
    Feature.EMAIL: N_("E-mail"),
    Feature.TAX_NUMBER: N_("Tax number"),
    Feature.BORN_ON: N_("Birthday"),
}
SAID: Mapping[tuple[Feature, Level], str] = {
    (Feature.NAME, Level.SAME): N_("The same name"),
    (Feature.NAME, Level.NEAR): N_("The same name but for a letter"),
    (Feature.NAME, Level.SHORTER): N_("The same name, shorter in one of the records"),
    (Feature.NAME, Level.NEW_SURNAME): N_("Given name and patronymic agree, the surname may have changed"),
    (Feature.NAME, Level.OTHER_FATHER): N_("Patronymics differ: father and son?"),
    (Feature.NAME, Level.OTHER_GIVEN): N_("Given names differ: a relative?"),
    (Feature.NAME, Level.DIFFERENT): N_("Another name"),
    (Feature.PHONE, Level.SAME): N_("A telephone in common"),
    (Feature.PHONE, Level.DIFFERENT): N_("No telephone in common"),
    (Feature.ADDRESS, Level.SAME): N_("The same address"),
    (Feature.ADDRESS, Level.NEAR): N_("The same address but for a letter or a word"),
    (Feature.ADDRESS, Level.SHORTER): N_("The same house, the flat is missing in one"),
    (Feature.ADDRESS, Level.SAME_HOUSE): N_("Another flat of the same house"),
    (Feature.ADDRESS, Level.DIFFERENT): N_("Another address"),
    (Feature.EMAIL, Level.SAME): N_("An e-mail in common"),
    (Feature.EMAIL, Level.DIFFERENT): N_("No e-mail in common"),
    (Feature.TAX_NUMBER, Level.SAME): N_("The same tax number"),
    (Feature.BORN_ON, Level.SAME): N_("The same birthday"),
}
STATES: Mapping[PairState, str] = {
    PairState.OPEN: N_("To look at"),
    PairState.LATER: N_("Put off"),
    PairState.DIFFERENT: N_("Two customers"),
    PairState.MERGED: N_("Merged"),
}
VETOES: Mapping[Veto, str] = {
    Veto.KIND: N_("A firm and a person are never one customer."),
    Veto.TAX_NUMBER: N_("Their tax numbers differ: never one customer."),
    Veto.BORN_ON: N_("Their birthdays differ: never one customer."),
    Veto.SAME_RECORD: N_("This is one record already."),
}
FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "language": N_("Language"),
    "tax_number": N_("Tax number"),
    "status": N_("Status"),
    "priority": N_("Priority"),
    "special_need": N_("Special need"),
    "flags": N_("Flags"),
}
PLACES: Mapping[str, str] = {
    "accounts.customer_id": N_("Accounts"),
    "contacts.customer_id": N_("Contacts"),
    "consents.customer_id": N_("Consents"),
    "custom_values.entity_id": N_("Values of custom fields"),
    "legal_holds.customer_id": N_("Legal holds"),
}
"""What moves with a merge, by `references.Reference.place`; a place without a word here is shown by its own name."""


WORDS: Mapping[str, Mapping[str, str]] = {"status": STATUSES_OF_CUSTOMERS, "priority": PRIORITIES, "flags": FLAGS}
"""What the codes of a field mean, by field."""


def hide(role: Role) -> Callable[[str, Any], Any]:
    """Return what masks values for a role: `hide("phone", number)`; a field that the role may see stays as it is."""
    hides = hidden(role)

    def shown(field: str, value: Any) -> Any:
        if field == "flags":
            return tuple(flag for flag in value if flag not in SECRET_FLAGS)
        kind = MASKED.get(field)
        return masked(kind, value) if kind is not None and kind in hides else value

    return shown


MASKED: Mapping[str, Field] = {
    "name": Field.NAME,
    "contact_name": Field.CONTACT_NAME,
    "address": Field.ADDRESS,
    "phone": Field.PHONE,
    "email": Field.EMAIL,
    "tax_number": Field.TAX_NUMBER,
}
"""Which field of the access table a value is, by its name; the others are none."""
