"""What the floor knows of a leg that is recorded (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from crm_core.recordings import MOST_PAUSE, AfterPause

USUAL_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Under which rule a leg is recorded, and what becomes of a pause that nobody ends."""

    rule: str
    pause: timedelta = USUAL_PAUSE
    after: AfterPause = AfterPause.RESUME


def recorded(rule: str, pauses: str) -> Recorded:
    """Read what the dialplan says of a recording; what it does not say, or says wrongly, is as usual.

    Args:
        rule: number of the rule.
        pauses: `<seconds>-<resume or stop>`, as the IVR left it on the caller's channel.

    """
    seconds, _, after = pauses.partition("-")
    known = seconds.isascii() and seconds.isdigit() and 0 < len(seconds) <= 4 and 0 < int(seconds) <= MOST_PAUSE
    return Recorded(
        rule=rule,
        pause=timedelta(seconds=int(seconds)) if known else USUAL_PAUSE,
        after=AfterPause.STOP if after == AfterPause.STOP else AfterPause.RESUME,
    )
