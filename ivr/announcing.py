"""Announcing a recording: what the rule asks for is said and asked before any operator is there, and kept (shell).

A caller hears it before the queue, whom we call when he has answered (`RECORDED`, asked for by the dialplan). Whether
an operator's leg is recorded stands on the caller's channel (`BUSBAR_RECORD`) from here on. What cannot be told in the
caller's language, or asked of a base that is away and never was there, is not recorded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from crm_core import db as database
from crm_core.recordings import AGREED, INWARD, OUTWARD, Answer, Notice, Rule, notice, rule_for
from crm_core.store import recording_rules
from crm_core.store import recordings as store
from ivr.answers import Unavailable
from ivr.base import Base
from ivr.board import Board
from ivr.effects import Sentence
from ivr.speech import SpeechFailed
from ivr.voice import Voice
from telephony.agi import AgiCall

log = structlog.get_logger(__name__)
TOLD, ASKED = "recording_told", "recording_asked"
"""Prompts of the wordings."""
YES = "1"
RECORDED = "recorded"
"""Path that the dialplan asks for when a debtor has answered whose talk a rule may want on record."""
CAMPAIGN = "BUSBAR_CAMPAIGN"
"""On a debtor's channel: number of the campaign, "" when he is called by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Who is about to talk to an operator."""

    call_id: str
    queue: str
    language: str
    account_id: int | None
    campaign: str = ""
    direction: str = INWARD


async def debtor(call: AgiCall) -> Called:
    """Read from the channel whom we call, and for which campaign; he stands in no queue."""
    account = await call.variable("BUSBAR_ACCOUNT")
    return Called(
        call_id=call.call_id,
        queue="",
        language=await call.variable("BUSBAR_LANGUAGE"),
        account_id=int(account) if account.isascii() and account.isdigit() and len(account) < LONGEST else None,
        campaign=await call.variable(CAMPAIGN),
        direction=OUTWARD,
    )


LONGEST = 10
"""A number of an account of ours has fewer digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a line says and asks something."""

    say: Callable[[Sentence], Awaitable[None]]
    ask: Callable[[Sentence], Awaitable[str]]
    """Returns the key, "" for silence."""


class Announcer:
    """Knows the rules of recording, the last ones when the base is away.

    Args:
        base: where consents are, and what was said is kept.
        board: the rules.
        speaks: whether a prompt is there in a language.

    """

    def __init__(self, base: Base, board: Board, speaks: Callable[[str, str], bool]) -> None:
        self._base = base
        self._board = board
        self._speaks = speaks

    async def tell(self, call: AgiCall, called: Called, voice: Voice) -> None:
        """Tell somebody on his channel, and leave there whether he is recorded; who could not be told is not.

        Raises:
            AgiHungUp: he is gone.

        """
        try:
            for name, value in (await self.announce(called, Ways(say=voice.say, ask=voice.ask))).items():
                await call.set_variable(name, value)
        except SpeechFailed as failure:
            log.error("recording_not_announced", call_id=called.call_id, reason=str(failure))  # noqa: TRY400

    async def announce(self, called: Called, ways: Ways) -> dict[str, str]:
        """Say and ask what the rule wants; returns the channel's variables, none when he is not recorded.

        Raises:
            SpeechFailed: it could not be said; nothing is recorded.
            AgiHungUp: the caller is gone.

        """
        rule, wanted = await self._wanted(called)
        if rule is None or wanted is Notice.NOTHING:
            return {}
        answer = await self._said(called, wanted, ways)
        if answer is None:
            return {}
        await self._keep(called, rule, answer)
        if answer not in AGREED:
            return {}
        return {
            "BUSBAR_RECORD": str(rule.rule_id),
            "BUSBAR_PAUSES": f"{rule.pause_seconds}-{rule.after_pause.value}",
        }

    async def _wanted(self, called: Called) -> tuple[Rule | None, Notice]:
        rule = rule_for(
            self._board.rules or (), queue=called.queue, campaign=called.campaign, direction=called.direction
        )
        account_id, consent = called.account_id, None
        if rule is not None and account_id is not None:
            found = await self._base.read(lambda db: recording_rules.consent(db, account_id))
            # Whether he refused once is not known now: he is told as everybody, and can say so.
            consent = None if isinstance(found, Unavailable) else found
        return rule, notice(rule, called.call_id, consent)

    async def _said(self, called: Called, wanted: Notice, ways: Ways) -> Answer | None:
        if wanted is Notice.SILENT:
            return Answer.SILENT
        prompt = ASKED if wanted is Notice.ASKED else TOLD
        if not self._speaks(called.language, prompt):
            log.error("recording_not_announced", call_id=called.call_id, language=called.language, prompt=prompt)
            return None
        sentence = Sentence(prompt=prompt, language=called.language, values=())
        if wanted is Notice.TOLD:
            await ways.say(sentence)
            return Answer.TOLD
        return Answer.YES if await ways.ask(sentence) == YES else Answer.NO

    async def _keep(self, called: Called, rule: Rule, answer: Answer) -> None:
        async def keep() -> None:
            async with database.transaction(self._base.engine) as db:
                await store.told(db, called.call_id, rule.rule_id, answer, called.language)

        if isinstance(await self._base.within(keep), Unavailable):
            # The file is then kept apart until somebody has looked: it is not known that he was told.
            log.error("recording_notice_not_kept", call_id=called.call_id, answer=answer.value)
