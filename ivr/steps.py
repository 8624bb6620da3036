"""Steps that recognise a caller and tell him what he asked for, one function a verb (pure)."""

from __future__ import annotations

from datetime import date

from ivr.answers import Account, BalanceRead, Found
from ivr.effects import FetchBalance, Foresee, LookUpCaller, Sentence
from ivr.flow import (
    BalanceStep,
    LanguageStep,
    LastPaymentStep,
    LookUpStep,
    MenuStep,
)
from ivr.levels import Info, Level
from ivr.spoken import Day, Key, Money, Value, Words
from ivr.talk import Steps, Talk, are_digits


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
    recognise(talk, accounts[0], Level.RECOGNISED)
    return step.one


def recognise(talk: Talk, account: Account, level: Level) -> None:
    """Take an account for the caller's, as sure as we are."""
    talk.account, talk.level = account, level
    talk.set(BUSBAR_ACCOUNT=str(account.account_id))
    talk.announce()


def menu(talk: Talk, step: MenuStep) -> Steps[str]:
    """Offer the choices; a wrong key and silence get a word and another try."""
    for _ in range(step.tries):
        talk.say(talk.sentence(step.menu), interruptible=step.interruptible)
        keys = yield from talk.ask(digits=1, timeout=step.timeout)
        if keys is not None and keys in step.choices:
            talk.note(keys)
            return step.choices[keys]
        talk.note("silence" if keys is None else "wrong")
        talk.say(talk.sentence("not_heard" if keys is None else "not_understood"))
    return step.otherwise


def tell_balance(talk: Talk, step: BalanceStep) -> Steps[str]:
    """Read the balance out to a caller who proved the account."""
    if talk.account is None or not talk.may(Info.BALANCE, step.level):
        _foresee(talk, step.verb, step.balance)
        return step.unverified
    answer = yield from talk.wish(FetchBalance(talk.account.account_id))
    if not isinstance(answer, BalanceRead):
        talk.note("failed")
        return step.failed
    prompt, values = balance_said(step.balance, answer, talk.today)
    talk.say(talk.sentence(prompt, "", **values))
    talk.note("told")
    return step.next


def balance_said(prefix: str, answer: BalanceRead, today: date) -> tuple[str, dict[str, Value]]:
    """Return the prompt that tells a balance, and its values."""
    amount = Money(abs(answer.balance), answer.currency)
    if answer.balance > 0 and answer.due_on is not None and answer.due_on >= today:
        return f"{prefix}_due", {"amount": amount, "due": Day(answer.due_on, today)}
    if answer.balance:
        return f"{prefix}_{'owed' if answer.balance > 0 else 'credit'}", {"amount": amount}
    return f"{prefix}_zero", {}


def tell_last_payment(talk: Talk, step: LastPaymentStep) -> Steps[str]:
    """Say when the last payment came and how much it was."""
    if talk.account is None or not talk.may(Info.LAST_PAYMENT, step.level):
        _foresee(talk, step.verb, step.last_payment)
        return step.unverified
    answer = yield from talk.wish(FetchBalance(talk.account.account_id))
    if not isinstance(answer, BalanceRead):
        talk.note("failed")
        return step.failed
    prompt, values = payment_said(step.last_payment, answer, talk.today)
    talk.say(talk.sentence(prompt, "", **values))
    talk.note("told")
    return step.next


def payment_said(prefix: str, answer: BalanceRead, today: date) -> tuple[str, dict[str, Value]]:
    """Return the prompt that tells the last payment, and its values."""
    if answer.last_payment is None or answer.last_payment_on is None:
        return f"{prefix}_none", {}
    amount, day = Money(answer.last_payment, answer.currency), Day(answer.last_payment_on, today)
    return f"{prefix}_known", {"amount": amount, "day": day}


def _foresee(talk: Talk, verb: str, prefix: str) -> None:
    """Have it made audible while he proves himself: an amount takes a moment that he would wait for in silence."""
    if talk.account is not None:
        wanted = Foresee(
            account_id=talk.account.account_id, verb=verb, prefix=prefix, language=talk.language,
            utility=talk.rules.utility,
        )  # fmt: skip
        talk.aside(wanted)


def foreseen(wanted: Foresee, answer: BalanceRead, today: date) -> Sentence:
    """Return what he will hear when he has proved himself, as `tell_balance` and `tell_last_payment` would say it."""
    said = balance_said if wanted.verb == BalanceStep.verb else payment_said
    prompt, values = said(wanted.prefix, answer, today)
    everything: dict[str, Value] = {"utility": Words(wanted.utility), **values}
    return Sentence(prompt=prompt, language=wanted.language, values=tuple(sorted(everything.items())))
