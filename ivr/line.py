"""The line: one caller on FastAGI; does what a session wants done and tells it what came of it (shell).

Nothing is decided here. Whatever goes wrong, the dialplan takes the caller to the queue: only `BUSBAR_IVR`, the very
last thing that is set, keeps him out of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol, assert_never
from zoneinfo import ZoneInfo

import structlog

from crm_core import clock, standing
from crm_core.recordings import OUTWARD
from ivr import messages, steps
from ivr.announcing import CAMPAIGN, Announcer, Called
from ivr.answers import (
    Answer,
    BalanceRead,
    Began,
    Confirmed,
    Found,
    Pressed,
    Recorded,
    Silence,
    Unavailable,
    Unspeakable,
)
from ivr.attempts import Attempts
from ivr.base import Base
from ivr.counter import Caller, Counter
from ivr.effects import (
    Announce,
    Asking,
    CheckHour,
    CheckNumber,
    Collect,
    Confirm,
    Effect,
    Ending,
    FetchBalance,
    FetchFacts,
    FetchHours,
    FetchRegisters,
    FetchStanding,
    FileApplication,
    Finish,
    Foresee,
    KeepMark,
    LookUpAccount,
    LookUpCaller,
    LookUpMeter,
    NoteWrongProof,
    OfferCallback,
    Record,
    SaveReadings,
    Say,
    SendMessage,
    Sentence,
    SetVariables,
)
from ivr.recognising import Recognising
from ivr.session import Session
from ivr.speech import Speaker, SpeechFailed
from ivr.voice import Voice, for_asterisk
from routing.dials import is_out
from telephony.agi import AgiCall
from telephony.errors import AgiHungUp, HostileValue, SwitchRefused
from telephony.events import Mark

FLAGS = "BUSBAR_FLAGS"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What a line talks to."""

    base: Base
    counter: Counter
    speaker: Speaker
    attempts: Attempts
    announcer: Announcer
    zone: ZoneInfo
    run_dir: Path
    """Where messages are kept."""
    now: Callable[[], datetime] = clock.now

    def recognising(self, call_id: str) -> Recognising:
        """Return what one call asks the base by."""
        counter = self.counter
        return Recognising(base=self.base, board=counter.board, site=counter.site, call_id=call_id)


class Conversation(Protocol):
    """Who is told answers and says what to do: a flow's session, or one question outside any."""

    @property
    def over(self) -> bool:
        """Nothing more will be asked for."""

    def receive(self, answer: Answer, now: datetime) -> list[Effect]:
        """Take an answer and return what is to be done next."""


