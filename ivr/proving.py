"""Proving who calls by what is keyed: the rungs of the ladder (`levels.py`) above the number that calls (pure)."""

from __future__ import annotations

from ivr.answers import Confirmed, Found, Unavailable
from ivr.effects import Confirm, LookUpAccount, LookUpMeter, NoteWrongProof
from ivr.flow import CollectStep
from ivr.levels import Level
from ivr.steps import recognise
from ivr.talk import Steps, Talk, are_digits

LAST = 4
"""How many digits of the account a caller proves himself with when his number is known."""
OF_AN_ACCOUNT = ("last_four", "pin", "last_payment")
"""Proofs that are proofs only of an account that is known already."""
LONGEST_SERIAL, LONGEST_PIN, LONGEST_AMOUNT = 20, 8, 9
LEAST_SERIAL = 4
"""Fewer digits of a meter's number fit too many meters."""


def collect(talk: Talk, step: CollectStep) -> Steps[str]:
    """Have digits keyed: a proof, or a number for later.

    Whatever is wrong with a proof - the check digit, no such account, too many questions from this number - sounds
    the same, so that nobody can find out which accounts exist.
    """
    if step.expect in OF_AN_ACCOUNT and talk.account is None:
        return step.otherwise
    for _ in range(step.tries):
        talk.say(talk.sentence(step.collect), interruptible=step.interruptible)
        keys = yield from talk.ask(digits=_most(talk, step), timeout=step.timeout)
        if keys is None:
            talk.note("silence")
            talk.say(talk.sentence("not_heard"))
            continue
        proved = yield from _proof(talk, step, keys)
        if proved is None:
            talk.note("failed")
            return step.failed
        talk.note("ok" if proved else "wrong")
        if proved:
            return step.next
        talk.say(talk.sentence(step.wrong))
    return step.otherwise


def _most(talk: Talk, step: CollectStep) -> int:
    match step.expect:
        case "last_four":
            return LAST
        case "account":
            return talk.rules.account_digits
        case "meter":
            return LONGEST_SERIAL
        case "pin":
            return LONGEST_PIN
        case "last_payment":
            return LONGEST_AMOUNT
        case "digits":
            return step.most


def _proof(talk: Talk, step: CollectStep, keys: str) -> Steps[bool | None]:  # noqa: PLR0911 - one line a proof
    """Whether what was keyed is right; None when the base did not answer."""
    match step.expect:
        case "last_four":
            return (yield from _last_four(talk, keys))
        case "account":
            if not talk.rules.is_account_number(keys):
                return False
            return (yield from _account(talk, LookUpAccount(keys)))
        case "meter":
            if not are_digits(keys) or len(keys) < LEAST_SERIAL:
                return False
            return (yield from _account(talk, LookUpMeter(keys)))
        case "pin" | "last_payment":
            return (yield from _confirmed(talk, step.expect, keys))
        case "digits":
            return _kept(talk, step, keys)


def _kept(talk: Talk, step: CollectStep, keys: str) -> bool:
    checks = {"none": lambda _: True, "account": talk.rules.is_account_number, "luhn": luhn}
    right = are_digits(keys) and len(keys) >= step.least and checks[step.check](keys)
    if right and step.into:
        talk.kept[step.into] = keys
    return right


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1, annex B."""
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _confirmed(talk: Talk, what: str, keys: str) -> Steps[bool | None]:
    account = talk.account
    if account is None or not are_digits(keys):
        talk.aside(NoteWrongProof())
        return False
    answer = yield from talk.wish(Confirm(account.account_id, what, keys))
    if not isinstance(answer, Confirmed):
        return None
    if answer.right:
        talk.level = Level.CONFIRMED
    return answer.right


def _last_four(talk: Talk, keys: str) -> Steps[bool | None]:
    account = talk.account
    if account is not None and len(keys) == LAST and account.number.endswith(keys):
        # The base is asked all the same: a number that guesses too often is told "wrong" even when it is right.
        answer = yield from talk.wish(LookUpAccount(account.number))
        if isinstance(answer, Unavailable):
            return None
        right = isinstance(answer, Found) and account.account_id in {one.account_id for one in answer.accounts}
        talk.level = max(talk.level, Level.PROVED) if right else talk.level
        return right
    talk.aside(NoteWrongProof())
    return False


def _account(talk: Talk, wish: LookUpAccount | LookUpMeter) -> Steps[bool | None]:
    answer = yield from talk.wish(wish)
    if isinstance(answer, Unavailable):
        return None
    if isinstance(answer, Found) and len(answer.accounts) == 1:
        recognise(talk, answer.accounts[0], Level.PROVED)
        return True
    return False
