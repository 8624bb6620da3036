"""The dialler at work: lives in the floor's process, writes the attempt, then wishes the call (shell).

It decides nothing. Every turn it looks at the floor, asks the pacing how many and the base whom, has `dialler` and the
gate decide, and commits the attempts before the floor is told of them. What the floor reports of an attempt goes
through `attempt.advance` and onto the record. `docs/dialler.md` says what happens when either dies.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import CrmError
from crm_core.recordings import Rule
from crm_core.settings import Settings
from crm_core.store import outbound_attempts, outbound_due, outbound_running
from crm_core.store.callbacks import DriverError
from outbound import book, dialler, showing
from outbound.attempt import Attempt, State, advance
from outbound.caps import MINUTE
from outbound.dialler import Call, Later, Running
from outbound.newsreel import answer, events, lesson
from outbound.pace import Lot, Pace, Placing
from outbound.predictive import Predictive
from outbound.room import Lines
from outbound.taken import as_attempt, as_dial, dial_of, manual
from outbound.terms import Blocked, Mode, Reason
from routing.dials import (
    Answer,
    ByHand,
    Campaigns,
    Dial,
    DialNews,
    DialWish,
    Go,
    Place,
    Progress,
    Show,
    Staff,
    Withdraw,
    leg_of,
)
from routing.outlook import Outlook, Seat
from routing.views import CampaignView, OperatorId, OperatorState
from telephony.events import LegId

TURN_SECONDS = 0.5
AGAIN_SECONDS = 1.0
"""Between attempts to reach a base that is away."""
SPARE = 3
"""So many rows are looked at for each call that is wanted: some are put off."""
FEWEST, MOST = 10, 200
AT_ONCE = 10
"""Calls of one transaction: a yes of the gate is no older than what they take; the next turn follows at once."""
OLD = timedelta(seconds=5)
"""An operator's wish to call that is older when it is read is not carried out."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Open:
    attempt: Attempt
    row_id: int | None
    campaign_id: int | None
    call_id: str
    shown: str
    disposition: str = ""
    """What he answered to a voice notice."""


