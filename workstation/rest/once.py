"""Requests that change something, carried out once however often they are sent (shell)."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.responses import JSONResponse

from crm_core.db import Writing, transaction
from crm_core.store import answers
from workstation.deps import parts_of
from workstation.rest.caller import Caller

Out = TypeVar("Out", bound=BaseModel)
REPLAYED = {"idempotency-replayed": "true"}


class Once:
    """Carries out one unsafe request in one transaction; with an `Idempotency-Key` at most once."""

    def __init__(self, engine: AsyncEngine, key: str | None, asked: str) -> None:
        self._engine = engine
        self._key = key
        self._asked = asked

    async def run(self, caller: Caller, work: Callable[[Writing], Awaitable[Out]], status: int = 200) -> JSONResponse:
        """Do the work and return its answer, or the answer that the same request got before.

        Raises:
            KeyReused: the key came with another request before.

        """
        async with transaction(self._engine) as db:
            if self._key is None:
                return JSONResponse((await work(db)).model_dump(mode="json"), status_code=status)
            known = await answers.claim(db, caller.owner, self._key, self._asked)
            if known is not None:
                return JSONResponse(known.body, status_code=known.status, headers=REPLAYED)
            body = (await work(db)).model_dump(mode="json")
            await answers.give(db, caller.owner, self._key, answers.Answer(status=status, body=body))
            return JSONResponse(body, status_code=status)


async def once(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=80,
            pattern=r"^[\x21-\x7e]+$",
            description="Chosen by you; the same key with the same request within two days is answered as the first"
            " time and changes nothing.",
        ),
    ] = None,
) -> Once:
    """Read the request's key and fingerprint."""
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    return Once(parts_of(request).engine, idempotency_key, hashlib.sha256(said).hexdigest())


OnceDep = Annotated[Once, Depends(once)]