class Line:
    """One caller from the first word to the last."""

    def __init__(self, call: AgiCall, session: Conversation, outside: Outside, *, number: str) -> None:
        self._call = call
        self._voice = Voice(call, outside.speaker)
        self._session = session
        self._outside = outside
        self._number = number
        self._caller = Caller(call_id=call.call_id, number=number)
        self._recognising = outside.recognising(call.call_id)
        self._said: list[Say] = []
        self._foreseen: asyncio.Task[None] | None = None
        """Held: a task that nobody holds may vanish."""
        self._account = 0
        self._open: frozenset[str] = frozenset()
        """What is open for that account."""
        self._asked: tuple[str, ...] = ()
        """Flags that the flow asks for."""

    async def serve(self) -> None:
        """Talk until the session ends.

        Raises:
            telephony.errors.AgiHungUp: the caller is gone; nothing was stored that he did not confirm.
        """
        answer: Answer = Began()
        while not self._session.over:
            effects = self._session.receive(answer, self._outside.now())
            try:
                answer = await self._perform(effects)
            except SpeechFailed as failure:
                log.warning("speech_failed", call_id=self._call.call_id, reason=str(failure))
                answer = Unspeakable()

    async def _perform(self, effects: Sequence[Effect]) -> Answer:
        """Do a batch in order and return the answer to its last effect."""
        answer: Answer = Silence()
        for effect in effects:
            match effect:
                case SetVariables(values):
                    await self._set(values, effects)
                case Announce():
                    await self._announce(effect)
                case Say():
                    self._said.append(effect)
                case Collect():
                    answer = await self._collect(effect)
                case Record():
                    answer = await self._record(effect)
                case Foresee():
                    self._foreseen = asyncio.create_task(self._foresee(effect))
                case NoteWrongProof():
                    await self._outside.attempts.note(self._number)
                case Finish(ending):
                    await self._finish(ending)
                case _:
                    answer = await self._ask_base(effect)
        return answer

    async def _set(self, values: Mapping[str, str], batch: Sequence[Effect]) -> None:
        """Set variables; flags that a flow asks for stand beside those of the account.

        What is open for an account that is announced in the same batch travels with them.
        """
        said = dict(values)
        if FLAGS in said:
            self._asked = tuple(said[FLAGS].split(","))
        known = next((one for one in batch if isinstance(one, Announce)), None)
        told = known is not None and known.account_id != self._account and self._recognising.told(known.account_id)
        if known is not None and told:
            self._account, self._open = known.account_id, told.open
        if told or FLAGS in said:
            said[FLAGS] = standing.joined(self._asked, self._open)
        await self._call.set_variables(said)

    async def _announce(self, known: Announce) -> None:
        """Raise the mark `BusbarRecognised`; a switch that will not have it costs the caller nothing."""
        fields = (f"Account:{known.account_id}", f"Language:{known.language}", f"Path:{known.path}")
        try:
            await self._call.execute("UserEvent", Mark.RECOGNISED.value, *fields)
        except (SwitchRefused, HostileValue) as refusal:
            log.warning("not_announced", call_id=self._call.call_id, reason=str(refusal))
        if known.account_id != self._account:
            # After the mark: whoever gets the card ready does not wait for this.
            self._account = known.account_id
            self._open = await self._recognising.open_for(known.account_id, self._outside.now())
            await self._call.set_variable(FLAGS, standing.joined(self._asked, self._open))

    async def _foresee(self, wanted: Foresee) -> None:
        """Have the speaker keep the sentence; when it comes to nothing it is made when it is wanted."""
        today = self._outside.now().astimezone(self._outside.zone).date()
        found = await self._outside.base.balance(wanted.account_id, today)
        if isinstance(found, BalanceRead):
            with suppress(SpeechFailed):
                await self._outside.speaker.files([steps.foreseen(wanted, found, today)])

    async def _ask_base(self, effect: Asking) -> Answer:  # noqa: C901, PLR0911, PLR0912 - one line a question
        base, counter, now = self._outside.base, self._outside.counter, self._outside.now()
        recognising = self._recognising
        today = now.astimezone(self._outside.zone).date()
        match effect:
            case LookUpCaller(number):
                return await recognising.by_caller(number, now)
            case LookUpAccount(digits):
                return await self._prove(recognising.by_account(digits, now))
            case LookUpMeter(digits):
                return await self._prove(recognising.by_meter(digits, now))
            case Confirm():
                return await self._confirm(effect, today)
            case FetchBalance(account_id):
                return await base.balance(account_id, today)
            case FetchRegisters(account_id):
                return await base.registers(account_id)
            case FetchFacts(account_id):
                return await counter.facts(account_id, today)
            case FetchHours():
                return counter.hours(now)
            case FetchStanding():
                return await recognising.standing(effect, now)
            case SaveReadings():
                return await base.save(effect, self._call.call_id)
            case FileApplication():
                return await counter.file(effect, self._caller)
            case CheckNumber(keys=keys):
                return counter.check(keys)
            case CheckHour(keys=keys):
                return counter.hour(keys, now)
            case OfferCallback():
                return await counter.callback(effect, self._caller)
            case SendMessage():
                return await counter.send(effect, self._caller, today)
            case KeepMark():
                return await counter.mark(effect, self._caller)
            case _:
                assert_never(effect)

    async def _prove(self, question: Awaitable[Found | Unavailable]) -> Found | Unavailable:
        """Look an account up; a number that guesses too much finds nothing, as if there were nothing."""
        allowed, answer = await asyncio.gather(self._outside.attempts.allowed(self._number), question)
        if isinstance(answer, Found) and (not allowed or len(answer.accounts) != 1):
            await self._outside.attempts.note(self._number)
            return Found(())
        return answer

    async def _confirm(self, wish: Confirm, today: date) -> Confirmed | Unavailable:
        """Ask whether a secret is right, under the same limit of guesses."""
        allowed, answer = await asyncio.gather(
            self._outside.attempts.allowed(self._number), self._outside.counter.confirm(wish, today)
        )
        if isinstance(answer, Confirmed) and not (allowed and answer.right):
            await self._outside.attempts.note(self._number)
            return Confirmed(right=False)
        return answer

    async def _record(self, wish: Record) -> Recorded | Silence | Unavailable:
        """Record a message and keep it, also when he ends it by hanging up: that is what he said and meant."""
        spoken, self._said = self._said, []
        await self._voice.say(*_parts(spoken))
        file = await asyncio.to_thread(messages.place, self._outside.run_dir, self._call.call_id)
        tone = await asyncio.to_thread(messages.tone, self._outside.run_dir)
        try:
            await self._call.say(for_asterisk(tone))
            await self._call.record(for_asterisk(file), seconds=wish.seconds, silence=wish.silence)
        except SwitchRefused as refusal:
            log.warning("not_recorded", call_id=self._call.call_id, reason=str(refusal))
            return Unavailable()
        except AgiHungUp:
            await self._keep(wish, file)
            raise
        return await self._keep(wish, file)

    async def _keep(self, wish: Record, file: Path) -> Recorded | Silence | Unavailable:
        heard = await asyncio.to_thread(messages.listen, file)
        if heard.empty:
            await asyncio.to_thread(file.unlink, missing_ok=True)
            return Silence()
        return await self._outside.counter.keep_message(wish, self._caller, file.name, heard.seconds)

    async def _collect(self, wanted: Collect) -> Pressed | Silence:
        """Say what waits and take keys, in one command: between two commands Asterisk drops keys."""
        spoken, self._said = self._said, []
        first = next((at for at, say in enumerate(spoken) if say.interruptible), len(spoken))
        await self._voice.say(*_parts(spoken[:first]))
        digits = await self._voice.keys(_parts(spoken[first:]), int(wanted.timeout * 1000), wanted.digits)
        if digits.timed_out and not digits.keys:
            return Silence()
        return Pressed(digits.keys)

    async def _finish(self, ending: Ending) -> None:
        spoken, self._said = self._said, []
        try:
            await self._voice.say(*_parts(spoken))
        except SpeechFailed as failure:
            # The last words are a courtesy; the call goes where it has to go without them.
            log.warning("speech_failed", call_id=self._call.call_id, reason=str(failure))
        # Whoever is asked one question comes from the queue, and was told before he came there.
        if ending is Ending.QUEUE and isinstance(self._session, Session):
            await self._announce_recording(self._session)
        await self._call.set_variable("BUSBAR_IVR", ending.value)

    async def _announce_recording(self, session: Session) -> None:
        """Tell him that the talk is recorded, or ask; who could not be told is not recorded."""
        called = Called(
            call_id=self._call.call_id,
            queue=session.queue,
            language=session.language,
            account_id=session.account_id,
        )
        if is_out(called.call_id):
            called = replace(called, direction=OUTWARD, campaign=await self._call.variable(CAMPAIGN))
        await self._outside.announcer.tell(self._call, called, self._voice)


def _parts(spoken: Sequence[Say]) -> list[Sentence]:
    return [part for say in spoken for part in say.parts]
