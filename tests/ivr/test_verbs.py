"""Every verb beyond the first line, by callers of paper; the ladder; and that every flow ends under any presses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.accounts import with_check_digit
from ivr import flow, inspection
from ivr.answers import (
    EXPECTED,
    Account,
    Answer,
    Began,
    CallbackRefused,
    Filed,
    HoursRead,
    HungUp,
    Judged,
    Judgement,
    NoAddress,
    NotFiled,
    Silence,
    StandingRead,
    Told,
    Unavailable,
    Verdict,
)
from ivr.branching import within
from ivr.effects import ANSWERED, Effect, Ending, FileApplication, Finish, KeepMark, OfferCallback, Record, SendMessage
from ivr.flow import Flow
from ivr.inspection import Fault
from ivr.levels import NEEDS, Info, Level, needed
from ivr.proving import luhn
from ivr.spoken import Day, Digits, Hour, Money, Words
from tests.ivr.people import BOOKS, NOW, OURS, PIN, SILENT, Caller, World, values_of

pytestmark = pytest.mark.unit
PROVED = ("1", "4", OURS.number[-4:])
"""Keys that lead a recognised caller to the menu of his account."""
PINNED = World(known=(Account(OURS.account_id, OURS.number, pinned=True),), exist=(OURS,))
EVENT = Told(texts=(("en", "No light in Elm street."), ("ru", "Нет света.")), restored_at=NOW + timedelta(hours=3))


def small(steps: str, start: str = "one") -> Flow:
    """A flow of some steps, with an operator and a goodbye."""
    text = (
        f"name: t\nstart: {start}\noperator: operator\nsteps:\n{steps}"
        "  bye: {hang_up: goodbye}\n  operator: {transfer: to_operator}\n"
    )
    return flow.parse(text)


# --- telling -------------------------------------------------------------------------------------


def test_what_is_known_of_an_account_is_told_to_who_proved_it() -> None:
    caller = Caller(*PROVED, "1", "1", "4", "2", "9", "4", "3", "1", "4", "4", "9").call()
    assert values_of(caller, "last_reading_day")["digits"] == Digits("12034")
    assert values_of(caller, "last_reading_register")["code"] == Digits("3")
    assert values_of(caller, "debt_overdue")["amount"] == Money(Decimal("300.00"), "RUB")
    assert "debt_how" in caller.heard
    assert values_of(caller, "next_due_known")["day"] == Day(date(2026, 12, 5), date(2026, 11, 20))
    assert values_of(caller, "status_in_work")["digits"] == Digits("42")
    assert caller.heard.index("status_in_work") < caller.heard.index("status_due") < caller.heard.index("status_done")
    assert caller.variables["BUSBAR_TOPIC"] == "application"


def test_a_tariff_and_an_outage_are_told_to_who_was_recognised() -> None:
    world = World(answers={type_of("standing"): StandingRead(events=(EVENT,))})
    caller = Caller("1", "5", "2", "1", "5", "1", "9", world=world).call()
    assert values_of(caller, "tariff_single")["amount"] == Money(Decimal("5.43"), "RUB")
    assert values_of(caller, "outage_known")["text"] == Words("No light in Elm street.")
    assert values_of(caller, "outage_until")["hour"] == Hour(15), "noon in Moscow and three hours"
    assert caller.heard.index("event_known") < caller.heard.index("main_menu"), "told before anybody asks"
    assert caller.ending is Ending.DONE


def type_of(word: str) -> type[Effect]:
    """The effect whose name ends so."""
    return next(kind for kind in EXPECTED if kind is not None and kind.__name__.lower().endswith(word))


def test_a_stranger_hears_nothing_and_is_asked_who_he_is() -> None:
    caller = Caller("1", "5", "1", "0", world=World(known=())).call()
    assert "ask_account" in caller.heard
    assert not [prompt for prompt in caller.heard if prompt.startswith(("outage", "tariff", "last_reading"))]


def test_nothing_is_told_when_there_is_nothing() -> None:
    facts = type(World().answers[type_of("facts")])(
        currency="RUB", balance=Decimal(0), overdue=Decimal(0), due_on=None, readings=(), prices=(), applications=()
    )
    world = World(answers={type_of("facts"): facts})
    caller = Caller(*PROVED, "1", "1", "4", "2", "9", "4", "3", "1", "4", "4", "1", "5", "2", "9", world=world).call()
    wanted = {"last_reading_none", "debt_none", "next_due_none", "status_none", "tariff_none"}
    assert wanted <= set(caller.heard)


# --- the ladder ----------------------------------------------------------------------------------


def test_every_thing_has_its_rung_and_no_flow_lowers_it() -> None:
    assert set(NEEDS) == set(Info)
    for info, asked in product(Info, Level):
        assert needed(info, pinned=False, asked=asked) >= NEEDS[info]
        assert needed(info, pinned=True, asked=asked) >= needed(info, pinned=False, asked=asked)
    assert needed(Info.BALANCE, pinned=True) is Level.CONFIRMED
    assert needed(Info.OUTAGE, pinned=True) is Level.RECOGNISED


def test_who_set_a_pin_is_asked_for_it_before_any_money_is_told() -> None:
    caller = Caller("1", "1", OURS.number[-4:], "1111", PIN, "9", world=PINNED).call()
    assert caller.heard.index("ask_last_four") < caller.heard.index("ask_pin") < caller.heard.index("balance_due")
    assert caller.heard.count("account_wrong") == 1
    assert PIN not in caller.variables["BUSBAR_PATH"]
    refused = Caller("1", "1", OURS.number[-4:], "1111", "2222", "3333", world=PINNED).call()
    assert not [prompt for prompt in refused.heard if prompt.startswith("balance")]
    assert refused.ending is Ending.QUEUE


def test_a_meters_number_and_the_last_payment_prove_who_calls() -> None:
    steps = (
        "  one: {collect: ask_meter, expect: meter, wrong: account_wrong, next: two, otherwise: bye, failed: bye}\n"
        "  two: {collect: ask_last_payment, expect: last_payment, wrong: account_wrong, next: three, otherwise: bye,"
        " failed: bye}\n"
        "  three: {branch: identity, cases: {confirmed: told}, otherwise: bye}\n"
        "  told: {balance: balance, level: confirmed, next: bye, unverified: bye, failed: bye}\n"
    )
    caller = Caller("12", OURS.number, PIN, flow=small(steps)).call()
    assert "balance_due" in caller.heard
    assert caller.heard.count("account_wrong") == 1
    nobody = Caller(OURS.number, "77", "78", "79", flow=small(steps)).call()
    assert "balance_due" not in nobody.heard


def test_digits_are_judged_by_length_and_check_digit_and_kept_for_later_steps() -> None:
    steps = (
        "  one: {collect: ask_meter, expect: digits, least: 4, most: 6, check: luhn, into: paper, tries: 5,"
        " wrong: account_wrong, next: two, otherwise: bye, failed: bye}\n"
        "  two: {file: certificate, kind: certificate, needs: meter_request, fills: {purpose: $paper, by: phone},"
        " next: bye, unverified: three, otherwise: bye, failed: bye}\n"
        "  three: {look_up: caller, one: two, several: bye, nobody: bye, failed: bye}\n"
    )
    caller = Caller("18", "123456", "12*79927#", "0018", "1", flow=small(steps)).call()
    assert caller.heard.count("account_wrong") == 3
    (filed,) = caller.world.done
    assert isinstance(filed, FileApplication)
    assert dict(filed.values) == {"purpose": "0018", "by": "phone"}


@given(st.text(alphabet="0123456789", min_size=1, max_size=15))
def test_luhns_check_digit_finds_every_single_wrong_digit(payload: str) -> None:
    (right,) = (digit for digit in "0123456789" if luhn(payload + digit))
    wrong = str((int(payload[0]) + 1) % 10) + payload[1:]
    assert not luhn(wrong + right)


# --- serving -------------------------------------------------------------------------------------


def test_an_application_is_filed_only_after_a_yes() -> None:
    caller = Caller(*PROVED, "5", "2", "5", "1", "9").call()
    (filed,) = caller.world.done
    assert filed == FileApplication(
        account_id=7, kind="certificate", values=(("purpose", "by telephone"),), step="certificate"
    )
    assert values_of(caller, "certificate_filed")["digits"] == Digits("42")
    assert "certificate_due" in caller.heard
    kind = type_of("fileapplication")
    again = World(answers={kind: Filed(number="A-2026-000042", due_on=None, again=True)})
    assert "certificate_again" in Caller(*PROVED, "5", "1", "9", world=again).call().heard
    refused = World(answers={kind: NotFiled("meter")})
    assert "check_refused" in Caller("1", "5", "3", "1", "0", world=refused).call().heard


def test_a_message_is_kept_and_an_empty_one_said() -> None:
    caller = Caller("1", "5", "4", "9").call()
    (kept,) = caller.world.done
    assert isinstance(kept, Record)
    assert (kept.account_id, kept.language, kept.seconds) == (7, "en", 90)
    assert "message_kept" in caller.heard
    empty = Caller("1", "5", "4", world=World(answers={Record: Silence()})).call()
    assert "message_empty" in empty.heard
    assert empty.ending is Ending.QUEUE


def test_a_call_back_is_offered_at_this_number_or_at_another_that_is_read_back() -> None:
    this = Caller("1", "5", "5", "1", "9").call()
    assert [one.number for one in this.world.done if isinstance(one, OfferCallback)] == ["+74955550101"]
    assert this.world.done[0].topic == "callback"  # type: ignore[union-attr]
    other = Caller("1", "5", "5", "2", "12", SILENT, "79121234567", "2", "79127654321", "1", "9").call()
    assert [one.number for one in other.world.done if isinstance(one, OfferCallback)] == []
    other = Caller("1", "5", "5", "2", "12", "79121234567", "2", "79127654321", "1", "9").call()
    assert [one.number for one in other.world.done if isinstance(one, OfferCallback)] == ["+79127654321"]
    assert "callback_wrong" in other.heard
    never = Caller("1", "5", "5", "3", "9").call()
    assert never.world.done == []
    withheld = Caller("1", "5", "5", "79127654321", "1", "9", number="").call()
    assert "callback_this" not in withheld.heard
    assert len(withheld.world.done) == 1


def test_who_is_refused_a_call_back_comes_to_an_operator() -> None:
    world = World(answers={OfferCallback: CallbackRefused("no-desk")})
    caller = Caller("1", "5", "5", "1", world=world).call()
    assert "callback_refused" in caller.heard
    assert caller.ending is Ending.QUEUE


def test_a_letter_goes_to_the_address_that_is_known_or_nowhere() -> None:
    caller = Caller(*PROVED, "2", "1", "9").call()
    assert caller.world.done == [SendMessage(account_id=7, channel="sms", what="how_to_pay", language="en")]
    assert "letter_sent" in caller.heard
    unknown = Caller(*PROVED, "2", "1", "9", world=World(answers={SendMessage: NoAddress()})).call()
    assert "no_address" in unknown.heard


def test_a_mark_is_one_to_five_and_costs_nobody_his_call() -> None:
    survey = small("  one: {survey: survey_mark, question: service, next: bye}\n")
    caller = Caller("7", "5", flow=survey).call()
    assert caller.world.done == [KeepMark("service", 5)]
    assert "not_understood" in caller.heard
    silent = Caller(flow=survey).call()
    assert silent.world.done == []
    assert silent.ending is Ending.DONE


def test_held_readings_go_to_an_operator_with_their_topic() -> None:
    held = Judged((Verdict(1, Judgement.HELD),))
    caller = Caller("1", "2", "000123", "1", "1", world=World(verdicts=[held])).call()
    assert caller.heard[-2:] == ["reading_held", "reading_to_operator"]
    assert caller.variables["BUSBAR_TOPIC"] == "reading_held"
    assert caller.variables["BUSBAR_FLAGS"] == "reading_held"


# --- branches ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("branch", "answer", "way"),
    [
        ("hours, cases: {closed: bye}", {"hours": HoursRead("closed")}, Ending.DONE),
        ("hours, cases: {closed: bye}", {"hours": HoursRead("open")}, Ending.QUEUE),
        ("hours, cases: {closed: bye}", {"hours": Unavailable()}, Ending.QUEUE),
        ("mass_event, cases: {yes: bye}", {"standing": StandingRead(events=(EVENT,))}, Ending.DONE),
        ("mass_event, cases: {'no': bye}", {"standing": StandingRead()}, Ending.DONE),
        ("flags, cases: {vip: bye}", {"standing": StandingRead(flags=frozenset({"vip"}))}, Ending.DONE),
        ("segment, cases: {12: bye}", {"standing": StandingRead(segments=frozenset({12}))}, Ending.DONE),
        ("segment, cases: {12: bye}", {"standing": StandingRead(segments=frozenset({1}))}, Ending.QUEUE),
        ("time, cases: {'11:00-13:00': bye}", {}, Ending.DONE),
        ("time, cases: {'13:00-11:00': bye}", {}, Ending.QUEUE),
    ],
)
def test_a_branch_goes_by_what_is_true_now(branch: str, answer: dict[str, Answer], way: Ending) -> None:
    world = World(answers={type_of(word): said for word, said in answer.items()})
    steps = small(f"  one: {{branch: {branch}, otherwise: operator}}\n")
    assert inspection.check(steps) == ()
    assert Caller(world=world, flow=steps).call().ending is way


def test_cases_that_never_can_be_are_found_before_any_caller_meets_them() -> None:
    for branch in (
        "hours, cases: {dawn: bye}", "time, cases: {'25:00-26:00': bye}", "segment, cases: {vip: bye}",
        "mass_event, cases: {maybe: bye}", "flags, cases: {'V I P': bye}",
    ):  # fmt: skip
        (found,) = inspection.check(small(f"  one: {{branch: {branch}, otherwise: operator}}\n"))
        assert found.fault is Fault.NO_SUCH_CASE


def test_a_span_may_cross_midnight() -> None:
    late, noon = datetime(2026, 1, 1, 23, 30, tzinfo=UTC).time(), datetime(2026, 1, 1, 12, 0, tzinfo=UTC).time()
    assert within("22:00-06:00", late)
    assert not within("22:00-06:00", noon)
    assert within("09:00-18:00", noon)


# --- survival ------------------------------------------------------------------------------------

KINDS = (
    "say: greeting, next: {0}",
    "language: choose_language, next: {0}",
    "look_up: caller, one: {0}, several: {1}, nobody: {2}, failed: {3}",
    "menu: main_menu, choices: {{1: {0}, 2: {1}}}, otherwise: {2}",
    "collect: ask_account, expect: account, wrong: account_wrong, next: {0}, otherwise: {1}, failed: {2}",
    "collect: ask_pin, expect: pin, wrong: account_wrong, next: {0}, otherwise: {1}, failed: {2}",
    "branch: hours, cases: {{open: {0}}}, otherwise: {1}",
    "branch: identity, cases: {{verified: {0}}}, otherwise: {1}",
    "balance: balance, next: {0}, unverified: {1}, failed: {2}",
    "take_reading: reading, next: {0}, no_meter: {1}, unverified: {2}, otherwise: {3}, failed: {4}, held: {5}",
    "debt: debt, next: {0}, unverified: {1}, failed: {2}",
    "outage: outage, next: {0}, unverified: {1}, failed: {2}",
    "announce: event, next: {0}",
    "file: certificate, kind: certificate, next: {0}, unverified: {1}, otherwise: {2}, failed: {3}",
    "record: message, next: {0}, otherwise: {1}, failed: {2}",
    "offer_callback: callback, next: {0}, refused: {1}, otherwise: {2}, failed: {3}",
    "send: letter, channel: sms, what: balance, next: {0}, unverified: {1}, no_address: {2}, failed: {3}",
    "survey: survey_mark, next: {0}",
)
PLACES = [f"s{number}" for number in range(6)]
TARGETS = st.lists(st.sampled_from([*PLACES, "operator", "bye"]), min_size=6, max_size=6)
FLOWS = st.lists(st.tuples(st.sampled_from(KINDS), TARGETS), min_size=6, max_size=6).map(
    lambda drawn: small(
        "".join(f"  {name}: {{{kind.format(*to)}}}\n" for name, (kind, to) in zip(PLACES, drawn, strict=True)), "s0"
    )
)
PRESSES = st.one_of(
    st.none(),
    st.sampled_from(["", "0", "1", "2", "5", "*", OURS.number, PIN, with_check_digit("999999999")]),
    st.text(max_size=4),
)


@pytest.mark.long
@settings(max_examples=150)
@given(FLOWS, st.lists(PRESSES, max_size=40), st.booleans(), st.none() | st.integers(0, 30))
def test_any_flow_ends_under_any_presses_silence_and_hang_ups(
    any_flow: Flow, presses: list[str | None], away: bool, hang_up_after: int | None
) -> None:
    broken = {kind: Unavailable() for kind in EXPECTED if away and Unavailable in EXPECTED[kind]}
    world = World(answers={kind: answer for kind, answer in broken.items() if kind is not None})
    caller = Caller(*presses, flow=any_flow, world=world)
    effects, turns = caller.session.receive(Began(), caller.now), 0
    while not caller.session.over:
        turns += 1
        assert turns < 500
        assert [type(one) for one in effects if isinstance(one, (*ANSWERED, Finish))] == [type(effects[-1])]
        if turns == hang_up_after:
            assert caller.session.receive(HungUp(), caller.now) == []
            return
        effects = caller.session.receive(caller.do(effects), caller.now)
    assert isinstance(effects[-1], Finish)


def test_with_the_base_away_every_way_is_told_and_leads_to_the_operator() -> None:
    away = {kind: Unavailable() for kind in EXPECTED if kind is not None and Unavailable in EXPECTED[kind]}
    for keys in ((*PROVED, "1"), (*PROVED, "2"), (*PROVED, "4"), (*PROVED, "5", "1"), ("1", "5", "1"), ("1", "5", "2")):
        caller = Caller(*keys, world=World(answers=away)).call()
        assert caller.heard[-1] == "trouble", keys
        assert caller.ending is Ending.QUEUE


def test_the_shipped_prompts_are_complete_in_both_languages() -> None:
    assert inspection.check(BOOKS.flow, BOOKS.wordings) == ()
    survey = small("  one: {survey: survey_mark, next: bye}\n")
    assert inspection.check(survey, BOOKS.wordings) == ()
