"""Whatever is done, in whatever order, no law is broken: the gate against an independent reading of the laws.

Time passes, across changes of clocks too; operators dial by hand, campaigns in every mode, messages go out; he calls
us, talks, withdraws consents, disputes, pays, moves, or nobody knows where he lives. Whatever the gate lets through is
done; tests/outbound/lawbook.py then looks for a breach.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from outbound.gate import House, Wanted, ask
from outbound.law.text import shipped, texts
from outbound.terms import Allowed, Channel, Contacted, Debtor, Mode, Outcome, Reason
from tests.outbound.lawbook import ZONES, Done, breaches

OURS = "+74951110000"
HOUSE = House(
    country="RU",
    countries=frozenset({"RU", "US", "GB", "IN", "KZ"}),
    ours=frozenset({OURS}),
    caller_ids=frozenset({OURS}),
)
NUMBERS = {
    "RU-230": "+79161234567",
    "US": "+12125551234",
    "UK": "+447400123456",
    "IN": "+919876543210",
    "KZ": "+77017654321",
    "none": "+79161234567",
}
STARTS = (
    datetime(2026, 1, 30, 12, tzinfo=UTC),
    datetime(2026, 3, 5, 12, tzinfo=UTC),  # before the clocks change in the United States, and the eighth of March
    datetime(2026, 3, 27, 12, tzinfo=UTC),  # and in Europe
    datetime(2026, 4, 29, 12, tzinfo=UTC),
    datetime(2026, 10, 23, 12, tzinfo=UTC),
    datetime(2026, 10, 30, 12, tzinfo=UTC),
    datetime(2026, 12, 29, 12, tzinfo=UTC),
)
CALLS = [mode for mode in Mode if mode is not Mode.MESSAGE]
BARS = [
    *(Reason.DO_NOT_CALL, Reason.DISPUTE, Reason.REPRESENTED, Reason.DECEASED, Reason.BANKRUPT, Reason.LIFE_SUPPORT),
    *(Reason.MINOR, Reason.HOLD, Reason.WRONG_NUMBER),
]
ENDS = [outcome for outcome in Outcome if outcome is not Outcome.TALKED]


class Lawful(RuleBasedStateMachine):
    """One debtor with two debts, everybody who may reach him, and the gate between."""

    @initialize(law=st.sampled_from(sorted(texts())), start=st.sampled_from(STARTS), place=st.integers(0, 11))
    def begins(self, law: str, start: datetime, place: int) -> None:
        self.law, self.profile, self.now = law, shipped(law), start
        self.zones: tuple[str, ...] = (ZONES[law][place % len(ZONES[law])],)
        self.bars: set[Reason] = set()
        self.consents = {"calls", "sms"}
        self.owed = {1: Decimal(100), 2: Decimal(50)}
        self.done: list[Done] = []
        self.contacts: list[Contacted] = []
        self.checked = 0
        self.next_at: datetime | None = None
        self.in_call = False

    # --- time and the world ---------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 20, 59, 181, 720]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(days=st.integers(1, 9), seconds=st.integers(-2, 2))
    def days_pass(self, days: int, seconds: int) -> None:
        self.now += timedelta(days=days, seconds=seconds)

    @precondition(lambda self: self.next_at is not None and self.next_at > self.now)
    @rule(seconds=st.sampled_from([-1, 0]))
    def it_is_just_the_time_that_was_named(self, seconds: int) -> None:
        assert self.next_at is not None
        self.now = max(self.now, self.next_at + timedelta(seconds=seconds))

    @rule(place=st.none() | st.integers(0, 11))
    def he_moves_or_nobody_knows_where_he_lives(self, place: int | None) -> None:
        zones = ZONES[self.law]
        self.zones = () if place is None else (zones[place % len(zones)],)

    @rule(place=st.integers(0, 11), other=st.integers(0, 11))
    def he_may_live_in_one_of_two_places(self, place: int, other: int) -> None:
        zones = ZONES[self.law]
        self.zones = (zones[place % len(zones)], zones[other % len(zones)])

    @rule(bar=st.sampled_from(BARS), stands=st.booleans())
    def something_stands_against_it_or_no_more(self, bar: Reason, stands: bool) -> None:
        (self.bars.add if stands else self.bars.discard)(bar)

    @rule()
    def everything_is_lifted(self) -> None:
        self.bars.clear()
        self.owed = {1: Decimal(100), 2: Decimal(50)}
        self.consents, self.in_call = {"calls", "sms"}, False

    @rule(consent=st.sampled_from(["calls", "sms"]), given=st.booleans())
    def he_consents_or_withdraws(self, consent: str, given: bool) -> None:
        (self.consents.add if given else self.consents.discard)(consent)

    @rule(debt=st.sampled_from([1, 2]), owed=st.sampled_from([Decimal(0), Decimal(-5), Decimal(70)]))
    def he_pays_or_owes_again(self, debt: int, owed: Decimal) -> None:
        self.owed[debt] = owed

    @rule(debt=st.sampled_from([1, 2]))
    def he_calls_and_talks(self, debt: int) -> None:
        self._note("he-called", debt, Mode.MANUAL, "talked", talked=True)

    @rule(open_=st.booleans())
    def a_call_with_him_begins_or_ends(self, open_: bool) -> None:
        self.in_call = open_

    # --- what we want ---------------------------------------------------------------------------------------------

    @rule(debt=st.sampled_from([1, 2]), mode=st.sampled_from(CALLS), outcome=st.sampled_from(ENDS))
    def a_call_is_wanted(self, debt: int, mode: Mode, outcome: Outcome) -> None:
        if self._asked(debt, mode, Channel.CALL):
            self._note("call", debt, mode, outcome.value)

    @rule(debt=st.sampled_from([1, 2]), mode=st.sampled_from(CALLS))
    def a_call_is_wanted_and_he_talks(self, debt: int, mode: Mode) -> None:
        if self._asked(debt, mode, Channel.CALL):
            self._note("call", debt, mode, "talked", talked=True)

    @rule(debt=st.sampled_from([1, 2]), channel=st.sampled_from([Channel.SMS, Channel.EMAIL]))
    def a_message_is_wanted(self, debt: int, channel: Channel) -> None:
        if self._asked(debt, Mode.MESSAGE, channel):
            self._note(channel.value, debt, Mode.MESSAGE, "sent")

    @rule(
        times=st.integers(2, 9),
        debt=st.sampled_from([1, 2]),
        mode=st.sampled_from(CALLS),
        talks=st.booleans(),
        outcome=st.sampled_from([Outcome.NO_ANSWER, Outcome.ABANDONED]),
    )
    def he_is_called_as_often_and_as_soon_as_he_may(
        self, times: int, debt: int, mode: Mode, talks: bool, outcome: Outcome
    ) -> None:
        self.everything_is_lifted()
        for _ in range(times):
            if not self._asked(debt, mode, Channel.CALL):
                assert self.next_at is not None
                self.now = self.next_at
                assert self._asked(debt, mode, Channel.CALL), "the time that was named is a yes"
            self._note("call", debt, mode, "talked" if talks else outcome.value, talked=talks)
            self.now += timedelta(seconds=40)

    def _asked(self, debt: int, mode: Mode, channel: Channel) -> bool:
        him = Debtor(
            customer_id=1,
            account_id=debt,
            number="anna@example.org" if channel is Channel.EMAIL else NUMBERS[self.law],
            zones=self.zones,
            bars=frozenset(self.bars),
            consents=frozenset(self.consents),
            open_debt=self.owed[debt],
        )
        wanted = Wanted(debtor=him, mode=mode, channel=channel, caller_id=OURS, busy=self.in_call)
        answer = ask(wanted, self.contacts, self.profile, HOUSE, self.now)
        if isinstance(answer, Allowed):
            assert answer.until is None or answer.until > self.now
            return True
        assert answer.reasons
        assert answer.next_at is None or answer.next_at > self.now
        self.next_at = answer.next_at
        return False

    def _note(self, kind: str, debt: int, mode: Mode, outcome: str, *, talked: bool = False) -> None:
        self.done.append(
            Done(
                at=self.now,
                kind=kind,
                debt=debt,
                zones=self.zones,
                mode=mode.value,
                outcome=outcome,
                talked=talked,
                barred=bool(self.bars),
                consents=frozenset(self.consents),
                owed=self.owed[debt] > 0,
                open_call=self.in_call,
            )
        )
        channel = Channel(kind) if kind in {"sms", "email"} else Channel.CALL
        self.contacts.append(
            Contacted(
                at=self.now,
                channel=channel,
                conversation=talked,
                customer_id=1,
                account_id=debt,
                outcome=outcome,
                by_us=kind != "he-called",
            )
        )

    # --- what always holds ----------------------------------------------------------------------------------------

    @invariant()
    def no_law_is_broken(self) -> None:
        if len(getattr(self, "done", ())) > self.checked:
            self.checked = len(self.done)
            assert not breaches(self.law, self.done)


Lawful.TestCase.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)  # fmt: skip
TestLawful = pytest.mark.long(Lawful.TestCase)
