"""The subscriber's phone against a real Asterisk: every repair of pyVoIP 1.6.8 does its work."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from crm_core.lines import sip_password
from telephony import g711
from telephony.ami import AmiSwitch
from telephony.commands import HangUp
from telephony.events import BridgeJoined, CallMarked, LegCreated, LegEnded, LinkUp, Mark
from telephony.phone import Ending, Phone
from tests.support.waiting import eventually, until
from tests.telephony.conftest import TrialAsterisk
from tests.telephony.diary import Diary
from tests.telephony.test_ami_asterisk import originate

pytestmark = pytest.mark.integration


@pytest.fixture
def phone(trial: TrialAsterisk) -> Iterator[Phone]:
    before = threading.active_count()
    with Phone(*trial.sip) as phone:
        yield phone
    assert threading.active_count() == before, "the phone left threads behind"
    assert not phone.calls
    assert not phone.sockets


async def test_a_call_is_answered_heard_and_hung_up_under_the_callers_number(phone: Phone, diary: Diary) -> None:
    await diary.one(LinkUp)
    call = phone.dial("900", caller="+79990000042", name="Иванов")
    created = await diary.one(LegCreated, exten="900")
    assert (created.number, created.name) == ("+79990000042", "Иванов")
    await eventually(lambda: call.is_up)
    await eventually(lambda: call.heard.audible > 20, what="a prompt")
    assert max(call.heard.levels) > 200
    call.hang_up()
    assert call.ending is Ending.HUNG_UP
    await diary.one(LegEnded, leg=created.leg)


def test_what_is_said_comes_back_from_the_echo(phone: Phone) -> None:
    call = phone.dial("901")
    assert call.wait_answered(5)
    call.say(g711.tone(440, 0.5))
    until(lambda: call.heard.audible >= 20, what="the echo of half a second")
    until(lambda: not call.is_speaking, what="all is said")


async def test_keys_arrive_as_pressed(phone: Phone, diary: Diary) -> None:
    await diary.one(LinkUp)
    call = phone.dial("902")
    await eventually(lambda: call.is_up)
    call.press("1470##")
    assert (await diary.one(CallMarked, mark=Mark.SERVED)).fields["Path"] == "1470"
    await eventually(lambda: call.is_over)
    assert call.ending is Ending.PARTED


def test_keys_are_heard(phone: Phone) -> None:
    call = phone.dial("901")
    assert call.wait_answered(5)
    call.press("1470")
    until(lambda: call.heard.keys == "1470", what="the echo of the keys")


def test_asterisk_recognises_the_acknowledgement(phone: Phone) -> None:
    """Else it repeats its answer after 0.5 and 1.5 s and cuts the call at 32 s (a call of 33.5 s was held)."""
    answers: list[int] = []
    took = phone.responded
    phone.responded = lambda message: (answers.append(message.plain.status), took(message))  # type: ignore[assignment, method-assign]
    call = phone.dial("900")
    assert call.wait_answered(5)
    assert not call.wait_over(2)
    assert answers.count(200) == 1


@pytest.mark.parametrize(("number", "status"), [("999999", 404), ("905", 486)])
def test_a_refusal_ends_the_call_and_says_why(phone: Phone, number: str, status: int) -> None:
    call = phone.dial(number)
    assert call.wait_over(5)
    assert (call.ending, call.status) == (Ending.REFUSED, status)


def test_giving_up_cancels_the_ringing(phone: Phone) -> None:
    call = phone.dial("904")
    assert call.wait_ringing(5)
    call.give_up()
    assert call.wait_over(5)
    assert (call.ending, call.status) == (Ending.GIVEN_UP, 487)


def test_giving_up_at_once_cancels_too(phone: Phone) -> None:
    call = phone.dial("904")
    call.give_up()
    assert call.wait_over(5)
    assert call.ending is Ending.GIVEN_UP


def test_nobody_there_is_said_after_some_tries() -> None:
    with Phone("127.0.0.1", 9) as phone:
        phone.sip.patience = 1.0
        call = phone.dial("100")
        assert call.wait_over(4)
        assert call.ending is Ending.UNREACHABLE


async def test_an_incoming_call_rings_at_once_and_is_answered_and_hung_up(
    trial: TrialAsterisk, switch: AmiSwitch, diary: Diary
) -> None:
    node = (await diary.one(LinkUp)).node
    with Phone(*trial.sip, user="desk103", password=sip_password(trial.settings.sip_secret, "103")) as phone:
        assert phone.register()
        command = originate(node, "PJSIP/desk103")
        asked = time.monotonic()
        await switch.obey(command)
        call = await eventually(lambda: None if phone.incoming.empty() else phone.incoming.get())
        assert time.monotonic() - asked < 0.9, "pyVoIP's second of waiting is back"
        call.answer()
        await eventually(lambda: call.heard.packets > 10, what="audio")
        call.hang_up()
        await diary.one(LegEnded, leg=command.leg)


async def test_an_incoming_call_may_be_withdrawn_or_refused(
    trial: TrialAsterisk, switch: AmiSwitch, diary: Diary
) -> None:
    node = (await diary.one(LinkUp)).node
    with Phone(*trial.sip, user="desk104", password=sip_password(trial.settings.sip_secret, "104")) as phone:
        assert phone.register()
        command = originate(node, "PJSIP/desk104")
        await switch.obey(command)
        call = await eventually(lambda: None if phone.incoming.empty() else phone.incoming.get())
        await switch.obey(HangUp(node=node, channel=(await diary.one(LegCreated, leg=command.leg)).channel))
        await eventually(lambda: call.is_over)
        assert call.ending is Ending.WITHDRAWN
        second = originate(node, "PJSIP/desk104")
        await switch.obey(second)
        call = await eventually(lambda: None if phone.incoming.empty() else phone.incoming.get())
        call.hang_up()
        assert (await diary.one(LegEnded, leg=second.leg)).tech_cause == "486"
        assert not diary.all(BridgeJoined)


def test_a_wrong_password_is_not_let_in(trial: TrialAsterisk) -> None:
    with Phone(*trial.sip, user="desk105", password="wrong") as phone:
        assert not phone.register()
