"""The FastAGI server against a real Asterisk."""

from __future__ import annotations

import asyncio

import pytest

from telephony.agi import AgiCall, AgiServer, Digits
from telephony.ami import AmiSwitch
from telephony.commands import HangUp
from telephony.errors import AgiHungUp, SwitchRefused
from telephony.events import CallMarked, LegCreated, LinkUp, Mark
from tests.telephony.conftest import TrialAsterisk
from tests.telephony.diary import Diary
from tests.telephony.test_ami_asterisk import originate

pytestmark = pytest.mark.integration


async def test_a_flow_sets_variables_plays_and_hands_the_caller_back(
    switch: AmiSwitch, diary: Diary, trial: TrialAsterisk
) -> None:
    seen: dict[str, object] = {}

    async def answer(call: AgiCall) -> None:
        seen.update(id=call.call_id, script=call.script, dialled=call.dialled)
        await call.set_variable("BUSBAR_PATH", 'menu="1";x')
        seen["path"] = await call.variable("BUSBAR_PATH")
        several = {"BUSBAR_TOPIC": "balance", "BUSBAR_FLAGS": "debt,vip", "BUSBAR_ODD": 'a, "b"', "BUSBAR_WAY": "a=1;b"}
        await call.set_variables(several)
        seen["several"] = {name: await call.variable(name) for name in several} == several
        seen["unset"] = await call.variable("BUSBAR_NOTHING")
        with pytest.raises(SwitchRefused, match="no such sound"):
            await call.say("there-is-no-such-prompt")
        with pytest.raises(SwitchRefused, match="no such sound"):
            await call.get_data("there-is-no-such-prompt", 100, 4)
        seen["key"] = await call.say("beep", "0123456789")
        seen["digit"] = await call.wait_for_digit(50)
        seen["data"] = await call.get_data("beep", 100, 4)
        with pytest.raises(SwitchRefused, match="usage"):
            await call._ask("SAY NUMBER")
        await call.verbose("still in step")
        seen["epoch"] = await call.variable("EPOCH")
        await call.execute("UserEvent", "BusbarArrived", "Dialled: 100")

    async with AgiServer(trial.settings.agi_host, trial.settings.agi_port, answer):
        command = originate((await diary.one(LinkUp)).node, "Local/906@inbound")
        await switch.obey(command)
        arrived = await diary.one(CallMarked, mark=Mark.ARRIVED)
        served = await diary.one(CallMarked, mark=Mark.SERVED)
        await switch.obey(HangUp(node=command.node, channel=served.channel))
    assert served.fields["Path"] == "menu=1;x"  # UserEvent() takes quotes for its own
    assert seen["id"] == served.leg == arrived.leg
    assert seen["script"] == "flow"
    assert seen["path"] == 'menu="1";x'
    assert seen["several"] is True
    assert (seen["dialled"], seen["data"]) == ("906", Digits(keys="", timed_out=True))
    assert (seen["unset"], seen["key"], seen["digit"]) == ("", "", "")
    assert str(seen["epoch"]).isdigit()


async def test_a_caller_who_hangs_up_ends_the_flow(switch: AmiSwitch, diary: Diary, trial: TrialAsterisk) -> None:
    began = asyncio.Event()
    gone: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def answer(call: AgiCall) -> None:
        began.set()
        try:
            await call.get_data("demo-congrats", 30_000, 8)
        except AgiHungUp:
            gone.set_result(True)
            raise

    async with AgiServer(trial.settings.agi_host, trial.settings.agi_port, answer):
        command = originate((await diary.one(LinkUp)).node, "Local/906@inbound")
        await switch.obey(command)
        created = await diary.one(LegCreated, leg=command.leg)
        await began.wait()
        await switch.obey(HangUp(node=command.node, channel=created.channel))
        assert await asyncio.wait_for(gone, 5)
