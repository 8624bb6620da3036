"""Every verb of the flow vocabulary is driven on a real Asterisk: which test does it, and one call through the rest."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from crm_core.settings import Settings
from deploy.bench.caller import Caller, CallFailed
from ivr.flow import VERBS
from telephony.events import CallMarked, LinkUp, Mark
from tests.ivr.house import KNOWN, ONE, IvrProcess
from tests.support.servers import AsteriskServer
from tests.telephony.diary import Diary

TESTS = Path(__file__).resolve().parents[1]
DISPATCH = "routing/test_dispatch_asterisk.py"
BALANCE = "ivr/test_process.py::test_a_keyed_account_hears_its_balance_and_says_goodbye"
QUEUED = "ivr/test_process.py::test_a_recognised_caller_comes_to_the_queue_with_everything_known"
HERE = "ivr/test_verbs_line.py::test_one_call_goes_through_every_verb_that_needs_an_account"
DRIVEN: Mapping[str, str] = {
    "say": QUEUED,
    "language": QUEUED,
    "look_up": QUEUED,
    "announce": QUEUED,
    "menu": QUEUED,
    "transfer": QUEUED,
    "branch": BALANCE,
    "collect": BALANCE,
    "balance": BALANCE,
    "hang_up": BALANCE,
    "take_reading": "ivr/test_process.py::test_a_reading_is_read_back_and_stored",
    "record": f"{DISPATCH}::test_who_calls_after_hours_leaves_a_message_that_somebody_has_to_hear",
    "survey": "ivr/test_voices_calls.py::test_after_the_talk_the_caller_gives_marks_while_the_operator_writes_up",
    **dict.fromkeys(
        (
            "last_payment", "last_reading", "next_due", "tariff", "debt", "application_status", "outage", "send",
            "file", "offer_callback",
        ),
        HERE,
    ),
}  # fmt: skip
"""Which test drives a verb on the line."""
TELLING = {
    "payment": "last_payment: payment", "reading": "last_reading: last_reading", "due": "next_due: next_due",
    "price": "tariff: tariff", "debts": "debt: debt", "status": "application_status: status",
    "supply": "outage: outage",
}  # fmt: skip
SHORT = (
    "ask_last_four", "account_wrong", "payment_known", "payment_none", "last_reading_single", "last_reading_none",
    "next_due_known", "next_due_none", "tariff_single", "tariff_none", "debt_overdue", "debt_how", "debt_none",
    "status_none", "outage_known", "outage_until", "outage_none", "letter_sent", "certificate_ask",
    "certificate_filed", "certificate_again", "certificate_due", "certificate_refused", "callback_this",
    "callback_number", "callback_confirm", "callback_wrong", "callback_kept", "callback_refused", "to_operator",
    "goodbye",
)  # fmt: skip


@pytest.mark.unit
def test_every_verb_of_the_vocabulary_is_driven_on_the_line_by_a_test_that_is_there() -> None:
    assert set(DRIVEN) == set(VERBS), "a verb without a test of the line, or a test of a verb that is gone"
    for verb, name in DRIVEN.items():
        file, _, test = name.partition("::")
        source = (TESTS / file).read_text("utf-8")
        found = [one for one in ast.parse(source).body if getattr(one, "name", "") == test]
        assert found, f"{verb}: {name} is gone"
        assert "mark.integration" in source, f"{verb}: {file} drives no line"


FLOW = """name: main
start: known
operator: operator
steps:
  known: {look_up: caller, one: prove, several: operator, nobody: operator, failed: operator}
  prove:
    collect: ask_last_four
    expect: last_four
    wrong: account_wrong
    next: paper
    otherwise: operator
    failed: operator
  paper:
    file: certificate
    kind: certificate
    fills: {purpose: by telephone}
    next: back
    unverified: operator
    otherwise: operator
    failed: operator
  back: {offer_callback: callback, next: payment, refused: payment, otherwise: payment, failed: operator}
  letter:
    {send: letter, channel: sms, what: how_to_pay, next: bye, unverified: operator, no_address: bye, failed: operator}
  bye: {hang_up: goodbye}
  operator: {transfer: to_operator}
"""
"""It proves who calls and asks what is asked with a key; what is only told comes between `back` and `letter`."""


def flow() -> str:
    names = [*TELLING, "letter"]
    told = (
        f"  {name}: {{{TELLING[name]}, next: {following}, unverified: operator, failed: operator}}\n"
        for name, following in pairwise(names)
    )
    return FLOW + "".join(told)


@pytest.fixture
async def verbs(house: Settings, asterisk: AsteriskServer, tmp_path: Path) -> AsyncIterator[IvrProcess]:
    """The IVR with that flow, and with one short word wherever it would speak."""
    own = house.run_dir / "ivr"
    (own / "main.yaml").write_text(flow(), "utf-8")
    for language in ("en", "ru"):
        (own / f"{language}.yaml").write_text("".join(f"{name}: One.\n" for name in SHORT), "utf-8")
    process = IvrProcess(house, tmp_path)
    try:
        process.start()
        yield process
    finally:
        process.stop()
        for file in own.iterdir():
            # The run folder is every test's.
            file.unlink()
        print(process.log(), *asterisk.log().splitlines()[-60:], sep="\n")  # noqa: T201 - shown when it fails


@pytest.mark.integration
@pytest.mark.timeout(180)
async def test_one_call_goes_through_every_verb_that_needs_an_account(
    house: Settings, verbs: IvrProcess, diary: Diary
) -> None:
    await diary.one(LinkUp)
    async with Caller((house.sip_host, house.sip_port), house.master_extension, KNOWN) as caller:
        await caller.hear()
        await caller.press(ONE[-4:])
        # Yes to the certificate, yes to being called back at this number; where nothing is asked a key is nothing.
        with suppress(CallFailed):
            for _ in range(4):
                await caller.hear()
                await caller.press("1")
        await caller.is_hung_up_on()
        served = (await diary.one(CallMarked, mark=Mark.SERVED)).fields
    steps = dict(step.partition("=")[::2] for step in served["Path"].split(";"))
    assert set(steps) >= {"prove", "paper", "back", *TELLING, "letter", "bye"}, served["Path"]
    assert "failed" not in steps.values(), served["Path"]