class Runner:
    """Calls debtors.

    Args:
        engine: the base.
        settings: of this house.
        pace: how many calls a campaign places.

    """

    def __init__(self, engine: AsyncEngine, settings: Settings, pace: Pace | None = None) -> None:
        self._engine, self._settings = engine, settings
        self._pace: Pace = pace or Predictive(ZoneInfo(settings.time_zone))
        self._wish: Callable[[DialWish], None] = lambda _: None
        self._look: Callable[[], Outlook] = Outlook
        self._news: deque[DialNews | ByHand] = deque()
        """At most some for each attempt under way."""
        self._told, self._wake, self._changed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._open: dict[int, _Open] = {}
        self._running: list[Running] = []
        self._known: dict[int, Running] = {}
        """Also those that stopped meanwhile: their open attempts end by their rules."""
        self._serves: Mapping[OperatorId, frozenset[int]] = {}
        self._writing: set[OperatorId] = set()
        self._shown: tuple[CampaignView, ...] = ()
        self._shown_at: datetime | None = None
        self._changed.set()

    # --- the port -----------------------------------------------------------------------------------------------

    async def past(self) -> tuple[Dial, ...]:
        """Return the attempts that are on record as open; of those that never left a trace the floor says so."""
        async with reading(self._engine) as db:
            opened = await outbound_attempts.open_attempts(db)
        calls = [one for one in opened if one.mode != Mode.MESSAGE]
        for one in calls:
            self._open[one.attempt_id] = _Open(as_attempt(one), one.row_id, one.campaign_id, one.call_id, "")
        return tuple(map(as_dial, calls))

    def join(self, wish: Callable[[DialWish], None], look: Callable[[], Outlook]) -> None:
        """Know how to wish, and how to look at the floor."""
        self._wish, self._look = wish, look

    def report(self, news: DialNews | ByHand) -> None:
        """Take in what became of an attempt, or that an operator wishes one; it is seen to soon, in order."""
        self._news.append(news)
        self._told.set()

    def wake(self) -> None:
        """Look again: a node is there."""
        self._wake.set()

    async def run(self) -> None:
        """Call debtors for ever."""
        await asyncio.gather(self._write_all(), self._turn_all(), self._listen())

    # --- what became of attempts --------------------------------------------------------------------------------

    async def _write_all(self) -> None:
        while True:
            await self._told.wait()
            self._told.clear()
            while self._news:
                try:
                    await self._see_to(self._news[0])
                except (CrmError, SQLAlchemyError, OSError) as error:
                    log.warning("what became of a call is not written yet: %s", error)
                    await asyncio.sleep(AGAIN_SECONDS)
                else:
                    self._news.popleft()
            self._wake.set()

    async def _see_to(self, news: DialNews | ByHand) -> None:
        if isinstance(news, ByHand):
            self._wish(Answer(operator_id=news.operator_id, wish_id=news.wish_id, refusal=await self._by_hand(news)))
        elif news.what is Progress.ASKED:
            await self._ask_again(news)
        else:
            await self._write(news)

    async def _by_hand(self, wish: ByHand) -> str:
        """Call a debtor for an operator who wishes it; return why not, "" when it is under way."""
        floor, now = self._look(), clock.now()
        if now - wish.at > OLD:
            return "too-late"
        async with transaction(self._engine) as db:
            known = await outbound_due.debtors(db, [wish.account_id], now)
            if not known:
                return "debtor-unknown"
            profile = await book.law(db, self._settings.country)
            rules = book.house(floor, self._settings)
            ground = await book.ground(db, known, profile, rules, now)
            mine = await outbound_running.let_out(db, wish.operator_id, now - MINUTE)
            ground = replace(ground, by_operator=mine)
            answer = dialler.by_hand(known[0], wish.number, Lines(floor), ground, profile)
            if isinstance(answer, Blocked):
                return f"debtor-{answer.reasons[0].replace('_', '-')}"
            call = replace(answer, operator_id=wish.operator_id)
            leg = leg_of(call.way.node, secrets.token_hex(6))
            key = await book.take(db, call, Mode.MANUAL, leg, {"code": "by-hand"}, now)
            if key is None:
                return f"debtor-{Reason.BUSY_NOW.replace('_', '-')}"
            recorded = await book.rules_of_recording(db)
        self._dial(key, leg, call, manual(profile, self._settings), now, recorded)
        return ""

    async def _ask_again(self, news: DialNews) -> None:
        """The card was read: ask the gate at the moment of dialling."""
        known = self._open.get(news.attempt_id)
        if known is None:
            return
        floor, now, attempt = self._look(), clock.now(), known.attempt
        async with reading(self._engine) as db:
            one = self._known.get(known.campaign_id or 0)
            if one is None:
                one = manual(await book.law(db, self._settings.country), self._settings)
            facts = await outbound_due.debtors(db, [attempt.account_id], now)
            rules = book.house(floor, self._settings)
            ground = await book.ground(db, facts, one.profile, rules, now, attempt.planned_at)
        blocked = dialler.still(one, facts[0], attempt.number, known.shown, ground)
        if blocked is None:
            self._wish(Go(attempt_id=news.attempt_id))
        else:
            self._wish(Withdraw(attempt_ids=frozenset({news.attempt_id}), why=blocked.reasons[0]))

    async def _write(self, news: DialNews) -> None:
        known = self._open.get(news.attempt_id)
        if known is None:
            return
        before, after = known.attempt, known.attempt
        for event in events(news):
            after = advance(after, event, news.at)
        self._learn(known, lesson(news, before, after), after, news)
        if after is before:
            return
        async with transaction(self._engine) as db:
            if after.state is State.ENDED:
                campaign = self._known.get(known.campaign_id or 0)
                rules = None if campaign is None else campaign.retries
                await book.settle(db, after, known.row_id, rules, known.disposition)
            else:
                await outbound_attempts.step(db, after.attempt_id, after.state, news.at, operator_id=after.operator_id)
                if said := answer(news):
                    await book.answered(db, after, known.call_id, said, self._settings, news.at)
                    known = replace(known, disposition=said)
        if after.state is State.ENDED:
            del self._open[news.attempt_id]
        else:
            self._open[news.attempt_id] = replace(known, attempt=after)

    def _learn(self, known: _Open, what: str, attempt: Attempt, news: DialNews) -> None:
        """Have the pacing know what it goes by."""
        if what and known.campaign_id is not None:
            placed = attempt.placed_at or attempt.planned_at
            seconds = (news.at - placed).total_seconds()
            self._pace.saw(known.campaign_id, what, seconds, news.at, attempt.operator_id)

    # --- turns --------------------------------------------------------------------------------------------------

    async def _turn_all(self) -> None:
        """Take a turn at least twice a second while a campaign runs; rest until something changes when none does."""
        while True:
            try:
                if self._changed.is_set():
                    self._changed.clear()
                    await self._reread()
                await self._turn()
            except (CrmError, SQLAlchemyError, OSError) as error:
                log.warning("nobody is dialled for now: %s", error)
                self._changed.set()
                await asyncio.sleep(AGAIN_SECONDS)
            rest = TURN_SECONDS if self._running else None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), rest)
            self._wake.clear()

    async def _reread(self) -> None:
        """Know the campaigns that run; call off what is not wanted any more."""
        async with reading(self._engine) as db:
            self._running = await book.running(db, self._settings, clock.now())
            unwanted = await outbound_attempts.to_cancel(db)
            for one in self._running:
                if not self._pace.knows(one.campaign_id):
                    self._pace.remember(one.campaign_id, await book.history(db, one, clock.now()))
        self._known |= {one.campaign_id: one for one in self._running}
        for why in sorted({one.cancel for one in unwanted}):
            self._wish(
                Withdraw(attempt_ids=frozenset(one.attempt_id for one in unwanted if one.cancel == why), why=why)
            )

    async def _turn(self) -> None:
        floor, now = self._look(), clock.now()
        serves = dialler.staff(floor.seats, self._running)
        if serves != self._serves:
            self._serves = serves
            self._wish(Staff(serves=serves))
        self._see_wrap_ups(floor, now)
        if not floor.nodes:
            return
        lines, shown = Lines(floor), []
        for one in self._running:
            floor = self._look()
            taken = dialler.promised(one, floor)
            lot = dialler.lot(one, floor, serves, taken, lines.free(one.campaign_id, one.lines), now)
            free = dialler.readers(one, floor, serves, taken) if one.mode is Mode.PREVIEW else []
            placing = self._placing(one, lot, len(free), now)
            shown.append(showing.view(one, floor, serves, lot, placing))
            await self._place(one, placing, lines, floor, free)
        self._show(tuple(shown), now)

    def _placing(self, one: Running, lot: Lot, readers: int, now: datetime) -> Placing:
        match one.mode:
            case Mode.MANUAL:
                return Placing(calls=0, why={"code": "manual"})
            case Mode.PREVIEW:
                return Placing(calls=min(readers, lot.lines), why={"code": "preview"})
            case Mode.NOTICE:
                return dialler.notices(lot)
            case _:
                return self._pace.calls(lot, now)

    def _show(self, shown: tuple[CampaignView, ...], now: datetime) -> None:
        """Have supervisors see what campaigns do."""
        if showing.is_news(self._shown, shown, self._shown_at, now):
            self._shown, self._shown_at = shown, now
            self._wish(Campaigns(running=shown))

    def _see_wrap_ups(self, floor: Outlook, now: datetime) -> None:
        """Have the pacing know whose wrap-up is over: no attempt says so, the floor does."""
        writing = {seat.operator_id for seat in floor.seats if seat.state is OperatorState.WRAP_UP}
        for operator_id in self._writing - writing:
            for campaign_id in self._serves.get(operator_id, ()):
                self._pace.saw(campaign_id, "wrapped", 0.0, now, operator_id)
        self._writing = writing

    async def _place(
        self, one: Running, placing: Placing, lines: Lines, floor: Outlook, readers: Sequence[Seat] = ()
    ) -> None:
        """Write attempts, commit, and only then have them dialled."""
        if placing.calls <= 0:
            return
        calls = min(placing.calls, AT_ONCE)
        most = min(MOST, max(FEWEST, SPARE * calls))
        taken: list[tuple[int, LegId, Call]] = []
        recorded: tuple[Rule, ...] = ()
        async with transaction(self._engine) as db:
            now = clock.now()
            due = await outbound_due.due(db, one.campaign_id, now, most)
            debtors = [row.debtor for row in due]
            ground = await book.ground(db, debtors, one.profile, book.house(floor, self._settings), now)
            wishes = dialler.turn(one, due, calls, lines, ground, placing.why, readers)
            for call in (wish for wish in wishes if isinstance(wish, Call)):
                leg = leg_of(call.way.node, secrets.token_hex(6))
                key = await book.take(db, call, one.mode, leg, placing.why, now)
                if key is not None:
                    taken.append((key, leg, call))
            await book.put_off(db, [wish for wish in wishes if isinstance(wish, Later)], now)
            if taken:
                recorded = await book.rules_of_recording(db)
        if len(taken) == calls < placing.calls:
            self._wake.set()
        for key, leg, call in taken:
            self._dial(key, leg, call, one, now, recorded)

    def _dial(  # noqa: PLR0913, PLR0917 - what is dialled, and how
        self, key: int, leg: LegId, call: Call, one: Running, now: datetime, recorded: Sequence[Rule]
    ) -> None:
        self._open[key] = _Open(
            Attempt(
                attempt_id=key, mode=one.mode, customer_id=call.debtor.customer_id, account_id=call.debtor.account_id,
                number=call.number, planned_at=now, operator_id=call.operator_id,
            ),
            call.row_id,
            one.campaign_id,
            leg,
            call.shown,
        )  # fmt: skip
        dial = dial_of(key, leg, call, one, now, tell=dialler.tells(recorded, one, leg))
        if one.mode in {Mode.PREVIEW, Mode.MANUAL}:
            self._wish(Show(dial=dial, read=one.read))
        else:
            self._wish(Place(dial=dial))

    # --- news of the base ---------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        """Be told by the base itself when campaigns change or somebody pays."""
        while True:
            try:
                async with self._engine.connect() as connection:
                    quick = await connection.execution_options(isolation_level="AUTOCOMMIT")
                    await quick.execute(outbound_attempts.LISTEN)
                    self._look_again()
                    driver = (await connection.get_raw_connection()).driver_connection
                    try:
                        async for _ in driver.notifies():  # type: ignore[union-attr]
                            self._look_again()
                    finally:
                        await connection.invalidate()
            except (SQLAlchemyError, OSError, CrmError, DriverError) as error:
                log.warning("campaigns are not announced for now: %s", error)
            await asyncio.sleep(AGAIN_SECONDS)

    def _look_again(self) -> None:
        self._changed.set()
        self._wake.set()
