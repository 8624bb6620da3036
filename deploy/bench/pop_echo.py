"""What nobody can be faster than, for `bench pop`: one prepared query and one websocket, nothing else (shell)."""

from __future__ import annotations

import asyncio
import signal
from datetime import date

import psycopg
import uvloop
from websockets.asyncio.server import ServerConnection, serve

from crm_core.db import SERVER_OPTIONS, address
from crm_core.store.card_statement import CARD
from crm_core.store.cards import TIMELINE


def main(database_url: str, port: int) -> None:
    """Answer each account id with its card as JSON, until SIGTERM."""
    uvloop.run(_serve(database_url, port))


async def _serve(database_url: str, port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    conninfo = address(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    options = " ".join(f"-c {option}={value}" for option, value in SERVER_OPTIONS.items())
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, prepare_threshold=0, options=options
    ) as db:

        async def answer(socket: ServerConnection) -> None:
            async for message in socket:
                parameters = {"account_id": int(message), "today": date.today(), "timeline": TIMELINE}  # noqa: DTZ011
                found = await (await db.execute(CARD, parameters)).fetchone()
                await socket.send(found[0] if found else "")

        async with serve(answer, "127.0.0.1", port, compression=None):
            await stop.wait()
