"""Who may do what: roles by actions, nothing else decides it (pure)."""

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
    SEE_ACCESS_LOG = "access_log.viewed"
    MANAGE_USERS = "users.managed"
    # access and audit
    UNMASK = "field.unmasked"
    """See one masked field of a card in full; each time is written down."""
    RETAIN = "retention.managed"
    """Set how long what is kept, and legal holds."""
    ERASE = "customer.erased"
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
    MANAGE_MONEY_RULES = "money_rules.managed"
    """Ageing, allocation, penalties, reading windows: rules as data."""
    # work
    FILE_APPLICATION = "application.filed"
    WORK_APPLICATION = "application.worked"
    MANAGE_FORMS = "forms.managed"
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


_DESK = frozenset({
    Action.TAKE_CALLS, Action.SEE_CARD, Action.SEARCH, Action.SUBMIT_READING, Action.CONFIRM_READING, Action.UNMASK,
    Action.CHANGE_CUSTOMER, Action.SEE_LEDGER, Action.RECORD_PROMISE, Action.RAISE_DISPUTE, Action.FILE_APPLICATION,
    Action.WORK_APPLICATION, Action.WORK_TASK, Action.CORRECT_CONTACT, Action.MAKE_DOCUMENT,
})  # fmt: skip
_FLOOR = frozenset({
    Action.SEE_FLOOR, Action.SEE_CARD, Action.SEARCH, Action.SEE_ACCESS_LOG, Action.UNMASK, Action.CHANGE_CUSTOMER,
    Action.SEE_LEDGER, Action.RECORD_PROMISE, Action.RAISE_DISPUTE, Action.SETTLE_DISPUTE, Action.POST_ADJUSTMENT,
    Action.APPROVE_ADJUSTMENT, Action.FILE_APPLICATION, Action.WORK_APPLICATION, Action.WORK_TASK,
    Action.CORRECT_CONTACT, Action.EXPORT, Action.APPROVE_EXPORT, Action.SEE_SEGMENT, Action.MAKE_DOCUMENT,
})  # fmt: skip
_BUSINESS = frozenset({
    Action.SEE_CARD, Action.SEARCH, Action.CONFIRM_READING, Action.CHANGE_CUSTOMER, Action.SEE_LEDGER,
    Action.POST_PAYMENT,
    Action.POST_ADJUSTMENT, Action.APPROVE_ADJUSTMENT, Action.RECORD_PROMISE, Action.RAISE_DISPUTE,
    Action.SETTLE_DISPUTE, Action.MANAGE_MONEY_RULES, Action.FILE_APPLICATION, Action.WORK_APPLICATION,
    Action.MANAGE_FORMS, Action.WORK_TASK, Action.MANAGE_SIGNALS, Action.IMPORT, Action.EXPORT, Action.APPROVE_EXPORT,
    Action.MERGE, Action.MANAGE_FIELDS, Action.SEE_SEGMENT, Action.MANAGE_SEGMENTS, Action.MAKE_DOCUMENT,
    Action.MANAGE_TEMPLATES,
})  # fmt: skip
# Who runs the system sees its users and logs, but has no business in subscribers' cards.
_SYSTEM = frozenset({
    Action.SEE_FLOOR, Action.SEE_ACCESS_LOG, Action.MANAGE_USERS, Action.MANAGE_TOKENS, Action.IMPORT, Action.RETAIN,
    Action.BACK_UP,
})  # fmt: skip
_AUDIT = frozenset({Action.SEE_ACCESS_LOG, Action.RETAIN, Action.ERASE, Action.ANSWER_SUBJECT})

ALLOWED: Mapping[Role, frozenset[Action]] = {
    Role.OPERATOR: _DESK,
    Role.SUPERVISOR: _FLOOR,
    Role.MANAGER: _BUSINESS,
    Role.ADMINISTRATOR: _SYSTEM,
    Role.AUDITOR: _AUDIT,
}


def may(role: Role | str, action: Action) -> bool:
    """Whether a role may do something; an unknown role may nothing."""
    try:
        return action in ALLOWED[Role(role)]
    except ValueError:
        return False
