"""`busbar bench pop`: from the bytes of the ringing event to the card at the operator's websocket (shell).

A fake AMI peer writes a waiting caller into a real floor, which offers him to an operator, whose telephone rings, and
tells a real web process over Valkey, which sends the whole card to the operator's websocket, in the middle of the
noise of other people's calls. Every other caller was recognised in the menu a moment before, so that web could read
and render his card ahead; of the others nothing is known until they wait. Two clocks run: from the event that the
telephone rings, and the harder one from the event that the caller waits, of which the ringing is a consequence. In
turns with each pop, under the same noise, one prepared query of a card is echoed over a bare websocket: what nobody
who still has to read can be faster than. Processes run as in production, only the port numbers differ.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import uvloop
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from crm_core import db
from crm_core.settings import Settings
from crm_core.store import cards as card_store
from deploy.bench import pop_echo, pop_legs, pop_peer, pop_samples
from deploy.bench.pop_people import Worker, count_subscribers, dismiss, hire, sample_accounts
from deploy.bench.pop_samples import Popped, Samples
from deploy.figures import Figure
from deploy.ports import free_port
from workstation.access_log import AccessLog
from workstation.cards import Cards
from workstation.templates import Templates
from workstation.words import load_languages

WARM_UP = 30
GAP_SECONDS = 0.06
"""Between a pop and the bare query beside it: what a pop leaves to do (facts to record) must not slow the other."""
MENU_SECONDS = 0.2
"""How long a caller is in the menu before he goes on to the queue; real ones are there for seconds."""
STANDING = 4
"""Calls that ring at the same time."""
PATIENCE_SECONDS = 20.0
START_SECONDS = 300.0
"""What processes may take to come up on a machine that does other work too."""
VALKEY_DB = 9
"""Database number of Valkey that the bench has for itself."""
_spawn = multiprocessing.get_context("spawn")


class BenchFailed(RuntimeError):
    """The bench could not be run to its end; the message says why."""


@dataclass
class Desks:
    """Every operator's websocket, and the moment each popped card arrived."""

    arrived: dict[str, asyncio.Future[int]] = field(default_factory=dict)
    bytes_of_card: int = 0
    ready: set[int] = field(default_factory=set)
    """Sockets whose operator can take calls."""

    async def sit(self, socket: ClientConnection, *, works: bool = True) -> None:
        """Become ready (or only look on), then note pops for ever."""
        await socket.send('{"type":"resume"}')
        asked = False
        async for frame in socket:
            at = time.monotonic_ns()
            text = frame if isinstance(frame, str) else frame.decode()
            if text.startswith('{"epoch"') and '"type":"screen_pop"' in text[:120]:
                self._popped(text, at)
            elif works and not asked and '"state":"not_ready"' in text:
                asked = True
                await socket.send('{"type":"ask","wish_id":"r","wish":"ready"}')
            elif '"state":"ready"' in text:
                self.ready.add(id(socket))

    def _popped(self, text: str, at: int) -> None:
        message = json.loads(text)
        arrived = self.arrived.get(message["call"]["call_id"])
        if arrived is not None and not arrived.done() and 'id="card"' in message["card"]:
            self.bytes_of_card = len(text)
            arrived.set_result(at)


def run(settings: Settings, pops: int = 300, operators: int = 100, noise: int = 8_000) -> list[Figure]:
    """Measure.

    Args:
        settings: where the filled customer base and Valkey are; nothing else of the house may be running on them.
        pops: calls measured.
        operators: websockets connected.
        noise: other AMI events a second.

    Raises:
        BenchFailed: something did not come up, or a card did not come.

    """
    return uvloop.run(_run(own(settings), pops, operators, noise))


def own(settings: Settings) -> Settings:
    """Return the settings with ports and a Valkey database that nobody else uses."""
    ports = [free_port() for _ in range(2)]
    address = settings.redis_url.partition("?")[0]
    url = f"{address}?db={VALKEY_DB}" if address.startswith("unix:") else f"{address.rstrip('/')}/{VALKEY_DB}"
    changes = {
        "redis_url": url,
        "web_host": "127.0.0.1",
        "web_port": ports[0],
        "web_origin": "",
        "node": "bench",
        "ami_nodes": (),
        "ami_host": "127.0.0.1",
        "ami_port": ports[1],
        "ami_secret": "bench",
    }
    return settings.model_copy(update=changes)


