"""FastAGI server: one caller, one connection, one coroutine that asks and waits (shell).

Asterisk connects when the dialplan runs `AGI(agi://…)`, tells about the channel, and then carries out one command
after the other. Whatever goes wrong here, the connection is closed and the dialplan goes on by itself.
https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/AGI_Commands/
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from telephony import text
from telephony.errors import AgiHungUp, HostileValue, OutcomeUnknown, SwitchRefused

log = logging.getLogger(__name__)

LINE_LIMIT: Final = 8192
"""Bytes of one line; Asterisk's own buffer for an answer is 2 kB, a variable's value may be longer."""
GREETING_LINES: Final = 100
"""Lines of `agi_…` variables; Asterisk sends about 25."""
GREETING_SECONDS: Final = 5.0
COMMAND_SECONDS: Final = 10.0
"""For an answer to a command that takes no time of its own."""
PLAY_SECONDS: Final = 120.0
"""For a prompt to end."""
CALLERS: Final = 500
APPLICATIONS: Final = frozenset({"UserEvent", "Playback", "SayNumber", "SayDigits", "Wait", "MusicOnHold", "NoOp"})
"""What `execute` may run: nothing that dials, writes files or starts programs."""
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\([A-Za-z0-9_,:./-]*\))?")
TOGETHER: Final = re.compile(r"[A-Za-z0-9_=.*#;:,+-]{1,512}")
"""Values that `MSet` takes for what they are."""
ANSWER: Final = re.compile(r"(\d{3})(?: result=(-?[^\s(]*)(?:\s*\((.*)\))?)?.*", re.DOTALL)

Answer = Callable[["AgiCall"], Awaitable[None]]
"""What is awaited for each caller; when it returns, the dialplan goes on after its AGI() line."""


@dataclass(frozen=True, slots=True)
class Digits:
    """What a caller keyed."""

    keys: str
    timed_out: bool
    """The caller stopped keying; False when `#` or the last expected digit ended it."""


class AgiCall:
    """One caller. Every method raises `AgiHungUp` once the caller is gone, `OutcomeUnknown` when Asterisk is silent.

    Methods are awaited one at a time; the channel belongs to this connection until `answer` returns.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, environment: Mapping[str, str]
    ) -> None:
        self.environment = environment
        """`agi_channel`, `agi_uniqueid`, `agi_callerid`, … as Asterisk sent them: hostile text."""
        self._reader = reader
        self._writer = writer
        self._gone = False

    @property
    def call_id(self) -> str:
        """Uniqueid of the caller's channel."""
        return text.tame(self.environment.get("agi_uniqueid", ""))

    @property
    def channel(self) -> str:
        """Name of the caller's channel."""
        return text.tame(self.environment.get("agi_channel", ""))

    @property
    def number(self) -> str:
        """Caller's number, tamed, "" when withheld."""
        return text.number(self.environment.get("agi_callerid", ""))

    @property
    def dialled(self) -> str:
        """The number the caller dialled."""
        return text.number(self.environment.get("agi_dnid", "")) or text.tame(self.environment.get("agi_extension", ""))

    @property
    def script(self) -> str:
        """Path of the `agi://` address: which flow is asked for."""
        return text.tame(self.environment.get("agi_network_script", ""))

    # --- commands --------------------------------------------------------------------------------

    async def pick_up(self) -> None:
        """Answer the channel."""
        await self._ask("ANSWER")

    async def say(self, file: str, escape: str = "") -> str:
        """Play a sound file, by path without suffix; return the key of `escape` that ended it, "" when none did.

        Raises:
            SwitchRefused: there is no such file; the caller heard nothing.

        """
        result, _ = await self._play("STREAM FILE", file, escape, seconds=PLAY_SECONDS)
        return _key(result)

    async def get_data(self, file: str, timeout_ms: int, digits: int) -> Digits:
        """Play a prompt that any key interrupts and collect at most `digits` keys; `#` ends early and is not returned.

        `timeout_ms` runs from the end of the prompt and anew after each key.

        Raises:
            SwitchRefused: there is no such file; the caller heard nothing.

        """
        seconds = PLAY_SECONDS + (timeout_ms / 1000 + 1) * (digits + 1)
        result, extra = await self._play("GET DATA", file, str(timeout_ms), str(digits), seconds=seconds)
        return Digits(keys=re.sub(r"[^0-9*#A-D]", "", result), timed_out=extra == "timeout")

    async def record(self, file: str, *, seconds: int, silence: int) -> str:
        """Record the caller into `file`.wav until a key, silence, or the time is up; return the key, "" for none.

        `file` is a path without suffix that Asterisk may write.

        Raises:
            AgiHungUp: he hung up; what he said until then is in the file.
            SwitchRefused: Asterisk cannot write there.

        """
        asked = (file, "wav", "0123456789*#", str(seconds * 1000), "0", f"s={silence}")
        result, extra = await self._ask("RECORD FILE", *asked, seconds=seconds + COMMAND_SECONDS, failed_is_gone=False)
        if result == "-1":
            await self._ask("CHANNEL STATUS")
            raise SwitchRefused("the file cannot be written")
        return _key(result) if "dtmf" in extra else ""

    async def _play(self, command: str, *arguments: str, seconds: float) -> tuple[str, str]:
        """Run a command that plays a file; it says -1 both when the caller is gone and when the file is missing."""
        result, extra = await self._ask(command, *arguments, seconds=seconds, failed_is_gone=False)
        if result == "-1":
            await self._ask("CHANNEL STATUS")  # a caller who hung up ends it here
            raise SwitchRefused("there is no such sound file, or it cannot be played")
        return result, extra

    async def wait_for_digit(self, timeout_ms: int) -> str:
        """Wait for one key; "" when none came in time."""
        result, _ = await self._ask("WAIT FOR DIGIT", str(timeout_ms), seconds=timeout_ms / 1000 + COMMAND_SECONDS)
        return _key(result)

    async def variable(self, name: str) -> str:
        """Value of a channel variable or function; "" when it is not set. Hostile text."""
        result, value = await self._ask("GET VARIABLE", _named(name))
        return value if result == "1" else ""

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable."""
        await self._ask("SET VARIABLE", _named(name), value)

    async def set_variables(self, values: Mapping[str, str]) -> None:
        """Set several channel variables, in one command where their values let them travel together.

        They are not sent one upon the other instead: Asterisk reads ahead and then waits for what it has read.
        """
        together = {name: value for name, value in values.items() if TOGETHER.fullmatch(value)}
        if len(together) > 1:
            pairs = ",".join(f'"{_named(name)}={value}"' for name, value in together.items())
            await self._ask("EXEC", "MSet", pairs)
        for name, value in values.items():
            if len(together) <= 1 or name not in together:
                await self.set_variable(name, value)

    async def execute(self, application: str, *arguments: str) -> None:
        """Run a dialplan application of `APPLICATIONS`; arguments are joined by commas.

        Raises:
            HostileValue: another application, or a comma, quote or `${` inside an argument.
            SwitchRefused: Asterisk has no such application.

        """
        if application not in APPLICATIONS:
            raise HostileValue("an AGI call may not run this application")
        if any(set('",\\') & set(argument) or "${" in argument or "$[" in argument for argument in arguments):
            raise HostileValue(f"an argument of {application} would be taken for something else")
        result, _ = await self._ask("EXEC", application, ",".join(arguments), seconds=PLAY_SECONDS)
        if result == "-2":
            raise SwitchRefused(f"Asterisk has no application {application}")

    async def verbose(self, message: str, level: int = 1) -> None:
        """Write to Asterisk's console."""
        await self._ask("VERBOSE", text.tame(message), str(level))

    async def hang_up(self) -> None:
        """Hang up on the caller."""
        await self._ask("HANGUP")

    # --- the wire --------------------------------------------------------------------------------

    async def _ask(
        self, command: str, *arguments: str, seconds: float = COMMAND_SECONDS, failed_is_gone: bool = True
    ) -> tuple[str, str]:
        """Send one command; return its result and what stood beside it in brackets."""
        if self._gone:
            raise AgiHungUp(f"{command} after the caller hung up")
        line = " ".join((command, *(_quoted(argument, command) for argument in arguments)))
        try:
            async with asyncio.timeout(seconds):
                self._writer.write(line.encode() + b"\n")
                await self._writer.drain()
                answer = await self._answer()
        except TimeoutError:
            self._gone = True  # a late answer would be taken for the next command's
            raise OutcomeUnknown(f"AGI command {command} not answered in {seconds:g} s") from None
        except OSError as error:
            self._gone = True
            raise AgiHungUp(f"connection lost during {command}: {error}") from None
        return self._meaning(command, answer, failed_is_gone)

    async def _answer(self) -> str:
        """Read one answer, whatever Asterisk puts before it.

        Raises:
            OutcomeUnknown: the peer is out of step; nothing it says can be believed any more.

        """
        line = await self._line()
        while line.startswith("100") or line == "HANGUP" or not line:
            self._gone = self._gone or line == "HANGUP"
            line = await self._line()
        if line.startswith("520-"):  # usage text over many lines, then "520 End of proper usage."
            return await self._read_on(line, lambda text_line: text_line.startswith("520 "))
        if line.startswith("200 result=1 (") and not line.endswith(")"):  # a variable's value holds line breaks
            return await self._read_on(line, lambda text_line: text_line.endswith(")"))
        if not line[:3].isdigit():
            self._gone = True
            raise OutcomeUnknown("Asterisk's answer is not one")
        return line

    async def _read_on(self, line: str, last: Callable[[str], bool]) -> str:
        lines = [line]
        while not last(lines[-1]):
            lines.append(await self._line())
        return lines[-1] if lines[-1].startswith("520 ") else "\n".join(lines)

    async def _line(self) -> str:
        try:
            raw = await self._reader.readline()
        except ValueError:
            self._gone = True
            raise OutcomeUnknown(f"Asterisk sent a line of more than {LINE_LIMIT} bytes") from None
        if not raw.endswith(b"\n"):
            self._gone = True
            raise AgiHungUp("Asterisk closed the connection")
        return raw.decode("utf-8", "replace").strip("\r\n ")

    def _meaning(self, command: str, answer: str, failed_is_gone: bool) -> tuple[str, str]:
        found = ANSWER.fullmatch(answer)
        code, result, extra = (found[1], found[2] or "", found[3] or "") if found else ("", "", "")
        failed = code == "200" and result == "-1" and failed_is_gone
        if self._gone or failed or code == "511" or extra == "hangup":
            self._gone = True
            raise AgiHungUp(f"the caller hung up during {command}")
        if code != "200":
            raise SwitchRefused(f"AGI command {command} refused: {text.tame(answer, 200)}")
        return result, extra


