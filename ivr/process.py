"""The `ivr` process: a FastAGI server, one caller one task; any number of them may run (shell)."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from zoneinfo import ZoneInfo

import structlog
import uvloop

from crm_core import accounts, clock, db, logs, phones
from crm_core.callback_desk import HouseDesk
from crm_core.lines import LINE_CHECK
from crm_core.settings import Settings
from crm_core.store.flows import GONE, Walk
from crm_core.work.forms import Site
from ivr import asides, library, shelf, speech, survey
from ivr.announcing import RECORDED, Announcer, debtor
from ivr.attempts import Attempts
from ivr.base import Base
from ivr.board import Board
from ivr.counter import Counter
from ivr.line import Line, Outside
from ivr.overrides import Overrides
from ivr.published import Published
from ivr.session import Session
from ivr.shelf import Served, Shelf
from ivr.speech import Speaker, SpeechConfig
from ivr.talk import Rules
from ivr.voice import Voice
from ivr.waiting import CALLBACK, WAITING, Waiting
from ivr.walks import Walks
from routing import valkey
from telephony.agi import AgiCall, AgiServer
from telephony.errors import AgiHungUp

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 10.0
"""How long callers in the middle of the menu may go on after SIGTERM; then the queue has them."""


def main(settings: Settings) -> None:
    """Serve callers until SIGTERM or Ctrl-C."""
    logs.begin()
    uvloop.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Make the prompts, listen, say `ready: ivr`, and drain when told to stop.

    Raises:
        ivr.library.LibraryError: the flow or a wording cannot be served.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with switchboard(settings) as board:
        preparing = asyncio.create_task(board.prepare())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({preparing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if preparing.done():
            preparing.result()
            async with AgiServer(settings.agi_host, settings.agi_port, board.answer):
                print("ready: ivr", flush=True)  # noqa: T201 - the word `busbar up` waits for
                await stopping
                await board.drain(DRAIN_SECONDS)
        preparing.cancel()
        stopping.cancel()


@asynccontextmanager
async def switchboard(settings: Settings) -> AsyncIterator[Switchboard]:
    """Open everything a caller needs; prompts are not made yet."""
    books = library.load(settings.languages, settings.run_dir / "ivr")
    zone = ZoneInfo(settings.time_zone)
    engine = db.engine(settings, name="busbar-ivr")
    redis = valkey.connect(settings.redis_url)
    try:
        speaker = Speaker(speech_config(settings), books.wordings)
        base, board = Base(engine), Board()
        site = Site(country=settings.country, time_zone=settings.time_zone)
        outside = Outside(
            base=base,
            counter=Counter(
                base=base,
                site=site,
                utility=settings.utility,
                board=board,
                desk=HouseDesk(engine, settings),
                countries=settings.outward_countries,
                ours=frozenset({settings.outward_number}) - {""},
            ),
            speaker=speaker,
            attempts=Attempts(redis),
            announcer=Announcer(base, board, books.speaks),
            zone=zone,
            run_dir=settings.run_dir,
        )
        pinned = shelf.own_file(settings.run_dir) is not None
        if pinned:
            log.info("flow_file", reason="the house's own file stands before what is published")
        overrides = Overrides(books, speaker, settings.speech_dir.resolve())
        published = Published(engine, site, Shelf(books, pinned=pinned), overrides, board)
        heeding = asyncio.create_task(published.run())
        try:
            yield Switchboard(settings, outside, published)
        finally:
            heeding.cancel()
            with suppress(asyncio.CancelledError):
                await heeding
    finally:
        await redis.aclose()
        await engine.dispose()


def speech_config(settings: Settings) -> SpeechConfig:
    """Return where speech comes from and where it is kept."""
    return SpeechConfig(
        command=speech.command(settings.espeak),
        folder=settings.speech_dir.resolve(),
        recorded=settings.sounds_dir / "recorded",
    )


class Switchboard:
    """Answers every caller that Asterisk connects."""

    def __init__(self, settings: Settings, outside: Outside, published: Published) -> None:
        books = published.overrides.books
        self._country = settings.country
        self._utility = settings.utility
        self._outside = outside
        self._published = published
        self._rules = Rules(
            languages=books.languages,
            utility=settings.utility,
            zone=outside.zone,
            is_account_number=accounts.is_account_number,
            account_digits=accounts.DIGITS,
        )
        self._asides = asides.load(books.wordings, settings.run_dir / "ivr")
        self._waiting = Waiting(outside, self._rules)
        self._survey = survey.load(settings.run_dir / "ivr", books.wordings)
        self._callers: set[AgiCall] = set()
        self._walks = Walks(outside.base)
        self._draining = False
        self._empty = asyncio.Event()
        self._empty.set()

    async def prepare(self) -> None:
        """Make every prompt whose words are known, so that the first caller does not wait for them."""
        await self._outside.base.ship()
        await self._published.settled()
        sentences = self._published.overrides.books.constant(self._utility)
        marks = {len(sentences) * quarter // 4 for quarter in (1, 2, 3, 4)}
        began = clock.now()
        async for ready in self._outside.speaker.prepare(sentences):
            if ready in marks:
                seconds = (clock.now() - began).total_seconds()
                log.info("prompts", ready=ready, total=len(sentences), seconds=round(seconds, 1))
        await asyncio.to_thread(self._outside.speaker.prune)

    async def answer(self, call: AgiCall) -> None:
        """Serve one caller; when this returns without a last word, the dialplan queues him."""
        if self._draining:
            return
        self._callers.add(call)
        self._empty.clear()
        number = "" if call.script == LINE_CHECK else phones.e164(call.number, self._country) or ""
        with structlog.contextvars.bound_contextvars(call_id=call.call_id):
            try:
                match call.script:
                    case script if script == CALLBACK:
                        await self._waiting.ask(call, number)
                    case script if script == WAITING:
                        await self._waiting.tell(call)
                    case script if script == RECORDED:
                        await self._tell_recorded(call)
                    case script if script == survey.NAME:
                        await self._ask(call, number)
                    case _:
                        await self._serve(call, number)
            finally:
                self._callers.discard(call)
                if not self._callers:
                    self._empty.set()

    async def _serve(self, call: AgiCall, number: str) -> None:
        """Serve a caller in the flow that is published now, whatever is published meanwhile; keep how he went."""
        began = self._outside.now()
        await self._published.settled()
        aside = self._asides.get(call.script)
        served = Served(flow=aside) if aside is not None else self._published.shelf.served
        known = await asides.known(call) if aside is not None else None
        if known is not None and call.script == asides.NOTICE:
            known = await asides.provable(known, self._outside.recognising(call.call_id), began)
        session = Session(served.flow, self._rules, number=number, now=began, known=known)
        try:
            await Line(call, session, self._outside, number=number).serve()
            log.info("caller_left", ending=session.ending)
        except AgiHungUp:
            log.info("caller_hung_up")
        if call.script == LINE_CHECK:
            return  # He is no caller: how he went counts nowhere.
        walk = Walk(
            call_id=call.call_id,
            version_id=served.version_id,
            began_at=began,
            ended_at=self._outside.now(),
            ending=session.ending.value if session.ending else GONE,
            path=session.path,
        )
        # Not waited for: the dialplan goes on the moment that the connection is closed.
        self._walks.keep(walk)

    async def _ask(self, call: AgiCall, number: str) -> None:
        """Ask a caller whose talk is over for his marks; nobody waits for what becomes of it."""
        await self._published.settled()
        try:
            language = await call.variable("BUSBAR_LANGUAGE")
            asked = survey.Survey(self._survey, self._rules, language=language, number=number, now=self._outside.now())
            await Line(call, asked, self._outside, number=number).serve()
            log.info("survey_ended", path=";".join(asked.path))
        except AgiHungUp:
            log.info("survey_left")

    async def _tell_recorded(self, call: AgiCall) -> None:
        """Tell a debtor who has answered that the talk is recorded."""
        await self._published.settled()
        try:
            await self._outside.announcer.tell(call, await debtor(call), Voice(call, self._outside.speaker))
        except AgiHungUp:
            log.info("debtor_hung_up")

    async def drain(self, seconds: float) -> None:
        """Take nobody any more and let those who are here finish, for so long."""
        self._draining = True
        log.info("draining", callers=len(self._callers))
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            log.info("passed_on", callers=len(self._callers))
        await self._walks.kept()
