"""Rules of recording, the life of a recording, names of raw files, pauses."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import recordings as rec
from crm_core.recordings import Fault, Measured, Mode, Move, Notice, Rule, State

pytestmark = pytest.mark.unit
EIGHT = [True, True, False, False, False, True, True, False]
"""By SHA-256, on any computer."""
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
texts = st.sampled_from(["", "main", "debts"])
rules = st.builds(
    Rule, rule_id=st.integers(1, 9), queue=texts, campaign=texts, direction=st.sampled_from(["", "in", "out"]),
    mode=st.sampled_from(list(Mode)), share=st.integers(1, 100), announced=st.booleans(),
)  # fmt: skip


def test_the_rule_that_says_most_of_a_call_counts() -> None:
    every = Rule(rule_id=1)
    inward = Rule(rule_id=2, direction="in")
    debts = Rule(rule_id=3, queue="debts")
    campaign = Rule(rule_id=4, campaign="spring")
    both = [every, inward, debts, campaign]
    assert rec.rule_for(both, queue="main", direction="out") == every
    assert rec.rule_for(both, queue="main") == inward
    assert rec.rule_for(both, queue="debts") == debts
    assert rec.rule_for(both, queue="debts", campaign="spring") == campaign
    assert rec.rule_for([debts], queue="main") is None


@given(st.lists(rules), st.sampled_from(["main", "debts"]), st.randoms())
def test_which_rule_counts_does_not_depend_on_their_order(found: list[Rule], queue: str, chance: Random) -> None:
    found = [
        Rule(rule_id=at, queue=one.queue, campaign=one.campaign, direction=one.direction)
        for at, one in enumerate(found)
    ]
    mixed = list(found)
    chance.shuffle(mixed)
    assert rec.rule_for(found, queue=queue) == rec.rule_for(mixed, queue=queue)


@given(rules, st.text(min_size=1, max_size=20), st.sampled_from([None, True, False]))
def test_nobody_who_said_no_and_nobody_untold_is_recorded(rule: Rule, call: str, consent: bool | None) -> None:
    said = rec.notice(rule, call, consent)
    if consent is False or rule.mode is Mode.NEVER:
        assert said is Notice.NOTHING
    if rule.mode is Mode.CONSENT and consent is None:
        assert said is Notice.ASKED
    if said is Notice.SILENT:
        assert not rule.announced
    assert rec.notice(rule, call, consent) is said


def test_a_share_is_of_calls_and_the_same_everywhere() -> None:
    drawn = [rec.in_share(f"main-1700000{at}.{at}", 30) for at in range(4000)]
    assert 0.27 < sum(drawn) / 4000 < 0.33
    assert rec.in_share("main-1.1", 100)
    assert [rec.in_share(f"main-1.{at}", 50) for at in range(8)] == EIGHT


@given(st.text(min_size=1, max_size=12), st.integers(1, 99))
def test_a_larger_share_holds_the_smaller(call: str, share: int) -> None:
    assert rec.in_share(call, share + 1) or not rec.in_share(call, share)


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule(queue="a b"), "queue"),
        (Rule(queue="../x"), "queue"),
        (Rule(campaign="x" * 41), "campaign"),
        (Rule(direction="up"), "direction"),
        (Rule(share=0), "share"),
        (Rule(keep_days=0), "keep_days"),
        (Rule(pause_seconds=5), "pause_seconds"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_its_field(rule: Rule, field: str) -> None:
    assert list(rec.unfit(rule)) == [field]
    assert rec.unfit(Rule(queue="debts", mode=Mode.ALWAYS)) == {}


def test_the_dialplans_name_says_everything() -> None:
    raw = rec.parse_name("main-1764432.12~offer-5c88af71d7ff~desk101~1795968768~7.raw")
    assert raw is not None
    assert (raw.call_id, raw.leg, raw.extension, raw.rule_id) == ("main-1764432.12", "offer-5c88af71d7ff", "101", 7)
    assert raw.began_at == datetime.fromtimestamp(1795968768, UTC)


@given(st.text(alphabet=string.printable, max_size=60))
def test_no_other_name_is_read_and_none_leads_elsewhere(name: str) -> None:
    raw = rec.parse_name(name)
    if raw is not None:
        assert "/" not in name
        assert name.count("~") == 4


@pytest.mark.parametrize(
    "name", ["../a~b~c~1~7.raw", "a/b~c~d~1~7.raw", "a~b~c~1~7.raw\n", "a~b~c~1~x.raw", "~~~~.raw"]
)
def test_hostile_names_are_none_of_ours(name: str) -> None:
    assert rec.parse_name(name) is None


def test_a_file_is_held_against_the_talk() -> None:
    loud = (9000, 9000)
    minute = timedelta(minutes=1)
    assert rec.judge(Measured(seconds=60, loudest=loud), minute) is Fault.NONE
    assert rec.judge(Measured(seconds=20, loudest=loud), minute) is Fault.SHORT
    assert rec.judge(Measured(seconds=60, loudest=(9000, 0)), minute) is Fault.SILENT
    assert rec.judge(Measured(seconds=60, loudest=(0, 0)), minute, timedelta(seconds=55)) is Fault.NONE
    assert rec.judge(Measured(seconds=2, loudest=(0, 0)), timedelta(seconds=2)) is Fault.NONE
    assert rec.judge(Measured(seconds=20, loudest=loud), None) is Fault.NONE


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("move", list(Move))
def test_what_is_shredded_never_comes_back(state: State, move: Move) -> None:
    after = rec.TRANSITIONS.get((state, move))
    if state is State.SHREDDED:
        assert after is None
    if move is Move.SHRED and state is not State.SHREDDED:
        assert after is State.SHREDDED
    if after in rec.HEARD:
        assert state in {State.LOST, State.APART}


def at(seconds: float, what: str) -> tuple[datetime, str]:
    return NOON + timedelta(seconds=seconds), what


def test_pauses_are_stretches_of_the_file() -> None:
    lines = [at(-5, "answered"), at(10, rec.PAUSED), at(20, rec.RESUMED), at(50, rec.PAUSED)]
    assert rec.pauses(lines, NOON, 60) == ((10.0, 20.0), (50.0, 60.0))
    assert rec.pauses([at(10, rec.PAUSED), at(12, rec.STOPPED)], NOON, 11) == ((10.0, 11.0),)
    assert rec.pauses([at(-20, rec.PAUSED), at(-10, rec.RESUMED)], NOON, 60) == ()


@given(st.lists(st.tuples(st.floats(-100, 200), st.sampled_from([rec.PAUSED, rec.RESUMED, rec.STOPPED])), max_size=20))
def test_pauses_lie_in_the_file_one_after_the_other(said: list[tuple[float, str]]) -> None:
    found = rec.pauses([at(when, what) for when, what in sorted(said)], NOON, 60)
    flat = [moment for stretch in found for moment in stretch]
    assert flat == sorted(flat)
    assert all(0 <= moment <= 60 for moment in flat)


def test_it_is_kept_as_long_as_its_rule_says() -> None:
    assert rec.keep_until(NOON, Rule(keep_days=90)) == NOON + timedelta(days=90)
    assert rec.keep_until(NOON, None) == NOON + timedelta(days=rec.LEAST_DAYS)


def test_the_page_of_its_life_is_the_table() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "lives" / "recording.md").read_text(encoding="utf-8")
    drawn = {line.strip() for line in page.splitlines() if "-->" in line and "[*]" not in line}
    assert drawn == {f"{before} --> {after}: {move}" for (before, move), after in rec.TRANSITIONS.items()}
