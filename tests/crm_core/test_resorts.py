"""Queues of last resort: which come one after the other, and which lead round in a circle."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.resorts import LONGEST, chain, fault, needed

pytestmark = pytest.mark.unit
NAMES = st.sampled_from(["main", "debts", "law", "help", "night"])


def test_the_callers_own_queue_comes_first_then_each_last_resort_of_the_one_before() -> None:
    resorts = {"debts": "law", "law": "help"}
    assert chain("debts", resorts) == ("debts", "law", "help")
    assert chain("law", resorts) == ("law", "help")
    assert chain("help", resorts) == ()
    assert needed(resorts) == {"debts", "law", "help"}
    assert needed({"main": ""}) == frozenset()


@pytest.mark.parametrize("resorts", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "a"}])
def test_what_leads_back_is_a_circle(resorts: dict[str, str]) -> None:
    assert fault("a", resorts) == "round"


def test_who_leads_into_a_circle_of_others_is_in_one_too() -> None:
    assert fault("a", {"a": "b", "b": "c", "c": "b"}) == "round"


def test_more_than_so_many_one_behind_the_other_are_too_many() -> None:
    queues = [str(number) for number in range(LONGEST + 2)]
    resorts = dict(pairwise(queues))
    assert fault("0", resorts) == "long"
    assert fault("1", resorts) == ""


@given(st.dictionaries(NAMES, NAMES))
def test_a_chain_ends_and_names_nobody_twice(resorts: dict[str, str]) -> None:
    for queue in resorts:
        found = chain(queue, resorts)
        assert found[0] == queue
        assert len(set(found)) == len(found) <= LONGEST + 1
        if not fault(queue, resorts):
            assert resorts.get(found[-1], "") == ""
