"""AC11: accounts are looked for by keying numbers: three tries, a count over calls, one answer to all that is wrong."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from crm_core.accounts import with_check_digit
from ivr.answers import Answer, Found
from ivr.attempts import Attempts, Limits
from ivr.effects import Effect, Ending, FetchBalance, LookUpAccount, NoteWrongProof
from tests.ivr.people import NUMBER, OURS, THEIRS, Caller, World

MISSING = with_check_digit("990000099")
"""A number that an account could have, and none has."""
BAD_CHECK = THEIRS.number[:-1] + str((int(THEIRS.number[-1]) + 1) % 10)
WRONG = ("9999", "0000", MISSING, BAD_CHECK, "1", "12345", "9" * 20)


class Refusing(World):
    """A house in which whoever calls has guessed too often: as `ivr.line` answers him."""

    def answer(self, effect: Effect) -> Answer:
        return Found(()) if isinstance(effect, LookUpAccount) else super().answer(effect)


def stranger(*keys: str, world: World | None = None) -> Caller:
    """Somebody whose number is nobody's asks for a balance and keys accounts."""
    return Caller("2", "1", *keys, world=world or World(known=()), number="+74950000000").call()


def heard(caller: Caller) -> list[str]:
    return caller.heard


def told_money(caller: Caller) -> bool:
    said = any(prompt.startswith(("balance_", "payment_", "debt_")) for prompt in caller.heard)
    return said or any(isinstance(effect, FetchBalance) for batch in caller.batches for effect in batch)


@pytest.mark.unit
@pytest.mark.parametrize("known", [(), (OURS,), (OURS, THEIRS)], ids=["nobody", "one", "several"])
def test_after_three_tries_a_person_takes_over_and_nothing_was_told(known: tuple[object, ...]) -> None:
    caller = Caller("2", "1", *["9999"] * 9, world=World(known=known)).call()  # type: ignore[arg-type]
    assert caller.ending is Ending.QUEUE
    assert len(caller.presses) == 6, "no fourth try"
    assert not told_money(caller)


@pytest.mark.unit
@given(st.lists(st.sampled_from(WRONG), min_size=3, max_size=3))
def test_whatever_is_wrong_sounds_the_same(keys: list[str]) -> None:
    caller, usual = stranger(*keys), stranger(*[MISSING] * 3)
    assert heard(caller) == heard(usual)
    assert caller.ending is usual.ending is Ending.QUEUE
    assert not told_money(caller)


@pytest.mark.unit
def test_the_right_number_of_one_who_guessed_too_often_sounds_as_the_wrong_one() -> None:
    right = stranger(*[THEIRS.number] * 3, world=Refusing(known=()))
    wrong = stranger(*[MISSING] * 3, world=Refusing(known=()))
    assert heard(right) == heard(wrong)
    assert right.ending is wrong.ending is Ending.QUEUE
    assert right.variables.get("BUSBAR_ACCOUNT", "") == wrong.variables.get("BUSBAR_ACCOUNT", "")
    last_four = Caller("2", "1", *[OURS.number[-4:]] * 3, world=Refusing()).call()
    assert not told_money(last_four)
    assert last_four.ending is Ending.QUEUE


@pytest.mark.unit
def test_all_last_digits_cannot_be_tried_in_a_call_and_each_wrong_one_is_counted() -> None:
    tried = (f"{at:04}" for at in itertools.count() if not OURS.number.endswith(f"{at:04}"))
    caller = Caller("2", "1", *itertools.islice(tried, 40)).call()
    counted = [effect for batch in caller.batches for effect in batch if isinstance(effect, NoteWrongProof)]
    assert len(counted) == 3
    assert len(caller.presses) == 37
    assert not told_money(caller)


@pytest.mark.integration
async def test_over_calls_a_number_and_everybody_together_are_slowed_down(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        attempts = Attempts(redis, Limits(per_number=9, withheld=12, together=30))
        guessed = 0
        while await attempts.allowed(NUMBER):
            await attempts.note(NUMBER)
            guessed += 1
        assert guessed == 9
        assert await attempts.allowed("+74950000001"), "another one is not locked out with him"
        while await attempts.allowed(""):
            await attempts.note("")
            guessed += 1
        assert guessed == 9 + 12
        # Another number for each guess: then everybody together is counted.
        for at in itertools.count():
            number = f"+7495{at:07}"
            if not await attempts.allowed(number):
                break
            await attempts.note(number)
            guessed += 1
        assert guessed == 30
        assert await redis.ttl("busbar:ivr:wrong:all") > 0, "it ends by itself"
