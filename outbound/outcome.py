"""How an attempt ended, from what the switch and the floor know of it: every cause and code has an outcome (pure).

The table was measured on Asterisk 22 with a trunk that answered each code: SIP final response, the Q.850 cause of the
leg's `Hangup`, and `DialEnd`. Causes: ITU-T Q.850 (05/2018), table 1; responses: RFC 3261, section 21, and RFC 3398,
section 8.2.6.1, for what carries over between the two. `OriginateResponse`'s Reason says no more than answered (4),
rung out (3) and everything else (0), so `Hangup` of the same leg decides. A number is called bad only by what says so
of the number itself: it is not dialled again.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from outbound.terms import Outcome


class Heard(StrEnum):
    """How much of a voice notice was heard."""

    WHOLE = "whole"
    PART = "part"


CAUSES: Final[Mapping[int, Outcome]] = {
    1: Outcome.BAD_NUMBER,  # Unallocated number
    2: Outcome.UNREACHABLE,  # No route to specified transit network
    3: Outcome.UNREACHABLE,  # No route to destination
    4: Outcome.BAD_NUMBER,  # Send special information tone: a recording says that the number is out of order
    5: Outcome.BAD_NUMBER,  # Misdialled trunk prefix
    6: Outcome.FAILED,  # Channel unacceptable
    7: Outcome.FAILED,  # Call awarded and being delivered in an established channel
    8: Outcome.CONGESTION,  # Pre-emption
    9: Outcome.CONGESTION,  # Pre-emption, circuit reserved for re-use
    14: Outcome.UNREACHABLE,  # QoR: ported number
    16: Outcome.NO_ANSWER,  # Normal call clearing, before anybody answered
    17: Outcome.BUSY,
    18: Outcome.UNREACHABLE,  # No user responding: nothing rang
    19: Outcome.NO_ANSWER,  # No answer from user: it rang
    20: Outcome.UNREACHABLE,  # Subscriber absent: switched off, out of reach
    21: Outcome.REJECTED,
    22: Outcome.BAD_NUMBER,  # Number changed
    23: Outcome.UNREACHABLE,  # Redirection to new destination
    24: Outcome.REJECTED,  # Call rejected due to a feature at the destination
    25: Outcome.UNREACHABLE,  # Exchange routing error
    26: Outcome.UNREACHABLE,  # Non-selected user clearing
    27: Outcome.UNREACHABLE,  # Destination out of order
    28: Outcome.BAD_NUMBER,  # Invalid number format, address incomplete
    29: Outcome.REJECTED,  # Facility rejected
    30: Outcome.FAILED,  # Response to status enquiry
    31: Outcome.UNREACHABLE,  # Normal, unspecified
    34: Outcome.CONGESTION,  # No circuit available
    38: Outcome.UNREACHABLE,  # Network out of order
    39: Outcome.FAILED,  # Permanent frame mode connection out of service
    40: Outcome.FAILED,  # Permanent frame mode connection operational
    41: Outcome.UNREACHABLE,  # Temporary failure
    42: Outcome.CONGESTION,  # Switching equipment congestion
    43: Outcome.FAILED,  # Access information discarded
    44: Outcome.CONGESTION,  # Requested circuit not available
    46: Outcome.CONGESTION,  # Precedence call blocked
    47: Outcome.CONGESTION,  # Resource unavailable, unspecified
    102: Outcome.UNREACHABLE,  # Recovery on timer expiry: the far side never replied
}
"""Q.850 cause of a leg that nobody answered. Classes not named: 49-63 services and 65-79 features that are not there,
81-101 invalid messages, 103-111 protocol, 127 interworking."""

RESPONSES: Final[Mapping[int, Outcome]] = {
    301: Outcome.BAD_NUMBER,  # Moved permanently
    400: Outcome.FAILED,
    401: Outcome.FAILED,  # Our own password towards the trunk
    402: Outcome.FAILED,
    403: Outcome.REJECTED,
    404: Outcome.BAD_NUMBER,
    405: Outcome.FAILED,
    406: Outcome.FAILED,
    407: Outcome.FAILED,
    408: Outcome.UNREACHABLE,
    410: Outcome.BAD_NUMBER,
    413: Outcome.FAILED,
    414: Outcome.FAILED,
    415: Outcome.FAILED,
    416: Outcome.FAILED,
    420: Outcome.FAILED,
    421: Outcome.FAILED,
    423: Outcome.FAILED,
    433: Outcome.REJECTED,  # Anonymity disallowed
    480: Outcome.UNREACHABLE,
    481: Outcome.FAILED,
    482: Outcome.FAILED,
    483: Outcome.FAILED,
    484: Outcome.BAD_NUMBER,
    485: Outcome.BAD_NUMBER,
    486: Outcome.BUSY,
    487: Outcome.NO_ANSWER,  # Terminated: our own CANCEL after the ring time, unless `cancelled`
    488: Outcome.FAILED,
    491: Outcome.FAILED,
    493: Outcome.FAILED,
    500: Outcome.UNREACHABLE,
    501: Outcome.FAILED,
    502: Outcome.UNREACHABLE,
    503: Outcome.CONGESTION,
    504: Outcome.UNREACHABLE,
    505: Outcome.FAILED,
    513: Outcome.FAILED,
    580: Outcome.FAILED,
    600: Outcome.BUSY,
    603: Outcome.REJECTED,
    604: Outcome.BAD_NUMBER,
    606: Outcome.FAILED,
    607: Outcome.REJECTED,  # Unwanted (RFC 8197)
    608: Outcome.REJECTED,  # Rejected by an intermediary (RFC 8688)
}
"""SIP final response of a leg that nobody answered."""

STATUSES: Final[Mapping[str, Outcome]] = {
    "BUSY": Outcome.BUSY,
    "NOANSWER": Outcome.NO_ANSWER,
    "CONGESTION": Outcome.CONGESTION,
    "CHANUNAVAIL": Outcome.FAILED,
    "CANCEL": Outcome.NO_ANSWER,
    "DONTCALL": Outcome.REJECTED,
    "TORTURE": Outcome.REJECTED,
    "INVALIDARGS": Outcome.FAILED,
}
"""`DialStatus` of `DialEnd` or of the dialplan, when neither cause nor response says anything."""

VAGUE: Final = frozenset({480, 487, 500, 502, 503, 504})
"""Responses behind which a network hides why; a cause that tells (its Reason header, RFC 3326) goes first."""
TELLING: Final = frozenset({1, 4, 5, 17, 18, 20, 21, 22, 24, 27, 28, 29})


def classify(  # noqa: PLR0913 - all that is known of an attempt
    dial_status: str,
    hangup_cause: int,
    sip_code: int,
    *,
    answered: bool = False,
    machine: bool = False,
    talked: bool = False,
    cancelled: bool = False,
    abandoned: bool = False,
    notice: Heard | None = None,
    timed_out: bool = False,
    lost: bool = False,
) -> Outcome:
    """Return the outcome of an attempt that ended.

    Args:
        dial_status: `DialEnd`'s or the dialplan's `DIALSTATUS`; "" when there was none.
        hangup_cause: Q.850 cause of the leg's `Hangup`; 0 when there was none.
        sip_code: final response of the trunk (`TechCause`); 0 when there was none.
        answered: it was picked up.
        machine: what picked up was taken for a machine, and nobody talked to it.
        talked: an operator was joined with it.
        cancelled: we ended it before it was answered.
        abandoned: somebody answered, and no operator was there within the grace.
        notice: how much of a voice notice was heard; None when none was begun.
        timed_out: it rang for as long as we let it (`OriginateResponse` Reason 3).
        lost: it may have left us, and nobody knows what became of it.

    """
    if talked:
        return Outcome.TALKED
    if answered or machine:
        return _answered(machine=machine, abandoned=abandoned, notice=notice, lost=lost)
    if cancelled:
        return Outcome.CANCELLED
    if lost:
        return Outcome.UNKNOWN
    if timed_out:
        return Outcome.NO_ANSWER
    return _unanswered(dial_status, hangup_cause, sip_code)


def _answered(*, machine: bool, abandoned: bool, notice: Heard | None, lost: bool) -> Outcome:
    if abandoned:
        # A person by what was known when it was answered: the promise is kept towards him.
        return Outcome.ABANDONED
    if machine:
        return Outcome.MACHINE
    if notice is not None:
        return Outcome.NOTICE_HEARD if notice is Heard.WHOLE else Outcome.NOTICE_CUT
    if lost:
        return Outcome.UNKNOWN
    # He hung up before the grace was over: nobody kept him waiting, and he did not want this call.
    return Outcome.REJECTED


def _unanswered(dial_status: str, hangup_cause: int, sip_code: int) -> Outcome:
    if 300 <= sip_code <= 699 and not (sip_code in VAGUE and hangup_cause in TELLING):
        return RESPONSES.get(sip_code) or _class_of_response(sip_code)
    if hangup_cause in CAUSES:
        return CAUSES[hangup_cause]
    if hangup_cause > 0:
        return Outcome.FAILED
    # Without a Hangup there was no channel: an endpoint that nobody knows, a fault of our own side.
    return STATUSES.get(dial_status.upper(), Outcome.FAILED)


def _class_of_response(sip_code: int) -> Outcome:
    """Return the outcome of a response that the table does not name, by its hundred (RFC 3261, section 8.1.3.2)."""
    # Moved for now (3xx): we follow nobody elsewhere, and may try again.
    return {4: Outcome.FAILED, 6: Outcome.REJECTED}.get(sip_code // 100, Outcome.UNREACHABLE)
