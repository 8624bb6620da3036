"""What people read about segments, fields and templates: a sentence for each problem, a segment in words (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crm_core.documents.placeholders import Fault as TemplateFault
from crm_core.fields import RULES
from crm_core.fields import Fault as FieldFault
from crm_core.segments.conditions import Joined, Path, Problem
from crm_core.segments.facts import Catalogue
from crm_core.segments.words import Voice, describe
from workstation.formats import Formats
from workstation.sentences import N_, Translate

PROBLEMS: Mapping[str, str] = {
    "not-a-tree": N_("These are no conditions that can be read: {detail}"),
    "too-deep": N_("Groups can lie at most {detail} deep within each other."),
    "too-many-conditions": N_("There are too many conditions: at most {detail}, those of other segments apart."),
    "no-conditions": N_("A segment needs at least one condition."),
    "unknown-fact": N_("There is nothing known by the name {detail}."),
    "wrong-operator": N_("{detail} cannot be compared like this."),
    "wrong-count": N_("{detail}: choose or type a value."),
    "not-a-number": N_("“{detail}” is not a number."),
    "not-a-day": N_("“{detail}” is not a date such as 2026-11-29."),
    "out-of-range": N_("At most {detail} is possible here."),
    "not-a-choice": N_("“{detail}” is not one of the choices."),
    "empty-value": N_("{detail}: a value is missing."),
    "ends-swapped": N_("{detail}: the first value must not be larger than the second."),
    "period-missing": N_("{detail}: say over how many days."),
    "unknown-segment": N_("There is no segment {detail}."),
    "circle": N_("“{detail}” contains this segment already: segments cannot run in a circle."),
    "name-missing": N_("A segment needs a name."),
    "name-taken": N_("There is a segment called “{detail}” already."),
}
TEMPLATES: Mapping[str, str] = {
    "template-empty": N_("A template cannot be empty."),
    "template-too-long": N_("A template can have at most {detail} characters."),
    "template-syntax": N_("Line {line} cannot be read: {detail}"),
    "template-placeholder": N_("Line {line}: there is no placeholder {detail}."),
    "template-attribute": N_("Line {line}: there is nothing like {detail}."),
    "template-filter": N_("Line {line}: {detail} cannot be used here."),
    "template-loop": N_("Line {line}: only the listed lists can be gone through, one within no other. {detail}"),
    "template-not-allowed": N_("Line {line}: templates only name what is listed; {detail} is not possible."),
    "template-tag": N_("Line {line}: {detail} is not one of the tags a template may use."),
    "template-unclosed": N_("Line {line}: {detail} has no partner."),
    "template-title": N_("A template needs a title."),
    "template-code": N_("A code is a small Latin letter, then letters, digits or underscores, at most 30."),
    "template-code-taken": N_("There is a template {detail} in this language already."),
    "template-language": N_("“{detail}” is not a language whose dates and amounts are known."),
}


def voice(translate: Translate, formats: Formats) -> Voice:
    """Return how segments are told to one reader."""
    return Voice(say=translate, money=formats.money, number=formats.number, day=formats.day)


def told(tree: Joined, catalogue: Catalogue, translate: Translate, formats: Formats) -> str:
    """Return a segment in words."""
    return describe(tree, catalogue, voice(translate, formats))


def problem_sentence(problem: Problem, catalogue: Catalogue, translate: Translate) -> str:
    """Say in the reader's language what is wrong with a tree; a fact is named by its translated title."""
    detail = translate(problem.detail) if problem.detail in _titles(catalogue) else problem.detail
    return translate(PROBLEMS[problem.code]).format(detail=detail)


def by_path(problems: Iterable[Problem], catalogue: Catalogue, translate: Translate) -> dict[str, str]:
    """Return the first sentence for each part of the tree; those of the whole stand under ""."""
    said: dict[str, str] = {}
    for problem in problems:
        said.setdefault(path_of(problem.path), problem_sentence(problem, catalogue, translate))
    return said


def path_of(path: Path) -> str:
    """Return a path as forms write it."""
    return "-".join(map(str, path))


def _titles(catalogue: Catalogue) -> set[str]:
    return {fact.title for _, facts in catalogue.grouped() for fact in facts if not fact.field_id}


def field_sentence(fault: FieldFault, translate: Translate) -> str:
    """Say in the reader's language why a field or its value is not taken."""
    return translate(RULES[fault.code]).format(detail=fault.detail)


def template_sentence(fault: TemplateFault, translate: Translate) -> str:
    """Say in the reader's language why a template is not taken."""
    return translate(TEMPLATES[fault.code]).format(line=fault.line, detail=fault.detail)
