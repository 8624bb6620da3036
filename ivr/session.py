"""The session: one caller's way through a flow, told answers and returning effects (pure).

    session = Session(flow, rules, number="+7…", now=now)
    effects = session.receive(Began(), now)

Whatever the caller does, the session ends after a bounded number of answers, in the queue, done, or hung up. Nothing
is stored but what he confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ivr import branching, meter, proving, serving, steps, telling
from ivr.answers import EXPECTED, Account, Answer, Began, HungUp, Unspeakable
from ivr.effects import Effect, Ending, Finish
from ivr.flow import (
    BalanceStep,
    BranchStep,
    CollectStep,
    Flow,
    HangUpStep,
    LanguageStep,
    LastPaymentStep,
    LookUpStep,
    MenuStep,
    ReadingStep,
    SayStep,
    TransferStep,
)
from ivr.services import AnnounceStep, CallbackStep, FileStep, RecordStep, SendStep, SurveyStep, TellStep
from ivr.step import Step
from ivr.talk import OperatorWanted, Rules, Steps, Talk

MAIN_QUEUE = "main"
"""As the dialplan names it when nothing else is said."""
MOST_STEPS = 200
"""Steps a session may take; `inspection.check` refuses flows that could need them."""


TAKERS: Mapping[type[Step], Callable[[Talk, Any], Steps[str]]] = MappingProxyType(
    {
        LanguageStep: steps.choose_language,
        LookUpStep: steps.look_up,
        MenuStep: steps.menu,
        CollectStep: proving.collect,
        BranchStep: branching.branch,
        BalanceStep: steps.tell_balance,
        LastPaymentStep: steps.tell_last_payment,
        ReadingStep: meter.take_reading,
        AnnounceStep: telling.announce,
        FileStep: serving.file,
        RecordStep: serving.record,
        CallbackStep: serving.offer_callback,
        SendStep: serving.send,
        SurveyStep: serving.survey,
    }
)
"""What takes a caller through each kind of step; everything that only tells is `telling.tell`'s."""


class AnswerOutOfTurn(ValueError):
    """The session was told something it did not ask: a mistake of ours, not of the caller's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an earlier flow of the same call found out."""

    language: str = ""
    account: Account | None = None
    """Whose call it was taken for; nothing more is proved by it."""
    path: tuple[str, ...] = ()


class Session:
    """One caller in a flow that `inspection.check` found nothing against."""

    def __init__(self, flow: Flow, rules: Rules, *, number: str, now: datetime, known: Known | None = None) -> None:
        self._flow = flow
        self._talk = Talk(rules=rules, number=number, language=rules.languages[0], now=now, began=now)
        if known is not None:
            self._talk.path.extend(known.path)
            self._talk.account = known.account
            if known.language in rules.languages:
                self._talk.language = known.language
        self._way = self._walk()
        self._awaited: type[Effect] | None = None
        self._ending: Ending | None = None
        self._over = False
        self._queue = MAIN_QUEUE

    @property
    def queue(self) -> str:
        """Where he waits when it ended there."""
        return self._queue

    @property
    def account_id(self) -> int | None:
        """Whose call it is, as far as is known."""
        return self._talk.account.account_id if self._talk.account else None

    @property
    def over(self) -> bool:
        """Nothing more will be asked for."""
        return self._over

    @property
    def ending(self) -> Ending | None:
        """How it ended; None while it lasts and when the caller hung up."""
        return self._ending

    @property
    def language(self) -> str:
        """Language the caller is spoken to in."""
        return self._talk.language

    @property
    def path(self) -> tuple[str, ...]:
        """Every step that was taken with how it went, from the first one on."""
        return tuple(self._talk.path)

    def receive(self, answer: Answer, now: datetime) -> list[Effect]:
        """Take an answer and return what is to be done next; nothing once it is over.

        Raises:
            AnswerOutOfTurn: the answer does not belong to what was asked.
        """
        if self._over:
            return []
        self._talk.now = now
        if isinstance(answer, HungUp):
            self._over = True
            return []
        if isinstance(answer, Unspeakable):
            self._talk.hush()
            return self._finish(Ending.QUEUE, "cannot_speak")
        if not isinstance(answer, EXPECTED[self._awaited]):
            raise AnswerOutOfTurn(f"{type(answer).__name__} does not answer {self._awaited}")
        try:
            batch = next(self._way) if isinstance(answer, Began) else self._way.send(answer)
        except StopIteration as end:
            return self._finish(end.value)
        self._awaited = type(batch[-1])
        return batch

    def _finish(self, ending: Ending, prompt: str = "") -> list[Effect]:
        self._over, self._ending = True, ending
        if prompt:
            self._talk.say(self._talk.sentence(prompt), interruptible=False)
        return self._talk.batch(Finish(ending), speak=True)

    def _walk(self) -> Steps[Ending]:
        """Go from step to step until one ends the call."""
        name = self._flow.start
        self._talk.set(BUSBAR_LANGUAGE=self._talk.language)
        for _ in range(MOST_STEPS):
            step = self._flow.steps[name]
            self._talk.enter(name)
            if step.topic:
                self._talk.topic = step.topic
                self._talk.set(BUSBAR_TOPIC=step.topic)
            if isinstance(step, TransferStep | HangUpStep):
                return self._leave(step)
            try:
                name = yield from self._take(step)
            except OperatorWanted:
                self._talk.note("operator")
                name = self._flow.operator
        return Ending.QUEUE

    def _leave(self, step: TransferStep | HangUpStep) -> Ending:
        if isinstance(step, HangUpStep):
            self._talk.say(self._talk.sentence(step.hang_up), interruptible=False)
            return Ending.DONE
        if step.queue:
            self._queue = step.queue
            self._talk.set(BUSBAR_QUEUE=step.queue)
        if step.flags:
            self._talk.set(BUSBAR_FLAGS=",".join(step.flags))
        if step.survey:
            self._talk.set(BUSBAR_SURVEY="yes")
        self._talk.say(self._talk.sentence(step.transfer), interruptible=False)
        return Ending.QUEUE

    def _take(self, step: Step) -> Steps[str]:
        if isinstance(step, SayStep):
            self._talk.say(self._talk.sentence(step.say), interruptible=step.interruptible)
            return step.next
        if isinstance(step, TellStep):
            return (yield from telling.tell(self._talk, step))
        if type(step) not in TAKERS:
            raise TypeError(f"no way to take {type(step).__name__}")
        return (yield from TAKERS[type(step)](self._talk, step))
