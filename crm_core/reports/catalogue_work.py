"""What can be asked of campaigns, money, readings and work (pure)."""

from __future__ import annotations

from crm_core.reports import formulas as of
from crm_core.reports.catalogue import (
    B5,
    CALLS,
    CHANNEL,
    DAYS,
    LANGUAGE,
    OPERATOR,
    QUEUE,
    TEAM,
    TIME,
    TOPIC,
    Subjects,
    code,
    ratio,
    subject,
    total,
)

ATTEMPTS = subject(
    "attempts",
    "Campaign attempts",
    (
        total("attempts", "Attempts", "Calls and messages that were placed."),
        total("live", "Answered", "Somebody answered."),
        total("connected", "Talked", "An operator talked to somebody."),
        total("dropped", "Dropped", "Answered and no operator in time."),
        total("right_party", "Right party", "The result says that it was the debtor himself."),
        total("promised", "Promised", "The result is a commitment to pay."),
        ratio("connect_rate", "Answer rate", "percent", "Answered over attempts.", of.share, "live", "attempts"),
        ratio("drop_rate", "Drop rate", "percent", f"Dropped over dropped and talked ({B5}).",
               lambda dropped, talked: of.share(dropped, dropped + talked), "dropped", "connected"),
        ratio("right_party_rate", "Right-party rate", "percent", f"Right party over talked ({B5}: RPC).",
               of.share, "right_party", "connected"),
        ratio("promise_rate", "Promise rate", "percent", f"Promised over right party ({B5}: PTP).",
               of.share, "promised", "right_party"),
    ),
    (*TIME, code("campaign", "Campaign"), OPERATOR, TEAM, CHANNEL, code("mode", "Mode"),
     code("outcome", "Outcome"), code("disposition", "Disposition"), code("trunk", "Trunk")),
    drill=True,
)  # fmt: skip
PROMISES = subject(
    "promises",
    "Promises",
    (
        total("promises", "Promises", "Promises by the day they are due."),
        total("promise_amount", "Promised", "What was promised.", "money"),
        total("promise_kept", "Kept", "Paid in time and grace."),
        total("promise_part", "Kept in part", "Something was paid."),
        total("promise_broken", "Broken", "Nothing came."),
        ratio("kept_rate", "Kept rate", "percent", f"Kept over those that are settled ({B5}).",
               lambda kept, part, broken: of.share(kept, kept + part + broken),
               "promise_kept", "promise_part", "promise_broken"),
    ),
    (*DAYS, code("state", "State"), code("source", "Source")),
)  # fmt: skip
READINGS = subject(
    "readings",
    "Readings",
    (
        total("readings", "Readings", "Readings taken, corrections not counted twice."),
        total("actual", "Actual", "Accepted as read."),
        total("estimated", "Estimated", "Worked out by us."),
        total("doubtful", "Held", "A rule held it for a person."),
        ratio("actual_rate", "Actual, share", "percent", "Actual over readings.", of.share, "actual", "readings"),
    ),
    (*DAYS, code("source", "Taken by"), code("quality", "Quality"), code("doubt", "Rule that held it")),
)
APPLICATIONS = subject(
    "applications",
    "Applications",
    (
        total("filed", "Filed", "Applications by the day they were filed."),
        total("open", "Open", "Neither done nor refused."),
        total("closed", "Closed", "Done or refused."),
        total("late", "Late", "Past the due moment, closed or not."),
        ratio("late_rate", "Late, share", "percent", "Late over filed.", of.share, "late", "filed"),
        ratio("days_mean", "Average days to close", "number", "Days from filing to closing, over closed.",
               lambda seconds, closed: of.mean(seconds / 86400, closed), "closing", "closed"),
    ),
    (*DAYS, code("kind", "Kind"), code("stage", "Stage"), CHANNEL, OPERATOR, TEAM),
)  # fmt: skip
PAYMENTS = subject(
    "payments",
    "Payments",
    (
        total("payments", "Payments", "Payments by the day they were paid, reversals not counted."),
        total("paid", "Paid", "Payments less reversals.", "money"),
        ratio("payment_mean", "Average payment", "money", "Paid over payments.", of.mean, "paid", "payments"),
    ),
    (*DAYS, CHANNEL),
)
INVOICES = subject(
    "invoices",
    "Invoices",
    (
        total("invoices", "Invoices", "Invoices by the day they were issued."),
        total("invoiced", "Invoiced", "What they come to.", "money"),
    ),
    DAYS,
)
RECORDINGS = subject(
    "recordings",
    "Recordings",
    (
        total("recordings", "Recordings", "Records of talks."),
        total("recorded", "Recorded time", "Length of sound.", "seconds"),
        total("faulty", "With a fault", "Something was wrong with the record."),
        ratio("fault_rate", "With a fault, share", "percent", "With a fault over recordings.",
               of.share, "faulty", "recordings"),
    ),
    (*TIME, QUEUE, OPERATOR, TEAM, code("direction", "Direction", "in", "out"), code("state", "State"),
     code("fault", "Fault")),
    drill=True,
)  # fmt: skip
CALLBACKS = subject(
    "callbacks",
    "Call-backs",
    (
        total("asked", "Asked for", "Call-backs asked for."),
        total("backs_done", "Reached", "The caller was reached."),
        total("backs_ended", "Ended", "Reached, failed or cancelled."),
        total("backs_in_time", "Reached as promised", "Reached before the promised time was over."),
        total("tries", "Dialled", "How often numbers were dialled."),
        ratio("backs_kept_rate", "Promises kept", "percent", f"Reached as promised over ended ({B5}).",
               of.share, "backs_in_time", "backs_ended"),
    ),
    (*TIME, QUEUE, TOPIC, LANGUAGE, code("state", "State"), code("outcome", "Outcome")),
)  # fmt: skip
MARKS = subject(
    "marks",
    "Marks of surveys",
    (
        total("marks", "Marks", "Marks given after talks."),
        total("satisfied", "Satisfied", "Marks of 4 and 5."),
        ratio("mark_mean", "Average mark", "number", "Marks together over their number.", of.mean, "points", "marks"),
        ratio("satisfaction", "Satisfaction", "percent", f"Satisfied over marks ({B5}: CSAT).",
               of.share, "satisfied", "marks"),
    ),
    (*TIME, QUEUE, OPERATOR, TEAM, TOPIC, code("question", "Question"),
     code("mark", "Mark", "1", "2", "3", "4", "5")),
    drill=True,
)  # fmt: skip
TASKS = subject(
    "tasks",
    "Tasks",
    (
        total("tasks", "Tasks", "Tasks by the moment they were made."),
        total("tasks_closed", "Closed", "Done or cancelled."),
        total("tasks_late", "Late", "Past the due moment, closed or not."),
        ratio("tasks_late_rate", "Late, share", "percent", "Late over tasks.", of.share, "tasks_late", "tasks"),
    ),
    (*TIME, code("kind", "Kind"), code("state", "State"), code("source", "Source"), OPERATOR, TEAM),
)
WORK = (ATTEMPTS, PROMISES, READINGS, APPLICATIONS, PAYMENTS, INVOICES, RECORDINGS, CALLBACKS, MARKS, TASKS)
SUBJECTS: Subjects = {one.name: one for one in (*CALLS, *WORK)}
