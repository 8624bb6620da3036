"""Who may do what and see what: roles by actions and by fields, nothing else decides it (pure).

Checks, the page `/office/access` and the tables of docs/SECURITY.md are all made from here (`crm_core.access_table`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a user is."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    """Runs the business side: lists, segments, imports, forms, templates; no telephone."""
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    """Sees what others did, and changes nothing."""


class Action(StrEnum):
    """What can be allowed; the value is also what the access log calls it."""

    TAKE_CALLS = "calls.take"
    """Have a desk and a telephone, take calls, write contacts up."""
    SEE_CARD = "card.viewed"
    SEARCH = "search"
    SUBMIT_READING = "reading.submitted"
    CONFIRM_READING = "reading.confirmed"
    """Accept a reading that a rule held, with a reason."""
    SEE_FLOOR = "floor.viewed"
    """See every operator, call and queue live."""
    LISTEN = "call.listened"
    """Hear an operator's talk, speak to him or to both, take the caller over: of one's own teams and queues."""
    LEAD = "floor.led"
    """Set operators' states, speak to their desks, move callers, change skills: of one's own teams and queues."""
    SEE_ACCESS_LOG = "access_log.viewed"
    MANAGE_USERS = "users.managed"
    # access and audit
    UNMASK = "field.unmasked"
    """See one masked field of a card in full; each time is written down."""
    RETAIN = "retention.managed"
    """Set how long what is kept, and legal holds."""
    ERASE = "customer.erased"
    """Ask that a subscriber be made a pseudonym; another person approves it."""
    APPROVE_ERASURE = "customer.erasure_approved"
    ACKNOWLEDGE_ALERT = "alert.acknowledged"
    """Say of an alert what it was; never of one's own."""
    ANSWER_SUBJECT = "subject.exported"
    """Give a subscriber all that is known of him."""
    MANAGE_TOKENS = "tokens.managed"
    BACK_UP = "backup.made"
    # the card
    CHANGE_CUSTOMER = "customer.changed"
    """Change contacts, languages, consents, flags."""
    MANAGE_FIELDS = "fields.managed"
    """Define custom fields."""
    # money
    SEE_LEDGER = "ledger.viewed"
    POST_PAYMENT = "payment.posted"
    POST_ADJUSTMENT = "adjustment.posted"
    APPROVE_ADJUSTMENT = "adjustment.approved"
    """Second pair of eyes on what another person posted."""
    RECORD_PROMISE = "promise.recorded"
    RAISE_DISPUTE = "dispute.raised"
    SETTLE_DISPUTE = "dispute.settled"
    ORDER_RESTRICTION = "restriction.ordered"
    """Have supply restricted for debt, and put back."""
    MANAGE_MONEY_RULES = "money_rules.managed"
    """Ageing, allocation, penalties, reading windows: rules as data."""
    # work
    FILE_APPLICATION = "application.filed"
    WORK_APPLICATION = "application.worked"
    MANAGE_FORMS = "forms.managed"
    MANAGE_PROCESSES = "process.managed"
    """Change the steps of every kind of application, and say who else runs which."""
    WORK_TASK = "task.worked"
    MANAGE_SIGNALS = "signals.managed"
    """Rules that make contacts recur and notice falling activity."""
    CORRECT_CONTACT = "contact.corrected"
    # files in and out
    IMPORT = "import.run"
    EXPORT = "export.asked"
    APPROVE_EXPORT = "export.approved"
    # one record for each subscriber
    MERGE = "customer.merged"
    # segments and documents
    SEE_SEGMENT = "segment.viewed"
    MANAGE_SEGMENTS = "segment.managed"
    MAKE_DOCUMENT = "document.made"
    MANAGE_TEMPLATES = "templates.managed"
    SEND_MESSAGE = "message.sent"
    """Write to a subscriber by SMS or e-mail."""
    MANAGE_GUIDES = "guides.managed"
    """Write articles, scripts and texts for notes."""
    MANAGE_ADVICE = "advice.managed"
    """Write offers and the rules of what is advised; read what came of them."""
    # the line: flows, voices, queues, call-backs, recordings, nodes
    MANAGE_FLOWS = "flow.managed"
    """Edit, publish and roll back flows of the IVR."""
    MANAGE_VOICES = "prompts.managed"
    """Change what the IVR says, and in whose voice."""
    MANAGE_ROUTING = "routing.managed"
    """Rules of routing, queues, hours of opening, what operators can do."""
    SEE_CALLBACKS = "callback.viewed"
    """See call-backs and messages left, take them off the list."""
    HEAR_RECORDING = "recording.heard"
    """Listen to a recorded call; each time is written down."""
    MANAGE_RECORDING = "recording.managed"
    """What is recorded, announced and for how long it is kept; numbers that calls may be passed on to."""
    MANAGE_LINES = "lines.managed"
    """Nodes, trunks and endpoints of the telephone exchange."""
    WRITE_COLLEAGUES = "colleague.written"
    """Write to colleagues and to one's own teams, and read what they write."""
    # debtors
    SEE_CAMPAIGN = "campaign.viewed"
    """See campaigns, their ledgers, and how promises were kept."""
    RUN_CAMPAIGN = "campaign.run"
    """Start, pause and stop campaigns."""
    MANAGE_CAMPAIGNS = "campaign.managed"
    """Make campaigns, fill their lists, take debtors off."""
    MANAGE_CONTACT_LAW = "contact_law.managed"
    """Texts of contact law, and numbers that are not to be called."""
    # reports
    SEE_REPORTS = "report.viewed"
    """See figures of one's own teams and queues, schemes and their scores."""
    DESIGN_REPORTS = "report.designed"
    """Put reports of one's own together."""
    SHARE_REPORTS = "report.shared"
    """Let a team or a role see a report of one's own."""
    SCHEDULE_REPORTS = "report.scheduled"
    """Have a report made and sent again and again."""
    EXPORT_REPORTS = "report.exported"
    """Take a report away as a file."""
    MANAGE_KPI = "kpi.managed"
    """Set by what a team's work is judged; nobody who is judged by it."""
    # workforce
    PLAN_WORK = "workforce.planned"
    """See the forecast, plan and publish shifts, see how the day keeps to them."""
    DECIDE_LEAVE = "leave.decided"
    """Approve and decline leave: of one's own teams."""
    # quality of calls
    EVALUATE = "call.evaluated"
    """Score recorded calls, rule on disputes about what others scored, gather calls for training."""
    MANAGE_QUALITY = "quality.managed"
    """Evaluation forms, rules by which calls are chosen, calibrations; assign and cancel evaluations."""


