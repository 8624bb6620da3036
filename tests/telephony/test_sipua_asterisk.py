"""The tests' own SIP telephone does against a real Asterisk what the tests of the floor need."""

from __future__ import annotations

import pytest

from crm_core.lines import sip_password
from telephony.ami import AmiSwitch
from telephony.events import BridgeJoined, CallMarked, LegEnded, LegHeld, LegResumed, LegRinging, LinkUp, Mark
from tests.support.sipua import SipUa
from tests.telephony.conftest import TrialAsterisk
from tests.telephony.diary import Diary
from tests.telephony.test_ami_asterisk import originate

pytestmark = pytest.mark.integration


async def test_it_calls_hears_itself_and_presses_keys(trial: TrialAsterisk, diary: Diary) -> None:
    async with SipUa("caller", trial.sip) as phone:
        echo = await phone.dial("901", caller="79990000001", name="Иванов")
        await echo.reaches("up")
        echo.say()
        await echo.hears(20)
        echo.hang_up()
        keys = await phone.dial("902", caller="79990000001")
        await keys.reaches("up")
        keys.press("14709#")
        assert (await diary.one(CallMarked, mark=Mark.SERVED)).fields["Path"] == "14709"
        await keys.reaches("ended")


async def test_a_registered_phone_rings_answers_holds_and_hangs_up(
    trial: TrialAsterisk, switch: AmiSwitch, diary: Diary
) -> None:
    password = sip_password(trial.settings.sip_secret, "101")
    async with SipUa("desk101", trial.sip, password) as phone:
        await phone.register()
        node = (await diary.one(LinkUp)).node
        command = originate(node, "PJSIP/desk101", **{"PJSIP_HEADER(add,X-Busbar-Call)": "main-1.1"})
        await switch.obey(command)
        call = await phone.incoming()
        await diary.one(LegRinging, leg=command.leg)
        assert call.header("X-Busbar-Call") == "main-1.1"
        call.answer()
        await call.reaches("up")
        call.hold()
        await diary.one(LegHeld, leg=command.leg)
        call.resume()
        await diary.one(LegResumed, leg=command.leg)
        call.hang_up()
        await diary.one(LegEnded, leg=command.leg)
        await phone.register(0)


async def test_refusing_and_giving_up(trial: TrialAsterisk, switch: AmiSwitch, diary: Diary) -> None:
    password = sip_password(trial.settings.sip_secret, "102")
    async with SipUa("desk102", trial.sip, password) as phone, SipUa("caller", trial.sip) as subscriber:
        await phone.register()
        command = originate((await diary.one(LinkUp)).node, "PJSIP/desk102")
        await switch.obey(command)
        (await phone.incoming()).reject()
        ended = await diary.one(LegEnded, leg=command.leg)
        assert (ended.cause, ended.tech_cause) == (17, "486")
        ringing = await subscriber.dial("904")
        await ringing.reaches("ringing")
        ringing.hang_up()
        await ringing.reaches("ended")
        assert ringing.status == 487
        assert not diary.all(BridgeJoined)
