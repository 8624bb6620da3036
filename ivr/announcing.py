"""Announcing a recording: what the rule asks for is said and asked before the queue, and kept (shell).

Whether an operator's leg is recorded stands on the caller's channel (`BUSBAR_RECORD`) from here on. What cannot be
told in the caller's language, or asked of a base that is away and never was there, is not recorded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from crm_core import db as database
from crm_core.recordings import AGREED, Answer, Notice, Rule, notice, rule_for
from crm_core.store import recording_rules
from crm_core.store import recordings as store
from ivr.answers import Unavailable
from ivr.base import Base
from ivr.board import Board
from ivr.effects import Sentence

log = structlog.get_logger(__name__)
TOLD, ASKED = "recording_told", "recording_asked"
"""Prompts of the wordings."""
YES = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Who is about to wait for an operator."""

    call_id: str
    queue: str
    language: str
    account_id: int | None


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
        rule = rule_for(self._board.rules or (), queue=called.queue)
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
