"""A supervisor in a talk, over real telephones and a real Asterisk: who hears whom, by a tone of each party's own."""

from __future__ import annotations

from contextlib import suppress

import pytest

from crm_core.lines import sip_password
from routing import bus
from routing.views import CallPhase, HelpView, How, OperatorId, OperatorState
from routing.wishes import EndHelp, Help, PauseRecording, ResumeRecording, TakeOver
from tests.routing.process import Station, now, operator_of
from tests.routing.talk import Talk
from tests.routing.trunk import house, node
from tests.support.sipua import SipCall, SipUa
from tests.support.tones import hear
from tests.support.waiting import eventually

__all__ = ["house", "node"]
pytestmark = pytest.mark.integration
SOFIA = OperatorId(9001)
EXTENSION = "103"
TONES = {"caller": 440.0, "anna": 700.0, "sofia": 1100.0}


class Helped:
    """Anna talks to a caller; Sofia, her supervisor, has a telephone."""

    def __init__(self, house: Station) -> None:
        self.house = house
        self.talk = Talk(house)

    async def begin(self) -> Helped:
        talk = await self.talk.begin()
        self.anna, self.call_id = talk.anna, talk.call_id
        settings = self.house.settings
        password = sip_password(settings.sip_secret, EXTENSION)
        phone = SipUa(f"desk{EXTENSION}", (settings.sip_host, settings.sip_port), password)
        self.phone = await self.house.stack.enter_async_context(phone)
        await self.phone.register()
        self.house.stack.push_async_callback(_unregister, self.phone)
        self.calls: dict[str, SipCall] = {"caller": talk.caller, "anna": talk.first}
        return self

    async def help(self, how: How) -> None:
        wish = Help(
            wish_id="h", operator_id=SOFIA, at=now(), by_name="Sofia", extension=EXTENSION, target=self.anna,
            call_id=self.call_id, how=how,
        )  # fmt: skip
        await bus.send_wish(self.house.redis, wish)

    async def come_in(self, how: How) -> None:
        leg = self.calls["sofia"] = await self._rung(how)
        leg.answer()
        await leg.reaches("up")
        await self.stage("confirmed", how)

    async def _rung(self, how: How) -> SipCall:
        """Press again while the switch has not yet told the floor that her telephone is there."""
        for _ in range(4):
            await self.help(how)
            with suppress(AssertionError):
                return await self.phone.incoming(2.0)
        await self.help(how)
        return await self.phone.incoming()

    async def stage(self, stage: str, how: How | None = None) -> HelpView:
        floor = await self.house.sees(
            lambda floor: any(one.stage == stage and one.how in {how, how or one.how} for one in floor.helps), stage
        )
        return floor.helps[0]

    async def hear(self, **expected: str) -> None:
        await hear(self.calls, TONES, {name: set(others.split()) for name, others in expected.items()})

    async def take_over(self) -> None:
        await bus.send_wish(self.house.redis, TakeOver(wish_id="t", operator_id=SOFIA, at=now(), call_id=self.call_id))


async def _unregister(phone: SipUa) -> None:
    with suppress(AssertionError, TimeoutError):
        await phone.register(0)


async def test_who_hears_whom_in_each_way_and_the_ways_change_on_one_leg(house: Station) -> None:
    helped = await Helped(house).begin()
    await helped.come_in(How.LISTEN)
    await helped.hear(sofia="caller anna", anna="caller", caller="anna")
    await helped.help(How.WHISPER)
    await helped.stage("confirmed", How.WHISPER)
    await helped.hear(sofia="caller anna", anna="caller sofia", caller="anna")
    await helped.help(How.BARGE)
    await helped.stage("confirmed", How.BARGE)
    await helped.hear(sofia="caller anna", anna="caller sofia", caller="anna sofia")
    await helped.help(How.LISTEN)
    await helped.stage("confirmed", How.LISTEN)
    await helped.hear(sofia="caller anna", anna="caller", caller="anna")
    await bus.send_wish(house.redis, EndHelp(wish_id="e", operator_id=SOFIA, at=now()))
    await helped.calls["sofia"].reaches("ended")
    await house.sees(lambda floor: not floor.helps)
    del helped.calls["sofia"]
    await helped.hear(anna="caller", caller="anna")


