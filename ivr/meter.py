"""Taking a meter reading: every register asked for, read back, confirmed, then all stored at once (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ivr.answers import Dial, Judged, Judgement, RegistersRead, Verdict
from ivr.effects import FetchRegisters, SaveReadings, Sentence
from ivr.flow import REFUSALS, ReadingStep
from ivr.levels import Info
from ivr.spoken import Digits
from ivr.talk import Steps, Talk, are_digits

YES = "1"
SERIAL_HEARD = 4
"""How much of a meter's serial number is said to tell two meters apart."""


def take_reading(talk: Talk, step: ReadingStep) -> Steps[str]:
    """Take the readings of the caller's account; says everything that became of them."""
    if talk.account is None or not talk.may(Info.TAKE_READING):
        return step.unverified
    account_id = talk.account.account_id
    answer = yield from talk.wish(FetchRegisters(account_id))
    if not isinstance(answer, RegistersRead):
        talk.note("failed")
        return step.failed
    if not answer.dials:
        talk.note("no_meter")
        return step.no_meter
    keyed: dict[int, Decimal] = {}
    due: Sequence[Dial] = answer.dials
    kept = False
    for _ in range(step.tries):
        if not (yield from _gather(talk, step, due, answer.dials, keyed)):
            break
        verdicts = yield from _submit(talk, account_id, keyed)
        if verdicts is None:
            talk.note("failed")
            talk.say(talk.sentence(f"{step.take_reading}_unsure"))
            return step.failed
        refused = _which(verdicts, Judgement.REFUSED)
        again = refused or (yield from _mistyped(talk, step, _which(verdicts, Judgement.HELD), keyed))
        if not again:
            return _stored(talk, step, verdicts)
        kept = kept or not refused
        _explain(talk, step, refused)
        due = [dial for dial in answer.dials if dial.register_id in again] or answer.dials
    talk.note("given_up")
    if not kept:
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


def _submit(talk: Talk, account_id: int, keyed: Mapping[int, Decimal]) -> Steps[Sequence[Verdict] | None]:
    answer = yield from talk.wish(SaveReadings(account_id, tuple(sorted(keyed.items())), talk.today))
    if not isinstance(answer, Judged):
        return None
    # What was stored is on the card: one that was got ready before has to be read again.
    talk.note("judged")
    talk.announce()
    return answer.verdicts


def _which(verdicts: Sequence[Verdict], judgement: Judgement) -> dict[int, Verdict]:
    return {verdict.register_id: verdict for verdict in verdicts if verdict.judgement is judgement}


def _mistyped(
    talk: Talk, step: ReadingStep, held: Mapping[int, Verdict], keyed: Mapping[int, Decimal]
) -> Steps[Mapping[int, Verdict]]:
    """Ask whether the meter really shows what is unusual; return what is to be keyed again.

    It is stored already: who hangs up here has confirmed it once, and the office looks at it in any case.
    """
    for register_id in held:
        value = str(keyed.get(register_id, ""))
        if value and not (yield from _confirms(talk, step, f"{step.take_reading}_unusual", value)):
            return held
    return {}


def _explain(talk: Talk, step: ReadingStep, refused: Mapping[int, Verdict]) -> None:
    """Say why the first refused reading is refused; a merely unusual one is keyed again without reproach."""
    for verdict in refused.values():
        reason = verdict.reason if verdict.reason in REFUSALS else "other"
        talk.note(f"refused_{reason}")
        talk.say(talk.sentence(f"{step.take_reading}_refused_{reason}"))
        return
    talk.note("unusual")
    talk.say(talk.sentence(f"{step.take_reading}_again"))


def _stored(talk: Talk, step: ReadingStep, verdicts: Sequence[Verdict]) -> str:
    judgements = {verdict.judgement for verdict in verdicts}
    if Judgement.HELD in judgements:
        word = "held"
    elif Judgement.NEXT_MONTH in judgements:
        word = "next_month"
    else:
        word = "saved"
    talk.note(word)
    talk.say(talk.sentence(f"{step.take_reading}_{word}"))
    return step.held if word == "held" and step.held else step.next
