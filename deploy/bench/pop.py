"""`busbar bench pop`: from the bytes of a caller's event to the card at the operator's websocket (shell).

A fake AMI peer writes a waiting caller into a real floor, which offers him to an operator over Valkey to a real web
process, which reads the whole card and sends it to the operator's websocket, in the middle of the noise of other
people's calls. In turns with each pop, under the same noise, one prepared query of a card is echoed over a bare
websocket: what nobody can be faster than. Processes run as in production, only the port numbers differ.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
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
from deploy.bench import pop_echo, pop_peer
from deploy.bench.pop_people import Worker, dismiss, hire, sample_accounts
from deploy.figures import Figure, at_most
from routing import process as floor_process
from workstation import process as web_process
from workstation.access_log import AccessLog
from workstation.cards import Cards
from workstation.templates import Templates
from workstation.words import load_languages

RATIO = 2.0
"""What we promise: at most so many times the bare query and echo, at p50 and p99."""
RENDER_MS = 1.2
WARM_UP = 30
GAP_SECONDS = 0.02
PATIENCE_SECONDS = 20.0
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

    async def sit(self, socket: ClientConnection) -> None:
        """Become ready, then note pops for ever."""
        await socket.send('{"type":"resume"}')
        asked = False
        async for frame in socket:
            at = time.monotonic_ns()
            text = frame if isinstance(frame, str) else frame.decode()
            if text.startswith('{"epoch"') and '"type":"screen_pop"' in text[:120]:
                self._popped(text, at)
            elif not asked and '"state":"not_ready"' in text:
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
    return uvloop.run(_run(_own(settings), pops, operators, noise))


def _own(settings: Settings) -> Settings:
    """Return the settings with ports and a Valkey database that nobody else uses."""
    ports = [_free_port() for _ in range(2)]
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
        accounts = await sample_accounts(engine, 2 * (pops + WARM_UP))
        workers = await hire(engine, operators)
        stack.push_async_callback(dismiss, engine, workers)
        await _empty(settings.redis_url)
        stack.push_async_callback(_empty, settings.redis_url)
        house = await stack.enter_async_context(_house(settings, workers, noise))
        samples = await _measure(house, accounts, pops)
        render = await _render(settings, engine, accounts[:60])
    return _figures(samples, render, house.desks, operators, noise)


@dataclass
class _House:
    desks: Desks
    echo: ClientConnection
    orders: Connection
    told: asyncio.Queue[tuple[str, int]]


@asynccontextmanager
async def _house(settings: Settings, workers: Sequence[Worker], noise: int) -> AsyncIterator[_House]:
    async with AsyncExitStack() as stack:
        told, told_by = _spawn.Pipe(duplex=False)
        ordered, orders = _spawn.Pipe(duplex=False)
        plan = pop_peer.Plan(settings.ami_port, tuple(worker.extension for worker in workers), noise)
        heard: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        loop.add_reader(told.fileno(), lambda: heard.put_nowait(told.recv()))
        stack.callback(loop.remove_reader, told.fileno())
        echo_port = _free_port()
        _start(stack, pop_peer.main, plan, ordered, told_by)
        await _hear(heard, "listening", "the fake AMI peer")
        _start(stack, floor_process.main, settings)
        await _hear(heard, "booted", "the floor (is another one running? stop `busbar up` first)")
        _start(stack, web_process.main, settings)
        _start(stack, pop_echo.main, settings.database_url, echo_port)
        await _listening(settings.web_port)
        await _listening(echo_port)
        desks = Desks()
        for worker in workers:
            socket = await stack.enter_async_context(_desk(settings, worker))
            task = asyncio.create_task(desks.sit(socket))
            stack.callback(task.cancel)
        await _until(lambda: len(desks.ready) == len(workers), "all operators are ready")
        echo = await stack.enter_async_context(connect(f"ws://127.0.0.1:{echo_port}", compression=None))
        orders.send("noise")
        yield _House(desks, echo, orders, heard)


def _desk(settings: Settings, worker: Worker) -> Any:
    origin = Origin(f"http://127.0.0.1:{settings.web_port}")
    return connect(
        f"ws://127.0.0.1:{settings.web_port}/ws",
        origin=origin,
        additional_headers={"Cookie": f"busbar={worker.token}"},
        compression=None,
        max_size=None,
        close_timeout=1,
    )


async def _measure(house: _House, accounts: Sequence[int], pops: int) -> list[tuple[float, float]]:
    """Measure pop and echo in turns; milliseconds, the warm-up left out."""
    samples = []
    waiting: list[str] = []
    for turn in range(pops + WARM_UP):
        call_id = f"bench-{time.time_ns()}.{turn}"
        popped = await _pop(house, call_id, accounts[2 * turn])
        await asyncio.sleep(GAP_SECONDS)
        echoed = await _echo(house, accounts[2 * turn + 1])
        waiting.append(call_id)
        if len(waiting) > 4:
            house.orders.send((waiting.pop(0), None))
        await asyncio.sleep(GAP_SECONDS)
        if turn >= WARM_UP:
            samples.append((popped, echoed))
    for call_id in waiting:
        house.orders.send((call_id, None))
    return samples


async def _pop(house: _House, call_id: str, account: int) -> float:
    arrived = asyncio.get_running_loop().create_future()
    house.desks.arrived[call_id] = arrived
    house.orders.send((call_id, account))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            written = await house.told.get()
            at = await arrived
    except TimeoutError as error:
        raise BenchFailed(f"no card for account {account} within {PATIENCE_SECONDS:g} s") from error
    del house.desks.arrived[call_id]
    return float(at - written[1]) / 1e6


async def _echo(house: _House, account: int) -> float:
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


def _figures(
    samples: Sequence[tuple[float, float]], render: tuple[float, float], desks: Desks, operators: int, noise: int
) -> list[Figure]:
    popped, echoed = ([pair[place] for pair in samples] for place in (0, 1))
    figures = [
        Figure(name="operators connected", value=operators, unit="websockets"),
        Figure(name="noise", value=noise, unit="events/s"),
        Figure(name="pops measured", value=len(samples), unit="calls"),
        Figure(name="bytes of a popped card", value=desks.bytes_of_card, unit="B"),
    ]
    for share in (50, 95, 99):
        figures.append(Figure(name=f"pop p{share}", value=_percentile(popped, share), unit="ms"))
        figures.append(Figure(name=f"bare query and echo p{share}", value=_percentile(echoed, share), unit="ms"))
    for share in (50, 99):
        ratio = _percentile(popped, share) / _percentile(echoed, share)
        figures.append(at_most(f"pop against bare, p{share}", ratio, "times", RATIO))
    figures.append(Figure(name="of it: reading a card, alone, p50", value=render[0], unit="ms"))
    figures.append(at_most("of it: rendering a card, alone, p50", render[1], "ms", RENDER_MS))
    return figures


def _percentile(values: Sequence[float], share: int) -> float:
    """Return the value that `share` per cent of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def _start(stack: AsyncExitStack, target: Callable[..., None], *args: object) -> BaseProcess:
    process = _spawn.Process(target=target, args=args, daemon=True)
    process.start()
    stack.callback(_stop, process)
    return process


def _stop(process: BaseProcess) -> None:
    process.terminate()
    process.join(10)
    if process.is_alive():
        process.kill()
        process.join(5)


async def _hear(heard: asyncio.Queue[tuple[str, int]], word: str, what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await heard.get())[0] != word:
                pass
    except TimeoutError as error:
        raise BenchFailed(f"{what} did not come up within {PATIENCE_SECONDS:g} s") from error


async def _listening(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
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
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise BenchFailed(f"not within {PATIENCE_SECONDS:g} s: {what}")
        await asyncio.sleep(0.05)


async def _empty(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
