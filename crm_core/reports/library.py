"""The reports that every house has from the start (pure)."""

from __future__ import annotations

from datetime import date

from crm_core.reports.query import Chart, Filter, Period, Query, Report

ANY = Period(date(2000, 1, 1), date(2000, 1, 1), "UTC")
"""Stands where the named period comes when it is asked."""


def _report(  # noqa: PLR0913, PLR0917 -- a line of a table
    code: str,
    title: str,
    doc: str,
    subject: str,
    measures: str,
    by: str = "",
    chart: Chart = "table",
    named: str = "last_7_days",
    across: str = "",
    compare: str = "",
    order: str = "",
    filters: tuple[Filter, ...] = (),
) -> tuple[str, str, str, Query, Chart]:
    query = Query(
        subject=subject,
        measures=tuple(measures.split()),
        by=tuple(by.split()),
        period=ANY,
        named=named,
        across=across,
        compare=compare,
        order=order,
        filters=filters,
    )
    return code, title, doc, query, chart


_r = _report
_PEAK = "offered answered abandoned service_level abandon_rate answer_speed"
_HANDLE = "handled talk_mean hold_mean wrap_up_mean handle_time"
_TIME = "signed_in talking writing ready not_ready occupancy utilisation"
_OUT = "attempts live connected dropped drop_rate"
_TABLE = {
    "Queues": (
        _r("queue-intervals", "Queues by half hour", "What came to queues and became of it, each half hour of a day.",
           "visits", _PEAK, "half queue", "line", "yesterday"),
        _r("queue-days", "Queues by day", "What came to each queue and became of it, day by day.",
           "visits", _PEAK, "day queue", "line"),
        _r("queue-month", "Queues in the month", "Each queue, compared with the days before.",
           "visits", _PEAK, "queue", "bars", "this_month", compare="previous"),
        _r("queue-year", "Queues by month of the year", "Each queue, month by month.",
           "visits", _PEAK, "month queue", "line", "last_12_months"),
        _r("service-level", "Service level in five ways", "The same callers by every definition, always labelled.",
           "visits", "offered service_level service_level_answered service_level_ignoring service_level_positive "
           "service_level_decided", "queue"),
        _r("service-level-heat", "Service level by weekday and hour", "When the threshold is missed.",
           "visits", "service_level", "hour_of_day", "table", "last_90_days", across="weekday"),
        _r("service-level-trend", "Service level by week", "Each week, compared with the year before.",
           "visits", "offered service_level", "week", "line", "last_12_months", compare="year_ago"),
        _r("abandon-by-wait", "Gave up, by wait", "How long those waited who gave up.",
           "visits", "abandoned", "wait", "bars", filters=(Filter("outcome", "is", ("abandoned",)),)),
        _r("answer-by-wait", "Answered, by wait", "How long those waited who were answered.",
           "visits", "answered", "wait", "bars", filters=(Filter("outcome", "is", ("answered",)),)),
        _r("exits", "Left queues otherwise", "Why callers left a queue unanswered.",
           "visits", "exits waited", "cause queue", "bars", filters=(Filter("outcome", "is", ("exit",)),)),
        _r("peak-hours", "When callers come", "Callers by hour and weekday.",
           "visits", "offered", "hour_of_day", "stacked", "last_90_days", across="weekday"),
        _r("topics-waiting", "Topics in queues", "What callers wait for, and how long.",
           "visits", _PEAK, "topic", "bars", order="-offered"),
        _r("languages-waiting", "Languages in queues", "In which language callers wait, and how long.",
           "visits", _PEAK, "language", "bars", order="-offered"),
    ),
    "Operators": (
        _r("operator-day", "Operator's day", "Time in states of each operator.", "states", _TIME, "operator", "stacked",
           "yesterday"),
        _r("operator-days", "Operators by day", "Time in states, day by day.", "states", _TIME, "day operator"),
        _r("team-time", "Teams' time", "Time in states of each team.", "states", _TIME, "team", "bars"),
        _r("states", "States and reasons", "How long in which state, for which reason.",
           "states", "seconds", "state reason", "bars"),
        _r("breaks", "Reasons of not being ready", "Breaks and other reasons by operator.",
           "states", "seconds", "operator", "stacked", across="reason",
           filters=(Filter("state", "is", ("not_ready",)),)),
        _r("occupancy-intervals", "Occupancy by half hour", "How busy who was signed in was.",
           "states", "signed_in occupancy", "half", "line", "yesterday"),
        _r("handling", "Talk, hold, wrap-up", "How long contacts took each operator.",
           "contacts", _HANDLE, "operator", "stacked", order="-handled"),
        _r("handling-days", "Handling time by day", "How long contacts took, day by day.",
           "contacts", _HANDLE, "day", "line", "last_90_days"),
        _r("handling-topics", "Handling time by topic", "How long contacts took, by what they were about.",
           "contacts", _HANDLE, "topic", "bars", order="-handled"),
        _r("missed-rings", "Rings not answered", "Who lets callers ring.",
           "offers", "offers taken missed withdrawn missed_rate ring_mean", "operator", "bars", order="-missed"),
        _r("missed-days", "Rings not answered by day", "Rings day by day.",
           "offers", "offers taken missed missed_rate", "day", "line"),
        _r("transfers", "Transfers", "Who passes callers on.",
           "contacts", "handled transferred consulted transfer_rate", "operator", "bars", order="-transferred"),
    ),
    "Contacts": (
        _r("contacts-days", "Contacts by day", "Contacts on every channel.",
           "contacts", "contacts handled", "day", "stacked", "last_90_days", across="channel"),
        _r("topics", "Topics", "What contacts were about.",
           "contacts", "contacts handled repeat_rate first_contact", "topic", "bars", order="-contacts"),
        _r("topics-weeks", "Topics by week", "What contacts were about, week by week.",
           "contacts", "contacts", "week", "stacked", "last_90_days", across="topic"),
        _r("repeat-callers", "Repeated contacts", "Who had to come again, by day.",
           "contacts", "contacts repeated repeat_rate", "day", "line", "last_90_days"),
        _r("first-contact", "First-contact resolution", "What was settled at once, by topic.",
           "contacts", "handled followed first_contact", "topic", "bars", "last_90_days"),
        _r("dispositions", "Results", "How contacts ended.", "contacts", "contacts handle_time", "disposition", "bars",
           order="-contacts"),
        _r("undisposed", "Not written up", "Whose contacts have no result.",
           "contacts", "handled undisposed", "operator", "bars", order="-undisposed"),
        _r("languages", "Languages", "In which language contacts were.",
           "contacts", "contacts handled handle_time", "language", "bars"),
        _r("outcomes", "Outcomes by day", "Answered, gave up, served, failed.",
           "contacts", "contacts", "day", "stacked", across="outcome"),
        _r("carrier-minutes", "Minutes of calls", "What a carrier's bill can be held against.",
           "contacts", "handled minutes", "month direction", "bars", "last_12_months"),
        _r("surveys", "Marks of surveys", "What callers thought of it, by operator.",
           "marks", "marks mark_mean satisfaction", "operator", "bars", "this_month"),
        _r("recordings", "Recordings", "What was recorded, and what failed.",
           "recordings", "recordings recorded faulty fault_rate", "day", "line"),
    ),
    "Menu": (
        _r("menu-funnel", "Funnel of the menu", "How many came to each step, how many ended there.",
           "steps", "reached last last_rate", "step", "bars", order="-reached"),
        _r("menu-days", "Menu by day", "How much the menu serves by itself.",
           "walks", "walks contained to_queue gone containment walk_mean", "day", "line"),
        _r("menu-versions", "Menu by version", "Whether a new version serves more.",
           "walks", "walks contained to_queue gone containment", "version", "bars", "last_90_days"),
        _r("call-backs", "Call-backs", "Whether promises of calling back are kept.",
           "callbacks", "asked backs_done backs_ended backs_in_time backs_kept_rate tries", "queue", "bars"),
    ),
    "Debt": (
        _r("campaign-funnel", "Funnel of campaigns", "From attempts to promises.",
           "attempts", "attempts live connected right_party promised right_party_rate promise_rate", "campaign",
           "bars", "this_month"),
        _r("campaign-drops", "Dropped calls by day", "Whether the cap is kept, day by day.",
           "attempts", _OUT, "day campaign", "line"),
        _r("campaign-hours", "When debtors answer", "Answered attempts by hour.",
           "attempts", "attempts live connect_rate", "hour_of_day", "bars", "last_90_days"),
        _r("campaign-outcomes", "Outcomes of attempts", "What became of attempts.",
           "attempts", "attempts", "campaign outcome", "stacked"),
        _r("campaign-operators", "Operators in campaigns", "Talks and promises of each operator.",
           "attempts", "connected right_party promised promise_rate", "operator", "bars", "this_month"),
        _r("promises", "Promises", "What was promised and kept, by week.",
           "promises", "promises promise_amount promise_kept promise_part promise_broken kept_rate", "week", "line",
           "last_90_days"),
        _r("payments", "Payments by channel", "What was paid, by day and channel.",
           "payments", "payments paid payment_mean", "day channel", "stacked"),
        _r("invoices", "Invoiced by month", "What was invoiced.", "invoices", "invoices invoiced", "month", "bars",
           "last_12_months"),
    ),
    "Work": (
        _r("readings-sources", "Readings by channel", "How readings are taken, by day.",
           "readings", "readings actual estimated doubtful actual_rate", "day source", "stacked"),
        _r("readings-rules", "Readings held", "Which rules hold readings.",
           "readings", "doubtful", "doubt", "bars", filters=(Filter("quality", "is", ("held",)),)),
        _r("applications-stages", "Applications by stage", "Where applications stand, and how late they are.",
           "applications", "filed open closed late late_rate days_mean", "kind stage", "bars", "last_90_days"),
        _r("applications-late", "Late applications", "Whose applications are late.",
           "applications", "filed late late_rate", "operator", "bars", "last_90_days", order="-late"),
        _r("tasks", "Tasks", "What is to be done, and how late it is.",
           "tasks", "tasks tasks_closed tasks_late tasks_late_rate", "operator", "bars", "this_month"),
    ),
}  # fmt: skip
LIBRARY: tuple[Report, ...] = tuple(
    Report(code=code, title=title, doc=doc, query=query, chart=chart, group=group)
    for group, reports in _TABLE.items()
    for code, title, doc, query, chart in reports
)
BY_CODE = {report.code: report for report in LIBRARY}