_DESK = frozenset({
    Action.TAKE_CALLS, Action.SEE_CARD, Action.SEARCH, Action.SUBMIT_READING, Action.CONFIRM_READING, Action.UNMASK,
    Action.CHANGE_CUSTOMER, Action.SEE_LEDGER, Action.RECORD_PROMISE, Action.RAISE_DISPUTE, Action.FILE_APPLICATION,
    Action.WORK_APPLICATION, Action.WORK_TASK, Action.CORRECT_CONTACT, Action.MAKE_DOCUMENT, Action.SEND_MESSAGE,
    Action.WRITE_COLLEAGUES,
})  # fmt: skip
_FLOOR = frozenset({
    Action.SEE_FLOOR, Action.LISTEN, Action.LEAD, Action.WRITE_COLLEAGUES,
    Action.SEE_CARD, Action.SEARCH, Action.SEE_ACCESS_LOG, Action.UNMASK, Action.CHANGE_CUSTOMER,
    Action.SEE_LEDGER, Action.RECORD_PROMISE, Action.RAISE_DISPUTE, Action.SETTLE_DISPUTE, Action.POST_ADJUSTMENT,
    Action.ORDER_RESTRICTION,
    Action.APPROVE_ADJUSTMENT, Action.FILE_APPLICATION, Action.WORK_APPLICATION, Action.WORK_TASK,
    Action.CORRECT_CONTACT, Action.EXPORT, Action.APPROVE_EXPORT, Action.SEE_SEGMENT, Action.MAKE_DOCUMENT,
    Action.ACKNOWLEDGE_ALERT, Action.MANAGE_ROUTING, Action.SEE_CALLBACKS, Action.HEAR_RECORDING, Action.MANAGE_GUIDES,
    Action.MANAGE_ADVICE,
    Action.SEE_CAMPAIGN, Action.RUN_CAMPAIGN, Action.SEND_MESSAGE,
    Action.SEE_REPORTS, Action.DESIGN_REPORTS, Action.SHARE_REPORTS, Action.SCHEDULE_REPORTS, Action.EXPORT_REPORTS,
    Action.PLAN_WORK, Action.DECIDE_LEAVE, Action.EVALUATE,
})  # fmt: skip
_BUSINESS = frozenset({
    Action.SEE_CARD, Action.SEARCH, Action.CONFIRM_READING, Action.CHANGE_CUSTOMER, Action.SEE_LEDGER,
    Action.POST_PAYMENT,
    Action.POST_ADJUSTMENT, Action.APPROVE_ADJUSTMENT, Action.RECORD_PROMISE, Action.RAISE_DISPUTE,
    Action.SETTLE_DISPUTE, Action.ORDER_RESTRICTION,
    Action.MANAGE_MONEY_RULES, Action.FILE_APPLICATION, Action.WORK_APPLICATION,
    Action.MANAGE_FORMS, Action.MANAGE_PROCESSES,
    Action.WORK_TASK, Action.MANAGE_SIGNALS, Action.IMPORT, Action.EXPORT, Action.APPROVE_EXPORT,
    Action.MERGE, Action.MANAGE_FIELDS, Action.SEE_SEGMENT, Action.MANAGE_SEGMENTS, Action.MAKE_DOCUMENT,
    Action.MANAGE_TEMPLATES, Action.APPROVE_ERASURE, Action.MANAGE_FLOWS, Action.MANAGE_VOICES, Action.MANAGE_ROUTING,
    Action.SEE_CALLBACKS, Action.HEAR_RECORDING, Action.MANAGE_RECORDING, Action.SEE_CAMPAIGN, Action.RUN_CAMPAIGN,
    Action.MANAGE_CAMPAIGNS, Action.MANAGE_CONTACT_LAW, Action.MANAGE_GUIDES, Action.SEND_MESSAGE,
    Action.SEE_REPORTS, Action.DESIGN_REPORTS, Action.SHARE_REPORTS, Action.SCHEDULE_REPORTS, Action.EXPORT_REPORTS,
    Action.MANAGE_KPI,
    Action.MANAGE_ADVICE,
    Action.PLAN_WORK, Action.EVALUATE, Action.MANAGE_QUALITY,
})  # fmt: skip
# Who runs the system sees its users and logs, but has no business in subscribers' cards.
_SYSTEM = frozenset({
    Action.SEE_FLOOR, Action.SEE_ACCESS_LOG, Action.MANAGE_USERS, Action.MANAGE_TOKENS, Action.IMPORT, Action.RETAIN,
    Action.BACK_UP, Action.MANAGE_LINES,
})  # fmt: skip
_AUDIT = frozenset({
    Action.SEE_ACCESS_LOG, Action.RETAIN, Action.ERASE, Action.APPROVE_ERASURE, Action.ANSWER_SUBJECT,
    Action.ACKNOWLEDGE_ALERT,
})  # fmt: skip

