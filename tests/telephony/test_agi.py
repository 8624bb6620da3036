"""The FastAGI server against peers that behave badly; the three defects of panoramisk's among them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from telephony.agi import AgiCall, AgiServer
from telephony.errors import AgiHungUp, HostileValue, OutcomeUnknown, SwitchRefused

pytestmark = pytest.mark.integration
ENVIRONMENT = b"agi_network: yes\nagi_network_script: flow\nagi_uniqueid: cc-1.1\nagi_callerid: 79990000001\n\n"
Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def called(
    answer: Callable[[AgiCall], Awaitable[None]], greeting: bytes = ENVIRONMENT
) -> AsyncIterator[tuple[AgiServer, Peer]]:
    """A server, and a peer that has connected and said its environment."""
    async with AgiServer("127.0.0.1", 0, answer) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(greeting)
        try:
            yield server, (reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()


async def asked(told: bytes, ask: Callable[[AgiCall], Awaitable[object]]) -> object:
    """What `ask` returns or raises when Asterisk answers its first command with `told`."""
    outcome: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def answer(call: AgiCall) -> None:
        try:
            outcome.set_result(await ask(call))
        except Exception as error:  # noqa: BLE001 - the test looks at it
            outcome.set_result(error)

    async with called(answer) as (_, (reader, writer)):
        await reader.readline()
        writer.write(told)
        return await asyncio.wait_for(outcome, 5)


async def test_13_a_client_that_connects_and_closes_starves_nobody() -> None:
    async def answer(call: AgiCall) -> None:
        await call.pick_up()

    async with AgiServer("127.0.0.1", 0, answer) as server:
        for greeting in (b"", b"agi_network: yes\n", b"GET / HTTP/1.1\r\n\r\n", b"\n", b"x" * 100_000):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(greeting)
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(ENVIRONMENT)
        assert await asyncio.wait_for(reader.readline(), 2) == b"ANSWER\n"
        writer.close()


async def test_15_a_hang_up_ends_the_command_however_it_is_said() -> None:
    for told in (b"200 result=-1\n", b"HANGUP\n200 result=0\n", b"511 Command Not Permitted on a dead channel\n",
                 b"200 result=1 (hangup)\n"):  # fmt: skip
        assert isinstance(await asked(told, lambda call: call.wait_for_digit(100)), AgiHungUp), told


async def test_15_the_end_of_the_connection_is_a_hang_up() -> None:
    gone: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def answer(call: AgiCall) -> None:
        try:
            await call.pick_up()
        except AgiHungUp:
            gone.set_result(True)
            raise

    async with called(answer) as (_, (reader, writer)):
        await reader.readline()
        writer.transport.abort()
        assert await asyncio.wait_for(gone, 5)


async def test_15_a_usage_text_of_many_lines_leaves_the_next_command_in_step() -> None:
    async def ask(call: AgiCall) -> str:
        with pytest.raises(SwitchRefused):
            await call.pick_up()
        return await call.variable("EPOCH")

    told = b"520-Invalid command syntax.  Proper usage follows:\nUsage: ANSWER\n\t200 lines\n520 End of proper usage.\n"
    assert await asked(told + b"200 result=1 (1795329244)\n", ask) == "1795329244"


async def test_a_value_with_line_breaks_is_read_whole() -> None:
    assert await asked(b"200 result=1 (a\nb)\n", lambda call: call.variable("X")) == "a\nb"


async def test_answers_that_are_none_end_the_call() -> None:
    assert isinstance(await asked(b"hello\n", lambda call: call.pick_up()), OutcomeUnknown)
    assert isinstance(await asked(b"x" * 20_000 + b"\n", lambda call: call.pick_up()), OutcomeUnknown)


async def test_a_silent_asterisk_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(await asked(b"", lambda call: call._ask("ANSWER", seconds=0.1)), OutcomeUnknown)


async def test_after_a_hang_up_no_command_reaches_the_wire() -> None:
    async def ask(call: AgiCall) -> None:
        with pytest.raises(AgiHungUp):
            await call.pick_up()
        await call.set_variable("X", "1")

    outcome = await asked(b"HANGUP\n200 result=0\n", ask)
    assert isinstance(outcome, AgiHungUp)
    assert str(outcome) == "SET VARIABLE after the caller hung up"


@pytest.mark.parametrize(
    "ask",
    [
        lambda call: call.set_variable("X", "a\nHANGUP"),
        lambda call: call.set_variable("X\nHANGUP", "a"),
        lambda call: call.say("beep\r\nHANGUP"),
        lambda call: call.execute("System", "rm -rf /"),
        lambda call: call.execute("UserEvent", "${SHELL(id)}"),
        lambda call: call.variable("SHELL(rm -rf /)"),
    ],
)
async def test_hostile_values_never_reach_the_wire(ask: Callable[[AgiCall], Awaitable[object]]) -> None:
    outcome: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    async def answer(call: AgiCall) -> None:
        try:
            await ask(call)
        except HostileValue as error:
            outcome.set_result(error)

    async with called(answer) as (_, (reader, _writer)):
        await asyncio.wait_for(outcome, 5)
        assert await reader.read() == b""


async def test_a_flow_that_fails_or_is_cancelled_hands_its_caller_back() -> None:
    async def answer(_: AgiCall) -> None:
        raise RuntimeError("a bug in the flow")

    async with called(answer) as (_, (reader, _writer)):
        assert await asyncio.wait_for(reader.read(), 5) == b""

    began = asyncio.Event()

    async def endless(_: AgiCall) -> None:
        began.set()
        await asyncio.get_running_loop().create_future()

    async with AgiServer("127.0.0.1", 0, endless) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(ENVIRONMENT)
        await began.wait()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_beyond_the_limit_callers_are_passed_on_at_once() -> None:
    async def endless(_: AgiCall) -> None:
        await asyncio.get_running_loop().create_future()

    async with AgiServer("127.0.0.1", 0, endless, callers=1) as server:
        first = await asyncio.open_connection("127.0.0.1", server.port)
        second = await asyncio.open_connection("127.0.0.1", server.port)
        assert await asyncio.wait_for(second[0].read(), 5) == b""
        first[1].close()
        second[1].close()


async def test_variables_travel_together_and_what_could_be_taken_for_more_goes_alone() -> None:
    async def answer(call: AgiCall) -> None:
        await call.set_variables({"BUSBAR_TOPIC": "balance", "BUSBAR_PATH": "menu=2;more", "BUSBAR_FLAGS": "a,vip",
                                  "BUSBAR_X": 'a"b', "BUSBAR_Y": ""})  # fmt: skip
        await call.set_variables({"BUSBAR_TOPIC": "balance"})

    lines = []
    async with called(answer) as (_, (reader, writer)):
        for _ in range(4):
            lines.append(await asyncio.wait_for(reader.readline(), 5))
            writer.write(b"200 result=0\n")
    assert lines == [
        b'EXEC "MSet" "\\"BUSBAR_TOPIC=balance\\",\\"BUSBAR_PATH=menu=2;more\\",\\"BUSBAR_FLAGS=a,vip\\""\n',
        b'SET VARIABLE "BUSBAR_X" "a\\"b"\n',
        b'SET VARIABLE "BUSBAR_Y" ""\n',
        b'SET VARIABLE "BUSBAR_TOPIC" "balance"\n',
    ]
