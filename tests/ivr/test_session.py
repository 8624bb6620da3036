"""The session: every way through the default flow, and that every way ends."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.accounts import with_check_digit
from ivr import flow, steps
from ivr.answers import (
    Answer,
    BalanceRead,
    Began,
    Found,
    HungUp,
    Judged,
    Judgement,
    Pressed,
    StandingRead,
    Unavailable,
    Unspeakable,
    Verdict,
)
from ivr.effects import (
    ANSWERED,
    Announce,
    Collect,
    Effect,
    Ending,
    FetchBalance,
    FetchRegisters,
    FetchStanding,
    Finish,
    Foresee,
    LookUpAccount,
    LookUpCaller,
    NoteWrongProof,
    Say,
)
from ivr.flow import Flow
from ivr.session import AnswerOutOfTurn, Session
from ivr.spoken import Day, Digits, Money
from ivr.step import Step
from tests.ivr.people import (
    BOOKS,
    NOW,
    NUMBER,
    OURS,
    RULES,
    SILENT,
    SINGLE,
    THEIRS,
    TWO_RATES,
    Caller,
    World,
    values_of,
)

pytestmark = pytest.mark.unit


def test_a_recognised_caller_reaches_the_queue_with_everything_known() -> None:
    caller = Caller("2", "0").call()
    assert caller.ending is Ending.QUEUE
    assert caller.variables["BUSBAR_ACCOUNT"] == "7"
    assert caller.variables["BUSBAR_CANDIDATES"] == "7"
    assert caller.variables["BUSBAR_LANGUAGE"] == "ru"
    assert caller.variables["BUSBAR_PATH"] == "greeting;language=ru;recognise=1;events=0;menu=operator;operator"
    assert caller.heard[-1] == "to_operator"


def announced(caller: Caller) -> list[Announce]:
    return [effect for batch in caller.batches for effect in batch if isinstance(effect, Announce)]


def test_the_floor_hears_whose_call_it_is_while_the_caller_is_in_the_menu() -> None:
    caller = Caller("2", "0").call()
    assert announced(caller) == [Announce(7, "ru", "greeting;language=ru;recognise=1;events")]
    batch = next(batch for batch in caller.batches if announced(caller)[0] in batch)
    assert isinstance(batch[-1], FetchStanding), "before the menu is heard, not after it"


def test_nobody_is_announced_while_several_or_none_fit() -> None:
    for known in ((), (OURS, THEIRS)):
        assert not announced(Caller("2", "0", world=World(known=known)).call())


def test_a_reading_that_was_stored_is_announced_so_that_the_card_shows_it() -> None:
    caller = Caller("2", "2", "000123", "1", "0").call()
    assert caller.world.saved
    first, *later = announced(caller)
    assert later
    assert all(one.path != first.path for one in later)


def test_zero_wants_an_operator_at_any_moment() -> None:
    for before in ((), ("1",), ("1", "1"), ("1", "2"), ("1", "2", "000123"), ("1", "2", "000123", "1")):
        caller = Caller(*before, "0").call()
        assert caller.ending is Ending.QUEUE, before
        assert caller.asked == len(before) + 1


def test_a_caller_who_says_nothing_is_passed_on() -> None:
    caller = Caller().call()
    assert caller.ending is Ending.QUEUE
    assert caller.heard.count("not_heard") == 3
    assert caller.asked == 5


def test_the_language_is_offered_in_itself_and_kept() -> None:
    caller = Caller("2", "0").call()
    assert caller.languages[:3] == ["en", "en", "ru"]
    assert set(caller.languages[3:]) == {"ru"}


def test_with_one_language_nobody_is_asked_for_it() -> None:
    caller = Caller("0")
    rules = RULES.__class__(
        languages=("en",), utility="U", zone=RULES.zone, is_account_number=RULES.is_account_number
    )  # fmt: skip
    caller.session = Session(BOOKS.flow, rules, number=NUMBER, now=NOW)
    caller.call()
    assert "choose_language" not in caller.heard
    assert caller.asked == 1


def test_money_is_told_only_after_the_last_digits_of_the_account() -> None:
    caller = Caller("1", "1", OURS.number[-4:], "9").call()
    assert caller.heard.index("ask_last_four") < caller.heard.index("balance_due")
    assert values_of(caller, "balance_due")["amount"] == Money(Decimal("1021.50"), "RUB")
    assert values_of(caller, "balance_due")["due"] == Day(date(2026, 12, 5), date(2026, 11, 20))
    assert caller.ending is Ending.DONE
    assert caller.variables["BUSBAR_TOPIC"] == "balance"


def test_the_number_alone_never_reveals_money() -> None:
    caller = Caller("1", "1", "9999", "9999", "9999").call()
    assert not [prompt for prompt in caller.heard if prompt.startswith(("balance_", "payment_"))]
    assert not any(isinstance(effect, FetchBalance) for batch in caller.batches for effect in batch)
    assert caller.ending is Ending.QUEUE
    assert sum(isinstance(effect, NoteWrongProof) for batch in caller.batches for effect in batch) == 3


@pytest.mark.parametrize(
    ("balance", "due_on", "prompt"),
    [
        ("10", None, "balance_owed"),
        ("10", date(2026, 11, 1), "balance_owed"),
        ("10", date(2026, 11, 20), "balance_due"),
        ("-3.5", None, "balance_credit"),
        ("0", date(2026, 12, 1), "balance_zero"),
    ],
)
def test_a_balance_is_told_by_its_sign_and_its_day(balance: str, due_on: date | None, prompt: str) -> None:
    world = World(balance=BalanceRead(balance=Decimal(balance), currency="RUB", due_on=due_on))
    caller = Caller("1", "1", OURS.number[-4:], "9", world=world).call()
    assert prompt in caller.heard


def test_the_last_payment_is_told() -> None:
    caller = Caller("1", "3", OURS.number[-4:], "9").call()
    assert values_of(caller, "payment_known")["day"] == Day(date(2026, 11, 2), date(2026, 11, 20))


def test_who_never_paid_is_told_so() -> None:
    world = World(balance=BalanceRead(balance=Decimal(1), currency="RUB", due_on=None))
    assert "payment_none" in Caller("1", "3", OURS.number[-4:], "9", world=world).call().heard


def test_a_proof_holds_for_the_rest_of_the_call() -> None:
    caller = Caller("1", "1", OURS.number[-4:], "1", "3", "9").call()
    assert caller.heard.count("ask_last_four") == 1
    assert "payment_known" in caller.heard


def test_an_unknown_caller_proves_himself_by_his_account_number() -> None:
    caller = Caller("1", "1", THEIRS.number, "9", world=World(known=())).call()
    assert "balance_due" in caller.heard
    assert caller.variables["BUSBAR_ACCOUNT"] == "8"


def test_a_withheld_number_is_not_looked_up() -> None:
    caller = Caller("1", "1", OURS.number, "9", number="").call()
    assert not any(isinstance(effect, LookUpCaller) for batch in caller.batches for effect in batch)
    assert "balance_due" in caller.heard


def test_several_accounts_on_a_number_are_candidates_not_a_guess() -> None:
    world = World(known=(OURS, THEIRS))
    caller = Caller("1", "0", world=world).call()
    assert caller.variables["BUSBAR_CANDIDATES"] == "7,8"
    assert caller.variables.get("BUSBAR_ACCOUNT", "") == ""
    keyed = Caller("1", "2", OURS.number, "000123", "1", "9", world=World(known=(OURS, THEIRS))).call()
    assert keyed.variables["BUSBAR_ACCOUNT"] == "7"


def test_a_missing_account_sounds_like_a_mistyped_one() -> None:
    missing, mistyped = Account_number_that_is_free(), OURS.number[:-1] + str((int(OURS.number[-1]) + 1) % 10)
    assert RULES.is_account_number(missing)
    assert not RULES.is_account_number(mistyped)
    heard = [Caller("1", "1", *[keyed] * 3, world=World(known=())).call().heard for keyed in (missing, mistyped)]
    assert heard[0] == heard[1]
    assert heard[0][-1] == "to_operator"


def Account_number_that_is_free() -> str:  # noqa: N802 - reads as the sentence it stands in
    return with_check_digit("123456789")


def test_three_wrong_accounts_lead_to_the_operator_without_an_account() -> None:
    caller = Caller("1", "1", "1", "2", "3", world=World(known=())).call()
    assert caller.heard.count("account_wrong") == 3
    assert caller.ending is Ending.QUEUE
    assert caller.variables.get("BUSBAR_ACCOUNT", "") == ""


def test_a_star_takes_back_what_was_keyed() -> None:
    caller = Caller("1", "1", f"555*{OURS.number}", "9", world=World(known=())).call()
    assert "balance_due" in caller.heard


def test_what_was_keyed_never_stands_in_the_path() -> None:
    caller = Caller("1", "1", OURS.number, "0", world=World(known=())).call()
    assert OURS.number not in caller.variables["BUSBAR_PATH"]
    assert "account_for_balance=ok" in caller.variables["BUSBAR_PATH"]


def test_a_silent_base_is_said_and_the_caller_passed_on() -> None:
    session = Session(BOOKS.flow, RULES, number=NUMBER, now=NOW)
    session.receive(Began(), NOW)
    assert isinstance(session.receive(Pressed("1"), NOW)[-1], LookUpCaller)
    effects = session.receive(Unavailable(), NOW)
    assert [part.prompt for effect in effects if isinstance(effect, Say) for part in effect.parts] == ["trouble"]
    assert effects[-1] == Finish(Ending.QUEUE)


def test_speech_that_fails_is_no_dropped_call() -> None:
    session = Session(BOOKS.flow, RULES, number=NUMBER, now=NOW)
    session.receive(Began(), NOW)
    effects = session.receive(Unspeakable(), NOW)
    assert effects[-1] == Finish(Ending.QUEUE)
    assert [part.prompt for effect in effects if isinstance(effect, Say) for part in effect.parts] == ["cannot_speak"]


def test_a_long_call_is_passed_on_before_the_dialplan_cuts_it() -> None:
    session = Session(BOOKS.flow, RULES, number=NUMBER, now=NOW)
    session.receive(Began(), NOW)
    session.receive(Pressed("1"), NOW)
    session.receive(Found(()), NOW)
    effects = session.receive(StandingRead(), NOW + timedelta(seconds=271))
    assert effects[-1] == Finish(Ending.QUEUE)


def test_an_answer_nobody_asked_for_is_our_mistake() -> None:
    session = Session(BOOKS.flow, RULES, number=NUMBER, now=NOW)
    with pytest.raises(AnswerOutOfTurn):
        session.receive(Pressed("1"), NOW)
    session.receive(Began(), NOW)
    with pytest.raises(AnswerOutOfTurn):
        session.receive(Found(()), NOW)


def test_after_the_end_nothing_is_wanted_any_more() -> None:
    caller = Caller("1", "0").call()
    assert caller.session.receive(Pressed("1"), NOW) == []
    hung_up = Session(BOOKS.flow, RULES, number=NUMBER, now=NOW)
    hung_up.receive(Began(), NOW)
    assert hung_up.receive(HungUp(), NOW) == []
    assert hung_up.over
    assert hung_up.ending is None


KEYS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "",
            "0",
            "1",
            "2",
            "3",
            "4",
            "5",
            "9",
            "*",
            "1*",
            OURS.number,
            OURS.number[-4:],
            THEIRS.number,
            "000123",
            "9" * 12,
        ]
    ),
    st.text(alphabet="0123456789*ABCD#", max_size=12),
    st.text(max_size=5),
)
JUDGED = st.lists(
    st.builds(Verdict, st.sampled_from([1, 2, 99]), st.sampled_from(Judgement), st.sampled_from(["lower", "odd", ""])),
    max_size=3,
).map(lambda verdicts: Judged(tuple(verdicts)))
WORLDS = st.builds(
    World,
    known=st.sampled_from([(), (OURS,), (OURS, THEIRS)]),
    dials=st.sampled_from([(), SINGLE, TWO_RATES]),
    verdicts=st.lists(st.one_of(JUDGED, st.just(Unavailable())), max_size=5),
    balance=st.sampled_from([None, Unavailable()]),
)


@given(presses=st.lists(KEYS, max_size=60), world=WORLDS, hang_up_after=st.none() | st.integers(0, 60))
def test_every_call_ends_and_saves_only_what_was_confirmed(
    presses: list[str | None], world: World, hang_up_after: int | None
) -> None:
    caller = Caller(*presses, world=world)
    effects = caller.session.receive(Began(), caller.now)
    turns = 0
    while not caller.session.over:
        turns += 1
        assert turns < 200
        assert [type(effect) for effect in effects if isinstance(effect, (*ANSWERED, Finish))] == [type(effects[-1])]
        if hang_up_after is not None and turns > hang_up_after:
            assert caller.session.receive(HungUp(), caller.now) == []
            assert caller.session.ending is None
            return
        before = len(world.saved)
        answer = caller.do(effects)
        if len(world.saved) > before:
            _was_confirmed(caller, world)
        effects = caller.session.receive(answer, caller.now)
    caller.do(effects)
    assert caller.ending in (Ending.QUEUE, Ending.DONE)
    assert isinstance(effects[-1], Finish)


def _was_confirmed(caller: Caller, world: World) -> None:
    """Every value submitted was read back to the caller in this call."""
    read_back = {
        value.digits
        for batch in caller.batches
        for effect in batch
        if isinstance(effect, Say)
        for part in effect.parts
        if part.prompt == "reading_confirm"
        for _, value in part.values
        if isinstance(value, Digits)
    }
    for _, value in world.saved[-1].values:
        assert value in {Decimal(digits) for digits in read_back}


def small(steps: str) -> Flow:
    """A flow of a few steps that begins with `one`."""
    frame = "name: t\nstart: one\noperator: operator\nsteps:\n  operator: {transfer: to_operator, queue: second}\n"
    return flow.parse(frame + "".join(f"  {line}\n" for line in steps.splitlines()))


def through(steps: str, *presses: str | None, world: World | None = None) -> Caller:
    caller = Caller(*presses, world=world)
    caller.session = Session(small(steps), RULES, number=NUMBER, now=NOW)
    return caller.call()


def test_a_transfer_may_name_its_queue() -> None:
    assert through("one: {say: greeting, next: operator}").variables["BUSBAR_QUEUE"] == "second"


def test_a_branch_goes_by_language() -> None:
    steps = "one: {branch: language, cases: {en: bye}, otherwise: operator}\nbye: {hang_up: goodbye}"
    assert through(steps).ending is Ending.DONE


def test_the_last_digits_of_nobody_prove_nothing() -> None:
    steps = (
        "one: {collect: ask_last_four, expect: last_four, wrong: account_wrong, next: bye, otherwise: operator, "
        "failed: bye}\nbye: {hang_up: goodbye}"
    )
    caller = through(steps, "1234")
    assert caller.asked == 0
    assert caller.ending is Ending.QUEUE


@pytest.mark.parametrize("keys", [OURS.number, OURS.number[-4:]])
def test_a_base_that_falls_silent_during_a_proof_is_said(keys: str) -> None:
    class Broken(World):
        def answer(self, effect: Effect) -> Answer:
            return Unavailable() if isinstance(effect, LookUpAccount) else super().answer(effect)

    world = Broken(known=(OURS,) if len(keys) == 4 else ())
    caller = Caller("1", "1", keys, world=world).call()
    assert caller.heard[-1] == "trouble"
    assert caller.ending is Ending.QUEUE


@pytest.mark.parametrize("choice", ["1", "3"])
def test_a_base_that_falls_silent_before_the_balance_is_said(choice: str) -> None:
    caller = Caller("1", choice, OURS.number[-4:], world=World(balance=Unavailable())).call()
    assert caller.heard[-1] == "trouble"


def test_registers_that_cannot_be_fetched_lead_to_the_operator() -> None:
    class Broken(World):
        def answer(self, effect: Effect) -> Answer:
            return Unavailable() if isinstance(effect, FetchRegisters) else super().answer(effect)

    assert Caller("1", "2", world=Broken()).call().heard[-1] == "trouble"


def test_silence_where_digits_are_wanted_is_asked_again() -> None:
    caller = Caller("1", "1", SILENT, "", OURS.number[-4:], "9").call()
    assert caller.heard.count("ask_last_four") == 3
    assert "balance_due" in caller.heard


def test_a_flow_that_talks_to_itself_is_ended_all_the_same() -> None:
    caller = through("one: {say: greeting, next: one}")
    assert caller.ending is Ending.QUEUE
    assert len(caller.variables["BUSBAR_PATH"].split(";")) == 40


def test_a_session_knows_its_callers_language() -> None:
    caller = Caller("2", "0").call()
    assert caller.session.language == "ru"


def test_a_step_nobody_wrote_is_our_mistake() -> None:
    class Odd(Step):
        next: str = "one"

    odd = flow.Flow.model_construct(name="t", start="one", operator="one", steps={"one": Odd()})
    session = Session(odd, RULES, number=NUMBER, now=NOW)
    with pytest.raises(TypeError, match="Odd"):
        session.receive(Began(), NOW)


@pytest.mark.parametrize(
    ("key", "verb", "prompt"), [("1", "balance", "balance_due"), ("3", "last_payment", "payment_known")]
)
def test_what_he_chose_is_made_audible_while_he_proves_himself_and_said_only_then(
    key: str, verb: str, prompt: str
) -> None:
    caller = Caller("1", key, OURS.number[-4:], "9").call()
    at, wanted = next(
        (at, effect) for at, batch in enumerate(caller.batches) for effect in batch if isinstance(effect, Foresee)
    )
    assert (wanted.account_id, wanted.verb) == (OURS.account_id, verb)
    assert isinstance(caller.batches[at][-1], Collect), "it is made while he keys his digits"
    told = next(
        part for batch in caller.batches for effect in batch if isinstance(effect, Say)
        for part in effect.parts if part.prompt == prompt
    )  # fmt: skip
    answer = caller.world.balance
    assert isinstance(answer, BalanceRead)
    assert steps.foreseen(wanted, answer, told_on()) == told


def told_on() -> date:
    return NOW.astimezone(RULES.zone).date()


def test_nothing_is_got_ready_for_who_is_not_recognised() -> None:
    caller = Caller("1", "1", "0", world=World(known=())).call()
    assert not [effect for batch in caller.batches for effect in batch if isinstance(effect, Foresee)]
