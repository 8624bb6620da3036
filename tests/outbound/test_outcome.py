"""Every cause, code and status has one outcome, and those that were measured have the measured one."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.outcome import CAUSES, RESPONSES, STATUSES, Heard, classify
from outbound.terms import Outcome

pytestmark = pytest.mark.unit
MEASURED = [
    # SIP, cause, TechCause, DialEnd: as Asterisk 22 reported them of a trunk that answered so.
    ("BUSY", 17, 486, Outcome.BUSY),
    ("NOANSWER", 1, 404, Outcome.BAD_NUMBER),
    ("NOANSWER", 21, 603, Outcome.REJECTED),
    ("NOANSWER", 21, 403, Outcome.REJECTED),
    ("CONGESTION", 34, 503, Outcome.CONGESTION),
    ("NOANSWER", 19, 480, Outcome.UNREACHABLE),
    ("NOANSWER", 28, 484, Outcome.BAD_NUMBER),
    ("NOANSWER", 38, 500, Outcome.UNREACHABLE),
    ("NOANSWER", 22, 410, Outcome.BAD_NUMBER),
    ("NOANSWER", 58, 488, Outcome.FAILED),
]
ANY = st.integers(-1, 1000)


@pytest.mark.parametrize(("status", "cause", "code", "outcome"), MEASURED)
def test_what_was_measured_is_classified_so(status: str, cause: int, code: int, outcome: Outcome) -> None:
    assert classify(status, cause, code) is outcome


def test_what_our_own_side_does_is_told_from_the_network() -> None:
    assert classify("", 19, 480, timed_out=True) is Outcome.NO_ANSWER
    assert classify("", 0, 0, cancelled=True) is Outcome.CANCELLED
    assert classify("", 26, 487, cancelled=True) is Outcome.CANCELLED
    assert classify("", 0, 0) is Outcome.FAILED  # an endpoint that nobody knows: no Hangup at all
    assert classify("", 0, 0, lost=True) is Outcome.UNKNOWN
    assert classify("CHANUNAVAIL", 0, 0) is Outcome.FAILED


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"talked": True}, Outcome.TALKED),
        ({"talked": True, "machine": True}, Outcome.TALKED),
        ({"abandoned": True}, Outcome.ABANDONED),
        ({"abandoned": True, "machine": True}, Outcome.ABANDONED),
        ({"machine": True}, Outcome.MACHINE),
        ({"machine": True, "notice": Heard.WHOLE}, Outcome.MACHINE),
        ({"notice": Heard.WHOLE}, Outcome.NOTICE_HEARD),
        ({"notice": Heard.PART}, Outcome.NOTICE_CUT),
        ({}, Outcome.REJECTED),
        ({"cancelled": True}, Outcome.REJECTED),
        ({"lost": True}, Outcome.UNKNOWN),
        ({"lost": True, "talked": True}, Outcome.TALKED),
    ],
)
def test_once_answered_causes_say_nothing_more(facts: dict[str, object], outcome: Outcome) -> None:
    for status, cause, code in product(("", "ANSWER", "BUSY"), (0, 16, 17, 1), (0, 200, 486)):
        assert classify(status, cause, code, answered=True, **facts) is outcome  # type: ignore[arg-type]


def test_every_cause_response_and_status_has_an_outcome_and_no_cause_answers() -> None:
    """Exhaustively: all causes of Q.850 and beyond, with all final responses, with all statuses of the dialplan."""
    never = {Outcome.TALKED, Outcome.ABANDONED, Outcome.MACHINE, Outcome.NOTICE_HEARD, Outcome.NOTICE_CUT}
    never |= {Outcome.CANCELLED, Outcome.UNKNOWN}
    seen = {
        classify(status, cause, code)
        for status, cause, code in product(("", "what", *STATUSES), range(-1, 130), (0, *range(300, 700)))
    }
    assert seen == set(Outcome) - never


@given(st.text(max_size=20), ANY, ANY, st.tuples(*[st.booleans()] * 7), st.none() | st.sampled_from(Heard))
def test_it_is_total(status: str, cause: int, code: int, facts: tuple[bool, ...], notice: Heard | None) -> None:
    names = ("answered", "machine", "talked", "cancelled", "abandoned", "timed_out", "lost")
    outcome = classify(status, cause, code, notice=notice, **dict(zip(names, facts, strict=True)))
    assert outcome in set(Outcome)
    assert (outcome is Outcome.TALKED) == facts[2]


def test_a_cause_that_tells_goes_before_a_response_that_hides() -> None:
    assert classify("", 1, 503) is Outcome.BAD_NUMBER
    assert classify("", 17, 480) is Outcome.BUSY
    assert classify("", 20, 480) is Outcome.UNREACHABLE
    assert classify("", 34, 500) is Outcome.UNREACHABLE
    assert classify("", 34, 486) is Outcome.BUSY


@pytest.mark.parametrize("code", [302, 305, 380, 417, 499, 599, 699])
def test_a_response_that_nobody_named_goes_by_its_hundred(code: int) -> None:
    assert code not in RESPONSES
    expected = {3: Outcome.UNREACHABLE, 4: Outcome.FAILED, 5: Outcome.UNREACHABLE, 6: Outcome.REJECTED}
    assert classify("", 0, code) is expected[code // 100]


def test_a_number_is_called_bad_by_few() -> None:
    """It is never dialled again, so a fault of the network must not be taken for it."""
    assert {cause for cause, outcome in CAUSES.items() if outcome is Outcome.BAD_NUMBER} == {1, 4, 5, 22, 28}
    bad = {code for code, outcome in RESPONSES.items() if outcome is Outcome.BAD_NUMBER}
    assert bad == {301, 404, 410, 484, 485, 604}


def test_the_page_has_the_measured_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "contact-law.md").read_text(encoding="utf-8")
    for _, cause, code, outcome in MEASURED:
        assert re.search(rf"^\| {code} \| {cause} \| `{outcome}` \|", page, re.MULTILINE), (code, cause, outcome)
