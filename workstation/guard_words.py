"""Words for codes of access and audit: actions of the log, roles, fields, kinds that are kept, states (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from crm_core.access import Field, Role, Sight
from crm_core.erasure import State
from workstation.sentences import N_

ROLES: Mapping[str, str] = {
    Role.OPERATOR: N_("Operator"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.MANAGER: N_("Manager"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.AUDITOR: N_("Auditor"),
}
FIELDS: Mapping[str, str] = {
    Field.NAME: N_("Name"),
    Field.CONTACT_NAME: N_("Name of a contact"),
    Field.PHONE: N_("Telephone"),
    Field.EMAIL: N_("E-mail address"),
    Field.TAX_NUMBER: N_("Tax number"),
    Field.ADDRESS: N_("Address"),
    Field.BALANCE: N_("Balance"),
    Field.NOTE: N_("Notes"),
}
SIGHTS: Mapping[str, str] = {
    Sight.FULL: N_("in full"),
    Sight.WITH_REASON: N_("with a reason"),
    Sight.MASKED: N_("masked"),
}
ACTIONS: Mapping[str, str] = {
    "card.viewed": N_("Card opened"),
    "timeline.viewed": N_("Older contacts read"),
    "card.reason_given": N_("Reason given for a card"),
    "list.viewed": N_("List looked at"),
    "search": N_("Search"),
    "field.unmasked": N_("Masked value shown"),
    "reading.submitted": N_("Reading taken"),
    "reading.confirmed": N_("Doubtful reading confirmed"),
    "contact.closed": N_("Contact written up"),
    "sign_in": N_("Signed in"),
    "sign_in.refused": N_("Sign-in refused"),
    "sign_out": N_("Signed out"),
    "refused": N_("Refused"),
    "alert.raised": N_("Alert raised"),
    "alert.acknowledged": N_("Alert acknowledged"),
    "access_log.viewed": N_("Access log read"),
    "users.managed": N_("People changed"),
    "tokens.managed": N_("Tokens changed"),
    "retention.managed": N_("Retention or hold changed"),
    "retention.carried_out": N_("Retention carried out"),
    "customer.erased": N_("Erasure asked for"),
    "customer.erasure_approved": N_("Erasure decided"),
    "customer.erasure_done": N_("Erasure carried out"),
    "subject.exported": N_("Answer to a subscriber"),
    "subject.gathered": N_("Answer to a subscriber gathered"),
    "customer.changed": N_("Customer changed"),
    "export.asked": N_("Export asked for"),
    "export.approved": N_("Export approved"),
    "import.run": N_("File imported"),
    "backup.made": N_("Backup made"),
}
"""Actions in words; what is not here is shown as its code."""
ALERTS: Mapping[str, str] = {
    "mass_viewing": N_("Many different cards in an hour"),
    "mass_viewing_supervisor": N_("Many different cards in an hour, supervisor"),
    "sequential": N_("Cards opened one account number after the other"),
    "honey": N_("A card was opened that belongs to nobody"),
    "unmasking": N_("Many masked values revealed in an hour"),
    "changes_then_export": N_("Contacts changed, then something taken away"),
    "off_hours": N_("Cards opened outside working hours without a call"),
}
KINDS: Mapping[str, str] = {
    "interactions": N_("Contacts: calls, letters, visits"),
    "access_log": N_("Access log"),
    "sessions": N_("Sessions that have ended"),
    "operator_states": N_("States of operators"),
    "card_openings": N_("Reasons given for opening cards"),
    "alerts": N_("Alerts that are over"),
    "imports": N_("Journal of imported files"),
    "subject_exports": N_("Answers to subscribers, as files"),
    "password_links": N_("Links to set a password"),
}
STATES: Mapping[str, tuple[str, str]] = {
    State.ASKED: (N_("Waits for a second person"), "warn"),
    State.APPROVED: (N_("Approved, being carried out"), "accent"),
    State.REFUSED: (N_("Refused"), ""),
    State.HELD: (N_("Stopped by a legal hold"), "warn"),
    State.DONE: (N_("Erased"), "good"),
    State.INCOMPLETE: (N_("Erased, but something was found"), "bad"),
}
"""Words and mood of an erasure's state."""