ALLOWED: Mapping[Role, frozenset[Action]] = {
    Role.OPERATOR: _DESK,
    Role.SUPERVISOR: _FLOOR,
    Role.MANAGER: _BUSINESS,
    Role.ADMINISTRATOR: _SYSTEM,
    Role.AUDITOR: _AUDIT,
}


class Field(StrEnum):
    """What of a subscriber can be masked; the value is also what the access log calls it."""

    NAME = "name"
    CONTACT_NAME = "contact_name"
    """Of a person who may call for the customer."""
    PHONE = "phone"
    EMAIL = "email"
    TAX_NUMBER = "tax_number"
    ADDRESS = "address"
    BALANCE = "balance"
    NOTE = "note"
    """What operators wrote of contacts."""


class Sight(StrEnum):
    """How a role sees a field."""

    FULL = "full"
    WITH_REASON = "with_reason"
    """In full once there is a contact, a task or a reason on record; masked before."""
    MASKED = "masked"
    """Masked until revealed, one value at a time, by who may `field.unmasked`."""


def _sight(usual: Sight, **other: Sight) -> Mapping[Field, Sight]:
    return {field: other.get(field.value, usual) for field in Field}


# An operator reads a telephone number back to its owner; an e-mail address or a tax number is asked for, not told.
SIGHTS: Mapping[Role, Mapping[Field, Sight]] = {
    Role.OPERATOR: _sight(Sight.FULL, phone=Sight.WITH_REASON, email=Sight.MASKED, tax_number=Sight.MASKED),
    Role.SUPERVISOR: _sight(Sight.FULL, phone=Sight.MASKED, email=Sight.MASKED, tax_number=Sight.MASKED),
    Role.MANAGER: _sight(Sight.FULL, phone=Sight.MASKED, email=Sight.MASKED, tax_number=Sight.MASKED),
    Role.ADMINISTRATOR: _sight(Sight.MASKED),
    Role.AUDITOR: _sight(Sight.MASKED),
}
_HIDDEN: Mapping[tuple[Role, bool], frozenset[Field]] = {
    (role, reason): frozenset(
        field for field, sight in fields.items() if sight is Sight.MASKED or (sight is Sight.WITH_REASON and not reason)
    )
    for role, fields in SIGHTS.items()
    for reason in (False, True)
}


def may(role: Role | str, action: Action) -> bool:
    """Whether a role may do something; an unknown role may nothing."""
    try:
        return action in ALLOWED[Role(role)]
    except ValueError:
        return False


def shows(role: Role | str, field: Field, *, reason: bool = False) -> bool:
    """Whether a role sees a field in full; an unknown role sees nothing.

    Args:
        role: whose.
        field: which.
        reason: a call, a task or a reason on record stands behind it.

    """
    return field not in hidden(role, reason=reason)


def hidden(role: Role | str, *, reason: bool = False) -> frozenset[Field]:
    """Return the fields that are masked for a role; all of them for an unknown one."""
    try:
        return _HIDDEN[Role(role), reason]
    except ValueError:
        return frozenset(Field)


def may_reveal(role: Role | str, field: Field) -> bool:
    """Whether a role may have this field of one card shown in full: it may open cards, and unmask."""
    return may(role, Action.UNMASK) and may(role, Action.SEE_CARD) and not shows(role, field)


def has_telephone(role: Role | str) -> bool:
    """Whether a role needs a telephone of its own: to take calls, or to help in those of others."""
    return may(role, Action.TAKE_CALLS) or may(role, Action.LISTEN)