async def _run(settings: Settings, pops: int, operators: int, noise: int) -> list[Figure]:
    engine = db.engine(settings, name="busbar bench", size=2)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(engine.dispose)
        accounts = await sample_accounts(engine, 4 * (pops + WARM_UP))
        base = await count_subscribers(engine)
        workers = await hire(engine, operators)
        stack.push_async_callback(dismiss, engine, workers)
        await empty(settings.redis_url)
        stack.push_async_callback(empty, settings.redis_url)
        house = await stack.enter_async_context(house_of(settings, workers, noise))
        samples = await _measure(house, accounts, pops)
        stamps = await house.stamps()
        render = await _render(settings, engine, accounts[:60])
    return [
        *_setting(house.desks, base, operators, noise, pops),
        *pop_samples.figures(samples),
        *pop_samples.legs(samples, stamps),
        *pop_samples.alone(render),
    ]


@dataclass
class House:
    """What runs, and how it is spoken to."""

    desks: Desks
    echo: ClientConnection
    orders: Connection
    told: asyncio.Queue[tuple[str, int]]
    stamped: tuple[tuple[BaseProcess, Connection], ...]
    """Processes that tell their stamps when they end."""

    async def stamps(self) -> pop_legs.Stamps:
        """End the stamped processes and return what they saw."""
        found: pop_legs.Stamps = {}
        for process, pipe in self.stamped:
            process.terminate()
            if await asyncio.to_thread(pipe.poll, PATIENCE_SECONDS):
                found |= pipe.recv()
        return found


@asynccontextmanager
async def house_of(
    settings: Settings,
    workers: Sequence[Worker],
    noise: int,
    ready: int | None = None,
    web_main: Callable[..., None] = pop_legs.web,
) -> AsyncIterator[House]:
    """Run floor, web and a fake AMI peer, with a websocket for each operator.

    Args:
        settings: where the base and Valkey are, on ports of the bench's own.
        workers: the operators.
        noise: other AMI events a second.
        ready: how many of them take calls, the first ones; all when None.
        web_main: what the web process runs.

    """
    takes = len(workers) if ready is None else ready
    async with AsyncExitStack() as stack:
        told, told_by = _spawn.Pipe(duplex=False)
        ordered, orders = _spawn.Pipe(duplex=False)
        plan = pop_peer.Plan(settings.ami_port, tuple(worker.extension for worker in workers), noise)
        heard: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        loop.add_reader(told.fileno(), lambda: heard.put_nowait(told.recv()))
        stack.callback(loop.remove_reader, told.fileno())
        echo_port = free_port()
        _start(stack, pop_peer.main, plan, ordered, told_by)
        await _hear(heard, "listening", "the fake AMI peer")
        floor_stamps, floor_stamped = _spawn.Pipe(duplex=False)
        web_stamps, web_stamped = _spawn.Pipe(duplex=False)
        floor = _start(stack, pop_legs.floor, settings, floor_stamped)
        await _hear(heard, "booted", "the floor (is another one running? stop `busbar up` first)")
        web = _start(stack, web_main, settings, web_stamped)
        _start(stack, pop_echo.main, settings.database_url, echo_port)
        await _listening(settings.web_port)
        await _listening(echo_port)
        desks = Desks()
        for place, worker in enumerate(workers):
            socket = await stack.enter_async_context(_desk(settings, worker))
            task = asyncio.create_task(desks.sit(socket, works=place < takes))
            stack.callback(task.cancel)
        await _until(lambda: len(desks.ready) >= takes, "all operators are ready")
        echo = await stack.enter_async_context(connect(f"ws://127.0.0.1:{echo_port}", compression=None))
        orders.send(("noise", "", 0))
        yield House(desks, echo, orders, heard, ((web, web_stamps), (floor, floor_stamps)))


def _desk(settings: Settings, worker: Worker) -> Any:
    origin = Origin(f"http://127.0.0.1:{settings.web_port}")
    return connect(
        f"ws://127.0.0.1:{settings.web_port}/ws",
        origin=origin,
        additional_headers={"Cookie": f"busbar={worker.token}"},
        compression=None,
        max_size=None,
        open_timeout=START_SECONDS,
        close_timeout=1,
    )


