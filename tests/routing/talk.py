"""A talk to pass on or to ask somebody about: real telephones, a real Asterisk with a trunk, a real floor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from crm_core.settings import Settings
from deploy import ports
from routing import bus
from routing.views import CallPhase, FloorView, OperatorId, OperatorState
from routing.wishes import Consult, PassOn, Settle
from telephony import rtp
from tests.routing.process import Station, now, operator_of
from tests.support.servers import AsteriskServer, node_settings, short_folder
from tests.support.sipua import SipCall, SipUa
from tests.support.waiting import eventually

QUICK = {"offer_seconds": 3, "rejoin_seconds": 4, "wrap_up_seconds": 30, "outward_ring_seconds": 3}
OURS = "+74951110000"
CALLER = "9161230001"
"""End of the number that `Station.caller` calls from."""


class OutsidePhone(SipUa):
    """A telephone of the public network, where the trunk leads."""

    def __init__(self, settings: Settings, port: int | None = None) -> None:
        super().__init__("outside", (settings.sip_host, settings.sip_port))
        self.own = port or int(settings.outward_uri.rpartition(":")[2])

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", self.own))
        self.transport, self.port = transport, self.own
        return self


@contextmanager
def trunked(database_url: str, redis_url: str) -> Iterator[AsteriskServer]:
    """Run an Asterisk with a trunk to the public network, which is a telephone of the test."""
    with short_folder() as folder:
        trunk = f"127.0.0.1:{ports.free_port(udp=True)}"
        server = AsteriskServer(
            node_settings(folder, database_url, redis_url, outward_uri=trunk, outward_number=OURS, **QUICK)
        )
        server.start()
        yield server
        server.stop()


class Talk:
    """Anna talks to a caller; Boris is free."""

    def __init__(self, house: Station) -> None:
        self.house = house

    async def begin(self) -> Talk:
        self.anna, self.anna_phone = await self.house.operator("anna", "101")
        self.caller = await self.house.caller()
        self.first = await self.anna_phone.incoming()
        self.first.answer()
        self.boris, self.boris_phone = await self.house.operator("boris", "102")
        floor = await self.house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
        self.call_id = floor.calls[0].call_id
        await speak(self.first, self.caller)
        return self

    async def pass_on(self, **more: object) -> None:
        wish = PassOn(wish_id="p", operator_id=self.anna, at=now(), call_id=self.call_id, **more)  # type: ignore[arg-type]
        await bus.send_wish(self.house.redis, wish)

    async def ask(self, **more: object) -> None:
        wish = Consult(wish_id="k", operator_id=self.anna, at=now(), call_id=self.call_id, **more)  # type: ignore[arg-type]
        await bus.send_wish(self.house.redis, wish)

    async def settle(self, what: str) -> None:
        wish = Settle(wish_id="s", operator_id=self.anna, at=now(), call_id=self.call_id, what=what)  # type: ignore[arg-type]
        await bus.send_wish(self.house.redis, wish)

    async def stage(self, stage: str) -> FloorView:
        def there(floor: FloorView) -> object:
            return floor.calls and floor.calls[0].consult is not None and floor.calls[0].consult.stage == stage

        return await self.house.sees(there, stage)

    async def alone(self) -> FloorView:
        return await self.house.sees(lambda floor: floor.calls and floor.calls[0].consult is None, "nobody is asked")

    async def state(self, who: OperatorId, state: OperatorState, seconds: float = 10) -> FloorView:
        return await self.house.sees(lambda floor: operator_of(floor, who).state is state, f"{who} is {state}", seconds)

    async def phase(self, phase: CallPhase, seconds: float = 10) -> FloorView:
        return await self.house.sees(lambda floor: floor.calls and floor.calls[0].phase is phase, phase, seconds)


async def found_there(node: AsteriskServer, endpoint: str) -> None:
    """Wait until Asterisk has found the telephone where a trunk leads: it was away since the test before."""
    await node.plan.ask(f"pjsip qualify {endpoint}")

    async def there() -> bool:
        return " Avail " in await node.plan.ask(f"pjsip show aor {endpoint}")

    await eventually(there, 10, "the trunk is there")


def shows_ours(far: SipCall) -> bool:
    """Whether the telephone outside is shown our number and, in whatever header, nothing of the caller (AC07)."""
    headers = [value for _, value in far._invite().headers]
    return OURS in far.header("from") and not any(CALLER in value for value in headers)


async def speak(one: SipCall, other: SipCall) -> None:
    """Wait until one speaks and the other hears it, both ways round."""
    for speaker, listener in ((one, other), (other, one)):
        for _ in range(3):
            speaker.say()
        await listener.hears(5)


async def music(call: SipCall) -> None:
    """Wait until half a second without a pause was heard, which nobody said."""
    await eventually(lambda: sum(level > rtp.AUDIBLE for level in call.heard.levels) >= 45, 10, "music")


async def either(talk: Talk) -> SipCall | None:
    for phone in (talk.anna_phone, talk.boris_phone):
        if not phone._arrived.empty():
            call = phone._arrived.get_nowait()
            if call.state == "ringing":
                return call
    return None


async def silent(call: SipCall, frames: int = 25) -> None:
    """Wait until half a second came without any sound."""
    await eventually(
        lambda: len(call.heard.levels) >= frames and max(list(call.heard.levels)[-frames:]) <= rtp.AUDIBLE,
        10,
        "silence",
    )
