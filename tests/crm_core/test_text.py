"""Text from outside, fit to store."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import text

pytestmark = pytest.mark.unit
ANY = st.text(st.characters(exclude_categories=()), max_size=80)


@given(ANY, st.integers(0, 60))
def test_what_is_stored_fits_and_can_be_encoded(given_: str, most: int) -> None:
    for made in (text.storable(given_, most), text.one_line(given_, most)):
        assert len(made) <= most
        assert "\x00" not in made
        made.encode()


@given(ANY)
def test_one_line_is_one_line(given_: str) -> None:
    assert len(text.one_line(given_, 80).splitlines()) <= 1


def test_marks_that_turn_text_round_are_taken_out() -> None:
    assert text.one_line("a\u202eb\u200f\x1b[31m", 20) == "ab [31m"
