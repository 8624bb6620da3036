"""`busbar selfcheck`: one real call end to end, and how long each leg of it took (shell).

A subscriber of the base calls over SIP, proves his account in the menu and asks for an operator; a browser of our own
sits at a desk, shows the card, answers, hears and is heard, writes the contact up, and finds it in the timeline.
What runs already is used; what is missing is started by `busbar up` and ended again.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import db, passwords
from crm_core.access import Role
from crm_core.card import Candidate
from crm_core.settings import Settings
from crm_core.store import subscribers, users
from deploy import checkline, legs, witness
from deploy.checkline import CannotCheck
from deploy.figures import Figure
from deploy.legs import LegFailed, Legs
from routing.bus import read_floor
from routing.views import CallPhase, OperatorState
from telephony.phone import Phone

LOGIN: Final = "selfcheck"
"""The check's own operator: locked out between two checks, so that a hundred checks do not leave a hundred users."""
QUIET_SECONDS: Final = 60.0
"""How long callers who are on the line already may take to leave it."""
BEFORE_TALK: Final = frozenset({CallPhase.IVR, CallPhase.WAITING, CallPhase.RINGING, CallPhase.FALLBACK})


def run(settings: Settings) -> list[Figure]:
    """Make the call; return a figure for each leg, one that is not held when something did not happen.

    Args:
        settings: of the house that is checked.

    Raises:
        SystemExit: with code 2 when it cannot be tried here; standard error says in one sentence what to do.

    """
    try:
        program = witness.chromium()
        with checkline.running(settings) as present, checkline.sample_callers_off(present):
            return asyncio.run(_check(present, program))
    except (witness.ToolsMissing, CannotCheck) as refusal:
        print(f"busbar: {refusal}", file=sys.stderr)
        raise SystemExit(2) from None


async def _check(settings: Settings, program: Path) -> list[Figure]:
    engine = db.engine(settings, name="busbar-selfcheck", size=2)
    taken = Legs()
    try:
        number, account = await _subscriber(engine)
        await _quiet(settings)
        async with _operator(settings, engine) as (who, password), witness.browser(program) as page:
            try:
                await page.sign_in(f"http://{settings.web_host}:{settings.web_port}", LOGIN, password)
                with Phone(settings.sip_host, settings.sip_port) as phone:
                    caller = legs.Caller(settings, phone, number, account)
                    await legs.make(taken, caller, page, who.extension or "")
                taken.succeeded()
            finally:
                await page.leave()
    except LegFailed as failure:
        print(f"selfcheck: {failure}", file=sys.stderr)
        taken.failed()
    except _page_errors() as failure:
        print(f'selfcheck: after "{taken.last}" the page did not do what it should: {failure}', file=sys.stderr)
        taken.failed()
    finally:
        await engine.dispose()
    return taken.figures


def _page_errors() -> type[Exception]:
    from playwright.async_api import Error  # noqa: PLC0415 - there is one, or nobody comes here

    return Error


async def _subscriber(engine: AsyncEngine) -> tuple[str, Candidate]:
    """Pick a subscriber whose number leads to one account, so that the menu may recognise him.

    Raises:
        CannotCheck: the base has none.

    """
    async with db.reading(engine) as connection:
        for number in await subscribers.sample_numbers(connection, 50):
            found = await subscribers.by_phone(connection, number)
            if len(found) == 1:
                return number, found[0]
    raise CannotCheck("the base has no subscriber to call as: make some with busbar sample, or busbar import your own")


@asynccontextmanager
async def _operator(settings: Settings, engine: AsyncEngine) -> AsyncIterator[tuple[users.User, str]]:
    """Let the check's operator in under a fresh password; he is locked out again afterwards."""
    password = passwords.generated()
    async with db.transaction(engine) as connection:
        extension = await users.free_extension(connection, settings.first_extension, settings.lines)
        found = await users.by_login(connection, LOGIN)
        if found is None:
            new = users.NewUser(
                login=LOGIN, name="Self-check", role=Role.OPERATOR, password=password, extension=extension
            )
            found = await users.create(connection, new)
        else:
            await users.enable(connection, found.user_id, extension)
            await users.set_password(connection, found.user_id, password)
        found = await users.by_id(connection, found.user_id) or found
    try:
        yield found, password
    finally:
        async with db.transaction(engine) as connection:
            await users.disable(connection, found.user_id)


async def _quiet(settings: Settings) -> None:
    """Wait until nobody waits whom the check's operator would be given.

    Raises:
        CannotCheck: real operators are ready and would be given the check's call, or callers keep waiting.

    """
    deadline = time.monotonic() + QUIET_SECONDS
    redis = Redis.from_url(settings.redis_url)
    try:
        while True:
            now = await read_floor(redis)
            if now is not None:
                ready = [one.name for one in now.floor.operators if one.state is OperatorState.READY and one.phone_ok]
                if ready:
                    raise CannotCheck(
                        f"{', '.join(ready)} would be given the call of the self-check: "
                        "run it while no operator is ready"
                    )
                if not any(call.phase in BEFORE_TALK for call in now.floor.calls):
                    return
            if time.monotonic() > deadline:
                raise CannotCheck("callers are waiting and would be given to the self-check: run it when nobody waits")
            await asyncio.sleep(0.2)
    finally:
        await redis.aclose()
