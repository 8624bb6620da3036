"""The chain as values: what is hashed, and what breaks it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from crm_core.chain import START, Broken, Checker, Line, Seal, canonical, hash_of, sealed

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINE = Line(
    access_id=1,
    at=NOON,
    user_id=7,
    role="operator",
    ip="::1",
    session="ab",
    action="card.viewed",
    object="account 17",
    fields="",
    reason="call c1",
    contact_id="c1",
    result="done",
)


def chain(*lines: Line) -> list[tuple[Seal, Line | None]]:
    return [(seal, line) for seal, line in zip(sealed(lines, 0, START), lines, strict=True)]


def walked(links: list[tuple[Seal, Line | None]], checker: Checker | None = None) -> Broken | None:
    checker = checker or Checker()
    for seal, line in links:
        if broken := checker.check(seal, line):
            return broken
    return checker.ended()


def test_the_form_that_is_hashed_is_known_to_the_byte() -> None:
    form = canonical(3, LINE)
    assert form == (
        b"1:3,1:1,32:2026-11-22T12:00:00.000000+00:00,1:7,8:operator,3:::1,2:ab,11:card.viewed,10:account 17,0:,"
        b"7:call c1,2:c1,4:done,"
    )
    assert hash_of(START, 3, LINE) == hashlib.sha256(START + form).digest()


def test_the_same_moment_in_another_zone_has_the_same_form() -> None:
    there = replace(LINE, at=NOON.astimezone(timezone(timedelta(hours=3))))
    assert canonical(1, there) == canonical(1, LINE)


text = st.text(max_size=12)


@settings(max_examples=60)
@given(st.lists(st.tuples(text, text, text), min_size=2, max_size=6, unique=True))
def test_no_two_rows_have_the_same_form(rows: list[tuple[str, str, str]]) -> None:
    forms = {canonical(1, replace(LINE, object=a, fields=b, reason=c)) for a, b, c in rows}
    assert len(forms) == len(rows)


@settings(max_examples=60)
@given(st.integers(1, 6), st.data())
def test_whatever_is_changed_is_named(count: int, data: st.DataObject) -> None:
    links = chain(*(replace(LINE, access_id=one, object=f"account {one}") for one in range(1, count + 1)))
    assert walked(links) is None
    at = data.draw(st.integers(0, count - 1))
    seal, line = links[at]
    assert line is not None
    name = data.draw(st.sampled_from(["role", "ip", "session", "action", "object", "fields", "reason", "result"]))
    links[at] = (seal, replace(line, **{name: "other"}))
    assert walked(links) == Broken(seq=at + 1, access_id=at + 1, why="changed")
    links[at] = (seal, None)
    assert walked(links) == Broken(seq=at + 1, access_id=at + 1, why="missing")


def test_a_link_that_was_taken_out_or_made_anew_is_named() -> None:
    links = chain(*(replace(LINE, access_id=one) for one in (1, 2, 3)))
    assert walked([links[0], links[2]]) == Broken(seq=3, access_id=3, why="gap")
    forged = replace(LINE, access_id=2, object="account 99")
    links[1] = (next(sealed([forged], 1, links[0][0].hash)), forged)
    assert walked(links) == Broken(seq=3, access_id=3, why="unchained")


def test_a_chain_made_anew_from_some_link_on_stands_against_its_anchor() -> None:
    old = chain(*(replace(LINE, access_id=one) for one in (1, 2, 3)))
    anchors = {2: old[1][0].hash}
    assert walked(old, Checker(anchors=anchors)) is None
    new = chain(*(replace(LINE, access_id=one, reason="nothing") for one in (1, 2, 3)))
    assert walked(new) is None
    assert walked(new, Checker(anchors=anchors)) == Broken(seq=2, access_id=2, why="anchor")
    assert walked(old[:1], Checker(anchors=anchors)) == Broken(seq=2, access_id=0, why="anchor")


def test_what_retention_cut_off_is_where_the_rest_begins() -> None:
    links = chain(*(replace(LINE, access_id=one) for one in (1, 2, 3)))
    assert walked(links[1:], Checker(1, links[0][0].hash)) is None
