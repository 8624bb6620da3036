"""Evaluation forms as lines: what is written comes back, what makes no sense is told by its code."""

from __future__ import annotations

import pytest

from crm_core.quality import forms, shipped
from workstation.office.quality_notation import lines_of, sections_of
from workstation.quality_words import seconds_of

pytestmark = pytest.mark.unit


def test_lines_come_back_as_they_were() -> None:
    sections = forms.read(shipped.SECTIONS)[0]
    text = lines_of(sections)
    assert forms.written(forms.read(sections_of(text))[0]) == shipped.SECTIONS
    assert "verified | yes_no fatal | 2 | Tells nothing of the account before the caller is verified | ru:" in text


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("x | scale_ | 1 | X", "quality-bad-kind"),
        ("x | scale_99 | 1 | X", "quality-bad-kind"),
        ("x | scale | 1 | X", "quality-bad-kind"),
        ("x", "form-no-title"),
        ("x | yes_no | -1 | X", "quality-bad-weight"),
        ("x | yes_no | ٣ | X", "quality-bad-weight"),
        ("| yes_no | 1 | X", "form-bad-code"),
    ],
)
def test_what_makes_no_sense_is_told(line: str, code: str) -> None:
    assert code in {one.code for one in forms.read(sections_of(f"[a] 1 | A\n{line}"))[1]}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1:20", 80), ("80", 80), ("0:05", 5), ("1:00:01", 3601), ("", None), ("1:60", None), ("-1", None), ("x", None),
     ("1:2:3:4", None), ("٣", None), ("999999", None)],
)  # fmt: skip
def test_a_moment_is_read(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds
