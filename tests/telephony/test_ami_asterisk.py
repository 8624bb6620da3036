"""The adapter against a real Asterisk."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from telephony.ami import AmiConfig, AmiSwitch
from telephony.commands import (
    AddQueueMember,
    AskSnapshot,
    HangUp,
    Originate,
    PauseQueueMember,
    Redirect,
    RemoveQueueMember,
    SetVariable,
)
from telephony.errors import SwitchRefused
from telephony.events import (
    CallMarked,
    ChannelName,
    DeviceChanged,
    LegAnswered,
    LegCreated,
    LegEnded,
    LegId,
    LegSeen,
    LinkLost,
    LinkUp,
    Mark,
    Node,
    OriginateFinished,
    SnapshotEnded,
)
from tests.telephony.conftest import TrialAsterisk
from tests.telephony.diary import Diary

pytestmark = pytest.mark.integration


def originate(node: str, device: str, **variables: str) -> Originate:
    return Originate(
        node=Node(node),
        leg=LegId(f"offer-{uuid.uuid4().hex[:12]}"),
        device=device,
        context="connect",
        timeout_ms=3000,
        caller_number="79990000001",
        caller_name="Иванов",
        variables=variables,
    )


async def test_the_first_event_is_that_the_link_is_up(switch: AmiSwitch, trial: TrialAsterisk) -> None:
    assert await anext(switch.events()) == LinkUp(node=Node(trial.ami.node))


async def test_an_originated_leg_carries_its_variables_unharmed(switch: AmiSwitch, diary: Diary) -> None:
    node = (await diary.one(LinkUp)).node
    value = r'1,22,"x" \ (y[ ${EXTEN} Иванов; a=b'
    command = originate(node, "Local/901@inbound", BUSBAR_CANDIDATES=value, BUSBAR_CALL="cc-1.2")
    await switch.obey(command)
    created = await diary.one(LegCreated, leg=command.leg)
    await diary.one(LegAnswered, leg=command.leg)
    finished = await diary.one(OriginateFinished, leg=command.leg)
    assert (finished.answered, finished.reason) == (True, 4)

    await switch.obey(AskSnapshot(node=command.node, variables=("BUSBAR_CANDIDATES", "BUSBAR_CALL", "BUSBAR_NONE")))
    await diary.one(SnapshotEnded)
    [seen] = diary.all(LegSeen, leg=command.leg)
    assert seen.variables == {"BUSBAR_CANDIDATES": value, "BUSBAR_CALL": "cc-1.2", "BUSBAR_NONE": ""}
    assert (seen.up, seen.name, seen.number) == (True, "Иванов", "79990000001")

    await switch.obey(HangUp(node=command.node, channel=created.channel, cause=16))
    assert (await diary.one(LegEnded, leg=command.leg)).channel == created.channel


async def test_a_device_that_does_not_exist_is_told_by_leg(switch: AmiSwitch, diary: Diary) -> None:
    command = originate((await diary.one(LinkUp)).node, "PJSIP/op101")
    await switch.obey(command)
    assert not (await diary.one(OriginateFinished, leg=command.leg)).answered


async def test_refusals_are_said_in_asterisks_words(switch: AmiSwitch, diary: Diary) -> None:
    node = (await diary.one(LinkUp)).node
    nobody = ChannelName("PJSIP/nobody-00000001")
    with pytest.raises(SwitchRefused, match="No such channel"):
        await switch.obey(HangUp(node=node, channel=nobody))
    with pytest.raises(SwitchRefused, match=r"[Cc]hannel does not exist"):
        await switch.obey(Redirect(node=node, channel=nobody, context="connect"))


async def test_queue_members_come_pause_and_go(switch: AmiSwitch, diary: Diary) -> None:
    node = (await diary.one(LinkUp)).node
    await switch.obey(AddQueueMember(node=node, queue="busbar", device="PJSIP/op103", paused=True))
    await switch.obey(PauseQueueMember(node=node, queue="busbar", device="PJSIP/op103", paused=False))
    await switch.obey(RemoveQueueMember(node=node, queue="busbar", device="PJSIP/op103"))
    with pytest.raises(SwitchRefused):
        await switch.obey(RemoveQueueMember(node=node, queue="busbar", device="PJSIP/op103"))


async def test_a_snapshot_tells_devices_before_it_ends(switch: AmiSwitch, diary: Diary) -> None:
    node = (await diary.one(LinkUp)).node
    await switch.obey(SetVariable(node=node, channel=None, name="BUSBAR_HEARTBEAT", value="1795329244"))
    await switch.obey(AskSnapshot(node=node, variables=("BUSBAR_CALL",)))
    await diary.one(SnapshotEnded)
    assert diary.all(DeviceChanged, device="PJSIP/op101")
    assert isinstance(diary.events[-1], SnapshotEnded)


async def test_the_link_comes_back_after_asterisk_was_killed(
    switch: AmiSwitch, diary: Diary, trial: TrialAsterisk
) -> None:
    await diary.one(LinkUp)
    await asyncio.to_thread(trial.kill)
    await diary.one(LinkLost)
    await asyncio.to_thread(trial.start)
    await diary.until(lambda: len(diary.all(LinkUp)) == 2, "the link is up again")


async def test_a_wrong_secret_is_said(trial: TrialAsterisk) -> None:
    good = trial.ami
    async with AmiSwitch([AmiConfig(good.node, good.host, good.port, good.user, "wrong")]) as switch:
        lost = await anext(switch.events())
    assert isinstance(lost, LinkLost)
    assert lost.reason == "ami-login-refused: Authentication failed"


async def test_several_nodes_are_one_switch(trial: TrialAsterisk) -> None:
    good = trial.ami
    other = AmiConfig("other", good.host, good.port, good.user, good.secret)
    async with AmiSwitch([good, other]) as both, Diary(both) as diary:
        await diary.until(lambda: {up.node for up in diary.all(LinkUp)} == {good.node, "other"}, "both links are up")
        command = originate("other", "Local/907@inbound")
        await both.obey(command)
        await diary.until(lambda: len(diary.all(CallMarked, mark=Mark.WAITING)) == 2, "both links tell the mark")
        marks = diary.all(CallMarked)
        assert {mark.node for mark in marks} == {good.node, "other"}
        assert marks[0].fields == {"Queue": "main", "Path": "a;b"}
        await both.obey(HangUp(node=command.node, channel=marks[0].channel))
