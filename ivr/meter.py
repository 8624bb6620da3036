"""Taking a meter reading: every register asked for, read back, confirmed, then all stored at once (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ivr.effects import Dial, FetchRegisters, Judged, Judgement, RegistersRead, SaveReadings, Sentence, Verdict
from ivr.flow import REFUSALS, ReadingStep
from ivr.spoken import Digits
from ivr.talk import Steps, Talk, are_digits

YES = "1"
SERIAL_HEARD = 4
"""How much of a meter's serial number is said to tell two meters apart."""


def take_reading(talk: Talk, step: ReadingStep) -> Steps[str]:
    """Take the readings of the caller's account; says everything that became of them."""
    if talk.account is None:
        return step.unverified
    answer = yield from talk.wish(FetchRegisters(talk.account.account_id))
    if not isinstance(answer, RegistersRead):
        talk.note("failed")
        return step.failed
    if not answer.dials:
        talk.note("no_meter")
        return step.no_meter
    keyed: dict[int, Decimal] = {}
    due: Sequence[Dial] = answer.dials
    for _ in range(step.tries):
        if not (yield from _gather(talk, step, due, answer.dials, keyed)):
            break
        verdicts = yield from _settle(talk, step, answer.dials, keyed)
        if verdicts is None:
            talk.note("failed")
            talk.say(talk.sentence(f"{step.take_reading}_unsure"))
            return step.failed
        wrong = [verdict for verdict in verdicts if verdict.judgement in (Judgement.REFUSED, Judgement.UNUSUAL)]
        if not wrong:
            return _stored(talk, step, verdicts)
        _explain(talk, step, wrong)
        due = _named(wrong, answer.dials)
    talk.note("given_up")
    talk.say(talk.sentence(f"{step.take_reading}_unsaved"))
    return step.otherwise


def _gather(
    talk: Talk, step: ReadingStep, due: Sequence[Dial], everything: Sequence[Dial], keyed: dict[int, Decimal]
) -> Steps[bool]:
    """Ask for the registers that are due, one by one; False when the caller gives up on one."""
    several = len({dial.serial for dial in everything}) > 1
    for dial in due:
        value = yield from _one_register(talk, step, dial, several=several)
        if value is None:
            return False
        keyed[dial.register_id] = value
    return True


def _one_register(talk: Talk, step: ReadingStep, dial: Dial, *, several: bool) -> Steps[Decimal | None]:
    """Ask until the caller confirms what he hears read back."""
    for _ in range(step.tries):
        if several:
            serial = "".join(char for char in dial.serial if char in "0123456789")[-SERIAL_HEARD:]
            talk.say(talk.sentence(f"{step.take_reading}_meter", serial=Digits(serial)))
        talk.say(_question(talk, step, dial))
        keys = yield from talk.ask(digits=dial.digits, timeout=step.timeout)
        if keys is None:
            talk.say(talk.sentence("not_heard"))
        elif not are_digits(keys):
            talk.say(talk.sentence(f"{step.take_reading}_wrong"))
        elif (yield from _confirms(talk, step, f"{step.take_reading}_confirm", keys)):
            return Decimal(keys)
    return None


def _question(talk: Talk, step: ReadingStep, dial: Dial) -> Sentence:
    if dial.code in ("single", "day", "night"):
        return talk.sentence(f"{step.take_reading}_{dial.code}")
    code = "".join(char for char in dial.code if char in "0123456789")
    return talk.sentence(f"{step.take_reading}_register", code=Digits(code))


def _confirms(talk: Talk, step: ReadingStep, prompt: str, digits: str) -> Steps[bool]:
    """Read digits back; only 1 is a yes, silence is asked again, anything else means to key again."""
    for _ in range(step.tries):
        talk.say(talk.sentence(prompt, digits=Digits(digits)))
        keys = yield from talk.ask(digits=1, timeout=step.timeout)
        if keys is not None:
            return keys == YES
        talk.say(talk.sentence("not_heard"))
    return False


def _settle(
    talk: Talk, step: ReadingStep, dials: Sequence[Dial], keyed: dict[int, Decimal]
) -> Steps[Sequence[Verdict] | None]:
    """Submit what was confirmed; an unusual value the caller insists on is submitted again as such."""
    verdicts = yield from _submit(talk, keyed, insisted=False)
    unusual = [verdict for verdict in verdicts or () if verdict.judgement is Judgement.UNUSUAL]
    if not unusual or any(verdict.judgement is Judgement.REFUSED for verdict in verdicts or ()):
        return verdicts
    for dial in _named(unusual, dials):
        value = str(keyed[dial.register_id])
        if not (yield from _confirms(talk, step, f"{step.take_reading}_unusual", value)):
            return unusual
    return (yield from _submit(talk, keyed, insisted=True))


def _submit(talk: Talk, keyed: dict[int, Decimal], *, insisted: bool) -> Steps[Sequence[Verdict] | None]:
    account_id = talk.account.account_id if talk.account else 0
    values = tuple(sorted(keyed.items()))
    answer = yield from talk.wish(SaveReadings(account_id, values, talk.today, insisted))
    return answer.verdicts if isinstance(answer, Judged) else None


def _named(verdicts: Sequence[Verdict], dials: Sequence[Dial]) -> Sequence[Dial]:
    """Return the registers the verdicts speak of; all of them when they name none we asked for."""
    wanted = {verdict.register_id for verdict in verdicts}
    return [dial for dial in dials if dial.register_id in wanted] or dials


def _explain(talk: Talk, step: ReadingStep, wrong: Sequence[Verdict]) -> None:
    """Say why the first refused reading is refused; a merely unusual one is keyed again without reproach."""
    refused = [verdict for verdict in wrong if verdict.judgement is Judgement.REFUSED]
    if not refused:
        talk.note("unusual")
        talk.say(talk.sentence(f"{step.take_reading}_again"))
        return
    reason = refused[0].reason if refused[0].reason in REFUSALS else "other"
    talk.note(f"refused_{reason}")
    talk.say(talk.sentence(f"{step.take_reading}_refused_{reason}"))


def _stored(talk: Talk, step: ReadingStep, verdicts: Sequence[Verdict]) -> str:
    held = any(verdict.judgement is Judgement.HELD for verdict in verdicts)
    talk.note("held" if held else "saved")
    talk.say(talk.sentence(f"{step.take_reading}_{'held' if held else 'saved'}"))
    return step.next
