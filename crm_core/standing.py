"""What is open for a caller, as flags that routing rules may ask for (pure). docs/routing.md lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

OFTEN = 3
"""Calls within `WEEK_DAYS` that make somebody one who called often."""
WEEK_DAYS = 7
MOST = 20
"""Flags that travel with a call; what a menu asks for comes first."""
SECRET = frozenset({"honey"})
"""Flags of baits: they stand in no variable and no history."""
WORKED_OUT: Mapping[str, str] = {
    "application_late": "an application past its deadline",
    "promise_due": "a promise to pay whose day has come",
    "dispute_open": "an open dispute about a bill",
    "mass_event": "an event at the address, or everywhere",
    "called_often": "three calls or more within seven days",
    "vulnerable": "a special need, life support among them",
    "priority_high": "a customer to be helped sooner",
    "priority_critical": "a customer to be helped at once",
    "legal_entity": "an organisation",
}
"""Flags that the base works out, with what they mean."""
SEGMENT = re.compile(r"segment_([1-9][0-9]{0,8})")
"""Of a segment, by its number; looked for only when the published rules ask for it."""
FLAG = re.compile(r"[a-z][a-z0-9_]{0,39}")


def joined(asked: Iterable[str], known: Iterable[str]) -> str:
    """Return the flags as the caller's channel keeps them, each once.

    Args:
        asked: by the menu.
        known: by the base, of the account.

    """
    told = [one for one in [*asked, *sorted(known)] if FLAG.fullmatch(one) and one not in SECRET]
    return ",".join(list(dict.fromkeys(told))[:MOST])


def segments_asked(rules: str) -> tuple[int, ...]:
    """Return the segments that the text of routing rules asks about, each once."""
    return tuple(sorted({int(one[1]) for one in SEGMENT.finditer(rules)}))
