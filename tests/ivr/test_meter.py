"""Taking a meter reading: read back, confirmed, explained."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ivr.answers import Began, Dial, Judged, Judgement, Unavailable, Verdict
from ivr.effects import Ending, SaveReadings
from ivr.flow import REFUSALS
from ivr.spoken import Digits
from tests.ivr.people import OURS, SILENT, TWO_RATES, Caller, World, values_of

pytestmark = pytest.mark.unit

STORED = Judged((Verdict(1, Judgement.STORED),))


def refused(reason: str) -> Judged:
    return Judged((Verdict(1, Judgement.REFUSED, reason),))


def test_a_confirmed_reading_is_saved_with_the_callers_day() -> None:
    caller = Caller("1", "2", "012345", "1", "9").call()
    assert caller.world.saved == [SaveReadings(7, ((1, Decimal(12345)),), date(2026, 11, 20))]
    assert values_of(caller, "reading_confirm")["digits"] == Digits("012345")
    assert "reading_saved" in caller.heard
    assert caller.variables["BUSBAR_TOPIC"] == "reading"
    assert "reading=saved" in caller.variables["BUSBAR_PATH"]


def test_the_day_of_a_reading_is_the_utilitys_not_utc() -> None:
    caller = Caller("1", "2", "12345", "1", "9")
    caller.now = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    caller.session._talk.began = caller.now
    caller.call()
    assert caller.world.saved[0].taken_on == date(2026, 11, 21)


def test_nothing_is_saved_before_one_is_pressed() -> None:
    caller = Caller("1", "2", "12345").call()
    assert caller.world.saved == []
    assert "reading_unsaved" in caller.heard
    assert caller.ending is Ending.QUEUE


def test_two_keys_it_again() -> None:
    caller = Caller("1", "2", "12345", "2", "12346", "1", "9").call()
    assert caller.world.saved[0].values == ((1, Decimal(12346)),)


def test_all_registers_are_saved_together() -> None:
    caller = Caller("1", "2", "111", "1", "222", "1", "9", world=World(dials=TWO_RATES)).call()
    assert [save.values for save in caller.world.saved] == [((1, Decimal(111)), (2, Decimal(222)))]
    assert caller.heard.index("reading_day") < caller.heard.index("reading_night")


def test_one_register_of_two_saves_nothing() -> None:
    caller = Caller("1", "2", "111", "1", world=World(dials=TWO_RATES)).call()
    assert caller.world.saved == []


def test_several_meters_are_told_apart_by_their_serials() -> None:
    dials = (
        Dial(register_id=1, code="single", digits=5, serial="A-00017"),
        Dial(register_id=2, code="T3", digits=5, serial="B-4"),
    )
    caller = Caller("1", "2", "1", "1", "2", "1", "9", world=World(dials=dials)).call()
    assert caller.heard.count("reading_meter") == 2
    assert values_of(caller, "reading_meter")["serial"] == Digits("4")
    assert values_of(caller, "reading_register")["code"] == Digits("3")


@pytest.mark.parametrize("reason", [*REFUSALS, "something new"])
def test_a_refusal_is_explained_and_keyed_anew(reason: str) -> None:
    caller = Caller("1", "2", "5", "1", "6", "1", "9", world=World(verdicts=[refused(reason)])).call()
    assert f"reading_refused_{reason if reason in REFUSALS else 'other'}" in caller.heard
    assert "reading_saved" in caller.heard
    assert len(caller.world.saved) == 2


def test_only_the_refused_register_is_asked_for_again() -> None:
    verdicts = [Judged((Verdict(1, Judgement.STORED), Verdict(2, Judgement.REFUSED, "lower")))]
    caller = Caller("1", "2", "1", "1", "2", "1", "3", "1", "9", world=World(dials=TWO_RATES, verdicts=verdicts)).call()
    assert caller.heard.count("reading_day") == 1
    assert caller.heard.count("reading_night") == 2
    assert caller.world.saved[1].values == ((1, Decimal(1)), (2, Decimal(3)))


def test_three_refusals_lead_to_the_operator() -> None:
    world = World(verdicts=[refused("lower")] * 3)
    caller = Caller("1", "2", *["5", "1"] * 3, world=world).call()
    assert caller.ending is Ending.QUEUE
    assert "reading_unsaved" in caller.heard


HELD = Judged((Verdict(1, Judgement.HELD),))


def test_an_unusual_reading_is_held_when_the_caller_insists() -> None:
    world = World(verdicts=[HELD])
    caller = Caller("1", "2", "99999", "1", "1", "9", world=world).call()
    assert values_of(caller, "reading_unusual")["digits"] == Digits("99999")
    assert len(world.saved) == 1
    assert "reading_held" in caller.heard


def test_an_unusual_reading_can_be_keyed_again() -> None:
    world = World(verdicts=[HELD])
    caller = Caller("1", "2", "99999", "1", "2", "9999", "1", "9", world=world).call()
    assert [save.values for save in world.saved] == [((1, Decimal(99999)),), ((1, Decimal(9999)),)]
    assert "reading_again" in caller.heard
    assert "reading_saved" in caller.heard


def test_who_gives_up_after_a_held_reading_is_not_told_that_nothing_was_stored() -> None:
    caller = Caller("1", "2", "99999", "1", "2", world=World(verdicts=[HELD])).call()
    assert "reading_unsaved" not in caller.heard
    assert caller.ending is Ending.QUEUE


def test_a_reading_after_the_window_is_said_to_count_for_the_next_month() -> None:
    world = World(verdicts=[Judged((Verdict(1, Judgement.NEXT_MONTH),))])
    assert "reading_next_month" in Caller("1", "2", "5", "1", "9", world=world).call().heard


def test_a_base_that_fails_while_saving_is_not_called_saved() -> None:
    caller = Caller("1", "2", "5", "1", world=World(verdicts=[Unavailable()])).call()
    assert "reading_unsure" in caller.heard
    assert "reading_saved" not in caller.heard
    assert caller.ending is Ending.QUEUE


def test_an_account_without_a_meter_goes_to_the_operator() -> None:
    caller = Caller("1", "2", world=World(dials=())).call()
    assert "no_meter" in caller.heard
    assert caller.ending is Ending.QUEUE


def test_an_unknown_caller_keys_his_account_first() -> None:
    caller = Caller("1", "2", OURS.number, "5", "1", "9", world=World(known=())).call()
    assert caller.world.saved[0].account_id == 7


def test_letters_of_exotic_telephones_are_no_reading() -> None:
    caller = Caller("1", "2", "12A", "12", "1", "9").call()
    assert "reading_wrong" in caller.heard
    assert caller.world.saved[0].values == ((1, Decimal(12)),)


def test_silence_while_reading_back_is_asked_again() -> None:
    caller = Caller("1", "2", "12", SILENT, "1", "9").call()
    assert caller.heard.count("reading_confirm") == 2
    assert caller.world.saved


def test_a_session_begins_only_once_per_caller() -> None:
    caller = Caller("1")
    caller.session.receive(Began(), caller.now)
    assert not caller.session.over
