"""What imports say to people can be said in Russian too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from crm_core.importing.columns import KINDS
from crm_core.importing.rules import RULES
from workstation.words import LOCALE_DIR, read_catalogue

pytestmark = pytest.mark.unit
IMPORTING = Path(__file__).resolve().parents[2] / "crm_core" / "importing"


def test_every_rule_and_every_refusal_of_a_file_is_translated_with_its_places() -> None:
    refusals = extract_from_dir(IMPORTING, [("**.py", "python")], None, {"Unreadable": None, "NoHeader": None})
    said = [str(words) for _, _, words, _, _ in refusals if isinstance(words, str)]
    said += [field.what for fields in KINDS.values() for field in fields]
    said += [text for rule in RULES.values() for text in (rule.why, rule.right)]
    known = {message.id: str(message.string) for message in read_catalogue(LOCALE_DIR, "ru")}
    assert len(said) > 120
    for text in said:
        russian = known.get(text, "")
        assert russian, text
        assert sorted(re.findall(r"{\w+}", russian)) == sorted(re.findall(r"{\w+}", text)), text
