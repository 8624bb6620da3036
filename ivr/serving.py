"""Doing what a caller asks for: applications, messages, call-backs, letters, marks, one function a verb (pure).

Nothing is done before the caller said yes to it; whatever was done stays when he hangs up the next moment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ivr.answers import (
    CallbackKept,
    CallbackRefused,
    Filed,
    HourChecked,
    NoAddress,
    NotFiled,
    NumberChecked,
    Queued,
    Recorded,
    Silence,
)
from ivr.effects import CheckHour, CheckNumber, FileApplication, KeepMark, OfferCallback, Record, SendMessage
from ivr.levels import Info
from ivr.services import CallbackStep, FileStep, RecordStep, SendStep, SurveyStep
from ivr.spoken import Day, Digits, Hour
from ivr.talk import Steps, Talk, are_digits

YES, ANOTHER = "1", "2"
HOUR_DIGITS = 2
LONGEST_NUMBER = 15
"""Digits of a telephone number, E.164."""
LAST_SECONDS = timedelta(seconds=15)
"""A message may use a part of what is left until the dialplan cuts the IVR off."""
MARKS = ("1", "2", "3", "4", "5")


def file(talk: Talk, step: FileStep) -> Steps[str]:
    """Ask whether it shall be filed, file it, say its number and until when it is done."""
    if talk.account is None or not talk.may(Info(step.needs), step.level):
        talk.note("unverified")
        return step.unverified
    if not (yield from _agrees(talk, f"{step.file}_ask", step.tries, step.timeout)):
        talk.note("no")
        return step.otherwise
    values = tuple(
        (name, talk.kept.get(said[1:], "") if said.startswith("$") else said) for name, said in step.fills.items()
    )
    wish = FileApplication(account_id=talk.account.account_id, kind=step.kind, values=values, step=talk.step)
    answer = yield from talk.wish(wish)
    if isinstance(answer, NotFiled):
        talk.note("refused")
        talk.say(talk.sentence(f"{step.file}_refused"))
        return step.otherwise
    if not isinstance(answer, Filed):
        talk.note("failed")
        return step.failed
    talk.note("again" if answer.again else "filed")
    talk.announce()
    digits = Digits("".join(char for char in answer.number.rpartition("-")[2] if char in "0123456789").lstrip("0"))
    talk.say(talk.sentence(f"{step.file}_again" if answer.again else f"{step.file}_filed", digits=digits))
    if answer.due_on is not None:
        talk.say(talk.sentence(f"{step.file}_due", day=Day(answer.due_on, talk.today)))
    return step.next


def _agrees(talk: Talk, prompt: str, tries: int, timeout: float) -> Steps[bool]:
    """Ask for a yes; only 1 is one, silence is asked again."""
    for _ in range(tries):
        talk.say(talk.sentence(prompt))
        keys = yield from talk.ask(digits=1, timeout=timeout)
        if keys is not None:
            return keys == YES
        talk.say(talk.sentence("not_heard"))
    return False


def record(talk: Talk, step: RecordStep) -> Steps[str]:
    """Take a message; hanging up at its end is how most people end one, and it is kept all the same."""
    left = talk.spend() + LAST_SECONDS
    talk.say(talk.sentence(f"{step.record}_ask"), interruptible=False)
    account_id = talk.account.account_id if talk.account else None
    wish = Record(
        seconds=min(step.seconds, int(left.total_seconds())),
        silence=step.silence,
        team=step.team,
        account_id=account_id,
        language=talk.language,
    )
    answer = yield talk.batch(wish, speak=True)
    if isinstance(answer, Recorded):
        talk.note("kept")
        talk.say(talk.sentence(f"{step.record}_kept"))
        return step.next
    if isinstance(answer, Silence):
        talk.note("empty")
        talk.say(talk.sentence(f"{step.record}_empty"))
        return step.otherwise
    talk.note("failed")
    return step.failed


def offer_callback(talk: Talk, step: CallbackStep) -> Steps[str]:
    """Agree on a number and have the call-back taken down."""
    number = yield from _number(talk, step)
    if not number:
        talk.note("no")
        return step.otherwise
    at = (yield from _time(talk, step)) if step.times else None
    account_id = talk.account.account_id if talk.account else None
    wish = OfferCallback(
        number=number, account_id=account_id, topic=talk.topic, language=talk.language, at=at, path=tuple(talk.path)
    )
    answer = yield from talk.wish(wish)
    if isinstance(answer, CallbackKept):
        talk.note("kept")
        talk.say(talk.sentence(f"{step.offer_callback}_kept"))
        return step.next
    if isinstance(answer, CallbackRefused):
        talk.note("refused")
        talk.say(talk.sentence(f"{step.offer_callback}_refused"))
        return step.refused
    talk.note("failed")
    return step.failed


def _number(talk: Talk, step: CallbackStep) -> Steps[str]:
    """Return the number that he agreed to, "" when there is none."""
    if talk.number:
        for _ in range(step.tries):
            talk.say(talk.sentence(f"{step.offer_callback}_this", digits=_spoken(talk.number)))
            keys = yield from talk.ask(digits=1, timeout=step.timeout)
            if keys == YES:
                return talk.number
            if keys is not None:
                break
            talk.say(talk.sentence("not_heard"))
        else:
            return ""
        if keys != ANOTHER:
            return ""
    for _ in range(step.tries):
        talk.say(talk.sentence(f"{step.offer_callback}_number"))
        keys = yield from talk.ask(digits=LONGEST_NUMBER, timeout=step.timeout)
        if keys is None:
            talk.say(talk.sentence("not_heard"))
            continue
        checked = yield from talk.wish(CheckNumber(keys=keys))
        if not isinstance(checked, NumberChecked) or not checked.number:
            talk.say(talk.sentence(f"{step.offer_callback}_wrong"))
            continue
        talk.say(talk.sentence(f"{step.offer_callback}_confirm", digits=_spoken(checked.number)))
        if (yield from talk.ask(digits=1, timeout=step.timeout)) == YES:
            return checked.number
    return ""


def _time(talk: Talk, step: CallbackStep) -> Steps[datetime | None]:
    """Return the time he chose; None for as soon as possible, which is also what silence means."""
    talk.say(talk.sentence(f"{step.offer_callback}_when"))
    if (yield from talk.ask(digits=1, timeout=step.timeout)) != ANOTHER:
        return None
    for _ in range(step.tries):
        talk.say(talk.sentence(f"{step.offer_callback}_hour"))
        keys = yield from talk.ask(digits=HOUR_DIGITS, timeout=step.timeout)
        if keys is None:
            talk.say(talk.sentence("not_heard"))
            continue
        checked = yield from talk.wish(CheckHour(keys=keys))
        if not isinstance(checked, HourChecked) or checked.at is None:
            talk.say(talk.sentence(f"{step.offer_callback}_hour_wrong"))
            continue
        local = checked.at.astimezone(talk.rules.zone)
        day, hour = Day(local.date(), talk.today), Hour(local.hour)
        talk.say(talk.sentence(f"{step.offer_callback}_hour_confirm", day=day, hour=hour))
        if (yield from talk.ask(digits=1, timeout=step.timeout)) == YES:
            return checked.at
    return None


def _spoken(number: str) -> Digits:
    return Digits("".join(char for char in number if char in "0123456789"))


def send(talk: Talk, step: SendStep) -> Steps[str]:
    """Have a message sent to the address that we know of him."""
    if talk.account is None or not talk.may(Info.SEND, step.level):
        talk.note("unverified")
        return step.unverified
    wish = SendMessage(account_id=talk.account.account_id, channel=step.channel, what=step.what, language=talk.language)
    answer = yield from talk.wish(wish)
    if isinstance(answer, Queued):
        talk.note("sent")
        talk.say(talk.sentence(f"{step.send}_sent"))
        return step.next
    talk.note("no_address" if isinstance(answer, NoAddress) else "failed")
    return step.no_address if isinstance(answer, NoAddress) else step.failed


def survey(talk: Talk, step: SurveyStep) -> Steps[str]:
    """Ask for a mark and keep it."""
    for _ in range(step.tries):
        talk.say(talk.sentence(step.survey))
        keys = yield from talk.ask(digits=1, timeout=step.timeout)
        if keys is not None and are_digits(keys) and keys in MARKS:
            answer = yield from talk.wish(KeepMark(step.question, int(keys)))
            talk.note(keys if isinstance(answer, Queued) else "failed")
            break
        talk.note("silence" if keys is None else "wrong")
        talk.say(talk.sentence("not_heard" if keys is None else "not_understood"))
    return step.next
