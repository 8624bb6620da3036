"""What is chosen to be scored: by chance that can be checked, fairly, never one's own."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date

import pytest

from crm_core.quality.choosing import Candidate, ChoiceRule, drawn, grader_of, week_of

pytestmark = pytest.mark.unit
WEEK = date(2026, 11, 23)
RULE = ChoiceRule(title="Two a week", form="calls", count=2, graders=(1, 2, 3))


def rows(operator_id: int, *numbers: int) -> list[Candidate]:
    return [Candidate(recording_id=one, operator_id=operator_id) for one in numbers]


def test_a_week_begins_on_monday() -> None:
    assert {week_of(date(2026, 11, day)) for day in range(23, 30)} == {WEEK}


def test_whoever_doubts_a_draw_works_it_out_again() -> None:
    found = drawn(3, RULE, WEEK, rows(7, *range(100, 120)), {})
    said = {
        number: hashlib.sha256(f"rule 3, week 2026-11-23, operator 7, recording {number}".encode()).hexdigest()
        for number in range(100, 120)
    }
    assert [one.recording_id for one in found] == sorted(said, key=said.__getitem__)[:2]
    assert found[0].cause == f"rule 3, week 2026-11-23, operator 7, recording {found[0].recording_id}"


def test_the_order_of_the_rows_does_not_matter_and_another_week_draws_others() -> None:
    every = rows(7, *range(50))
    assert drawn(3, RULE, WEEK, every, {}) == drawn(3, RULE, WEEK, every[::-1], {})
    assert drawn(3, RULE, WEEK, every, {}) != drawn(3, RULE, date(2026, 11, 30), every, {})


def test_each_operator_has_as_many_as_the_rule_says_and_no_more_after_a_second_run() -> None:
    found = drawn(3, RULE, WEEK, [*rows(7, *range(9)), *rows(8, 20), *rows(9, *range(30, 40))], {7: 1, 9: 2})
    assert Counter(one.operator_id for one in found) == {7: 1, 8: 1}


def test_chance_prefers_no_place_in_the_week() -> None:
    hits = Counter(drawn(rule, RULE, WEEK, rows(7, *range(20)), {})[0].recording_id for rule in range(400))
    assert len(hits) == 20
    assert max(hits.values()) < 45, "twenty each would be even"


def test_graders_take_turns_and_none_scores_himself() -> None:
    found = drawn(3, RULE, WEEK, [*rows(1, 1, 2), *rows(7, 3, 4), *rows(8, 5, 6)], {})
    assert all(one.grader_id != one.operator_id for one in found)
    assert {one.grader_id for one in found} == {1, 2, 3}
    assert grader_of((7,), 7, 0) is None
    assert drawn(3, RULE.model_copy(update={"graders": (7,)}), WEEK, rows(7, 1), {}) == []
