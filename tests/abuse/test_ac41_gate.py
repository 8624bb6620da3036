"""AC41: out of hours, on a holiday, over a limit, barred, paid meanwhile: dialled by no mode, and by no retry.

That nothing of the debt is said or shown before he is known is the script's, the card's and the voice notice's part.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from outbound.gate import Campaigning, ask
from outbound.law.text import shipped
from outbound.retry import Again, Reach, Rules, Tried, next_try
from outbound.terms import Allowed, Answer, Blocked, Channel, Contacted, Mode, Outcome, Reason
from tests.outbound.people import HOUSE, MOSCOW, NUMBER, at, contact, debtor, wanted

pytestmark = pytest.mark.unit
NOON = at("2026-11-24 12:00")
WORKDAY = at("2026-11-26 12:00")
"""Under every law; the Tuesday is a holiday in India."""
BARS = [
    *(Reason.DO_NOT_CALL, Reason.DISPUTE, Reason.REPRESENTED, Reason.DECEASED, Reason.BANKRUPT, Reason.LIFE_SUPPORT),
    *(Reason.MINOR, Reason.PAID, Reason.HOLD, Reason.WRONG_NUMBER, Reason.UNSETTLED),
]
"""Cease contact is `DO_NOT_CALL`."""


def asked(now: datetime = NOON, *before: Contacted, law: str = "RU-230", **wish: Any) -> Answer:
    return ask(wanted(**wish), before, shipped(law), HOUSE, now)


def refused(answer: Answer, *reasons: Reason) -> datetime | None:
    assert isinstance(answer, Blocked)
    assert set(answer.reasons) == set(reasons)
    return answer.next_at


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("bar", BARS)
@pytest.mark.parametrize("law", ["RU-230", "US", "UK", "IN", "KZ", "none"])
def test_what_stands_against_him_stands_under_every_law_in_every_mode(bar: Reason, mode: Mode, law: str) -> None:
    him = debtor(bars=frozenset({bar}), consents=frozenset({"calls", "sms", "email"}))
    assert refused(asked(WORKDAY, law=law, mode=mode, debtor=him), bar) is None
    answer = asked(WORKDAY, law=law, mode=Mode.MESSAGE, debtor=him, channel=Channel.SMS)
    assert refused(answer, bar) is None


@pytest.mark.parametrize("mode", Mode)
def test_paid_since_the_list_was_made(mode: Mode) -> None:
    assert isinstance(asked(mode=mode), Allowed)
    assert refused(asked(mode=mode, debtor=debtor(open_debt=Decimal(0))), Reason.PAID) is None


@pytest.mark.parametrize("mode", Mode)
def test_out_of_his_hours_though_within_ours(mode: Mode) -> None:
    far = debtor(zones=("Asia/Kamchatka",))
    assert refused(asked(at("2026-11-24 14:00"), mode=mode, debtor=far), Reason.HOURS) == at("2026-11-24 23:00")
    assert refused(asked(at("2026-11-04 21:00"), mode=mode), Reason.HOLIDAY) == at("2026-11-05 08:00")


@pytest.mark.parametrize("mode", Mode)
def test_over_the_day_the_week_and_the_month_of_everybody_together(mode: Mode) -> None:
    today = contact(NOON - timedelta(hours=1), account_id=99)
    assert refused(asked(NOON, today, mode=mode), Reason.ATTEMPTS) == at("2026-11-25 08:00")
    week = [contact(NOON - timedelta(days=days)) for days in (1, 2)]
    assert refused(asked(NOON, *week, mode=mode), Reason.ATTEMPTS) == at("2026-11-29 09:00")
    month = [contact(NOON - timedelta(days=days)) for days in (3, 7, 10, 14, 17, 21, 24, 30)]
    assert refused(asked(NOON, *month, mode=mode), Reason.ATTEMPTS) == at("2026-11-25 08:00")


@pytest.mark.parametrize("outcome", [one for one in Outcome if one not in {Outcome.UNKNOWN, Outcome.BAD_NUMBER}])
def test_a_retry_asks_again_and_is_refused(outcome: Outcome) -> None:
    """When a rule says to try again at once, the gate says when it may."""
    tried = [Tried(NUMBER, outcome, NOON)]
    again = next_try(tried, Reach((NUMBER,), MOSCOW), Rules(), NOON)
    if not isinstance(again, Again):
        return
    before = contact(NOON, outcome=outcome.value, conversation=outcome is Outcome.TALKED)
    campaign = Campaigning(running=True)
    answer = asked(again.at, before, mode=Mode.PREDICTIVE, campaign=campaign)
    never_rang = outcome in {Outcome.CONGESTION, Outcome.FAILED}
    if again.at < at("2026-11-25 00:00") and not never_rang:
        assert refused(answer, Reason.ATTEMPTS) == at("2026-11-25 08:00")
    else:
        assert isinstance(answer, Allowed) or answer.next_at is not None


def test_consent_that_was_withdrawn_counts_from_that_moment() -> None:
    now = at("2026-11-24 12:00", "America/New_York")
    home = ("America/New_York",)
    agreed = debtor(zones=home, consents=frozenset({"calls"}))
    assert isinstance(asked(now, law="US", mode=Mode.NOTICE, debtor=agreed), Allowed)
    assert refused(asked(now, law="US", mode=Mode.NOTICE, debtor=debtor(zones=home)), Reason.NO_CONSENT) is None
