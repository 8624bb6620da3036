"""Whatever dies when: nobody who was reached is dialled again, nobody is dialled without leave, nobody is forgotten.

A floor with a book and a switch around it that keep their state while floors come and go; what a floor had only in its
hands (entries for the book, orders for the switch) may be lost with it. The book steps as `crm_core.store.callbacks`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from crm_core.callbacks import LIVE, CallbackState, Ending, Retries, Standing, advance, leg_of, settle
from routing.callbacks import Alive, Booked, Claimed
from routing.effects import BackDialled, BackEnded, Book, CallerSpoke, Entry, Order, Record
from routing.hall import Rules
from routing.resync import Past
from routing.views import OperatorId
from telephony.commands import AnyCommand, HangUp, Originate, Redirect
from telephony.events import (
    BridgeJoined,
    CallId,
    ChannelName,
    DeviceState,
    LegEnded,
    LegId,
    LegSeen,
    LinkUp,
    Mark,
    SnapshotEnded,
)
from tests.routing.house import MAIN, NOON, House, channel_of

ANNA = 101
RETRIES = Retries(tries=2, waits={})
NUMBERS = ("+79161230001", "+79161230002")
"""The first is also whom the house hears as caller 1."""
STANDING, DIALLING, OPEN = CallbackState.STANDING, CallbackState.DIALLING, CallbackState.OPEN


@dataclass(slots=True)
class Row:
    """A call-back on record."""

    number: str
    state: CallbackState = OPEN
    attempt: int = 0
    tries: int = 0


@dataclass(slots=True)
class StandIn:
    """What Asterisk has of an attempt."""

    far: str = "waits"
    """waits, rings, talks."""
    leg: LegId | None = None
    """The operator's, once they are bridged."""


