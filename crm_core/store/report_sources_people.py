"""Where the time of operators is: their states, each from its row to their next one, cut at quarters of an hour (pure).

An operator is in one state at every moment, so his states of a day are the day: what is cut off at one edge of a
quarter begins the next one, and nothing is counted twice.
"""

from __future__ import annotations

from typing import LiteralString

from crm_core.store.report_source import Source, spent, team

_TOLD: LiteralString = (
    "select id, operator_id, state, reason, at from operator_states where at >= %(first)s and at < %(last)s"
    " union all select b.id, u.id, b.state, b.reason, b.at from users u cross join lateral"
    " (select id, state, reason, at from operator_states s where s.operator_id = u.id and s.at < %(first)s"
    " order by s.at desc, s.id desc limit 1) b"
)
"""What was told of operators in the period, and the last of each before it."""
_SPANS: LiteralString = (
    "select operator_id, state, reason, greatest(at, %(first)s) as began, coalesce(lead(at) over"  # noqa: S608 -- our own text
    " (partition by operator_id order by at, id), least(%(last)s, %(now)s)) as ended from (" + _TOLD + ") told"
)
_CUT: LiteralString = (
    "select operator_id, state, reason, greatest(began, quarter) as at,"  # noqa: S608 -- our own text
    " least(ended, quarter + interval '15 minutes') - greatest(began, quarter) as stayed"
    " from (" + _SPANS + ") spans cross join lateral"
    " generate_series(date_bin('15 minutes', began, '2000-01-01Z'), ended - interval '1 microsecond',"
    " interval '15 minutes') quarter where state <> 'offline' and ended > began"
)


def _in(state: LiteralString) -> LiteralString:
    return spent("stayed", "state = '" + state + "'")


STATES = Source(
    rows="(" + _CUT + ") i where true",
    at="i.at",
    sums={
        "seconds": spent("stayed"),
        "signed_in": spent("stayed"),
        "ready": _in("ready"),
        "reserved": _in("reserved"),
        "talking": _in("talking"),
        "writing": _in("wrap_up"),
        "not_ready": _in("not_ready"),
    },
    dimensions={
        "operator": "operator_id::text",
        "team": team("i.operator_id"),
        "state": "state",
        "reason": "nullif(reason, '')",
    },
    operator="operator_id",
)
