"""Segments in words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import HealthCheck, assume, given, settings

from crm_core.segments import words
from crm_core.segments.conditions import Condition, Group, How, Joined, Known, resolve
from crm_core.segments.facts import FACTS, GROUPS, Catalogue
from crm_core.segments.kinds import Choice, Kind, Op
from tests.crm_core.segments.conftest import CATALOGUE as ASKED
from tests.crm_core.segments.oracle import holds, subjects
from tests.crm_core.segments.reading_back import SPOKEN, read_back
from tests.crm_core.segments.trees import Facts, trees
from tests.crm_core.segments.world import World

pytestmark = pytest.mark.unit
SAID = Facts(fact for _, group in ASKED.grouped() for fact in group if fact.kind not in {Kind.WORDS, Kind.TEXT})
"""Facts whose values a reader can tell from the words around them: free text may hold any word."""
CATALOGUE = Catalogue(choices={"tariff": (Choice(code="S", title="Household"),)})
RUSSIAN = Path(__file__).resolve().parents[3] / "workstation/locale/ru/LC_MESSAGES"
VOICE = words.Voice(
    say=lambda text: text,
    money=lambda amount: f"{amount} RUB",
    number=lambda number: f"{number}",
    day=date.isoformat,
)


def told(tree: Group, voice: words.Voice = VOICE) -> str:
    made = resolve(tree, CATALOGUE, {1: Known(segment_id=1, name="Debtors", tree=Group(parts=(OWES,)))})
    assert isinstance(made, Joined)
    return words.describe(made, CATALOGUE, voice)


def ask(fact: str, op: Op, *values: str, days: int = 0) -> Condition:
    return Condition(fact=fact, op=op, values=values, days=days)


OWES = ask("balance", Op.AT_LEAST, "1000")


def test_a_segment_is_told_in_one_sentence() -> None:
    tree = Group(
        parts=(
            OWES,
            Group(how=How.ANY, parts=(ask("paid_on", Op.NOT_LAST_DAYS, "60"), ask("debt_age", Op.BETWEEN, "30", "90"))),
            Group(how=How.NONE, parts=(ask("flags", Op.ONE_OF, "do_not_call", "legal"), ask("disputed", Op.YES))),
            ask("payments", Op.AT_LEAST, "2", days=90),
            ask("segment", Op.NONE_OF, "1"),
        )
    )
    assert told(tree) == (
        "Balance: at least 1000.00 RUB and (Last payment: more than 60 days ago (or never) or Age of the oldest debt:"
        " from 30 days to 90 days) and not (Marks: one of Do not call, In court or Something is disputed: yes) and"
        " Number of payments in 90 days: at least 2 payments and Belongs to segment: not “Debtors”"
    )


def test_codes_of_the_base_are_told_by_their_titles() -> None:
    assert told(Group(parts=(ask("tariff", Op.ONE_OF, "S"),))) == "Tariff: Household"
    assert told(Group(parts=(ask("opened_on", Op.SINCE, "2026-01-02"),))) == "Account opened: on or after 2026-01-02"


def test_braces_in_what_people_typed_stay_what_they_are() -> None:
    assert told(Group(parts=(ask("name", Op.HAS_WORDS, "{0} {fact}"),))) == "Name: “{0} {fact}”"


def test_no_two_facts_and_no_two_codes_of_a_fact_are_called_alike() -> None:
    assert len({fact.title for fact in FACTS}) == len(FACTS)
    for fact in FACTS:
        assert len({choice.title for choice in fact.choices}) == len(fact.choices), fact.name


@pytest.mark.long
@given(tree=trees(SAID, ASKED))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_who_reads_the_words_means_the_same_accounts(world: World, tree: Group) -> None:
    made = resolve(tree, ASKED, {})
    assume(isinstance(made, Joined))
    assert isinstance(made, Joined)
    read = resolve(read_back(words.describe(made, ASKED, SPOKEN), ASKED), ASKED, {})
    assert isinstance(read, Joined), read
    for one in subjects(world):
        assert holds(made, one) == holds(read, one)


def test_every_operator_has_its_phrase() -> None:
    assert set(words.OPERATORS) == set(words.PHRASES) == set(Op)


def test_every_word_of_the_catalogue_is_translated_into_russian() -> None:
    known: set[object] = set()
    for path in RUSSIAN.glob("*.po"):
        with path.open("rb") as file:
            known |= {message.id for message in read_po(file) if message.string}
    choices = [choice.title for fact in FACTS for choice in fact.choices]
    said = [*GROUPS, *choices, *words.OPERATORS.values(), *words.PHRASES.values(), *words.JOINTS.values()]
    said += words.SEVERAL.values()
    said += [text for fact in FACTS for text in (fact.title, fact.help, fact.unit) if text and text != "%"]
    said += [words.IN_PERIOD, words.NOT_ONE, words.EVERYBODY, words.NOBODY]
    assert not [text for text in dict.fromkeys(said) if text not in known]