async def test_the_operator_sees_who_is_in_his_talk(house: Station) -> None:
    helped = await Helped(house).begin()
    await helped.come_in(How.LISTEN)
    desk = await bus.read_desk(house.redis, helped.anna)
    assert desk is not None
    assert [(one.by_name, one.how, one.stage) for one in desk.desk.helped] == [("Sofia", How.LISTEN, "confirmed")]
    helped.calls["anna"].hang_up()
    await helped.calls["sofia"].reaches("ended")
    await house.sees(lambda floor: not floor.helps)

    async def written() -> bool:
        return [one for one in await house.history(helped.call_id) if one.startswith("help")] == ["help", "help-over"]

    await eventually(written, 10, "both are in the call's history")


async def test_nobody_listens_while_a_payment_is_taken(house: Station) -> None:
    helped = await Helped(house).begin()
    await helped.come_in(How.BARGE)
    pause = PauseRecording(wish_id="p", operator_id=helped.anna, at=now(), call_id=helped.call_id)
    await bus.send_wish(house.redis, pause)
    await helped.stage("paused")
    await helped.hear(sofia="", anna="caller", caller="anna")
    # And nobody comes in meanwhile.
    await helped.help(How.LISTEN)
    await helped.hear(sofia="", anna="caller", caller="anna")
    resume = ResumeRecording(wish_id="r", operator_id=helped.anna, at=now(), call_id=helped.call_id)
    await bus.send_wish(house.redis, resume)
    await helped.stage("confirmed")
    await helped.hear(sofia="caller anna", anna="caller sofia", caller="anna sofia")


async def test_the_supervisor_takes_the_caller_over_and_the_operator_writes_up(house: Station) -> None:
    helped = await Helped(house).begin()
    await helped.come_in(How.LISTEN)
    await helped.take_over()
    await helped.calls["anna"].reaches("ended")
    del helped.calls["anna"]
    await helped.hear(sofia="caller", caller="sofia")
    floor = await helped.talk.phase(CallPhase.OUTSIDE)
    assert operator_of(floor, helped.anna).state is OperatorState.WRAP_UP
    assert floor.calls[0].passed is not None
    assert floor.calls[0].passed.to == "Sofia"
    await helped.stage("taken")
    helped.calls["sofia"].hang_up()
    await helped.calls["caller"].reaches("ended")
    await house.sees(lambda floor: not floor.calls and not floor.helps)
    row = await house.row(helped.call_id, lambda row: row["ended_at"] is not None)
    assert (row["outcome"], row["operator_id"]) == ("answered", helped.anna)


# --- the floor dies in the middle ------------------------------------------------------------------------------------


@pytest.mark.fault
async def test_a_floor_killed_while_somebody_listens_knows_it_again(house: Station) -> None:
    helped = await Helped(house).begin()
    await helped.come_in(How.WHISPER)
    house.floor.kill()
    await helped.hear(sofia="caller anna", anna="caller sofia", caller="anna")
    house.floor.start()
    seen = await helped.stage("confirmed", How.WHISPER)
    assert (seen.by, seen.by_name, seen.operator_id) == (SOFIA, "Sofia", helped.anna)
    await helped.help(How.BARGE)
    await helped.stage("confirmed", How.BARGE)
    await helped.hear(sofia="caller anna", anna="caller sofia", caller="anna sofia")


@pytest.mark.fault
async def test_a_floor_killed_after_a_take_over_leaves_the_caller_with_the_supervisor(house: Station) -> None:
    helped = await Helped(house).begin()
    await helped.come_in(How.LISTEN)
    await helped.take_over()
    await helped.calls["anna"].reaches("ended")
    del helped.calls["anna"]
    house.floor.kill()
    await helped.hear(sofia="caller", caller="sofia")
    house.floor.start()
    await helped.talk.phase(CallPhase.OUTSIDE)
    await helped.hear(sofia="caller", caller="sofia")
    floor = await helped.talk.state(helped.anna, OperatorState.WRAP_UP)
    assert [one.stage for one in floor.helps] == ["taken"]


@pytest.mark.fault
async def test_a_floor_killed_in_a_payment_lets_nobody_listen_to_it(house: Station) -> None:
    helped = await Helped(house).begin()
    await helped.come_in(How.LISTEN)
    pause = PauseRecording(wish_id="p", operator_id=helped.anna, at=now(), call_id=helped.call_id)
    await bus.send_wish(house.redis, pause)
    await helped.stage("paused")
    house.floor.kill()
    await helped.hear(sofia="", anna="caller", caller="anna")
    house.floor.start()
    await helped.stage("paused")
    await helped.hear(sofia="", anna="caller", caller="anna")