class Promises(RuleBasedStateMachine):
    """Two promises, one operator, floors that die."""

    @initialize()
    def open(self) -> None:
        self.rows = {key: Row(number) for key, number in enumerate(NUMBERS, 1)}
        self.switch: dict[CallId, StandIn] = {}
        self.rung: Counter[CallId] = Counter()
        self.reached: set[int] = set()
        self.start(Past())

    def start(self, past: Past) -> None:
        """Let a new floor take over."""
        self.house = House(Rules(back_read=timedelta(seconds=5)), past, linked=False)
        self.taken = 0
        self.entries: list[Entry] = []
        self.orders: list[AnyCommand] = []
        self.house.operator(ANNA)
        self.house.hear(LinkUp(node=MAIN))
        for call_id, one in self.switch.items():
            self.seen(call_id, one)
        self.house.hear(SnapshotEnded(node=MAIN))
        self.collect()

    def seen(self, call_id: CallId, one: StandIn) -> None:
        bridge, other = ("near" if one.leg else ""), ("far" if one.far == "talks" else "")
        context = "callback-far" if one.far == "waits" else "outward"
        self.channel(LegId(call_id), channel_of(call_id), "callback-stand", bridge, {"BUSBAR_CALL": call_id})
        self.channel(LegId(f"{call_id};2"), ChannelName(f"{channel_of(call_id)};2"), context, other, {})
        if one.leg:
            variables = {"BUSBAR_CALL": call_id, "BUSBAR_OPERATOR": str(ANNA)}
            self.channel(one.leg, ChannelName(f"PJSIP/op{ANNA}-1"), "connect", bridge, variables)

    def channel(self, leg: LegId, channel: ChannelName, context: str, bridge: str, variables: dict[str, str]) -> None:
        self.house.hear(
            LegSeen(
                node=MAIN, leg=leg, channel=channel, linked=CallId(leg), number="", name="", context=context, exten="s",
                up=True, bridge=f"{bridge}-{leg.removesuffix(';2')}" if bridge == "far" else bridge, seconds=1,
                variables=variables,
            )
        )  # fmt: skip

    def collect(self) -> None:
        """Take what the floor wants done into its hands, where it may be lost."""
        new, self.taken = self.house.effects[self.taken :], len(self.house.effects)
        for effect in new:
            match effect:
                case Order(commands=commands):
                    self.orders += commands
                case Book(entry=entry):
                    self.entries.append(entry)
                case Record(fact=CallerSpoke(number=number)):
                    for row in self.rows.values():
                        if row.number == number and row.state in {OPEN, STANDING}:
                            row.state = CallbackState.CAME
                case _:
                    pass

    # --- the book -----------------------------------------------------------------------------------------------

    @rule()
    def the_book_lets_stand(self) -> None:
        alive = {(key, row.attempt) for key, row in self.rows.items() if row.state in {STANDING, DIALLING}}
        self.house.heed(Alive(attempts=frozenset(alive)))
        for key, row in self.rows.items():
            if row.state is OPEN:
                row.state, row.attempt = STANDING, row.attempt + 1
                self.house.heed(Claimed(standing=self.standing(key)))
        self.collect()

    def standing(self, key: int) -> Standing:
        row = self.rows[key]
        return Standing(
            callback_id=key, attempt=row.attempt, state=row.state, number=row.number, caller=row.number,
            account_id=None, queue="main", language="", topic="", dialled="", flags=(), path=(), waiting_since=NOON,
            wanted_at=None, tries=row.tries, note="", call_id=leg_of(MAIN, key, row.attempt),
        )  # fmt: skip

    @rule(away=st.booleans())
    def the_book_writes(self, *, away: bool) -> None:
        if not self.entries:
            return
        entry = self.entries.pop(0)
        row = self.rows[entry.callback_id]
        if isinstance(entry, BackDialled):
            done = row.attempt == entry.attempt and row.state is STANDING and not away
            if done:
                row.state, row.tries = DIALLING, row.tries + 1
            self.house.heed(Booked(entry=entry, done=done))
        elif row.attempt == entry.attempt and row.state in {STANDING, DIALLING}:
            self.ended(row, entry)
        self.collect()

    def ended(self, row: Row, entry: BackEnded) -> None:
        dialled = row.state is DIALLING
        settled = settle(entry.ending, dialled=dialled, tries=row.tries, now=self.house.now, retries=RETRIES)
        after = advance(row.state, settled.step)
        assert after is not None
        assert entry.ending is not Ending.UNKNOWN or after is not OPEN or not dialled
        row.state = after

    @rule(rounds=st.integers(1, 4))
    def all_goes_well(self, rounds: int) -> None:
        """Let everything be done that is to be done, so that calls come far; the other rules disturb them."""
        for _ in range(rounds):
            self.the_book_lets_stand()
            while self.orders or self.entries:
                self.the_switch_obeys(fails=False)
                self.the_book_writes(away=False)
            self.house.wait(6)
            self.collect()

    @rule(key=st.sampled_from([1, 2]))
    def somebody_cancels(self, key: int) -> None:
        if self.rows[key].state in {OPEN, STANDING}:
            self.rows[key].state = CallbackState.CANCELLED

    # --- the switch ---------------------------------------------------------------------------------------------

    @rule(fails=st.booleans())
    def the_switch_obeys(self, *, fails: bool) -> None:
        if not self.orders:
            return
        command = self.orders.pop(0)
        match command:
            case Originate(device="Local/wait@callback-far/n", leg=leg) if self.house.floor.wants(command):
                if fails:
                    self.house.fail(command, "switch-refused")
                else:
                    self.switch[CallId(leg)] = StandIn()
                    self.house.mark(CallId(leg), Mark.WAITING)
            case Originate(leg=leg) if self.house.floor.wants(command):
                self.answers(CallId(command.variables["BUSBAR_CALL"]), leg)
            case Redirect(channel=channel):
                self.dials(channel)
            case HangUp(channel=channel):
                for call_id in [one for one in self.switch if channel_of(one) == channel]:
                    self.gone(call_id, 16)
            case _:
                pass
        self.collect()

    def answers(self, call_id: CallId, leg: LegId) -> None:
        """The operator answers, and is bridged with the stand-in if it is there."""
        self.house.created(leg, OperatorId(ANNA))
        self.house.device(ANNA, DeviceState.IN_USE)
        if call_id in self.switch and self.switch[call_id].leg is None:
            self.switch[call_id].leg = leg
            self.house.join(call_id, leg)
        else:
            self.house.end(leg)
            self.house.device(ANNA, DeviceState.NOT_IN_USE)

    def dials(self, channel: ChannelName) -> None:
        call_id = next((one for one in self.switch if f"{channel_of(one)};2" == channel), None)
        if call_id is None or self.switch[call_id].far != "waits":
            return
        key, attempt = (int(one) for one in call_id.rpartition("back")[2].split("."))
        row = self.rows[key]
        assert (row.state, row.attempt) == (DIALLING, attempt), "dialled without leave"
        assert key not in self.reached, "dialled again though he was reached"
        self.switch[call_id].far = "rings"
        self.rung[call_id] += 1
        assert self.rung[call_id] == 1, "dialled twice for one attempt"

    @rule(data=st.data(), cause=st.sampled_from([1, 16, 17, 19, 38]))
    def a_stand_in_ends(self, data: st.DataObject, cause: int) -> None:
        if self.switch:
            self.gone(data.draw(st.sampled_from(sorted(self.switch))), cause)
            self.collect()

    def gone(self, call_id: CallId, cause: int) -> None:
        one = self.switch.pop(call_id)
        event = LegEnded(
            node=MAIN, leg=LegId(call_id), channel=channel_of(call_id), linked=call_id, cause=cause, tech_cause=""
        )
        self.house.hear(event)
        if one.leg:
            self.house.end(one.leg)
            self.house.device(ANNA, DeviceState.NOT_IN_USE)

    @rule(data=st.data(), told=st.booleans())
    def he_answers(self, data: st.DataObject, *, told: bool) -> None:
        ringing = sorted(call_id for call_id, one in self.switch.items() if one.far == "rings")
        if not ringing:
            return
        call_id = data.draw(st.sampled_from(ringing))
        self.switch[call_id].far = "talks"
        self.reached.add(int(call_id.rpartition("back")[2].split(".")[0]))
        if told:
            leg, channel = LegId(f"{call_id};2"), ChannelName(f"{channel_of(call_id)};2")
            self.house.hear(
                BridgeJoined(node=MAIN, leg=leg, channel=channel, linked=call_id, bridge=f"far-{call_id}", members=2)
            )
            self.collect()
        else:
            self.dies(lost=True)

    # --- he, time and death -------------------------------------------------------------------------------------

    @rule(number=st.sampled_from([1, 9]))
    def somebody_calls(self, number: int) -> None:
        self.house.caller(number)
        self.collect()

    @rule(number=st.sampled_from([1, 9]))
    def a_caller_hangs_up(self, number: int) -> None:
        if CallId(f"main-{number}") in self.house.floor.hall.calls:
            self.house.end(CallId(f"main-{number}"))
            self.collect()

    @rule(seconds=st.sampled_from([1, 6, 61]))
    def time_passes(self, seconds: int) -> None:
        self.house.wait(seconds)
        self.collect()

    @rule(lost=st.booleans(), cause=st.sampled_from([16, 19]))
    def the_floor_is_away_while_it_ends(self, *, lost: bool, cause: int) -> None:
        """What stood, rang or was talked about ends while nobody looks."""
        gone, self.switch = self.switch, {}
        for call_id, one in gone.items():
            if one.far == "rings" and cause == 16:
                self.reached.add(int(call_id.rpartition("back")[2].split(".")[0]))
        self.dies(lost=lost)

    @rule(lost=st.booleans())
    def the_floor_dies(self, *, lost: bool) -> None:
        self.dies(lost=lost)

    def dies(self, *, lost: bool) -> None:
        """Lose the floor; what it had ordered may still reach the switch, which obeys nobody's last words twice."""
        while self.orders and not lost:
            command = self.orders.pop(0)
            if isinstance(command, Redirect):
                self.dials(command.channel)
        backs = tuple(self.standing(key) for key, row in self.rows.items() if row.state in {STANDING, DIALLING})
        now = self.house.now
        self.start(Past(backs=backs))
        self.house.now = max(now, self.house.now)

    # --- what always holds --------------------------------------------------------------------------------------

    @invariant()
    def nobody_is_forgotten(self) -> None:
        """Whoever stands or is dialled by the book is in the floor's hands, or his end is about to be written."""
        if not hasattr(self, "house"):
            return
        backs = {
            (one.standing.callback_id, one.standing.attempt) for one in self.house.floor.hall.backs.by_call.values()
        }
        written = {(one.callback_id, one.attempt) for one in self.entries}
        reached = {key for key, row in self.rows.items() if row.state is DIALLING and key in self.reached}
        for key, row in self.rows.items():
            if row.state in {STANDING, DIALLING}:
                assert (key, row.attempt) in backs | written, (key, row, reached)

    @invariant()
    def who_was_reached_is_not_tried_again(self) -> None:
        for key in getattr(self, "reached", ()):
            row = self.rows[key]
            assert row.state not in LIVE or row.state is DIALLING, row


Promises.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)  # fmt: skip
TestPromises = pytest.mark.long(Promises.TestCase)
