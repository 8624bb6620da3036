"""Waiting callers: asked whether they want to be called back, told their place and how long it takes (AGI, shell).

The dialplan stays in charge: whatever happens here, the caller waits on, and an operator may have him at any moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from ivr import serving
from ivr.answers import EXPECTED, Account, Answer, Began, CallbackKept, HungUp, Unspeakable
from ivr.effects import Effect, Ending, Finish, OfferCallback, Sentence
from ivr.line import Line, Outside
from ivr.services import CallbackStep
from ivr.session import AnswerOutOfTurn
from ivr.speech import SpeechFailed
from ivr.spoken import Key
from ivr.talk import OperatorWanted, Rules, Talk
from ivr.voice import for_asterisk
from telephony.agi import AgiCall
from telephony.errors import AgiHungUp, SwitchRefused

log = structlog.get_logger(__name__)

CALLBACK, WAITING = "callback", "waiting"
"""Paths of the `agi://` addresses that the dialplan asks for."""
STEP = CallbackStep(
    offer_callback="callback", times=True, tries=2, next="kept", refused="queue", otherwise="queue", failed="queue"
)
MOST_PLACE = 99
"""A place further back is not said: it would tell nothing."""


class Asking:
    """One question outside any flow: shall we call back? Told answers, returning effects (pure), as a `Session` does.

    Args:
        talk: as much as the caller's channel says of him.
        wish: what the desk has to know besides the number and the time.

    """

    def __init__(self, talk: Talk, wish: OfferCallback) -> None:
        self._talk, self._wish = talk, wish
        self._way = serving.offer_callback(talk, STEP)
        self._awaited: type[Effect] | None = None
        self._kept = False
        self.over = False

    def receive(self, answer: Answer, now: datetime) -> list[Effect]:
        """Take an answer and return what is to be done next; nothing once it is over.

        Raises:
            AnswerOutOfTurn: the answer does not belong to what was asked.

        """
        if self.over or isinstance(answer, HungUp | Unspeakable):
            self.over = True
            return []
        if not isinstance(answer, EXPECTED[self._awaited]):
            raise AnswerOutOfTurn(f"{type(answer).__name__} does not answer {self._awaited}")
        self._talk.now = now
        self._kept = self._kept or isinstance(answer, CallbackKept)
        try:
            batch = next(self._way) if isinstance(answer, Began) else self._way.send(answer)
        except (StopIteration, OperatorWanted):
            return self._finish()
        self._awaited = type(batch[-1])
        return [self._complete(effect) for effect in batch]

    def _complete(self, effect: Effect) -> Effect:
        if not isinstance(effect, OfferCallback):
            return effect
        return replace(self._wish, number=effect.number, at=effect.at)

    def _finish(self) -> list[Effect]:
        self.over = True
        if self._kept:
            self._talk.set(BUSBAR_KEPT="kept")
        return self._talk.batch(Finish(Ending.DONE if self._kept else Ending.QUEUE), speak=True)


class Waiting:
    """Serves callers who wait."""

    def __init__(self, outside: Outside, rules: Rules) -> None:
        self._outside, self._rules = outside, rules

    async def ask(self, call: AgiCall, number: str) -> None:
        """Ask a caller whether and where he wants to be called back; he is told how that went."""
        asking = Asking(*(await self._known(call, number)))
        try:
            await Line(call, asking, self._outside, number=number).serve()
        except AgiHungUp:
            log.info("asking_left")

    async def _known(self, call: AgiCall, number: str) -> tuple[Talk, OfferCallback]:
        """Read from the channel who waits, since when, and for what."""
        names = ("LANGUAGE", "ACCOUNT", "TOPIC", "QUEUE", "DIALLED", "SINCE", "FLAGS", "PATH")
        said = {name: await call.variable(f"BUSBAR_{name}") for name in names}
        now = self._outside.now()
        path = [step for step in said["PATH"].split(";") if step]
        account_id, since = _whole(said["ACCOUNT"]), _whole(said["SINCE"])
        talk = Talk(
            rules=self._rules,
            number=number,
            language=self._language(said["LANGUAGE"]),
            now=now,
            began=now,
            topic=said["TOPIC"],
            path=[*path, "callback"],
            account=Account(account_id=account_id, number="") if account_id is not None else None,
        )
        wish = OfferCallback(
            number="",
            account_id=account_id,
            topic=said["TOPIC"][:40],
            language=talk.language,
            path=tuple(path),
            queue=said["QUEUE"] or "main",
            dialled=said["DIALLED"],
            flags=tuple(one for one in said["FLAGS"].split(",") if one)[:9],
            waiting_since=datetime.fromtimestamp(since, UTC) if since is not None else None,
        )
        return talk, wish

    def _language(self, text: str) -> str:
        return text if text in self._rules.languages else self._rules.languages[0]

    async def tell(self, call: AgiCall) -> None:
        """Say his place, how long it takes, and that he need not wait; a key ends it, and is heeded by the dialplan."""
        language = self._language(await call.variable("BUSBAR_LANGUAGE"))
        sentences = said(
            language,
            place=_whole(await call.variable("BUSBAR_PLACE")),
            wait=await call.variable("BUSBAR_WAIT"),
            may_ask=await self._outside.counter.calls_back(),
        )
        if not sentences:
            return
        try:
            prompt = await self._outside.speaker.file(sentences)
            key = await call.say(for_asterisk(prompt), "1")
            if key:
                await call.set_variable("BUSBAR_KEY", key)
        except (SpeechFailed, SwitchRefused) as failure:
            log.warning("not_told", call_id=call.call_id, reason=str(failure))
        except AgiHungUp:
            log.info("told_left")


SPANS = frozenset({
    "under_1", "under_2", "under_5", "under_10", "1_3", "2_5", "3_10", "5_20", "over_10", "over_20",
})  # fmt: skip
"""As `routing.expectation` names them; each is a prompt `waiting_<span>`."""


def said(language: str, *, place: int | None, wait: str, may_ask: bool) -> Sequence[Sentence]:
    """Return what a waiting caller is told (pure).

    Args:
        language: his.
        place: in the queue, from 1; None when nobody knows.
        wait: one of `SPANS`; anything else is not said.
        may_ask: he may press 1 to be called back.

    """
    parts: list[Sentence] = []
    if place == 1:
        parts.append(Sentence(prompt="waiting_next", language=language))
    elif place is not None and 1 < place <= MOST_PLACE:
        parts.append(Sentence(prompt="waiting_place", language=language, values=(("place", Key(place)),)))
    if wait in SPANS:
        parts.append(Sentence(prompt=f"waiting_{wait}", language=language))
    if may_ask:
        parts.append(Sentence(prompt="waiting_offer", language=language))
    return parts


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None
