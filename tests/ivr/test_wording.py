"""Wordings: what is understood and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import wording
from ivr.wording import WordingError, pieces

pytestmark = pytest.mark.unit


def test_a_wording_is_sentences_by_prompt() -> None:
    words = wording.parse("en", 'a: "Pay  {amount}\n by {due}, says {utility}."\nb: Hello.')
    assert words.prompts["a"] == "Pay {amount} by {due}, says {utility}."
    assert words.places("a") == {"amount", "due"}
    assert words.places("b") == frozenset()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("]", "not YAML"),
        ("", "a wording is a mapping"),
        ("- a", "a wording is a mapping"),
        ("a: 1", "en: a: a sentence is wanted"),
        ("a: ' '", "en: a: a sentence is wanted"),
        ("a: 'open {brace'", "brace"),
        ("a: 'deep {amount.real}'", "a plain name"),
        ("a: 'format {amount:>9}'", "a plain name"),
        ("a: 'nobody {}'", "a plain name"),
    ],
)
def test_what_is_not_a_wording_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(WordingError, match=sentence):
        wording.parse("en", text)


@given(st.text(max_size=60))
def test_pieces_put_together_are_the_sentence(sentence: str) -> None:
    try:
        parts = pieces(sentence)
    except WordingError:
        return
    again = "".join(
        text.replace("{", "{{").replace("}", "}}") + (f"{{{name}}}" if name else "") for text, name in parts
    )
    assert again == sentence
