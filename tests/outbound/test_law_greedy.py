"""Who calls as often as he may, the moment he may, breaks no law; under a profile that is a little laxer he does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from outbound.law.check import check
from outbound.law.profile import Profile
from outbound.law.text import parse, shipped, texts
from outbound.terms import Allowed, Channel, Contacted, Debtor, Mode
from tests.outbound.lawbook import ZONES, Done, breaches

pytestmark = pytest.mark.long
START = datetime(2026, 2, 20, 5, tzinfo=UTC)
DAYS = 50
TURN = timedelta(minutes=40)
"""Between two attempts of one who calls as often as he may."""


def person(zones: tuple[str, ...]) -> Debtor:
    return Debtor(
        customer_id=1, account_id=1, number="+1", zones=zones, consents=frozenset({"sms"}), open_debt=Decimal(1)
    )


def greedy(profile: Profile, channel: Channel, zones: tuple[str, ...], outcome: str) -> list[Done]:
    """Reach a debtor at every moment when it is allowed; return what was done."""
    him, mode = person(zones), Mode.PREDICTIVE if channel is Channel.CALL else Mode.MESSAGE
    contacts: list[Contacted] = []
    done: list[Done] = []
    now = START
    while now < START + timedelta(days=DAYS) and len(done) < 400:
        answer = check(him, contacts, profile, now, channel, mode=mode)
        if not isinstance(answer, Allowed):
            assert answer.next_at is not None
            assert answer.next_at > now
            now = answer.next_at
            continue
        talked = outcome == "talked"
        kind = channel.value
        done.append(
            Done(
                at=now, kind=kind, debt=1, zones=zones, mode=mode.value, outcome=outcome, talked=talked,
                consents=him.consents,
            )
        )  # fmt: skip
        contacts.append(
            Contacted(at=now, channel=channel, conversation=talked, customer_id=1, account_id=1, outcome=outcome)
        )
        now += TURN
    return done


@pytest.mark.parametrize("law", sorted(texts()))
@pytest.mark.parametrize("outcome", ["no_answer", "talked", "abandoned", "congestion"])
def test_he_who_calls_as_often_as_he_may_is_within_the_law(law: str, outcome: str) -> None:
    for zones in ((ZONES[law][0],), (ZONES[law][-1],), ()):
        done = greedy(shipped(law), Channel.CALL, zones, outcome)
        assert len(done) >= 5
        assert not breaches(law, done)


@pytest.mark.parametrize("law", sorted(texts()))
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_he_who_writes_as_often_as_he_may_is_within_the_law(law: str, channel: Channel) -> None:
    for zones in ((ZONES[law][0],), ()):
        done = greedy(shipped(law), channel, zones, "sent")
        assert len(done) >= 10
        assert not breaches(law, done)


def probed(profile: Profile, zone: str) -> list[list[Done]]:
    """Call somebody who was never called, a minute before each half hour; return each call that was allowed."""
    moments = [START + timedelta(minutes=30 * number - 1) for number in range(DAYS * 48)]
    him = person((zone,))
    return [
        [Done(at=at, kind="call", debt=1, zones=(zone,))]
        for at in moments
        if isinstance(check(him, [], profile, at), Allowed)
    ]


@pytest.mark.parametrize("law", sorted(texts()))
def test_at_no_hour_of_no_day_is_a_first_call_out_of_hours(law: str) -> None:
    allowed = probed(shipped(law), ZONES[law][-1])
    assert len(allowed) > 300
    assert not [one for one in allowed if breaches(law, one)]


LAXER = [
    ("RU-230", "08:00-22:00", "07:59-22:00", "no_answer"),
    ("RU-230", 'saturdays: ["09:00-20:00"]', 'saturdays: ["08:30-20:00"]', "no_answer"),
    ("RU-230", 'sundays: ["09:00-20:00"]', 'sundays: ["08:59-20:00"]', "no_answer"),
    ("RU-230", 'holidays: ["09:00-20:00"]', 'holidays: ["08:59-20:00"]', "no_answer"),
    ("RU-230", "country: RU", "country: KZ", "no_answer"),
    ("RU-230", "most: 1, of: attempts, per: debtor, within: day", "most: 2, within: day", "no_answer"),
    ("RU-230", "most: 2, of: attempts, per: debtor, within: 7 days", "most: 3, within: 7 days", "no_answer"),
    ("RU-230", "within: 7 days}\n      - {most: 8", "within: week}\n      - {most: 8", "no_answer"),
    (
        "RU-230",
        "- {most: 2, of: attempts, per: debtor, within: 7 days}\n      - {most: 8",
        "- {most: 3, within: 7 days}\n      - {most: 9",
        "no_answer",
    ),
    ("RU-230", "uncounted: [bad_number, congestion, failed]", "uncounted: [busy]", "busy"),
    ("US", "most: 7, of: attempts", "most: 8, of: attempts", "no_answer"),
    ("US", "lasts: 7 days", "lasts: 6 days", "talked"),
    ("US", "lasts: 7 days", "lasts: 144 hours", "talked"),
    ("US", "08:00-21:00", "08:00-21:30", "no_answer"),
    ("UK", "lasts: 72 hours", "lasts: 71 hours", "abandoned"),
    ("UK", "spares: [manual, preview]", "spares: [predictive]", "abandoned"),
    ("IN", "08:00-19:00", "07:00-19:00", "no_answer"),
    ("KZ", "saturdays: []", 'saturdays: ["08:00-21:00"]', "no_answer"),
    ("KZ", "most: 2, of: attempts, per: debtor, within: day", "most: 4, within: day", "no_answer"),
]


@pytest.mark.parametrize(("law", "strict", "lax", "outcome"), LAXER)
def test_under_a_laxer_profile_he_is_found_out(law: str, strict: str, lax: str, outcome: str) -> None:
    text = texts()[law]
    assert strict in text
    profile = parse(text.replace(strict, lax))
    zone = ZONES[law][0]
    histories = [greedy(profile, Channel.CALL, (zone,), outcome), *probed(profile, zone)]
    assert any(breaches(law, history) for history in histories)


def test_it_is_not_merely_that_nothing_is_done() -> None:
    """Under the Russian law two calls a week are made, not one and not none."""
    done = greedy(shipped("RU-230"), Channel.CALL, ("Europe/Moscow",), "no_answer")
    assert 13 <= len(done) <= 2 * (DAYS // 7 + 1)
