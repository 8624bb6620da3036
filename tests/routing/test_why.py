"""Every routed call can answer why this operator, and why it waited."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from routing.why import AT_ONCE, KEPT, NO_MATCH, NOBODY_FREE, Choice, Why, in_words, read

pytestmark = pytest.mark.unit
names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,9}", fullmatch=True)
whys = st.builds(
    Why,
    rules=st.lists(names, max_size=3).map(tuple),
    choice=st.sampled_from(Choice),
    held=st.sampled_from([AT_ONCE, NOBODY_FREE, NO_MATCH, KEPT]),
    waited=st.integers(-5, 9999),
    needs=st.dictionaries(names, st.integers(1, 9), max_size=3).map(lambda some: frozenset(some.items())),
    relaxed=st.integers(0, 9),
)


@settings(max_examples=60)
@given(whys)
def test_the_codes_are_read_back(why: Why) -> None:
    assert read(str(why)) == why
    assert str(why).isascii()


@pytest.mark.parametrize("text", ["", "no-answer", "choice=none held=kept waited=1 relaxed=0", "choice=only-one"])
def test_what_is_no_answer_is_none(text: str) -> None:
    assert read(text) is None


def test_the_answer_in_words() -> None:
    why = Why(
        rules=("vip", "debts"),
        choice=Choice.BEST_FIT,
        held=NO_MATCH,
        waited=34,
        needs=frozenset({("law", 2)}),
        relaxed=1,
    )
    assert str(why) == "choice=best-fit held=no-match waited=34 relaxed=1 needs=law:2 rules=vip,debts"
    assert in_words(why) == (
        "The operator suited better than others who were idle longer. Of those free when the caller came nobody had "
        "what was needed; offered after 34 s. Needed: law 2. Less was asked than at first, because of the wait. "
        "Rules: vip, debts."
    )
