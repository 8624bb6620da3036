"""The line: events in, effects performed (shell). It decides nothing, and no effect that raises can stop it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from crm_core.store.troubles import Troubles
from routing.bus import Publisher
from routing.callbacks import BackNews
from routing.charter import Charter
from routing.dials import ByHand, DialNews, DialWish
from routing.effects import Book, Effect, Entry, Order, Record, Report, Tell
from routing.floor import Floor
from routing.news import Coming
from routing.recorder import Recorder
from routing.wishes import Wish
from telephony.commands import AddQueueMember
from telephony.errors import TelephonyError
from telephony.events import CallEvent
from telephony.switch import Switch

log = logging.getLogger(__name__)


class Line:
    """One floor between a switch, the screens and the memory."""

    def __init__(  # noqa: PLR0913, PLR0917 - wired by hand, once
        self,
        switch: Switch,
        floor: Floor,
        publisher: Publisher,
        recorder: Recorder,
        clock: Callable[[], datetime],
        book: Callable[[Entry], None] | None = None,
    ) -> None:
        self._book = book
        self.report: Callable[[DialNews | ByHand], None] = lambda _: None
        """Tells the book of attempts; set when the two are joined."""
        self._switch, self._floor, self._publisher, self._recorder = switch, floor, publisher, recorder
        self._clock = clock
        self._orders: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._deadline: datetime | None = None

    def receive(self, event: CallEvent) -> bool:
        """Take in one event; return whether it had any effect."""
        return self._perform(lambda now: self._floor.receive(event, now))

    def foretold(self, event: CallEvent) -> Coming | None:
        """Return whose card an event, still to be taken in, will bring to a screen."""
        return self._floor.foretold(event)

    def obey(self, wish: Wish) -> None:
        """Take in one wish."""
        self._perform(lambda now: self._floor.obey(wish, now))

    def take(self, charter: Charter) -> None:
        """Take in what managers have set."""
        self._perform(lambda now: self._floor.take(charter, now))

    def mind(self, troubles: Troubles) -> None:
        """Take in what went wrong beside the line."""
        self._perform(lambda now: self._floor.mind(troubles, now))

    def heed(self, news: BackNews) -> None:
        """Take in what the book of call-backs says."""
        self._perform(lambda now: self._floor.heed(news, now))

    def dial(self, wish: DialWish) -> None:
        """Take in what the dialler wishes."""
        self._perform(lambda now: self._floor.dial(wish, now))

    def _perform(self, decide: Callable[[datetime], list[Effect]]) -> bool:
        try:
            effects = decide(self._clock())
        except Exception:
            log.exception("the floor could not take something in")
            effects = []
        # News first, facts last: whoever is rung sees whose call it is before anything else is worked at.
        for effect in sorted(effects, key=_hurry) if len(effects) > 1 else effects:
            try:
                self._perform_one(effect)
            except Exception:
                log.exception("an effect failed: %s", type(effect).__name__)
        self._set_timer()
        return bool(effects)

    def _perform_one(self, effect: Effect) -> None:
        match effect:
            case Order():
                task = asyncio.create_task(self._order(effect))
                self._orders.add(task)
                task.add_done_callback(self._orders.discard)
            case Tell(news=news, desks=desks, everyone=everyone):
                self._publisher.tell(news, desks, everyone=everyone)
            case Record(fact=fact):
                self._recorder.record(fact)
            case Book(entry=entry):
                if self._book is not None:
                    self._book(entry)
            case Report(news=news):
                self.report(news)

    async def _order(self, order: Order) -> None:
        for command in order.commands:
            if not self._floor.wants(command):
                return
            try:
                await self._switch.obey(command)
            except TelephonyError as error:
                # A member of Asterisk's own queue who is there already is no news: the floor goes on with his pause.
                level = logging.INFO if isinstance(command, AddQueueMember) else logging.WARNING
                log.log(level, "%s: %s: %s", type(command).__name__, error.code, error)
                self._perform(partial(self._floor.failed, command, error.code))
                return

    def _set_timer(self) -> None:
        deadline = self._floor.next_deadline()
        if deadline == self._deadline:
            return
        self._deadline = deadline
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            seconds = max(0.0, (deadline - self._clock()).total_seconds())
            self._timer = asyncio.get_running_loop().call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._timer = self._deadline = None
        self._perform(self._floor.tick)

    def stop(self) -> None:
        """Order nothing more; calls go on by themselves."""
        if self._timer is not None:
            self._timer.cancel()
        for task in list(self._orders):
            task.cancel()


def _hurry(effect: Effect) -> int:
    """Return an effect's place in line; effects of one kind keep their order."""
    match effect:
        case Tell():
            return 0
        case Order():
            return 1
        case Record() | Book() | Report():
            return 2
