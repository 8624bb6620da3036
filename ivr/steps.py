"""Steps that recognise a caller and tell him what he asked for, one function a verb (pure)."""

from __future__ import annotations

from ivr.effects import (
    Account,
    BalanceRead,
    FetchBalance,
    Found,
    LookUpAccount,
    LookUpCaller,
    NoteWrongProof,
    Unavailable,
)
from ivr.flow import BalanceStep, BranchStep, CollectStep, LanguageStep, LastPaymentStep, LookUpStep, MenuStep
from ivr.spoken import Day, Key, Money
from ivr.talk import Steps, Talk, are_digits

LAST = 4
"""How many digits of the account a caller proves himself with when his number is known."""


def choose_language(talk: Talk, step: LanguageStep) -> Steps[str]:
    """Offer every language in itself; silence leaves the default."""
    languages = talk.rules.languages
    for _ in range(step.tries if len(languages) > 1 else 0):
        talk.say(*(talk.sentence(step.language, code, key=Key(key)) for key, code in enumerate(languages, 1)))
        keys = yield from talk.ask(digits=1, timeout=step.timeout)
        if keys and are_digits(keys) and 1 <= int(keys) <= len(languages):
            talk.language = languages[int(keys) - 1]
            talk.set(BUSBAR_LANGUAGE=talk.language)
            talk.note(talk.language)
            break
    return step.next


def look_up(talk: Talk, step: LookUpStep) -> Steps[str]:
    """Recognise by the calling number: one account, several to choose from, or nobody. Nothing is said of it."""
    if not talk.number:
        talk.note("withheld")
        return step.nobody
    answer = yield from talk.wish(LookUpCaller(talk.number))
    if not isinstance(answer, Found):
        talk.note("failed")
        return step.failed
    accounts = answer.accounts[: talk.rules.most_candidates]
    talk.note(str(len(accounts)))
    if not accounts:
        return step.nobody
    talk.set(BUSBAR_CANDIDATES=",".join(str(account.account_id) for account in accounts))
    if len(accounts) > 1:
        talk.several = True
        return step.several
    _recognise(talk, accounts[0], verified=False)
    return step.one


def _recognise(talk: Talk, account: Account, *, verified: bool) -> None:
    talk.account, talk.verified = account, verified
    talk.set(BUSBAR_ACCOUNT=str(account.account_id))
    talk.announce()


def menu(talk: Talk, step: MenuStep) -> Steps[str]:
    """Offer the choices; a wrong key and silence get a word and another try."""
    for _ in range(step.tries):
        talk.say(talk.sentence(step.menu))
        keys = yield from talk.ask(digits=1, timeout=step.timeout)
        if keys is not None and keys in step.choices:
            talk.note(keys)
            return step.choices[keys]
        talk.note("silence" if keys is None else "wrong")
        talk.say(talk.sentence("not_heard" if keys is None else "not_understood"))
    return step.otherwise


def collect(talk: Talk, step: CollectStep) -> Steps[str]:
    """Have an account proved by keyed digits.

    Whatever is wrong - the check digit, no such account, too many questions from this number - sounds the same,
    so that nobody can find out which accounts exist.
    """
    if step.expect == "last_four" and talk.account is None:
        return step.otherwise
    digits = LAST if step.expect == "last_four" else talk.rules.account_digits
    for _ in range(step.tries):
        talk.say(talk.sentence(step.collect))
        keys = yield from talk.ask(digits=digits, timeout=step.timeout)
        if keys is None:
            talk.note("silence")
            talk.say(talk.sentence("not_heard"))
            continue
        proved = yield from (_last_four(talk, keys) if step.expect == "last_four" else _account(talk, keys))
        if proved is None:
            talk.note("failed")
            return step.failed
        talk.note("ok" if proved else "wrong")
        if proved:
            return step.next
        talk.say(talk.sentence(step.wrong))
    return step.otherwise


def _last_four(talk: Talk, keys: str) -> Steps[bool | None]:
    account = talk.account
    if account is not None and len(keys) == LAST and account.number.endswith(keys):
        # The base is asked all the same: a number that guesses too often is told "wrong" even when it is right.
        answer = yield from talk.wish(LookUpAccount(account.number))
        if isinstance(answer, Unavailable):
            return None
        talk.verified = isinstance(answer, Found) and account in answer.accounts
        return talk.verified
    talk.aside(NoteWrongProof())
    return False


def _account(talk: Talk, keys: str) -> Steps[bool | None]:
    if not talk.rules.is_account_number(keys):
        return False
    answer = yield from talk.wish(LookUpAccount(keys))
    if isinstance(answer, Unavailable):
        return None
    if isinstance(answer, Found) and len(answer.accounts) == 1:
        _recognise(talk, answer.accounts[0], verified=True)
        return True
    return False


def branch(talk: Talk, step: BranchStep) -> str:
    """Go on by what is known; never heard."""
    fact = talk.identity if step.branch == "identity" else talk.language
    return step.cases.get(fact, step.otherwise)


def tell_balance(talk: Talk, step: BalanceStep) -> Steps[str]:
    """Read the balance out to a caller who proved the account."""
    if talk.account is None or not talk.verified:
        return step.unverified
    answer = yield from talk.wish(FetchBalance(talk.account.account_id))
    if not isinstance(answer, BalanceRead):
        talk.note("failed")
        return step.failed
    amount = Money(abs(answer.balance), answer.currency)
    if answer.balance > 0 and answer.due_on is not None and answer.due_on >= talk.today:
        due = Day(answer.due_on, talk.today)
        talk.say(talk.sentence(f"{step.balance}_due", amount=amount, due=due))
    elif answer.balance > 0:
        talk.say(talk.sentence(f"{step.balance}_owed", amount=amount))
    elif answer.balance < 0:
        talk.say(talk.sentence(f"{step.balance}_credit", amount=amount))
    else:
        talk.say(talk.sentence(f"{step.balance}_zero"))
    talk.note("told")
    return step.next


def tell_last_payment(talk: Talk, step: LastPaymentStep) -> Steps[str]:
    """Say when the last payment came and how much it was."""
    if talk.account is None or not talk.verified:
        return step.unverified
    answer = yield from talk.wish(FetchBalance(talk.account.account_id))
    if not isinstance(answer, BalanceRead):
        talk.note("failed")
        return step.failed
    if answer.last_payment is None or answer.last_payment_on is None:
        talk.say(talk.sentence(f"{step.last_payment}_none"))
    else:
        amount, day = Money(answer.last_payment, answer.currency), Day(answer.last_payment_on, talk.today)
        talk.say(talk.sentence(f"{step.last_payment}_known", amount=amount, day=day))
    talk.note("told")
    return step.next
