"""Recording on a real Asterisk."""

from __future__ import annotations
import array, asyncio
from collections.abc import AsyncIterator
import pytest
from crm_core.settings import Settings
from routing.views import CallPhase
from telephony.agi import AgiCall, AgiServer
from tests.routing.process import Station, station
from tests.support.servers import AsteriskServer

pytestmark = pytest.mark.integration


async def answer(call: AgiCall) -> None:
    await call.set_variable("BUSBAR_RECORD", "7")
    await call.set_variable("BUSBAR_IVR", "queue")


async def test_x(settings: Settings, asterisk: AsteriskServer) -> None:
    async with station(settings) as house, AgiServer(settings.agi_host, settings.agi_port, answer):
        who, phone = await house.operator("anna", "101")
        caller = await house.caller()
        ring = await phone.incoming()
        ring.answer()
        await ring.reaches("up")
        await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
        ring.say()
        await asyncio.sleep(4)
        caller.hang_up()
        await asyncio.sleep(2)
        for f in (settings.run_dir / "asterisk/spool/calls").iterdir():
            d = f.read_bytes()
            print(f.name, len(d))
            import shutil

            shutil.copy(f, "/tmp/rec")
            a = array.array("h", d)
            l, r = a[0::2], a[1::2]
            print(len(l) / 8000, max(map(abs, l)), max(map(abs, r)))
        print(asterisk.log()[-3000:])
