"""AC42: whom one operator or campaign calls now, no other calls beside, and what one did the other's limits count.

That of two who ask at the same moment one alone may write the attempt is the base's part.
"""

from __future__ import annotations

from itertools import product

import pytest

from outbound.gate import Campaigning, ask
from outbound.law.text import shipped, texts
from outbound.terms import Allowed, Blocked, Mode, Reason
from tests.outbound.people import HOUSE, at, contact, debtor, wanted

pytestmark = pytest.mark.unit
NOON = at("2026-11-26 12:00")


@pytest.mark.parametrize("law", sorted(texts()))
@pytest.mark.parametrize("mode", Mode)
def test_whom_somebody_talks_to_nobody_calls_beside(mode: Mode, law: str) -> None:
    him = debtor(consents=frozenset({"calls"}))
    answer = ask(wanted(debtor=him, mode=mode, busy=True), [], shipped(law), HOUSE, NOON)
    assert isinstance(answer, Blocked)
    assert (answer.reasons, answer.next_at) == ((Reason.BUSY_NOW,), None)


@pytest.mark.parametrize(("first", "second"), [*product([None, Campaigning(running=True)], repeat=2)])
def test_two_campaigns_or_hands_have_one_count(first: Campaigning | None, second: Campaigning | None) -> None:
    wish = wanted(campaign=first)
    assert isinstance(ask(wish, [], shipped("RU-230"), HOUSE, NOON), Allowed)
    # The first one's attempt is on record, still open: it has no outcome.
    answer = ask(wanted(campaign=second), [contact(NOON, outcome="")], shipped("RU-230"), HOUSE, NOON)
    assert isinstance(answer, Blocked)
    assert answer.reasons == (Reason.ATTEMPTS,)
