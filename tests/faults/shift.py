"""One test's people on the whole house: operators with telephone and screen, callers, a supervisor, a stop-watch."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self, TypeVar

import httpx

from crm_core import clock
from crm_core.access import Field
from crm_core.lines import sip_password
from crm_core.masking import masked
from routing.views import CallPhase, CallView, DeskView, FloorView, OperatorState, OperatorView
from tests.faults.kept import FLOORS, Death, KeptHouse
from tests.faults.screen import Screen
from tests.support.house import SignIn
from tests.support.sipua import SipCall, SipUa
from tests.support.waiting import eventually

SOON = 5.0
"""Seconds after a process was killed in which every screen is right again."""
MUSIC = 50
"""Frames with sound: a second of it."""
EXACT = timedelta(seconds=1.5)
"""How far a recorded time may be from what was seen."""
FREE = frozenset({OperatorState.READY, OperatorState.RESERVED})
Record = Callable[[str, object], None]
T = TypeVar("T")


@dataclass
class Operator:
    """Somebody at a desk."""

    person: SignIn
    phone: SipUa
    screen: Screen[DeskView]

    @property
    def me(self) -> OperatorView:
        """His own row, as his own screen shows it."""
        return self.screen.view.operator

    def shows(self, state: OperatorState, call_id: str = "") -> bool:
        """Tell whether his screen, fresh, shows him in this state, with this call or none."""
        return self.screen.shows(
            lambda desk: desk.operator.state is state and (desk.call.call_id if desk.call else "") == call_id
        )

    async def is_in(self, state: OperatorState, seconds: float = 15) -> None:
        """Wait until his screen shows the state."""
        await self.screen.sees(lambda desk: desk.operator.state is state, f"{self.person.login} is {state}", seconds)

    def rung(self, call_id: str) -> int:
        """How often his telephone rang for a call."""
        return sum(1 for call in self.phone.calls.values() if call.invite and call.header("X-Busbar-Call") == call_id)

    async def is_free(self) -> None:
        """He writes the contact up, and is there for the next, who may ring at once: he is stuck in nothing."""
        await self.is_in(OperatorState.WRAP_UP)
        assert self.me.call_id is not None
        await self.screen.close(self.me.call_id)
        await self.screen.sees(lambda desk: desk.operator.state in FREE, f"{self.person.login} is free")

    async def leave(self) -> None:
        """Go home, whatever the test left behind."""
        with contextlib.suppress(AssertionError, TimeoutError, httpx.HTTPError):
            if self.me.state is OperatorState.WRAP_UP and self.me.call_id is not None:
                await self.screen.close(self.me.call_id)
            await self.screen.ask("not_ready", reason="break")
            await self.screen.ask("sign_out")
        with contextlib.suppress(AssertionError, TimeoutError):
            await self.phone.register(0)


@dataclass
class Caller:
    """Somebody on the line."""

    number: str
    phone: SipUa
    line: SipCall
    dialled_at: datetime
    call_id: str = ""
    times: dict[str, datetime] = field(default_factory=dict)

    def is_on_the_line(self) -> bool:
        """Tell whether the call still is up."""
        return self.line.state == "up"

    async def hears_music(self) -> None:
        """Wait for a second of sound, on a line that is still up."""
        await self.line.hears(MUSIC)
        assert self.is_on_the_line(), self.line.state

    async def press(self, *keys: str) -> None:
        """Press keys, each after hearing some of what is said."""
        for key in keys:
            await self.line.hears(20)
            self.line.press(key)
            await eventually(lambda: not self.line.audio.speaker.busy, 5, "the key was pressed")

    async def talks(self, ear: SipCall) -> None:
        """Wait until caller and operator hear each other."""
        assert self.is_on_the_line(), self.line.state
        for _ in range(3):
            self.line.say()
            ear.say()
        heard = ear.heard.audible
        await eventually(lambda: ear.heard.audible >= heard + 10, 10, "the operator hears the caller")
        await self.line.hears(10)


class Shift:
    """Everybody of one test.

    Args:
        house: the whole house, running.
        numbers: telephone numbers of subscribers who did not call yet.
        record: keeps a measured figure in the test's report.

    """

    def __init__(self, house: KeptHouse, numbers: Iterator[str], record: Record) -> None:
        self.house = house
        self.settings = house.settings
        self.operators: list[Operator] = []
        self.callers: list[Caller] = []
        self.supervisor: Screen[FloorView]
        self._numbers = numbers
        self._record = record
        self._stack = AsyncExitStack()
        self._began = clock.now()
        self._floor_said = {name: len(house.kept[name].log()) for name in FLOORS}

    async def __aenter__(self) -> Self:
        person = await asyncio.to_thread(self.house.person, "supervisor")
        self.supervisor = await self._stack.enter_async_context(Screen[FloorView](self.house, person, "/ws/floor"))
        await self.supervisor.sees(lambda floor: floor.nodes and all(floor.nodes.values()), "the floor is linked")
        return self

    async def __aexit__(self, *_: object) -> None:
        for caller in self.callers:
            caller.line.hang_up()
        await asyncio.gather(*(operator.leave() for operator in self.operators))
        await self._stack.aclose()

    # --- people -------------------------------------------------------------------------------------------------

    async def operator(self, *, ready: bool = True) -> Operator:
        """Somebody new takes a seat."""
        person = await asyncio.to_thread(self.house.person)
        user = f"desk{person.extension}"
        password = sip_password(self.settings.sip_secret, person.extension)
        phone = await self._stack.enter_async_context(SipUa(user, self.house.asterisk.sip, password))
        await phone.register()
        screen = await self._stack.enter_async_context(Screen[DeskView](self.house, person, "/ws"))
        operator = Operator(person, phone, screen)
        self.operators.append(operator)
        await screen.sees(lambda desk: desk.operator.phone_ok and desk.operator.state is OperatorState.NOT_READY)
        if ready:
            assert (await screen.ask("ready")).done
            # On record, and so with Asterisk's own queue too: what kills the floor now finds him ready.
            await self.remembers(operator, OperatorState.READY)
        return operator

    async def dials(self) -> Caller:
        """A subscriber calls and is welcomed."""
        number = next(self._numbers)
        phone = await self._stack.enter_async_context(SipUa("subscriber", self.house.asterisk.sip))
        line = await phone.dial(self.settings.master_extension, caller=number, name="Caller")
        caller = Caller(number, phone, line, clock.now())
        self.callers.append(caller)
        await line.reaches("up")
        return caller

    async def waiter(self) -> Caller:
        """A subscriber calls, and asks for an operator."""
        caller = await self.dials()
        await caller.press("1", "0")
        await self.is_seen(caller, CallPhase.WAITING, CallPhase.RINGING, CallPhase.TALKING)
        return caller

    async def talk(self) -> tuple[Operator, Caller, SipCall]:
        """An operator and a caller who talk."""
        operator = await self.operator()
        caller = await self.waiter()
        ear = await operator.phone.incoming()
        ear.answer()
        await caller.talks(ear)
        await self.is_answered(caller)
        return operator, caller, ear

    async def is_answered(self, caller: Caller) -> None:
        """Wait until the supervisor sees the conversation, and its answer is on record."""
        await self.is_seen(caller, CallPhase.TALKING)

        async def written() -> bool:
            return bool((await asyncio.to_thread(self.house.interaction, caller.call_id)).get("answered_at"))

        await eventually(written, 5, "the answer is on record")

    # --- looking ------------------------------------------------------------------------------------------------

    def call_of(self, caller: Caller) -> CallView | None:
        """The caller's call as the supervisor's screen shows it."""
        shown = masked(Field.PHONE, caller.number)
        found = [call for call in self.supervisor.view.calls if call.number == shown]
        assert len(found) <= 1, found
        return found[0] if found else None

    def shown(self, caller: Caller, *phases: CallPhase) -> bool:
        """Tell whether the supervisor's screen, fresh, shows the caller in one of these phases."""
        if not self.supervisor.shows(lambda _: True):
            return False
        call = self.call_of(caller)
        return call is not None and call.phase in phases

    async def is_seen(self, caller: Caller, *phases: CallPhase, seconds: float = 15) -> CallView:
        """Wait until the supervisor sees the caller in one of these phases."""
        try:
            await eventually(lambda: self.shown(caller, *phases), seconds, f"{caller.number} is {phases}")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.supervisor.view.calls}") from None
        call = self.call_of(caller)
        assert call is not None
        caller.call_id = call.call_id
        return call

    # --- faults -------------------------------------------------------------------------------------------------

    def have_left(self, epoch: str) -> bool:
        """Tell whether every screen has left this epoch of the floor."""
        screens = [self.supervisor, *(operator.screen for operator in self.operators)]
        return all(screen.epoch != epoch for screen in screens)

    async def heals(self, since: Death | float, limit: float = SOON, **conditions: Callable[[], object]) -> float:
        """Measure how long after `since` all conditions hold, each named by whose screen it looks at.

        Args:
            since: a death, whose clock starts at the kill itself, or the moment from which a part could work again.
            limit: seconds that are allowed.
            conditions: what is right again.

        """
        at, start = (since.at if isinstance(since, Death) else since), ""
        if isinstance(since, Death):
            served = await self._holds("served", at + 2 * limit, lambda: self.house.served(since))
            start = f", of that its own start {served - self.house.began(since):.2f} s"
            self._record("start_s", round(served - self.house.began(since), 2))
        for name, condition in conditions.items():
            await self._holds(name, at + 2 * limit, condition)
        seconds = time.monotonic() - at
        self._record("right_again_s", round(seconds, 2))
        print(f"right again after {seconds:.2f} s{start}")  # noqa: T201 - the figure of docs/faults.md
        assert seconds <= limit, f"right again only after {seconds:.1f} s{start}"
        return seconds

    async def _holds(self, name: str, until: float, condition: Callable[[], T]) -> T:
        try:
            return await eventually(condition, max(0.1, until - time.monotonic()), name)
        except AssertionError as error:
            screens = [self.supervisor, *(operator.screen for operator in self.operators)]
            raise AssertionError(f"{error}:\n" + "\n".join(map(str, screens))) from None

    async def serve(self, *names: str) -> None:
        """Wait until parts serve; `floor` is one of the two."""
        for name in names:
            condition = self.house.serving_floor if name == "floor" else self.house.kept[name].serves
            await eventually(condition, 15, f"{name} serves")

    async def floor_says(self, words: str, seconds: float = 10) -> None:
        """Wait until a floor logged these words after this test began."""

        def said() -> bool:
            return any(words in self.house.kept[name].log()[start:] for name, start in self._floor_said.items())

        await eventually(said, seconds, words)

    async def remembers(self, operator: Operator, state: OperatorState) -> None:
        """Wait until the operator's state is on record, where the next floor finds it (and perhaps a later one too)."""
        query = "select state from operator_states where operator_id = %(who)s and state = %(state)s"

        async def written() -> bool:
            rows = await asyncio.to_thread(self.house.rows, query, who=operator.person.user_id, state=str(state))
            return bool(rows)

        await eventually(written, 5, f"{state} is on record")

    # --- what remains -------------------------------------------------------------------------------------------

    async def ends(self, caller: Caller, ear: SipCall) -> None:
        """The operator ends the conversation."""
        ear.hang_up()
        await caller.line.reaches("ended")

    async def is_recorded(self, caller: Caller, operator: Operator, outcome: str = "answered") -> dict[str, object]:
        """Wait until the call's end is on record; it is there once, with what happened to it once each."""
        query = "select * from interactions where number = %(number)s and began_at >= %(since)s"
        since = self._began - EXACT

        async def ended() -> bool:
            rows = await asyncio.to_thread(self.house.rows, query, number=caller.number, since=since)
            return bool(rows) and all(row["ended_at"] for row in rows)

        await eventually(ended, 10, "the end is on record")
        (row,) = await asyncio.to_thread(self.house.rows, query, number=caller.number, since=since)
        now = clock.now()
        assert row["call_id"] == caller.call_id
        assert (row["outcome"], row["operator_id"]) == (outcome, operator.person.user_id)
        began, waited, answered, ended_at = (
            row[name] for name in ("began_at", "waiting_since", "answered_at", "ended_at")
        )
        assert abs(began - caller.dialled_at) < EXACT, (began, caller.dialled_at)  # type: ignore[operator]
        assert began <= waited + timedelta(seconds=1) <= answered + timedelta(seconds=1), row  # type: ignore[operator]
        assert answered <= ended_at <= now, row  # type: ignore[operator]
        history = await asyncio.to_thread(self.house.history, caller.call_id)
        for what in ("arrived", "answered", "ended"):
            assert history.count(what) <= 1, history
        return row