async def _measure(house: House, accounts: Sequence[int], pops: int) -> Samples:
    """Measure both kinds of pop and the bare query in turns; the warm-up is left out."""
    samples = Samples()
    chosen = iter(accounts)
    waiting: list[str] = []
    for turn in range(pops + WARM_UP):
        for known in (True, False):
            call_id = f"bench-{time.time_ns()}.{turn}"
            account = next(chosen)
            popped = await _pop(house, call_id, account, known=known)
            await asyncio.sleep(GAP_SECONDS)
            echoed = await _echo(house, next(chosen))
            waiting.append(call_id)
            if len(waiting) > STANDING:
                house.orders.send(("hang up", waiting.pop(0), 0))
            await asyncio.sleep(GAP_SECONDS)
            if turn >= WARM_UP:
                samples.add(call_id, account, popped, echoed, known=known)
    for call_id in waiting:
        house.orders.send(("hang up", call_id, 0))
    return samples


async def _pop(house: House, call_id: str, account: int, *, known: bool) -> Popped:
    """Let a caller come, and go on to the queue; return when he did, when it rang, when his card was there."""
    house.orders.send(("arrive", call_id, account if known else 0))
    await asyncio.sleep(MENU_SECONDS)
    arrived = asyncio.get_running_loop().create_future()
    house.desks.arrived[call_id] = arrived
    house.orders.send(("wait", call_id, account))
    told: dict[str, int] = {}
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not told.keys() >= {call_id, f"{pop_peer.RINGS}{call_id}"}:
                word, at = await house.told.get()
                told[word] = at
            card = await arrived
    except TimeoutError as error:
        raise BenchFailed(f"no card for account {account} within {PATIENCE_SECONDS:g} s") from error
    del house.desks.arrived[call_id]
    return Popped(waited=told[call_id], rang=told[f"{pop_peer.RINGS}{call_id}"], arrived=card)


async def _echo(house: House, account: int) -> float:
    began = time.monotonic_ns()
    await house.echo.send(str(account))
    await house.echo.recv()
    return (time.monotonic_ns() - began) / 1e6


async def _render(settings: Settings, engine: db.Database, accounts: Sequence[int]) -> tuple[float, float]:
    """Return the medians of reading and of rendering a card, in milliseconds, in this process and without noise."""
    templates = Templates(settings, load_languages())
    cards = Cards(settings, engine, templates, AccessLog(engine))
    read, rendered = [], []
    for account in accounts:
        began = time.perf_counter()
        async with db.reading(engine) as connection:
            card = await card_store.load_card(connection, account, cards.today())
        between = time.perf_counter()
        templates.render(
            "card.html", "en", card=card, call=None, today=cards.today(), recognised_by="account", csrf="bench"
        )
        read.append(between - began)
        rendered.append(time.perf_counter() - between)
    return statistics.median(read) * 1e3, statistics.median(rendered) * 1e3


def _setting(desks: Desks, base: int, operators: int, noise: int, pops: int) -> list[Figure]:
    return [
        Figure(name="subscribers in the base", value=base, unit="accounts"),
        Figure(name="operators connected", value=operators, unit="websockets"),
        Figure(name="noise", value=noise, unit="events/s"),
        Figure(name="pops of each kind measured", value=pops, unit="calls"),
        Figure(name="bytes of a popped card", value=desks.bytes_of_card, unit="B"),
    ]


def _start(stack: AsyncExitStack, target: Callable[..., None], *args: object) -> BaseProcess:
    process = _spawn.Process(target=target, args=args, daemon=True)
    process.start()
    stack.callback(stop, process)
    return process


def stop(process: BaseProcess) -> None:
    """End a process of the bench."""
    process.terminate()
    process.join(10)
    if process.is_alive():
        process.kill()
        process.join(5)


async def _hear(heard: asyncio.Queue[tuple[str, int]], word: str, what: str) -> None:
    try:
        async with asyncio.timeout(START_SECONDS):
            while (await heard.get())[0] != word:
                pass
    except TimeoutError as error:
        raise BenchFailed(f"{what} did not come up within {START_SECONDS:g} s") from error


async def _listening(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError as error:
            if time.monotonic() > deadline:
                raise BenchFailed(f"nothing listens on port {port}") from error
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


async def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise BenchFailed(f"not within {START_SECONDS:g} s: {what}")
        await asyncio.sleep(0.05)


async def empty(redis_url: str) -> None:
    """Empty the bench's own database of Valkey."""
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
