"""The process `busbar web`: one uvicorn server in the foreground (shell)."""

from __future__ import annotations

import asyncio
import socket

import uvicorn

from crm_core import logs, pauses
from crm_core.settings import Settings
from workstation.app import create_app, open_parts, sealed
from workstation.deps import Parts
from workstation.sockets import FRAME_LIMIT

GOODBYE_SECONDS = 5
"""After SIGTERM, for requests and sockets to end."""


class Server(uvicorn.Server):
    """Says `ready: web` once it listens, closes sockets so that pages reconnect at once."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if self.started:
            pauses.shorten()
            print("ready: web", flush=True)  # noqa: T201 - the word `busbar up` waits for


def config(parts: Parts) -> uvicorn.Config:
    """Return how the server is run."""
    settings = parts.settings
    return uvicorn.Config(
        sealed(create_app(parts)),
        host=settings.web_host,
        port=settings.web_port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=FRAME_LIMIT,
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        # Its loggers speak through ours.
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        lifespan="on",
    )


def main(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    logs.begin()
    server = Server(config(open_parts(settings)))
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(server.serve())
    if not server.started:
        raise SystemExit(1)
