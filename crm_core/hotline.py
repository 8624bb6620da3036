"""Hot lines: connections to PostgreSQL kept open, prepared and free for who is in a hurry (shell).

For one statement that a ringing telephone waits for. It is prepared when a line opens; a question is a packet written
at once, before the event loop turns; its answer is made into a value in the turn that brought it. psycopg's own way to
a row is general and long, and code that lay idle while others had the caches costs three times its time: that way took
as long again as PostgreSQL did. Who finds no line free asks over the pool, so nobody waits for a line.
https://www.postgresql.org/docs/current/libpq-async.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Generic, LiteralString, TypeVar

import psycopg
from psycopg import sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy.engine import URL

from crm_core.db import SERVER_OPTIONS, named_errors
from crm_core.errors import CrmError

Made = TypeVar("Made")
SIZE: Final = 3
"""Lines of a process; on two cores more questions at once only slow each other down."""
AGAIN_SECONDS: Final = 1.0
"""Between two tries to open lines that were lost."""
STATEMENT: Final = "hurried"
OPTIONS: Final = {
    **SERVER_OPTIONS,
    "default_transaction_read_only": "on",
    # The statement goes by keys whatever it is asked: the first question need not be planned either.
    "plan_cache_mode": "force_generic_plan",
}


@dataclass(eq=False, slots=True)
class _Line(Generic[Made]):
    """One connection, and who waits for its answer."""

    link: psycopg.AsyncConnection[Any]
    socket: int
    """Kept, since a connection that broke does not say it any more."""
    asker: asyncio.Future[Made] | None = None
    """None while the line is free; one who went away meanwhile is still here until the answer came."""
    result: PGresult | None = None


class HotLines(Generic[Made]):
    """A few lines for one statement; lost ones are opened anew.

    Args:
        url: of the database.
        statement: with `$1`, `$2` … and their types; asks for one value of text.
        make: what is made of the value; of None when there is no row.
        name: `application_name`, what `pg_stat_activity` shows.

    """

    def __init__(self, url: URL, statement: LiteralString, make: Callable[[bytes | None], Made], *, name: str) -> None:
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._statement = statement
        self._make = make
        self._name = name
        self._lines: set[_Line[Made]] = set()
        self._free: list[_Line[Made]] = []
        """The line used last comes first: the server's side of it has its caches warm."""
        self._opening: asyncio.Task[None] | None = None
        self._closed = False

    def ask(self, parameters: Sequence[bytes]) -> asyncio.Future[Made] | None:
        """Send the question now and return what its answer will be; None when no line is free.

        Args:
            parameters: as PostgreSQL reads them from text.

        The future raises:
            DatabaseUnavailable: the line was cut in the middle.
            DatabaseTooSlow: the server gave up.

        """
        if len(self._lines) < SIZE:
            self._open_again()
        if not self._free:
            return None
        line = self._free.pop()
        try:
            line.link.pgconn.send_query_prepared(STATEMENT.encode(), parameters)
            stuck = line.link.pgconn.flush()
        except psycopg.OperationalError as error:
            self._lose(line, error)
            return None
        if stuck:
            self._lose(line, psycopg.OperationalError("the server takes nothing any more"))
            return None
        line.asker = asyncio.get_running_loop().create_future()
        return line.asker

    async def open(self) -> None:
        """Open the lines that are missing and let the server plan the statement on each.

        Raises:
            DatabaseUnavailable: the server is away.

        """
        while len(self._lines) < SIZE and not self._closed:
            with named_errors():
                link = await self._connect()
            line = _Line[Made](link, link.pgconn.socket)
            self._lines.add(line)
            self._free.append(line)
            asyncio.get_running_loop().add_reader(line.socket, self._hear, line)

    async def close(self) -> None:
        """Close every line; who still waits for an answer is told that the server is away."""
        self._closed = True
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        for line in list(self._lines):
            self._lose(line, psycopg.OperationalError("the line is closed"))

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        options = " ".join(f"-c {option}={value}" for option, value in OPTIONS.items())
        link = await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, application_name=self._name, connect_timeout=5, options=options
        )
        try:
            await link.execute(sql.SQL("prepare {} as ").format(sql.Identifier(STATEMENT)) + sql.SQL(self._statement))
        except BaseException:
            await link.close()
            raise
        return link

    def _open_again(self) -> None:
        async def opening() -> None:
            with suppress(CrmError):
                await self.open()
            # A server that is away is not asked for a line with every question.
            await asyncio.sleep(AGAIN_SECONDS)

        if not self._closed and (self._opening is None or self._opening.done()):
            self._opening = asyncio.create_task(opening())

    def _hear(self, line: _Line[Made]) -> None:
        """Take in what the server sent; a server that goes away says so here, too, while nobody asks."""
        pgconn = line.link.pgconn
        try:
            pgconn.consume_input()
        except psycopg.OperationalError as error:
            self._lose(line, error)
            return
        while line.asker is not None and not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                self._answer(line)
            else:
                line.result = result

    def _answer(self, line: _Line[Made]) -> None:
        asker, result = line.asker, line.result
        line.asker = line.result = None
        self._free.append(line)
        if asker is None or asker.done():
            return
        try:
            asker.set_result(self._make(_value(result)))
        except Exception as error:  # noqa: BLE001 -- it belongs to who asked, not to the event loop
            asker.set_exception(error)

    def _lose(self, line: _Line[Made], cause: psycopg.OperationalError) -> None:
        asyncio.get_running_loop().remove_reader(line.socket)
        line.link.pgconn.finish()
        self._lines.discard(line)
        if line in self._free:
            self._free.remove(line)
        if line.asker is not None and not line.asker.done():
            try:
                with named_errors():
                    raise cause
            except CrmError as error:
                line.asker.set_exception(error)


def _value(result: PGresult | None) -> bytes | None:
    """Return the first column of the first row, None without a row.

    Raises:
        CrmError: the server was too slow, or is going away.
        psycopg.Error: it could not answer for another reason, such as a mistake of ours.

    """
    if result is None:
        raise psycopg.InternalError("an answer without a result")
    if result.status != ExecStatus.TUPLES_OK:
        with named_errors():
            raise error_from_result(result)
    return result.get_value(0, 0) if result.ntuples else None
