"""What can be asked: every subject with its measures and dimensions (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crm_core.reports import formulas as of
from crm_core.reports.formulas import Figure
from crm_core.reports.terms import Dimension, Measure, Subject, Unit

B5 = "DOMAIN.md B5"
WAITS = ("0-5", "5-10", "10-20", "20-30", "30-60", "60-120", "120-300", "300+")
WEEKDAYS = ("1", "2", "3", "4", "5", "6", "7")
TIME = tuple(
    Dimension(name=name, title=title, kind="time", buckets=buckets)
    for name, title, buckets in (
        ("quarter", "15 minutes", ()),
        ("half", "30 minutes", ()),
        ("hour", "Hour", ()),
        ("day", "Day", ()),
        ("week", "Week", ()),
        ("month", "Month", ()),
        ("weekday", "Weekday", WEEKDAYS),
        ("hour_of_day", "Hour of the day", tuple(f"{hour:02}" for hour in range(24))),
    )
)
DAYS = tuple(one for one in TIME if one.name in {"day", "week", "month", "weekday"})
QUEUE = Dimension(name="queue", title="Queue", kind="code")
OPERATOR = Dimension(name="operator", title="Operator", kind="who")
TEAM = Dimension(name="team", title="Team", kind="code")
TOPIC = Dimension(name="topic", title="Topic", kind="code")
LANGUAGE = Dimension(name="language", title="Language", kind="code")
CHANNEL = Dimension(name="channel", title="Channel", kind="code")
DIRECTION = Dimension(name="direction", title="Direction", kind="code", buckets=("in", "out"))


def code(name: str, title: str, *buckets: str) -> Dimension:
    """Return a dimension of codes."""
    return Dimension(name=name, title=title, kind="code", buckets=buckets)


def total(name: str, title: str, doc: str, unit: Unit = "count") -> Measure:
    """Return a measure that is a sum."""
    return Measure(name=name, title=title, unit=unit, doc=doc, sums=(name,), formula=of.count)


def ratio(
    name: str,
    title: str,
    unit: Unit,
    doc: str,
    formula: Callable[..., Figure],
    *sums: str,
) -> Measure:
    """Return a measure that is worked out from sums."""
    return Measure(name=name, title=title, unit=unit, doc=doc, sums=sums, formula=formula)


def subject(
    name: str, title: str, measures: tuple[Measure, ...], dimensions: tuple[Dimension, ...], *, drill: bool = False
) -> Subject:
    """Return a subject with its measures and dimensions by name."""
    return Subject(
        name=name,
        title=title,
        measures={one.name: one for one in measures},
        dimensions={one.name: one for one in dimensions},
        drill=drill,
    )


VISITS = subject(
    "visits",
    "Stays in queues",
    (
        total("offered", "Offered", f"Callers who joined a queue ({B5}: O); one sent to another queue counts there."),
        total("answered", "Answered", f"An operator was connected ({B5}: A)."),
        total("answered_in_time", "Answered in time", f"Connected within the queue's threshold ({B5}: A within T)."),
        total("abandoned", "Gave up", f"Left the queue by hanging up ({B5}: B)."),
        total("abandoned_short", "Gave up at once", f"Gave up within 5 seconds ({B5}: B within s)."),
        total("abandoned_in_time", "Gave up within the threshold", f"Gave up within the threshold ({B5}: B within T)."),
        total("kept", "Kept the place", "Left to be called back; it is the call back that is offered."),
        total("exits", "Left otherwise", f"Sent on before an answer: overflow, time-out, a lost node ({B5}: X)."),
        total("waited", "Time waited", "Waiting of all stays together, the ring included, the menu not.", "seconds"),
        ratio("service_level", "Service level", "percent",
               f"Answered in time over offered less those who gave up at once ({B5}, strict).",
               of.service_level, "answered_in_time", "offered", "abandoned_short"),
        ratio("service_level_answered", "Service level of answered", "percent",
               f"Answered in time over answered; flatters ({B5}, answered-only).",
               of.service_level_answered, "answered_in_time", "answered"),
        ratio("service_level_ignoring", "Service level ignoring abandons", "percent",
               f"Answered in time over offered less those who gave up within the threshold ({B5}, ignore).",
               of.service_level_ignoring, "answered_in_time", "offered", "abandoned_in_time"),
        ratio("service_level_positive", "Service level with abandons", "percent",
               f"Answered or gave up within the threshold, over offered ({B5}, positive).",
               of.service_level_positive, "answered_in_time", "abandoned_in_time", "offered"),
        ratio("service_level_decided", "Service level against abandons", "percent",
               f"Answered in time over answered and gave up ({B5}, negative).",
               of.service_level_decided, "answered_in_time", "answered", "abandoned"),
        ratio("abandon_rate", "Abandon rate", "percent",
               f"Gave up over offered, without those who gave up at once ({B5}).",
               of.abandon_rate, "abandoned", "offered", "abandoned_short"),
        ratio("abandon_rate_raw", "Abandon rate, raw", "percent", f"Gave up over offered ({B5}, raw).",
               of.share, "abandoned", "offered"),
        ratio("answer_speed", "Average speed of answer", "seconds",
               f"Time waited by the answered over their number ({B5}: ASA).", of.mean, "waited_answered", "answered"),
        ratio("abandon_wait", "Average wait before giving up", "seconds",
               "Time waited by who gave up over their number.", of.mean, "waited_abandoned", "abandoned"),
    ),
    (*TIME, QUEUE, OPERATOR, TEAM, TOPIC, LANGUAGE,
     code("outcome", "Outcome", "answered", "abandoned", "kept", "exit"),
     code("cause", "Cause"),
     Dimension(name="wait", title="Wait", kind="number", buckets=WAITS)),
    drill=True,
)  # fmt: skip
CONTACTS = subject(
    "contacts",
    "Contacts",
    (
        total("contacts", "Contacts", "Contacts that are over, on every channel."),
        total("handled", "Handled", "An operator had the contact."),
        total("talk", "Talk", "Connected with the operator, hold not counted.", "seconds"),
        total("hold", "Hold", "On hold while connected.", "seconds"),
        total("wrap_up", "Wrap-up", "From the end of the talk until the contact was closed.", "seconds"),
        total("transferred", "Transferred", "Passed on to a colleague, a queue or a number."),
        total("consulted", "Consulted", "Somebody was asked first."),
        total("repeated", "Repeated", "The account had a contact on the same topic within 7 days before."),
        total("followed", "Followed", "The account had another contact on the same topic within 7 days after."),
        total("undisposed", "Not written up", "Closed by the house, nobody chose a result."),
        ratio("handle_time", "Average handling time", "seconds",
               f"Talk, hold and wrap-up over handled ({B5}: AHT).", of.handle_time,
               "talk", "hold", "wrap_up", "handled"),
        ratio("talk_mean", "Average talk", "seconds", "Talk over handled.", of.mean, "talk", "handled"),
        ratio("hold_mean", "Average hold", "seconds", "Hold over handled.", of.mean, "hold", "handled"),
        ratio("wrap_up_mean", "Average wrap-up", "seconds", "Wrap-up over handled.", of.mean, "wrap_up", "handled"),
        ratio("transfer_rate", "Transfer rate", "percent", f"Transferred over handled ({B5}).",
               of.share, "transferred", "handled"),
        ratio("repeat_rate", "Repeat rate", "percent", f"Repeated over contacts with a known account ({B5}).",
               of.share, "repeated", "known"),
        ratio("first_contact", "First-contact resolution", "percent",
               f"Handled contacts of a known account without another on the topic in 7 days ({B5}: FCR).",
               of.rest, "followed_handled", "known_handled"),
        ratio("minutes", "Minutes of talk", "number", "Talk and hold in minutes, as a carrier bills them together.",
               lambda talk, hold: Figure((talk + hold) / 60), "talk", "hold"),
    ),
    (*TIME, QUEUE, OPERATOR, TEAM, TOPIC, LANGUAGE, CHANNEL, DIRECTION,
     code("outcome", "Outcome", "answered", "abandoned", "served", "failed"),
     code("disposition", "Disposition")),
    drill=True,
)  # fmt: skip
OFFERS = subject(
    "offers",
    "Rings",
    (
        total("offers", "Rings", "A caller was offered to an operator."),
        total("taken", "Answered rings", "The operator took the caller."),
        total("missed", "Missed rings", "The ring ended without the operator."),
        total("withdrawn", "Withdrawn rings", "The caller left, or the offer was taken back: nobody's fault."),
        total("rang", "Time rung", "From the offer to its end.", "seconds"),
        ratio("missed_rate", "Rings not answered", "percent",
               f"Missed over missed and answered ({B5}: agent non-response).",
               lambda missed, taken: of.share(missed, missed + taken), "missed", "taken"),
        ratio("ring_mean", "Average ring", "seconds", "Time rung over rings.", of.mean, "rang", "offers"),
    ),
    (*TIME, QUEUE, OPERATOR, TEAM, code("outcome", "Outcome", "taken", "missed", "withdrawn"),
     code("cause", "Cause")),
    drill=True,
)  # fmt: skip
STATES = subject(
    "states",
    "Operators' time",
    (
        total("seconds", "Time", "Time in states, cut at every quarter of an hour.", "seconds"),
        total("signed_in", "Signed in", "Time in any state but offline.", "seconds"),
        total("ready", "Ready", "Available and idle.", "seconds"),
        total("reserved", "Ringing", "Offered a caller.", "seconds"),
        total("talking", "Talking", "Connected, hold included.", "seconds"),
        total("writing", "Wrap-up", "Writing up.", "seconds"),
        total("not_ready", "Not ready", "Breaks and other reasons.", "seconds"),
        ratio("occupancy", "Occupancy", "percent",
               f"Contact time over contact and available time ({B5}); not-ready is left out.",
               of.occupancy, "talking", "writing", "ready", "reserved"),
        ratio("utilisation", "Utilisation", "percent", f"Contact time over time signed in ({B5}).",
               of.utilisation, "talking", "writing", "signed_in"),
    ),
    (*TIME, OPERATOR, TEAM,
     code("state", "State", "ready", "reserved", "talking", "wrap_up", "not_ready"), code("reason", "Reason")),
)  # fmt: skip
WALKS = subject(
    "walks",
    "Ways through the menu",
    (
        total("walks", "Ways", "Callers who went through the menu."),
        total("to_queue", "To an operator", "Ended in a queue."),
        total("contained", "Served by the menu", "Ended served, without an operator."),
        total("gone", "Hung up", "Hung up in the middle."),
        total("walked", "Time in the menu", "From the first step to the last.", "seconds"),
        ratio("containment", "Containment", "percent", "Served by the menu over ways.", of.share, "contained", "walks"),
        ratio("walk_mean", "Average time in the menu", "seconds", "Time over ways.", of.mean, "walked", "walks"),
    ),
    (*TIME, code("ending", "Ending", "queue", "done", "gone"), code("version", "Version of the menu")),
)
STEPS = subject(
    "steps",
    "Steps of the menu",
    (
        total("reached", "Reached", "How often callers came to the step."),
        total("last", "Ended there", "It was the last step of the way."),
        ratio("last_rate", "Ended there, share", "percent", "Ended there over reached.", of.share, "last", "reached"),
    ),
    (*TIME, code("step", "Step"), code("ending", "Ending", "queue", "done", "gone")),
)
CALLS = (VISITS, CONTACTS, OFFERS, STATES, WALKS, STEPS)
Subjects = Mapping[str, Subject]
