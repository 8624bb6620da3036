"""Scripts as lines: what makes sense, what does not, how they are walked; texts with their gaps."""

from __future__ import annotations

import pytest

from crm_core.work.guides import GuideKind, filled, judge, script, walked
from crm_core.work.guides_shipped import shipped

pytestmark = pytest.mark.unit
GOOD = """[begin]
Is it dark in the whole street?
Ask twice.
- Yes -> street
- No -> begin
[street]
File it.
! application:outage"""


def codes(body: str) -> list[tuple[str, str]]:
    return [(one.code, one.place) for one in script(body)[1]]


def test_a_script_is_read_step_by_step() -> None:
    found, defects = script(GOOD)
    assert defects == ()
    assert [one.code for one in found.steps] == ["begin", "street"]
    assert found.steps[0].text == "Is it dark in the whole street?\nAsk twice."
    assert [(one.title, one.to) for one in found.steps[0].answers] == [("Yes", "street"), ("No", "begin")]
    assert found.steps[1].action == "application:outage"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ("script-no-steps", "")),
        ("Hello", ("script-before-step", "Hello")),
        ("[Begin!]\nHello", ("form-bad-code", "Begin!")),
        ("[a]\nOne\n[a]\nTwo", ("script-code-twice", "a")),
        ("[a]\n", ("script-silent", "a")),
        ("[a]\nOne\n- Yes -> b", ("script-nowhere", "a: b")),
        ("[a]\nOne\n- Yes", ("script-answer", "a")),
        ("[a]\nOne\n! delete_everything", ("script-strange-action", "a")),
        ("[a]\nOne\n[b]\nTwo", ("script-unreached", "b")),
        ("[a]\nOne\n- On -> b\n[b]\nTwo\n- Back -> a", ("script-endless", "a")),
        ("[a]\nOne\n" + "- x -> a\n" * 13 + "- y -> b\n[b]\nEnd", ("script-answers", "a")),
    ],
)
def test_what_makes_no_sense_is_named_with_its_place(body: str, expected: tuple[str, str]) -> None:
    assert expected in codes(body)


def test_a_walk_is_followed_and_one_that_nobody_could_have_gone_is_none() -> None:
    found, _ = script(GOOD)
    assert walked(found, []) == ([], "begin")
    assert walked(found, [("begin", 1), ("begin", 0)]) == ([("begin", "No"), ("begin", "Yes")], "street")
    assert walked(found, [("street", 0)]) is None
    assert walked(found, [("begin", 2)]) is None
    assert walked(found, [("begin", -1)]) is None
    assert walked(found, [("begin", 1)] * 201) is None


def test_texts_are_filled_with_what_is_known_and_the_rest_is_a_gap() -> None:
    assert filled("Account {account}: {balance}, {other}", {"account": "1", "balance": ""}) == "Account 1: …, …"
    assert filled("{account}", {"account": "{balance}", "balance": "9"}) == "{balance}", (
        "what is filled in stays as it is"
    )
    assert [one.place for one in judge(GuideKind.NOTE, "{account} {secret}")] == ["secret"]
    assert [one.code for one in judge(GuideKind.ARTICLE, " ")] == ["guide-empty"]
    assert [one.code for one in judge(GuideKind.ARTICLE, "x" * 20_001)] == ["guide-too-long"]


def test_what_is_shipped_makes_sense_in_both_languages() -> None:
    found = list(shipped())
    assert {one.language for one in found} == {"en", "ru"}
    assert [(one.kind, one.code) for one in found if one.language == "en"] == [
        (one.kind, one.code) for one in found if one.language == "ru"
    ]
    judged = {(one.kind, one.code, one.language): judge(GuideKind(one.kind), one.body) for one in found}
    assert {name: defects for name, defects in judged.items() if defects} == {}
