"""What segments may ask of an account: a catalogue as data, each fact with its type, operators, unit and help (pure).

Where a fact is found is the store's business (`crm_core.store.segment_sql`); a test holds the two lists together.
Titles and helps are English and go through gettext where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from crm_core.segments.kinds import Choice, Fact, Kind


def _choices(**titles: str) -> tuple[Choice, ...]:
    return tuple(Choice(code=code, title=title) for code, title in titles.items())


WHO, REACH, SUPPLY, MONEY, DEBT, READINGS, CONTACTS, WORK, RECORD, FIELDS, OTHERS = (
    "Who they are", "How to reach them", "Supply", "Money", "Debt and promises", "Readings", "Contacts",
    "Applications and tasks", "The record", "Own fields", "Other segments",
)  # fmt: skip
GROUPS = (WHO, REACH, SUPPLY, MONEY, DEBT, READINGS, CONTACTS, WORK, RECORD, FIELDS, OTHERS)

MARKS = _choices(
    vip="Key customer", life_support="Life support", do_not_call="Do not call", dispute="Bill in dispute",
    legal="In court", represented="Has a representative", moratorium="Moratorium on debt", colleague="Colleague",
    relative="Relative of a colleague", erased="Erased",
)  # fmt: skip
STATUSES = _choices(
    prospect="Prospect", active="Active", former="Former", deceased="Deceased", bankrupt="Bankrupt"
)  # fmt: skip
PRIORITIES = _choices(normal="Normal", high="High", critical="Critical")
WAYS = _choices(phone="Telephone", sms="SMS", email="E-mail", messenger="Messenger", post="Letter")
CONSENTS = _choices(
    marketing="Advertising", calls="Calls", sms="SMS", email="E-mail", recording="Recording of calls",
    biometric="Voice as identity", third_party="Passing on to others",
)  # fmt: skip
KNOWN_WAYS = _choices(phone="Telephone number", verified="Verified telephone number", email="E-mail address")
SERVICES = _choices(power="Electricity", water="Water", gas="Gas", heat="Heat")
SUPPLIES = _choices(connected="Connected", restricted="Restricted", cut_off="Cut off", ended="Ended")
PAID_BY = _choices(bank="Bank", post="Post office", card="Card", office="Cash desk", autopay="Automatic payment")
ADJUSTMENTS = _choices(
    penalty="Penalty", fee="Fee", correction="Correction", refund="Refund", waiver="Waiver", goodwill="Goodwill",
    dispute="Settled dispute", opening="Opening balance",
)  # fmt: skip
PROMISES = _choices(
    open="Waiting to be kept", kept="Kept", part_kept="Kept in part", broken="Broken",
    rescheduled="Put off to another day", cancelled="Called off",
)  # fmt: skip
PLANS = _choices(open="Under way", kept="Kept", broken="Broken", cancelled="Called off")
NOTICES = _choices(
    reminder="Reminder", debt="Notice of debt", restriction_warning="Warning of restriction",
    restriction="Restriction", court="Court",
)  # fmt: skip
NOTICE_STATES = _choices(sent="Sent", delivered="Arrived", failed="Came back")
SOURCES = _choices(
    ivr="Voice menu", operator="Operator", web="Web", bot="Chat bot", inspector="Inspector", verified="Read and proved",
    amr="The meter itself", office="Office", system="Estimated by the house", prorated="Worked out between two",
    forced="Substituted", agreed="Agreed", exchange="Meter exchange",
)  # fmt: skip
QUALITIES = _choices(actual="Actual", estimate="Estimate", held="Held for checking", exchange="Meter exchange")
NO_READS = _choices(
    no_access="No access", refused="Refused", damaged="Meter damaged", blank="Blank display",
    not_found="Meter not found", danger="Danger", other="Other",
)  # fmt: skip
CHANNELS = _choices(phone="Telephone", email="E-mail", web="Web", office="Office", letter="Letter", sms="SMS")
DIRECTIONS = _choices(**{"in": "From them", "out": "From us"})
STAGES = _choices(
    filed="Filed", accepted="Accepted", in_work="In work", waiting="Waiting for the customer", reopened="Reopened"
)  # fmt: skip
TASKS = _choices(
    call="Call", check="Check", visit="Visit", reminder="Reminder", escalation="Escalation", callback="Call-back",
    other="Other",
)  # fmt: skip

_choice, _set, _money, _number, _day, _yes, _words, _text = (
    partial(Fact, kind=kind)
    for kind in (Kind.CHOICE, Kind.SET, Kind.MONEY, Kind.NUMBER, Kind.DAY, Kind.YES_NO, Kind.WORDS, Kind.TEXT)
)

_PEOPLE = (
    _choice("kind", "Kind of customer", WHO, choices=_choices(person="Person", organisation="Organisation")),
    _words("name", "Name", WHO, help="Words in any order, each by its beginning; Latin and Cyrillic find each other."),
    _set("flags", "Marks", WHO, choices=MARKS, help="Marks of the customer or of the account."),
    _choice("language", "Language", WHO, help="In which they want to be spoken to."),
    _choice("customer_status", "Status of the customer", WHO, choices=STATUSES),
    _choice("priority", "Priority", WHO, choices=PRIORITIES),
    _yes("special_need", "A special need is noted", WHO),
    _yes("tax_known", "The tax number is known", WHO, ready=False),
    _number("accounts", "Accounts of the customer", WHO, unit="accounts", ready=False),
    _set("reach", "Known of them", REACH, choices=KNOWN_WAYS, maybe=True, help="Of any contact that has not ended."),
    _set("wanted", "Want to be reached by", REACH, choices=WAYS, maybe=True),
    _set("opt_outs", "Do not want", REACH, choices=WAYS, maybe=True, help="What one of the contacts opted out of."),
    _set("consents", "Consents given", REACH, choices=CONSENTS, maybe=True, help="What was said last holds."),
    _set("withdrawn", "Consents withdrawn", REACH, choices=CONSENTS, maybe=True, help="What was said last holds."),
    _text("contact_role", "Role of a contact", REACH, ready=False),
)
_SUPPLIED = (
    _words("address", "Address", SUPPLY, help="Words of the address in any order: a town, a street, a house."),
    _choice("time_zone", "Time zone", SUPPLY, help="Of the premises."),
    _choice(
        "status",
        "Status of the account",
        SUPPLY,
        choices=_choices(active="Active", closed="Closed", cut_off="Cut off"),
    ),
    _choice("tariff", "Tariff", SUPPLY),
    _day("opened_on", "Account opened", SUPPLY),
    _day("closed_on", "Account closed", SUPPLY, maybe=True),
    _set("supply", "Supply by agreement", SUPPLY, choices=SUPPLIES, maybe=True),
    _day("agreed_on", "Agreement begins", SUPPLY, maybe=True, help="Of the newest agreement."),
    _day("agreement_ends_on", "Agreement ends", SUPPLY, maybe=True, help="Of the newest agreement."),
    _yes("prepay", "Paid in advance", SUPPLY),
    _yes("budget_bill", "Same amount every month", SUPPLY),
    _set("services", "Service", SUPPLY, choices=SERVICES, maybe=True),
    _yes("three_phase", "Three phases", SUPPLY),
    _number("max_kw", "Most power", SUPPLY, unit="kW", maybe=True, help="Of the largest service point."),
    _text("node", "Network node", SUPPLY, ready=False),
    _number("meters", "Installed meters", SUPPLY, unit="meters"),
    _day("installed_on", "Meter installed", SUPPLY, maybe=True, help="The earliest of those that are installed."),
    _day(
        "verification_due",
        "Meter verification due",
        SUPPLY,
        maybe=True,
        help="The earliest of the meters that are installed.",
    ),
    _text("model", "Model of the meter", SUPPLY, ready=False),
    _yes("multi_tariff", "Meter with several registers", SUPPLY, help="Day and night, or peak and half-peak."),
    _yes("sealed", "The meter is sealed", SUPPLY, ready=False),
)
_MONEY = (
    _money("balance", "Balance", MONEY, help="Above zero: the customer owes."),
    _day("invoiced_on", "Last invoice", MONEY, maybe=True),
    _money("invoiced_amount", "Amount of the last invoice", MONEY, maybe=True),
    _number("open_invoices", "Invoices not paid in full", MONEY, unit="invoices"),
    _money("charged", "Billed altogether", MONEY, period=True),
    _day("paid_on", "Last payment", MONEY, maybe=True),
    _money("paid_amount", "Amount of the last payment", MONEY, maybe=True),
    _choice("paid_channel", "Channel of the last payment", MONEY, choices=PAID_BY, maybe=True),
    _number("payments", "Number of payments", MONEY, unit="payments", period=True),
    _money("paid_sum", "Paid altogether", MONEY, period=True),
    _number("taken_back", "Payments taken back", MONEY, unit="payments", period=True),
    _money("adjusted", "Adjusted altogether", MONEY, help="Above zero: more is owed because of it.", period=True),
    _set("adjustment", "Adjustment of kind", MONEY, choices=ADJUSTMENTS, period=True),
    _yes("approval", "Something waits for a second person", MONEY, help="A payment or an adjustment."),
    _money("overdue", "Overdue amount", DEBT, help="What is open past its due day, disputes left out."),
    _number(
        "debt_age",
        "Age of the oldest debt",
        DEBT,
        unit="days",
        maybe=True,
        help="Days since the oldest open invoice was due, disputes left out.",
    ),
    _yes("disputed", "Something is disputed", DEBT),
    _money("disputed_amount", "Amount in dispute", DEBT),
    _number("disputes", "Number of disputes raised", DEBT, unit="disputes", period=True),
    _day("promise_due_on", "Open promise to pay is due", DEBT, maybe=True, help="Known when a promise is open."),
    _money("promise_amount", "Amount of the open promise", DEBT, maybe=True),
    _choice("promise_status", "The last promise", DEBT, choices=PROMISES, maybe=True),
    _number("kept_promises", "Kept promises", DEBT, unit="promises"),
    _number("broken_promises", "Broken promises", DEBT, unit="promises"),
    _number("promises", "Number of promises made", DEBT, unit="promises", period=True),
    _set("plan", "Payment plan", DEBT, choices=PLANS, period=True, help="By the day on which it was made."),
    _number("plans", "Number of payment plans made", DEBT, unit="plans", period=True),
    _day("noticed_on", "Last notice", DEBT, maybe=True),
    _choice("notice_kind", "Kind of the last notice", DEBT, choices=NOTICES, maybe=True),
    _choice("notice_status", "The last notice", DEBT, choices=NOTICE_STATES, maybe=True),
    _day(
        "warned_on",
        "Warning of restriction arrived",
        DEBT,
        maybe=True,
        help="Supply may be restricted 20 days after it provably arrived.",
    ),
    _set("notice", "Notice of kind", DEBT, choices=NOTICES, period=True),
)
_READ = (
    _day("read_on", "Last reading", READINGS, maybe=True),
    _number(
        "silent_months",
        "Whole months without a reading",
        READINGS,
        unit="months",
        help="Estimates of ours are no readings; an account that never had one counts from its opening.",
    ),
    _choice("read_source", "Source of the last reading", READINGS, choices=SOURCES, maybe=True),
    _choice("read_quality", "Quality of the last reading", READINGS, choices=QUALITIES, maybe=True),
    _yes("amr", "Meter reports by itself", READINGS, help="A remote meter, or the last reading came from one."),
    _yes("held", "A reading waits for a decision", READINGS, help="A rule held it."),
    _number("estimates", "Estimated readings", READINGS, unit="readings", period=True),
    _set("no_read", "Could not be read", READINGS, choices=NO_READS, period=True),
    _number("consumption", "Consumption", READINGS, unit="kWh", period=True),
    _number(
        "consumption_change",
        "Change of consumption",
        READINGS,
        unit="%",
        maybe=True,
        help="Against as many days before; -30 is a fall by three tenths.",
        period=True,
    ),
)
_WORKED = (
    _day("contacted_on", "Last contact", CONTACTS, maybe=True),
    _choice("disposition", "Result of the last contact", CONTACTS, maybe=True),
    _choice("contact_channel", "Channel of the last contact", CONTACTS, choices=CHANNELS, maybe=True),
    _choice("contact_direction", "The last contact came", CONTACTS, choices=DIRECTIONS, maybe=True),
    _number("contacts", "Number of contacts", CONTACTS, unit="contacts", period=True),
    _set("result", "A contact ended as", CONTACTS, period=True),
    _set("contacted_by", "A contact by channel", CONTACTS, choices=CHANNELS, period=True),
    _set("contact_from", "A contact came", CONTACTS, choices=DIRECTIONS, period=True),
    _text("topic", "Topic of a contact", CONTACTS, period=True),
    _number("open_applications", "Open applications", WORK, unit="applications"),
    _yes("application_late", "An application is late", WORK),
    _set("application_kind", "Open application of kind", WORK),
    _set("application_stage", "Open application at stage", WORK, choices=STAGES),
    _number("applications", "Number of applications filed", WORK, unit="applications", period=True),
    _set("application_filed", "Application filed of kind", WORK, period=True),
    _number("open_tasks", "Open tasks", WORK, unit="tasks"),
    _day("task_due_on", "A task is due", WORK, maybe=True, help="The first of those that are open."),
    _set("task_kind", "Open task of kind", WORK, choices=TASKS),
    _set("task_team", "Open task of team", WORK),
    _set(
        "signal",
        "Found by rule",
        WORK,
        help="Rules of contacts that recur and of falling activity.",
        period=True,
        open=True,
    ),
)
_RECORDED = (
    _set("document", "Document made", RECORD, period=True, open=True),
    _set(
        "import",
        "Changed by an import",
        RECORD,
        open=True,
        help="An account, a reading, an invoice or a payment of that file.",
    ),
    _set("list", "Stands on a list", RECORD, open=True, help="Lists that stand still, made of a segment."),
    _yes("duplicate", "May be a duplicate", RECORD, help="A pair that was found and not decided yet."),
    _yes("merged", "Joined of several records", RECORD),
    _yes("legal_hold", "Under legal hold", RECORD),
    Fact("segment", "Belongs to segment", OTHERS, kind=Kind.SEGMENT, ready=False),
)
FACTS: tuple[Fact, ...] = (*_PEOPLE, *_SUPPLIED, *_MONEY, *_READ, *_WORKED, *_RECORDED)


class Catalogue:
    """Facts by name: those of the house and the custom fields.

    Args:
        more: facts that custom fields add.
        choices: codes that the database knows, by name of the fact.

    """

    def __init__(self, more: Iterable[Fact] = (), choices: Mapping[str, tuple[Choice, ...]] | None = None) -> None:
        self._facts = {fact.name: fact for fact in (*FACTS, *more)}
        self._choices = choices or {}

    def get(self, name: str) -> Fact | None:
        """Return a fact, None when there is none of that name."""
        return self._facts.get(name)

    def choices(self, fact: Fact) -> tuple[Choice, ...]:
        """Return the codes a fact may have; those of the catalogue first."""
        known = {choice.code for choice in fact.choices}
        return fact.choices + tuple(one for one in self._choices.get(fact.name, ()) if one.code not in known)

    def grouped(self) -> list[tuple[str, list[Fact]]]:
        """Return every fact under its heading, in the order they are offered."""
        named = [(group, [fact for fact in self._facts.values() if fact.group == group]) for group in GROUPS]
        return [(group, facts) for group, facts in named if facts]
