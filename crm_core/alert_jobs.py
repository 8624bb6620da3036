"""Tells alerts where the house wants them told: mail by the outbox, other programs by a signed POST (shell)."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock, webhook
from crm_core.alerting import SIGNATURE, Channel, DeliveryStep, body, next_step, signature
from crm_core.db import engine as open_engine
from crm_core.db import reading, transaction
from crm_core.settings import Settings
from crm_core.store import alerting, phone_service
from crm_core.store.alerting import Told
from crm_core.store.phone_service import NewLetter

WORDS = {
    "longest_wait": "Longest wait in queue {subject}",
    "service_level": "Calls answered in time in queue {subject}",
    "abandonment": "Callers who gave up in queue {subject}",
    "wrap_up": "An operator writes up for long",
    "node": "Telephone exchange {subject} does not answer",
    "trunk": "Trunk {subject} does not answer",
    "recording": "Recordings failed",
    "import": "The last import failed",
}
"""Subjects of mails; whoever runs the house's monitoring reads them, so they are not translated."""


def deliver() -> int:
    """Tell what is due (job); returns how many words were taken."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    return asyncio.run(_delivered(settings))


async def _delivered(settings: Settings) -> int:
    engine = open_engine(settings, name="busbar alerts", size=1)
    try:
        return await tell_due(engine, settings)
    finally:
        await engine.dispose()


async def tell_due(engine: AsyncEngine, settings: Settings) -> int:
    """Tell what is due; one that is not taken keeps no other waiting longer than a try takes."""
    async with reading(engine) as db:
        found = await alerting.due(db, clock.now())
    taken = 0
    for one in found:
        taken += await (_mail(engine, settings, one) if one.channel is Channel.EMAIL else _post(engine, settings, one))
    return taken


async def _mail(engine: AsyncEngine, settings: Settings, one: Told) -> bool:
    state = "over" if one.word.over else "raised"
    said = WORDS[one.word.kind].format(subject=one.word.subject)
    letter = NewLetter(
        channel="email", address=one.address, subject=f"{settings.utility}: {said}: {state}",
        body=f"{said}.\n{state}: {one.word.at.isoformat(timespec='seconds')}", language="en", account_id=None,
        once=f"alert-{one.delivery_id}",
    )  # fmt: skip
    async with transaction(engine) as db:
        await phone_service.send_later(db, letter)
        return await alerting.stepped(db, one, DeliveryStep.SEND, clock.now())


async def _post(engine: AsyncEngine, settings: Settings, one: Told) -> bool:
    sent = body(one.word, one.delivery_id)
    headers = {SIGNATURE: signature(one.secret, sent, clock.now())}
    try:
        await asyncio.to_thread(webhook.post, one.address, sent, headers, settings.alert_hosts)
    except webhook.NotDelivered as error:
        step, pause = next_step(one.tries + 1)
        now = clock.now()
        async with transaction(engine) as db:
            await alerting.stepped(db, one, step, now, next_at=now + pause if pause else None, trouble=str(error))
        return False
    async with transaction(engine) as db:
        return await alerting.stepped(db, one, DeliveryStep.SEND, clock.now())
