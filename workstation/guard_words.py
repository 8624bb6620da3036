"""Words for codes of access and audit: actions of the log, roles, fields, kinds that are kept, states (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from crm_core import reasons
from crm_core.access import Action, Field, Role, Sight
from crm_core.erasure import State
from workstation.sentences import N_, SENTENCES, Translate

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
    "contact.recorded": N_("Contact recorded by hand"),
    "contact.viewed": N_("Contact read"),
    "contact.corrected": N_("Contact corrected"),
    "customer.changed": N_("Customer changed"),
    "customer.merged": N_("Customers merged, or parted again"),
    "duplicates.viewed": N_("Likely duplicates looked at"),
    "merges.viewed": N_("Merges looked at"),
    "ledger.viewed": N_("Ledger looked at"),
    "payment.posted": N_("Payment posted"),
    "adjustment.posted": N_("Adjustment posted"),
    "adjustment.approved": N_("Adjustment decided"),
    "promise.recorded": N_("Promise recorded"),
    "restriction.ordered": N_("Restriction of supply ordered, or its course recorded"),
    "dispute.raised": N_("Dispute raised"),
    "dispute.settled": N_("Dispute settled"),
    "application.filed": N_("Application filed"),
    "application.viewed": N_("Application read"),
    "application.worked": N_("Application worked on"),
    "task.worked": N_("Task worked on"),
    "file.read": N_("Attachment fetched"),
    "document.made": N_("Document made"),
    "document.viewed": N_("Document opened"),
    "segment.viewed": N_("Segment looked at"),
    "segment.managed": N_("Segment changed"),
    "signals.managed": N_("Rule for contacts changed"),
    "forms.managed": N_("Forms or working time changed"),
    "fields.managed": N_("Custom fields changed"),
    "templates.managed": N_("Templates changed"),
    "money_rules.managed": N_("Rules of money or readings changed"),
    "sign_in": N_("Signed in"),
    "sign_in.refused": N_("Sign-in refused"),
    "sign_out": N_("Signed out"),
    "password.set": N_("Password set"),
    "refused": N_("Refused"),
    "call.outside_refused": N_("Number outside refused: too often"),
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
    "export.asked": N_("Export asked for"),
    "export.approved": N_("Export approved"),
    "export.made": N_("Export made"),
    "export.downloaded": N_("Export fetched"),
    "export.refused": N_("Export refused"),
    "export.expired": N_("Export deleted, its time was over"),
    "import.run": N_("File imported"),
    "import.committed": N_("File brought in"),
    "import.cancelled": N_("Import cancelled"),
    "import.refused": N_("Import refused"),
    "import.undone": N_("Import taken back"),
    "backup.made": N_("Backup made"),
    "backup.verified": N_("Backup proved"),
}
"""Actions in words; what is not here is shown as its code."""
RIGHTS: Mapping[str, str] = {
    Action.TAKE_CALLS: N_("Take calls, write contacts up"),
    Action.SEE_CARD: N_("Open cards"),
    Action.SEARCH: N_("Search subscribers"),
    Action.SUBMIT_READING: N_("Take readings"),
    Action.CONFIRM_READING: N_("Confirm readings that a rule held"),
    Action.SEE_FLOOR: N_("Watch the floor"),
    Action.SEE_ACCESS_LOG: N_("Read the access log"),
    Action.MANAGE_USERS: N_("Manage people"),
    Action.UNMASK: N_("Show single masked values, each on record"),
    Action.RETAIN: N_("Set how long what is kept, place legal holds"),
    Action.ERASE: N_("Ask that a subscriber be forgotten"),
    Action.APPROVE_ERASURE: N_("Approve an erasure somebody else asked for"),
    Action.ACKNOWLEDGE_ALERT: N_("Acknowledge alerts about others"),
    Action.ANSWER_SUBJECT: N_("Give a subscriber all that is known of him"),
    Action.MANAGE_TOKENS: N_("Manage tokens of programs"),
    Action.BACK_UP: N_("Make backups"),
    Action.CHANGE_CUSTOMER: N_("Change customers, contacts, agreements"),
    Action.MANAGE_FIELDS: N_("Define custom fields"),
    Action.SEE_LEDGER: N_("See the ledger"),
    Action.POST_PAYMENT: N_("Post payments"),
    Action.POST_ADJUSTMENT: N_("Post adjustments"),
    Action.APPROVE_ADJUSTMENT: N_("Approve what somebody else posted"),
    Action.RECORD_PROMISE: N_("Take promises to pay"),
    Action.RAISE_DISPUTE: N_("Raise disputes"),
    Action.SETTLE_DISPUTE: N_("Settle disputes"),
    Action.MANAGE_MONEY_RULES: N_("Set rules of money and readings"),
    Action.FILE_APPLICATION: N_("File applications"),
    Action.WORK_APPLICATION: N_("Work on applications"),
    Action.MANAGE_FORMS: N_("Define forms, teams, working time"),
    Action.WORK_TASK: N_("Work on tasks"),
    Action.MANAGE_SIGNALS: N_("Set rules that make contacts recur"),
    Action.CORRECT_CONTACT: N_("Correct contacts"),
    Action.IMPORT: N_("Bring files in"),
    Action.EXPORT: N_("Ask for files out"),
    Action.APPROVE_EXPORT: N_("Approve files out that somebody else asked for"),
    Action.MERGE: N_("Merge customers"),
    Action.SEE_SEGMENT: N_("See segments"),
    Action.MANAGE_SEGMENTS: N_("Build segments"),
    Action.SEE_CAMPAIGN: N_("See campaigns and their ledgers"),
    Action.RUN_CAMPAIGN: N_("Start, pause and stop campaigns"),
    Action.MANAGE_CAMPAIGNS: N_("Make campaigns and fill their lists"),
    Action.MANAGE_CONTACT_LAW: N_("Write contact law and the list of numbers not to be called"),
    Action.MAKE_DOCUMENT: N_("Make documents"),
    Action.MANAGE_TEMPLATES: N_("Write templates"),
    Action.SEE_REPORTS: N_("Read reports and scores of own teams and queues"),
    Action.DESIGN_REPORTS: N_("Put reports together"),
    Action.SHARE_REPORTS: N_("Share own reports with a team or a role"),
    Action.SCHEDULE_REPORTS: N_("Have reports made and sent again and again"),
    Action.EXPORT_REPORTS: N_("Take reports away as files"),
    Action.MANAGE_KPI: N_("Set by what the work of teams is judged"),
}
"""What each right lets somebody do; one without words here is shown as its code."""
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
    "messages": N_("Messages that callers left"),
    "alert_deliveries": N_("What was told of alerts outside"),
    "flow_walks": N_("Ways of callers through the menus"),
    "evaluations": N_("Evaluations of calls"),
    "desk_messages": N_("Messages between people who work here"),
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


def why(reason: str, titles: Mapping[str, str], translate: Translate) -> tuple[str, str]:
    """Return why somebody saw something, in words, and where he saw it.

    Args:
        reason: as the log keeps it: `reason complaint letter of May 3, /office/customers/5`, `call main-1.17`.
        titles: of the reasons by their codes.
        translate: gettext of the reader.

    """
    said, comma, place = reason.rpartition(", ")
    if not comma or (not place.startswith(("/", "GET /")) and ": " not in place):
        said, place = reason, ""
    if said in SENTENCES:
        return translate(SENTENCES[said]), place
    kind, _, rest = said.partition(" ")
    code, words = reasons.said(rest if kind == "reason" else said)
    if code in titles:
        return f"{translate(titles[code])}: {words}" if words else translate(titles[code]), place
    if kind == "call":
        return f"{translate(CALL)} {rest}", place
    return translate(OWN_WORK) if said == "own work" else said, place


CALL, OWN_WORK = N_("Call"), N_("Own work")