def _quoted(argument: str, command: str) -> str:
    text.checked(argument, f"an argument of {command}")
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _named(name: str) -> str:
    if not NAME.fullmatch(name):
        raise HostileValue("this is not the name of a variable")
    return name


def _key(result: str) -> str:
    """Asterisk names a key by its ASCII code, 0 for none."""
    return chr(int(result)) if result.isdigit() and 0 < int(result) < 128 else ""


class AgiServer:
    """Listens and serves callers, each in its own task; leaving the context hangs up on nobody: dialplans go on."""

    def __init__(self, host: str, port: int, answer: Answer, callers: int = CALLERS) -> None:
        self._host = host
        self.port = port
        """The port listened on, also when 0 was asked for."""
        self._answer = answer
        self._limit = callers
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, self._host, self.port, limit=LINE_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def callers(self) -> int:
        """How many are served now."""
        return len(self._tasks)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Start a task per caller; beyond the limit the dialplan goes on at once and queues the caller."""
        if len(self._tasks) >= self._limit:
            log.error("more than %d callers at once: passing one on unserved", self._limit)
            writer.close()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            environment = await _read_environment(reader)
            if environment:
                await self._answer(AgiCall(reader, writer, environment))
        except AgiHungUp as gone:
            log.debug("caller gone: %s", gone)
        except (OSError, TimeoutError, ValueError) as error:
            log.warning("an AGI connection broke: %s", error)
        except Exception:  # one caller's failure is nobody else's; the dialplan takes the caller to the queue
            log.exception("serving a caller failed")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _read_environment(reader: asyncio.StreamReader) -> dict[str, str]:
    """Read the `agi_…: value` lines; {} when the peer went away or does not speak AGI.

    Raises:
        TimeoutError: the peer connected and says nothing.
        ValueError: an oversized line.

    """
    environment: dict[str, str] = {}
    async with asyncio.timeout(GREETING_SECONDS):
        for _ in range(GREETING_LINES):
            raw = await reader.readline()
            if not raw.endswith(b"\n"):
                return {}
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if not line:
                return environment
            key, colon, value = line.partition(":")
            if not colon or not key.startswith("agi_"):
                return {}
            environment.setdefault(key, value.strip())
    return {}


async def serve(host: str, port: int, answer: Answer, callers: int = CALLERS) -> None:
    """Serve FastAGI until cancelled."""
    async with AgiServer(host, port, answer, callers):
        await asyncio.get_running_loop().create_future()
