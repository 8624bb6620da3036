"""What is wrong with a filled form or a definition, in the reader's words (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm_core.work.fields import Defect, Evidence, Field, named
from crm_core.work.forms import Fault
from workstation.sentences import Translate, sentence


def told(faults: Mapping[str, Fault], translate: Translate, prefix: str = "") -> dict[str, str]:
    """Return one sentence by field; `prefix` goes before the field's code where a page names its fields so."""
    return {f"{prefix}{name}": fault_sentence(fault, translate) for name, fault in faults.items()}


def fault_sentence(fault: Fault, translate: Translate) -> str:
    """Say what would be right."""
    said = sentence(fault.code, translate)
    for name, value in fault.facts.items():
        said = said.replace("{" + name + "}", value)
    return said


def defects_told(defects: Iterable[Defect], translate: Translate) -> str:
    """Say what is wrong with a definition, each with its place, on lines of their own."""
    return "\n".join(
        f"{one.place}: {sentence(one.code, translate)}" if one.place else sentence(one.code, translate)
        for one in defects
    )


def shown_fields(fields: Sequence[Field], language: str) -> list[dict[str, Any]]:
    """Return fields as the browser's scripts draw them, in the reader's language."""
    return [
        {
            "code": one.code,
            "kind": one.kind.value,
            "title": named(one.titles, language),
            "help": named(one.help, language),
            "required": one.required,
            "known": one.evidence is not Evidence.NONE,
            "longest": one.longest,
            "options": [[option.code, named(option.titles, language)] for option in one.options],
        }
        for one in fields
    ]
